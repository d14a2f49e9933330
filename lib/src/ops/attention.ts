import { isRecording } from "../autograd.ts";
import type { TensorData } from "../dtype.ts";
import { defineOp, type Op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { type AttentionAttributes, type Heads, headsOf } from "./heads.ts";
import { concat } from "./join.ts";

/**
 * softmax(q kᵀ · scale) v for each head, as one operation, which need not keep the matrix of the
 * weights: q [batch, queries, width], k and v [batch, keys, width], or all three beside each other as
 * [batch, time, 3 · width] → [batch, queries, width].
 */
export const attention: Op<AttentionAttributes> = defineOp<AttentionAttributes>({
  name: "attention",
  dtype: "float32",
  shape(shapes) {
    const { batch, queries, outRow } = headsOf(shapes, 1);
    return [batch, queries, outRow];
  },
  forward(y, inputs, { inShapes, attributes }) {
    const at = headsOf(inShapes, attributes.heads);
    const [q, k, v] = partsOf(inputs, at);
    const mean = new Float64Array(at.width);
    walkHeads(at, (from, fromKeys, to) => {
      for (let i = 0; i < at.queries; i++) {
        const weights = weightsOf(q, k, from + i * at.row, fromKeys, i, at, attributes);
        mean.fill(0);
        weights.forEach((weight, j) => {
          for (let c = 0; c < at.width; c++) mean[c] += weight * v[fromKeys + j * at.row + c];
        });
        y.set(mean, to + i * at.outRow);
      }
    });
  },
  backward(g, { inputs, attributes }) {
    let all: readonly Tensor[] | undefined;
    const gradients = (): readonly Tensor[] => {
      const [q, k = q] = inputs;
      // What is to be differentiated in turn is put together from operations.
      if (isRecording() || q.shape[1] !== k.shape[1]) return composed(g, inputs, attributes);
      const made = attentionBack([g, ...inputs], attributes);
      return inputs.length === 1 ? [made] : inputs.map((_, part) => made.select(0, part));
    };
    return inputs.map((_, i) => () => {
      all ??= gradients();
      return all[i];
    });
  },
});

/**
 * The gradients of {@link attention}'s q, k and v, from that of its result and the three again:
 * beside each other if they came so, else [3, batch, time, width]. For as many queries as keys.
 */
const attentionBack: Op<AttentionAttributes> = defineOp<AttentionAttributes>({
  name: "attentionBack",
  dtype: "float32",
  shape: ([, ...shapes]) => (shapes.length === 1 ? shapes[0] : [3, ...shapes[0]]),
  forward(y, [g, ...inputs], { inShapes: [, ...shapes], attributes }) {
    const at = headsOf(shapes, attributes.heads);
    const [q, k, v] = partsOf(inputs, at);
    const sums = new Float64Array(y.length);
    const [dq, dk, dv] = [0, 1, 2].map((part) => sums.subarray(part * at.outPart));
    walkHeads(at, (from, _, to) => {
      for (let i = 0; i < at.queries; i++) {
        const weights = weightsOf(q, k, from + i * at.row, from, i, at, attributes);
        const slopes = weights.map((_, j) => {
          let slope = 0;
          for (let c = 0; c < at.width; c++)
            slope += g[to + i * at.outRow + c] * v[from + j * at.row + c];
          return slope;
        });
        const mean = weights.reduce((sum, weight, j) => sum + weight * slopes[j], 0);
        weights.forEach((weight, j) => {
          const ds = weight * (slopes[j] - mean) * attributes.scale;
          for (let c = 0; c < at.width; c++) {
            const [own, other] = [from + i * at.row + c, from + j * at.row + c];
            dq[own] += ds * k[other];
            dk[other] += ds * q[own];
            dv[other] += weight * g[to + i * at.outRow + c];
          }
        });
      }
    });
    y.set(sums);
  },
});

/** q, k and v, each as if it began with its own first number. */
function partsOf(inputs: readonly TensorData[], { part }: Heads): TensorData[] {
  return [0, 1, 2].map((i) => inputs[i] ?? inputs[0].subarray(i * part));
}

/** Visits each head: where its numbers begin in q, in k and v, and in the result. */
function walkHeads(
  { batch, heads, queries, keys, width, row, outRow }: Heads,
  visit: (from: number, fromKeys: number, to: number) => void,
): void {
  for (let b = 0; b < batch; b++)
    for (let head = 0; head < heads; head++) {
      const [from, fromKeys, to] = [queries * row, keys * row, queries * outRow].map(
        (step) => b * step + head * width,
      );
      visit(from, fromKeys, to);
    }
}

/** How much query i of a head, at `own`, looks at each key that it sees. */
function weightsOf(
  q: TensorData,
  k: TensorData,
  own: number,
  fromKeys: number,
  i: number,
  { queries, keys, width, row }: Heads,
  { causal, scale }: AttentionAttributes,
): number[] {
  const scores = Array.from({ length: causal ? keys - queries + i + 1 : keys }, (_, j) => {
    let score = 0;
    for (let c = 0; c < width; c++) score += q[own + c] * k[fromKeys + j * row + c];
    return score * scale;
  });
  const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scores.map((score) => Math.exp(score - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** {@link attentionBack} as operations, each of which has a gradient. */
function composed(g: Tensor, inputs: readonly Tensor[], attributes: AttentionAttributes): Tensor[] {
  const { batch, heads, queries, keys, width } = headsOf(
    inputs.map(({ shape }) => shape),
    attributes.heads,
  );
  const split = (x: Tensor) => x.reshape([batch, x.shape[1], heads, width]).permute(0, 2, 1, 3);
  const join = (x: Tensor) => x.permute(0, 2, 1, 3).reshape([batch, x.shape[2], heads * width]);
  const [q, k, v] = (inputs.length === 1 ? inputs[0].chunk(3, 2) : inputs).map(split);
  const scores = q.matmul(k.swapAxes(2, 3)).mul(attributes.scale);
  const ahead = g.newFull([queries, keys], 1, "bool").triu(1 + keys - queries);
  const weights = (attributes.causal ? scores.maskedFill(ahead, -Infinity) : scores).softmax(-1);
  const own = split(g);
  const slopes = own.matmul(v.swapAxes(2, 3));
  const mean = weights.mul(slopes).sum(-1, { keepDims: true });
  const ds = weights.mul(slopes.sub(mean)).mul(attributes.scale);
  const gradients = [
    ds.matmul(k),
    ds.swapAxes(2, 3).matmul(q),
    weights.swapAxes(2, 3).matmul(own),
  ].map(join);
  return inputs.length === 1 ? [concat(gradients, { axis: 2 })] : gradients;
}
