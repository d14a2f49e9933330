import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../../compile/compile.ts";
import { randn } from "../../create.ts";
import type { DType } from "../../dtype.ts";
import type { Op } from "../../op.ts";
import * as ops from "../../ops/index.ts";
import { Rng } from "../../random.ts";
import { sizeOf } from "../../shape.ts";
import { Tensor } from "../../tensor.ts";
import { errorOf } from "../../testing.ts";
import { reference, runResident } from "./testing.ts";

/** How often each operation was done by its kernel. */
const worked = new Map<string, number>();

function same<Attributes>(op: Op<Attributes>, inputs: Tensor[], attributes: Attributes): void {
  const expected = reference(() => op(inputs, attributes));
  for (const parts of [1, 3]) {
    const got = runResident(op.opName, inputs, expected, attributes, parts);
    if (!got) continue;
    worked.set(op.opName, (worked.get(op.opName) ?? 0) + 1);
    expect(got).toEqual(expected.storage);
  }
}

function indicesFor(size: number, shape: number[], rng: Rng): Tensor {
  const whole = Int32Array.from({ length: sizeOf(shape) }, () => rng.integer(-size, size));
  return new Tensor(whole, shape);
}

test("numbers are taken, gathered, added where indices say: any shape and axis, places named twice, counted from either end", () => {
  worked.clear();
  const size = fc.integer({ min: 1, max: 9 });
  const cases = fc.record({
    shape: fc
      .array(fc.oneof(size, fc.constantFrom(33, 64)), { minLength: 1, maxLength: 4 })
      .filter((shape) => sizeOf(shape) < 10_000),
    indexShape: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: 2 }),
    pick: fc.nat(),
    type: fc.constantFrom<DType>("float32", "int32", "bool"),
  });
  fc.assert(
    fc.property(cases, ({ shape, indexShape, pick, type }) => {
      const rng = new Rng(pick);
      const axis = pick % shape.length;
      const x = randn(shape, { rng }).mul(9).to(type);
      const named = indicesFor(shape[axis], indexShape, rng);
      same(ops.take, [x, named], { axis });
      const taken = [...shape.slice(0, axis), ...indexShape, ...shape.slice(axis + 1)];
      same(ops.indexAdd, [x, named, randn(taken, { rng }).mul(9).to(type)], {
        axis: axis - shape.length,
      });
      // Shorter than x along the other axes, of any length along this one.
      const besideShape = shape.map((n, i) =>
        i === axis ? pick % 12 : n - (rng.integer(0, 3) % n),
      );
      const beside = indicesFor(shape[axis], besideShape, rng);
      same(ops.gather, [x, beside], { axis });
      same(ops.scatterAdd, [x, beside, randn(besideShape, { rng }).mul(9).to(type)], { axis });
    }),
    { numRuns: 200 },
  );
  for (const name of ["take", "indexAdd", "gather", "scatterAdd"])
    expect(worked.get(name), name).toBeGreaterThan(20);
});

test("large enough to be cut: an embedding's gradient, the probabilities of the right classes", () => {
  worked.clear();
  const rng = new Rng(2);
  const x = randn([50, 256], { rng });
  const ids = indicesFor(50, [40, 30], rng);
  same(ops.take, [x, ids], { axis: 0 });
  same(ops.indexAdd, [x, ids, randn([40, 30, 256], { rng })], { axis: 0 });
  const scores = randn([20_000, 10], { rng });
  const classes = indicesFor(10, [20_000, 1], rng);
  same(ops.gather, [scores, classes], { axis: 1 });
  same(ops.scatterAdd, [scores, classes, randn([20_000, 1], { rng })], { axis: 1 });
  same(ops.scatterAdd, [scores, indicesFor(20_000, [9, 10], rng), randn([9, 10], { rng })], {
    axis: 0,
  });
  expect(Object.fromEntries(worked)).toEqual({ take: 2, indexAdd: 2, gather: 2, scatterAdd: 4 });
});

test("an index that names no place is refused by a compiled function as by a plain one", () => {
  const x = randn([50, 64], { rng: new Rng(3) });
  const rows = (ids: Tensor) => ops.take([x, ids], { axis: 0 });
  const compiled = compile(rows);
  const good = new Tensor(Int32Array.of(0, -1, 49, -50), [4]);
  expect(compiled(good).data).toEqual(rows(good).data);
  const bad = new Tensor(Int32Array.of(0, 1, 50, 2), [4]);
  expect(errorOf(() => compiled(bad))).toBe(errorOf(() => rows(bad)));
  expect(errorOf(() => rows(bad))).toMatchInlineSnapshot(`
    "ShapeError: take: there is no index 50 along axis 0, which has size 50
      shape: [50, 64]
      hint: an index is a whole number from -50 to 49"
  `);
});
