import { pointwise } from "./elementwise.ts";

/** max(x, 0); NaN stays NaN. At 0 its slope is taken as 0. */
export const relu = pointwise("relu", (x) => Math.max(x, 0), {
  backward: (g, x) => g.mul(x.greater(0)),
});

/** 1 / (1 + e^-x). For large negative x, e^-x is infinite and the result 0, as it should be. */
export const sigmoid = pointwise("sigmoid", (x) => 1 / (1 + Math.exp(-x)), {
  dtype: "float32",
  backward: (g, _, y) => g.mul(y).mul(y.neg().add(1)),
});

export const tanh = pointwise("tanh", Math.tanh, {
  dtype: "float32",
  backward: (g, _, y) => g.mul(y.mul(y).neg().add(1)),
});
