import { expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";

test("softmax: shares that add up to 1, along any axis", () => {
  const x = new Rng(1).normal([3, 4, 2], 0, 3);
  for (const axis of [0, 1, -1]) {
    const y = x.softmax(axis);
    expect(y.sum(axis).allClose(y.sum(axis).mul(0).add(1), 1e-6)).toBe(true);
    expect(x.logSoftmax(axis).allClose(y.log(), 1e-5)).toBe(true);
    expect(y.allClose(x.exp().div(x.exp().sum(axis, { keepDims: true })))).toBe(true);
  }
  expect(tensor([1, 2], { dtype: "int32" }).softmax().dtype).toBe("float32");
  expect(zeros([2, 0]).softmax().shape).toEqual([2, 0]);
});

test("softmax: large numbers do not overflow, -Infinity gets no share", () => {
  expect(tensor([1000, 1000, -Infinity]).softmax().toArray()).toEqual([0.5, 0.5, 0]);
  const logs = tensor([1000, 0, -1000]).logSoftmax();
  expect(logs.toArray()).toEqual([0, -1000, -2000]);
  // As in PyTorch: no number is larger than another here, and none is there.
  expect(tensor([-Infinity, -Infinity]).softmax().toArray()).toEqual([Number.NaN, Number.NaN]);
  expect(tensor([0, Number.NaN]).logSoftmax().toArray()).toEqual([Number.NaN, Number.NaN]);
});

test("softmax: gradients, and theirs", () => {
  const x = new Rng(2).normal([2, 3, 2]);
  x.requiresGrad = true;
  for (const axis of [0, 1, 2]) {
    gradcheckTwice((x) => x.softmax(axis), [x]);
    gradcheckTwice((x) => x.logSoftmax(axis), [x]);
  }
});

test("softmax: what is said of an axis that is not there", () => {
  expect(errorOf(() => zeros([2, 3]).softmax(2))).toMatchInlineSnapshot(`
    "ShapeError: softmax: there is no axis 2 in a tensor with 2 axes
      shape: [2, 3]
      hint: an axis is a whole number from -2 to 1"
  `);
  expect(errorOf(() => tensor(1).logSoftmax())).toMatchInlineSnapshot(`
    "ShapeError: logSoftmax: there is no axis -1 in a tensor with 0 axes
      shape: []
      hint: leave the axis out"
  `);
});
