import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arange, tensor, zeros } from "../create.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";

/** 0, 1, 2, … in this shape: every number says where it stood. */
const counted = (shape: Shape): Tensor => arange(sizeOf(shape)).reshape(shape);

const anyShape = (minLength: number, min: number) =>
  fc.array(fc.integer({ min, max: 4 }), { minLength, maxLength: 4 });

/** A shape that broadcasts with `shape`: axes missing in front, or of size 1. */
const fitting = (shape: Shape): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([drop, single]) => shape.slice(drop).map((size, i) => (single[i] ? 1 : size)));

function* places(shape: Shape): Generator<number[]> {
  if (shape.length === 0) yield [];
  else
    for (let i = 0; i < shape[0]; i++)
      for (const rest of places(shape.slice(1))) yield [i, ...rest];
}

/** Where the number at `place` of a broadcast result comes from in x. */
const source = (x: Tensor, place: readonly number[]): number[] =>
  place.slice(place.length - x.rank).map((i, axis) => (x.shape[axis] === 1 ? 0 : i));

describe("broadcasting, against a walk of all indices", () => {
  test("where, with three shapes", () => {
    const any = anyShape(0, 0).chain((shape) =>
      fc.tuple(fitting(shape), fitting(shape), fitting(shape)),
    );
    fc.assert(
      fc.property(any, ([c, a, b]) => {
        const mask = counted(c).to("bool");
        for (let i = 0; i < mask.size; i++) mask.data[i] = Number(i % 3 === 0);
        const [x, y] = [counted(a), counted(b).neg().sub(1)];
        const out = x.where(mask, y);
        for (const place of places(out.shape)) {
          const from = mask.at(...source(mask, place)) ? x : y;
          expect(out.at(...place)).toBe(from.at(...source(from, place)));
        }
      }),
    );
  });

  test("expand, and sumTo back", () => {
    const any = anyShape(0, 0).chain((shape) => fc.tuple(fc.constant(shape), fitting(shape)));
    fc.assert(
      fc.property(any, ([shape, small]) => {
        const x = counted(small);
        const wide = x.expand(shape);
        expect(wide.shape).toEqual(shape);
        for (const place of places(shape))
          expect(wide.at(...place)).toBe(x.at(...source(x, place)));

        const big = counted(shape);
        const sums = zeros(small);
        for (const place of places(shape)) {
          const at = source(sums, place).reduce((offset, i, axis) => offset * small[axis] + i, 0);
          sums.data[at] += big.at(...place);
        }
        expect(big.sumTo(small).toArray()).toEqual(sums.toArray());
      }),
    );
  });
});

describe("reading and adding by places, against a walk of all indices", () => {
  /** A shape, one of its axes, and places along it, some counted from the end. */
  const along = anyShape(1, 1).chain((shape) =>
    fc
      .nat(shape.length - 1)
      .chain((axis) =>
        fc.tuple(
          fc.constant(shape),
          fc.constant(axis),
          fc.array(fc.integer({ min: -shape[axis], max: shape[axis] - 1 }), { maxLength: 6 }),
        ),
      ),
  );
  const fromFront = (i: number, size: number) => (i < 0 ? i + size : i);

  test("take, and indexAdd where it was taken from", () => {
    fc.assert(
      fc.property(along, ([shape, axis, indices]) => {
        const x = counted(shape);
        const y = x.take(indices, axis);
        const sums = counted(shape);
        for (const place of places(y.shape)) {
          const from = [...place];
          from[axis] = fromFront(indices[place[axis]], shape[axis]);
          expect(y.at(...place)).toBe(x.at(...from));
          sums.data[from.reduce((offset, i, a) => offset * shape[a] + i, 0)] += y.at(...place);
        }
        expect(x.indexAdd(axis, indices, y).toArray()).toEqual(sums.toArray());
      }),
    );
  });

  test("gather, and scatterAdd where it was gathered from", () => {
    fc.assert(
      fc.property(along, fc.nat(100), ([shape, axis, list], seed) => {
        if (list.length === 0) return;
        const x = counted(shape);
        const size = shape.map((s, a) => (a === axis ? list.length : Math.max(1, s - (seed % 2))));
        const indices = counted(size).to("int32");
        for (let i = 0; i < indices.size; i++) indices.data[i] = list[(i * 7 + seed) % list.length];
        const y = x.gather(axis, indices);
        expect(y.shape).toEqual(size);
        const sums = counted(shape);
        for (const place of places(size)) {
          const from = [...place];
          from[axis] = fromFront(indices.at(...place), shape[axis]);
          expect(y.at(...place)).toBe(x.at(...from));
          sums.data[from.reduce((offset, i, a) => offset * shape[a] + i, 0)] += y.at(...place);
        }
        expect(x.scatterAdd(axis, indices, y).toArray()).toEqual(sums.toArray());
      }),
    );
  });
});

