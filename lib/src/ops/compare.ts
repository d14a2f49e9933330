import { defineOp, type Op } from "../op.ts";
import { broadcastShapes } from "../shape.ts";
import { pairwise, walkBroadcast } from "./elementwise.ts";

export const equal = pairwise("equal", (a, b) => (a === b ? 1 : 0), { dtype: "bool" });
export const notEqual = pairwise("notEqual", (a, b) => (a !== b ? 1 : 0), { dtype: "bool" });
export const greater = pairwise("greater", (a, b) => (a > b ? 1 : 0), { dtype: "bool" });
export const greaterEqual = pairwise("greaterEqual", (a, b) => (a >= b ? 1 : 0), { dtype: "bool" });
export const less = pairwise("less", (a, b) => (a < b ? 1 : 0), { dtype: "bool" });
export const lessEqual = pairwise("lessEqual", (a, b) => (a <= b ? 1 : 0), { dtype: "bool" });

/** Where the condition is not 0, the number from a, elsewhere the one from b; all three broadcast. */
export const where: Op<void> = defineOp({
  name: "where",
  shape: ([condition, a, b]) => broadcastShapes("where", condition, broadcastShapes("where", a, b)),
  dtype: ([, a, b]) => (a === b ? a : a === "float32" || b === "float32" ? "float32" : "int32"),
  forward(out, [condition, a, b], { inShapes, outShape }) {
    walkBroadcast(inShapes, outShape, (i, [c, p, q]) => {
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
