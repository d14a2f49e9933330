import { dtypeBeside, promote } from "../dtype.ts";
import type { Tensor } from "../tensor.ts";
import { pairwise, pointwise } from "./elementwise.ts";

export const add = pairwise("add", (a, b) => a + b, {
  backward: (g) => [() => g, () => g],
});

export const sub = pairwise("sub", (a, b) => a - b, {
  backward: (g) => [() => g, () => g.neg()],
});

export const mul = pairwise("mul", (a, b) => a * b, {
  backward: (g, a, b) => [() => g.mul(b), () => g.mul(a)],
});

/** Always float32: 1 / 2 is a half, whatever the inputs are. */
export const div = pairwise("div", (a, b) => a / b, {
  dtype: "float32",
  backward: (g, a, b) => [() => g.div(b), () => g.mul(a.div(b)).div(b).neg()],
});

/** Always float32: 2 to the power of -1 is a half. */
export const pow = pairwise("pow", (a, b) => (b === 2 ? a * a : b === 1 ? a : a ** b), {
  dtype: "float32",
  backward: (g, a, b) => [
    // Where b is 0 the result is 1 whatever a is; b a^(b-1) would be 0 · ∞ at a = 0.
    () => g.mul(b).mul(a.pow(b.sub(1).mul(b.notEqual(0)))),
    // Where a is 0 the result stays 0 for all b > 0; the logarithm would be -∞.
    () => g.mul(a.pow(b)).mul(a.add(a.equal(0)).log()),
  ],
});

/** The larger of the two; the gradient goes to the larger, and half to each where they are equal. */
export const maximum = pairwise("maximum", Math.max, {
  backward: (g, a, b) => shareOut(g, a.greater(b).add(a.equal(b).mul(0.5))),
});

/** The smaller of the two; the gradient goes to the smaller, and half to each where they are equal. */
export const minimum = pairwise("minimum", Math.min, {
  backward: (g, a, b) => shareOut(g, a.less(b).add(a.equal(b).mul(0.5))),
});

function shareOut(g: Tensor, toFirst: Tensor): [() => Tensor, () => Tensor] {
  return [() => g.mul(toFirst), () => g.mul(toFirst.neg().add(1))];
}

export const neg = pointwise("neg", (x) => -x, { backward: (g) => g.neg() });

export const abs = pointwise("abs", Math.abs, { backward: (g, x) => g.mul(x.sign()) });

/** -1, 0 or 1; flat wherever it has a slope, so its gradient is 0. */
export const sign = pointwise("sign", Math.sign, { backward: (g) => g.mul(0) });

export const sqrt = pointwise("sqrt", Math.sqrt, {
  dtype: "float32",
  backward: (g, _, y) => g.div(y.mul(2)),
});

export const exp = pointwise("exp", Math.exp, {
  dtype: "float32",
  backward: (g, _, y) => g.mul(y),
});

/** The natural logarithm. */
export const log = pointwise("log", Math.log, {
  dtype: "float32",
  backward: (g, x) => g.div(x),
});

export const sin = pointwise("sin", Math.sin, {
  dtype: "float32",
  backward: (g, x) => g.mul(x.cos()),
});

export const cos = pointwise("cos", Math.cos, {
  dtype: "float32",
  backward: (g, x) => g.mul(x.sin()).neg(),
});

/** The nearest number between two bounds; outside them it is flat. */
export const clamp = pointwise<{ min: number; max: number }>(
  "clamp",
  (x, { min, max }) => Math.min(Math.max(x, min), max),
  {
    dtype: (dtypes, { min, max }) =>
      [min, max].filter(Number.isFinite).reduce(dtypeBeside, promote(dtypes)),
    backward: (g, x, _, { min, max }) =>
      g.where(x.greaterEqual(min).logicalAnd(x.lessEqual(max)), 0),
  },
);
