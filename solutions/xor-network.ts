/** One perceptron: weights [n] and a bias. */
export type Unit = { weights: number[]; bias: number };
/** Hidden units that read the point, and one output unit that reads the hidden units. */
export type Network = { hidden: Unit[]; output: Unit };

function fire(unit: Unit, inputs: number[]): 1 | -1 {
  const score = unit.weights.reduce((sum, weight, j) => sum + weight * inputs[j], unit.bias);
  return score >= 0 ? 1 : -1;
}

/** Weights that compute XOR: "at least one" and "not both", and an output that wants both. */
export function xorNetwork(): Network {
  return {
    hidden: [
      { weights: [1, 1], bias: -0.5 }, // a or b
      { weights: [-1, -1], bias: 1.5 }, // not (a and b)
    ],
    output: { weights: [1, 1], bias: -1 }, // both hidden units say +1
  };
}

/** point [n] → the answer of the output unit, +1 or -1 */
export function forward(network: Network, point: number[]): 1 | -1 {
  const hidden = network.hidden.map((unit) => fire(unit, point));
  return fire(network.output, hidden);
}
