import type { TensorData } from "../dtype.ts";
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
  const meanOf = (x: Tensor) => x.mean(-1, { keepDims: true });
  const center = (x: Tensor) => (centered ? x.sub(meanOf(x)) : x);
  const op: Op<Epsilon> = defineOp<Epsilon>({
    name,
    dtype: "float32",
    shape([x], _, refuse) {
      if (x.length === 0) refuse("a single number has no axis to normalize");
      return x;
    },
    forward(y, [x], { inShapes: [shape], attributes: { eps } }) {
      const width = shape[shape.length - 1];
      for (let start = 0; start < x.length; start += width) {
        const { middle, root } = statistics(x, start, width, eps);
        for (let i = start; i < start + width; i++) y[i] = (x[i] - middle) / root;
      }
    },
    backward: (g, { inputs: [x], attributes }) => [() => gradient([g, x], attributes)],
  });
  // To move one number is to move the root, and with it the whole row, along y. That is a matrix
  // J = (C - y yᵀ / n) / root for each row, where C takes the mean off, and it is its own transpose.
  const gradient: Op<Epsilon> = defineOp<Epsilon>({
    name: `${name}Gradient`,
    dtype: "float32",
    shape: ([g]) => g,
    forward(out, [g, x], { outShape: shape, attributes: { eps } }) {
      const width = shape[shape.length - 1];
      for (let start = 0; start < x.length; start += width) {
        const { middle, root } = statistics(x, start, width, eps);
        let all = 0;
        let along = 0;
        for (let i = start; i < start + width; i++) {
          all += g[i];
          along += g[i] * ((x[i] - middle) / root);
        }
        const mean = centered ? all / width : 0;
        for (let i = start; i < start + width; i++)
          out[i] = (g[i] - mean - (((x[i] - middle) / root) * along) / width) / root;
      }
    },
    backward: (v, { inputs: [g, x], output: jg, attributes }) => {
      const jv = gradient([v, x], attributes);
      return [
        jv,
        // How vᵀ J g changes with x, by way of the root and by way of y, twice.
        () => {
          const y = op([x], attributes);
          const away = center(x);
          const root = meanOf(away.mul(away)).add(attributes.eps).sqrt();
          const parts = y
            .mul(meanOf(v.mul(jg)))
            .add(jv.mul(meanOf(g.mul(y))))
            .add(jg.mul(meanOf(v.mul(y))));
          return parts.div(root).neg();
        },
      ];
    },
  });
  function statistics(x: TensorData, start: number, width: number, eps: number) {
    const end = start + width;
    let total = 0;
    if (centered) for (let i = start; i < end; i++) total += x[i];
    const middle = total / width;
    let squares = 0;
    for (let i = start; i < end; i++) squares += (x[i] - middle) ** 2;
    return { middle, root: Math.sqrt(squares / width + eps) };
  }
  return op;
}
