import { guard } from "../forbid.ts";
import * as ops from "../ops/index.ts";
import { ShapeError } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";
import { needForEach, needPair, needWhole, type Size2d } from "./need.ts";

/** Options of {@link conv2d}. */
export interface Conv2dOptions {
  /** Added to all numbers of an output channel. [out] */
  bias?: Tensor | null;
  /** How far the kernel moves from one place to the next; 1 by default. */
  stride?: Size2d;
  /** How many zeros to put around the images, on each side; 0 by default. */
  padding?: Size2d;
  /** How far apart in the images neighbors in the kernel look; 1, side by side, by default. */
  dilation?: Size2d;
  /** Splits the channels into groups, each with its own kernels; 1 by default. */
  groups?: number;
}

/** Options of {@link convTranspose2d}. */
export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Rows and columns more at the far end, fewer than the stride; 0 by default. */
  outputPadding?: Size2d;
}

/** Options of {@link conv1d}: as {@link Conv2dOptions}, for one axis. */
export interface Conv1dOptions {
  bias?: Tensor | null;
  stride?: number;
  padding?: number;
  dilation?: number;
  groups?: number;
}

/**
 * Moves kernels over images, and takes at each place the sum of the products (LeCun et al. 1989).
 * x [batch, in, height, width], weight [out, in / groups, kernelHeight, kernelWidth]
 * → [batch, out, …, …]. As everywhere in deep learning, the kernel is not turned around.
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const op = "conv2d";
  guard(op);
  const y = ops.conv2d([needTensor(op, x), needTensor(op, weight)], layout(op, options));
  return withBias(op, y, options.bias);
}

/**
 * Lays a kernel, times the number, into the output for each number of the input: makes images
 * larger, and is the gradient of {@link conv2d} for its input (Zeiler et al. 2010).
 * x [batch, in, height, width], weight [in, out / groups, kernelHeight, kernelWidth]
 * → [batch, out, …, …]
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const op = "convTranspose2d";
  guard(op);
  const outputPadding = needPair(op, "outputPadding", options.outputPadding ?? 0, 0);
  const how = { ...layout(op, options), outputPadding };
  const y = ops.convTranspose2d([needTensor(op, x), needTensor(op, weight)], how);
  return withBias(op, y, options.bias);
}

/** As {@link conv2d}, along a line. x [batch, in, length], weight [out, in / groups, kernel] → [batch, out, …] */
export function conv1d(x: Tensor, weight: Tensor, options: Conv1dOptions = {}): Tensor {
  const op = "conv1d";
  guard(op);
  if (needTensor(op, x).rank !== 3 || needTensor(op, weight).rank !== 3)
    throw new ShapeError(
      op,
      [x.shape, weight.shape],
      "the input is [batch, channels, length], the kernels are [out, in / groups, length]",
    );
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const how = { stride: [1, stride], padding: [0, padding], dilation: [1, dilation] } as const;
  return conv2d(x.unsqueeze(2), weight.unsqueeze(2), { ...options, ...how }).squeeze(2);
}

function layout(op: string, options: Conv2dOptions): ops.Convolution {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  return {
    stride: needPair(op, "stride", stride, 1),
    padding: needPair(op, "padding", padding, 0),
    dilation: needPair(op, "dilation", dilation, 1),
    groups: needWhole(op, "groups", groups, 1),
  };
}

function withBias(op: string, y: Tensor, bias: Tensor | null | undefined): Tensor {
  const because = "one number for each output channel";
  return bias ? y.add(needForEach(op, "bias", bias, y.shape.slice(1), because)) : y;
}
