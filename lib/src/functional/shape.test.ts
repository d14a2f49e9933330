import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arange, ones, tensor, zeros } from "../create.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import { concat, stack } from "./join.ts";
import type { IndexPart } from "./shape.ts";

/** 0, 1, 2, … in this shape: every number says where it stood. */
const counted = (shape: readonly number[]): Tensor =>
  arange(shape.reduce((a, b) => a * b, 1)).reshape(shape);

const anyShape = (minLength = 0, min = 0) =>
  fc.array(fc.integer({ min, max: 4 }), { minLength, maxLength: 4 });

function* places(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) yield [];
  else
    for (let i = 0; i < shape[0]; i++)
      for (const rest of places(shape.slice(1))) yield [i, ...rest];
}

/** Holds each number of y against the one of x, or the value, that should have come there. */
function mustCome(y: Tensor, from: (place: number[]) => number): void {
  for (const place of places(y.shape)) expect(y.at(...place)).toBe(from(place));
}

describe("every number comes from where it should", () => {
  test("index: places, whole axes and ranges with steps", () => {
    const part = (size: number): fc.Arbitrary<IndexPart> => {
      const range = fc
        .tuple(fc.nat(size), fc.nat(size), fc.integer({ min: 1, max: 3 }))
        .map(([a, b, step]): IndexPart => [Math.min(a, b), Math.max(a, b), step]);
      const ends = size > 0 ? [fc.integer({ min: -size, max: size - 1 })] : [];
      return fc.oneof(fc.constant(null), range, ...ends);
    };
    const any = anyShape().chain((shape) =>
      fc.tuple(fc.constant(shape), fc.tuple(...shape.map(part)), fc.nat(shape.length)),
    );
    fc.assert(
      fc.property(any, ([shape, all, count]) => {
        const x = counted(shape);
        const parts = all.slice(0, count);
        const y = x.index(...parts);
        let reached = 0;
        const visit = (axis: number, place: number[]): void => {
          if (axis === shape.length) {
            expect(y.data[reached++]).toBe(x.at(...place));
            return;
          }
          const size = shape[axis];
          const at = parts[axis] ?? null;
          if (typeof at === "number") visit(axis + 1, [...place, at]);
          else {
            const [start, end, step] = at ?? [0, size, 1];
            for (let i = start; i < end!; i += step!) visit(axis + 1, [...place, i]);
          }
        };
        visit(0, []);
        expect(y.size).toBe(reached);
        expect(y.rank).toBe(x.rank - parts.filter((at) => typeof at === "number").length);
      }),
    );
  });

  test("index, as one writes it", () => {
    const x = counted([2, 3, 6]);
    expect(x.index(1, null, [2, 5]).toArray()).toEqual([
      [20, 21, 22],
      [26, 27, 28],
      [32, 33, 34],
    ]);
    expect(x.index(-1, 0, -1).item()).toBe(23);
    expect(x.index(0, 0, [-2]).toArray()).toEqual([4, 5]);
    expect(x.index(0, 0, [0, null, 2]).toArray()).toEqual([0, 2, 4]);
    expect(x.index(0, 0, [1, -1, 3]).toArray()).toEqual([1, 4]);
    expect(x.index()).toBe(x);
  });

  test("flip", () => {
    const any = anyShape().chain((shape) =>
      fc.tuple(fc.constant(shape), fc.subarray([...shape.keys()])),
    );
    fc.assert(
      fc.property(any, ([shape, axes]) => {
        const x = counted(shape);
        mustCome(x.flip(axes), (place) =>
          x.at(...place.map((i, axis) => (axes.includes(axis) ? shape[axis] - 1 - i : i))),
        );
      }),
    );
    expect(counted([2, 2]).flip().toArray()).toEqual([
      [3, 2],
      [1, 0],
    ]);
    expect(counted([2, 2]).flip(-1).toArray()).toEqual([
      [1, 0],
      [3, 2],
    ]);
  });

  test("pad, and the padding taken off again", () => {
    const sides = fc.tuple(fc.nat(2), fc.nat(2));
    const any = anyShape().chain((shape) =>
      fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => sides))),
    );
    fc.assert(
      fc.property(any, ([shape, padding]) => {
        const x = counted(shape);
        const y = x.pad(padding, -7);
        expect(y.shape).toEqual(
          shape.map((size, axis) => padding[axis][0] + size + padding[axis][1]),
        );
        mustCome(y, (place) => {
          const inside = place.map((i, axis) => i - padding[axis][0]);
          return inside.every((i, axis) => i >= 0 && i < shape[axis]) ? x.at(...inside) : -7;
        });
        const back = y.index(...padding.map(([b], axis): [number, number] => [b, b + shape[axis]]));
        expect(back.toArray()).toEqual(x.toArray());
      }),
    );
  });

  test("concat, and split apart again", () => {
    const any = anyShape(1).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.nat(shape.length - 1),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(any, ([shape, axis, sizes]) => {
        const parts = sizes.map((size, k) =>
          counted(shape.map((s, a) => (a === axis ? size : s))).add(100 * k),
        );
        const y = concat(parts, axis);
        const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
        mustCome(y, (place) => {
          const k = sizes.findIndex((size, k) => place[axis] < starts[k] + size);
          return parts[k].at(...place.map((i, a) => (a === axis ? i - starts[k] : i)));
        });
        y.split(sizes, axis).forEach((part, k) => {
          expect(part.shape).toEqual(parts[k].shape);
          expect(part.toArray()).toEqual(parts[k].toArray());
        });
      }),
    );
  });

  test("stack, and each part selected again", () => {
    const any = anyShape().chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.integer({ min: -shape.length - 1, max: shape.length }),
        fc.integer({ min: 1, max: 3 }),
      ),
    );
    fc.assert(
      fc.property(any, ([shape, axis, count]) => {
        const parts = Array.from({ length: count }, (_, k) => counted(shape).add(100 * k));
        const y = stack(parts, axis);
        parts.forEach((part, k) => {
          expect(y.select(axis, k).shape).toEqual(shape);
          expect(y.select(axis, k).toArray()).toEqual(part.toArray());
        });
      }),
    );
  });

  test("tril and triu, with any diagonal", () => {
    fc.assert(
      fc.property(anyShape(2), fc.integer({ min: -5, max: 5 }), (shape, diagonal) => {
        const x = counted(shape).add(1);
        const above = (place: number[]) => place.at(-1)! - place.at(-2)!;
        mustCome(x.tril(diagonal), (p) => (above(p) <= diagonal ? x.at(...p) : 0));
        mustCome(x.triu(diagonal), (p) => (above(p) >= diagonal ? x.at(...p) : 0));
      }),
    );
  });

  test("swapAxes, squeeze, unsqueeze", () => {
    fc.assert(
      fc.property(anyShape(1), fc.nat(3), fc.nat(3), (shape, i, j) => {
        const x = counted(shape);
        const [a, b] = [i % shape.length, j % shape.length];
        mustCome(x.swapAxes(a, b - shape.length), (place) => {
          const from = [...place];
          [from[a], from[b]] = [from[b], from[a]];
          return x.at(...from);
        });
        const wide = x.unsqueeze(a);
        expect(wide.shape).toEqual([...shape.slice(0, a), 1, ...shape.slice(a)]);
        expect(wide.squeeze(a).shape).toEqual(shape);
        expect(wide.data).toBe(x.data);
      }),
    );
    expect(zeros([1, 3, 1]).squeeze().shape).toEqual([3]);
    expect(zeros([1, 3, 1]).squeeze([0, -1]).shape).toEqual([3]);
    expect(zeros([2]).unsqueeze(-1).shape).toEqual([2, 1]);
    expect(zeros([2, 3, 4]).permute(2, 0, 1).shape).toEqual([4, 2, 3]);
  });

  test("split by one size and chunk, as PyTorch cuts", () => {
    const sizes = (parts: Tensor[]) => parts.map(({ shape }) => shape[0]);
    expect(sizes(zeros([5]).split(2))).toEqual([2, 2, 1]);
    expect(sizes(zeros([5]).chunk(2))).toEqual([3, 2]);
    expect(sizes(zeros([6]).chunk(4))).toEqual([2, 2, 2]);
    expect(sizes(zeros([2]).chunk(4))).toEqual([1, 1]);
    expect(sizes(zeros([0]).split(3))).toEqual([0]);
    expect(sizes(zeros([0]).chunk(3))).toEqual([0]);
  });
});

