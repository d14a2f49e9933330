import { ones, zeros } from "../create.ts";
import { guard } from "../forbid.ts";
import * as functional from "../functional/normalize.ts";
import type { Tensor } from "../tensor.ts";
import { effect } from "../trace.ts";
import { type Axis, expectInput, expectSizes, showArguments } from "./expect.ts";
import type { LinearOptions } from "./linear.ts";
import { Module, Parameter } from "./module.ts";

/** Options of all normalizations: `eps` is added to the variance, so that nothing is divided by 0. */
export type NormalizationOptions = Pick<functional.NormOptions, "eps">;

/** Options of {@link BatchNorm1d} and {@link BatchNorm2d}. */
export type BatchNormalizationOptions = Pick<functional.BatchNormOptions, "eps" | "momentum">;

/** What {@link BatchNorm1d} and {@link BatchNorm2d} have in common. */
export abstract class BatchNormalization extends Module {
  /** What each channel is scaled by afterward; starts at 1. [channels] */
  readonly weight: Parameter;
  /** What is added to each channel afterward; starts at 0. [channels] */
  readonly bias: Parameter;
  /** [channels] */
  readonly runningMean: Tensor;
  /** [channels] */
  readonly runningVar: Tensor;
  /** How many batches went into the running statistics. */
  readonly numBatchesTracked: Tensor;
  private readonly options: BatchNormalizationOptions;

  constructor(channels: number, options: BatchNormalizationOptions) {
    super();
    expectSizes(this.constructor.name, { channels });
    this.weight = new Parameter(ones([channels]));
    this.bias = new Parameter(zeros([channels]));
    this.runningMean = zeros([channels]);
    this.runningVar = ones([channels]);
    this.numBatchesTracked = zeros([], { dtype: "int32" });
    this.options = options;
  }

  protected normalize(x: Tensor): Tensor {
    const { weight, bias, runningMean, runningVar, training, options } = this;
    const statistics = { weight, bias, runningMean, runningVar, training };
    const y = functional.batchNorm(x, { ...statistics, ...options });
    if (training) effect(() => this.numBatchesTracked.storage[0]++);
    return y;
  }

  override extraRepr(): string {
    return showArguments([this.weight.size], this.options);
  }
}

/**
 * Gives each feature mean 0 and variance 1 over the batch, then scales and shifts it by what it
 * learns. In use, by eval(), it goes by the mean and variance that it has seen while training.
 * S. Ioffe and C. Szegedy, "Batch normalization" (2015).
 */
export class BatchNorm1d extends BatchNormalization {
  constructor(features: number, options: BatchNormalizationOptions = {}) {
    guard("BatchNorm1d");
    super(features, options);
  }

  /** [batch, features] or [batch, features, length] → the same */
  forward(x: Tensor): Tensor {
    const axes: Axis[] = ["batch", [this.weight.size, "features"]];
    expectInput(this, x, x.rank === 3 ? [...axes, "length"] : axes);
    return this.normalize(x);
  }
}

/** As {@link BatchNorm1d}, each channel over all places in all images of the batch. */
export class BatchNorm2d extends BatchNormalization {
  constructor(channels: number, options: BatchNormalizationOptions = {}) {
    guard("BatchNorm2d");
    super(channels, options);
  }

  /** [batch, channels, height, width] → the same */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["batch", [this.weight.size, "channels"], "height", "width"]);
    return this.normalize(x);
  }
}

/** Options of {@link LayerNorm}; the bias is what is added afterward. */
export type LayerNormalizationOptions = NormalizationOptions & LinearOptions;

/**
 * Gives the features of each example mean 0 and variance 1, then scales and shifts them by what it
 * learns: (x - mean) / √(variance + eps) · weight + bias. J. Ba, J. Kiros and G. Hinton, "Layer
 * normalization" (2016).
 */
export class LayerNorm extends Module {
  /** Starts at 1. [...shape] */
  readonly weight: Parameter;
  /** Starts at 0. [...shape] */
  readonly bias: Parameter | null;
  readonly eps: number;

  /** @param shape The size of the last axis, or the sizes of the last axes. */
  constructor(
    shape: number | readonly number[],
    { eps = 1e-5, bias = true }: LayerNormalizationOptions = {},
  ) {
    guard("LayerNorm");
    super();
    const sizes = typeof shape === "number" ? [shape] : shape;
    for (const size of sizes) expectSizes("LayerNorm", { size });
    this.weight = new Parameter(ones(sizes));
    this.bias = bias ? new Parameter(zeros(sizes)) : null;
    this.eps = eps;
  }

  /** [..., ...shape] → the same */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["…", ...this.weight.shape.map((size): Axis => [size, "features"])]);
    const { weight, bias, eps } = this;
    return functional.layerNorm(x, { weight, bias, eps });
  }

  override extraRepr(): string {
    const { shape } = this.weight;
    const bias = this.bias ? undefined : false;
    return showArguments([shape.length === 1 ? shape[0] : shape], { eps: this.eps, bias });
  }
}

/**
 * Divides the features of each example by their root mean square, then scales them by what it
 * learns: x / √(mean of x² + eps) · weight. B. Zhang and R. Sennrich, "Root mean square layer
 * normalization" (2019).
 */
export class RMSNorm extends Module {
  /** Starts at 1. [width] */
  readonly weight: Parameter;
  readonly eps: number;

  constructor(width: number, { eps = 1e-6 }: NormalizationOptions = {}) {
    guard("RMSNorm");
    super();
    expectSizes("RMSNorm", { width });
    this.weight = new Parameter(ones([width]));
    this.eps = eps;
  }

  /** [..., width] → the same */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["…", [this.weight.size, "features"]]);
    const { weight, eps } = this;
    return functional.rmsNorm(x, { weight, eps });
  }

  override extraRepr(): string {
    return showArguments([this.weight.size], { eps: this.eps });
  }
}

/**
 * Splits the channels into groups and gives each group of each example mean 0 and variance 1, then
 * scales and shifts each channel by what it learns. Y. Wu and K. He, "Group normalization" (2018).
 */
export class GroupNorm extends Module {
  /** Starts at 1. [channels] */
  readonly weight: Parameter;
  /** Starts at 0. [channels] */
  readonly bias: Parameter;
  readonly groups: number;
  readonly eps: number;

  constructor(groups: number, channels: number, { eps = 1e-5 }: NormalizationOptions = {}) {
    guard("GroupNorm");
    super();
    expectSizes("GroupNorm", { groups, channels });
    if (channels % groups !== 0)
      throw new RangeError(
        `GroupNorm: ${channels} channels cannot be split into ${groups} equal groups`,
      );
    this.weight = new Parameter(ones([channels]));
    this.bias = new Parameter(zeros([channels]));
    this.groups = groups;
    this.eps = eps;
  }

  /** [batch, channels, ...] → the same */
  forward(x: Tensor): Tensor {
    const more = Array.from({ length: Math.max(0, x.rank - 2) }, () => "…");
    expectInput(this, x, ["batch", [this.weight.size, "channels"], ...more]);
    const { weight, bias, eps } = this;
    return functional.groupNorm(x, this.groups, { weight, bias, eps });
  }

  override extraRepr(): string {
    return showArguments([this.groups, this.weight.size], { eps: this.eps });
  }
}
