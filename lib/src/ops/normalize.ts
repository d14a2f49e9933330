import { defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/** What is added under the root, so that nothing is divided by 0. */
export interface Epsilon {
  readonly eps: number;
}

/**
 * Each row of the last axis less its mean, divided by its standard deviation (Ba, Kiros and
 * Hinton 2016): (x - mean) / √(variance + eps).
 */
export const layerNorm: Op<Epsilon> = normalization("layerNorm", { centered: true });

/** Each row of the last axis divided by its root mean square (Zhang and Sennrich 2019): x / √(mean x² + eps). */
export const rmsNorm: Op<Epsilon> = normalization("rmsNorm", { centered: false });

function normalization(name: string, { centered }: { centered: boolean }): Op<Epsilon> {
  const center = (x: Tensor) => (centered ? x.sub(x.mean(-1, { keepDims: true })) : x);
  return defineOp<Epsilon>({
    name,
    dtype: "float32",
    shape([x], _, refuse) {
      if (x.length === 0) refuse("a single number has no axis to normalize");
      return x;
    },
    forward(y, [x], { inShapes: [shape], attributes: { eps } }) {
      const width = shape[shape.length - 1];
      for (let start = 0; start < x.length; start += width) {
        const end = start + width;
        let total = 0;
        if (centered) for (let i = start; i < end; i++) total += x[i];
        const middle = total / width;
        let squares = 0;
        for (let i = start; i < end; i++) squares += (x[i] - middle) ** 2;
        const root = Math.sqrt(squares / width + eps);
        for (let i = start; i < end; i++) y[i] = (x[i] - middle) / root;
      }
    },
    // To move one number is to move the root, and with it the whole row, along y.
    backward: (g, { inputs: [x], output: y, attributes: { eps } }) => {
      const root = center(x).pow(2).mean(-1, { keepDims: true }).add(eps).sqrt();
      const along = y.mul(g.mul(y).mean(-1, { keepDims: true }));
      return [center(g.sub(along)).div(root)];
    },
  });
}
