import { arange, ones, zeros } from "../create.ts";
import { guard } from "../forbid.ts";
import { joinHeads, splitHeads } from "../nn/heads.ts";
import {
  Dropout,
  Embedding,
  init,
  KeyValueCache,
  LayerNorm,
  Module,
  Parameter,
} from "../nn/index.ts";
import { attention } from "../ops/attention.ts";
import { matmul } from "../ops/matmul.ts";
import { defaultRng, type Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { checkSizes, checkTokens, TiedHead, type TransformerOptions } from "./common.ts";
import type { LanguageModel } from "./generate.ts";
import { RoomyCache } from "./roomy.ts";

/** How large the weights are at first; those that write into the stream are √(2 · layers) smaller. */
const START = 0.02;

/** A linear layer whose weight is [in, out], as GPT-2's are stored. */
export class GPTLinear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(from: number, to: number, rng: Rng, std = START) {
    super();
    this.weight = new Parameter(rng.normal([from, to], 0, std));
    this.bias = new Parameter(zeros([to]));
  }

  /** [batch, time, in] → [batch, time, out] */
  forward(x: Tensor): Tensor {
    const [batch, time, from] = x.shape;
    const rows = x
      .reshape([batch * time, from])
      .matmul(this.weight)
      .add(this.bias);
    return rows.reshape([batch, time, this.bias.size]);
  }
}

/** Each token looks back at those before it and takes a mixture of what they offer. */
export class GPTAttention extends Module {
  readonly c_attn: GPTLinear;
  readonly c_proj: GPTLinear;
  /** Gets the attention weights [batch, heads, queries, keys]: put a forward hook here to watch them. */
  readonly attn_dropout: Dropout;
  readonly resid_dropout: Dropout;
  private readonly heads: number;

  constructor({ width, heads, layers, dropout = 0 }: TransformerOptions, rng: Rng) {
    super();
    this.c_attn = new GPTLinear(width, 3 * width, rng);
    this.c_proj = new GPTLinear(width, width, rng, START / Math.sqrt(2 * layers));
    this.attn_dropout = new Dropout(dropout, rng);
    this.resid_dropout = new Dropout(dropout, rng);
    this.heads = heads;
  }

  /** [batch, time, width] → the same */
  forward(x: Tensor, cache?: KeyValueCache): Tensor {
    const qkv = this.c_attn.forward(x);
    const scale = Math.sqrt(this.heads / x.shape[2]);
    // Where nobody looks at the weights it is one operation, which does not keep them.
    const whole = !cache && this.attn_dropout.isIdle;
    const seen = whole
      ? attention([qkv], { heads: this.heads, causal: true, scale })
      : this.look(qkv, cache);
    return this.resid_dropout.forward(this.c_proj.forward(seen));
  }

  /** queries, keys and values beside each other [batch, time, 3 · width] → [batch, time, width] */
  private look(qkv: Tensor, cache?: KeyValueCache): Tensor {
    const [q, k, v] = qkv.chunk(3, 2).map((part) => splitHeads(part, this.heads));
    const [keys, values, seen] = cache?.append(k, v) ?? [k, v];
    const scale = 1 / Math.sqrt(q.shape[3]);
    if (this.attn_dropout.isIdle && !seen) {
      const sides = [q, keys, values].map((side) => side.reshape([-1, ...side.shape.slice(2)]));
      const mean = attention(sides, { heads: 1, causal: true, scale });
      return joinHeads(mean.reshape(q.shape));
    }
    const scores = matmul([q, keys], { transposeA: false, transposeB: true }).mul(scale);
    const [times, all] = scores.shape.slice(2);
    const past = seen ?? ones([times, all], { dtype: "bool" }).tril(all - times);
    const weights = this.attn_dropout.forward(scores.where(past, -Infinity).softmax(-1));
    return joinHeads(weights.matmul(values));
  }
}

/** What each token makes of what it has gathered, by itself. */
export class GPTFeedForward extends Module {
  readonly c_fc: GPTLinear;
  readonly c_proj: GPTLinear;
  readonly dropout: Dropout;

  constructor({ width, layers, dropout = 0 }: TransformerOptions, rng: Rng) {
    super();
    this.c_fc = new GPTLinear(width, 4 * width, rng);
    this.c_proj = new GPTLinear(4 * width, width, rng, START / Math.sqrt(2 * layers));
    this.dropout = new Dropout(dropout, rng);
  }

  /** [batch, time, width] → the same */
  forward(x: Tensor): Tensor {
    const y = this.c_fc.forward(x).gelu({ approximate: "tanh" });
    return this.dropout.forward(this.c_proj.forward(y));
  }
}

