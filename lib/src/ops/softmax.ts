import { alongAxis } from "./lanes.ts";

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
  backward: (g, { output: y, attributes: { axis } }) => {
    const weighted = g.mul(y);
    return [() => weighted.sub(y.mul(weighted.sum(axis, { keepDims: true })))];
  },
});

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
  backward: (g, { output: y, attributes: { axis } }) => [
    () => g.sub(y.exp().mul(g.sum(axis, { keepDims: true }))),
  ],
});

function largest(x: ArrayLike<number>, start: number, end: number, stride: number): number {
  let top = -Infinity;
  for (let i = start; i < end; i += stride) top = Math.max(top, x[i]);
  return top;
}
