import { guard } from "../forbid.ts";
import { needPair, type Size2d } from "../functional/need.ts";
import { adaptiveAvgPool2d, avgPool2d, maxPool2d, type Pool2dOptions } from "../functional/pool.ts";
import type { Tensor } from "../tensor.ts";
import { expectInput, showArguments } from "./expect.ts";
import { Module } from "./module.ts";

/** Options of {@link MaxPool2d} and {@link AvgPool2d}. */
export type PoolOptions = Omit<Pool2dOptions, "kernelSize">;

/** Makes images smaller, each channel by itself. */
export abstract class Pool extends Module {
  private readonly pool: (x: Tensor) => Tensor;
  private readonly size: Size2d;
  private readonly options: PoolOptions;

  constructor(size: Size2d, pool: (x: Tensor) => Tensor, options: PoolOptions = {}) {
    super();
    needPair(this.constructor.name, "size", size, 1);
    this.size = size;
    this.pool = pool;
    this.options = options;
  }

  /** [batch, channels, height, width] → [batch, channels, …, …] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["batch", "channels", "height", "width"]);
    return this.pool(x);
  }

  override extraRepr(): string {
    return showArguments([this.size], this.options);
  }
}

/** The largest number in each window: what was found, no matter exactly where. */
export class MaxPool2d extends Pool {
  constructor(kernelSize: Size2d, options?: PoolOptions) {
    guard("MaxPool2d");
    super(kernelSize, (x) => maxPool2d(x, { kernelSize, ...options }), options);
  }
}

/** The mean of each window; padding counts as zeros. */
export class AvgPool2d extends Pool {
  constructor(kernelSize: Size2d, options?: PoolOptions) {
    guard("AvgPool2d");
    super(kernelSize, (x) => avgPool2d(x, { kernelSize, ...options }), options);
  }
}

/** Means of as many windows as the output has places, whatever the input's size; 1 is the mean of all. */
export class AdaptiveAvgPool2d extends Pool {
  constructor(outputSize: Size2d) {
    guard("AdaptiveAvgPool2d");
    super(outputSize, (x) => adaptiveAvgPool2d(x, outputSize));
  }
}
