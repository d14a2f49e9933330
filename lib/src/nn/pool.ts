import { guard } from "../forbid.ts";
import { adaptiveAvgPool2d, avgPool2d, maxPool2d, type Pool2dOptions } from "../functional/pool.ts";
import { asPair, type Size2d } from "../functional/size.ts";
import type { Tensor } from "../tensor.ts";
import { expectInput, showArguments } from "./expect.ts";
import { Module } from "./module.ts";

/** Options of {@link MaxPool2d} and {@link AvgPool2d}. */
export type PoolOptions = Omit<Pool2dOptions, "kernelSize">;

const IMAGES = ["batch", "channels", "height", "width"];

/** The largest number in each window: what was found, no matter exactly where. */
export class MaxPool2d extends Module {
  private readonly options: Pool2dOptions;

  constructor(kernelSize: Size2d, options: PoolOptions = {}) {
    guard("MaxPool2d");
    super();
    asPair("MaxPool2d", "kernelSize", kernelSize, 1);
    this.options = { kernelSize, ...options };
  }

  /** [batch, channels, height, width] → [batch, channels, …, …] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, IMAGES);
    return maxPool2d(x, this.options);
  }

  override extraRepr(): string {
    const { kernelSize, ...options } = this.options;
    return showArguments([kernelSize], options);
  }
}

/** The mean of each window; padding counts as zeros. */
export class AvgPool2d extends Module {
  private readonly options: Pool2dOptions;

  constructor(kernelSize: Size2d, options: PoolOptions = {}) {
    guard("AvgPool2d");
    super();
    asPair("AvgPool2d", "kernelSize", kernelSize, 1);
    this.options = { kernelSize, ...options };
  }

  /** [batch, channels, height, width] → [batch, channels, …, …] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, IMAGES);
    return avgPool2d(x, this.options);
  }

  override extraRepr(): string {
    const { kernelSize, ...options } = this.options;
    return showArguments([kernelSize], options);
  }
}

/** Means of windows of such a size that the output always has the same; 1 is the mean of all. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: Size2d;

  constructor(outputSize: Size2d) {
    guard("AdaptiveAvgPool2d");
    super();
    asPair("AdaptiveAvgPool2d", "outputSize", outputSize, 1);
    this.outputSize = outputSize;
  }

  /** [batch, channels, height, width] → [batch, channels, …outputSize] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, IMAGES);
    return adaptiveAvgPool2d(x, this.outputSize);
  }

  override extraRepr(): string {
    return showArguments([this.outputSize]);
  }
}
