import { promote } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { broadcastShapes } from "../shape.ts";
import { pairwise, pointwise, walkBroadcast } from "./elementwise.ts";

export const equal = pairwise("equal", (a, b) => (a === b ? 1 : 0), { dtype: "bool" });
export const notEqual = pairwise("notEqual", (a, b) => (a !== b ? 1 : 0), { dtype: "bool" });
export const greater = pairwise("greater", (a, b) => (a > b ? 1 : 0), { dtype: "bool" });
export const greaterEqual = pairwise("greaterEqual", (a, b) => (a >= b ? 1 : 0), { dtype: "bool" });
export const less = pairwise("less", (a, b) => (a < b ? 1 : 0), { dtype: "bool" });
export const lessEqual = pairwise("lessEqual", (a, b) => (a <= b ? 1 : 0), { dtype: "bool" });

const nan = pointwise("isNaN", (x) => Number(Number.isNaN(x)), { dtype: "bool" });

export { nan as isNaN };

export const logicalNot = pointwise("logicalNot", (x) => Number(x === 0), { dtype: "bool" });
export const logicalAnd = pairwise("logicalAnd", (a, b) => Number(a !== 0 && b !== 0), {
  dtype: "bool",
});
export const logicalOr = pairwise("logicalOr", (a, b) => Number(a !== 0 || b !== 0), {
  dtype: "bool",
});

/**
 * Where the condition is not 0, the number from a, elsewhere the one from b; all three broadcast.
 * The side not taken gets the gradient 0. If that side's own slope is infinite there, as that of
 * log(x) is at 0, 0 · ∞ still makes NaN of it further back: choose the input too, as in
 * `x.where(safe, 1).log().where(safe, 0)`.
 */
export const where: Op<void> = defineOp({
  name: "where",
  shape: ([condition, a, b]) => broadcastShapes("where", condition, broadcastShapes("where", a, b)),
  dtype: ([, a, b]) => (a === b ? a : promote([a, b])),
  forward(out, [condition, a, b], { inShapes, outShape }) {
    walkBroadcast(inShapes, outShape, (start, length, [c, p, q], [stepC, stepA, stepB]) => {
      for (let i = start; i < start + length; i++, c += stepC, p += stepA, q += stepB)
        out[i] = condition[c] !== 0 ? a[p] : b[q];
    });
  },
  backward: (g, { inputs: [condition, a, b] }) => {
    const nothing = g.newZeros([]);
    return [
      null,
      () => where([condition, g, nothing]).sumTo(a.shape),
      () => where([condition, nothing, g]).sumTo(b.shape),
    ];
  },
});
