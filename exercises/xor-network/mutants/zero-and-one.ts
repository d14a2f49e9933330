// caught by: forward: hidden units first, then the output; random networks
type Unit = { weights: number[]; bias: number };
type Network = { hidden: Unit[]; output: Unit };
function fire(unit: Unit, inputs: number[]): 1 | 0 {
  return unit.weights.reduce((sum, weight, j) => sum + weight * inputs[j], unit.bias) >= 0 ? 1 : 0;
}
function xorNetwork(): Network {
  return {
    hidden: [
      { weights: [1, 1], bias: -0.5 },
      { weights: [-1, -1], bias: 1.5 },
    ],
    output: { weights: [1, 1], bias: -1 },
  };
}
function forward(network: Network, point: number[]): number {
  return fire(
    network.output,
    network.hidden.map((unit) => fire(unit, point)),
  ) === 1
    ? 1
    : -1;
}
