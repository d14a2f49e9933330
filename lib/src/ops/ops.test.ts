import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import * as ops from "./index.ts";

/** Numbers that float32 holds exactly and that stay exact when a few are added or multiplied. */
const small = fc.integer({ min: -50, max: 50 });

/** A tensor of a shape that broadcasts with `shape`: axes missing in front, or of size 1. */
function fitting(shape: readonly number[]): fc.Arbitrary<Tensor> {
  return fc
    .tuple(
      fc.integer({ min: 0, max: shape.length }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    )
    .map(([drop, single]) => shape.slice(drop).map((size, i) => (single[i] ? 1 : size)))
    .chain(tensorOf);
}

function tensorOf(shape: readonly number[]): fc.Arbitrary<Tensor> {
  const size = shape.reduce((a, b) => a * b, 1);
  return fc
    .array(small, { minLength: size, maxLength: size })
    .map((values) => new Tensor(Float32Array.from(values), shape));
}

const anyShape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const pair = anyShape.chain((shape) => fc.tuple(fitting(shape), fitting(shape)));

/** The element of x that stands at `index` of a result it is broadcast to. */
function broadcastAt(x: Tensor, index: readonly number[]): number {
  const own = index.slice(index.length - x.rank);
  return x.at(...own.map((i, axis) => (x.shape[axis] === 1 ? 0 : i)));
}

function* indices(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) yield [];
  else
    for (let i = 0; i < shape[0]; i++)
      for (const rest of indices(shape.slice(1))) yield [i, ...rest];
}

describe("number by number", () => {
  test("each op computes what its name says", () => {
    const x = tensor([-2, -0.5, 0, 0.5, 2]);
    // To eight digits, from Python's math module.
    const expected: [Tensor, number[]][] = [
      [x.neg(), [2, 0.5, 0, -0.5, -2]],
      [x.abs(), [2, 0.5, 0, 0.5, 2]],
      [x.sign(), [-1, -1, 0, 1, 1]],
      [x.relu(), [0, 0, 0, 0.5, 2]],
      [x.exp(), [0.13533528, 0.60653067, 1, 1.64872122, 7.3890562]],
      [x.sigmoid(), [0.11920292, 0.37754068, 0.5, 0.62245935, 0.88079709]],
      [x.tanh(), [-0.96402758, -0.46211717, 0, 0.46211717, 0.96402758]],
      [tensor([1, 4, 2]).sqrt(), [1, 2, 1.41421354]],
      [tensor([1, Math.E, 10]).log(), [0, 1, 2.30258512]],
      [x.pow(2), [4, 0.25, 0, 0.25, 4]],
      [x.maximum(0.25), [0.25, 0.25, 0.25, 0.5, 2]],
      [x.minimum(0.25), [-2, -0.5, 0, 0.25, 0.25]],
    ];
    for (const [got, want] of expected) {
      expect(got.shape).toEqual([want.length]);
      expect(got.dtype).toBe("float32");
      for (const [i, value] of want.entries()) expect(got.at(i)).toBeCloseTo(value, 6);
    }
  });

  test("the ends of the numbers", () => {
    const x = tensor([-1e30, 1e30, Number.NaN]);
    expect(x.sigmoid().toArray()).toEqual([0, 1, Number.NaN]);
    expect(x.tanh().toArray()).toEqual([-1, 1, Number.NaN]);
    expect(x.relu().toArray()).toEqual([0, expect.closeTo(1e30, -25), Number.NaN]);
    expect(tensor([0, -1]).log().toArray()).toEqual([-Infinity, Number.NaN]);
    expect(tensor([1, -1, 0]).div(0).toArray()).toEqual([Infinity, -Infinity, Number.NaN]);
  });

  test("two tensors broadcast: every result comes from the right pair", () => {
    const functions = {
      add: (a: number, b: number) => a + b,
      sub: (a: number, b: number) => a - b,
      mul: (a: number, b: number) => a * b,
      greater: (a: number, b: number) => Number(a > b),
      lessEqual: (a: number, b: number) => Number(a <= b),
      equal: (a: number, b: number) => Number(a === b),
      notEqual: (a: number, b: number) => Number(a !== b),
      less: (a: number, b: number) => Number(a < b),
      greaterEqual: (a: number, b: number) => Number(a >= b),
    };
    fc.assert(
      fc.property(pair, ([a, b]) => {
        for (const [name, f] of Object.entries(functions)) {
          const out = a[name as keyof typeof functions](b);
          for (const index of indices(out.shape))
            expect(out.at(...index)).toBe(f(broadcastAt(a, index), broadcastAt(b, index)));
        }
      }),
    );
  });

  test("sums and products do not depend on the order; subtracting undoes adding", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(a.add(b).toArray()).toEqual(b.add(a).toArray());
        expect(a.mul(b).toArray()).toEqual(b.mul(a).toArray());
        expect(a.add(b).sub(b).sub(a).abs().sum().item()).toBe(0);
      }),
    );
  });

  test("dtypes: whole numbers stay whole until a fraction comes in", () => {
    const whole = tensor([1, 2], { dtype: "int32" });
    expect(whole.add(1).dtype).toBe("int32");
    expect(whole.add(0.5).dtype).toBe("float32");
    expect(whole.add(tensor([1, 2])).dtype).toBe("float32");
    expect(whole.div(2)).toMatchObject({ dtype: "float32", data: Float32Array.of(0.5, 1) });
    expect(whole.greater(1)).toMatchObject({ dtype: "bool", data: Uint8Array.of(0, 1) });
    expect(tensor([true, true]).add(tensor([true, false]))).toMatchObject({
      dtype: "int32",
      data: Int32Array.of(2, 1),
    });
    expect(tensor([true, true, false]).sum()).toMatchObject({
      dtype: "int32",
      data: Int32Array.of(2),
    });
  });

  test("what is said of operands that do not fit", () => {
    const x = zeros([2, 3]);
    expect(errorOf(() => x.add(zeros([2])))).toMatchInlineSnapshot(`
      "ShapeError: add: axis -1 has size 3 on the left and 2 on the right
        shapes: [2, 3] and [2]
        hint: line the shapes up from the right: sizes must be equal, or one of them 1"
    `);
    expect(errorOf(() => x.mul([1, 2, 3] as unknown as Tensor))).toMatchInlineSnapshot(`
      "TypeError: mul: expected a Tensor, got an array
        hint: make one with tensor([…])"
    `);
    expect(errorOf(() => x.sub(undefined as unknown as Tensor))).toMatchInlineSnapshot(
      `"TypeError: sub: expected a Tensor, got undefined"`,
    );
  });
});

