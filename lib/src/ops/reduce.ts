import type { Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./join.ts";
import { type Reduction, reduce } from "./reduction.ts";

export type { ReduceOp, Reduction } from "./reduction.ts";

const one = (): number => 1;

/** Sums run in float64 and are rounded once, at the end. Of no numbers: 0. */
export const sum = reduce({
  name: "sum",
  run: total,
  backward: (g, x) => g.expand(x.shape),
});

export const mean = reduce({
  name: "mean",
  dtype: "float32",
  needs: one,
  run: (x, start, end, stride) => (total(x, start, end, stride) * stride) / (end - start),
  backward: (g, x, _, attributes) => g.div(countOf(x, attributes)).expand(x.shape),
});

function total(x: ArrayLike<number>, start: number, end: number, stride: number): number {
  let sum = 0;
  for (let i = start; i < end; i += stride) sum += x[i];
  return sum;
}

/** How many numbers went into each of the result's. */
function countOf(x: Tensor, { axis }: Reduction): number {
  return axis === undefined ? x.size : x.shape.at(axis)!;
}

/** The product. Of no numbers: 1. */
export const prod = reduce({
  name: "prod",
  run(x, start, end, stride) {
    let product = 1;
    for (let i = start; i < end; i += stride) product *= x[i];
    return product;
  },
  backward: (g, x, _, { axis }) =>
    axis === undefined ? g.mul(others(x.flatten(), 0).reshape(x.shape)) : g.mul(others(x, axis)),
});

/**
 * For each number, the product of all others along the axis, found without dividing, since there
 * may be zeros: numbers are paired, and what is missing beside a pair is missing beside its product.
 */
function others(x: Tensor, axis: number): Tensor {
  const count = x.shape.at(axis)!;
  if (count < 2) return x.newFull(x.shape, 1);
  const half = Math.ceil(count / 2);
  const left = x.slice(0, half, axis);
  const rest = x.slice(half, count, axis);
  const filler = rest.newFull(left.slice(0, 2 * half - count, axis).shape, 1);
  const right = concat([rest, filler], { axis });
  const beside = others(left.mul(right), axis);
  return concat([beside.mul(right), beside.mul(left)], { axis }).slice(0, count, axis);
}

/** What `var` and {@link std} subtract from n before they divide by it. */
export type Spread = Reduction & { readonly correction: number };

const enough = ({ correction }: Spread): number => Math.floor(Math.max(correction, 0)) + 1;

/** The mean squared distance from the mean: divides by n - correction, n by default, as NumPy does. */
const variance = reduce<Spread>({
  name: "var",
  dtype: "float32",
  needs: enough,
  run: spread,
  backward: (g, x, _, attributes) => fromMean(x, attributes).mul(g.mul(2)),
});

export { variance as var };

/** The square root of the variance. Where all numbers are equal, its gradient is taken as 0. */
export const std = reduce<Spread>({
  name: "std",
  dtype: "float32",
  needs: enough,
  run: (...lane) => Math.sqrt(spread(...lane)),
  backward: (g, x, y, attributes) => fromMean(x, attributes).mul(g.div(notZero(y))),
});

function spread(
  x: ArrayLike<number>,
  start: number,
  end: number,
  stride: number,
  { correction }: Spread,
): number {
  const count = (end - start) / stride;
  const middle = total(x, start, end, stride) / count;
  let squares = 0;
  for (let i = start; i < end; i += stride) squares += (x[i] - middle) ** 2;
  return squares / (count - correction);
}

/** (x - mean) / (n - correction), half of how the variance changes with each number. */
function fromMean(x: Tensor, attributes: Spread): Tensor {
  const middle = mean([x], { axis: attributes.axis, keepDims: true });
  return x.sub(middle).div(countOf(x, attributes) - attributes.correction);
}

/** 1 where there is a 0, so that it can be divided by. */
function notZero(x: Tensor): Tensor {
  return x.add(x.equal(0));
}

/**
 * log(e^a + e^b + …), with the largest taken off first so that nothing overflows. Of no numbers,
 * or of nothing but -Infinity: -Infinity, with gradient 0.
 */
export const logsumexp = reduce({
  name: "logsumexp",
  dtype: "float32",
  run(x, start, end, stride) {
    let top = -Infinity;
    for (let i = start; i < end; i += stride) top = Math.max(top, x[i]);
    if (!Number.isFinite(top)) return top;
    let sum = 0;
    for (let i = start; i < end; i += stride) sum += Math.exp(x[i] - top);
    return top + Math.log(sum);
  },
  backward(g, x, y, { axis }) {
    // e^(x - y) is the share of each, but for y's rounding: so it is shared out anew.
    const parts = x.sub(y.detach().maskedFill(y.equal(-Infinity), 0)).exp();
    return g.mul(parts.div(notZero(parts.sum(axis, { keepDims: true }))));
  },
});

/** Which norm: 1 adds sizes, 2 is the length, Infinity the largest size. */
export type NormAttributes = Reduction & { readonly p: number };

/** (|a|^p + |b|^p + …)^(1/p). Where it is 0, its gradient is taken as 0. */
export const norm = reduce<NormAttributes>({
  name: "norm",
  dtype: "float32",
  run(x, start, end, stride, { p }) {
    let largest = 0;
    for (let i = start; i < end; i += stride) largest = Math.max(largest, Math.abs(x[i]));
    if (p === Infinity || largest === 0 || !Number.isFinite(largest)) return largest;
    let sum = 0;
    for (let i = start; i < end; i += stride) {
      const part = Math.abs(x[i]) / largest;
      sum += p === 2 ? part * part : part ** p;
    }
    return largest * sum ** (1 / p);
  },
  backward(g, x, y, { axis, p }) {
    if (p === 2) return g.mul(x.div(notZero(y)));
    if (p === Infinity) {
      const reached = x.abs().equal(y);
      return g.mul(x.sign()).mul(reached.div(reached.sum(axis, { keepDims: true })));
    }
    return g.mul(x.sign()).mul(notZero(x.abs().div(notZero(y))).pow(p - 1));
  },
});

/** Whether any number is not 0. */
export const any = reduce({
  name: "any",
  dtype: "bool",
  run(x, start, end, stride) {
    for (let i = start; i < end; i += stride) if (x[i] !== 0) return 1;
    return 0;
  },
});

/** Whether no number is 0. */
export const all = reduce({
  name: "all",
  dtype: "bool",
  run(x, start, end, stride) {
    for (let i = start; i < end; i += stride) if (x[i] === 0) return 0;
    return 1;
  },
});

/** The place of the largest number; of several, the first. */
export const argmax = placeOfBest("argmax", (a, b) => a > b);

/** The place of the smallest number; of several, the first. */
export const argmin = placeOfBest("argmin", (a, b) => a < b);

/** NaN anywhere gives NaN, as in NumPy. The gradient goes to the place that argmax names. */
export const max = bestOf("max", argmax, (a, b) => a > b);

/** NaN anywhere gives NaN, as in NumPy. The gradient goes to the place that argmin names. */
export const min = bestOf("min", argmin, (a, b) => a < b);

type Beats = (a: number, b: number) => boolean;

function placeOfBest(name: string, beats: Beats): Op<Reduction> {
  return reduce({
    name,
    dtype: "int32",
    needs: one,
    run: (x, start, end, stride) => (best(x, start, end, stride, beats) - start) / stride,
  });
}

function bestOf(name: string, place: Op<Reduction>, beats: Beats): Op<Reduction> {
  return reduce({
    name,
    dtype: "same",
    needs: one,
    run: (x, start, end, stride) => x[best(x, start, end, stride, beats)],
    // Zeros like x, with each gradient where its number came from.
    backward(g, x, _, { axis }) {
      const lane = axis === undefined ? x.flatten() : x;
      const from = place([lane], { axis: axis ?? 0, keepDims: true });
      const out = g.newZeros(lane.shape).scatterAdd(axis ?? 0, from, g.reshape(from.shape));
      return out.reshape(x.shape);
    },
  });
}

/** The first position whose number beats all others; a NaN beats everything. */
function best(
  x: ArrayLike<number>,
  start: number,
  end: number,
  stride: number,
  beats: Beats,
): number {
  let at = start;
  for (let i = start; i < end; i += stride) {
    if (Number.isNaN(x[i])) return i;
    if (beats(x[i], x[at])) at = i;
  }
  return at;
}
