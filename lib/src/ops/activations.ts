import { pointwise } from "./elementwise.ts";

/** max(x, 0); NaN stays NaN. */
export const relu = pointwise("relu", (x) => Math.max(x, 0));

/** 1 / (1 + e^-x). For large negative x, e^-x is infinite and the result 0, as it should be. */
export const sigmoid = pointwise("sigmoid", (x) => 1 / (1 + Math.exp(-x)), "float32");

export const tanh = pointwise("tanh", Math.tanh, "float32");
