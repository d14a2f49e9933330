import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { randn } from "../../create.ts";
import { matmul } from "../../ops/matmul.ts";
import { Rng } from "../../random.ts";
import type { Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { setEngine } from "../engine.ts";
import { BASE, type Machine, ownMachine } from "../wasm.ts";
import { reference, runResident } from "./testing.ts";

afterEach(() => setEngine("wasm"));

/** Each number within rounding of the true one: `k` products of about 1. */
function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, k: number): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++)
    if (!(Math.abs(got[i] - expected[i]) <= 1e-6 * (4 + k)))
      throw new Error(`number ${i} is ${got[i]} instead of ${expected[i]}`);
}

/** By the kernels as by the plain one, and the same bits in any number of parts and at any width. */
function check(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): boolean {
  const attributes = { transposeA, transposeB };
  const expected = reference(() => matmul([a, b], attributes));
  const k = a.shape.at(transposeA ? -2 : -1) as number;
  const results = [true, false].flatMap((wide) => {
    setEngine("wasm", { wide });
    return [1, 2, 5].map((parts) => runResident("matmul", [a, b], expected, attributes, parts));
  });
  const [first] = results;
  if (!first) return false;
  expectClose(first, expected.data, k);
  for (const other of results) expect(other).toEqual(first);
  return true;
}

const size = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 150 }),
  fc.constantFrom(1, 6, 16, 64, 97, 128, 129),
);
const depth = fc.oneof(size, fc.constantFrom(1, 256, 257, 515));
const stacks = fc.constantFrom<[Shape, Shape]>(
  ...([
    [[], []],
    [[3], []],
    [[], [3]],
    [[2, 3], [3]],
    [
      [2, 1],
      [1, 3],
    ],
    [
      [4, 1, 2],
      [3, 1],
    ],
    [[0], [1]],
  ] as [Shape, Shape][]),
);

test("the product of matrices: any sizes, either side turned around, stacks, any cut and width", () => {
  let kernels = 0;
  const cases = fc.tuple(size, size, depth, fc.boolean(), fc.boolean(), stacks);
  fc.assert(
    fc.property(cases, ([m, n, k, transposeA, transposeB, [before, beforeB]]) => {
      const rng = new Rng(m * 1000 + n);
      const a = randn([...before, ...(transposeA ? [k, m] : [m, k])], { rng });
      const b = randn([...beforeB, ...(transposeB ? [n, k] : [k, n])], { rng });
      if (check(a, b, transposeA, transposeB)) kernels++;
    }),
    // The counterexample of an earlier version: a stack of columns, read as rows, is not one matrix.
    { numRuns: 60, examples: [[[1, 3, 515, true, false, [[3], []]]]] },
  );
  expect(kernels).toBeGreaterThan(10);
});

test("layers as they are trained, and rows of 4096 bytes, which drive each other out of the cache", () => {
  const rng = new Rng(1);
  const both = [
    [64, 256, 784, false, true],
    [256, 784, 64, true, false],
    [128, 512, 300, false, false],
    [500, 40, 64, false, true],
    [1024, 24, 70, true, false],
    [24, 1024, 70, false, false],
    [24, 1024, 70, true, true],
    [1024, 24, 70, true, true],
    [1, 512, 128, false, true],
    [1, 512, 130, false, false],
    [513, 1, 128, false, false],
    [513, 1, 128, true, true],
  ] as const;
  for (const [m, n, k, transposeA, transposeB] of both) {
    const a = randn(transposeA ? [k, m] : [m, k], { rng });
    const b = randn(transposeB ? [n, k] : [k, n], { rng });
    expect(check(a, b, transposeA, transposeB)).toBe(true);
  }
});

/** The kernel itself. */
function gemm(
  { kernels }: Machine,
  [wide, m, n, k]: readonly [number, number, number, number],
  a: { at: number; row: number; column: number },
  b: { at: number; row: number; column: number },
  c: { at: number; row: number; accumulate: number },
  scratch: number,
): void {
  kernels.gemm(
    ...[wide, 1, m, n, k],
    ...[a.at, 0, a.row, a.column, b.at, 0, b.row, b.column],
    ...[c.at, 0, c.row, c.accumulate, scratch],
  );
}

test("cut anywhere, added to what is there, rows with gaps: the same bits, and nothing else is touched", () => {
  const machine = ownMachine(1 << 23) as Machine;
  const sizes = fc.tuple(size, size, depth, fc.boolean(), fc.boolean(), fc.boolean(), fc.nat(3));
  const cuts = fc.tuple(size, size, fc.boolean());
  fc.assert(
    fc.property(sizes, cuts, ([m, n, k, turnA, turnB, accumulate, gap], [rows, columns, wide]) => {
      const at = { a: BASE, b: 0, c: 0, scratch: 0 };
      at.b = at.a + 4 * m * k;
      at.c = at.b + 4 * k * n;
      const width = n + gap;
      at.scratch = at.c + 4 * m * width;
      const numbers = machine.view("float32", BASE, (at.scratch - BASE) / 4);
      const rng = new Rng(m + 1000 * n);
      numbers.forEach((_, i) => {
        numbers[i] = rng.next() - 0.5;
      });
      machine.view("float32", at.scratch, machine.kernels.gemmScratch() / 4).fill(Number.NaN);
      const result = machine.view("float32", at.c, m * width);
      const before = result.slice();
      const a = { at: at.a, row: turnA ? 1 : k, column: turnA ? m : 1 };
      const b = { at: at.b, row: turnB ? 1 : n, column: turnB ? k : 1 };
      const c = { at: at.c, row: width, accumulate: Number(accumulate) };
      gemm(machine, [0, m, n, k], a, b, c, at.scratch);
      const whole = result.slice();
      result.set(before);
      for (let i = 0; i < m; i += rows)
        for (let j = 0; j < n; j += columns)
          gemm(
            machine,
            [Number(wide), Math.min(rows, m - i), Math.min(columns, n - j), k],
            { ...a, at: at.a + 4 * i * a.row },
            { ...b, at: at.b + 4 * j * b.column },
            { ...c, at: at.c + 4 * (i * width + j) },
            at.scratch,
          );
      expect(result).toEqual(whole);
      const [left, right] = [
        machine.view("float32", at.a, m * k),
        machine.view("float32", at.b, k * n),
      ];
      const expected = before.map((old, place) => {
        const [i, j] = [Math.floor(place / width), place % width];
        if (j >= n) return old;
        let sum = accumulate ? old : 0;
        for (let p = 0; p < k; p++)
          sum += left[i * a.row + p * a.column] * right[p * b.row + j * b.column];
        return sum;
      });
      expectClose(whole, expected, k);
      for (let i = 0; i < m; i++)
        for (let j = n; j < width; j++) expect(whole[i * width + j]).toBe(before[i * width + j]);
    }),
    { numRuns: 60 },
  );
});

test("a number that is not finite is found in the row and the column that meet it, nowhere else", () => {
  for (const wide of [true, false]) {
    setEngine("wasm", { wide });
    const a = randn([33, 70], { rng: new Rng(3) });
    const b = randn([70, 37], { rng: new Rng(4) });
    a.data[5 * 70 + 69] = Number.NaN;
    b.data[3 * 37 + 36] = Infinity;
    const got = a.matmul(b).data;
    got.forEach((x, place) => {
      const [i, j] = [Math.floor(place / 37), place % 37];
      expect(Number.isFinite(x)).toBe(i !== 5 && j !== 36);
    });
  }
});
