import { todo } from "gradus";

/** Rosenblatt's rule, pass after pass, until a pass makes no mistake or `epochs` passes are done. */
function train(
  points: number[][],
  labels: number[],
  epochs: number,
): { weights: number[]; bias: number; mistakes: number[] } {
  const weights = points[0].map(() => 0);
  let bias = 0;
  const mistakes: number[] = [];
  return todo("loop over the passes, and in each over the points");
}
