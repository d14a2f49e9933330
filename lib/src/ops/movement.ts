import type { DType } from "../dtype.ts";
import { defineOp } from "../op.ts";
import {
  checkAxis,
  checkIndex,
  checkShape,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  stridesOf,
} from "../shape.ts";

const sameKind = ([dtype]: readonly DType[]): DType => dtype;

/** The same numbers in the same order under another shape; one size may be -1: worked out. */
export const reshape = defineOp<{ shape: Shape }>({
  name: "reshape",
  dtype: sameKind,
  shape([x], { shape }) {
    const open = shape.indexOf(-1);
    const known = shape.filter((size) => size !== -1);
    checkShape("reshape", known);
    if (known.length < shape.length - 1)
      throw new ShapeError("reshape", [x], `only one size may be -1, got ${showShape(shape)}`);
    const size = sizeOf(x);
    const rest = sizeOf(known);
    const out = open < 0 ? shape : shape.map((s) => (s === -1 ? size / rest : s));
    if (sizeOf(out) !== size || !out.every(Number.isInteger))
      throw new ShapeError(
        "reshape",
        [x],
        `${size} numbers do not fill the shape ${showShape(shape)}${open < 0 ? `, which holds ${rest}` : ""}`,
      );
    return out;
  },
  forward(y, [x]) {
    y.set(x);
  },
});

/** The axes in another order. */
export const transpose = defineOp<{ axes: readonly number[] }>({
  name: "transpose",
  dtype: sameKind,
  shape: ([x], { axes }) => order(x, axes).map((axis) => x[axis]),
  forward(y, [x], { inShapes: [shape], outShape, attributes: { axes } }) {
    const strides = stridesOf(shape);
    const steps = order(shape, axes).map((axis) => strides[axis]);
    const index = new Array<number>(outShape.length).fill(0);
    let from = 0;
    for (let i = 0; i < y.length; i++) {
      y[i] = x[from];
      for (let axis = outShape.length - 1; axis >= 0; axis--) {
        from += steps[axis];
        if (++index[axis] < outShape[axis]) break;
        from -= steps[axis] * outShape[axis];
        index[axis] = 0;
      }
    }
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
      "leave it out to turn all axes around",
    );
  return found;
}

/** The part from `start` up to, not including, `end` along one axis. */
export const slice = defineOp<{ axis: number; start: number; end: number }>({
  name: "slice",
  dtype: sameKind,
  shape([x], { axis, start, end }) {
    const size = x[axis];
    if (
      !Number.isInteger(start) ||
      !Number.isInteger(end) ||
      start < 0 ||
      end > size ||
      start > end
    )
      throw new ShapeError(
        "slice",
        [x],
        `there is no part from ${start} to ${end} along axis ${axis}, which has size ${size}`,
      );
    return x.map((s, i) => (i === axis ? end - start : s));
  },
  forward(y, [x], { inShapes: [shape], attributes: { axis, start, end } }) {
    const inner = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const length = (end - start) * inner;
    for (let block = 0; block < outer; block++) {
      const from = (block * shape[axis] + start) * inner;
      y.set(x.subarray(from, from + length), block * length);
    }
  },
});

/** The chosen places along the first axis, in the order given; one may come twice. */
export const take = defineOp<{ indices: readonly number[] }>({
  name: "take",
  dtype: sameKind,
  shape([x], { indices }) {
    if (x.length === 0) throw new ShapeError("take", [x], "a single number has no rows to take");
    for (const index of indices) checkIndex("take", x, 0, index);
    return [indices.length, ...x.slice(1)];
  },
  forward(y, [x], { inShapes: [shape], attributes: { indices } }) {
    const inner = sizeOf(shape.slice(1));
    indices.forEach((index, i) => {
      const from = checkIndex("take", shape, 0, index) * inner;
      y.set(x.subarray(from, from + inner), i * inner);
    });
  },
});