/** Tokens exchange, then think: both only add to the stream that runs through all blocks. */
export class GPTBlock extends Module {
  readonly ln_1: LayerNorm;
  readonly attn: GPTAttention;
  readonly ln_2: LayerNorm;
  readonly mlp: GPTFeedForward;

  constructor(options: TransformerOptions, rng: Rng) {
    super();
    this.ln_1 = new LayerNorm(options.width);
    this.attn = new GPTAttention(options, rng);
    this.ln_2 = new LayerNorm(options.width);
    this.mlp = new GPTFeedForward(options, rng);
  }

  /** [batch, time, width] → the same */
  forward(x: Tensor, cache?: KeyValueCache): Tensor {
    const y = x.add(this.attn.forward(this.ln_1.forward(x), cache));
    return y.add(this.mlp.forward(this.ln_2.forward(y)));
  }
}

/** All of a GPT but the head: tokens and their places, and the blocks. */
export class GPTTransformer extends Module {
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly drop: Dropout;
  readonly h: GPTBlock[];
  readonly ln_f: LayerNorm;

  constructor(options: TransformerOptions, rng: Rng) {
    super();
    const { vocabulary, context, width, layers, dropout = 0 } = options;
    this.wte = new Embedding(vocabulary, width, rng);
    this.wpe = new Embedding(context, width, rng);
    for (const { weight } of [this.wte, this.wpe]) init.normal(weight, 0, START, { rng });
    this.drop = new Dropout(dropout, rng);
    this.h = Array.from({ length: layers }, () => new GPTBlock(options, rng));
    this.ln_f = new LayerNorm(width);
  }

  /** ids [batch, time] → [batch, time, width]; they come after what the caches, one a block, hold. */
  forward(ids: Tensor, caches?: readonly KeyValueCache[]): Tensor {
    const time = ids.shape[1];
    const places = caches?.[0].places(time) ?? arange(0, time, 1, { dtype: "int32" });
    const tokens = this.wte.forward(ids).add(this.wpe.forward(places));
    const stream = this.h.reduce(
      (x, block, i) => block.forward(x, caches?.[i]),
      this.drop.forward(tokens),
    );
    return this.ln_f.forward(stream);
  }
}

/**
 * Says after each token what may come next, from that token and all before it. A. Radford and
 * others, "Language models are unsupervised multitask learners" (2019). Names and shapes are those
 * of Hugging Face's GPT2LMHeadModel, `transformer.h.0.attn.c_attn.weight`, so that its weights load.
 */
export class GPT extends Module implements LanguageModel<KeyValueCache[]> {
  readonly transformer: GPTTransformer;
  readonly lm_head: TiedHead;
  readonly context: number;

  constructor(options: TransformerOptions, rng: Rng = defaultRng()) {
    guard("GPT");
    super();
    checkSizes("GPT", options);
    this.transformer = new GPTTransformer(options, rng);
    this.lm_head = new TiedHead(this.transformer.wte.weight);
    this.context = options.context;
  }

  /** ids [batch, time] → logits [batch, time, vocabulary] */
  forward(ids: Tensor): Tensor {
    checkTokens(this, ids, this.context);
    return this.lm_head.forward(this.transformer.forward(ids));
  }

  /** As forward, for tokens that come after those that the memory holds keys and values of. */
  advance(ids: Tensor, memory?: KeyValueCache[]): { logits: Tensor; memory: KeyValueCache[] } {
    const caches = memory ?? this.transformer.h.map(() => new KeyValueCache());
    checkTokens(this, ids, this.context, caches[0].length);
    return { logits: this.lm_head.forward(this.transformer.forward(ids, caches)), memory: caches };
  }

  /** A memory that is filled in place, up to all of the context; it begins with what another holds. */
  roomyMemory(
    memory: KeyValueCache[],
    roomy: KeyValueCache[] = memory.map((cache) => new RoomyCache(this.context, cache)),
  ): KeyValueCache[] {
    for (const [i, cache] of roomy.entries()) (cache as RoomyCache).load(memory[i]);
    return roomy;
  }
}

/** The smallest GPT-2: 124,439,808 parameters. */
export function gpt2(options: Partial<TransformerOptions> = {}, rng?: Rng): GPT {
  guard("gpt2");
  const sizes = { vocabulary: 50257, context: 1024, width: 768, heads: 12, layers: 12 };
  return new GPT({ ...sizes, dropout: 0.1, ...options }, rng);
}
