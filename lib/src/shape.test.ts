import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastShapes, broadcastStrides, checkAxis, ShapeError, stridesOf } from "./shape.ts";
import { errorOf } from "./testing.ts";

test("shapes broadcast as NumPy's documentation says", () => {
  // The examples of numpy.org's page on broadcasting.
  expect(broadcastShapes("add", [256, 256, 3], [3])).toEqual([256, 256, 3]);
  expect(broadcastShapes("add", [8, 1, 6, 1], [7, 1, 5])).toEqual([8, 7, 6, 5]);
  expect(broadcastShapes("add", [5, 4], [1])).toEqual([5, 4]);
  expect(broadcastShapes("add", [15, 3, 5], [3, 1])).toEqual([15, 3, 5]);
  expect(broadcastShapes("add", [], [2, 3])).toEqual([2, 3]);
  expect(broadcastShapes("add", [0, 1], [1, 4])).toEqual([0, 4]);
  expect(() => broadcastShapes("add", [3], [4])).toThrow(ShapeError);
  expect(() => broadcastShapes("add", [2, 1], [8, 4, 3])).toThrow(ShapeError);
});

test("broadcasting does not depend on the order, and repeats nothing that has its size", () => {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  fc.assert(
    fc.property(shape, shape, (a, b) => {
      let out: readonly number[];
      try {
        out = broadcastShapes("add", a, b);
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError);
        expect(() => broadcastShapes("add", b, a)).toThrow(ShapeError);
        return;
      }
      expect(broadcastShapes("add", b, a)).toEqual(out);
      expect(broadcastShapes("add", out, a)).toEqual(out);
    }),
  );
});

test("strides", () => {
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect(stridesOf([])).toEqual([]);
  expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
});

test("an axis may be counted from the end", () => {
  expect(checkAxis("sum", [2, 3], -1)).toBe(1);
  expect(checkAxis("sum", [2, 3], 0)).toBe(0);
});

test("what is said when shapes do not fit", () => {
  expect(errorOf(() => broadcastShapes("add", [2, 3], [2]))).toMatchInlineSnapshot(`
    "ShapeError: add: axis -1 has size 3 on the left and 2 on the right
      shapes: [2, 3] and [2]
      hint: line the shapes up from the right: sizes must be equal, or one of them 1"
  `);
  expect(errorOf(() => checkAxis("sum", [2, 3], 2))).toMatchInlineSnapshot(`
    "ShapeError: sum: there is no axis 2 in a tensor with 2 axes
      shape: [2, 3]
      hint: an axis is a whole number from -2 to 1"
  `);
  expect(errorOf(() => checkAxis("sum", [], 0))).toMatchInlineSnapshot(`
    "ShapeError: sum: there is no axis 0 in a tensor with 0 axes
      shape: []
      hint: leave the axis out"
  `);
  const error = new ShapeError("matmul", [[2, 3], [4]], "they do not fit");
  expect(error).toMatchObject({ name: "ShapeError", op: "matmul", shapes: [[2, 3], [4]] });
});
