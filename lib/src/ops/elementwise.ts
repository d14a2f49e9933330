import type { InputGradient } from "../autograd.ts";
import type { DType, TensorData } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { broadcastRuns, broadcastShapes, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

interface PointwiseOptions<Attributes> {
  /** The dtype of the result, where it does not follow the input's. */
  readonly dtype?: DType | ((dtypes: readonly DType[], attributes: Attributes) => DType);
  /** The gradient for x, from the gradient g for y = f(x). */
  readonly backward?: (g: Tensor, x: Tensor, y: Tensor, attributes: Attributes) => Tensor;
}

/** An op that looks at one number at a time; the shape stays. */
export function pointwise<Attributes = void>(
  name: string,
  f: (x: number, attributes: Attributes) => number,
  { dtype, backward }: PointwiseOptions<Attributes> = {},
): Op<Attributes> {
  return defineOp<Attributes>({
    name,
    shape: ([x]) => x,
    dtype,
    forward(y, [x], { attributes }) {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i], attributes);
    },
    backward:
      backward &&
      ((g, { inputs: [x], output: y, attributes }) => [() => backward(g, x, y, attributes)]),
  });
}

interface PairwiseOptions {
  readonly dtype?: DType;
  /** The gradients for a and b, of the result's shape; a broadcast input's is summed back here. */
  readonly backward?: (g: Tensor, a: Tensor, b: Tensor) => [a: () => Tensor, b: () => Tensor];
}

/** An op that takes two tensors number by number; shapes broadcast. */
export function pairwise(
  name: string,
  f: (a: number, b: number) => number,
  { dtype, backward }: PairwiseOptions = {},
): Op<void> {
  return defineOp({
    name,
    shape: ([a, b]) => broadcastShapes(name, a, b),
    dtype,
    forward(out, [a, b], { inShapes, outShape }) {
      walkBroadcast(inShapes, outShape, (start, length, [p, q], [stepA, stepB]) => {
        for (let i = start; i < start + length; i++, p += stepA, q += stepB) out[i] = f(a[p], b[q]);
      });
    },
    backward:
      backward &&
      ((g, { inputs }): InputGradient[] =>
        backward(g, inputs[0], inputs[1]).map(
          (gradient, i) => () => gradient().sumTo(inputs[i].shape),
        )),
  });
}

/**
 * Walks a broadcast result in order, run by run. Along a run, `length` places from `start` on, each
 * input moves on from its position by its step: 1, or 0 where it is repeated.
 */
export function walkBroadcast(
  inShapes: readonly Shape[],
  outShape: Shape,
  visit: (
    start: number,
    length: number,
    positions: readonly number[],
    steps: readonly number[],
  ) => void,
): void {
  const { lengths, steps } = broadcastRuns(inShapes, outShape);
  const positions = inShapes.map(() => 0);
  const index = lengths.map(() => 0);
  const size = sizeOf(outShape);
  for (let start = 0; start < size; start += lengths[0]) {
    visit(start, lengths[0], positions, steps[0]);
    // The runs are counted like an odometer.
    for (let level = 1; level < lengths.length; level++) {
      for (let k = 0; k < positions.length; k++) positions[k] += steps[level][k];
      if (++index[level] < lengths[level]) break;
      for (let k = 0; k < positions.length; k++) positions[k] -= steps[level][k] * lengths[level];
      index[level] = 0;
    }
  }
}

/** Copies a run of neighbors. A short one costs less in a loop than the call of set() does. */
export function copyRun(
  y: TensorData,
  to: number,
  x: TensorData,
  from: number,
  length: number,
): void {
  if (length > 512) y.set(x.subarray(from, from + length), to);
  else for (let i = 0; i < length; i++) y[to + i] = x[from + i];
}

/**
 * Reads x in another order: along each axis of the result, one step of its own, starting at
 * `from`. A step of 0 repeats, a step below 0 goes backward.
 */
export function readStrided(
  y: TensorData,
  x: TensorData,
  outShape: Shape,
  steps: readonly number[],
  from = 0,
): void {
  // Axes along which one just reads on are taken as one.
  const lengths: number[] = [];
  const strides: number[] = [];
  outShape.forEach((length, axis) => {
    const outer = lengths.length - 1;
    if (strides[outer] === steps[axis] * length) {
      lengths[outer] *= length;
      strides[outer] = steps[axis];
    } else if (length !== 1) {
      lengths.push(length);
      strides.push(steps[axis]);
    }
  });
  const last = lengths.length - 1;
  const [length, step] = last < 0 ? [1, 1] : [lengths[last], strides[last]];
  const index = lengths.map(() => 0);
  for (let start = 0, first = from; start < y.length; start += length) {
    if (step === 1) copyRun(y, start, x, first, length);
    else for (let i = start, at = first; i < start + length; i++, at += step) y[i] = x[at];
    for (let axis = last - 1; axis >= 0; axis--) {
      first += strides[axis];
      if (++index[axis] < lengths[axis]) break;
      first -= strides[axis] * lengths[axis];
      index[axis] = 0;
    }
  }
}
