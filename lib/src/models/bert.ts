import { arange, zeros } from "../create.ts";
import { guard } from "../forbid.ts";
import { joinHeads, splitHeads } from "../nn/heads.ts";
import { Dropout, Embedding, init, LayerNorm, Linear, Module, Parameter } from "../nn/index.ts";
import { attention } from "../ops/attention.ts";
import { defaultRng, type Rng } from "../random.ts";
import { ShapeError, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkSizes, checkTokens, parts, TiedHead, type TransformerOptions } from "./common.ts";

/** Options of {@link BERT}. */
export interface BERTOptions extends TransformerOptions {
  /** How wide the inner layers are; 4 times the width by default. */
  hidden?: number;
  /** How many segments, such as question and answer, can be told apart; 2 by default. */
  segments?: number;
}

const EPS = { eps: 1e-12 };

/** A linear layer and the norm after what it adds to. */
const addition = (from: number, width: number, rng: Rng) =>
  parts({ dense: new Linear(from, width, rng), LayerNorm: new LayerNorm(width, EPS) });

/** One layer of the encoder: every token looks at every other, before and after it; then each thinks. */
export class BERTLayer extends Module {
  readonly attention;
  readonly intermediate;
  readonly output;
  /** Gets the attention weights [batch, heads, queries, keys]: put a forward hook here to watch them. */
  readonly attn_dropout: Dropout;
  private readonly dropout: Dropout;
  private readonly heads: number;

  constructor({ width, heads, hidden, dropout }: Required<BERTOptions>, rng: Rng) {
    super();
    const linear = () => new Linear(width, width, rng);
    this.attention = parts({
      self: parts({ query: linear(), key: linear(), value: linear() }),
      output: addition(width, width, rng),
    });
    this.intermediate = parts({ dense: new Linear(width, hidden, rng) });
    this.output = addition(hidden, width, rng);
    this.attn_dropout = new Dropout(dropout, rng);
    this.dropout = new Dropout(dropout, rng);
    this.heads = heads;
  }

  /** [batch, time, width] → the same; mask [batch, 1, 1, time]: which tokens are there. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    const y = this.add(this.attention.output, this.attend(x, mask), x);
    return this.add(this.output, this.intermediate.dense.forward(y).gelu(), y);
  }

  private attend(x: Tensor, mask?: Tensor): Tensor {
    const { query, key, value } = this.attention.self;
    const { heads } = this;
    const qkv = [query, key, value].map((part) => part.forward(x));
    if (!mask && this.attn_dropout.isIdle) {
      const scale = Math.sqrt(heads / x.shape[2]);
      return attention(qkv, { heads, causal: false, scale });
    }
    const [q, k, v] = qkv.map((part) => splitHeads(part, heads));
    const scores = q.matmul(k.swapAxes(2, 3)).div(Math.sqrt(q.shape[3]));
    // Not -Infinity: where nothing at all is there, the softmax shall still be numbers.
    const seen = mask ? scores.where(mask, -3e38) : scores;
    return joinHeads(this.attn_dropout.forward(seen.softmax(-1)).matmul(v));
  }

  private add(to: ReturnType<typeof addition>, x: Tensor, stream: Tensor): Tensor {
    return to.LayerNorm.forward(stream.add(this.dropout.forward(to.dense.forward(x))));
  }
}

/**
 * Reads a text in both directions at once, and learns by filling in words that were masked.
 * J. Devlin, M. Chang, K. Lee and K. Toutanova, "BERT: pre-training of deep bidirectional
 * transformers for language understanding" (2018). Names and shapes are those of Hugging Face's
 * BertForMaskedLM, `bert.encoder.layer.0.attention.self.query.weight`, so that its weights load.
 */
export class BERT extends Module {
  readonly bert;
  readonly cls;
  readonly context: number;
  private readonly dropout: Dropout;

  constructor(options: BERTOptions, rng: Rng = defaultRng()) {
    guard("BERT");
    super();
    const { vocabulary, context, width, layers } = options;
    const { hidden = 4 * width, segments = 2, dropout = 0 } = options;
    checkSizes("BERT", options);
    const all = { ...options, hidden, segments, dropout };
    const words = new Embedding(vocabulary, width, rng);
    this.bert = parts({
      embeddings: parts({
        word_embeddings: words,
        position_embeddings: new Embedding(context, width, rng),
        token_type_embeddings: new Embedding(segments, width, rng),
        LayerNorm: new LayerNorm(width, EPS),
      }),
      encoder: parts({ layer: Array.from({ length: layers }, () => new BERTLayer(all, rng)) }),
    });
    const bias = new Parameter(zeros([vocabulary]));
    const decoder = new TiedHead(words.weight, bias);
    this.cls = parts({
      predictions: parts({ bias, transform: addition(width, width, rng), decoder }),
    });
    this.context = context;
    this.dropout = new Dropout(dropout, rng);
    for (const module of this.modules())
      if (module instanceof Linear || module instanceof Embedding) {
        init.normal(module.weight, 0, 0.02, { rng });
        if (module instanceof Linear) module.bias?.storage.fill(0);
      }
  }

  /**
   * What each token stands for, in view of all others. ids and segments (by default all 0)
   * int32 [batch, time]; mask [batch, time] is 0 where there is only padding → [batch, time, width]
   */
  encode(ids: Tensor, segments?: Tensor, mask?: Tensor): Tensor {
    const { embeddings, encoder } = this.bert;
    checkTokens(this, ids, this.context);
    const [batch, time] = ids.shape;
    for (const other of [segments, mask])
      if (other && !sameShape(other.shape, ids.shape))
        throw new ShapeError(
          "BERT",
          [ids.shape, other.shape],
          "segments and mask are [batch, time], as the ids are",
        );
    const sum = embeddings.word_embeddings
      .forward(ids)
      .add(embeddings.position_embeddings.forward(arange(0, time, 1, { dtype: "int32" })))
      .add(embeddings.token_type_embeddings.forward(segments ?? ids.newZeros(ids.shape, "int32")));
    const start = this.dropout.forward(embeddings.LayerNorm.forward(sum));
    const there = mask?.reshape([batch, 1, 1, time]);
    return encoder.layer.reduce((x, layer) => layer.forward(x, there), start);
  }

  /** Which word may stand in each place: as {@link encode}, → logits [batch, time, vocabulary] */
  forward(ids: Tensor, segments?: Tensor, mask?: Tensor): Tensor {
    const { transform, decoder } = this.cls.predictions;
    const guess = transform.dense.forward(this.encode(ids, segments, mask)).gelu();
    return decoder.forward(transform.LayerNorm.forward(guess));
  }
}

/** The smaller BERT of the paper, whose tokens are in lower case: 109,514,298 parameters. */
export function bertBase(options: Partial<BERTOptions> = {}, rng?: Rng): BERT {
  guard("bertBase");
  const sizes = { vocabulary: 30522, context: 512, width: 768, heads: 12, layers: 12 };
  return new BERT({ ...sizes, dropout: 0.1, ...options }, rng);
}
