import { firstNonfinite } from "../engine/engine.ts";
import type { Pair } from "../ops/conv.ts";
import { verify } from "../ops/verify.ts";
import { placeOf, type Shape, ShapeError, sameShape, showShape } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";

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

/** A tensor with so many axes, which `layout` names. */
export function needRank(op: string, x: Tensor, rank: number, layout: string): Tensor {
  if (needTensor(op, x).rank !== rank) throw new ShapeError(op, [x.shape], layout);
  return x;
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

/** One number for each channel, or class: [channels] → [channels, 1, …], which broadcasts over the rest. */
export function needForEach(
  op: string,
  name: string,
  x: Tensor,
  [channels, ...rest]: Shape,
  because: string,
): Tensor {
  return needShape(op, name, x, [channels], because).reshape([channels, ...rest.map(() => 1)]);
}

/**
 * x itself; throws where there is a number that is not `right`, and says what `complaint` says of it.
 * With `finite`, all finite numbers are right, which is quicker to see.
 */
export function needEach(
  x: Tensor,
  right: (value: number) => boolean,
  complaint: (value: number, place: string) => string,
  { finite = false } = {},
): Tensor {
  return verify([x], {
    look(data, shape) {
      if (finite && firstNonfinite(data) < 0) return;
      const i = data.findIndex((value: number) => !right(value));
      if (i >= 0) throw new RangeError(complaint(data[i], placeOf(shape, i)));
    },
  });
}
