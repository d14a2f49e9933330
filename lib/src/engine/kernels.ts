import type { KernelInfo } from "../op.ts";
import type { GeluAttributes } from "../ops/activations.ts";
import type { Convolution } from "../ops/conv.ts";
import type { AlongAxis } from "../ops/indexing.ts";
import type { MatmulAttributes } from "../ops/matmul.ts";
import type { Epsilon } from "../ops/normalize.ts";
import type { Reduction } from "../ops/reduction.ts";
import type { Change } from "../optim/optimizer.ts";
import type { AdamOptions, SGDOptions } from "../optim/optimizers.ts";
import { broadcastRuns, broadcastStrides, type Shape, sizeOf } from "../shape.ts";
import type { Machine } from "./wasm.ts";

/** Below so many multiplications, copying in and out costs more than the plain kernel does. */
const WORTH = 4096;

/** How to do one op of known shapes. */
export interface Job {
  /** Whole numbers that the kernel reads from memory, such as sizes. */
  readonly constants?: readonly number[];
  /** Bytes of scratch that it needs; none by default. */
  scratch?(machine: Machine): number;
  /** All are addresses; `constants` is where those lie. */
  run(
    machine: Machine,
    inputs: readonly number[],
    out: number,
    scratch: number,
    constants: number,
  ): void;
  /** Which inputs are changed in place; then there is no other result. */
  readonly changes?: readonly number[];
}

/** For each op that has a fast kernel, how it is done for given shapes, if that is worth it. */
export const fastKernels: Readonly<Record<string, (info: KernelInfo<unknown>) => Job | undefined>> =
  {
    matmul,
    conv2d,
    convTranspose2d,
    conv2dWeight,
    optimizerStep,
    add: (info) => pairwise(0, info),
    sub: (info) => pairwise(1, info),
    mul: (info) => pairwise(2, info),
    div: (info) => pairwise(3, info),
    maximum: (info) => pairwise(4, info),
    minimum: (info) => pairwise(5, info),
    neg: (info) => pointwise(0, info),
    abs: (info) => pointwise(1, info),
    sqrt: (info) => pointwise(2, info),
    relu: (info) => pointwise(3, info),
    exp: (info) => pointwise(4, info),
    log: (info) => pointwise(5, info),
    tanh: (info) => pointwise(6, info),
    sigmoid: (info) => pointwise(7, info),
    silu: (info) => pointwise(8, info),
    gelu: (info) =>
      (info.attributes as GeluAttributes).approximate === "tanh" ? pointwise(9, info) : undefined,
    softmax: (info) => rowwise(info, "softmax"),
    logSoftmax: (info) => rowwise(info, "logSoftmax"),
    layerNorm: (info) => normalization(info, true),
    rmsNorm: (info) => normalization(info, false),
    sum: (info) => reduction(info, () => 1),
    mean: (info) => reduction(info, (count) => 1 / count),
    sumTo,
  };

/** `op` is the kernel's number for it: lib/kernels/elementwise.ts. */
function pairwise(op: number, { inShapes, outShape }: KernelInfo<unknown>): Job | undefined {
  if (sizeOf(outShape) < WORTH) return undefined;
  const { lengths, steps } = broadcastRuns(inShapes, outShape);
  const levels = lengths.flatMap((length, i) => [length, ...steps[i], 0]);
  return {
    constants: [lengths.length, ...levels],
    run: ({ exports }, [a, b], out, _, walk) => exports.binary(op, walk, a, b, out),
  };
}

function pointwise(op: number, { outShape }: KernelInfo<unknown>): Job | undefined {
  const n = sizeOf(outShape);
  if (n < WORTH) return undefined;
  return { run: ({ exports }, [x], out) => exports.unary(op, n, x, out) };
}

/** The rows along the last axis, or all numbers as one row. */
function rowsOf(shape: Shape, axis: number | undefined): { rows: number; width: number } | null {
  const size = sizeOf(shape);
  if (size < WORTH) return null;
  if (axis === undefined) return { rows: 1, width: size };
  const last = shape.length - 1;
  return axis === -1 || axis === last ? { rows: size / shape[last], width: shape[last] } : null;
}

function rowwise(
  { outShape, attributes }: KernelInfo<unknown>,
  kernel: "softmax" | "logSoftmax",
): Job | undefined {
  const found = rowsOf(outShape, (attributes as AlongAxis).axis);
  if (!found) return undefined;
  const { rows, width } = found;
  return { run: ({ exports }, [x], out) => exports[kernel](rows, width, x, out) };
}

function normalization(info: KernelInfo<unknown>, centered: boolean): Job | undefined {
  const { eps } = info.attributes as Epsilon;
  const found = rowsOf(info.outShape, -1);
  if (!found) return undefined;
  const { rows, width } = found;
  return {
    run: ({ exports }, [x], out) => exports.normalize(rows, width, eps, centered, x, out),
  };
}

function reduction(
  { inShapes: [shape], attributes }: KernelInfo<unknown>,
  scaleOf: (count: number) => number,
): Job | undefined {
  const found = rowsOf(shape, (attributes as Reduction).axis);
  if (!found) return undefined;
  const { rows, width } = found;
  const scale = scaleOf(width);
  return { run: ({ exports }, [x], out) => exports.sumRows(rows, width, scale, x, out) };
}

