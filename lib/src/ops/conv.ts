import { defineOp, type Op } from "../op.ts";
import { type Shape, ShapeError, showShape } from "../shape.ts";
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
  shape([x, weight], how) {
    checkImages("conv2d", x, weight, how);
    const [n, channels, ...size] = x;
    const [out, perGroup, ...kernel] = weight;
    if (channels !== perGroup * how.groups)
      throw new ShapeError(
        "conv2d",
        [x, weight],
        `the images have ${channels} channels, the kernels are for ${perGroup * how.groups}`,
        "images are [batch, channels, height, width], kernels [out, in / groups, height, width]",
      );
    const places = size.map((length, axis) => {
      const padded = length + 2 * how.padding[axis];
      const room = padded - reach(kernel[axis], axis, how);
      if (room < 0)
        throw new ShapeError(
          "conv2d",
          [x, weight],
          `the kernel reaches over ${padded - room} ${axis === 0 ? "rows" : "columns"}, the padded images have ${padded}`,
          "more padding, a smaller kernel, or fewer layers before it that make the images smaller",
        );
      return Math.floor(room / how.stride[axis]) + 1;
    });
    return [n, out, ...places];
  },
  forward(y, [x, weight], { inShapes: [image, kernel], outShape, attributes }) {
    const sums = new Float64Array(y.length);
    walkProducts(image, kernel, outShape, attributes, (count, step, atX, atWeight, atY) => {
      const factor = weight[atWeight];
      for (let j = 0; j < count; j++) sums[atY + j] += factor * x[atX + j * step];
    });
    y.set(sums);
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
  shape([y, weight], how) {
    checkImages("convTranspose2d", y, weight, how);
    const fail = (why: string, hint?: string): never => {
      throw new ShapeError("convTranspose2d", [y, weight], why, hint);
    };
    const [n, channels, ...places] = y;
    const [expected, perGroup, ...kernel] = weight;
    if (channels !== expected)
      fail(
        `the images have ${channels} channels, the kernels are for ${expected}`,
        "images are [batch, channels, height, width], kernels [in, out / groups, height, width]",
      );
    const size = places.map((count, axis) => {
      const extra = how.outputPadding[axis];
      if (extra >= how.stride[axis])
        fail(`the outputPadding, ${extra}, must be less than the stride, ${how.stride[axis]}`);
      return extent(count, kernel[axis], axis, how) + extra;
    });
    if (size.some((length) => length < 1))
      fail(`the padding leaves nothing: the images would be ${showShape(size)}`);
    return [n, perGroup * how.groups, ...size];
  },
  forward(x, [y, weight], { inShapes: [places, kernel], outShape, attributes }) {
    const sums = new Float64Array(x.length);
    walkProducts(outShape, kernel, places, attributes, (count, step, atX, atWeight, atY) => {
      const factor = weight[atWeight];
      for (let j = 0; j < count; j++) sums[atX + j * step] += factor * y[atY + j];
    });
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
    const sums = new Float64Array(weight.length);
    walkProducts(image, outShape, places, attributes, (count, step, atX, atWeight, atY) => {
      let total = 0;
      for (let j = 0; j < count; j++) total += y[atY + j] * x[atX + j * step];
      sums[atWeight] += total;
    });
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
 * Visits all products of the convolution, in runs: `count` of them have the same number of the
 * weight, neighbors in y, and numbers `step` apart in x.
 */
function walkProducts(
  [n, channels, height, width]: Shape,
  [out, perGroup, kernelHeight, kernelWidth]: Shape,
  [, , rows, columns]: Shape,
  { stride, padding, dilation, groups }: Convolution,
  visit: (count: number, step: number, atX: number, atWeight: number, atY: number) => void,
): void {
  const outPerGroup = out / groups;
  for (let image = 0; image < n; image++)
    for (let o = 0; o < out; o++)
      for (let c = 0; c < perGroup; c++) {
        const plane = (image * channels + Math.floor(o / outPerGroup) * perGroup + c) * height;
        for (let u = 0; u < kernelHeight; u++)
          for (let v = 0; v < kernelWidth; v++) {
            const atWeight = ((o * perGroup + c) * kernelHeight + u) * kernelWidth + v;
            // Only where the kernel's number is over the image, not over the padding.
            const left = v * dilation[1] - padding[1];
            const first = Math.max(0, Math.ceil(-left / stride[1]));
            const end = Math.min(columns, Math.ceil((width - left) / stride[1]));
            if (first >= end) continue;
            for (let i = 0; i < rows; i++) {
              const row = i * stride[0] + u * dilation[0] - padding[0];
              if (row < 0 || row >= height) continue;
              const atX = (plane + row) * width + first * stride[1] + left;
              const atY = ((image * out + o) * rows + i) * columns + first;
              visit(end - first, stride[1], atX, atWeight, atY);
            }
          }
      }
}

function checkImages(op: string, x: Shape, weight: Shape, { groups }: Convolution): void {
  if (x.length !== 4 || weight.length !== 4)
    throw new ShapeError(
      op,
      [x, weight],
      "images are [batch, channels, height, width], kernels have four axes as well",
      x.length === 3
        ? "for a single image, add a batch axis: x.reshape([1, ...x.shape])"
        : undefined,
    );
  if (weight[0] % groups !== 0)
    throw new ShapeError(
      op,
      [x, weight],
      `${weight[0]} kernels cannot be split into ${groups} equal groups`,
    );
}
