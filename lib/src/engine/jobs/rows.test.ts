import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../autograd.ts";
import { randn } from "../../create.ts";
import { concat } from "../../functional/join.ts";
import * as parts from "../../ops/channels.ts";
import * as ops from "../../ops/index.ts";
import { Rng } from "../../random.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { reference, runResident } from "./testing.ts";

let kernels = 0;

/** Whether a kernel gives what the plain one gives, and the same bits when it is cut into three. */
function agree(name: string, inputs: Tensor[], attributes: unknown, run: () => Tensor): void {
  const expected = reference(run);
  const [got, cut] = [1, 3].map((parts) => runResident(name, inputs, expected, attributes, parts));
  if (!got) return;
  kernels++;
  expect(cut).toEqual(got);
  const plain: number[] = [...expected.storage];
  const scale = plain.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 1);
  plain.forEach((value, i) => {
    const near = Math.abs(got[i] - value) <= 2e-6 * scale;
    if (!near) expect(got[i], `${name}, number ${i} of ${expected.size}`).toBe(value);
  });
}

const size = (max: number) => fc.integer({ min: 1, max });
const eps = { eps: 1e-5 };

test("softmax, its logarithm, norms, and all their gradients: rows of any width", () => {
  kernels = 0;
  fc.assert(
    fc.property(size(400), size(60), size(1000), (width, rows, seed) => {
      const rng = new Rng(seed);
      const count = rows + Math.ceil(4096 / width);
      const x = randn([count, width], { rng }).mul(3).add(rng.integer(0, 50));
      const g = randn([count, width], { rng });
      x.requiresGrad = true;
      const last = { axis: -1 };
      const gradientOf = (f: (x: Tensor) => Tensor) => grad(f(x), [x], { gradient: g })[0];
      agree("softmax", [x], last, () => x.softmax());
      agree("logSoftmax", [x], last, () => x.logSoftmax());
      const [y, z] = [x.softmax().detach(), x.logSoftmax().detach()];
      agree("softmaxGradient", [g, y], last, () => gradientOf((v) => v.softmax()));
      agree("logSoftmaxGradient", [g, z], last, () => gradientOf((v) => v.logSoftmax()));
      for (const op of [ops.layerNorm, ops.rmsNorm]) {
        if (width < 3) continue;
        agree(op.opName, [x], eps, () => op([x], eps));
        agree(`${op.opName}Gradient`, [g, x], eps, () => gradientOf((v) => op([v], eps)));
      }
    }),
    { numRuns: 40 },
  );
  expect(kernels).toBeGreaterThan(250);
});

test("softmax, its logarithm, their gradients along any axis", () => {
  kernels = 0;
  fc.assert(
    fc.property(size(5), size(40), size(30), size(1000), (a, b, c, seed) => {
      const rng = new Rng(seed);
      const x = randn([a + Math.ceil(512 / (b * c)), b, c], { rng }).mul(3);
      const g = randn(x.shape, { rng });
      x.requiresGrad = true;
      for (const axis of [0, 1, -2, -1]) {
        const how = { axis };
        agree("softmax", [x], how, () => x.softmax(axis));
        agree("logSoftmax", [x], how, () => x.logSoftmax(axis));
        const [y, z] = [x.softmax(axis).detach(), x.logSoftmax(axis).detach()];
        const gradientOf = (f: (x: Tensor) => Tensor) => grad(f(x), [x], { gradient: g })[0];
        agree("softmaxGradient", [g, y], how, () => gradientOf((v) => v.softmax(axis)));
        agree("logSoftmaxGradient", [g, z], how, () => gradientOf((v) => v.logSoftmax(axis)));
      }
    }),
    { numRuns: 25 },
  );
  expect(kernels).toBeGreaterThan(300);
});

test("rows so long that they are added up in parts", () => {
  const rng = new Rng(8);
  const x = randn([3, 10_001], { rng }).add(7);
  const last = { axis: -1 };
  agree("softmax", [x], last, () => x.softmax());
  agree("logSoftmax", [x], last, () => x.logSoftmax());
  agree("layerNorm", [x], eps, () => ops.layerNorm([x], eps));
  agree("sum", [x], { axis: 1, keepDims: false }, () => x.sum(1));
  agree("mean", [x], { axis: undefined, keepDims: false }, () => x.mean());
});

test("a norm keeps its digits beside a large mean, and with numbers whose squares overflow", () => {
  const rng = new Rng(9);
  for (const [scale, mean] of [
    [1, 10_000],
    [1e25, 0],
    [1e-20, 1e-18],
    [1e-22, 0],
    [0, 3],
  ]) {
    const x = randn([50, 100], { rng }).mul(scale).add(mean);
    const g = randn([50, 100], { rng });
    x.requiresGrad = true;
    for (const eps of [1e-5, 1e-30]) {
      const how = { eps };
      agree("layerNorm", [x], how, () => ops.layerNorm([x], how));
      agree("rmsNorm", [x], how, () => ops.rmsNorm([x], how));
      agree(
        "layerNormGradient",
        [g, x],
        how,
        () => grad(ops.layerNorm([x], how), [x], { gradient: g })[0],
      );
    }
  }
});

