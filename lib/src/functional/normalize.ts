import { noGrad } from "../autograd.ts";
import { guard } from "../forbid.ts";
import { defineOp, type Op } from "../op.ts";
import { batchNorm as batchNormTogether, moments } from "../ops/channels.ts";
import * as ops from "../ops/index.ts";
import { ShapeError, sizeOf } from "../shape.ts";
import { needTensor, type Tensor } from "../tensor.ts";
import { needForEach, needShape, needWhole } from "./need.ts";

/** What all normalizations take: a scale and a shift for afterward, and what is added under the root. */
export interface NormOptions {
  weight?: Tensor | null;
  bias?: Tensor | null;
  eps?: number;
}

/** Options of {@link layerNorm}. */
export interface LayerNormOptions extends NormOptions {
  /** How many axes, the last ones, are normalized together; by default those of the weight, or one. */
  axes?: number;
}

/** Options of {@link rmsNorm}. */
export type RmsNormOptions = Omit<LayerNormOptions, "bias">;

/** Options of {@link batchNorm}. */
export interface BatchNormOptions extends NormOptions {
  /** The mean of each channel over the batches so far. [channels] */
  runningMean?: Tensor | null;
  /** The variance of each channel over the batches so far. [channels] */
  runningVar?: Tensor | null;
  /** Whether to normalize by the batch, and write the running statistics on; false by default. */
  training?: boolean;
  /** How much of the new batch goes into the running statistics; 0.1 by default. */
  momentum?: number;
}

/**
 * Gives the numbers of each example mean 0 and variance 1, then scales and shifts them (Ba, Kiros
 * and Hinton 2016). x [..., width], weight and bias [width] → as x. `eps` is 1e-5 by default.
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  guard("layerNorm");
  return normalizeLast(ops.layerNorm, x, options);
}

/**
 * Divides the numbers of each example by their root mean square, then scales them (Zhang and
 * Sennrich 2019). x [..., width], weight [width] → as x. `eps` is 1e-6 by default.
 */
export function rmsNorm(x: Tensor, options: RmsNormOptions = {}): Tensor {
  guard("rmsNorm");
  return normalizeLast(ops.rmsNorm, x, { eps: 1e-6, ...options });
}

/**
 * Splits the channels of each example into groups, and gives each group mean 0 and variance 1;
 * then scales and shifts each channel (Wu and He 2018). x [batch, channels, ...], weight and bias
 * [channels] → as x. `eps` is 1e-5 by default.
 */
export function groupNorm(x: Tensor, groups: number, options: NormOptions = {}): Tensor {
  const op = "groupNorm";
  guard(op);
  const [n, channels, rest] = channelsOf(op, x);
  const uneven = `${channels} channels cannot be split into ${groups} equal groups`;
  if (channels % needWhole(op, "groups", groups, 1) !== 0)
    throw new ShapeError(op, [x.shape], uneven);
  const rows = x.reshape([n * groups, (channels / groups) * rest]);
  const y = ops.layerNorm([rows], { eps: options.eps ?? 1e-5 }).reshape(x.shape);
  return scaleChannels(op, y, options);
}

/**
 * Gives each channel mean 0 and variance 1 over the batch, then scales and shifts it (Ioffe and
 * Szegedy 2015). While training it normalizes by the batch at hand and writes `runningMean` and
 * `runningVar` on in place; otherwise it normalizes by those. x [batch, channels, ...], all others
 * [channels] → as x. `eps` is 1e-5 by default. The running variance divides by n - 1, as PyTorch's.
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Tensor {
  const op = "batchNorm";
  guard(op);
  const { runningMean, runningVar, training = false, momentum, eps = 1e-5 } = options;
  const [n, channels, rest] = channelsOf(op, x);
  if (!training) {
    if (!runningMean || !runningVar)
      throw new TypeError(
        `${op}: when not training it needs runningMean and runningVar\n  hint: or pass training: true, to normalize by the batch`,
      );
    const mean = perChannel(op, "running mean", x, runningMean);
    const root = perChannel(op, "running variance", x, runningVar).add(eps).sqrt();
    return scaleChannels(op, x.sub(mean).div(root), options);
  }
  if (n * rest < 2)
    throw new ShapeError(
      op,
      [x.shape],
      `a variance takes at least 2 numbers in each channel, got ${n * rest}`,
      "a larger batch, or eval() if the model is not being trained",
    );
  const flat = x.reshape([n, channels, rest]);
  const found = moments([flat]);
  noGrad(() => {
    const unbiased = (n * rest) / (n * rest - 1);
    moveOn(runningMean, found.row(0), momentum);
    moveOn(runningVar, found.row(1).mul(unbiased), momentum);
  });
  const [weight, bias] = [options.weight, options.bias].map((values, i) =>
    values
      ? perChannel(op, i === 0 ? "weight" : "bias", x, values).reshape([channels])
      : x.newFull([channels], 1 - i, "float32"),
  );
  return batchNormTogether([flat, found, weight, bias], { eps }).reshape(x.shape);
}

/** Writes the second tensor over the first. */
const assign = defineOp({
  name: "assign",
  inPlace: true,
  shape: ([x]) => x,
  forward(x, [, y]) {
    x.set(y);
  },
});

/** Moves a running statistic toward that of the batch, in place. */
function moveOn(running: Tensor | null | undefined, now: Tensor, momentum = 0.1): void {
  if (!running) return;
  needShape("batchNorm", "running statistic", running, now.shape, EACH_CHANNEL);
  assign([running, running.mul(1 - momentum).add(now.mul(momentum))]);
}

function normalizeLast(
  op: Op<ops.Epsilon>,
  x: Tensor,
  { weight, bias, eps = 1e-5, axes = (weight ?? bias)?.rank ?? 1 }: LayerNormOptions,
): Tensor {
  const name = op.opName;
  const kept = needTensor(name, x).rank - needWhole(name, "axes", axes, 1);
  if (kept < 0)
    throw new ShapeError(name, [x.shape], `there are fewer than ${axes} axes to normalize`);
  const last = x.shape.slice(kept);
  const rows = axes === 1 ? x : x.reshape([...x.shape.slice(0, kept), sizeOf(last)]);
  const because = "that of the axes that are normalized";
  return scaleAndShift(
    op([rows], { eps }).reshape(x.shape),
    weight && needShape(name, "weight", weight, last, because),
    bias && needShape(name, "bias", bias, last, because),
  );
}

const EACH_CHANNEL = "one number for each channel";

function scaleChannels(op: string, y: Tensor, { weight, bias }: NormOptions): Tensor {
  return scaleAndShift(
    y,
    weight && perChannel(op, "weight", y, weight),
    bias && perChannel(op, "bias", y, bias),
  );
}

function perChannel(op: string, name: string, x: Tensor, values: Tensor): Tensor {
  return needForEach(op, name, values, x.shape.slice(1), EACH_CHANNEL);
}

function scaleAndShift(y: Tensor, weight?: Tensor | null, bias?: Tensor | null): Tensor {
  const scaled = weight ? y.mul(weight) : y;
  return bias ? scaled.add(bias) : scaled;
}

function channelsOf(op: string, x: Tensor): [batch: number, channels: number, rest: number] {
  if (needTensor(op, x).rank < 2)
    throw new ShapeError(op, [x.shape], "the input is [batch, channels, ...]");
  return [x.shape[0], x.shape[1], sizeOf(x.shape.slice(2))];
}
