import type { TensorData } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import type { AlongAxis } from "./indexing.ts";
import { alongAxis, walkLanes } from "./lanes.ts";

/**
 * e^x, divided by its sum along an axis: positive numbers that add up to 1. The largest number is
 * taken off first, so that nothing overflows. Where all numbers are -Infinity there is no answer: NaN.
 */
export const softmax = alongAxis({
  name: "softmax",
  dtype: "float32",
  run(y, x, start, end, stride) {
    const top = largest(x, start, end, stride);
    let total = 0;
    for (let i = start; i < end; i += stride) total += y[i] = Math.exp(x[i] - top);
    for (let i = start; i < end; i += stride) y[i] /= total;
  },
  backward: (g, { output: y, attributes }) => [() => softmaxGradient([g, y], attributes)],
});

/** y (g - Σ g y): more for one means less for all others. */
const softmaxGradient = gradientAlongAxis(
  "softmaxGradient",
  (out, g, y, start, end, stride) => {
    let sum = 0;
    for (let i = start; i < end; i += stride) sum += g[i] * y[i];
    for (let i = start; i < end; i += stride) out[i] = y[i] * (g[i] - sum);
  },
  (v, g, y, axis) => {
    const sumOf = (x: Tensor) => x.sum(axis, { keepDims: true });
    const along = sumOf(v.mul(y));
    return [() => y.mul(v.sub(along)), () => v.mul(g.sub(sumOf(g.mul(y)))).sub(g.mul(along))];
  },
);

/** The logarithm of the {@link softmax}, without the loss of digits in between. */
export const logSoftmax = alongAxis({
  name: "logSoftmax",
  dtype: "float32",
  run(y, x, start, end, stride) {
    const top = largest(x, start, end, stride);
    let total = 0;
    for (let i = start; i < end; i += stride) total += Math.exp(x[i] - top);
    const log = Math.log(total);
    // One after the other: beside a large number, the small logarithm would lose its digits.
    for (let i = start; i < end; i += stride) y[i] = x[i] - top - log;
  },
  backward: (g, { output: y, attributes }) => [() => logSoftmaxGradient([g, y], attributes)],
});

/** g - e^y Σ g. */
const logSoftmaxGradient = gradientAlongAxis(
  "logSoftmaxGradient",
  (out, g, y, start, end, stride) => {
    let sum = 0;
    for (let i = start; i < end; i += stride) sum += g[i];
    for (let i = start; i < end; i += stride) out[i] = g[i] - Math.exp(y[i]) * sum;
  },
  (v, g, y, axis) => {
    const sumOf = (x: Tensor) => x.sum(axis, { keepDims: true });
    const shares = y.exp();
    return [() => v.sub(sumOf(v.mul(shares))), () => v.mul(shares).mul(sumOf(g)).neg()];
  },
);

type Lane = [start: number, end: number, stride: number];

/** An op for the gradient of an op that treats each row by itself: of g, and the y that came out. */
function gradientAlongAxis(
  name: string,
  run: (out: TensorData, g: TensorData, y: TensorData, ...lane: Lane) => void,
  backward: (v: Tensor, g: Tensor, y: Tensor, axis: number) => [() => Tensor, () => Tensor],
): Op<AlongAxis> {
  return defineOp<AlongAxis>({
    name,
    dtype: "float32",
    shape: ([g]) => g,
    forward(out, [g, y], { outShape, attributes: { axis } }) {
      walkLanes(name, outShape, axis, (start, end, stride) => run(out, g, y, start, end, stride));
    },
    backward: (v, { inputs: [g, y], attributes: { axis } }) => backward(v, g, y, axis),
  });
}

function largest(x: ArrayLike<number>, start: number, end: number, stride: number): number {
  let top = -Infinity;
  for (let i = start; i < end; i += stride) top = Math.max(top, x[i]);
  return top;
}