describe("reductions", () => {
  const x = tensor([
    [1, 5, 3],
    [4, 2, 6],
  ]);

  test("along an axis and over everything", () => {
    expect(x.sum().item()).toBe(21);
    expect(x.sum(0).toArray()).toEqual([5, 7, 9]);
    expect(x.sum(1).toArray()).toEqual([9, 12]);
    expect(x.sum(-1, { keepDims: true }).toArray()).toEqual([[9], [12]]);
    expect(x.sum(undefined, { keepDims: true }).shape).toEqual([1, 1]);
    expect(x.mean(1).toArray()).toEqual([3, 4]);
    expect(x.max(0).toArray()).toEqual([4, 5, 6]);
    expect(x.min(1).toArray()).toEqual([1, 2]);
    expect(x.argmax(1)).toMatchObject({ dtype: "int32", data: Int32Array.of(1, 2) });
    expect(x.argmax().item()).toBe(5);
    expect(x.argmin(0).toArray()).toEqual([0, 1, 0]);
    expect(x.std(0).toArray()).toEqual([1.5, 1.5, 1.5]);
    expect(tensor([1, Number.NaN, 3]).max().item()).toBeNaN();
    expect(tensor([3, 3]).argmax().item()).toBe(0);
  });

  test("a middle axis", () => {
    const cube = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(cube.sum(1).toArray()).toEqual([
      [4, 6],
      [12, 14],
    ]);
    expect(cube.argmax(1).toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("summing axis by axis is summing everything", () => {
    const any = fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 })
      .chain((shape) => fc.tuple(tensorOf(shape), fc.nat(shape.length - 1)));
    fc.assert(
      fc.property(any, ([x, axis]) => {
        expect(x.sum(axis).sum().item()).toBe(x.sum().item());
        expect(x.sum(axis, { keepDims: true }).rank).toBe(x.rank);
      }),
    );
  });

  test("many small numbers are not lost: a million tenths are a hundred thousand", () => {
    expect(zeros([1_000_000]).add(0.1).sum().item()).toBeCloseTo(100_000, 1);
  });

  test("what is said where there is nothing to reduce", () => {
    expect(zeros([0]).sum().item()).toBe(0);
    expect(zeros([2, 0]).sum(1).toArray()).toEqual([0, 0]);
    expect(errorOf(() => zeros([0]).mean())).toMatchInlineSnapshot(`
      "ShapeError: mean: a tensor without numbers has no such value
        shape: [0]"
    `);
    expect(errorOf(() => zeros([2, 0]).max(1))).toMatchInlineSnapshot(`
      "ShapeError: max: axis 1 is empty, so there is no such value
        shape: [2, 0]"
    `);
    expect(zeros([2, 0]).max(0).shape).toEqual([0]);
    expect(errorOf(() => x.sum(2))).toMatchInlineSnapshot(`
      "ShapeError: sum: there is no axis 2 in a tensor with 2 axes
        shape: [2, 3]
        hint: an axis is a whole number from -2 to 1"
    `);
    expect(errorOf(() => x.sum(Number.NaN))).toMatchInlineSnapshot(`
      "ShapeError: sum: there is no axis NaN in a tensor with 2 axes
        shape: [2, 3]
        hint: an axis is a whole number from -2 to 1"
    `);
  });
});

describe("products", () => {
  test("matrices and vectors", () => {
    const a = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(
      a
        .matmul(
          tensor([
            [1, 0, 2],
            [0, 1, 3],
          ]),
        )
        .toArray(),
    ).toEqual([
      [1, 2, 8],
      [3, 4, 18],
      [5, 6, 28],
    ]);
    expect(a.matmul(tensor([1, -1])).toArray()).toEqual([-1, -1, -1]);
    expect(tensor([1, 1, 1]).matmul(a).toArray()).toEqual([9, 12]);
    expect(
      tensor([1, 2])
        .matmul(tensor([3, 4]))
        .item(),
    ).toBe(11);
    expect(
      tensor([1, 2])
        .dot(tensor([3, 4]))
        .item(),
    ).toBe(11);
    expect(
      zeros([2, 0])
        .matmul(zeros([0, 3]))
        .toArray(),
    ).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test("(a b)ᵀ = bᵀ aᵀ, and a (b + c) = a b + a c", () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
    );
    const three = sizes.chain(([n, k, m]) =>
      fc.tuple(tensorOf([n, k]), tensorOf([k, m]), tensorOf([k, m])),
    );
    fc.assert(
      fc.property(three, ([a, b, c]) => {
        expect(a.matmul(b).transpose().toArray()).toEqual(
          b.transpose().matmul(a.transpose()).toArray(),
        );
        expect(a.matmul(b.add(c)).toArray()).toEqual(a.matmul(b).add(a.matmul(c)).toArray());
      }),
    );
  });

  test("what is said when the sides do not fit", () => {
    expect(errorOf(() => zeros([2, 3]).matmul(zeros([4, 3])))).toMatchInlineSnapshot(`
      "ShapeError: matmul: the left side has 3 columns, the right side has 4 rows
        shapes: [2, 3] and [4, 3]
        hint: did you mean to transpose the right side? b.transpose()"
    `);
    expect(errorOf(() => zeros([3, 2]).matmul(zeros([3, 4])))).toMatchInlineSnapshot(`
      "ShapeError: matmul: the left side has 2 columns, the right side has 3 rows
        shapes: [3, 2] and [3, 4]
        hint: did you mean to transpose the left side? a.transpose()"
    `);
    expect(errorOf(() => zeros([2, 3]).matmul(zeros([1])))).toMatchInlineSnapshot(`
      "ShapeError: matmul: the rows on the left have 3 numbers, the columns on the right 1
        shapes: [2, 3] and [1]"
    `);
    expect(errorOf(() => zeros([2, 3]).matmul(tensor(2)))).toMatchInlineSnapshot(`
      "ShapeError: matmul: both sides must be matrices or vectors
        shapes: [2, 3] and []
        hint: to scale by a number, use mul"
    `);
    expect(errorOf(() => zeros([2, 3]).matmul(2 as unknown as Tensor))).toMatchInlineSnapshot(
      `"TypeError: matmul: expected a Tensor, got a number"`,
    );
    expect(errorOf(() => zeros([2]).dot(zeros([3])))).toMatchInlineSnapshot(`
      "ShapeError: dot: the left side has 2 numbers, the right side 3
        shapes: [2] and [3]"
    `);
    expect(errorOf(() => zeros([2, 3]).dot(zeros([3])))).toMatchInlineSnapshot(`
      "ShapeError: dot: both sides must be vectors
        shapes: [2, 3] and [3]
        hint: for matrices, use matmul"
    `);
  });
});

describe("other shapes of the same numbers", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  test("reshape and transpose", () => {
    expect(x.reshape([3, -1]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(x.flatten().toArray()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(x.transpose().toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(zeros([2, 3, 4]).transpose(0, 2, 1).shape).toEqual([2, 4, 3]);
    expect(zeros([2, 3, 4]).transpose().shape).toEqual([4, 3, 2]);
  });

  test("numbers go where the order of axes says", () => {
    const any = anyShape.chain((shape) =>
      fc.tuple(
        tensorOf(shape),
        fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      ),
    );
    fc.assert(
      fc.property(any, ([x, axes]) => {
        const y = x.transpose(...axes);
        if (axes.length > 0)
          for (const index of indices(y.shape)) {
            const from: number[] = [];
            axes.forEach((axis, i) => {
              from[axis] = index[i];
            });
            expect(y.at(...index)).toBe(x.at(...from));
          }
        expect(x.transpose().transpose().toArray()).toEqual(x.toArray());
      }),
    );
  });

  test("cutting along any axis and reading on", () => {
    const any = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
      .chain((shape) => fc.tuple(tensorOf(shape), fc.nat(shape.length - 1), fc.nat(4), fc.nat(4)));
    fc.assert(
      fc.property(any, ([x, axis, a, b]) => {
        const size = x.shape[axis];
        const [start, end] = [Math.min(a, b, size), Math.min(Math.max(a, b), size)];
        const part = x.slice(start, end, axis);
        for (const index of indices(part.shape)) {
          const from = index.map((i, at) => (at === axis ? i + start : i));
          expect(part.at(...index)).toBe(x.at(...from));
        }
      }),
    );
  });

  test("what is said when numbers do not fill a shape", () => {
    expect(errorOf(() => x.reshape([4, 2]))).toMatchInlineSnapshot(`
      "ShapeError: reshape: 6 numbers do not fill the shape [4, 2], which holds 8
        shape: [2, 3]"
    `);
    expect(errorOf(() => x.reshape([4, -1]))).toMatchInlineSnapshot(`
      "ShapeError: reshape: 6 numbers do not fill the shape [4, -1]
        shape: [2, 3]"
    `);
    expect(errorOf(() => x.reshape([-1, -1]))).toMatchInlineSnapshot(`
      "ShapeError: reshape: only one size may be -1, got [-1, -1]
        shape: [2, 3]"
    `);
    expect(errorOf(() => x.transpose(0, 0))).toMatchInlineSnapshot(`
      "ShapeError: transpose: the order [0, 0] does not name each axis once
        shape: [2, 3]
        hint: leave it out to turn all axes around"
    `);
  });
});

test("a result shares its numbers only where it is a free view", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  for (const y of [x.transpose(), x.slice(0, 2, 1, 2), x.take([0, 1]), x.add(0), x.clone()])
    expect(y.data.buffer).not.toBe(x.data.buffer);
  for (const y of [x.reshape([4]), x.flatten(), x.slice(1), x.row(1), x.detach()])
    expect(y.data.buffer).toBe(x.data.buffer);
  expect(x.row(1).data).toEqual(Float32Array.of(3, 4));
});

test("every op goes by its own name", () => {
  for (const [name, op] of Object.entries(ops)) expect(op.opName, name).toBe(name);
});
