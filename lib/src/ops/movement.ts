import type { DType } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import {
  broadcastStrides,
  checkAxis,
  checkShape,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  stridesOf,
} from "../shape.ts";
import { copyRun, readStrided, walkBroadcast } from "./elementwise.ts";

/** A copy that shares nothing. */
export const clone = defineOp({
  name: "clone",
  dtype: "same",
  shape: ([x]) => x,
  forward(y, [x]) {
    y.set(x);
  },
  backward: (g) => [g],
});

/** The same values with another dtype: fractions are cut off, and for bool all but 0 is 1. */
export const to = defineOp<{ dtype: DType }>({
  name: "to",
  dtype: (_, { dtype }) => dtype,
  shape: ([x]) => x,
  forward(y, [x], { attributes: { dtype } }) {
    for (let i = 0; i < y.length; i++) y[i] = dtype === "bool" ? Number(x[i] !== 0) : x[i];
  },
  backward: (g) => [g],
});

/** The same numbers in the same order under another shape; one size may be -1: worked out. */
export const reshape = defineOp<{ shape: Shape }>({
  name: "reshape",
  dtype: "same",
  shape([x], { shape }, refuse) {
    const known = Array.isArray(shape) ? shape.filter((size) => size !== -1) : shape;
    checkShape("reshape", known);
    const open = shape.indexOf(-1);
    if (known.length < shape.length - 1) refuse(`only one size may be -1, got ${showShape(shape)}`);
    const size = sizeOf(x);
    const rest = sizeOf(known);
    const out = open < 0 ? shape : shape.map((s) => (s === -1 ? size / rest : s));
    if (sizeOf(out) !== size || !out.every(Number.isInteger))
      refuse(
        `${size} numbers do not fill the shape ${showShape(shape)}${open < 0 ? `, which holds ${rest}` : ""}`,
      );
    return out;
  },
  forward(y, [x]) {
    y.set(x);
  },
  view: (x) => x,
  backward: (g, { inputs: [x] }) => [g.reshape(x.shape)],
});

/** The axes in another order. */
export const transpose = defineOp<{ axes: readonly number[] }>({
  name: "transpose",
  dtype: "same",
  shape: ([x], { axes }) => order(x, axes).map((axis) => x[axis]),
  forward(y, [x], { inShapes: [shape], outShape, attributes: { axes } }) {
    const strides = stridesOf(shape);
    const steps = order(shape, axes).map((axis) => strides[axis]);
    readStrided(y, x, outShape, steps);
  },
  backward: (g, { inputs: [x], attributes: { axes } }) => {
    const from = order(x.shape, axes);
    return [() => g.transpose(...from.map((_, axis) => from.indexOf(axis)))];
  },
});

/** No axes given: all of them, last first. */
function order(shape: Shape, axes: readonly number[]): number[] {
  if (axes.length === 0) return shape.map((_, axis) => shape.length - 1 - axis);
  const found = axes.map((axis) => checkAxis("transpose", shape, axis));
  if (found.length !== shape.length || new Set(found).size !== found.length)
    throw new ShapeError(
      "transpose",
      [shape],
      `the order ${showShape(axes)} does not name each axis once`,
      axes.length === 2 && shape.length > 2
        ? `to swap two axes: swapAxes(${axes.join(", ")})`
        : "leave it out to turn all axes around",
    );
  return found;
}

/** Some axes read from their end to their start. */
export const flip: Op<{ axes: readonly number[] }> = defineOp<{ axes: readonly number[] }>({
  name: "flip",
  dtype: "same",
  shape([x], { axes }) {
    for (const axis of axes) checkAxis("flip", x, axis);
    return x;
  },
  forward(y, [x], { outShape, attributes: { axes } }) {
    const strides = stridesOf(outShape);
    const turned = new Set(axes.map((axis) => checkAxis("flip", outShape, axis)));
    let from = 0;
    const steps = strides.map((stride, axis) => {
      if (!turned.has(axis)) return stride;
      from += stride * (outShape[axis] - 1);
      return -stride;
    });
    readStrided(y, x, outShape, steps, from);
  },
  backward: (g, { attributes }) => [() => flip([g], attributes)],
});

