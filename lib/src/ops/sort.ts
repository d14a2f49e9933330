import type { AlongAxis } from "./indexing.ts";
import { alongAxis } from "./lanes.ts";

/** Which axis is put in order, and whether the largest comes first. */
export type Ordering = AlongAxis & { readonly descending: boolean };

/**
 * The places of the numbers along an axis, in the order of their size. Equal numbers stay in
 * their order; NaN counts as the largest, as in NumPy and PyTorch.
 */
export const argsort = alongAxis<Ordering>({
  name: "argsort",
  dtype: "int32",
  run(y, x, start, end, stride, { descending }) {
    const sign = descending ? -1 : 1;
    Int32Array.from({ length: (end - start) / stride }, (_, k) => k)
      .sort((a, b) => sign * compare(x[start + a * stride], x[start + b * stride]))
      .forEach((place, k) => {
        y[start + k * stride] = place;
      });
  },
});

/** Below 0 if a comes first, above 0 if b does; NaN comes after all numbers. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  return a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
