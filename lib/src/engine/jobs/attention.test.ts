import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../autograd.ts";
import { randn } from "../../create.ts";
import { scaledDotProductAttention } from "../../functional/attention.ts";
import { concat } from "../../functional/join.ts";
import { attention } from "../../ops/attention.ts";
import { Rng } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { gradcheckTwice } from "../../testing.ts";
import { setEngine } from "../engine.ts";
import { reference, runResident } from "./testing.ts";

const size = (max: number) => fc.integer({ min: 1, max });

/** The gradients of all inputs, for a given one of the result. */
function gradients(inputs: Tensor[], g: Tensor, f: (inputs: Tensor[]) => Tensor): Tensor[] {
  const leaves = inputs.map((x) => {
    const leaf = x.detach();
    leaf.requiresGrad = true;
    return leaf;
  });
  return grad(f(leaves).mul(g).sum(), leaves);
}

test("the kernels give what the plain ones give: any sizes, heads beside each other or not, cut or whole", () => {
  let kernels = 0;
  const cases = fc.record({
    batch: size(3),
    heads: size(3),
    time: fc.oneof(size(70), fc.constantFrom(24, 48, 128)),
    more: fc.oneof(fc.constant(0), size(30)),
    width: fc.oneof(size(20), fc.constant(32)),
    causal: fc.boolean(),
    packed: fc.boolean(),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ batch, heads, time, more, width, causal, packed, seed }) => {
      const rng = new Rng(seed);
      const all = heads * width;
      const inputs = packed
        ? [randn([batch, time, 3 * all], { rng })]
        : [time, time + more, time + more].map((n) => randn([batch, n, all], { rng }));
      const attributes = { heads, causal, scale: 1 / Math.sqrt(width) };
      const run = () => attention(inputs, attributes);
      const expected = reference(run);
      const [got, cut] = [1, 3].map((parts) =>
        runResident("attention", inputs, expected, attributes, parts),
      );
      if (!got) return;
      kernels++;
      expect(cut).toEqual(got);
      got.forEach((value: number, i: number) => {
        expect(Math.abs(value - expected.data[i])).toBeLessThan(1e-5);
      });
      const g = randn(expected.shape, { rng });
      const back = () =>
        gradients(inputs, g, (leaves) => attention(leaves, attributes)).map((one) => one.flatten());
      const [fast, plain] = [concat(back()), reference(() => concat(back()))];
      expect(fast.allClose(plain, 1e-4)).toBe(true);
    }),
    { numRuns: 60 },
  );
  expect(kernels).toBeGreaterThan(30);
});

test("128 or 256 bits wide, it gives the same bits", () => {
  const rng = new Rng(5);
  const x = randn([2, 50, 3 * 2 * 16], { rng });
  const g = randn([2, 50, 2 * 16], { rng });
  const attributes = { heads: 2, causal: true, scale: 0.25 };
  const both = [true, false].map((wide) => {
    setEngine("wasm", { wide });
    const [dx] = gradients([x], g, ([leaf]) => attention([leaf], attributes));
    return [...attention([x], attributes).data, ...dx.data];
  });
  setEngine("wasm", { wide: true });
  expect(both[0]).toEqual(both[1]);
});

test("it is what its operations are, one by one; and so are its gradients, and theirs", () => {
  const rng = new Rng(7);
  const [q, k, v] = [0, 1, 2].map(() => randn([2, 3, 9, 8], { rng }));
  const sees = q.newFull([9, 9], 1, "bool");
  for (const causal of [false, true]) {
    const whole = scaledDotProductAttention(q, k, v, { causal });
    const parts = scaledDotProductAttention(q, k, v, { causal, mask: sees });
    expect(whole.allClose(parts, 1e-5)).toBe(true);
    const leaf = (...shape: number[]) => {
      const x = randn(shape, { rng });
      x.requiresGrad = true;
      return x;
    };
    const packed = { heads: 2, causal, scale: 0.7 };
    gradcheckTwice((x) => attention([x], packed), [leaf(1, 3, 12)]);
    for (const keys of [2, 3])
      gradcheckTwice(
        (...qkv) => attention(qkv, packed),
        [leaf(1, 2, 4), leaf(1, keys, 4), leaf(1, keys, 4)],
      );
  }
});

test("NaN stays in its row, infinities and numbers that overflow do no more harm than elsewhere", () => {
  const rng = new Rng(9);
  const x = randn([1, 40, 3 * 16], { rng });
  // A query of place 7: its row is NaN, the others are as without.
  const attributes = { heads: 1, causal: true, scale: 0.25 };
  const before = attention([x], attributes);
  x.data[7 * 48] = Number.NaN;
  x.data[9 * 48 + 1] = 1e30;
  const after = attention([x], attributes);
  const expected = reference(() => attention([x], attributes));
  for (let i = 0; i < 40; i++)
    for (let c = 0; c < 16; c++) {
      const [value, plain] = [after.at(0, i, c) as number, expected.at(0, i, c) as number];
      if (i === 7) expect(value).toBeNaN();
      else expect(Math.abs(value - plain)).toBeLessThan(1e-5);
      if (i !== 7 && i !== 9) expect(value).toBe(before.at(0, i, c));
    }
});
