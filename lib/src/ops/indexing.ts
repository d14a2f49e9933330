import { defineOp, type KernelInfo, type Op } from "../op.ts";
import {
  checkAxis,
  checkIndex,
  levelsOf,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "../shape.ts";
import { copyRun, walk } from "./elementwise.ts";

/** The axis that an op works along, or that its indices count along. */
export interface AlongAxis {
  readonly axis: number;
}

/** Refuses indices, the second input, that name no place along the axis of the first. */
function checkIndices(op: string) {
  return (
    [, indices]: readonly ArrayLike<number>[],
    { inShapes: [shape], attributes: { axis } }: KernelInfo<AlongAxis>,
  ): void => {
    const at = checkAxis(op, shape, axis);
    for (let i = 0; i < indices.length; i++) checkIndex(op, shape, at, indices[i]);
  };
}

/** The index counted from the front; -1 names the last element. */
function fromFront(index: number, size: number): number {
  return index < 0 ? index + size : index;
}

/**
 * The parts that the int32 indices name, along an axis; the indices' own axes come in its place.
 * x [a, n, b], indices [i, j] → [a, i, j, b]
 */
export const take: Op<AlongAxis> = defineOp({
  name: "take",
  dtype: "same",
  shape([x, indices], { axis }) {
    if (x.length === 0) throw new ShapeError("take", [x], "a single number has no rows to take");
    return takenShape("take", x, indices, axis);
  },
  check: checkIndices("take"),
  forward(y, [x, indices], { inShapes: [shape], attributes: { axis } }) {
    walkTaken(shape, axis, indices, (inX, inY, length) => copyRun(y, inY, x, inX, length));
  },
  backward: (g, { inputs: [x, indices], attributes }) => [
    () => indexAdd([g.newZeros(x.shape), indices, g], attributes),
    null,
  ],
});

/**
 * A copy of x with the parts of `source` added in the places along an axis that the indices name;
 * a place named twice gets both. The opposite of {@link take}, and shaped like it.
 */
export const indexAdd: Op<AlongAxis> = defineOp({
  name: "indexAdd",
  dtype: "same",
  shape([x, indices, source], { axis }, refuse) {
    const wanted = takenShape("indexAdd", x, indices, axis);
    if (!sameShape(source, wanted)) refuse(`what is added must have shape ${showShape(wanted)}`);
    return x;
  },
  check: checkIndices("indexAdd"),
  forward(y, [x, indices, source], { inShapes: [shape], attributes: { axis } }) {
    y.set(x);
    walkTaken(shape, axis, indices, (inY, inSource, length) => {
      for (let k = 0; k < length; k++) y[inY + k] += source[inSource + k];
    });
  },
  backward: (g, { inputs: [, indices], attributes }) => [
    g,
    null,
    () => take([g, indices], attributes),
  ],
});

function takenShape(op: string, x: Shape, indices: Shape, axis: number): Shape {
  const at = checkAxis(op, x, axis);
  return [...x.slice(0, at), ...indices, ...x.slice(at + 1)];
}

/** Where each run of neighbors lies in the whole, and where among what is taken, in order. */
function walkTaken(
  shape: Shape,
  axis: number,
  indices: ArrayLike<number>,
  visit: (inWhole: number, inTaken: number, length: number) => void,
): void {
  const at = axis < 0 ? axis + shape.length : axis;
  const outer = sizeOf(shape.slice(0, at));
  const length = sizeOf(shape.slice(at + 1));
  let inTaken = 0;
  for (let block = 0; block < outer; block++)
    for (let i = 0; i < indices.length; i++, inTaken += length)
      visit((block * shape[at] + fromFront(indices[i], shape[at])) * length, inTaken, length);
}

/**
 * For each place of the int32 indices, the number of x at the same place, but along the axis at
 * the index that stands there. x and indices have as many axes; the result is shaped as indices.
 */
export const gather: Op<AlongAxis> = defineOp({
  name: "gather",
  dtype: "same",
  shape([x, indices], { axis }, refuse) {
    checkBeside("gather", x, indices, axis, refuse);
    return indices;
  },
  check: checkIndices("gather"),
  forward(y, [x, indices], { inShapes: [shape, indexShape], attributes: { axis } }) {
    walkBeside(shape, indexShape, axis, indices, (place, i) => {
      y[i] = x[place];
    });
  },
  backward: (g, { inputs: [x, indices], attributes }) => [
    () => scatterAdd([g.newZeros(x.shape), indices, g], attributes),
    null,
  ],
});

/**
 * A copy of x with each number of `source` added in the place that {@link gather} would have read
 * it from. indices and source have the same shape.
 */
export const scatterAdd: Op<AlongAxis> = defineOp({
  name: "scatterAdd",
  dtype: "same",
  shape([x, indices, source], { axis }, refuse) {
    checkBeside("scatterAdd", x, indices, axis, refuse);
    if (!sameShape(source, indices))
      refuse("there must be one index for each number that is added");
    return x;
  },
  check: checkIndices("scatterAdd"),
  forward(y, [x, indices, source], { inShapes: [shape, indexShape], attributes: { axis } }) {
    y.set(x);
    walkBeside(shape, indexShape, axis, indices, (place, i) => {
      y[place] += source[i];
    });
  },
  backward: (g, { inputs: [, indices], attributes }) => [
    g,
    null,
    () => gather([g, indices], attributes),
  ],
});

function checkBeside(
  op: string,
  x: Shape,
  indices: Shape,
  axis: number,
  refuse: (why: string) => never,
): void {
  const at = checkAxis(op, x, axis);
  if (x.length !== indices.length || indices.some((size, i) => i !== at && size > x[i]))
    refuse(`the indices must have as many axes, and be no longer except along axis ${at}`);
}

/** For each index in order, its place in a tensor of shape `shape`. */
function walkBeside(
  shape: Shape,
  indexShape: Shape,
  axis: number,
  indices: ArrayLike<number>,
  visit: (place: number, i: number) => void,
): void {
  const at = axis < 0 ? axis + shape.length : axis;
  const strides = stridesOf(shape);
  const steps = strides.map((stride, a) => (a === at ? 0 : stride));
  walk(levelsOf(indexShape, [steps]), [0], (start, length, [base], [step]) => {
    for (let i = start, place = base; i < start + length; i++, place += step)
      visit(place + fromFront(indices[i], shape[at]) * strides[at], i);
  });
}

/** Each class number as a row with 1 in that place and 0 elsewhere. [...] → [..., count] */
export const oneHot = defineOp<{ count: number }>({
  name: "oneHot",
  dtype: "float32",
  shape: ([classes], { count }) => [...classes, count],
  check([classes], { attributes: { count } }) {
    for (let i = 0; i < classes.length; i++) checkIndex("oneHot", [count], 0, classes[i]);
  },
  forward(y, [classes], { attributes: { count } }) {
    for (let i = 0; i < classes.length; i++) y[i * count + fromFront(classes[i], count)] = 1;
  },
});
