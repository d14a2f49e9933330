import { guard } from "../forbid.ts";
import { dropout } from "../functional/dropout.ts";
import { concat, stack } from "../functional/join.ts";
import { linear } from "../functional/linear.ts";
import type { Rng } from "../random.ts";
import { ShapeError, sameShape, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expectInput, expectProbability, expectRng, expectSizes, showArguments } from "./expect.ts";
import type { LinearOptions } from "./linear.ts";
import { Module, Parameter } from "./module.ts";

/** Options of {@link RNN}, {@link LSTM} and {@link GRU}. */
export interface RecurrentOptions extends LinearOptions {
  /** How many layers lie on top of each other; 1 by default. */
  layers?: number;
  /** The share of each layer's outputs, but the last's, that is dropped in training; 0 by default. */
  dropout?: number;
  /** Whether to read the sequence from its end as well; then outputs are twice as wide. */
  bidirectional?: boolean;
}

/** What a recurrent layer gives: its output after each step, and its state after the last. */
export interface Recurrence<State> {
  /** [batch, time, hidden], or [batch, time, 2 · hidden] if bidirectional. */
  output: Tensor;
  /** Pass it in to go on from there. */
  state: State;
}

/** What an {@link LSTM} carries on, each [layers, batch, hidden] (twice the layers if bidirectional). */
export interface LSTMState {
  /** The hidden state, which is the output. */
  h: Tensor;
  /** The cell: what it remembers. */
  c: Tensor;
}

/**
 * What all recurrent layers have in common: one step after another, layer over layer. Weights are
 * named as in PyTorch and start uniform within ±1 / √hidden as there; sequences are always
 * [batch, time, features], which PyTorch calls batch_first.
 */
export abstract class Recurrent extends Module {
  /** weight_ih_l0 [gates · hidden, inputSize], weight_hh_l0 [gates · hidden, hidden], … */
  readonly [weight: `weight_${string}`]: Parameter;
  /** bias_ih_l0 and bias_hh_l0 [gates · hidden], … */
  readonly [bias: `bias_${string}`]: Parameter;

  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  /** What the names of the weights end on, for each direction. */
  private readonly directions: readonly string[];
  private readonly options: RecurrentOptions;
  private readonly rng: Rng | undefined;

  constructor(
    gates: number,
    inputSize: number,
    hiddenSize: number,
    rng: Rng | undefined,
    options: RecurrentOptions,
  ) {
    super();
    const { layers = 1, bias = true, dropout = 0, bidirectional = false } = options;
    expectSizes(this.constructor.name, { inputSize, hiddenSize, layers });
    expectProbability(this.constructor.name, "dropout", dropout);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.layers = layers;
    this.directions = bidirectional ? ["", "_reverse"] : [""];
    this.options = options;
    this.rng = rng;
    const bound = 1 / Math.sqrt(hiddenSize);
    const from = expectRng(this.constructor.name, rng);
    const add = (name: string, ...shape: number[]) =>
      Object.assign(this, { [name]: new Parameter(from.uniform(shape, -bound, bound)) });
    for (let layer = 0; layer < layers; layer++)
      for (const direction of this.directions) {
        const end = `l${layer}${direction}`;
        const inputs = layer === 0 ? inputSize : hiddenSize * this.directions.length;
        add(`weight_ih_${end}`, gates * hiddenSize, inputs);
        add(`weight_hh_${end}`, gates * hiddenSize, hiddenSize);
        if (bias) add(`bias_ih_${end}`, gates * hiddenSize);
        if (bias) add(`bias_hh_${end}`, gates * hiddenSize);
      }
  }

  /**
   * One step of one layer: the new state, whose first part is the output, from what the input and
   * the hidden state send to the gates, each [batch, gates · hidden].
   */
  protected abstract step(x: Tensor, h: Tensor, state: readonly Tensor[]): Tensor[];

  /** All steps of all layers. The state has `parts` parts, each [layers · directions, batch, hidden]. */
  protected run(
    x: Tensor,
    parts: number,
    initial?: readonly Tensor[],
  ): [output: Tensor, state: Tensor[]] {
    expectInput(this, x, ["batch", "time", [this.inputSize, "features"]]);
    if (x.shape[1] === 0)
      throw new ShapeError(this.constructor.name, [x.shape], "the sequence has no steps");
    const rows = this.layers * this.directions.length;
    const shape = [rows, x.shape[0], this.hiddenSize];
    const start = initial ?? Array.from({ length: parts }, () => x.newZeros(shape, "float32"));
    for (const part of start)
      if (!sameShape(part.shape, shape))
        throw new ShapeError(
          this.constructor.name,
          [part.shape],
          `expects a state of shape ${showShape(shape)}: layers, batch, hidden`,
          "pass the state on that the call before gave, or none to start from zeros",
        );
    const { dropout: p = 0 } = this.options;
    const last: Tensor[][] = start.map(() => []);
    let output = x;
    for (let layer = 0; layer < this.layers; layer++) {
      const below =
        layer === 0 ? x : dropout(output, p, { training: this.training, rng: this.rng });
      const outputs = this.directions.map((direction, way) => {
        const end = `l${layer}${direction}` as const;
        const steps = unstack(linear(below, this[`weight_ih_${end}`], this[`bias_ih_${end}`]));
        let state = start.map((part) => part.row(layer * this.directions.length + way));
        const seen = (direction ? steps.reverse() : steps).map((step) => {
          const h = linear(state[0], this[`weight_hh_${end}`], this[`bias_hh_${end}`]);
          state = this.step(step, h, state);
          return state[0];
        });
        for (const [i, part] of state.entries()) last[i].push(part);
        return stack(direction ? seen.reverse() : seen, 1);
      });
      output = outputs.length === 1 ? outputs[0] : concat(outputs, 2);
    }
    return [output, last.map((part) => stack(part))];
  }

