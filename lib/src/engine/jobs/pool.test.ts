import fc from "fast-check";
import { expect, test } from "vitest";
import { randn } from "../../create.ts";
import type { Op } from "../../op.ts";
import * as ops from "../../ops/index.ts";
import type { Pooling } from "../../ops/pool.ts";
import { Rng } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { reference, runResident } from "./testing.ts";

let kernels = 0;

function same<Attributes>(
  op: Op<Attributes>,
  inputs: Tensor[],
  attributes: Attributes,
  how: "exact" | "close",
): void {
  const expected = reference(() => op(inputs, attributes));
  const plain: number[] = [...expected.storage];
  const results = [1, 3].map((parts) =>
    runResident(op.opName, inputs, expected, attributes, parts),
  );
  const [got, cut] = results;
  if (!got) return;
  kernels++;
  expect(cut).toEqual(got);
  if (how === "exact") expect(got).toEqual(expected.storage);
  else
    plain.forEach((value, i) => {
      if (Number.isFinite(value)) expect(Math.abs(got[i] - value)).toBeLessThan(1e-5);
      else expect(got[i]).toBe(value);
    });
}

function poolAll(x: Tensor, how: Pooling, rng: Rng): void {
  same(ops.maxPool2d, [x], how, "exact");
  same(ops.maxPool2dPlaces, [x], how, "exact");
  same(ops.avgPool2d, [x], how, "close");
  const g = randn(ops.maxPool2d([x], how).shape, { rng });
  same(ops.maxUnpool2d, [g, x], how, "exact");
  same(ops.avgUnpool2d, [g], { ...how, of: x.shape }, "close");
}

const size = (max: number) => fc.integer({ min: 1, max });
const pair = (max: number) => fc.tuple(size(max), size(max));

test("windows of any size, stride and padding, or as many as are asked for", () => {
  kernels = 0;
  const cases = fc.record({
    planes: pair(3),
    image: pair(20),
    kernelSize: pair(4),
    stride: pair(3),
    adaptive: fc.boolean(),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ planes, image, kernelSize, stride, adaptive, seed }) => {
      const rng = new Rng(seed);
      const padding = kernelSize.map((n) => rng.integer(0, Math.floor(n / 2) + 1)) as [
        number,
        number,
      ];
      const fitting = image.map((n, i) => Math.max(n, kernelSize[i]));
      const x = randn([...planes, ...fitting], { rng });
      poolAll(x, adaptive ? { outputSize: kernelSize } : { kernelSize, stride, padding }, rng);
    }),
    { numRuns: 150 },
  );
  expect(kernels).toBeGreaterThan(200);
});

test("halves: odd sizes, equal numbers, NaN, infinities and zeros of either sign in any place of a window", () => {
  const rng = new Rng(1);
  const halves = { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } as const;
  const special = [0, -0, 1, 1, 2, Number.NaN, Infinity, -Infinity];
  for (const image of [
    [28, 28],
    [14, 14],
    [9, 11],
    [2, 8],
    [3, 13],
    [8, 2],
    [5, 7],
  ]) {
    const x = randn([5, 4, ...image], { rng });
    poolAll(x, halves, rng);
    for (let i = 0; i < x.size; i++) x.data[i] = special[rng.integer(0, special.length)];
    kernels = 0;
    same(ops.maxPool2d, [x], halves, "exact");
    same(ops.maxPool2dPlaces, [x], halves, "exact");
    const g = randn(ops.maxPool2d([x], halves).shape, { rng });
    same(ops.maxUnpool2d, [g, x], halves, "exact");
    expect(kernels).toBe(3);
  }
});
