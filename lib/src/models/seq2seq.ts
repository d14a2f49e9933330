import { arange, zeros } from "../create.ts";
import { guard } from "../forbid.ts";
import { concat, stack } from "../functional/join.ts";
import { Embedding, GRU, Linear, Module } from "../nn/index.ts";
import { resting } from "../nn/resting.ts";
import { defaultRng, type Rng } from "../random.ts";
import { Tensor } from "../tensor.ts";

/** Options of {@link Seq2Seq}. */
export interface Seq2SeqOptions {
  /** How many different tokens the sources have. */
  sourceVocabulary: number;
  /** How many different tokens the targets have. */
  targetVocabulary: number;
  /** How many numbers stand for a token. */
  width: number;
  /** How many numbers each state has. */
  hidden: number;
  /** The token that fills up short sources at their end; 0 by default. */
  padding?: number;
}

/** A source that was read. */
export interface Reading {
  /** What stands in each place, in view of all that is around it. [batch, time, 2 · hidden] */
  values: Tensor;
  /** The same, as it is compared with what the writer looks for. [batch, time, hidden] */
  keys: Tensor;
  /** Where there is more than padding. [batch, time] */
  mask: Tensor;
  /** Where the writer begins. [1, batch, hidden] */
  state: Tensor;
}

/** Options of {@link Seq2Seq.translate}. */
export interface TranslateOptions {
  /** The token that every target begins with. */
  start: number;
  /** The token that every target ends with. */
  end: number;
  /** How many tokens to write at most. */
  maxTokens: number;
}

/** What {@link Seq2Seq.translate} gives. */
export interface Translation {
  /** Without start and end. */
  ids: number[];
  /** Where the writer looked for each token. [tokens, time] */
  alignment: Tensor;
  /** The logarithm of how likely the model finds it. */
  logProbability: number;
}

/** Compares by a small network: v · tanh(W query + U key), then softmax. Bahdanau et al. (2015). */
export class AdditiveAttention extends Module {
  readonly query: Linear;
  readonly key: Linear;
  readonly score: Linear;

  constructor(queryWidth: number, keyWidth: number, hidden: number, rng: Rng = defaultRng()) {
    guard("AdditiveAttention");
    super();
    this.query = new Linear(queryWidth, hidden, rng, { bias: false });
    this.key = new Linear(keyWidth, hidden, rng, { bias: false });
    this.score = new Linear(hidden, 1, rng, { bias: false });
  }

  /**
   * query [batch, queryWidth], keys [batch, time, hidden] that have been through `key`, mask
   * [batch, time] → weights [batch, time]
   */
  forward(query: Tensor, keys: Tensor, mask: Tensor): Tensor {
    const both = this.query.forward(query).unsqueeze(1).add(keys).tanh();
    return this.score.forward(both).squeeze(2).where(mask, -3e38).softmax(-1);
  }
}

/**
 * Reads a whole sequence, then writes another of any length, and looks for each token anew where in
 * the source to take it from. I. Sutskever, O. Vinyals and Q. Le, "Sequence to sequence learning
 * with neural networks" (2014); D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by
 * jointly learning to align and translate" (2015), whose maxout layer is a linear one here.
 */
export class Seq2Seq extends Module {
  readonly sourceEmbedding: Embedding;
  readonly targetEmbedding: Embedding;
  /** Read the source from its start, and from its end. */
  readonly forwardReader: GRU;
  readonly backwardReader: GRU;
  readonly bridge: Linear;
  readonly attention: AdditiveAttention;
  readonly writer: GRU;
  readonly head: Linear;
  private readonly padding: number;

