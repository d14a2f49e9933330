import { alongAxis } from "./lanes.ts";
import { fitting } from "./reduction.ts";

/** Each number with all before it along the axis added. */
export const cumsum = alongAxis({
  name: "cumsum",
  run(y, x, start, end, stride) {
    let sum = 0;
    for (let i = start; i < end; i += stride) {
      sum += x[i];
      y[i] = fitting("cumsum", y, sum);
    }
  },
  // A number goes into all sums from its place on.
  backward: (g, { attributes: { axis } }) => [() => g.flip(axis).cumsum(axis).flip(axis)],
});
