import { defineOp, type Op } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** One number for the rows, one for the columns. */
export type Pair = readonly [rows: number, columns: number];

/** How a kernel is laid over an image. */
export interface Convolution {
  /** How far it moves from one place to the next. */
  readonly stride: Pair;
  /** How many zeros are thought around the image, on each side. */
  readonly padding: Pair;
  /** How far apart in the image the kernel's neighbors look; 1 is side by side. */
  readonly dilation: Pair;
  /** Into how many groups the channels are split, each with kernels of its own. */
  readonly groups: number;
}

/*
 * y = conv2d(x, w) is made of products, each of one number of x and one of w:
 *
 *   y[n, o, i, j] = Σ w[o, c, u, v] · x[n, c, i · stride + u · dilation - padding, … j … v …]
 *
 * Weigh all of y with numbers g and add it up: the sum is linear in x, in w and in g. How it
 * changes with x is convTranspose2d(g, w), how with w is conv2dWeight(x, g): so each of the three
 * has the other two as its gradients, and all three walk the same products.
 */

/** Kernels moved over images. x [n, c, h, w], weight [out, c / groups, kh, kw] → [n, out, …, …] */
export const conv2d: Op<Convolution> = defineOp({
  name: "conv2d",
  shape([x, weight], how, refuse) {
    const layout = "[out, in / groups, height, width]";
    checkSides(x, weight, weight[1] * how.groups, how.groups, layout, refuse);
    const places = ([0, 1] as const).map((axis) => {
      const padded = x[2 + axis] + 2 * how.padding[axis];
      const room = padded - reach(weight[2 + axis], axis, how);
      if (room < 0)
        refuse(
          `the kernels reach over ${padded - room} ${axis === 0 ? "rows" : "columns"}, the padded images have ${padded}`,
          "more padding, smaller kernels, or fewer layers before this one that make the images smaller",
        );
      return Math.floor(room / how.stride[axis]) + 1;
    });
    return [x[0], weight[0], ...places];
  },
  forward(y, [x, weight], { inShapes: [image, kernel], outShape, attributes }) {
    const unrolled = unroll(image, kernel, outShape, attributes);
    const { patches, depth, count } = unrolled;
    const sums = new Float64Array(count);
    for (const { atX, atY, atWeight } of unrolled.parts) {
      readPatches(unrolled, x, atX);
      for (let o = 0; o < unrolled.kernels; o++) {
        sums.fill(0);
        for (let k = 0; k < depth; k++) {
          const factor = weight[atWeight + o * depth + k];
          for (let j = 0; j < count; j++) sums[j] += factor * patches[k * count + j];
        }
        y.set(sums, atY + o * count);
      }
    }
  },
  backward: (g, { inputs: [x, weight], attributes }) => [
    () => intoImages(g, weight, x.shape, attributes),
    () => conv2dWeight([x, g], { ...attributes, kernelSize: kernelOf(weight) }),
  ],
});

/** As {@link Convolution}, and how many rows and columns at the far end no kernel reaches. */
export type TransposedConvolution = Convolution & { readonly outputPadding: Pair };

/**
 * Every number of y lays a kernel, times itself, into the images: {@link conv2d} the other way.
 * y [n, in, …, …], weight [in, c / groups, kh, kw] → [n, c, h, w]
 */
export const convTranspose2d: Op<TransposedConvolution> = defineOp({
  name: "convTranspose2d",
  shape([y, weight], how, refuse) {
    const layout = "[in, out / groups, height, width]";
    checkSides(y, weight, weight[0], how.groups, layout, refuse);
    const size = ([0, 1] as const).map((axis) => {
      const extra = how.outputPadding[axis];
      const length = extent(y[2 + axis], weight[2 + axis], axis, how) + extra;
      if (length < 1) refuse(`the padding, ${how.padding[axis]}, leaves nothing of the images`);
      if (extra >= how.stride[axis])
        refuse(`the outputPadding, ${extra}, must be less than the stride, ${how.stride[axis]}`);
      return length;
    });
    return [y[0], weight[1] * how.groups, ...size];
  },
  forward(x, [y, weight], { inShapes: [places, kernel], outShape, attributes }) {
    const unrolled = unroll(outShape, kernel, places, attributes);
    const { patches, depth, count, step } = unrolled;
    const sums = new Float64Array(x.length);
    for (const { atX, atY, atWeight } of unrolled.parts) {
      patches.fill(0);
      for (let o = 0; o < unrolled.kernels; o++)
        for (let k = 0; k < depth; k++) {
          const factor = weight[atWeight + o * depth + k];
          for (let j = 0; j < count; j++) patches[k * count + j] += factor * y[atY + o * count + j];
        }
      for (const { length, from, to } of unrolled.runs)
        for (let j = 0; j < length; j++) sums[atX + from + j * step] += patches[to + j];
    }
    x.set(sums);
  },
  backward: (g, { inputs: [y, weight], attributes }) => [
    () => conv2d([g, weight], attributes),
    () => conv2dWeight([g, y], { ...attributes, kernelSize: kernelOf(weight) }),
  ],
});

/** As {@link Convolution}, and the kernel's height and width. */
export type KernelConvolution = Convolution & { readonly kernelSize: Pair };

