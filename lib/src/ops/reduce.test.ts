import { describe, expect, test } from "vitest";
import { grad } from "../autograd.ts";
import { ones, tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";

const rng = new Rng(5);
const leaf = (values: Parameters<typeof tensor>[0]) => tensor(values, { requiresGrad: true });
const make = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};
const x = tensor([
  [1, -2, 3],
  [4, 0, -6],
]);

describe("values", () => {
  test("prod, norm, any, all, cumsum", () => {
    expect(x.prod(1).toArray()).toEqual([-6, -0]);
    expect(x.prod([0, 1]).item()).toBe(0);
    expect(x.prod(0, { keepDims: true }).toArray()).toEqual([[4, -0, -18]]);
    expect(tensor([3, -4]).norm().item()).toBe(5);
    expect(x.norm(0, { p: 1 }).toArray()).toEqual([5, 2, 9]);
    expect(x.norm(1, { p: Infinity }).toArray()).toEqual([3, 6]);
    expect(tensor([1, 4, 9]).norm(0, { p: 0.5 }).item()).toBe(36);
    expect(x.norm([0, 1], { p: 3, keepDims: true }).item()).toBeCloseTo(316 ** (1 / 3), 5);
    expect(x.any(0)).toMatchObject({ dtype: "bool", data: Uint8Array.of(1, 1, 1) });
    expect(x.all(1)).toMatchObject({ dtype: "bool", data: Uint8Array.of(1, 0) });
    expect(x.cumsum(1).toArray()).toEqual([
      [1, -1, 2],
      [4, 4, -2],
    ]);
    expect(x.cumsum(-2).toArray()).toEqual([
      [1, -2, 3],
      [5, -2, -3],
    ]);
  });

  test("logsumexp does not overflow, and knows the ends", () => {
    const rows = tensor([
      [1000, 1001],
      [-1000, -1002],
      [-Infinity, -Infinity],
      [-Infinity, 2],
      [Infinity, 1],
      [Number.NaN, 1],
    ]);
    const y = rows.logsumexp(1);
    expect(y.at(0)).toBeCloseTo(1001.3133, 3);
    expect(y.at(1)).toBeCloseTo(-999.8731, 3);
    expect(y.slice(2).toArray()).toEqual([-Infinity, 2, Infinity, Number.NaN]);
  });

  test("norms of very large and very small numbers, and of NaN", () => {
    expect(tensor([3e30, 4e30]).norm().item()).toBeCloseTo(5e30, -24);
    expect(tensor([3e-30, 4e-30]).norm(0).item() / 5e-30).toBeCloseTo(1);
    for (const p of [1, 2, 3, Infinity]) {
      expect(tensor([1, Number.NaN]).norm(0, { p }).item()).toBeNaN();
      expect(tensor([1, -Infinity]).norm(0, { p }).item()).toBe(Infinity);
    }
  });

  test("of no numbers", () => {
    const none = zeros([2, 0]);
    expect(none.sum(1).toArray()).toEqual([0, 0]);
    expect(none.prod(1).toArray()).toEqual([1, 1]);
    expect(none.norm(1).toArray()).toEqual([0, 0]);
    expect(none.logsumexp(1).toArray()).toEqual([-Infinity, -Infinity]);
    expect(none.any(1).toArray()).toEqual([0, 0]);
    expect(none.all(1).toArray()).toEqual([1, 1]);
    expect(none.cumsum(1).shape).toEqual([2, 0]);
    expect(none.mean(0).shape).toEqual([0]);
  });

  test("whole numbers stay whole, bools are counted", () => {
    const whole = tensor([1, 2, 3], { dtype: "int32" });
    expect(whole.prod()).toMatchObject({ dtype: "int32", data: Int32Array.of(6) });
    expect(whole.cumsum(0)).toMatchObject({ dtype: "int32", data: Int32Array.of(1, 3, 6) });
    expect(tensor([true, true]).cumsum(0)).toMatchObject({
      dtype: "int32",
      data: Int32Array.of(1, 2),
    });
    expect(whole.mean().dtype).toBe("float32");
    expect(whole.norm().dtype).toBe("float32");
    expect(whole.max().dtype).toBe("int32");
  });
});

