// caught by: two hidden units and an output unit; the weights answer XOR at the four corners; forward: hidden units first, then the output; random networks; a score of exactly zero answers 1
type Unit = { weights: number[]; bias: number };
type Network = { hidden: Unit[]; output: Unit };
function fire(unit: Unit, inputs: number[]): 1 | -1 {
  return unit.weights.reduce((sum, weight, j) => sum + weight * inputs[j], unit.bias) >= 0 ? 1 : -1;
}
function xorNetwork(): Network {
  return { hidden: [{ weights: [1, 1], bias: -0.5 }], output: { weights: [1, -1], bias: -1 } };
}
function forward(network: Network, point: number[]): number {
  return fire(network.output, point);
}
