import type { Pair } from "../ops/conv.ts";
import { type Shape, ShapeError, sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** One number for rows and columns both, or one for each. */
export type Size2d = number | readonly [rows: number, columns: number];

/** Whole numbers, none smaller than `least`: one for rows, one for columns. */
export function needPair(op: string, name: string, size: Size2d, least: 0 | 1): Pair {
  const [rows, columns] = typeof size === "number" ? [size, size] : size;
  return [needWhole(op, name, rows, least), needWhole(op, name, columns, least)];
}

/** A whole number, not smaller than `least`. */
export function needWhole(op: string, name: string, size: number, least: 0 | 1): number {
  if (!Number.isSafeInteger(size) || size < least)
    throw new RangeError(
      `${op}: ${name} must be a whole number, ${least} or more, got ${String(size)}`,
    );
  return size;
}

/** A tensor of exactly this shape. */
export function needShape(
  op: string,
  name: string,
  x: Tensor,
  shape: Shape,
  because: string,
): Tensor {
  if (!sameShape(x.shape, shape))
    throw new ShapeError(
      op,
      [x.shape],
      `the ${name} must have shape ${showShape(shape)}, ${because}`,
    );
  return x;
}