test("flatten, from an axis on", () => {
  const x = counted([2, 3, 4]);
  expect(x.flatten().shape).toEqual([24]);
  expect(x.flatten(1).shape).toEqual([2, 12]);
  expect(x.flatten(-1).shape).toEqual([2, 3, 4]);
  expect(tensor(1).flatten().shape).toEqual([1]);
  expect(zeros([2, 0]).flatten(1).shape).toEqual([2, 0]);
});

test("gradients of gather and of what is added in places", () => {
  const x = tensor(
    [
      [1, -2, 3],
      [0.5, 4, -1],
    ],
    { requiresGrad: true },
  );
  const y = tensor(
    [
      [2, 1],
      [-1, 0.5],
    ],
    { requiresGrad: true },
  );
  const places = tensor(
    [
      [0, -1],
      [1, 1],
    ],
    { dtype: "int32" },
  );
  gradcheckTwice((x, y) => x.gather(1, places).mul(y), [x, y]);
  gradcheckTwice((x, y) => x.scatterAdd(1, places, y).indexAdd(1, [0, 0], y), [x, y]);
  gradcheckTwice((x) => x.take(places, 1).expand([3, 2, 2, 2]).sumTo([2, 1, 2]), [x]);
});

test("what is said of places and orders that are not there", () => {
  const x = zeros([2, 3, 4]);
  expect(errorOf(() => x.transpose(1, 2))).toMatchInlineSnapshot(`
    "ShapeError: transpose: the order [1, 2] does not name each axis once
      shape: [2, 3, 4]
      hint: to swap two axes: swapAxes(1, 2)"
  `);
  expect(errorOf(() => x.transpose(0, 1, 1))).toMatchInlineSnapshot(`
    "ShapeError: transpose: the order [0, 1, 1] does not name each axis once
      shape: [2, 3, 4]
      hint: leave it out to turn all axes around"
  `);
  expect(errorOf(() => x.take(tensor([true, false])))).toMatchInlineSnapshot(`
    "TypeError: take: indices are places, got a bool tensor
      hint: to choose by a mask, use where(…) or maskedFill(…)"
  `);
  expect(errorOf(() => x.take(tensor([0.5])))).toMatchInlineSnapshot(
    `"TypeError: take: indices must be whole numbers, got a float32 tensor with fractions"`,
  );
  expect(errorOf(() => x.take([0, 1.5]))).toMatchInlineSnapshot(
    `"TypeError: take: an index is a whole number, got a number 1.5"`,
  );
  expect(errorOf(() => tensor(1).take([0]))).toMatchInlineSnapshot(`
    "ShapeError: take: a single number has no rows to take
      shape: []"
  `);
  expect(errorOf(() => x.gather(0, zeros([2], { dtype: "int32" })))).toMatchInlineSnapshot(`
    "ShapeError: gather: the indices must have as many axes, and be no longer except along axis 0
      shapes: [2, 3, 4] and [2]"
  `);
  expect(errorOf(() => x.indexAdd(0, [0], zeros([2])))).toMatchInlineSnapshot(`
    "ShapeError: indexAdd: what is added must have shape [1, 3, 4]
      shapes: [2, 3, 4] and [1] and [2]"
  `);
  expect(errorOf(() => x.expand([2, 3, 5]))).toMatchInlineSnapshot(`
    "ShapeError: expand: cannot be repeated to shape [2, 3, 5]
      shape: [2, 3, 4]
      hint: only axes of size 1 can be repeated"
  `);
  expect(errorOf(() => x.sumTo([3, 3]))).toMatchInlineSnapshot(`
    "ShapeError: sumTo: cannot be summed to shape [3, 3]
      shape: [2, 3, 4]"
  `);
  expect(errorOf(() => x.slice(0, 2, 0, 0))).toMatchInlineSnapshot(`
    "ShapeError: slice: the step must be 1 or more, got 0
      shape: [2, 3, 4]"
  `);
  expect(errorOf(() => x.slice(0, 1.5))).toMatchInlineSnapshot(`
    "ShapeError: slice: there is no part from 0 to 1.5 along axis 0, which has size 2
      shape: [2, 3, 4]"
  `);
  expect(errorOf(() => x.select(3, 0))).toMatchInlineSnapshot(`
    "ShapeError: select: there is no axis 3 in a tensor with 3 axes
      shape: [2, 3, 4]
      hint: an axis is a whole number from -3 to 2"
  `);
  expect(errorOf(() => x.flatten(3))).toMatchInlineSnapshot(`
    "ShapeError: flatten: there is no axis 3 in a tensor with 3 axes
      shape: [2, 3, 4]
      hint: an axis is a whole number from -3 to 2"
  `);
});
