import type { InputGradient } from "../autograd.ts";
import type { DType, TensorData } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import { broadcastLevels, broadcastShapes, type Level, levelsOf, type Shape } from "../shape.ts";
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

/** Told where a run begins, how long it is, where each thing stands then, and how far it goes each time. */
type Visit = (
  start: number,
  length: number,
  positions: readonly number[],
  steps: readonly number[],
) => void;

/**
 * Walks through things run by run, the innermost level being a run. Runs are numbered on: each
 * begins where the one before ended.
 */
export function walk(levels: readonly Level[], positions: number[], visit: Visit): void {
  const [{ length, steps }] = levels;
  const index = levels.map(() => 0);
  const size = levels.reduce((product, level) => product * level.length, 1);
  for (let start = 0; start < size; start += length) {
    visit(start, length, positions, steps);
    // The runs are counted like an odometer.
    for (let i = 1; i < levels.length; i++) {
      const level = levels[i];
      for (let k = 0; k < positions.length; k++) positions[k] += level.steps[k];
      if (++index[i] < level.length) break;
      for (let k = 0; k < positions.length; k++) positions[k] -= level.steps[k] * level.length;
      index[i] = 0;
    }
  }
}

/** Walks a broadcast result in order: along a run an input moves on by 1, or by 0 where it is repeated. */
export function walkBroadcast(inShapes: readonly Shape[], outShape: Shape, visit: Visit): void {
  walk(
    broadcastLevels(inShapes, outShape),
    inShapes.map(() => 0),
    visit,
  );
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
  walk(levelsOf(outShape, [steps]), [from], (start, length, [first], [step]) => {
    if (step === 1) copyRun(y, start, x, first, length);
    else for (let i = start, at = first; i < start + length; i++, at += step) y[i] = x[at];
  });
}
