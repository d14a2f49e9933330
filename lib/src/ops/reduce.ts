import type { DType } from "../dtype.ts";
import { type BackwardInfo, defineOp, type Op } from "../op.ts";
import { checkAxis, type Shape, ShapeError, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Which axis disappears (none: all of them), and whether it stays behind with size 1. */
export interface Reduction {
  readonly axis: number | undefined;
  readonly keepDims: boolean;
}

/** A reduction, with what it wants to know beyond the axis. */
export type ReduceOp<More> = Op<Reduction & More>;

/** What `var` and {@link std} subtract from n before they divide by it. */
export type Spread = Reduction & { readonly correction: number };

interface ReduceDefinition<Attributes extends Reduction> {
  readonly name: string;
  readonly dtype?: (dtypes: readonly DType[]) => DType;
  /** Reducing no numbers at all is an error, because there is no answer. */
  readonly needsValues: boolean;
  /** The result for the `count` numbers x[start], x[start + stride], … */
  readonly run: (
    x: ArrayLike<number>,
    start: number,
    stride: number,
    count: number,
    attributes: Attributes,
  ) => number;
  /** The gradient for x. `g` and the result `y` come with the reduced axis in place, of size 1. */
  readonly backward?: (g: Tensor, x: Tensor, y: Tensor, attributes: Attributes) => Tensor;
}

/** An op that makes one number of all those along an axis. */
function reduce<Attributes extends Reduction = Reduction>({
  name,
  dtype,
  needsValues,
  run,
  backward,
}: ReduceDefinition<Attributes>): Op<Attributes> {
  return defineOp<Attributes>({
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
      return keepDims ? keptShape(x, gone) : x.filter((_, i) => i !== gone);
    },
    forward(y, [x], { inShapes: [shape], attributes }) {
      const { count, inner } = lanes(name, shape, attributes.axis);
      for (let i = 0; i < y.length; i++) {
        const block = Math.floor(i / inner);
        y[i] = run(x, block * count * inner + (i % inner), inner, count, attributes);
      }
    },
    backward: backward && ((g, info) => [backwardInPlace(backward, g, info)]),
  });
}

function backwardInPlace<Attributes extends Reduction>(
  backward: NonNullable<ReduceDefinition<Attributes>["backward"]>,
  g: Tensor,
  { inputs: [x], output, attributes }: BackwardInfo<Attributes>,
): Tensor {
  const shape = keptShape(x.shape, attributes.axis);
  return backward(g.reshape(shape), x, output.reshape(shape), attributes);
}

/** The shape with the reduced axis, or all of them, of size 1. */
function keptShape(shape: Shape, axis: number | undefined): Shape {
  const gone = axis === undefined ? undefined : checkAxis("reduce", shape, axis);
  return shape.map((size, i) => (gone === undefined || i === gone ? 1 : size));
}

/** Along an axis, `count` numbers lie `inner` places apart. */
function lanes(name: string, shape: Shape, axis: number | undefined) {
  if (axis === undefined) return { count: sizeOf(shape), inner: 1 };
  const gone = checkAxis(name, shape, axis);
  return { count: shape[gone], inner: sizeOf(shape.slice(gone + 1)) };
}

/** How many numbers went into each of the result's. */
function countOf(x: Tensor, { axis }: Reduction): number {
  return lanes("count", x.shape, axis).count;
}

/** Sums run in float64 and are rounded once, at the end. */
export const sum = reduce({
  name: "sum",
  needsValues: false,
  run: total,
  backward: (g, x) => g.expand(x.shape),
});

export const mean = reduce({
  name: "mean",
  dtype: () => "float32",
  needsValues: true,
  run: (x, start, stride, count) => total(x, start, stride, count) / count,
  backward: (g, x, _, attributes) => g.div(countOf(x, attributes)).expand(x.shape),
});

function total(x: ArrayLike<number>, start: number, stride: number, count: number): number {
  let sum = 0;
  for (let k = 0, i = start; k < count; k++, i += stride) sum += x[i];
  return sum;
}

/** The mean squared distance from the mean: divides by n - correction, n by default, as NumPy does. */
const variance = reduce<Spread>({
  name: "var",
  dtype: () => "float32",
  needsValues: true,
  run: spread,
  backward: (g, x, _, attributes) => fromMean(x, attributes).mul(g.mul(2)),
});

export { variance as var };

/** The square root of the variance. Where all numbers are equal it has no slope: NaN there. */
export const std = reduce<Spread>({
  name: "std",
  dtype: () => "float32",
  needsValues: true,
  run: (x, start, stride, count, attributes) =>
    Math.sqrt(spread(x, start, stride, count, attributes)),
  backward: (g, x, y, attributes) => fromMean(x, attributes).mul(g.div(y)),
});

function spread(
  x: ArrayLike<number>,
  start: number,
  stride: number,
  count: number,
  { correction }: Spread,
): number {
  const middle = total(x, start, stride, count) / count;
  let squares = 0;
  for (let k = 0, i = start; k < count; k++, i += stride) squares += (x[i] - middle) ** 2;
  return squares / (count - correction);
}

/** (x - mean) / (n - correction), half of how the variance changes with each number. */
function fromMean(x: Tensor, attributes: Spread): Tensor {
  const middle = mean([x], { axis: attributes.axis, keepDims: true });
  return x.sub(middle).div(countOf(x, attributes) - attributes.correction);
}

const sameKind = ([dtype]: readonly DType[]): DType => dtype;
const index = (): DType => "int32";

/** NaN anywhere gives NaN, as in NumPy. The gradient goes to the place that argmax names. */
export const max = reduce({
  name: "max",
  dtype: sameKind,
  needsValues: true,
  run: (x, start, stride, count) => x[best(x, start, stride, count, (a, b) => a > b)],
  backward: (g, x, _, attributes) => toPlace(g, x, argmax([x], attributes), attributes),
});

/** NaN anywhere gives NaN, as in NumPy. The gradient goes to the place that argmin names. */
export const min = reduce({
  name: "min",
  dtype: sameKind,
  needsValues: true,
  run: (x, start, stride, count) => x[best(x, start, stride, count, (a, b) => a < b)],
  backward: (g, x, _, attributes) => toPlace(g, x, argmin([x], attributes), attributes),
});

/** Zeros like x, with each gradient where its number came from. */
function toPlace(g: Tensor, x: Tensor, place: Tensor, { axis }: Reduction): Tensor {
  if (axis === undefined)
    return g
      .newZeros([x.size])
      .scatterAdd(0, place.reshape([1]), g.reshape([1]))
      .reshape(x.shape);
  return g.newZeros(x.shape).scatterAdd(axis, place.reshape(g.shape), g);
}

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