/**
 * What each number of the kernels met on its way over the images, weighed with y: the gradient of
 * {@link conv2d} for its weight. x [n, c, h, w], y [n, out, …, …] → [out, c / groups, kh, kw]
 */
export const conv2dWeight: Op<KernelConvolution> = defineOp({
  name: "conv2dWeight",
  shape: ([x, y], { groups, kernelSize }) => [y[1], x[1] / groups, ...kernelSize],
  forward(weight, [x, y], { inShapes: [image, places], outShape, attributes }) {
    const unrolled = unroll(image, outShape, places, attributes);
    const { patches, depth, count } = unrolled;
    const sums = new Float64Array(weight.length);
    for (const { atX, atY, atWeight } of unrolled.parts) {
      readPatches(unrolled, x, atX);
      for (let o = 0; o < unrolled.kernels; o++)
        for (let k = 0; k < depth; k++) {
          let total = 0;
          for (let j = 0; j < count; j++) total += y[atY + o * count + j] * patches[k * count + j];
          sums[atWeight + o * depth + k] += total;
        }
    }
    weight.set(sums);
  },
  backward: (g, { inputs: [x, y], attributes }) => [
    () => intoImages(y, g, x.shape, attributes),
    () => conv2d([x, g], attributes),
  ],
});

/** convTranspose2d to images of exactly this shape. */
function intoImages(y: Tensor, weight: Tensor, images: Shape, how: Convolution): Tensor {
  const unreached = (axis: 0 | 1) =>
    images[2 + axis] - extent(y.shape[2 + axis], weight.shape[2 + axis], axis, how);
  return convTranspose2d([y, weight], { ...how, outputPadding: [unreached(0), unreached(1)] });
}

function kernelOf(weight: Tensor): Pair {
  return [weight.shape[2], weight.shape[3]];
}

/** Over how many rows or columns of the image a kernel reaches. */
function reach(kernel: number, axis: number, { dilation }: Convolution): number {
  return dilation[axis] * (kernel - 1) + 1;
}

/** How many rows or columns `count` places of the kernel cover, less the padding. */
function extent(count: number, kernel: number, axis: number, how: Convolution): number {
  return (count - 1) * how.stride[axis] + reach(kernel, axis, how) - 2 * how.padding[axis];
}

/**
 * A convolution laid out as products of matrices (Chellapilla et al. 2006), one for each group of
 * channels of each image. `patches` [depth, count] has a row for each number of a kernel, with what
 * it meets at all places; a row of y is a mixture of these rows, by the numbers of its kernel.
 */
function unroll(
  [n, channels, height, width]: Shape,
  [out, perGroup, kernelHeight, kernelWidth]: Shape,
  [, , rows, columns]: Shape,
  { stride, padding, dilation, groups }: Convolution,
) {
  const kernels = out / groups;
  const depth = perGroup * kernelHeight * kernelWidth;
  const count = rows * columns;
  // What of the patches lies over the image, not over its padding: `length` numbers from `to` on.
  const runs: { length: number; from: number; to: number }[] = [];
  for (let k = 0; k < depth; k++) {
    const channel = Math.floor(k / (kernelWidth * kernelHeight));
    const top = (Math.floor(k / kernelWidth) % kernelHeight) * dilation[0] - padding[0];
    const left = (k % kernelWidth) * dilation[1] - padding[1];
    const first = Math.max(0, Math.ceil(-left / stride[1]));
    const length = Math.min(columns, Math.ceil((width - left) / stride[1])) - first;
    for (let i = 0; i < rows; i++) {
      const row = i * stride[0] + top;
      if (row < 0 || row >= height) continue;
      const from = (channel * height + row) * width + first * stride[1] + left;
      runs.push({ length, from, to: k * count + i * columns + first });
    }
  }
  const parts = Array.from({ length: n * groups }, (_, part) => ({
    atX: ((part * channels) / groups) * height * width,
    atY: part * kernels * count,
    atWeight: (part % groups) * kernels * depth,
  }));
  const patches = new Float64Array(depth * count);
  return { parts, kernels, depth, count, patches, runs, step: stride[1] };
}

function readPatches(
  { patches, runs, step }: ReturnType<typeof unroll>,
  x: ArrayLike<number>,
  atX: number,
): void {
  for (const { length, from, to } of runs)
    for (let j = 0; j < length; j++) patches[to + j] = x[atX + from + j * step];
}

function checkSides(
  x: Shape,
  weight: Shape,
  channels: number,
  groups: number,
  layout: string,
  refuse: (why: string, hint?: string) => never,
): void {
  if (x.length !== 4 || weight.length !== 4)
    refuse(
      `images are [batch, channels, height, width], kernels ${layout}`,
      x.length === 3 ? "to make a batch of a single image: x.unsqueeze(0)" : undefined,
    );
  if (x[1] !== channels)
    refuse(
      `the images have ${x[1]} channels, the kernels are for ${channels}`,
      `kernels are ${layout}`,
    );
  if (weight[0] % groups !== 0)
    refuse(`${weight[0]} kernels cannot be split into ${groups} equal groups`);
}
