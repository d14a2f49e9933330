import { guard } from "../forbid.ts";
import * as ops from "../ops/index.ts";
import { checkAxis, ShapeError } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Numbers in order, and the places (int32) where they stood. */
export interface Sorted {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/** See {@link Tensor.sort}. */
export function sort(x: Tensor, axis: number, descending: boolean): Sorted {
  guard("sort");
  const at = checkAxis("sort", x.shape, axis);
  const indices = ops.argsort([x], { axis: at, descending });
  return { values: x.gather(at, indices), indices };
}

/** See {@link Tensor.topk}. */
export function topk(x: Tensor, k: number, axis: number, largest: boolean): Sorted {
  guard("topk");
  const at = checkAxis("topk", x.shape, axis);
  if (!Number.isInteger(k) || k < 0 || k > x.shape[at])
    throw new ShapeError(
      "topk",
      [x.shape],
      `cannot take ${k} of the ${x.shape[at]} numbers along axis ${at}`,
    );
  const indices = ops.argsort([x], { axis: at, descending: largest }).slice(0, k, at);
  return { values: x.gather(at, indices), indices };
}
