import { guard } from "../forbid.ts";
import type { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { type LookOptions, MultiHeadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";

/** Options of {@link TransformerEncoderLayer} and {@link TransformerDecoderLayer}. */
export interface TransformerLayerOptions extends LinearOptions {
  /** The width between the two linear layers; 4 · width by default. */
  hidden?: number;
  /** The probability of each dropout; 0 by default. */
  dropout?: number;
  /** By default "relu". */
  activation?: "relu" | "gelu";
  /** Normalize what goes into each part, not the sum after it: easier to train when deep. */
  normFirst?: boolean;
}

/** What both kinds of layer have in common. */
export abstract class TransformerLayer extends Module {
  readonly selfAttn: MultiHeadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  private readonly activation: "relu" | "gelu";
  private readonly normFirst: boolean;

  constructor(width: number, heads: number, rng?: Rng, options: TransformerLayerOptions = {}) {
    super();
    const { hidden = 4 * width, activation = "relu", normFirst = false, bias, dropout } = options;
    this.selfAttn = new MultiHeadAttention(width, heads, rng, { bias, dropout });
    this.linear1 = new Linear(width, hidden, rng, { bias });
    this.dropout = new Dropout(dropout ?? 0, rng);
    this.linear2 = new Linear(hidden, width, rng, { bias });
    this.norm1 = new LayerNorm(width, { bias });
    this.norm2 = new LayerNorm(width, { bias });
    this.dropout1 = new Dropout(dropout ?? 0, rng);
    this.dropout2 = new Dropout(dropout ?? 0, rng);
    this.activation = activation;
    this.normFirst = normFirst;
  }

  /** x plus what a part makes of it, normalized before the part or after the sum. */
  protected residual(
    x: Tensor,
    norm: LayerNorm,
    dropout: Dropout,
    part: (x: Tensor) => Tensor,
  ): Tensor {
    if (this.normFirst) return x.add(dropout.forward(part(norm.forward(x))));
    return norm.forward(x.add(dropout.forward(part(x))));
  }

  /** The two linear layers, at each place alone. */
  protected feedForward(x: Tensor): Tensor {
    const inside = this.linear1.forward(x);
    const active = this.activation === "gelu" ? inside.gelu() : inside.relu();
    return this.linear2.forward(this.dropout.forward(active));
  }
}

/**
 * Every place looks at all others, then thinks for itself: self-attention and two linear layers,
 * each with a residual connection and a layer norm. With `causal`, a layer of a GPT. Names are
 * PyTorch's. A. Vaswani and others, "Attention is all you need" (2017).
 */
export class TransformerEncoderLayer extends TransformerLayer {
  constructor(width: number, heads: number, rng?: Rng, options?: TransformerLayerOptions) {
    guard("TransformerEncoderLayer");
    super(width, heads, rng, options);
  }

  /** x [batch, time, width] → the same */
  forward(x: Tensor, options: LookOptions = {}): Tensor {
    const seen = this.residual(x, this.norm1, this.dropout1, (y) =>
      this.selfAttn.forward(y, y, y, options),
    );
    return this.residual(seen, this.norm2, this.dropout2, (y) => this.feedForward(y));
  }
}

/** Where the queries of a {@link TransformerDecoderLayer} may look; `causal` is true by default. */
export interface DecoderOptions extends LookOptions {
  /** As `keyMask`, for the memory. [batch, memory's time] */
  memoryKeyMask?: Tensor;
}

/**
 * Every place looks back at those before it, then at a memory, such as what an encoder made of the
 * sentence to translate, then thinks for itself. Names are PyTorch's, where it is causal only if
 * told so. A. Vaswani and others, "Attention is all you need" (2017).
 */
export class TransformerDecoderLayer extends TransformerLayer {
  readonly multiheadAttn: MultiHeadAttention;
  readonly norm3: LayerNorm;
  readonly dropout3: Dropout;

  constructor(width: number, heads: number, rng?: Rng, options: TransformerLayerOptions = {}) {
    guard("TransformerDecoderLayer");
    super(width, heads, rng, options);
    const { bias, dropout } = options;
    this.multiheadAttn = new MultiHeadAttention(width, heads, rng, { bias, dropout });
    this.norm3 = new LayerNorm(width, { bias });
    this.dropout3 = new Dropout(dropout ?? 0, rng);
  }

  /** x [batch, time, width], memory [batch, memory's time, width] → as x */
  forward(x: Tensor, memory: Tensor, options: DecoderOptions = {}): Tensor {
    const { memoryKeyMask, causal = true, ...own } = options;
    const looked = this.residual(x, this.norm1, this.dropout1, (y) =>
      this.selfAttn.forward(y, y, y, { ...own, causal }),
    );
    const told = this.residual(looked, this.norm2, this.dropout2, (y) =>
      this.multiheadAttn.forward(y, memory, memory, { keyMask: memoryKeyMask }),
    );
    return this.residual(told, this.norm3, this.dropout3, (y) => this.feedForward(y));
  }
}
