import { todo } from "gradus";

/** The scores of a layer: x times w, and b added to every row. */
function layer(x: number[][], w: number[][], b: number[]): number[][] {
  return todo("a dot product for each example and each unit");
}

/** The slopes in x, w and b, given the slopes in the scores. */
function layerGradient(
  x: number[][],
  w: number[][],
  slopes: number[][],
): { x: number[][]; w: number[][]; b: number[] } {
  return todo("for each number, the sum over all that it acted on");
}
