import fc from "fast-check";
import { expect, test } from "vitest";
import { Rng } from "./random.ts";
import { errorOf } from "./testing.ts";

test("the same seed gives these numbers, here and in every browser", () => {
  const rng = new Rng(42);
  expect([rng.next(), rng.next(), rng.next()]).toMatchInlineSnapshot(`
    [
      0.2031670456708211,
      0.5612595752126252,
      0.1463757499735675,
    ]
  `);
  expect(Array.from(new Rng("a seed in words").uniform([3]).data)).toMatchInlineSnapshot(`
    [
      0.18370643258094788,
      0.6957244277000427,
      0.9332335591316223,
    ]
  `);
  expect(Array.from(new Rng(42).normal([4]).data)).toMatchInlineSnapshot(`
    [
      -1.3858342170715332,
      -1.1749337911605835,
      -0.6366537809371948,
      0.6991473436355591,
    ]
  `);
  expect(new Rng(42).permutation(8)).toMatchInlineSnapshot(`
    [
      6,
      7,
      4,
      5,
      2,
      0,
      3,
      1,
    ]
  `);
  expect(new Rng("7").next()).toBe(new Rng(7).next());
});

test("the generator is sfc32", () => {
  // Reference: the published algorithm on 64-bit integers, from the same state.
  const rng = new Rng(1);
  const state = rng as unknown as {
    a: number;
    b: number;
    c: number;
    counter: number;
    bits(): number;
  };
  const mask = 0xffffffffn;
  let [a, b, c, counter] = [state.a, state.b, state.c, state.counter].map((n) => BigInt(n) & mask);
  for (let i = 0; i < 1000; i++) {
    const out = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + out) & mask;
    expect(BigInt(state.bits())).toBe(out);
  }
});

test("uniform numbers fill their range evenly", () => {
  const data = new Rng(1).uniform([100_000], -1, 3).data;
  const bins = new Array<number>(10).fill(0);
  for (const x of data) {
    expect(x >= -1 && x < 3).toBe(true);
    bins[Math.floor(((x + 1) / 4) * 10)]++;
  }
  // Chi-squared with 9 degrees of freedom: above 27.9 in 1 of 1,000 cases.
  expect(bins.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
});

test("normal numbers have the shares of the normal distribution", () => {
  const n = 100_000;
  const z = new Rng(2).normal([n]).data;
  const share = (inside: (x: number) => boolean) => Array.from(z).filter(inside).length / n;
  const mean = Array.from(z).reduce((a, b) => a + b) / n;
  const variance = Array.from(z).reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  const fourth = Array.from(z).reduce((sum, x) => sum + (x - mean) ** 4, 0) / n;
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
  expect(variance).toBeCloseTo(1, 1.5);
  expect(fourth).toBeCloseTo(3, 0.8);
  expect(share((x) => Math.abs(x) < 1)).toBeCloseTo(0.6827, 2);
  expect(share((x) => Math.abs(x) < 2)).toBeCloseTo(0.9545, 2);
  expect(share((x) => x < -1)).toBeCloseTo(0.1587, 2);
  expect(new Rng(3).normal([10_000], 5, 0.1).mean().item()).toBeCloseTo(5, 2);
});

test("seeds next to each other have nothing in common", () => {
  const first = Array.from({ length: 10_000 }, (_, seed) => new Rng(seed).next());
  const mean = first.reduce((a, b) => a + b) / first.length;
  expect(mean).toBeCloseTo(0.5, 1.7);
  const products = first.slice(1).map((x, i) => (x - 0.5) * (first[i] - 0.5));
  expect(Math.abs(products.reduce((a, b) => a + b) / products.length / (1 / 12))).toBeLessThan(
    0.04,
  );
});

test("whole numbers, each as often as the other", () => {
  const rng = new Rng(4);
  const counts = new Array<number>(6).fill(0);
  for (let i = 0; i < 60_000; i++) counts[rng.integer(-2, 4) + 2]++;
  // 5 degrees of freedom: above 20.5 in 1 of 1,000 cases.
  expect(counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(20.5);
});

test("shuffling keeps every element, and all orders are as likely", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const before = [...items];
      const after = new Rng(seed).shuffle(items);
      expect(items).toEqual(before);
      expect(after.sort((a, b) => a - b)).toEqual(before.sort((a, b) => a - b));
    }),
  );
  const rng = new Rng(5);
  const orders = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = rng.shuffle([1, 2, 3, 4]).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect(orders.size).toBe(24);
  // 23 degrees of freedom: above 49.7 in 1 of 1,000 cases.
  const chi = [...orders.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
  expect(chi).toBeLessThan(49.7);
});

test("what is said of wrong seeds and ranges", () => {
  expect(errorOf(() => new Rng(Number.NaN))).toMatchInlineSnapshot(
    `"TypeError: Rng: a seed is a finite number or a text, got NaN"`,
  );
  expect(errorOf(() => new Rng(undefined as unknown as number))).toMatchInlineSnapshot(
    `"TypeError: Rng: a seed is a finite number or a text, got undefined"`,
  );
  expect(errorOf(() => new Rng(1).integer(3, 3))).toMatchInlineSnapshot(
    `"RangeError: integer: there is no whole number from 3 up to, not including, 3"`,
  );
  expect(errorOf(() => new Rng(1).normal([2.5]))).toMatchInlineSnapshot(`
    "ShapeError: normal: axis 0 has size 2.5
      shape: [2.5]
      hint: a size is a whole number, 0 or more"
  `);
});

test("a generator goes on from a saved state, also through JSON", () => {
  const rng = new Rng(5);
  rng.normal([7]);
  const saved = JSON.parse(JSON.stringify(rng.state));
  const next = [rng.next(), rng.next(), rng.integer(0, 100)];
  const other = new Rng(6);
  other.state = saved;
  expect([other.next(), other.next(), other.integer(0, 100)]).toEqual(next);
  expect(
    errorOf(() => {
      other.state = [1, 2];
    }),
  ).toMatchInlineSnapshot(`"TypeError: Rng: a state is four whole numbers, got [1,2]"`);
});
