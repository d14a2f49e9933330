import { guard } from "../forbid.ts";
import { matmul } from "../ops/matmul.ts";
import type { Tensor } from "../tensor.ts";

/**
 * The weighted sums that a layer of neurons takes: x Wᵀ + b.
 * x [..., in], weight [out, in], bias [out] → [..., out]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  guard("linear");
  // All axes in front are taken as one, so that it is one product and not a stack of them.
  const rows = x.rank === 2 ? x : x.reshape([-1, x.shape[x.rank - 1]]);
  const product = matmul([rows, weight], { transposeA: false, transposeB: true });
  const sums = bias ? product.add(bias) : product;
  return x.rank === 2 ? sums : sums.reshape([...x.shape.slice(0, -1), weight.shape[0]]);
}
