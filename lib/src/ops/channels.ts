/**
 * The parts of batch norm. x is [batch, channels, places]; what belongs to a channel are its numbers
 * in all images of the batch. Means and variances are worked out once, for x is read from far away:
 * forward, backward and the running statistics all go by the same two numbers for each channel.
 */
import { defineOp, type Op } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Epsilon } from "./normalize.ts";

/** Visits the numbers of each channel. */
function walkChannels(
  [batch, channels, places]: Shape,
  visit: (channel: number, start: number, end: number) => void,
): void {
  for (let image = 0; image < batch; image++)
    for (let channel = 0; channel < channels; channel++) {
      const start = (image * channels + channel) * places;
      visit(channel, start, start + places);
    }
}

/** The mean of each channel, and its variance, dividing by n. [batch, channels, places] → [2, channels] */
export const moments: Op<void> = defineOp({
  name: "moments",
  dtype: "float32",
  shape: ([x]) => [2, x[1]],
  forward(out, [x], { inShapes: [shape] }) {
    const [batch, channels, places] = shape;
    const count = batch * places;
    const means = new Float64Array(channels);
    const squares = new Float64Array(channels);
    walkChannels(shape, (c, start, end) => {
      for (let i = start; i < end; i++) means[c] += x[i];
    });
    means.forEach((sum, c) => {
      means[c] = sum / count;
    });
    walkChannels(shape, (c, start, end) => {
      for (let i = start; i < end; i++) squares[c] += (x[i] - means[c]) ** 2;
    });
    means.forEach((mean, c) => {
      out[c] = mean;
      out[channels + c] = squares[c] / count;
    });
  },
  backward(g, { inputs: [x], output }) {
    const away = x.sub(column(output, 0));
    return [
      column(g, 0)
        .add(away.mul(column(g, 1)).mul(2))
        .div(countOf(x)),
    ];
  },
});

/**
 * (x - mean) / √(variance + eps) · weight + bias: [x, moments of x, weight, bias]. The gradient for x
 * is all of it, also what comes by way of the moments.
 */
export const batchNorm: Op<Epsilon> = defineOp<Epsilon>({
  name: "batchNorm",
  dtype: "float32",
  shape: ([x]) => x,
  forward(out, [x, moment, weight, bias], { outShape, attributes: { eps } }) {
    const channels = outShape[1];
    walkChannels(outShape, (c, start, end) => {
      const scale = weight[c] / Math.sqrt(moment[channels + c] + eps);
      for (let i = start; i < end; i++) out[i] = (x[i] - moment[c]) * scale + bias[c];
    });
  },
  backward(g, { inputs: [x, moment, weight], attributes }) {
    const sums = channelSums([g, x, moment], attributes);
    return [
      () => batchNormGradient([g, x, moment, sums, weight], attributes),
      null,
      () => sums.row(1),
      () => sums.row(0),
    ];
  },
});

/** For each channel the sums of g and of g y, with the normalized y: [g, x, moments of x] → [2, channels] */
const channelSums: Op<Epsilon> = defineOp<Epsilon>({
  name: "channelSums",
  dtype: "float32",
  shape: ([, , moment]) => moment,
  forward(out, [g, x, moment], { inShapes: [shape], attributes: { eps } }) {
    const channels = shape[1];
    const sums = new Float64Array(out.length);
    walkChannels(shape, (c, start, end) => {
      for (let i = start; i < end; i++) {
        sums[c] += g[i];
        sums[channels + c] += g[i] * (x[i] - moment[c]);
      }
    });
    for (let c = 0; c < channels; c++) {
      out[c] = sums[c];
      out[channels + c] = sums[channels + c] / Math.sqrt(moment[channels + c] + eps);
    }
  },
  // The gradients v, for the two sums, are a bias and a weight for y.
  backward: (v, { inputs: [g, x, moment], output, attributes }) => [
    () => batchNorm([x, moment, v.row(1), v.row(0)], attributes),
    () => batchNormGradient([g, x, moment, output, v.row(1)], attributes),
    null,
  ],
});

/**
 * What reaches x: [g, x, moments of x, channelSums of g, weight]. To move one number is to move the
 * root, and with it the whole channel, along y: weight · (g - mean of g - y · mean of g y) / root. For
 * each channel that is weight · J g with a matrix J that is its own transpose.
 */
const batchNormGradient: Op<Epsilon> = defineOp<Epsilon>({
  name: "batchNormGradient",
  dtype: "float32",
  shape: ([g]) => g,
  forward(out, [g, x, moment, sums, weight], { outShape, attributes: { eps } }) {
    const [batch, channels, places] = outShape;
    const count = batch * places;
    walkChannels(outShape, (c, start, end) => {
      const root = Math.sqrt(moment[channels + c] + eps);
      const along = sums[channels + c] / root / count;
      for (let i = start; i < end; i++)
        out[i] = ((g[i] - sums[c] / count - (x[i] - moment[c]) * along) * weight[c]) / root;
    });
  },
  backward(v, { inputs: [g, x, moment, sums, weight], output, attributes }) {
    const vSums = channelSums([v, x, moment], attributes);
    const jv = batchNormGradient([v, x, moment, vSums, weight], attributes);
    const [none, one] = [0, 1].map((value) => weight.newFull(weight.shape, value));
    return [
      jv,
      // How vᵀ J g changes with x, by way of the root and by way of y, twice.
      () => {
        const y = batchNorm([x, moment, one, none], attributes);
        const root = column(moment, 1).add(attributes.eps).sqrt();
        const parts = y
          .mul(v.mul(output).sumTo(root.shape))
          .add(jv.mul(column(sums, 1)))
          .add(output.mul(column(vSums, 1)));
        return parts.div(root.mul(-countOf(x)));
      },
      null,
      null,
      () => {
        const jg = batchNormGradient([g, x, moment, sums, one], attributes);
        return v.mul(jg).sumTo([weight.size, 1]).flatten();
      },
    ];
  },
});

/** One of two numbers for each channel, to be taken together with x. [2, channels] → [channels, 1] */
function column(pairs: Tensor, which: 0 | 1): Tensor {
  return pairs.row(which).unsqueeze(1);
}

function countOf(x: Tensor): number {
  return x.shape[0] * x.shape[2];
}
