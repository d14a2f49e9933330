import { todo } from "gradus";

/** The mean surprise of the labels, and the price of the weights. */
function loss(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
  decay: number,
): number {
  return todo("how surprised is the rule by the labels, on average?");
}

/** The slope of the loss in each weight and in the bias. */
function gradient(
  weights: number[],
  bias: number,
  points: number[][],
  labels: number[],
  decay: number,
): { weights: number[]; bias: number } {
  return todo("each point pulls by its error, the chance less the label");
}
