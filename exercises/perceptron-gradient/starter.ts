import { todo } from "gradus";

/** The perceptron criterion: the mean of max(0, -label · score) over all points. */
function loss(weights: number[], bias: number, points: number[][], labels: number[]): number {
  return todo("how far do the points lie on the wrong side, on average?");
}

/** The slope of the loss in each weight and in the bias. */
function gradient(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
): { weights: number[]; bias: number } {
  return todo("only the points on the wrong side have a slope");
}
