import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arange, eye, full, linspace, ones, type TensorLike, tensor, zeros } from "./create.ts";
import { ShapeError } from "./shape.ts";
import { Tensor } from "./tensor.ts";
import { errorOf } from "./testing.ts";

describe("making tensors", () => {
  test("from nested arrays, typed arrays, tensors and booleans", () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toMatchObject({ shape: [2, 3], dtype: "float32" });
    expect(tensor(7)).toMatchObject({ shape: [], dtype: "float32" });
    expect(tensor([])).toMatchObject({ shape: [0], size: 0 });
    expect(tensor([true, false])).toMatchObject({ shape: [2], dtype: "bool" });
    expect(tensor(Int32Array.of(1, 2))).toMatchObject({ shape: [2], dtype: "int32" });
    expect(tensor([tensor([1, 2]), tensor([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([0.5, 0, -2], { dtype: "bool" }).toArray()).toEqual([1, 0, 1]);
    expect(tensor([1, 2], { dtype: "int32" }).data).toEqual(Int32Array.of(1, 2));
  });

  test("copies, so that changing the original changes nothing", () => {
    const original = Float32Array.of(1, 2);
    const copy = tensor(original);
    original[0] = 9;
    expect(copy.at(0)).toBe(1);
    expect(new Tensor(original, [2]).at(0)).toBe(9);
  });

  test("by rule", () => {
    expect(zeros([2, 2]).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(ones([3], { dtype: "int32" })).toMatchObject({
      dtype: "int32",
      data: Int32Array.of(1, 1, 1),
    });
    expect(full([], 4).item()).toBe(4);
    expect(arange(3).toArray()).toEqual([0, 1, 2]);
    expect(arange(1, 2, 0.25).toArray()).toEqual([1, 1.25, 1.5, 1.75]);
    expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(2, 3, 1).toArray()).toEqual([2]);
    expect(eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  test("any array of numbers survives the way there and back", () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([n, m]) =>
        fc.array(fc.array(fc.float({ noNaN: true }), { minLength: m, maxLength: m }), {
          minLength: n,
          maxLength: n,
        }),
      );
    fc.assert(
      fc.property(matrix, (values) => {
        expect(tensor(values).toArray()).toEqual(values);
      }),
    );
  });

  test("what is said of values that make no tensor", () => {
    expect(errorOf(() => tensor([[1, 2], [3]]))).toMatchInlineSnapshot(
      `"ShapeError: tensor: rows must have the same length: values[1] has shape [1], the first has [2]"`,
    );
    expect(errorOf(() => tensor([[1, 2], 3]))).toMatchInlineSnapshot(
      `"ShapeError: tensor: rows must have the same length: values[1] has shape [], the first has [2]"`,
    );
    expect(errorOf(() => tensor([1, [2]]))).toMatchInlineSnapshot(
      `"ShapeError: tensor: rows must have the same length: values[1] has shape [1], the first has []"`,
    );
    expect(errorOf(() => tensor([[1], [null]] as unknown as TensorLike))).toMatchInlineSnapshot(`
      "TypeError: tensor: values[1][0] is null, not a number
        hint: leave out or fill in missing values first"
    `);
    expect(errorOf(() => tensor(["1"] as unknown as TensorLike))).toMatchInlineSnapshot(
      `"TypeError: tensor: values[0] is "1", not a number"`,
    );
    expect(errorOf(() => tensor([1.5], { dtype: "int32" }))).toMatchInlineSnapshot(`
      "TypeError: tensor: 1.5 is not an int32
        hint: leave the dtype out for float32"
    `);
    expect(errorOf(() => tensor([Number.NaN], { dtype: "int32" }))).toMatchInlineSnapshot(`
      "TypeError: tensor: NaN is not an int32
        hint: leave the dtype out for float32"
    `);
    expect(errorOf(() => tensor([1], { dtype: "float64" as "float32" }))).toMatchInlineSnapshot(
      `"TypeError: there is no dtype "float64": choose "float32", "int32" or "bool""`,
    );
    expect(errorOf(() => zeros([2, Number.NaN]))).toMatchInlineSnapshot(`
      "ShapeError: zeros: axis 1 has size NaN
        shape: [2, NaN]
        hint: a size is a whole number, 0 or more"
    `);
    expect(errorOf(() => zeros([-1]))).toMatchInlineSnapshot(`
      "ShapeError: zeros: axis 0 has size -1
        shape: [-1]
        hint: a size is a whole number, 0 or more"
    `);
    expect(errorOf(() => zeros(3 as unknown as number[]))).toMatchInlineSnapshot(`
      "ShapeError: zeros: a shape is an array of sizes, got 3
        hint: in brackets: [2, 3] for two rows of three"
    `);
    expect(errorOf(() => new Tensor(new Float32Array(3), [2, 2]))).toMatchInlineSnapshot(`
      "ShapeError: Tensor: 3 numbers do not fill this shape, which holds 4
        shape: [2, 2]"
    `);
    expect(errorOf(() => arange(0, 1, 0))).toMatchInlineSnapshot(
      `"RangeError: arange: from 0 to 1 in steps of 0 never ends"`,
    );
    const options = { dtype: "int32" } as unknown as number;
    expect(errorOf(() => arange(3, options))).toMatchInlineSnapshot(`
      "TypeError: arange: options come after the step
        hint: arange(0, n, 1, { dtype })"
    `);
  });
});

describe("reading tensors", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  test("numbers, rows, columns and parts", () => {
    expect(x.at(1, -1)).toBe(6);
    expect(x.row(1).toArray()).toEqual([4, 5, 6]);
    expect(x.row(-1).toArray()).toEqual([4, 5, 6]);
    expect(x.column(1).toArray()).toEqual([2, 5]);
    expect([...x].map((row) => row.sum().item())).toEqual([6, 15]);
    expect(x.slice(1).toArray()).toEqual([[4, 5, 6]]);
    expect(x.slice(0, -1, 1).toArray()).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(x.take([1, 0, 1]).toArray()).toEqual([
      [4, 5, 6],
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.take(tensor([-1])).toArray()).toEqual([[4, 5, 6]]);
  });

  test("what is said of places that are not there", () => {
    expect(errorOf(() => x.item())).toMatchInlineSnapshot(`
      "ShapeError: item: only a tensor of one number is an item, this one has 6
        shape: [2, 3]
        hint: pick one with at(…), or reduce with sum(), mean() or max()"
    `);
    expect(errorOf(() => x.at(1))).toMatchInlineSnapshot(`
      "ShapeError: at: 2 indices are needed, got 1
        shape: [2, 3]
        hint: for a whole row, use row(i)"
    `);
    expect(errorOf(() => x.at(2, 0))).toMatchInlineSnapshot(`
      "ShapeError: at: there is no index 2 along axis 0, which has size 2
        shape: [2, 3]
        hint: an index is a whole number from -2 to 1"
    `);
    expect(errorOf(() => x.at(0, 0.5))).toMatchInlineSnapshot(`
      "ShapeError: at: there is no index 0.5 along axis 1, which has size 3
        shape: [2, 3]
        hint: an index is a whole number from -3 to 2"
    `);
    expect(errorOf(() => x.row(5))).toMatchInlineSnapshot(`
      "ShapeError: row: there is no index 5 along axis 0, which has size 2
        shape: [2, 3]
        hint: an index is a whole number from -2 to 1"
    `);
    expect(errorOf(() => tensor(1).row(0))).toMatchInlineSnapshot(`
      "ShapeError: row: a single number has no rows
        shape: []
        hint: use item()"
    `);
    expect(errorOf(() => tensor([1]).column(0))).toMatchInlineSnapshot(`
      "ShapeError: column: only a matrix has columns
        shape: [1]
        hint: use slice(…)"
    `);
    expect(errorOf(() => x.slice(1, 4))).toMatchInlineSnapshot(`
      "ShapeError: slice: there is no part from 1 to 4 along axis 0, which has size 2
        shape: [2, 3]"
    `);
    expect(errorOf(() => x.take([2]))).toMatchInlineSnapshot(`
      "ShapeError: take: there is no index 2 along axis 0, which has size 2
        shape: [2, 3]
        hint: an index is a whole number from -2 to 1"
    `);
  });
});

describe("printing tensors", () => {
  test("columns line up", () => {
    expect(
      String(
        tensor([
          [1, -20],
          [300, 4],
        ]),
      ),
    ).toMatchInlineSnapshot(`
      "tensor([[  1, -20],
              [300,   4]])"
    `);
    expect(
      String(
        tensor([
          [0.5, -2.25],
          [10, 1 / 3],
        ]),
      ),
    ).toMatchInlineSnapshot(`
      "tensor([[ 0.5000, -2.2500],
              [10.0000,  0.3333]])"
    `);
    expect(String(tensor([1e-7, 1]))).toMatchInlineSnapshot(`"tensor([1.0000e-7, 1.0000e+0])"`);
    expect(String(tensor([1.5, Number.NaN, -Infinity]))).toMatchInlineSnapshot(
      `"tensor([      1.5,       NaN, -Infinity])"`,
    );
    expect(String(tensor([true, false]))).toMatchInlineSnapshot(
      `"tensor([ true, false], dtype=bool)"`,
    );
    expect(String(tensor(3))).toMatchInlineSnapshot(`"tensor(3)"`);
    expect(String(zeros([0, 3]))).toMatchInlineSnapshot(`"tensor([], shape=[0, 3])"`);
    expect(String(tensor([-0, 0]))).toMatchInlineSnapshot(`"tensor([0, 0])"`);
    expect(String(arange(8).reshape([2, 2, 2]).to("int32"))).toMatchInlineSnapshot(`
      "tensor([[[0, 1],
               [2, 3]],

              [[4, 5],
               [6, 7]]], dtype=int32)"
    `);
  });

  test("numbers of all sizes: points and exponents line up", () => {
    expect(String(tensor([1.5e-10, -2.5e10, 0]))).toMatchInlineSnapshot(
      `"tensor([ 1.5000e-10, -2.5000e+10,  0.0000e+00])"`,
    );
    expect(String(tensor([0.99999, 1.00001]))).toMatchInlineSnapshot(`"tensor([1.0000, 1.0000])"`);
    expect(String(tensor([1e6, 0.5]))).toMatchInlineSnapshot(`"tensor([1.0000e+6, 5.0000e-1])"`);
    expect(String(tensor([999_999, 0.5]))).toMatchInlineSnapshot(`"tensor([999999.0,      0.5])"`);
    expect(String(tensor([-0.00015, -0.00004, 5]))).toMatchInlineSnapshot(
      `"tensor([-1.5000e-4, -4.0000e-5,  5.0000e+0])"`,
    );
    expect(String(tensor([0.1, 0.2]).add(0.1))).toMatchInlineSnapshot(`"tensor([0.2, 0.3])"`);
    expect(String(tensor([2_000_000_000, -1], { dtype: "int32" }))).toMatchInlineSnapshot(
      `"tensor([2000000000,         -1], dtype=int32)"`,
    );
    expect(
      String(
        tensor([
          [Number.NaN, Infinity],
          [-Infinity, -1.5],
        ]),
      ),
    ).toMatchInlineSnapshot(`
      "tensor([[      NaN,  Infinity],
              [-Infinity,      -1.5]])"
    `);
    expect(String(tensor(-0.25))).toMatchInlineSnapshot(`"tensor(-0.25)"`);
  });

  test("a long row goes on below", () => {
    expect(String(arange(30))).toMatchInlineSnapshot(`
      "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
              18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])"
    `);
    expect(String(arange(24).div(10).sub(1).reshape([2, 12]))).toMatchInlineSnapshot(`
      "tensor([[-1.0, -0.9, -0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2, -0.1,  0.0,  0.1],
              [ 0.2,  0.3,  0.4,  0.5,  0.6,  0.7,  0.8,  0.9,  1.0,  1.1,  1.2,  1.3]])"
    `);
  });

  test("nothing in it", () => {
    expect(String(tensor([]))).toMatchInlineSnapshot(`"tensor([], shape=[0])"`);
    expect(String(zeros([1000, 0], { dtype: "int32" }))).toMatchInlineSnapshot(
      `"tensor([], shape=[1000, 0], dtype=int32)"`,
    );
  });

  test("a large one is cut short", () => {
    expect(String(arange(2000))).toMatchInlineSnapshot(
      `"tensor([   0,    1,    2, …, 1997, 1998, 1999], shape=[2000])"`,
    );
    expect(String(arange(1e6).reshape([1000, 1000]))).toMatchInlineSnapshot(`
      "tensor([[     0,      1,      2, …,    997,    998,    999],
              [  1000,   1001,   1002, …,   1997,   1998,   1999],
              [  2000,   2001,   2002, …,   2997,   2998,   2999],
              …,
              [997000, 997001, 997002, …, 997997, 997998, 997999],
              [998000, 998001, 998002, …, 998997, 998998, 998999],
              [999000, 999001, 999002, …, 999997, 999998, 999999]], shape=[1000, 1000])"
    `);
  });
});

test("an error from an operation can be told by its class", () => {
  expect(() => ones([2]).add(ones([3]))).toThrow(ShapeError);
});

test("allClose looks at every number, and NaN is close to nothing", () => {
  expect(tensor([1, 2]).allClose(tensor([1, 2 + 1e-7]))).toBe(true);
  expect(tensor([1, 2]).allClose(tensor([1, 2.1]))).toBe(false);
  expect(tensor([1, 2]).allClose(tensor([1, 2, 3]))).toBe(false);
  expect(tensor([Infinity]).allClose(tensor([Infinity]))).toBe(true);
  expect(tensor([Number.NaN]).allClose(tensor([Number.NaN]))).toBe(false);
});

test("JavaScript's operators are refused, a template makes text; options and shapes are held to theirs", () => {
  const x = tensor([1, 2]);
  const two = 2 as unknown as Tensor;
  expect(errorOf(() => (x as unknown as number) * 2)).toMatchInlineSnapshot(`
    "TypeError: JavaScript's *, -, / and < do not work on tensors
      hint: x.mul(2), x.sub(y), x.div(y), x.less(y); for a number of JavaScript, loss.item()"
  `);
  expect(errorOf(() => x < two)).toMatch(/do not work on tensors/);
  expect(`x = ${x}`).toBe("x = tensor([1, 2])");
  expect(errorOf(() => x.sum(0, { keepdim: true } as object))).toMatchInlineSnapshot(`
    "TypeError: sum: there is no option "keepdim"
      options: { keepDims }"
  `);
  expect(errorOf(() => x.var(0, true as unknown as object))).toMatchInlineSnapshot(`
    "TypeError: var: options are an object, got a boolean
      options: { keepDims, correction }"
  `);
  expect(errorOf(() => x.reshape(two as unknown as number[]))).toMatch(
    /^ShapeError: reshape: a shape is an array/,
  );
});
