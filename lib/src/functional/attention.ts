import { guard } from "../forbid.ts";
import { attention } from "../ops/attention.ts";
import * as ops from "../ops/index.ts";
import type { Rng } from "../random.ts";
import { broadcastShapes, ShapeError, sameShape, showShape, sizeOf } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";
import { dropout } from "./dropout.ts";

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** Whether each query sees only the keys up to its own place; false by default. */
  causal?: boolean;
  /**
   * Broadcasts to [..., queries, keys]. bool: whether the query sees the key; float32: added to
   * the scores before the softmax.
   */
  mask?: Tensor | null;
  /** What the scores are multiplied by; 1 / √width by default. */
  scale?: number;
  /** The probability that a weight is set to 0; 0 by default. */
  dropout?: number;
  /** Where the dropout's chance comes from. */
  rng?: Rng;
}

/**
 * For each query the mean of the values, weighted by how well it matches their keys: softmax(q kᵀ
 * · scale) v (Vaswani et al. 2017). q [..., queries, width], k [..., keys, width], v [..., keys,
 * out] → [..., queries, out]. A query that sees no key at all gets zeros.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const op = "scaledDotProductAttention";
  guard(op);
  const shapes = [q, k, v].map((side) => needTensor(op, side).shape);
  if (shapes.some((shape) => shape.length < 2))
    throw new ShapeError(op, shapes, "q, k and v are [..., places, width]");
  if (q.shape[q.rank - 1] !== k.shape[k.rank - 1])
    throw new ShapeError(op, shapes, "queries and keys must have the same width");
  if (k.shape[k.rank - 2] !== v.shape[v.rank - 2])
    throw new ShapeError(op, shapes, "there must be one value for each key");
  const { causal = false, mask, scale = 1 / Math.sqrt(q.shape[q.rank - 1]) } = options;
  const stack = q.shape.slice(0, -2);
  const alike = [k, v].every(({ shape }) => sameShape(shape, [...stack, ...k.shape.slice(-2)]));
  const past = !causal || q.shape[q.rank - 2] === k.shape[k.rank - 2];
  if (alike && past && !mask && !options.dropout) {
    const stacks = [q, k, v].map((x) => x.reshape([sizeOf(stack), ...x.shape.slice(-2)]));
    return attention(stacks, { heads: 1, causal, scale }).reshape(q.shape);
  }
  let scores = ops.matmul([q.mul(scale), k], { transposeA: false, transposeB: true });
  if (causal) {
    const [queries, keys] = scores.shape.slice(-2);
    if (queries !== keys)
      throw new ShapeError(
        op,
        shapes,
        `causal needs as many queries as keys, got ${queries} and ${keys}`,
        "with earlier keys kept from before, pass a mask that says who sees whom",
      );
    scores = scores.maskedFill(scores.newFull([queries, keys], 1, "bool").triu(1), -Infinity);
  }
  if (mask) {
    if (!sameShape(broadcastShapes(op, mask.shape, scores.shape), scores.shape))
      throw new ShapeError(
        op,
        [mask.shape],
        `the mask must broadcast to the scores, ${showShape(scores.shape)}`,
      );
    scores = mask.dtype === "float32" ? scores.add(mask) : scores.where(mask, -Infinity);
  }
  const weights = mask ? softmaxOfSeen(scores) : scores.softmax();
  const kept = options.dropout ? dropout(weights, options.dropout, { rng: options.rng }) : weights;
  return kept.matmul(v);
}

/** The softmax of each row, or zeros where a row is -Infinity throughout. */
function softmaxOfSeen(scores: Tensor): Tensor {
  const sees = scores.max(-1, { keepDims: true }).notEqual(-Infinity);
  return scores.where(sees, 0).softmax().where(sees, 0);
}
