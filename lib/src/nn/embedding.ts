import { guard } from "../forbid.ts";
import { embedding } from "../functional/embedding.ts";
import type { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { expectRng, expectSizes } from "./expect.ts";
import { Module, Parameter } from "./module.ts";

/**
 * A vector for each of `count` things, such as words, to be looked up by its number and learned.
 * Starts from the standard normal distribution, as in PyTorch.
 */
export class Embedding extends Module {
  /** One row for each. [count, width] */
  readonly weight: Parameter;

  constructor(count: number, width: number, rng?: Rng) {
    guard("Embedding");
    super();
    expectSizes("Embedding", { count, width });
    this.weight = new Parameter(expectRng("Embedding", rng).normal([count, width]));
  }

  /** ids int32 [...] → [..., width] */
  forward(ids: Tensor): Tensor {
    return embedding(ids, this.weight);
  }

  override extraRepr(): string {
    return this.weight.shape.join(", ");
  }
}
