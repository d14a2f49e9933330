import { defineOp, type Op } from "../op.ts";
import { checkAxis } from "../shape.ts";
import { walkLanes } from "./lanes.ts";

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
    walkLanes("argsort", outShape, axis, (start, end, stride) => {
      const places = Int32Array.from({ length: (end - start) / stride }, (_, k) => k);
      places.sort((a, b) => {
        const order = compare(x[start + a * stride], x[start + b * stride]);
        return descending ? -order : order;
      });
      places.forEach((place, k) => {
        y[start + k * stride] = place;
      });
    });
  },
});

/** Below 0 if a comes first, above 0 if b does; NaN comes after all numbers. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  return a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