describe("gradients", () => {
  const cases: Record<string, [(...inputs: Tensor[]) => Tensor, Tensor[]]> = {
    prod: [(x) => x.prod(1), [make(2, 5)]],
    "prod of everything": [(x) => x.prod(), [make(2, 3)]],
    "prod over two axes": [(x) => x.prod([0, -1], { keepDims: true }), [make(2, 3, 2)]],
    "prod of one number": [(x) => x.prod(0), [make(1, 3)]],
    "prod with no zero, one, two, and three": [
      (x) => x.prod(1),
      [
        leaf([
          [2, 3, 4, 5],
          [2, 0, 4, 5],
          [0, 3, 0, 5],
          [0, 0, 0, 5],
        ]),
      ],
    ],
    logsumexp: [(x) => x.logsumexp([0, 2]), [make(2, 3, 2)]],
    "logsumexp of large numbers": [(x) => x.mul(100).logsumexp(1), [make(2, 3)]],
    "norm, p = 1": [(x) => x.norm(0, { p: 1 }), [make(2, 3)]],
    "norm, p = 2": [(x) => x.norm(), [make(2, 3)]],
    "norm, p = 3": [(x) => x.norm([0, 1], { p: 3, keepDims: true }), [make(2, 3)]],
    "norm, p = 1/2": [(x) => x.norm(1, { p: 0.5 }), [make(2, 3)]],
    "norm, p = Infinity": [(x) => x.norm(1, { p: Infinity }), [make(2, 3)]],
    cumsum: [(x) => x.cumsum(1), [make(2, 3, 2)]],
    "std, var": [(x) => x.std(1).add(x.var(1, { correction: 1 })), [make(2, 4)]],
    "max, min": [(x) => x.max(0).mul(x.min([0, 1])), [make(3, 4)]],
  };
  for (const [name, [f, inputs]] of Object.entries(cases))
    test(name, () => gradcheckTwice(f, inputs));

  test("of a norm at 0, and of the spread of equal numbers: 0", () => {
    for (const p of [0.5, 1, 2, 3, Infinity]) {
      const x = leaf([
        [0, 0],
        [3, 0],
      ]);
      const [first] = grad(x.norm(1, { p }).sum(), [x], { createGraph: true });
      expect(first.toArray(), `p = ${p}`).toEqual([
        [0, 0],
        [1, 0],
      ]);
      const [second] = grad(first.mul(first).sum(), [x]);
      expect(second.isNaN().any().item(), `p = ${p}`).toBe(0);
    }
    const same = leaf([2, 2, 2]);
    expect(grad(same.std(), [same])[0].toArray()).toEqual([0, 0, 0]);
    const tied = leaf([-3, 3, 1]);
    expect(grad(tied.norm(0, { p: Infinity }), [tied])[0].toArray()).toEqual([-0.5, 0.5, 0]);
  });

  test("of logsumexp where nothing is finite: 0; where something is, the shares", () => {
    const x = leaf([
      [-Infinity, -Infinity],
      [1, -Infinity],
      [-1000, -1000],
    ]);
    expect(grad(x.logsumexp(1).sum(), [x])[0].toArray()).toEqual([
      [0, 0],
      [1, 0],
      [0.5, 0.5],
    ]);
  });

  test("of the largest where several are: to the first", () => {
    const x = leaf([
      [1, 5, 5],
      [7, 2, 7],
    ]);
    expect(grad(x.max(1).sum(), [x])[0].toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(grad(x.max(), [x])[0].toArray()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
  });

  test("of a sum of nothing", () => {
    const x = zeros([2, 0], { requiresGrad: true });
    expect(
      grad(
        x
          .sum(1)
          .add(ones([2]))
          .prod()
          .add(x.logsumexp(0).sum()),
        [x],
      )[0].shape,
    ).toEqual([2, 0]);
  });
});

test("what is said where there is no answer", () => {
  expect(errorOf(() => x.norm(0, { p: 0 }))).toMatchInlineSnapshot(
    `"RangeError: norm: p must be above 0, got 0"`,
  );
  expect(errorOf(() => zeros([2, 0]).argmax(1))).toMatchInlineSnapshot(`
    "ShapeError: argmax: axis 1 is empty, so there is no such value
      shape: [2, 0]"
  `);
  expect(errorOf(() => tensor([4]).std(0, { correction: 1 }))).toMatchInlineSnapshot(`
    "ShapeError: std: at least 2 numbers are needed, here is 1
      shape: [1]"
  `);
  expect(errorOf(() => x.var(0, { correction: 3 }))).toMatchInlineSnapshot(`
    "ShapeError: var: at least 4 numbers are needed, here is 2
      shape: [2, 3]"
  `);
  expect(errorOf(() => x.sum([0, -2]))).toMatchInlineSnapshot(`
    "ShapeError: sum: an axis is named twice in [0, -2]
      shape: [2, 3]"
  `);
  expect(errorOf(() => x.cumsum(2))).toMatchInlineSnapshot(`
    "ShapeError: cumsum: there is no axis 2 in a tensor with 2 axes
      shape: [2, 3]
      hint: an axis is a whole number from -2 to 1"
  `);
  const large = tensor([2 ** 30, 2 ** 30], { dtype: "int32" });
  expect(errorOf(() => large.sum())).toMatchInlineSnapshot(`
    "RangeError: sum: 2147483648 is too large for int32
      hint: to("float32") first"
  `);
  expect(errorOf(() => large.cumsum(0))).toMatchInlineSnapshot(`
    "RangeError: cumsum: 2147483648 is too large for int32
      hint: to("float32") first"
  `);
});
