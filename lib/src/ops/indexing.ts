import type { DType } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { checkAxis, checkIndex, type Shape, ShapeError, sizeOf } from "../shape.ts";

const sameKind = ([dtype]: readonly DType[]): DType => dtype;

/** The axis that the indices count along. */
export interface AlongAxis {
  readonly axis: number;
}

/**
 * The parts that the int32 indices name, along an axis; the indices' own axes come in its place.
 * x [a, n, b], indices [i, j] → [a, i, j, b]
 */
export const take: Op<AlongAxis> = defineOp({
  name: "take",
  dtype: sameKind,
  shape([x, indices], { axis }) {
    if (x.length === 0) throw new ShapeError("take", [x], "a single number has no rows to take");
    const at = checkAxis("take", x, axis);
    return [...x.slice(0, at), ...indices, ...x.slice(at + 1)];
  },
  forward(y, [x, indices], { inShapes: [shape], attributes: { axis } }) {
    const { outer, size, inner, at } = around("take", shape, axis);
    let to = 0;
    for (let block = 0; block < outer; block++)
      for (let i = 0; i < indices.length; i++, to += inner) {
        const from = (block * size + checkIndex("take", shape, at, indices[i])) * inner;
        y.set(x.subarray(from, from + inner), to);
      }
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
  dtype: sameKind,
  shape([x, indices, source], { axis }) {
    const at = checkAxis("indexAdd", x, axis);
    const wanted = [...x.slice(0, at), ...indices, ...x.slice(at + 1)];
    if (source.length !== wanted.length || source.some((size, i) => size !== wanted[i]))
      throw new ShapeError(
        "indexAdd",
        [x, indices, source],
        `what is added must have shape [${wanted.join(", ")}]`,
      );
    return x;
  },
  forward(y, [x, indices, source], { inShapes: [shape], attributes: { axis } }) {
    const { outer, size, inner, at } = around("indexAdd", shape, axis);
    y.set(x);
    let from = 0;
    for (let block = 0; block < outer; block++)
      for (let i = 0; i < indices.length; i++) {
        const to = (block * size + checkIndex("indexAdd", shape, at, indices[i])) * inner;
        for (let k = 0; k < inner; k++) y[to + k] += source[from++];
      }
  },
  backward: (g, { inputs: [, indices], attributes }) => [
    g,
    null,
    () => take([g, indices], attributes),
  ],
});

/**
 * For each place of the int32 indices, the number of x at the same place, but along the axis at
 * the index that stands there. x and indices have as many axes; the result is shaped as indices.
 */
export const gather: Op<AlongAxis> = defineOp({
  name: "gather",
  dtype: sameKind,
  shape([x, indices], { axis }) {
    checkBeside("gather", x, indices, axis);
    return indices;
  },
  forward(y, [x, indices], { inShapes: [shape, indexShape], attributes: { axis } }) {
    walkBeside("gather", shape, indexShape, axis, indices, (place, i) => {
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
  dtype: sameKind,
  shape([x, indices, source], { axis }) {
    checkBeside("scatterAdd", x, indices, axis);
    if (source.length !== indices.length || source.some((size, i) => size !== indices[i]))
      throw new ShapeError(
        "scatterAdd",
        [indices, source],
        "there must be one index for each number that is added",
      );
    return x;
  },
  forward(y, [x, indices, source], { inShapes: [shape, indexShape], attributes: { axis } }) {
    y.set(x);
    walkBeside("scatterAdd", shape, indexShape, axis, indices, (place, i) => {
      y[place] += source[i];
    });
  },
  backward: (g, { inputs: [, indices], attributes }) => [
    g,
    null,
    () => gather([g, indices], attributes),
  ],
});

function around(op: string, shape: Shape, axis: number) {
  const at = checkAxis(op, shape, axis);
  return {
    at,
    outer: sizeOf(shape.slice(0, at)),
    size: shape[at],
    inner: sizeOf(shape.slice(at + 1)),
  };
}

function checkBeside(op: string, x: Shape, indices: Shape, axis: number): void {
  const at = checkAxis(op, x, axis);
  if (x.length !== indices.length || indices.some((size, i) => i !== at && size > x[i]))
    throw new ShapeError(
      op,
      [x, indices],
      `the indices must have as many axes, and be no longer except along axis ${at}`,
    );
}

/** For each index in order, its place in a tensor of shape `shape`. */
function walkBeside(
  op: string,
  shape: Shape,
  indexShape: Shape,
  axis: number,
  indices: ArrayLike<number>,
  visit: (place: number, i: number) => void,
): void {
  const at = checkAxis(op, shape, axis);
  const position = indexShape.map(() => 0);
  for (let i = 0; i < indices.length; i++) {
    let place = 0;
    for (let a = 0; a < shape.length; a++)
      place = place * shape[a] + (a === at ? checkIndex(op, shape, at, indices[i]) : position[a]);
    visit(place, i);
    for (let a = indexShape.length - 1; a >= 0; a--) {
      if (++position[a] < indexShape[a]) break;
      position[a] = 0;
    }
  }
}

/** Each class number as a row with 1 in that place and 0 elsewhere. [...] → [..., count] */
export const oneHot = defineOp<{ count: number }>({
  name: "oneHot",
  dtype: () => "float32",
  shape: ([classes], { count }) => [...classes, count],
  forward(y, [classes], { attributes: { count } }) {
    for (let i = 0; i < classes.length; i++)
      y[i * count + checkIndex("oneHot", [count], 0, classes[i])] = 1;
  },
});
