import { linear } from "../functional/linear.ts";
import { expectInput, expectSizes } from "../nn/expect.ts";
import { Module, type Parameter } from "../nn/index.ts";
import type { Tensor } from "../tensor.ts";

/** The sizes of a transformer that reads tokens, such as words or bytes. */
export interface TransformerOptions {
  /** How many different tokens there are. */
  vocabulary: number;
  /** How many tokens it can look at. */
  context: number;
  /** How many numbers stand for a token, or for a patch of an image. */
  width: number;
  /** Into how many heads the width is split. */
  heads: number;
  /** How many blocks lie on top of each other. */
  layers: number;
  /** 0 by default. */
  dropout?: number;
}

/** Refuses sizes that no transformer can have. */
export function checkSizes(model: string, options: TransformerOptions): void {
  const { vocabulary, context, width, heads, layers } = options;
  expectSizes(model, { vocabulary, context, width, heads, layers });
  if (width % heads !== 0)
    throw new RangeError(`${model}: width = ${width} cannot be split into ${heads} equal heads`);
}

/** Modules and tensors under one name, where only the names of published weights ask for it. */
class Parts extends Module {
  forward(): never {
    throw new TypeError("Parts: these only share a name; call the model, or one of the parts");
  }
}

/** `parts({ dense, LayerNorm })` in the field `output` names them output.dense and output.LayerNorm. */
export function parts<Fields extends object>(fields: Fields): Module & Fields {
  return Object.assign(new Parts(), fields);
}

/** Scores every token by how well it fits: the embedding once more, used the other way around. */
export class TiedHead extends Module {
  /** The embedding's own weight. [vocabulary, width] */
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(weight: Parameter, bias: Parameter | null = null) {
    super();
    this.weight = weight;
    this.bias = bias;
  }

  /** [..., width] → [..., vocabulary] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

/** Refuses ids that are not [batch, time], and more of them than a model has positions for. */
export function checkTokens(model: Module, ids: Tensor, context: number, before = 0): void {
  expectInput(model, ids, ["batch", "time"]);
  const tokens = before + ids.shape[1];
  if (tokens > context)
    throw new RangeError(
      `${model.constructor.name}: ${tokens} tokens are more than its context of ${context}\n` +
        "  hint: pass in only the last of them; generate(…) does so by itself",
    );
}