/** Every `step`-th place from `start` up to, not including, `end`, along one axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function lengthOf({ start, end, step }: Range): number {
  return Math.ceil((end - start) / step);
}

/** The part from `start` up to, not including, `end` along one axis, every `step`-th place of it. */
export const slice: Op<Range> = defineOp({
  name: "slice",
  dtype: "same",
  shape([x], range, refuse) {
    const { axis, start, end, step } = range;
    const size = x[axis];
    const whole = [start, end, step].every(Number.isInteger);
    if (!whole || start < 0 || end > size || start > end)
      refuse(`there is no part from ${start} to ${end} along axis ${axis}, which has size ${size}`);
    if (step < 1)
      refuse(`the step must be 1 or more, got ${step}`, step < 0 ? "flip() first" : undefined);
    return x.map((s, i) => (i === axis ? lengthOf(range) : s));
  },
  view(x, { inShapes: [shape], outShape, attributes: { axis, start, step } }) {
    // Along the first axis that is longer than 1, neighbors lie together.
    if (step !== 1 || sizeOf(shape.slice(0, axis)) !== 1) return undefined;
    const from = start * sizeOf(shape.slice(axis + 1));
    return x.subarray(from, from + sizeOf(outShape));
  },
  forward(y, [x], { inShapes: [shape], attributes }) {
    walkSlice(shape, attributes, (from, to, inner) => copyRun(y, to, x, from, inner));
  },
  backward: (g, { inputs: [x], attributes }) => [
    () => unslice([g], { ...attributes, of: x.shape }),
  ],
});

/** Zeros of the shape `of`, with x in the places that {@link slice} would have read it from. */
export const unslice: Op<Range & { of: Shape }> = defineOp({
  name: "unslice",
  dtype: "same",
  shape: (_, { of }) => of,
  forward(y, [x], { attributes }) {
    walkSlice(attributes.of, attributes, (to, from, inner) => copyRun(y, to, x, from, inner));
  },
  backward: (g, { attributes }) => [() => slice([g], attributes)],
});

/** Calls `visit` with where each run of neighbors lies in the whole and in the part. */
function walkSlice(
  shape: Shape,
  range: Range,
  visit: (inWhole: number, inPart: number, length: number) => void,
): void {
  const { axis, start, step } = range;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const count = lengthOf(range);
  for (let block = 0; block < outer; block++)
    for (let i = 0; i < count; i++)
      visit((block * shape[axis] + start + i * step) * inner, (block * count + i) * inner, inner);
}

/** Whether repeating axes of size 1, and adding axes in front, makes `to` of `from`. */
function leadsTo(from: Shape, to: Shape): boolean {
  const added = to.length - from.length;
  return added >= 0 && from.every((size, axis) => size === 1 || size === to[axis + added]);
}

/** The same numbers repeated along axes of size 1, and along new axes in front. */
export const expand = defineOp<{ shape: Shape }>({
  name: "expand",
  dtype: "same",
  shape([x], { shape }, refuse) {
    checkShape("expand", shape);
    if (!leadsTo(x, shape))
      refuse(
        `cannot be repeated to shape ${showShape(shape)}`,
        "only axes of size 1 can be repeated",
      );
    return shape;
  },
  forward(y, [x], { inShapes, outShape }) {
    readStrided(y, x, outShape, broadcastStrides(inShapes[0], outShape));
  },
  backward: (g, { inputs: [x] }) => [() => g.sumTo(x.shape)],
});

/** Sums until the shape is reached from which {@link expand} would lead back to x's. */
export const sumTo = defineOp<{ shape: Shape }>({
  name: "sumTo",
  shape([x], { shape }, refuse) {
    checkShape("sumTo", shape);
    if (!leadsTo(shape, x)) refuse(`cannot be summed to shape ${showShape(shape)}`);
    return shape;
  },
  forward(y, [x], { inShapes: [shape], outShape }) {
    const sums = new Float64Array(y.length);
    walkBroadcast([outShape], shape, (start, length, [at], [step]) => {
      for (let i = start; i < start + length; i++, at += step) sums[at] += x[i];
    });
    y.set(sums);
  },
  backward: (g, { inputs: [x] }) => [() => g.expand(x.shape)],
});
