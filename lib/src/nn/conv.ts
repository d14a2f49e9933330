import { guard } from "../forbid.ts";
import * as functional from "../functional/conv.ts";
import { needPair, type Size2d } from "../functional/need.ts";
import type { Rng } from "../random.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expectInput, expectRng, expectSizes, showArguments } from "./expect.ts";
import type { LinearOptions } from "./linear.ts";
import { Module, Parameter } from "./module.ts";

/** Options of a convolutional layer: those of the function, and whether to add a bias. */
export type ConvolutionOptions<Options> = Omit<Options, "bias"> & LinearOptions;

/**
 * What convolutional layers have in common. Weights and biases start uniform within ±1 / √n, where n
 * is the size of a kernel over all channels that it looks at, as in PyTorch.
 */
export abstract class Convolution<Options extends { groups?: number }> extends Module {
  /** The kernels: [outChannels, inChannels / groups, ...kernel], or transposed. */
  readonly weight: Parameter;
  /** [outChannels] */
  readonly bias: Parameter | null;
  readonly inChannels: number;
  readonly outChannels: number;
  protected readonly options: Options;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel: readonly number[],
    { transposed = false, rng }: { transposed?: boolean; rng?: Rng },
    { bias = true, ...options }: ConvolutionOptions<Options>,
  ) {
    super();
    const layer = this.constructor.name;
    const { groups = 1 } = options as { groups?: number };
    expectSizes(layer, { inChannels, outChannels, groups });
    for (const [name, channels] of Object.entries({ inChannels, outChannels }))
      if (channels % groups !== 0)
        throw new RangeError(
          `${layer}: ${name} = ${channels} cannot be split into ${groups} equal groups`,
        );
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...kernel];
    const bound = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    const from = expectRng(layer, rng);
    this.weight = new Parameter(from.uniform(shape, -bound, bound));
    this.bias = bias ? new Parameter(from.uniform([outChannels], -bound, bound)) : null;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.options = options as unknown as Options;
  }

  override extraRepr(): string {
    const kernel = this.weight.shape.slice(2);
    const size = kernel.every((length) => length === kernel[0]) ? kernel[0] : kernel;
    const bias = this.bias ? undefined : false;
    return showArguments([this.inChannels, this.outChannels, size], { ...this.options, bias });
  }
}

/** Kernels that move along a line, such as sound, and look for the same thing everywhere. */
export class Conv1d extends Convolution<functional.Conv1dOptions> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    rng?: Rng,
    options: ConvolutionOptions<functional.Conv1dOptions> = {},
  ) {
    guard("Conv1d");
    expectSizes("Conv1d", { kernelSize });
    super(inChannels, outChannels, [kernelSize], { rng }, options);
  }

  /** [batch, inChannels, length] → [batch, outChannels, …] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["batch", [this.inChannels, "channels"], "length"]);
    return functional.conv1d(x, this.weight, { ...this.options, bias: this.bias });
  }
}

/**
 * Kernels that move over an image and look for the same thing everywhere. Y. LeCun and others,
 * "Backpropagation applied to handwritten zip code recognition" (1989).
 */
export class Conv2d extends Convolution<functional.Conv2dOptions> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2d,
    rng?: Rng,
    options: ConvolutionOptions<functional.Conv2dOptions> = {},
  ) {
    guard("Conv2d");
    const kernel = needPair("Conv2d", "kernelSize", kernelSize, 1);
    super(inChannels, outChannels, kernel, { rng }, options);
  }

  /** [batch, inChannels, height, width] → [batch, outChannels, …, …] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["batch", [this.inChannels, "channels"], "height", "width"]);
    return functional.conv2d(x, this.weight, { ...this.options, bias: this.bias });
  }
}

/**
 * A {@link Conv2d} turned around, which makes images larger: each number is laid down as a whole
 * kernel. M. Zeiler, D. Krishnan, G. Taylor and R. Fergus, "Deconvolutional networks" (2010).
 */
export class ConvTranspose2d extends Convolution<functional.ConvTranspose2dOptions> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2d,
    rng?: Rng,
    options: ConvolutionOptions<functional.ConvTranspose2dOptions> = {},
  ) {
    guard("ConvTranspose2d");
    const kernel = needPair("ConvTranspose2d", "kernelSize", kernelSize, 1);
    super(inChannels, outChannels, kernel, { transposed: true, rng }, options);
  }

  /** [batch, inChannels, height, width] → [batch, outChannels, …, …] */
  forward(x: Tensor): Tensor {
    expectInput(this, x, ["batch", [this.inChannels, "channels"], "height", "width"]);
    return functional.convTranspose2d(x, this.weight, { ...this.options, bias: this.bias });
  }
}
