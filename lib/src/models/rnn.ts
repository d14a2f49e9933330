import { guard } from "../forbid.ts";
import { Embedding, GRU, Linear, LSTM, type LSTMState, Module, RNN } from "../nn/index.ts";
import { defaultRng, type Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import type { LanguageModel } from "./generate.ts";

/** Options of {@link RNNLanguageModel}. */
export interface RNNLanguageModelOptions {
  /** How many different tokens there are. */
  vocabulary: number;
  /** How many numbers stand for a token. */
  width: number;
  /** How many numbers the state has; as many as `width` by default. */
  hidden?: number;
  /** How many recurrent layers lie on top of each other; 1 by default. */
  layers?: number;
  /** "rnn" is Elman's (1990); by default "lstm". */
  cell?: "rnn" | "lstm" | "gru";
}

/** What a recurrent language model remembers; for an LSTM two tensors. */
export type RNNMemory = Tensor | LSTMState;

/**
 * Reads token by token, keeps what it needs in a state, and says after each what may come next.
 * T. Mikolov and others, "Recurrent neural network based language model" (2010).
 */
export class RNNLanguageModel extends Module implements LanguageModel<RNNMemory> {
  readonly embedding: Embedding;
  readonly rnn: RNN | LSTM | GRU;
  readonly head: Linear;

  constructor(options: RNNLanguageModelOptions, rng: Rng = defaultRng()) {
    guard("RNNLanguageModel");
    super();
    const { vocabulary, width, hidden = width, layers = 1, cell = "lstm" } = options;
    const Cell = { rnn: RNN, lstm: LSTM, gru: GRU }[cell];
    this.embedding = new Embedding(vocabulary, width, rng);
    this.rnn = new Cell(width, hidden, rng, { layers });
    this.head = new Linear(hidden, vocabulary, rng);
  }

  /** ids [batch, time] → logits [batch, time, vocabulary] */
  forward(ids: Tensor): Tensor {
    return this.advance(ids).logits;
  }

  /** As forward, going on from the state after the tokens before. */
  advance(ids: Tensor, memory?: RNNMemory): { logits: Tensor; memory: RNNMemory } {
    const { output, state } = this.rnn.forward(this.embedding.forward(ids), memory as never);
    return { logits: this.head.forward(output), memory: state };
  }
}
