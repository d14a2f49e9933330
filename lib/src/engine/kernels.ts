import type { KernelInfo } from "../op.ts";
import type { Convolution } from "../ops/conv.ts";
import type { MatmulAttributes } from "../ops/matmul.ts";
import type { Change } from "../optim/optimizer.ts";
import type { AdamOptions, SGDOptions } from "../optim/optimizers.ts";
import { broadcastStrides, type Shape, sizeOf } from "../shape.ts";
import type { Exports, Machine } from "./wasm.ts";

/** Below so many multiplications, copying in and out costs more than the plain kernel does. */
const WORTH = 4096;

/** How to do one op of known shapes. */
export interface Job {
  /** Bytes of scratch that it needs. */
  scratch(machine: Machine): number;
  run(machine: Machine, inputs: readonly number[], out: number, scratch: number): void;
  /** Which inputs are changed in place; then there is no other result. */
  readonly changes?: readonly number[];
}

/** For each op that has a fast kernel, how it is done for given shapes, if that is worth it. */
export const fastKernels: Readonly<Record<string, (info: KernelInfo<unknown>) => Job | undefined>> =
  { matmul, conv2d, convTranspose2d, conv2dWeight, optimizerStep };

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
  return convolution(
    x,
    weight,
    outShape,
    attributes as Convolution,
    (exports, at, ins, out, room) => exports.convForward(at, ins[0], ins[1], out, room),
  );
}

/** The same product read the other way: from y [n, in, …] into images. */
function convTranspose2d({ inShapes: [y, weight], outShape, attributes }: KernelInfo<unknown>) {
  return convolution(
    outShape,
    weight,
    y,
    attributes as Convolution,
    (exports, at, ins, out, room) => exports.convInput(at, ins[0], ins[1], out, room),
  );
}

function conv2dWeight({ inShapes: [x, y], outShape, attributes }: KernelInfo<unknown>) {
  return convolution(x, outShape, y, attributes as Convolution, (exports, at, ins, out, room) =>
    exports.convWeight(at, ins[0], ins[1], out, room),
  );
}

/** How many numbers the sizes of a convolution are; their order is that of lib/kernels/conv.ts. */
const SIZES = 16;

/** The three have the same sizes: images, kernels, and the places where the kernels were laid. */
function convolution(
  [batch, channels, height, width]: Shape,
  [, perGroup, kernelHeight, kernelWidth]: Shape,
  [, filters, outHeight, outWidth]: Shape,
  { stride, padding, dilation, groups }: Convolution,
  run: (
    exports: Exports,
    sizes: number,
    inputs: readonly number[],
    out: number,
    scratch: number,
  ) => void,
): Job | undefined {
  const places = batch * filters * outHeight * outWidth;
  if (places * perGroup * kernelHeight * kernelWidth < WORTH) return undefined;
  const sizes = [
    ...[batch, channels, height, width, filters, kernelHeight, kernelWidth, outHeight, outWidth],
    ...[...stride, ...padding, ...dilation, groups],
  ];
  return {
    scratch: ({ exports }) =>
      4 * (SIZES + perGroup * kernelHeight * kernelWidth * outHeight * outWidth) +
      exports.gemmScratch(),
    run(machine, inputs, out, scratch) {
      machine.integers(scratch, SIZES).set(sizes);
      run(machine.exports, scratch, inputs, out, scratch + 4 * SIZES);
    },
  };
}

/** One parameter's update, by the rules that have a kernel. Settings and step count are read live. */
function optimizerStep({ outShape, attributes }: KernelInfo<unknown>): Job | undefined {
  const n = sizeOf(outShape);
  const { rule, names, group, memory } = attributes as Change<AdamOptions & SGDOptions>;
  if (n < WORTH) return undefined;
  if (rule.name === "SGD")
    return {
      scratch: () => 0,
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
    scratch: () => 0,
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
