import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../autograd.ts";
import { tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";

const NAN = Number.NaN;

describe("sort", () => {
  test("in order, and the places say where from; equal numbers keep their order", () => {
    const numbers = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(NAN)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(numbers, fc.boolean(), (list, descending) => {
        const { values, indices } = tensor(list).sort(0, { descending });
        // NaN is the largest there is.
        const size = (i: number) => (Number.isNaN(list[i]) ? Infinity : list[i]);
        const expected = [...list.keys()].sort(
          (a, b) => (descending ? -1 : 1) * (size(a) === size(b) ? 0 : size(a) - size(b)),
        );
        expect(indices).toMatchObject({ dtype: "int32", data: Int32Array.from(expected) });
        expect(values.toArray()).toEqual(expected.map((i) => list[i]));
      }),
    );
  });

  test("along any axis, with infinities and NaN", () => {
    const x = tensor([
      [3, NAN, -Infinity],
      [1, 2, Infinity],
    ]);
    expect(x.sort().values.toArray()).toEqual([
      [-Infinity, 3, NAN],
      [1, 2, Infinity],
    ]);
    expect(x.sort(0).indices.toArray()).toEqual([
      [1, 1, 0],
      [0, 0, 1],
    ]);
    expect(x.argsort(1, { descending: true }).toArray()).toEqual([
      [1, 0, 2],
      [2, 1, 0],
    ]);
    expect(tensor([true, false]).sort().values.dtype).toBe("bool");
    expect(zeros([2, 0]).sort().values.shape).toEqual([2, 0]);
  });
});

test("topk: the largest first, or the smallest", () => {
  const x = tensor([
    [1, 9, 4],
    [7, 7, 2],
  ]);
  const { values, indices } = x.topk(2);
  expect(values.toArray()).toEqual([
    [9, 4],
    [7, 7],
  ]);
  expect(indices).toMatchObject({ dtype: "int32", data: Int32Array.of(1, 2, 0, 1) });
  expect(x.topk(1, 0, { largest: false }).values.toArray()).toEqual([[1, 7, 2]]);
  expect(x.topk(0).values.shape).toEqual([2, 0]);
});

test("gradients go back to where the numbers stood", () => {
  const x = new Rng(4).normal([4, 3]);
  x.requiresGrad = true;
  gradcheckTwice((x) => x.sort(0).values, [x]);
  gradcheckTwice(
    (x) => x.topk(2, 0).values.mul(x.sort(-1, { descending: true }).values.slice(0, 2)),
    [x],
  );
  const y = tensor([2, 5, 3], { requiresGrad: true });
  expect(grad(y.topk(2).values.sum(), [y])[0].toArray()).toEqual([0, 1, 1]);
});

test("what is said of too many numbers and missing axes", () => {
  expect(errorOf(() => zeros([2, 3]).topk(4))).toMatchInlineSnapshot(`
    "ShapeError: topk: cannot take 4 of the 3 numbers along axis 1
      shape: [2, 3]"
  `);
  expect(errorOf(() => zeros([3]).topk(-1))).toMatchInlineSnapshot(`
    "ShapeError: topk: cannot take -1 of the 3 numbers along axis 0
      shape: [3]"
  `);
  expect(errorOf(() => zeros([3]).sort(1))).toMatchInlineSnapshot(`
    "ShapeError: sort: there is no axis 1 in a tensor with 1 axis
      shape: [3]
      hint: an axis is a whole number from -1 to 0"
  `);
  expect(errorOf(() => tensor(1).sort())).toMatchInlineSnapshot(`
    "ShapeError: sort: there is no axis -1 in a tensor with 0 axes
      shape: []
      hint: leave the axis out"
  `);
});
