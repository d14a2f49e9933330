import { todo } from "gradus";

type Unit = { weights: number[]; bias: number };
type Network = { hidden: Unit[]; output: Unit };

/** Two hidden units and an output unit that compute XOR. */
function xorNetwork(): Network {
  return todo("choose two lines, and a unit that combines their answers");
}

/** The answer of a network with one hidden layer, 1 or -1. */
function forward(network: Network, point: number[]): 1 | -1 {
  return todo("hidden units first, then the output unit");
}
