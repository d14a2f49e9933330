import type { DType } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { checkAxis, type Shape, ShapeError, sizeOf } from "../shape.ts";

/** Which axis disappears (none: all of them), and whether it stays behind with size 1. */
export interface Reduction {
  readonly axis: number | undefined;
  readonly keepDims: boolean;
}

interface ReduceDefinition {
  readonly name: string;
  readonly dtype?: (dtypes: readonly DType[]) => DType;
  /** Reducing no numbers at all is an error, because there is no answer. */
  readonly needsValues: boolean;
  /** The result for the `count` numbers x[start], x[start + stride], … */
  readonly run: (x: ArrayLike<number>, start: number, stride: number, count: number) => number;
}

function reduce({ name, dtype, needsValues, run }: ReduceDefinition): Op<Reduction> {
  return defineOp<Reduction>({
    name,
    dtype,
    shape([x], { axis, keepDims }) {
      if (axis === undefined) {
        if (needsValues && sizeOf(x) === 0)
          throw new ShapeError(name, [x], "a tensor without numbers has no such value");
        return keepDims ? x.map(() => 1) : [];
      }
      const gone = checkAxis(name, x, axis);
      if (needsValues && x[gone] === 0)
        throw new ShapeError(name, [x], `axis ${gone} is empty, so there is no such value`);
      return keepDims
        ? x.map((size, i) => (i === gone ? 1 : size))
        : x.filter((_, i) => i !== gone);
    },
    forward(y, [x], { inShapes: [shape], attributes: { axis } }) {
      const { count, inner } = lanes(name, shape, axis);
      for (let i = 0; i < y.length; i++) {
        const block = Math.floor(i / inner);
        y[i] = run(x, block * count * inner + (i % inner), inner, count);
      }
    },
  });
}

/** Along an axis, `count` numbers lie `inner` places apart. */
function lanes(name: string, shape: Shape, axis: number | undefined) {
  if (axis === undefined) return { count: sizeOf(shape), inner: 1 };
  const gone = checkAxis(name, shape, axis);
  return { count: shape[gone], inner: sizeOf(shape.slice(gone + 1)) };
}

/** Sums run in float64 and are rounded once, at the end. */
export const sum = reduce({
  name: "sum",
  needsValues: false,
  run(x, start, stride, count) {
    let total = 0;
    for (let k = 0, i = start; k < count; k++, i += stride) total += x[i];
    return total;
  },
});

export const mean = reduce({
  name: "mean",
  dtype: () => "float32",
  needsValues: true,
  run(x, start, stride, count) {
    let total = 0;
    for (let k = 0, i = start; k < count; k++, i += stride) total += x[i];
    return total / count;
  },
});

/** The standard deviation of the population: divides by n, as NumPy does. */
export const std = reduce({
  name: "std",
  dtype: () => "float32",
  needsValues: true,
  run(x, start, stride, count) {
    let total = 0;
    for (let k = 0, i = start; k < count; k++, i += stride) total += x[i];
    const middle = total / count;
    let squares = 0;
    for (let k = 0, i = start; k < count; k++, i += stride) squares += (x[i] - middle) ** 2;
    return Math.sqrt(squares / count);
  },
});

const sameKind = ([dtype]: readonly DType[]): DType => dtype;
const index = (): DType => "int32";

/** NaN anywhere gives NaN, as in NumPy. */
export const max = reduce({
  name: "max",
  dtype: sameKind,
  needsValues: true,
  run: (x, start, stride, count) => x[best(x, start, stride, count, (a, b) => a > b)],
});

/** NaN anywhere gives NaN, as in NumPy. */
export const min = reduce({
  name: "min",
  dtype: sameKind,
  needsValues: true,
  run: (x, start, stride, count) => x[best(x, start, stride, count, (a, b) => a < b)],
});

/** The place of the largest number; of several, the first. */
export const argmax = reduce({
  name: "argmax",
  dtype: index,
  needsValues: true,
  run: (x, start, stride, count) =>
    (best(x, start, stride, count, (a, b) => a > b) - start) / stride,
});

/** The place of the smallest number; of several, the first. */
export const argmin = reduce({
  name: "argmin",
  dtype: index,
  needsValues: true,
  run: (x, start, stride, count) =>
    (best(x, start, stride, count, (a, b) => a < b) - start) / stride,
});

/** The first position whose number beats all others; a NaN beats everything. */
function best(
  x: ArrayLike<number>,
  start: number,
  stride: number,
  count: number,
  beats: (a: number, b: number) => boolean,
): number {
  let at = start;
  for (let k = 0, i = start; k < count; k++, i += stride) {
    if (Number.isNaN(x[i])) return i;
    if (beats(x[i], x[at])) at = i;
  }
  return at;
}
