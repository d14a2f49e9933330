import { describe, expect, test } from "vitest";
import { eye, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { init, Linear } from "./index.ts";

const rng = () => new Rng(5);
/** 720 numbers flow into each output, 1080 out of each input. */
const kernels = () => zeros([120, 80, 3, 3]);
const std = (x: Tensor) => x.std().item();
const largest = (x: Tensor) => x.abs().max().item();

describe("where training starts from", () => {
  test("each has the spread that its formula says, and is as wide as it may be", () => {
    const x = init.xavierUniform(kernels(), { rng: rng(), gain: 2 });
    expect(std(x)).toBeCloseTo(2 * Math.sqrt(2 / 1800), 3);
    expect(largest(x)).toBeCloseTo(2 * Math.sqrt(6 / 1800), 3);
    expect(std(init.xavierNormal(kernels(), { rng: rng() }))).toBeCloseTo(Math.sqrt(2 / 1800), 3);
    const h = init.kaimingUniform(kernels(), { rng: rng() });
    expect(std(h)).toBeCloseTo(Math.sqrt(2 / 720), 3);
    expect(largest(h)).toBeCloseTo(Math.sqrt(6 / 720), 3);
    const out = { rng: rng(), mode: "fanOut", nonlinearity: "tanh" } as const;
    expect(std(init.kaimingNormal(kernels(), out))).toBeCloseTo(5 / 3 / Math.sqrt(1080), 3);
    expect(std(init.normal(kernels(), 3, 0.5, { rng: rng() }))).toBeCloseTo(0.5, 2);
    expect(init.normal(kernels(), 3, 0.5, { rng: rng() }).mean().item()).toBeCloseTo(3, 1);
    const u = init.uniform(kernels(), -3, -1, { rng: rng() });
    expect([u.min().item(), u.max().item()].map(Math.round)).toEqual([-3, -1]);
    expect(init.constant(zeros([2]), 7).toArray()).toEqual([7, 7]);
  });

  test("the gains are PyTorch's", () => {
    const gains = (["linear", "sigmoid", "tanh", "relu", "leakyRelu"] as const).map((name) =>
      init.gain(name),
    );
    // torch.nn.init.calculate_gain, printed by PyTorch 2.13
    expect(gains).toEqual([1, 1, 1.6666666666666667, Math.SQRT2, 1.4141428569978354]);
    expect(init.gain("leakyRelu", 0.2)).toBe(1.3867504905630728);
    expect(errorOf(() => init.gain("elu" as never))).toMatchInlineSnapshot(
      `"RangeError: gain: there is no nonlinearity "elu""`,
    );
  });

  test("truncated normal numbers lie in between, and are normal there", () => {
    const x = init.truncatedNormal(kernels(), { std: 0.5, low: -0.5, high: 1, rng: rng() });
    expect(x.min().item()).toBeGreaterThanOrEqual(-0.5);
    expect(x.max().item()).toBeLessThanOrEqual(1);
    // Mean and deviation of the standard normal between -1 and 2, halved; from its closed form.
    expect(x.mean().item()).toBeCloseTo(0.1148, 2);
    expect(std(x)).toBeCloseTo(0.3605, 2);
    expect(errorOf(() => init.truncatedNormal(kernels(), { mean: 9 }))).toMatchInlineSnapshot(
      `"RangeError: truncatedNormal: hardly anything of the normal distribution around 9, std 1, lies from -2 to 2"`,
    );
  });

  test("orthogonal rows or columns, whichever are fewer, have length gain", () => {
    const wide = init.orthogonal(zeros([5, 3, 3]), { rng: rng(), gain: 3 }).reshape([5, 9]);
    expect(wide.matmul(wide.transpose()).allClose(eye(5).mul(9), 1e-5)).toBe(true);
    const tall = init.orthogonal(zeros([9, 5]), { rng: rng() });
    expect(tall.transpose().matmul(tall).allClose(eye(5), 1e-6)).toBe(true);
    const square = init.orthogonal(zeros([64, 64]), { rng: rng() });
    expect(square.matmul(square.transpose()).allClose(eye(64), 1e-6)).toBe(true);
  });

  test("they fill a layer's own weight, and give it back", () => {
    const layer = new Linear(3, 4, rng());
    expect(init.kaimingNormal(layer.weight, { rng: rng() })).toBe(layer.weight);
    expect(layer.weight.data).toEqual(init.kaimingNormal(zeros([4, 3]), { rng: rng() }).data);
    expect(errorOf(() => init.xavierUniform(layer.bias!))).toMatchInlineSnapshot(`
      "ShapeError: fans: only weights have a fan in and a fan out: at least two axes, [out, in]
        shape: [4]
        hint: start a bias with constant(bias, 0)"
    `);
  });
});
