import { defineOp, type Op } from "../op.ts";
import { checkAxis } from "../shape.ts";
import type { AlongAxis } from "./indexing.ts";
import { walkLanes } from "./lanes.ts";
import { fitting } from "./reduction.ts";

/** Each number with all before it along the axis added. */
export const cumsum: Op<AlongAxis> = defineOp({
  name: "cumsum",
  shape([x], { axis }) {
    checkAxis("cumsum", x, axis);
    return x;
  },
  forward(y, [x], { outShape, attributes: { axis } }) {
    walkLanes("cumsum", outShape, axis, (start, end, stride) => {
      let sum = 0;
      for (let i = start; i < end; i += stride) {
        sum += x[i];
        y[i] = fitting("cumsum", y, sum);
      }
    });
  },
  // A number goes into all sums from its place on.
  backward: (g, { attributes: { axis } }) => [() => g.flip(axis).cumsum(axis).flip(axis)],
});