test("dtypes: what is moved keeps its own, what is joined finds one for all", () => {
  const mask = tensor([
    [true, false],
    [true, true],
  ]);
  for (const y of [
    mask.flip(),
    mask.tril(),
    mask.index(0),
    mask.pad([
      [1, 1],
      [0, 0],
    ]),
    concat([mask, mask]),
  ])
    expect(y.dtype).toBe("bool");
  const whole = tensor([1, 2], { dtype: "int32" });
  expect(concat([whole, tensor([true])]).dtype).toBe("int32");
  expect(concat([whole, tensor([0.5])]).toArray()).toEqual([1, 2, 0.5]);
  expect(
    mask.pad(
      [
        [0, 0],
        [0, 1],
      ],
      2,
    ).dtype,
  ).toBe("int32");
  expect(whole.pad([[0, 1]], -Infinity).toArray()).toEqual([1, 2, -Infinity]);
});

describe("gradients", () => {
  const x = ones([2, 3, 4]);
  for (let i = 0; i < x.size; i++) x.data[i] = Math.sin(i);
  x.requiresGrad = true;
  const cases: Record<string, (x: Tensor) => Tensor> = {
    index: (x) => x.index(1, [0, 3, 2], [-3, -1]),
    flip: (x) => x.flip([0, 2]).mul(x),
    pad: (x) =>
      x.pad(
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        3,
      ),
    concat: (x) => concat([x, x.slice(0, 1, 1).mul(2), x], -2),
    stack: (x) => stack([x, x.mul(x)], 1),
    split: (x) => x.split([1, 3], -1)[1].mul(x.chunk(3, 1)[1].slice(0, 1, 2)),
    "tril and triu": (x) => x.tril(1).mul(x.triu(-1)),
    "other shapes": (x) => x.unsqueeze(0).swapAxes(1, 3).permute(3, 0, 1, 2).squeeze(1),
  };
  for (const [name, f] of Object.entries(cases)) test(name, () => gradcheckTwice(f, [x]));
});

