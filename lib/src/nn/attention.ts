import { arange, eye, ones } from "../create.ts";
import { guard } from "../forbid.ts";
import { scaledDotProductAttention } from "../functional/attention.ts";
import { concat } from "../functional/join.ts";
import { linear } from "../functional/linear.ts";
import { attention } from "../ops/attention.ts";
import type { Rng } from "../random.ts";
import { ShapeError, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expectInput, expectProbability, expectRng, expectSizes, showArguments } from "./expect.ts";
import { joinHeads, splitHeads } from "./heads.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module, Parameter } from "./module.ts";

/** Options of {@link MultiHeadAttention}. */
export interface MultiHeadAttentionOptions extends LinearOptions {
  /** The probability that an attention weight is set to 0 while training; 0 by default. */
  dropout?: number;
}

/** Where queries may look. */
export interface LookOptions {
  /** Whether each query sees only keys up to its own place; the last query stands at the last key. */
  causal?: boolean;
  /**
   * Broadcasts to [batch, heads, queries, keys]. bool: whether the query sees the key; float32:
   * added to the scores.
   */
  mask?: Tensor;
  /** Which keys are to be seen at all, because they are no padding: true, or 1. [batch, keys] */
  keyMask?: Tensor;
  /** Keeps keys and values for later; what is looked at is all that it has got so far. */
  cache?: KeyValueCache;
}

/**
 * The keys and values of all that one attention layer has seen so far, so that a text can be
 * generated one token at a time without going through it all again for each.
 */
export class KeyValueCache {
  /** [batch, heads, time, width / heads] */
  keys: Tensor | null = null;
  /** [batch, heads, time, width / heads] */
  values: Tensor | null = null;

  /** How many places are kept. */
  get length(): number {
    return this.keys?.shape[2] ?? 0;
  }

  /** The numbers of the next places. [count] */
  places(count: number): Tensor {
    return arange(this.length, this.length + count, 1, { dtype: "int32" });
  }

  /** Adds those of new places at the end; returns all. */
  append(keys: Tensor, values: Tensor): [keys: Tensor, values: Tensor, seen?: Tensor] {
    this.keys = this.keys ? concat([this.keys, keys], 2) : keys;
    this.values = this.values ? concat([this.values, values], 2) : values;
    return [this.keys, this.values];
  }
}

/**
 * Each query looks at all keys and takes the mean of their values, weighted by how well they match,
 * each head in its own way: softmax(Q Kᵀ / √d) V with Q, K and V [time, d] made by W_in; then W_out
 * of all heads side by side. Names and shapes are those of PyTorch's MultiheadAttention; a bool
 * mask says what is seen, there it says what is not.
 *
 * A. Vaswani and others, "Attention is all you need" (2017).
 */
export class MultiHeadAttention extends Module {
  /** Makes queries, keys and values, in this order. [3 · width, width] */
  readonly inProjWeight: Parameter;
  /** [3 · width] */
  readonly inProjBias: Parameter | null;
  readonly outProj: Linear;
  readonly width: number;
  readonly heads: number;
  private readonly options: MultiHeadAttentionOptions;
  private readonly rng: Rng | undefined;

  constructor(width: number, heads: number, rng?: Rng, options: MultiHeadAttentionOptions = {}) {
    guard("MultiHeadAttention");
    super();
    const { bias = true, dropout = 0 } = options;
    expectSizes("MultiHeadAttention", { width, heads });
    expectProbability("MultiHeadAttention", "dropout", dropout);
    if (width % heads !== 0)
      throw new RangeError(
        `MultiHeadAttention: width = ${width} cannot be split into ${heads} equal heads`,
      );
    // As in PyTorch: Xavier's bound for [3 · width, width], and biases 0.
    const bound = Math.sqrt(6 / (4 * width));
    const from = expectRng("MultiHeadAttention", rng);
    this.inProjWeight = new Parameter(from.uniform([3 * width, width], -bound, bound));
    this.inProjBias = bias ? new Parameter(this.inProjWeight.newZeros([3 * width])) : null;
    this.outProj = new Linear(width, width, from, { bias });
    this.outProj.bias?.storage.fill(0);
    this.width = width;
    this.heads = heads;
    this.options = options;
    this.rng = rng;
  }

  /**
   * query [batch, queries, width], key and value [batch, keys, width], by default the same
   * → [batch, queries, width]
   */
  forward(query: Tensor, key = query, value = key, options: LookOptions = {}): Tensor {
    const { causal = false, mask, keyMask, cache } = options;
    const dropout = this.training ? (this.options.dropout ?? 0) : 0;
    if (key === query && value === query && !mask && !keyMask && !cache && dropout === 0) {
      this.expect(query);
      const qkv = linear(query, this.inProjWeight, this.inProjBias);
      const scale = Math.sqrt(this.heads / this.width);
      return this.outProj.forward(attention([qkv], { heads: this.heads, causal, scale }));
    }
    const q = this.project(query, 0);
    const own = [this.project(key, 1), this.project(value, 2)] as const;
    const [k, v] = cache?.append(...own) ?? own;
    const mean = scaledDotProductAttention(q, k, v, {
      ...this.sight(q, k, options),
      dropout,
      rng: this.rng,
    });
    return this.outProj.forward(joinHeads(mean));
  }

  /**
   * How much each query looks at each key, in each head: [batch, heads, queries, keys]. Called by a
   * forward hook with what the layer was given, it tells so of a layer inside a model; a cache
   * must have been given the keys before.
   */
  weights(query: Tensor, key = query, options: LookOptions = {}): Tensor {
    const q = this.project(query, 0);
    const k = options.cache?.keys ?? this.project(key, 1);
    // The mean of vectors that are 1 in their own place shows the weights.
    return scaledDotProductAttention(q, k, eye(k.shape[2]), this.sight(q, k, options));
  }

  /** Queries (0), keys (1) or values (2) of all heads. [batch, time, width] → [batch, heads, time, width / heads] */
  private project(x: Tensor, part: 0 | 1 | 2): Tensor {
    this.expect(x);
    const rows = [part * this.width, (part + 1) * this.width] as const;
    const y = linear(x, this.inProjWeight.slice(...rows), this.inProjBias?.slice(...rows));
    return splitHeads(y, this.heads);
  }

  private expect(x: Tensor): void {
    expectInput(this, x, ["batch", "time", [this.width, "features"]]);
  }

  /** All masks as one: where the queries may look. */
  private sight(q: Tensor, k: Tensor, { causal = false, mask, keyMask }: LookOptions) {
    const [batch, , queries] = q.shape;
    const keys = k.shape[2];
    if (keyMask && !sameShape(keyMask.shape, [batch, keys]))
      throw new ShapeError(
        "MultiHeadAttention",
        [keyMask.shape],
        `the keyMask must be [batch, keys], here [${batch}, ${keys}]`,
        "with a cache, it covers the keys from before too",
      );
    let all = mask;
    const only = (seen: Tensor) => {
      all = all ? all.where(seen, all.dtype === "float32" ? -Infinity : 0) : seen;
    };
    if (keyMask) only(keyMask.reshape([batch, 1, 1, keys]).to("bool"));
    if (causal && queries < keys)
      only(ones([queries, keys], { dtype: "bool" }).tril(keys - queries));
    return { causal: causal && queries >= keys, mask: all };
  }

  override extraRepr(): string {
    return showArguments([this.width, this.heads], this.options);
  }
}