test("batch norm, its statistics and its gradient: channels in pieces, or columns", () => {
  kernels = 0;
  const place = fc.oneof(size(70), fc.constant(1));
  fc.assert(
    fc.property(size(6), size(20), place, size(1000), (batch, channels, places, seed) => {
      const rng = new Rng(seed);
      const shape = [batch + Math.ceil(4096 / (channels * places)), channels, places];
      const x = randn(shape, { rng }).mul(3).add(rng.integer(0, 50));
      const g = randn(shape, { rng });
      const [weight, bias] = [1, 2].map(() => randn([channels], { rng }));
      for (const one of [x, weight, bias]) one.requiresGrad = true;
      const statistics = parts.moments([x]).detach();
      const inputs = [x, statistics, weight, bias];
      agree("moments", [x], undefined, () => parts.moments([x]));
      agree("batchNorm", inputs, eps, () => parts.batchNorm(inputs, eps));
      const gradients = () =>
        reference(() => {
          const y = parts.batchNorm(inputs, eps);
          const [dx, dw, db] = grad(y, [x, weight, bias], { gradient: g });
          return concat([dx.flatten(), db, dw]);
        });
      const all = gradients();
      const sums = all.slice(x.size).reshape([2, channels]);
      agree("channelSums", [g, x, statistics], eps, () => sums);
      agree("batchNormGradient", [g, x, statistics, sums, weight], eps, () =>
        all.slice(0, x.size).reshape(shape),
      );
    }),
    { numRuns: 30 },
  );
  expect(kernels).toBeGreaterThan(50);
});

test("what is no number spreads over its row and no further", () => {
  const rng = new Rng(6);
  const special = [0, -0, 1e-45, -1e-40, 3e38, 88, -104, NaN, Infinity, -Infinity];
  for (const width of [1, 2, 3, 5, 64, 4099]) {
    const x = rng.normal([Math.ceil(4099 / width), width]);
    for (let i = 0; i < x.size; i++)
      if (rng.next() < 0.02) x.data[i] = special[rng.integer(0, special.length)];
    agree("softmax", [x], { axis: -1 }, () => x.softmax());
    agree("logSoftmax", [x], { axis: -1 }, () => x.logSoftmax());
    agree("layerNorm", [x], eps, () => ops.layerNorm([x], eps));
    agree("sum", [x], { axis: -1, keepDims: false }, () => x.sum(-1));
  }
});

test("sums along any axis, and down to any shape that broadcasts to the tensor's", () => {
  kernels = 0;
  const sizes = fc.tuple(size(4), size(20), size(12), size(24));
  const ones = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(sizes, ones, size(1000), (tail, gone, seed) => {
      const shape: Shape = [Math.ceil(4096 / sizeOf(tail)), ...tail];
      const x = randn(shape, { rng: new Rng(seed) }).add(1);
      for (const axis of [0, 1, -2, -1, undefined]) {
        const how = { axis, keepDims: false };
        agree("sum", [x], how, () => ops.sum([x], how));
        agree("mean", [x], how, () => ops.mean([x], how));
      }
      const to = shape.map((length, i) => (gone[i] ? 1 : length));
      agree("sumTo", [x], { shape: to }, () => x.sumTo(to));
      const behind = to.slice(to.findIndex((length) => length !== 1));
      agree("sumTo", [x], { shape: behind }, () => x.sumTo(behind));
    }),
    { numRuns: 40 },
  );
  expect(kernels).toBeGreaterThan(400);
});

test("the largest, the smallest, their places, the spread, along any axis", () => {
  kernels = 0;
  const special = [0, -0, NaN, Infinity, -Infinity, 3, 3];
  fc.assert(
    fc.property(size(9), size(40), size(24), fc.nat(30), size(1000), (a, b, c, rare, seed) => {
      const rng = new Rng(seed);
      const x = rng.normal([a + Math.ceil(4096 / (b * c)), b, c]);
      for (let i = 0; i < x.size; i++)
        if (rng.next() * 40 < rare) x.data[i] = special[rng.integer(0, special.length)];
      for (const axis of [0, 1, -1, undefined]) {
        const how = { axis, keepDims: false };
        for (const op of [ops.max, ops.min, ops.argmax, ops.argmin]) {
          const expected = reference(() => op([x], how));
          for (const parts of [1, 3]) {
            const got = runResident(op.opName, [x], expected, how, parts);
            if (got?.some((value: number, i: number) => !Object.is(value, expected.storage[i])))
              expect(got, `${op.opName} along ${axis}`).toEqual(expected.storage);
            if (got) kernels++;
          }
        }
        const spread = { ...how, correction: 0 };
        agree("var", [x], spread, () => ops.var([x], spread));
        if (b * c > 1) agree("std", [x], spread, () => ops.std([x], spread));
      }
    }),
    { numRuns: 30 },
  );
  expect(kernels).toBeGreaterThan(500);
});
