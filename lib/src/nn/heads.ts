import type { Tensor } from "../tensor.ts";

/** [batch, time, width] → [batch, heads, time, width / heads] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, time, width] = x.shape;
  return x.reshape([batch, time, heads, width / heads]).permute(0, 2, 1, 3);
}

/** [batch, heads, time, width / heads] → [batch, time, width] */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, time, width] = x.shape;
  return x.permute(0, 2, 1, 3).reshape([batch, time, heads * width]);
}
