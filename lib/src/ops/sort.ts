import { defineOp, type Op } from "../op.ts";
import { checkAxis, sizeOf } from "../shape.ts";

/** Which axis is put in order, and whether the largest comes first. */
export interface Ordering {
  readonly axis: number;
  readonly descending: boolean;
}

/**
 * The places of the numbers along an axis, in the order of their size. Equal numbers stay in
 * their order; NaN counts as the largest, as in NumPy and PyTorch.
 */
export const argsort: Op<Ordering> = defineOp<Ordering>({
  name: "argsort",
  dtype: () => "int32",
  shape([x], { axis }) {
    checkAxis("argsort", x, axis);
    return x;
  },
  forward(y, [x], { outShape, attributes: { axis, descending } }) {
    const at = checkAxis("argsort", outShape, axis);
    const count = outShape[at];
    const inner = sizeOf(outShape.slice(at + 1));
    const places = new Int32Array(count);
    for (let lane = 0; lane * count < y.length; lane++) {
      const start = Math.floor(lane / inner) * count * inner + (lane % inner);
      for (let k = 0; k < count; k++) places[k] = k;
      places.sort((a, b) => {
        const order = compare(x[start + a * inner], x[start + b * inner]);
        return descending ? -order : order;
      });
      for (let k = 0; k < count; k++) y[start + k * inner] = places[k];
    }
  },
});

/** Below 0 if a comes first, above 0 if b does; NaN comes after all numbers. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  return a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
