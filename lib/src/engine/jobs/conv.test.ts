import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { randn } from "../../create.ts";
import { type Convolution, conv2d, conv2dWeight, convTranspose2d } from "../../ops/conv.ts";
import { Rng } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { setEngine } from "../engine.ts";
import { reference, runResident } from "./testing.ts";

afterEach(() => setEngine("wasm"));

/**
 * One of the three by its kernel, against the plain one: whole and in parts, with registers of 256
 * and of 128 bits, always the same bits.
 */
function check(name: string, inputs: Tensor[], attributes: unknown, run: () => Tensor): boolean {
  const expected = reference(run);
  const got = runResident(name, inputs, expected, attributes);
  if (!got) return false;
  const scale = expected.abs().max().maximum(1).item();
  for (let i = 0; i < got.length; i++)
    if (!(Math.abs(got[i] - expected.data[i]) <= 1e-5 * scale))
      expect(`${got[i]} at ${i}`).toBe(expected.data[i]);
  for (const parts of [2, 7])
    expect(runResident(name, inputs, expected, attributes, parts)).toEqual(got);
  setEngine("wasm", { wide: false });
  expect(runResident(name, inputs, expected, attributes)).toEqual(got);
  return true;
}

function checkAll(x: Tensor, w: Tensor, how: Convolution): number {
  const y = reference(() => conv2d([x, w], how));
  const left = ([0, 1] as const).map((axis) => {
    const covered = (y.shape[2 + axis] - 1) * how.stride[axis];
    const reach = how.dilation[axis] * (w.shape[2 + axis] - 1) + 1;
    return x.shape[2 + axis] + 2 * how.padding[axis] - covered - reach;
  });
  const back = { ...how, outputPadding: [left[0], left[1]] as const };
  const weight = { ...how, kernelSize: [w.shape[2], w.shape[3]] as const };
  return [
    check("conv2d", [x, w], how, () => conv2d([x, w], how)),
    check("convTranspose2d", [y, w], back, () => convTranspose2d([y, w], back)),
    check("conv2dWeight", [x, y], weight, () => conv2dWeight([x, y], weight)),
  ].filter((fast) => fast).length;
}

const upTo = (max: number, min = 1) => fc.integer({ min, max });
const pair = (max: number, min = 1) => fc.tuple(upTo(max, min), upTo(max, min));

test("any sizes: strides, paddings, dilations, groups, images smaller than the filters", () => {
  let fast = 0;
  const cases = fc.record({
    batch: upTo(5),
    groups: upTo(3),
    channels: fc.oneof(upTo(4), upTo(20)),
    filters: fc.oneof(upTo(4), upTo(35)),
    image: pair(12),
    kernel: pair(5),
    stride: fc.oneof(fc.constant([1, 1] as const), pair(4)),
    padding: pair(3, 0),
    dilation: pair(2),
  });
  fc.assert(
    fc.property(cases, ({ batch, groups, channels, filters, image, kernel, ...how }) => {
      fc.pre(
        [0, 1].every(
          (axis) => image[axis] + 2 * how.padding[axis] > how.dilation[axis] * (kernel[axis] - 1),
        ),
      );
      const rng = new Rng(batch + 10 * filters);
      const x = randn([batch, groups * channels, ...image], { rng });
      const w = randn([groups * filters, channels, ...kernel], { rng });
      fast += checkAll(x, w, { ...how, groups });
    }),
    { numRuns: 60 },
  );
  expect(fast).toBeGreaterThan(60);
});

test("the layers of a LeNet and of a ResNet", () => {
  const rng = new Rng(1);
  for (const [channels, filters, size, kernel, padding, stride] of [
    [1, 16, 28, 5, 2, 1],
    [16, 32, 14, 5, 2, 1],
    [3, 16, 32, 3, 1, 1],
    [16, 32, 32, 3, 1, 2],
    [64, 64, 8, 3, 1, 1],
    [16, 32, 32, 1, 0, 2],
  ]) {
    const x = randn([2, channels, size, size], { rng });
    const w = randn([filters, channels, kernel, kernel], { rng });
    const how = { padding: [padding, padding], stride: [stride, stride] } as const;
    expect(checkAll(x, w, { ...how, dilation: [1, 1], groups: 1 })).toBe(3);
  }
});

test("each channel on its own, with filters for it", () => {
  const rng = new Rng(1);
  for (const filters of [1, 2]) {
    const x = randn([3, 24, 9, 11], { rng });
    const w = randn([24 * filters, 1, 3, 3], { rng });
    const how = { padding: [1, 1], stride: [1, 1], dilation: [1, 1], groups: 24 } as const;
    expect(checkAll(x, w, how)).toBe(3);
  }
});
