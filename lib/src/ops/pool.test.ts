import { describe, expect, test } from "vitest";
import { arange, tensor, zeros } from "../create.ts";
import * as f from "../functional/pool.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import { maxPool2dPlaces } from "./pool.ts";

const rng = new Rng(5);
const leaf = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};

const image = arange(16).reshape([1, 1, 4, 4]);

describe("pooling", () => {
  test("the largest and the mean of each window", () => {
    expect(f.maxPool2d(image, 2).toArray()).toEqual([
      [
        [
          [5, 7],
          [13, 15],
        ],
      ],
    ]);
    expect(f.avgPool2d(image, { kernelSize: [2, 4] }).toArray()).toEqual([[[[3.5], [11.5]]]]);
    expect(f.maxPool2d(image, { kernelSize: 3, stride: 1 }).flatten().toArray()).toEqual([
      10, 11, 14, 15,
    ]);
  });

  test("padding is never the largest, and counts as zeros in the mean", () => {
    const x = image.sub(100);
    const window = { kernelSize: 2, padding: 1 };
    expect(f.maxPool2d(x, window).flatten().toArray()).toEqual([
      -100, -98, -97, -92, -90, -89, -88, -86, -85,
    ]);
    expect(f.avgPool2d(x, window).at(0, 0, 0, 0)).toBe(-25);
    expect(f.avgPool2d(x, window).at(0, 0, 1, 1)).toBe(-92.5);
  });

  test("of equal numbers the first has the gradient; NaN wins", () => {
    const x = tensor([[[3, 3, 1, Number.NaN]]], { requiresGrad: true });
    const y = f.maxPool1d(x, 2);
    expect(y.toArray()).toEqual([[[3, Number.NaN]]]);
    y.backward(tensor([[[1, 10]]]));
    expect(x.grad.toArray()).toEqual([[[1, 0, 0, 10]]]);
    expect(
      maxPool2dPlaces([image], { outputSize: [2, 2] })
        .flatten()
        .toArray(),
    ).toEqual([5, 7, 13, 15]);
  });

  test("adaptive windows share the image; uneven ones overlap", () => {
    expect(f.adaptiveAvgPool2d(image, 1).item()).toBe(7.5);
    expect(f.adaptiveMaxPool1d(tensor([[[1, 2, 3, 4, 5]]]), 3).toArray()).toEqual([[[2, 4, 5]]]);
    expect(f.adaptiveAvgPool1d(tensor([[[1, 2, 3, 4, 5]]]), 3).toArray()).toEqual([
      [[1.5, 3, 4.5]],
    ]);
    expect(f.adaptiveAvgPool1d(tensor([[[1, 2]]]), 3).toArray()).toEqual([[[1, 1.5, 2]]]);
    // 7 / 25 · 25 is a little more than 7, and the last window must not read on behind the image.
    expect(f.adaptiveMaxPool1d(arange(7).reshape([1, 1, 7]), 25).at(0, 0, 24)).toBe(6);
  });

  test("gradients, and theirs", () => {
    for (const pool of [f.maxPool2d, f.avgPool2d]) {
      gradcheckTwice((x) => pool(x, 2), [leaf(2, 1, 5, 4)]);
      gradcheckTwice(
        (x) => pool(x, { kernelSize: [2, 3], stride: [1, 2], padding: [1, 1] }),
        [leaf(1, 2, 3, 5)],
      );
    }
    for (const pool of [f.adaptiveMaxPool2d, f.adaptiveAvgPool2d])
      gradcheckTwice((x) => pool(x, [3, 2]), [leaf(1, 2, 5, 3)]);
    gradcheckTwice((x) => f.avgPool1d(x, { kernelSize: 3, stride: 1 }), [leaf(2, 2, 5)]);
    expect(f.maxPool2d(zeros([0, 2, 4, 4], { requiresGrad: true }), 2).shape).toEqual([0, 2, 2, 2]);
  });

  test("what is said of windows that do not fit", () => {
    expect(errorOf(() => f.maxPool2d(image, 5))).toMatchInlineSnapshot(`
      "ShapeError: maxPool2d: the window is 5 rows large, the padded images have 4
        shape: [1, 1, 4, 4]"
    `);
    expect(errorOf(() => f.avgPool2d(image, { kernelSize: 2, padding: 2 }))).toMatchInlineSnapshot(`
      "ShapeError: avgPool2d: 2 rows of padding are more than half of the window's 2: it could see nothing else
        shape: [1, 1, 4, 4]"
    `);
    expect(errorOf(() => f.maxPool2d(zeros([4, 4]), 2))).toMatchInlineSnapshot(`
      "ShapeError: maxPool2d: images are [batch, channels, height, width]
        shape: [4, 4]"
    `);
    expect(errorOf(() => f.maxPool1d(image, 2))).toMatchInlineSnapshot(`
      "ShapeError: maxPool1d: the input is [batch, channels, length]
        shape: [1, 1, 4, 4]"
    `);
    expect(errorOf(() => f.maxPool2d(image, 0))).toMatchInlineSnapshot(
      `"RangeError: maxPool2d: kernelSize must be a whole number, 1 or more, got 0"`,
    );
    expect(errorOf(() => f.adaptiveAvgPool2d(image, [2, 0.5]))).toMatchInlineSnapshot(
      `"RangeError: adaptiveAvgPool2d: outputSize must be a whole number, 1 or more, got 0.5"`,
    );
    expect(errorOf(() => f.adaptiveAvgPool2d(zeros([1, 1, 0, 2]), 1))).toMatchInlineSnapshot(`
      "ShapeError: avgPool2d: the images have no rows
        shape: [1, 1, 0, 2]"
    `);
  });
});
