import fc from "fast-check";
import { expect, test } from "vitest";
import { tensor } from "../../create.ts";
import type { DType } from "../../dtype.ts";
import type { Op } from "../../op.ts";
import * as ops from "../../ops/index.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { reference, runResident } from "./testing.ts";

/** Numbers that are all different, -0 and NaN among the floats. */
function counting(shape: Shape, dtype: DType): Tensor {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => i + 1);
  if (values.length > 2) values.set([-0, Number.NaN], 1);
  return tensor(values).reshape(shape).to(dtype);
}

let kernels = 0;

/** By the kernel as by the plain one, to the last bit, in any number of parts. */
function same<Attributes>(op: Op<Attributes>, inputs: Tensor[], attributes: Attributes): void {
  const expected = reference(() => op(inputs, attributes));
  for (const parts of [1, 3]) {
    const got = runResident(op.opName, inputs, expected, attributes, parts);
    if (!got) continue;
    kernels++;
    expect(got).toEqual(expected.storage);
  }
}

const shapes = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(1, 16, 33)), {
    minLength: 1,
    maxLength: 5,
  })
  .filter((shape) => sizeOf(shape) < 10_000);
const types = fc.constantFrom<DType>("float32", "int32", "bool");

test("copies move every number to its place: any shape, any axes, any type", () => {
  kernels = 0;
  const cases = fc.tuple(shapes, types, fc.array(fc.nat(), { minLength: 9, maxLength: 9 }));
  fc.assert(
    fc.property(cases, ([shape, type, chance]) => {
      const x = counting(shape, type);
      const axis = chance[0] % shape.length;
      const order = shape.map((_, i) => i).sort((a, b) => chance[a] - chance[b]);
      same(ops.clone, [x], undefined);
      same(ops.transpose, [x], { axes: order });
      same(ops.transpose, [x], { axes: [] });
      same(ops.flip, [x], { axes: order.slice(0, 1 + (chance[1] % shape.length)) });
      const [start, end] = [chance[2], chance[3]]
        .map((n) => n % (shape[axis] + 1))
        .sort((a, b) => a - b);
      const range = { axis, start, end, step: 1 + (chance[4] % 3) };
      same(ops.slice, [x], range);
      same(ops.unslice, [ops.slice([x], range)], { ...range, of: shape });
      const padding = shape.map((_, i) => [chance[i] % 3, chance[8 - i] % 3] as const);
      same(ops.pad, [x], { padding, value: type === "float32" ? -0.5 : 1 });
      const thin = shape.map((size, i) => (chance[i] % 3 === 0 ? 1 : size));
      same(ops.expand, [counting(thin, type)], { shape: [1 + (chance[5] % 3), ...shape] });
      const other = shape.map((size, i) => (i === axis ? chance[6] % 5 : size));
      same(ops.concat, [x, counting(other, type), x], { axis });
    }),
    { numRuns: 150 },
  );
  expect(kernels).toBeGreaterThan(500);
});

test("matrices of all small sizes are turned around, and tall ones", () => {
  for (const [n, m] of [
    ...Array.from({ length: 49 }, (_, i) => [9 + (i % 7), 9 + Math.floor(i / 7)]),
    [1030, 5],
    [7, 1030],
    [300, 301],
  ])
    same(ops.transpose, [counting([n, m], "float32")], { axes: [1, 0] });
});

test("heads are split off and joined, parts of a projection cut out and put back", () => {
  const x = counting([2, 16, 96], "float32");
  kernels = 0;
  for (const start of [0, 32, 64]) {
    const range = { axis: 2, start, end: start + 32, step: 1 };
    same(ops.slice, [x], range);
    same(ops.unslice, [x.slice(start, start + 32, 2)], { ...range, of: x.shape });
  }
  same(ops.transpose, [x.reshape([2, 16, 3, 32])], { axes: [0, 2, 1, 3] });
  same(ops.transpose, [x.reshape([2, 3, 16, 32])], { axes: [0, 2, 1, 3] });
  expect(kernels).toBe(16);
});
