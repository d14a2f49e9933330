// caught by: the weights answer XOR at the four corners
type Unit = { weights: number[]; bias: number };
type Network = { hidden: Unit[]; output: Unit };
function fire(unit: Unit, inputs: number[]): 1 | -1 {
  return unit.weights.reduce((sum, weight, j) => sum + weight * inputs[j], unit.bias) >= 0 ? 1 : -1;
}
function xorNetwork(): Network {
  return {
    hidden: [
      { weights: [1, 1], bias: -0.5 },
      { weights: [1, 1], bias: -1.5 },
    ],
    output: { weights: [1, 1], bias: -1 },
  };
}
function forward(network: Network, point: number[]): number {
  return fire(
    network.output,
    network.hidden.map((unit) => fire(unit, point)),
  );
}
