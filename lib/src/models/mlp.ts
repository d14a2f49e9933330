import { guard } from "../forbid.ts";
import { Linear, Module } from "../nn/index.ts";
import { defaultRng, type Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";

/** Options of {@link MLP}. */
export interface MLPOptions {
  /** What happens between two layers; by default relu. */
  activation?: (x: Tensor) => Tensor;
}

/**
 * A multilayer perceptron: layers of neurons, each connected to all of the layer before, with a
 * nonlinearity between them (Rumelhart, Hinton and Williams 1986). `new MLP([784, 128, 10])` has
 * one hidden layer of 128.
 */
export class MLP extends Module {
  readonly layers: Linear[];
  private readonly activation: (x: Tensor) => Tensor;

  constructor(sizes: readonly number[], rng: Rng = defaultRng(), options: MLPOptions = {}) {
    guard("MLP");
    super();
    if (!Array.isArray(sizes))
      throw new TypeError(
        "MLP: the sizes of its layers are a list\n  hint: new MLP([784, 128, 10])",
      );
    if (sizes.length < 2)
      throw new RangeError(
        `MLP: needs at least two sizes, of its input and of its output, got ${sizes.length}`,
      );
    this.layers = sizes.slice(1).map((size, i) => new Linear(sizes[i], size, rng));
    this.activation = options.activation ?? ((x) => x.relu());
  }

  /** [batch, first size] → [batch, last size] */
  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer, i) => layer.forward(i === 0 ? y : this.activation(y)), x);
  }
}
