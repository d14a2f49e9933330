import { defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { pointwise } from "./elementwise.ts";

/**
 * g times a function's slope at x, as an op of its own: many steps, and they are taken at every step
 * of training. `bend` is how the slope changes in turn.
 */
function slopeTimes<Attributes = void>(
  name: string,
  slope: (x: number, attributes: Attributes) => number,
  bend: (x: Tensor, attributes: Attributes) => Tensor,
): Op<Attributes> {
  const op: Op<Attributes> = defineOp<Attributes>({
    name,
    dtype: "float32",
    shape: ([g]) => g,
    forward(out, [g, x], { attributes }) {
      for (let i = 0; i < out.length; i++) out[i] = g[i] * slope(x[i], attributes);
    },
    backward: (v, { inputs: [g, x], attributes }) => [
      () => op([v, x], attributes),
      () => v.mul(g).mul(bend(x, attributes)),
    ],
  });
  return op;
}

/** max(x, 0); NaN stays NaN. At 0 its slope is taken as 0. Its result tells as much as x does. */
export const relu = pointwise("relu", (x) => Math.max(x, 0), {
  backward: (g, _, y) => g.where(y.greater(0), 0),
});

/** x where it is above 0, elsewhere `slope` times x (Maas, Hannun and Ng 2013). */
export const leakyRelu = pointwise<{ slope: number }>(
  "leakyRelu",
  (x, { slope }) => (x > 0 ? x : x * slope),
  { dtype: "float32", backward: (g, x, _, { slope }) => g.where(x.greater(0), g.mul(slope)) },
);

/** 1 / (1 + e^-x). For large negative x, e^-x is infinite and the result 0, as it should be. */
export const sigmoid = pointwise("sigmoid", (x) => 1 / (1 + Math.exp(-x)), {
  dtype: "float32",
  backward: (g, _, y) => g.mul(y).mul(y.neg().add(1)),
});

export const tanh = pointwise("tanh", Math.tanh, {
  dtype: "float32",
  backward: (g, _, y) => g.mul(y.mul(y).neg().add(1)),
});

/** log(1 + e^x), a relu without the corner; written so that e^x cannot overflow. */
export const softplus = pointwise(
  "softplus",
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  { dtype: "float32", backward: (g, x) => g.mul(x.sigmoid()) },
);

/** x · sigmoid(x), also called swish (Elfwing, Uchibe and Doya 2017; Ramachandran and others 2017). */
export const silu = pointwise("silu", (x) => x / (1 + Math.exp(-x)), {
  dtype: "float32",
  backward: (g, x) => siluGradient([g, x]),
});

const siluGradient = slopeTimes(
  "siluGradient",
  (x) => {
    // Further out it is flat, or straight.
    const near = Math.min(Math.max(x, -100), 100);
    const s = 1 / (1 + Math.exp(-near));
    return s + near * s * (1 - s);
  },
  (x) => {
    const s = x.sigmoid();
    return s.mul(s.neg().add(1)).mul(x.mul(s.mul(-2).add(1)).add(2));
  },
);

/** The area under the normal distribution: the chance that a draw lies between -x√2 and x√2. */
export const erf = pointwise("erf", errorFunction, {
  dtype: "float32",
  backward: (g, x) => g.mul(x.mul(x).neg().exp()).mul(2 / Math.sqrt(Math.PI)),
});

/** To fifteen digits (Abramowitz and Stegun 1964, formulas 7.1.6 and 7.1.14). */
function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size > 2.5) {
    // A continued fraction for what is missing to 1: x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …
    let rest = size;
    for (let k = 60; k > 0; k--) rest = size + k / 2 / rest;
    return Math.sign(x) * (1 - Math.exp(-x * x) / (rest * Math.sqrt(Math.PI)));
  }
  // A series whose terms all have one sign, so that none takes digits from another.
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Whether gelu is exact, or a formula with tanh close to it, which GPT-2 was trained with. */
export interface GeluAttributes {
  readonly approximate: "none" | "tanh";
}

/** x · P(a normal draw is below x) (Hendrycks and Gimpel 2016). */
export const gelu = pointwise<GeluAttributes>(
  "gelu",
  (x, { approximate }) =>
    approximate === "tanh"
      ? (x / 2) * (1 + Math.tanh(SLOPE * (x + CUBE * x ** 3)))
      : (x / 2) * (1 + errorFunction(x * Math.SQRT1_2)),
  { dtype: "float32", backward: (g, x, _, attributes) => geluGradient([g, x], attributes) },
);

const geluGradient = slopeTimes<GeluAttributes>(
  "geluGradient",
  (x, { approximate }) => {
    const near = Math.min(Math.max(x, -20), 20);
    if (approximate === "none") {
      const below = (1 + errorFunction(near * Math.SQRT1_2)) / 2;
      return below + (near * Math.exp((near * near) / -2)) / Math.sqrt(2 * Math.PI);
    }
    const t = Math.tanh(SLOPE * (near + CUBE * near ** 3));
    return (1 + t + near * SLOPE * (1 + 3 * CUBE * near * near) * (1 - t * t)) / 2;
  },
  (x, { approximate }) => {
    const square = x.mul(x);
    if (approximate === "none") {
      const density = square
        .div(-2)
        .exp()
        .div(Math.sqrt(2 * Math.PI));
      return density.mul(square.neg().add(2));
    }
    // With t = tanh(u): t' = (1 - t²) u' and t'' = (1 - t²) (u'' - 2 t u'²).
    const t = x.mul(square.mul(CUBE).add(1)).mul(SLOPE).tanh();
    const slope = square
      .mul(3 * CUBE)
      .add(1)
      .mul(SLOPE);
    const bend = x.mul(6 * CUBE * SLOPE).sub(t.mul(slope).mul(slope).mul(2));
    return t
      .mul(t)
      .neg()
      .add(1)
      .mul(slope.add(x.mul(bend).div(2)));
  },
);

const SLOPE = Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;
