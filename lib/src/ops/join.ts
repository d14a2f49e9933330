import { dtypeBeside, promote } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { checkAxis, ShapeError, sizeOf, stridesOf } from "../shape.ts";
import { copyRun } from "./elementwise.ts";
import type { AlongAxis } from "./indexing.ts";

/** Any number of tensors one after another along an axis: [2, n] and [3, n] → [5, n]. */
export const concat: Op<AlongAxis> = defineOp({
  name: "concat",
  dtype: (dtypes) => (new Set(dtypes).size === 1 ? dtypes[0] : promote(dtypes)),
  shape(shapes, { axis }, refuse) {
    if (shapes.length === 0) refuse("there is nothing to join: the list is empty");
    const [first] = shapes;
    if (first.length === 0) refuse("a single number has no axis", "use stack");
    const at = checkAxis("concat", first, axis);
    shapes.forEach((shape, i) => {
      if (shape.length !== first.length || shape.some((size, a) => a !== at && size !== first[a]))
        throw new ShapeError(
          "concat",
          [first, shape],
          `tensor ${i} does not fit the first one: only axis ${at} may differ`,
        );
    });
    const joined = shapes.reduce((total, shape) => total + shape[at], 0);
    return first.map((size, a) => (a === at ? joined : size));
  },
  forward(y, inputs, { inShapes, outShape, attributes: { axis } }) {
    const at = checkAxis("concat", outShape, axis);
    const runs = inShapes.map((shape) => sizeOf(shape.slice(at)));
    const outer = sizeOf(outShape.slice(0, at));
    let to = 0;
    for (let block = 0; block < outer; block++)
      inputs.forEach((x, i) => {
        copyRun(y, to, x, block * runs[i], runs[i]);
        to += runs[i];
      });
  },
  backward(g, { inputs, attributes: { axis } }) {
    let end = 0;
    return inputs.map(({ shape }) => {
      const start = end;
      end += shape.at(axis)!;
      const stop = end;
      return () => g.slice(start, stop, axis);
    });
  },
});

/** How many places go before and after each axis, one pair per axis, and what goes there. */
export interface Padding {
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly value: number;
}

/** x in a frame of one value. */
export const pad: Op<Padding> = defineOp({
  name: "pad",
  dtype: ([dtype], { value }) => dtypeBeside(dtype, value),
  shape([x], { padding }, refuse) {
    if (padding.length !== x.length)
      refuse(`${x.length} pairs [before, after] are needed, one per axis, got ${padding.length}`);
    return x.map((size, axis) => {
      const [before, after] = [padding[axis]].flat();
      for (const n of [before, after])
        if (!Number.isInteger(n) || n < 0)
          refuse(
            `axis ${axis} cannot get ${n} more places`,
            n < 0 ? "to take places away, use slice" : "write [before, after]",
          );
      return before + size + after;
    });
  },
  forward(y, [x], { inShapes: [shape], outShape, attributes: { padding, value } }) {
    y.fill(value);
    const strides = stridesOf(outShape);
    const run = shape.at(-1) ?? 1;
    for (let from = 0; from < x.length; from += run) {
      let to = 0;
      for (let axis = shape.length - 1, rest = from; axis >= 0; axis--) {
        to += ((rest % shape[axis]) + padding[axis][0]) * strides[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      copyRun(y, to, x, from, run);
    }
  },
  backward: (g, { inputs: [x], attributes: { padding } }) => [
    () => g.index(...padding.map(([before], a): [number, number] => [before, before + x.shape[a]])),
  ],
});
