import { pairwise, pointwise } from "./elementwise.ts";

export const add = pairwise("add", (a, b) => a + b);
export const sub = pairwise("sub", (a, b) => a - b);
export const mul = pairwise("mul", (a, b) => a * b);
/** Always float32: 1 / 2 is a half, whatever the inputs are. */
export const div = pairwise("div", (a, b) => a / b, "float32");
/** Always float32: 2 to the power of -1 is a half. */
export const pow = pairwise("pow", (a, b) => a ** b, "float32");
export const maximum = pairwise("maximum", Math.max);
export const minimum = pairwise("minimum", Math.min);

export const neg = pointwise("neg", (x) => -x);
export const abs = pointwise("abs", Math.abs);
/** -1, 0 or 1. */
export const sign = pointwise("sign", Math.sign);
export const sqrt = pointwise("sqrt", Math.sqrt, "float32");
export const exp = pointwise("exp", Math.exp, "float32");
/** The natural logarithm. */
export const log = pointwise("log", Math.log, "float32");
