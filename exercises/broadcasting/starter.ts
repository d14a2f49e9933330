import { todo } from "gradus";

/** The shape that two shapes make together. Throws an Error where they do not fit. */
function broadcastShape(a: number[], b: number[]): number[] {
  return todo("align the shapes at the right");
}

/** The numbers of an array of shape `from`, read as an array of shape `to`. */
function stretch(values: number[], from: number[], to: number[]): number[] {
  return todo("which of the numbers stands at each place?");
}

/** For each number of shape `from`, the sum of the slopes at all places of shape `to` that used it. */
function shrink(slopes: number[], from: number[], to: number[]): number[] {
  return todo("which places used each number?");
}
