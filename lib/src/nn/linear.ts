import { guard } from "../forbid.ts";
import { linear } from "../functional/linear.ts";
import type { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { expectInput, expectRng, expectSizes, showArguments } from "./expect.ts";
import { Module, Parameter } from "./module.ts";

/** Options of {@link Linear}. */
export interface LinearOptions {
  /** Whether to add a bias; true by default. */
  bias?: boolean;
}

/**
 * A layer of neurons: y = x Wᵀ + b, each output a weighted sum of all inputs plus a bias.
 * Weight and bias start uniform within ±1 / √inFeatures, as in PyTorch.
 */
export class Linear extends Module {
  /** [outFeatures, inFeatures] */
  readonly weight: Parameter;
  /** [outFeatures] */
  readonly bias: Parameter | null;

  constructor(
    inFeatures: number,
    outFeatures: number,
    rng?: Rng,
    { bias = true }: LinearOptions = {},
  ) {
    guard("Linear");
    super();
    expectSizes("Linear", { inFeatures, outFeatures });
    const bound = 1 / Math.sqrt(inFeatures);
    const from = expectRng("Linear", rng);
    this.weight = new Parameter(from.uniform([outFeatures, inFeatures], -bound, bound));
    this.bias = bias ? new Parameter(from.uniform([outFeatures], -bound, bound)) : null;
  }

  /** [..., inFeatures] → [..., outFeatures] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["…", [this.weight.shape[1], "features"]]);
    return linear(x, this.weight, this.bias);
  }

  override extraRepr(): string {
    const [outFeatures, inFeatures] = this.weight.shape;
    return showArguments([inFeatures, outFeatures], { bias: this.bias ? undefined : false });
  }
}