/** Where all that is left are the last axes, as of a bias. */
function sumTo({ inShapes: [shape], outShape }: KernelInfo<unknown>): Job | undefined {
  const size = sizeOf(shape);
  const width = sizeOf(outShape);
  if (size < WORTH || width === 1) return undefined;
  const kept = outShape.slice(outShape.findIndex((length) => length !== 1));
  const last = shape.slice(shape.length - kept.length);
  if (!kept.every((length, i) => length === last[i])) return undefined;
  return {
    scratch: () => 8 * width,
    run: ({ exports }, [x], out, sums) => exports.sumColumns(size / width, width, x, out, sums),
  };
}

function matmul(info: KernelInfo<unknown>): Job | undefined {
  const { transposeA, transposeB } = info.attributes as MatmulAttributes;
  const [a, b] = info.inShapes;
  const [n, m] = info.outShape.slice(-2);
  const k = a[a.length - (transposeA ? 2 : 1)];
  const stack = info.outShape.slice(0, -2);
  if (sizeOf(info.outShape) * k < WORTH) return undefined;
  const [aRow, aColumn] = transposeA ? [1, n] : [k, 1];
  const [bRow, bColumn] = transposeB ? [1, k] : [m, 1];
  const aPlaces = stackPlaces(a, stack);
  const bPlaces = stackPlaces(b, stack);
  return {
    scratch: ({ exports }) => exports.gemmScratch(),
    run({ exports }, [x, y], out, scratch) {
      for (let i = 0; i < aPlaces.length; i++) {
        const left = x + 4 * n * k * aPlaces[i];
        const right = y + 4 * k * m * bPlaces[i];
        const to = out + 4 * n * m * i;
        exports.gemm(n, m, k, left, aRow, aColumn, right, bRow, bColumn, to, m, false, scratch);
      }
    },
  };
}

function conv2d({ inShapes: [x, weight], outShape, attributes }: KernelInfo<unknown>) {
  return convolution("convForward", x, weight, outShape, attributes as Convolution);
}

/** The same product read the other way: from y [n, in, …] into images. */
function convTranspose2d({ inShapes: [y, weight], outShape, attributes }: KernelInfo<unknown>) {
  return convolution("convInput", outShape, weight, y, attributes as Convolution);
}

function conv2dWeight({ inShapes: [x, y], outShape, attributes }: KernelInfo<unknown>) {
  return convolution("convWeight", x, outShape, y, attributes as Convolution);
}

/**
 * The three have the same sizes: images, kernels, and the places where the kernels were laid. Their
 * order in `constants` is that of lib/kernels/conv.ts.
 */
function convolution(
  kernel: "convForward" | "convInput" | "convWeight",
  [batch, channels, height, width]: Shape,
  [, perGroup, kernelHeight, kernelWidth]: Shape,
  [, filters, outHeight, outWidth]: Shape,
  { stride, padding, dilation, groups }: Convolution,
): Job | undefined {
  const places = batch * filters * outHeight * outWidth;
  if (places * perGroup * kernelHeight * kernelWidth < WORTH) return undefined;
  const constants = [
    ...[batch, channels, height, width, filters, kernelHeight, kernelWidth, outHeight, outWidth],
    ...[...stride, ...padding, ...dilation, groups],
  ];
  return {
    constants,
    scratch: ({ exports }) =>
      4 * perGroup * kernelHeight * kernelWidth * outHeight * outWidth + exports.gemmScratch(),
    run: ({ exports }, [a, b], out, scratch, sizes) => exports[kernel](sizes, a, b, out, scratch),
  };
}

/** One parameter's update, by the rules that have a kernel. Settings and step count are read live. */
function optimizerStep({ outShape, attributes }: KernelInfo<unknown>): Job | undefined {
  const n = sizeOf(outShape);
  const { rule, names, group, memory } = attributes as Change<AdamOptions & SGDOptions>;
  if (n < WORTH) return undefined;
  if (rule.name === "SGD")
    return {
      changes: names.length > 0 ? [0, 2] : [0],
      run({ exports }, [w, g, velocity = 0]) {
        memory.steps++;
        const { lr, momentum, weightDecay, nesterov } = group;
        exports.sgd(n, w, g, velocity, lr, momentum, weightDecay, nesterov);
      },
    };
  if (rule.name !== "Adam" && rule.name !== "AdamW") return undefined;
  const decoupled = rule.name === "AdamW";
  return {
    changes: [0, 2, 3],
    run({ exports }, [w, g, mean, square]) {
      const step = ++memory.steps;
      const { lr, betas, eps, weightDecay } = group;
      const [beta1, beta2] = betas;
      const rate = lr / (1 - beta1 ** step);
      const grown = 1 / Math.sqrt(1 - beta2 ** step);
      const [decay, shrink] = decoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1];
      const [rest1, rest2] = [1 - beta1, 1 - beta2];
      exports.adam(
        n,
        w,
        g,
        mean,
        square,
        rate,
        beta1,
        rest1,
        beta2,
        rest2,
        grown,
        eps,
        decay,
        shrink,
      );
    },
  };
}

/** Which matrix of a stack goes into each of the result's, where stacks broadcast. */
function stackPlaces(shape: Shape, stack: Shape): number[] {
  const strides = broadcastStrides(shape.slice(0, -2), stack);
  return stack.reduce<number[]>(
    (places, size, axis) =>
      places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[axis])),
    [0],
  );
}
