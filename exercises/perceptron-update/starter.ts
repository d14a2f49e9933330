import { todo } from "gradus";

/** One step of Rosenblatt's rule: the weights and the bias after looking at one labeled point. */
function update(
  weights: number[],
  bias: number,
  point: number[],
  label: number,
): { weights: number[]; bias: number } {
  return todo("is the point a mistake? then move toward it");
}