  override extraRepr(): string {
    return showArguments([this.inputSize, this.hiddenSize], this.options);
  }
}

/**
 * The steps of a sequence. [batch, time, n] → time × [batch, n]. It is halved again and again: a
 * slice's gradient is as large as what was sliced, so to slice all steps off the whole would cost
 * time² on the way back, this time · log(time).
 */
function unstack(x: Tensor): Tensor[] {
  const [batch, time, width] = x.shape;
  if (time === 1) return [x.reshape([batch, width])];
  const half = time >> 1;
  return [...unstack(x.slice(0, half, 1)), ...unstack(x.slice(half, time, 1))];
}

/** Options of {@link RNN}. */
export interface RNNOptions extends RecurrentOptions {
  /** By default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/**
 * A recurrent layer: h ← tanh(W_ih x + b_ih + W_hh h + b_hh). J. Elman, "Finding structure in
 * time" (1990).
 */
export class RNN extends Recurrent {
  private readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, rng?: Rng, options: RNNOptions = {}) {
    guard("RNN");
    super(1, inputSize, hiddenSize, rng, options);
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }

  /** x [batch, time, inputSize], state [layers, batch, hidden], at first zeros. */
  forward(x: Tensor, state?: Tensor): Recurrence<Tensor> {
    const [output, [h]] = this.run(x, 1, state && [state]);
    return { output, state: h };
  }

  protected step(x: Tensor, h: Tensor): Tensor[] {
    const sum = x.add(h);
    return [this.nonlinearity === "relu" ? sum.relu() : sum.tanh()];
  }
}

/**
 * Long short-term memory: gates decide what the cell c forgets, what is written to it and what of
 * it is shown. With i, f, o = σ(…) and g = tanh(…), each of W_ih x + b_ih + W_hh h + b_hh:
 * c ← f c + i g and h ← o tanh(c). The weights' rows are those of i, f, g, o in turn.
 *
 * S. Hochreiter and J. Schmidhuber, "Long short-term memory" (1997); forget gate by F. Gers,
 * J. Schmidhuber and F. Cummins (2000).
 */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, rng?: Rng, options: RecurrentOptions = {}) {
    guard("LSTM");
    super(4, inputSize, hiddenSize, rng, options);
  }

  /** x [batch, time, inputSize], state { h, c } of [layers, batch, hidden] each, at first zeros. */
  forward(x: Tensor, state?: LSTMState): Recurrence<LSTMState> {
    const [output, [h, c]] = this.run(x, 2, state && [state.h, state.c]);
    return { output, state: { h, c } };
  }

  protected step(x: Tensor, h: Tensor, [, cell]: readonly Tensor[]): Tensor[] {
    const [i, f, g, o] = x.add(h).chunk(4, 1);
    const c = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
    return [o.sigmoid().mul(c.tanh()), c];
  }
}

/**
 * Gated recurrent unit, an LSTM made simpler: with x' = W_ih x + b_ih and h' = W_hh h + b_hh, cut
 * into the rows of r, z and n: r = σ(x'ᵣ + h'ᵣ) is how much of the past the candidate
 * n = tanh(x'ₙ + r h'ₙ) looks at, z = σ(x'_z + h'_z) how much of it stays: h ← (1 - z) n + z h.
 *
 * K. Cho and others, "Learning phrase representations using RNN encoder–decoder for statistical
 * machine translation" (2014).
 */
export class GRU extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, rng?: Rng, options: RecurrentOptions = {}) {
    guard("GRU");
    super(3, inputSize, hiddenSize, rng, options);
  }

  /** x [batch, time, inputSize], state [layers, batch, hidden], at first zeros. */
  forward(x: Tensor, state?: Tensor): Recurrence<Tensor> {
    const [output, [h]] = this.run(x, 1, state && [state]);
    return { output, state: h };
  }

  protected step(x: Tensor, h: Tensor, [before]: readonly Tensor[]): Tensor[] {
    const [xr, xz, xn] = x.chunk(3, 1);
    const [hr, hz, hn] = h.chunk(3, 1);
    const r = xr.add(hr).sigmoid();
    const z = xz.add(hz).sigmoid();
    const n = xn.add(r.mul(hn)).tanh();
    return [n.add(z.mul(before.sub(n)))];
  }
}
