import { describe, expect, test } from "vitest";
import { full, ones, tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import { batchNorm, groupNorm, layerNorm, rmsNorm } from "./normalize.ts";

const rng = new Rng(13);
const leaf = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};

/** Whether all means are 0 and all variances 1. */
function isStandard(x: Tensor, axes: number[]): boolean {
  const means = x.mean(axes);
  return means.allClose(means.mul(0), 1e-5) && x.var(axes).allClose(means.mul(0).add(1), 1e-3);
}

describe("mean 0 and variance 1", () => {
  const x = rng.normal([4, 6, 5], 7, 3);

  test("over the last axes, over groups of channels, over the batch", () => {
    expect(isStandard(layerNorm(x), [2])).toBe(true);
    expect(isStandard(layerNorm(x, { axes: 2 }), [1, 2])).toBe(true);
    expect(isStandard(groupNorm(x, 3).reshape([4, 3, 2, 5]), [2, 3])).toBe(true);
    expect(isStandard(batchNorm(x, { training: true }), [0, 2])).toBe(true);
    expect(groupNorm(x, 1).allClose(layerNorm(x, { axes: 2 }))).toBe(true);
    expect(
      rmsNorm(x)
        .pow(2)
        .mean(-1)
        .allClose(ones([4, 6]), 1e-5),
    ).toBe(true);
  });

  test("then scaled and shifted", () => {
    const [weight, bias] = [rng.normal([6]), rng.normal([6])];
    const y = groupNorm(x, 2).mul(weight.unsqueeze(1)).add(bias.unsqueeze(1));
    expect(groupNorm(x, 2, { weight, bias }).allClose(y)).toBe(true);
    const last = { weight: rng.normal([6, 5]), bias: rng.normal([6, 5]) };
    expect(
      layerNorm(x, last).allClose(layerNorm(x, { axes: 2 }).mul(last.weight).add(last.bias)),
    ).toBe(true);
  });

  test("equal numbers are all 0, not NaN, and so are their gradients", () => {
    const x = full([2, 3], 5, { requiresGrad: true });
    layerNorm(x).sum().backward();
    expect(layerNorm(x).toArray()).toEqual(zeros([2, 3]).toArray());
    expect(x.grad.toArray()).toEqual(zeros([2, 3]).toArray());
  });
});

describe("batchNorm", () => {
  test("keeps running statistics, in place, and uses them when not training", () => {
    const x = tensor([
      [1, 10],
      [3, 30],
    ]);
    const [runningMean, runningVar] = [zeros([2]), ones([2])];
    const running = { runningMean, runningVar };
    batchNorm(x, { ...running, training: true, momentum: 0.5 });
    expect(runningMean.toArray()).toEqual([1, 10]);
    // The variance of two numbers, divided by 1: 2 and 200.
    expect(runningVar.toArray()).toEqual([1.5, 100.5]);
    const y = batchNorm(x, { ...running, eps: 0 });
    expect(
      y.allClose(
        tensor([
          [0, 0],
          [2 / Math.sqrt(1.5), 20 / Math.sqrt(100.5)],
        ]),
      ),
    ).toBe(true);
    expect(runningMean.toArray()).toEqual([1, 10]);
    expect(runningVar.requiresGrad).toBe(false);
  });
});

test("gradients, and theirs", () => {
  const scale = () => [leaf(4), leaf(4)];
  gradcheckTwice((x, weight, bias) => layerNorm(x, { weight, bias }), [leaf(3, 4), ...scale()]);
  gradcheckTwice((x, weight) => rmsNorm(x, { weight }), [leaf(2, 2, 4), leaf(4)]);
  gradcheckTwice(
    (x, weight, bias) => groupNorm(x, 2, { weight, bias }),
    [leaf(2, 4, 2), ...scale()],
  );
  gradcheckTwice(
    (x, weight, bias) => batchNorm(x, { weight, bias, training: true }),
    [leaf(3, 4, 2), ...scale()],
  );
  const running = { runningMean: rng.normal([4]), runningVar: rng.uniform([4]) };
  gradcheckTwice(
    (x, weight, bias) => batchNorm(x, { weight, bias, ...running }),
    [leaf(3, 4), ...scale()],
  );
});

test("what is said of what does not fit", () => {
  const x = zeros([2, 6, 3]);
  expect(errorOf(() => layerNorm(x, { weight: ones([6]) }))).toMatchInlineSnapshot(`
    "ShapeError: layerNorm: the weight must have shape [3], that of the axes that are normalized
      shape: [6]"
  `);
  expect(errorOf(() => layerNorm(x, { axes: 4 }))).toMatchInlineSnapshot(`
    "ShapeError: layerNorm: there are fewer than 4 axes to normalize
      shape: [2, 6, 3]"
  `);
  expect(errorOf(() => rmsNorm(tensor(3)))).toMatchInlineSnapshot(`
    "ShapeError: rmsNorm: there are fewer than 1 axes to normalize
      shape: []"
  `);
  expect(errorOf(() => groupNorm(x, 4))).toMatchInlineSnapshot(`
    "ShapeError: groupNorm: 6 channels cannot be split into 4 equal groups
      shape: [2, 6, 3]"
  `);
  expect(errorOf(() => batchNorm(x, { bias: ones([3]), training: true }))).toMatchInlineSnapshot(`
    "ShapeError: batchNorm: the bias must have shape [6], one number for each channel
      shape: [3]"
  `);
  expect(errorOf(() => batchNorm(x))).toMatchInlineSnapshot(`
    "TypeError: batchNorm: when not training it needs runningMean and runningVar
      hint: or pass training: true, to normalize by the batch"
  `);
  expect(
    errorOf(() => batchNorm(x, { runningMean: zeros([3]), training: true })),
  ).toMatchInlineSnapshot(`
    "ShapeError: batchNorm: the running statistic must have shape [6], one number for each channel
      shape: [3]"
  `);
  expect(errorOf(() => batchNorm(zeros([1, 6]), { training: true }))).toMatchInlineSnapshot(`
    "ShapeError: batchNorm: a variance takes at least 2 numbers in each channel, got 1
      shape: [1, 6]
      hint: a larger batch, or eval() if the model is not being trained"
  `);
  expect(errorOf(() => batchNorm(zeros([6]), { training: true }))).toMatchInlineSnapshot(`
    "ShapeError: batchNorm: the input is [batch, channels, ...]
      shape: [6]"
  `);
});