  constructor(options: Seq2SeqOptions, rng: Rng = defaultRng()) {
    guard("Seq2Seq");
    super();
    const { sourceVocabulary, targetVocabulary, width, hidden, padding = 0 } = options;
    this.sourceEmbedding = new Embedding(sourceVocabulary, width, rng);
    this.targetEmbedding = new Embedding(targetVocabulary, width, rng);
    this.forwardReader = new GRU(width, hidden, rng);
    this.backwardReader = new GRU(width, hidden, rng);
    this.bridge = new Linear(hidden, hidden, rng);
    this.attention = new AdditiveAttention(hidden, 2 * hidden, hidden, rng);
    this.writer = new GRU(width + 2 * hidden, hidden, rng);
    this.head = new Linear(width + 3 * hidden, targetVocabulary, rng);
    this.padding = padding;
  }

  /**
   * For training: each target token from those before it. source int32 [batch, time], targets
   * int32 [batch, tokens] that begin with the start token and lack the end → logits
   * [batch, tokens, targetVocabulary] and alignment [batch, tokens, time]
   */
  forward(source: Tensor, targets: Tensor): { logits: Tensor; alignment: Tensor } {
    const reading = this.read(source);
    let { state } = reading;
    const steps = Array.from({ length: targets.shape[1] }, (_, t) => {
      const step = this.write(targets.select(1, t), state, reading);
      state = step.state;
      return step;
    });
    const [seen, weights] = [steps.map((step) => step.seen), steps.map((step) => step.weights)];
    return { logits: this.head.forward(stack(seen, 1)), alignment: stack(weights, 1) };
  }

  /** Reads sources, which may be padded at their end. int32 [batch, time] */
  read(source: Tensor): Reading {
    const x = this.sourceEmbedding.forward(source);
    const mask = source.notEqual(this.padding);
    const onward = this.forwardReader.forward(x).output;
    // From its last token, not from the padding; so one source reads the same in any batch.
    const backward = turnAround(this.backwardReader.forward(turnAround(x, mask)).output, mask);
    const values = concat([onward, backward], 2);
    const state = this.bridge.forward(backward.select(1, 0)).tanh().unsqueeze(0);
    return { values, keys: this.attention.key.forward(values), mask, state };
  }

  /** Translates one source [time], by the likeliest token each time. */
  translate(source: Tensor | readonly number[], options: TranslateOptions): Translation {
    const { start, end, maxTokens } = options;
    const ids = source instanceof Tensor ? source.data : Int32Array.from(source);
    return resting(this, () => {
      const reading = this.read(new Tensor(ids, [1, ids.length]));
      const written: number[] = [];
      const looks: Tensor[] = [];
      let { state } = reading;
      let logProbability = 0;
      while (written.length < maxTokens) {
        const last = new Tensor(Int32Array.of(written.at(-1) ?? start), [1]);
        const step = this.write(last, state, reading);
        const { values, indices } = this.head.forward(step.seen).logSoftmax(-1).row(0).topk(1);
        logProbability += values.item();
        if (indices.item() === end) break;
        written.push(indices.item());
        looks.push(step.weights.row(0));
        state = step.state;
      }
      const alignment = looks.length > 0 ? stack(looks) : zeros([0, ids.length]);
      return { ids: written, alignment, logProbability };
    });
  }

  /** One step: looks where the next token is, and takes note of it. token [batch] */
  private write(
    token: Tensor,
    before: Tensor,
    { values, keys, mask }: Reading,
  ): { seen: Tensor; state: Tensor; weights: Tensor } {
    const weights = this.attention.forward(before.row(0), keys, mask);
    const context = weights.unsqueeze(1).matmul(values).squeeze(1);
    const word = this.targetEmbedding.forward(token);
    const { state } = this.writer.forward(concat([word, context], 1).unsqueeze(1), before);
    return { seen: concat([word, context, state.row(0)], 1), state, weights };
  }
}

/** Each sequence from its end to its start, the padding left behind it. x [batch, time, width] */
function turnAround(x: Tensor, mask: Tensor): Tensor {
  const [batch, time] = x.shape;
  const lengths = mask.to("int32").sum(1).reshape([batch, 1]);
  const places = arange(0, time, 1, { dtype: "int32" }).expand([batch, time]);
  const turned = lengths.sub(1).sub(places).where(mask, places);
  return x.gather(1, turned.unsqueeze(2).expand(x.shape));
}