test("what is said of shapes, axes and places that do not fit", () => {
  const x = zeros([2, 3]);
  expect(errorOf(() => x.index(0, 1, 2))).toMatchInlineSnapshot(`
    "ShapeError: index: 3 parts are too many for 2 axes
      shape: [2, 3]"
  `);
  expect(errorOf(() => x.index(null, 3))).toMatchInlineSnapshot(`
    "ShapeError: index: there is no index 3 along axis 1, which has size 3
      shape: [2, 3]
      hint: an index is a whole number from -3 to 2"
  `);
  expect(errorOf(() => x.index(null, [1, 4]))).toMatchInlineSnapshot(`
    "ShapeError: slice: there is no part from 1 to 4 along axis 1, which has size 3
      shape: [2, 3]"
  `);
  expect(errorOf(() => x.index([0, 2, -1]))).toMatchInlineSnapshot(`
    "ShapeError: slice: the step must be 1 or more, got -1
      shape: [2, 3]
      hint: flip() first"
  `);
  expect(errorOf(() => x.squeeze(1))).toMatchInlineSnapshot(`
    "ShapeError: squeeze: axis 1 has size 3: only an axis of size 1 can be left out
      shape: [2, 3]
      hint: to take one part of it, use select(1, index)"
  `);
  expect(errorOf(() => x.unsqueeze(4))).toMatchInlineSnapshot(`
    "ShapeError: unsqueeze: a new axis cannot stand in place 4
      shape: [2, 3]
      hint: a place is a whole number from -3 to 2"
  `);
  expect(errorOf(() => x.swapAxes(0, 2))).toMatchInlineSnapshot(`
    "ShapeError: swapAxes: there is no axis 2 in a tensor with 2 axes
      shape: [2, 3]
      hint: an axis is a whole number from -2 to 1"
  `);
  expect(errorOf(() => x.permute(0))).toMatchInlineSnapshot(`
    "ShapeError: transpose: the order [0] does not name each axis once
      shape: [2, 3]
      hint: leave it out to turn all axes around"
  `);
  expect(errorOf(() => x.split(0))).toMatchInlineSnapshot(`
    "ShapeError: split: no part can have size 0
      shape: [2, 3]
      hint: a size is a whole number, 1 or more"
  `);
  expect(errorOf(() => x.split([1, 2]))).toMatchInlineSnapshot(`
    "ShapeError: split: the sizes [1, 2] do not make up axis 0, which has size 2
      shape: [2, 3]"
  `);
  expect(errorOf(() => x.chunk(0))).toMatchInlineSnapshot(`
    "ShapeError: chunk: cannot be cut into 0 parts
      shape: [2, 3]"
  `);
  expect(errorOf(() => x.pad([[1, 1]]))).toMatchInlineSnapshot(`
    "ShapeError: pad: 2 pairs [before, after] are needed, one per axis, got 1
      shape: [2, 3]"
  `);
  expect(
    errorOf(() =>
      x.pad([
        [0, 0],
        [-1, 0],
      ]),
    ),
  ).toMatchInlineSnapshot(`
    "ShapeError: pad: axis 1 cannot get -1 more places
      shape: [2, 3]
      hint: to take places away, use slice"
  `);
  expect(errorOf(() => x.pad([1, 1] as unknown as [number, number][]))).toMatchInlineSnapshot(`
    "ShapeError: pad: axis 0 cannot get undefined more places
      shape: [2, 3]
      hint: write [before, after]"
  `);
  expect(errorOf(() => x.flip(2))).toMatchInlineSnapshot(`
    "ShapeError: flip: there is no axis 2 in a tensor with 2 axes
      shape: [2, 3]
      hint: an axis is a whole number from -2 to 1"
  `);
  expect(errorOf(() => x.row(0).tril())).toMatchInlineSnapshot(`
    "ShapeError: tril: only a matrix, or a stack of them, has a diagonal
      shape: [3]"
  `);
  expect(errorOf(() => x.triu(0.5))).toMatchInlineSnapshot(`
    "ShapeError: triu: there is no diagonal 0.5: it is a whole number
      shape: [2, 3]"
  `);
  expect(errorOf(() => concat([]))).toMatchInlineSnapshot(
    `"ShapeError: concat: there is nothing to join: the list is empty"`,
  );
  expect(errorOf(() => concat([x, zeros([2, 4])]))).toMatchInlineSnapshot(`
    "ShapeError: concat: tensor 1 does not fit the first one: only axis 0 may differ
      shapes: [2, 3] and [2, 4]"
  `);
  expect(errorOf(() => concat([x, x], 2))).toMatchInlineSnapshot(`
    "ShapeError: concat: there is no axis 2 in a tensor with 2 axes
      shape: [2, 3]
      hint: an axis is a whole number from -2 to 1"
  `);
  expect(errorOf(() => concat([tensor(1), tensor(2)]))).toMatchInlineSnapshot(`
    "ShapeError: concat: a single number has no axis
      shapes: [] and []
      hint: use stack"
  `);
  expect(errorOf(() => concat(x as unknown as Tensor[]))).toMatchInlineSnapshot(`
    "TypeError: concat: expected an array of tensors
      hint: concat([a, b])"
  `);
  expect(errorOf(() => concat([x, 1 as unknown as Tensor]))).toMatchInlineSnapshot(
    `"TypeError: concat: expected a Tensor, got a number"`,
  );
  expect(errorOf(() => stack([]))).toMatchInlineSnapshot(
    `"ShapeError: stack: there is nothing to stack: the list is empty"`,
  );
  expect(errorOf(() => stack([x, zeros([3])]))).toMatchInlineSnapshot(`
    "ShapeError: stack: all tensors must have the same shape
      shapes: [2, 3] and [3]
      hint: to join them along an axis that they have, use concat"
  `);
});
