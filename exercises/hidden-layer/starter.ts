import { todo } from "gradus";

type Weights = { w1: number[][]; b1: number[]; w2: number[][]; b2: number[] };

/** Gradient descent on a network with one hidden layer. */
function train(
  points: number[][],
  labels: number[],
  start: Weights,
  rate: number,
  steps: number,
): { losses: number[]; weights: Weights } {
  return todo("forward, backward, a small step against the slopes; again and again");
}
