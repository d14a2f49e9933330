import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { type Conv2dOptions, conv1d, conv2d, convTranspose2d } from "../functional/conv.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import * as ops from "./index.ts";

const rng = new Rng(3);
const leaf = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly stride?: [number, number];
  readonly padding?: [number, number];
  readonly dilation?: [number, number];
  readonly groups?: number;
}

const cases: Case[] = [
  { name: "plain", x: [2, 2, 4, 5], w: [3, 2, 3, 2] },
  { name: "stride", x: [1, 2, 6, 5], w: [2, 2, 3, 2], stride: [2, 3], padding: [1, 2] },
  { name: "dilation", x: [1, 1, 6, 7], w: [2, 1, 3, 2], dilation: [2, 3], padding: [0, 2] },
  { name: "groups", x: [2, 4, 3, 3], w: [6, 2, 2, 2], groups: 2 },
  { name: "each channel by itself", x: [1, 3, 3, 3], w: [3, 1, 3, 3], groups: 3, padding: [1, 1] },
  { name: "more padding than image", x: [1, 1, 1, 2], w: [1, 1, 2, 3], padding: [3, 4] },
  { name: "no images", x: [0, 1, 3, 3], w: [2, 1, 2, 2] },
];

describe("conv2d", () => {
  test("an edge detector finds the edge", () => {
    const image = tensor([
      [0, 0, 5, 5],
      [0, 0, 5, 5],
      [0, 0, 5, 5],
    ]).reshape([1, 1, 3, 4]);
    const edge = tensor([
      [-1, 1],
      [-1, 1],
    ]).reshape([1, 1, 2, 2]);
    expect(conv2d(image, edge).reshape([2, 3]).toArray()).toEqual([
      [0, 10, 0],
      [0, 10, 0],
    ]);
    const bias = tensor([-7]);
    expect(conv2d(image, edge, { bias }).reshape([2, 3]).toArray()).toEqual([
      [-7, 3, -7],
      [-7, 3, -7],
    ]);
  });

  test.each(cases)("$name: the sum over all indices", ({ x: xs, w: ws, ...how }) => {
    const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = how;
    const x = rng.normal(xs);
    const w = rng.normal(ws);
    const y = conv2d(x, w, how);
    const read = (n: number, c: number, i: number, j: number) =>
      i >= 0 && i < xs[2] && j >= 0 && j < xs[3] ? x.at(n, c, i, j) : 0;
    for (let at = 0; at < y.size; at++) {
      const [, out, rows, columns] = y.shape;
      const j = at % columns;
      const i = Math.floor(at / columns) % rows;
      const o = Math.floor(at / (columns * rows)) % out;
      const n = Math.floor(at / (columns * rows * out));
      let sum = 0;
      for (let c = 0; c < ws[1]; c++)
        for (let u = 0; u < ws[2]; u++)
          for (let v = 0; v < ws[3]; v++) {
            const channel = Math.floor(o / (out / groups)) * ws[1] + c;
            const row = i * stride[0] + u * dilation[0] - padding[0];
            const column = j * stride[1] + v * dilation[1] - padding[1];
            sum += w.at(o, c, u, v) * read(n, channel, row, column);
          }
      expect(y.data[at]).toBeCloseTo(sum, 5);
    }
    expect(y.shape.slice(0, 2)).toEqual([xs[0], ws[0]]);
  });

  test.each(cases)("$name: gradients, and theirs", ({ x, w, ...how }) => {
    gradcheckTwice((x, w) => conv2d(x, w, how), [leaf(...x), leaf(...w)]);
    const y = conv2d(rng.normal(x), rng.normal(w), how);
    gradcheckTwice((y, w) => convTranspose2d(y, w, how), [leaf(...y.shape), leaf(...w)]);
  });

  test("the kernels' own gradient is differentiable too", () => {
    const how = { stride: [2, 1], padding: [1, 0], dilation: [1, 1], groups: 2 } as const;
    gradcheckTwice(
      (x, y) => ops.conv2dWeight([x, y], { ...how, kernelSize: [2, 2] }),
      [leaf(2, 2, 5, 3), leaf(2, 4, 3, 2)],
    );
  });
});

test("convTranspose2d turns conv2d around: y · conv(x, w) = convTranspose(y, w) · x", () => {
  for (const { x: xs, w: ws, ...how } of cases) {
    const [x, w] = [rng.normal(xs), rng.normal(ws)];
    const y = rng.normal(conv2d(x, w, how).shape);
    const { stride = [1, 1], padding = [0, 0], dilation = [1, 1] } = how;
    const outputPadding = [0, 1].map(
      (a) =>
        xs[2 + a] -
        ((y.shape[2 + a] - 1) * stride[a] + dilation[a] * (ws[2 + a] - 1) + 1 - 2 * padding[a]),
    ) as [number, number];
    const back = convTranspose2d(y, w, { ...how, outputPadding });
    expect(back.shape).toEqual(xs);
    expect(back.mul(x).sum().item()).toBeCloseTo(
      y
        .mul(conv2d(x, w, how))
        .sum()
        .item(),
      3,
    );
  }
});

test("convTranspose2d with a stride as large as the kernel sets kernels side by side", () => {
  const x = tensor([[[[1, 2]]]]);
  const w = tensor([[[[1, 10]]]]);
  expect(convTranspose2d(x, w, { stride: [1, 2], bias: tensor([0.5]) }).toArray()).toEqual([
    [[[1.5, 10.5, 2.5, 20.5]]],
  ]);
});

test("conv1d is conv2d on one row", () => {
  const x = tensor([[[1, 2, 4, 8, 16]]]);
  expect(conv1d(x, tensor([[[1, -1]]]), { stride: 2, padding: 1 }).toArray()).toEqual([
    [[-1, -2, -8]],
  ]);
  gradcheckTwice(
    (x, w, bias) => conv1d(x, w, { bias, dilation: 2, groups: 2 }),
    [leaf(2, 2, 5), leaf(2, 1, 2), leaf(2)],
  );
});

test("what is said of images and kernels that do not fit", () => {
  const images = zeros([2, 3, 8, 8]);
  const say = (x: Tensor, w: Tensor, options?: Conv2dOptions) =>
    errorOf(() => conv2d(x, w, options));
  expect(say(images, zeros([4, 1, 3, 3]))).toMatchInlineSnapshot(`
    "ShapeError: conv2d: the images have 3 channels, the kernels are for 1
      shapes: [2, 3, 8, 8] and [4, 1, 3, 3]
      hint: kernels are [out, in / groups, height, width]"
  `);
  expect(say(zeros([3, 8, 8]), zeros([4, 3, 3, 3]))).toMatchInlineSnapshot(`
    "ShapeError: conv2d: images are [batch, channels, height, width], kernels [out, in / groups, height, width]
      shapes: [3, 8, 8] and [4, 3, 3, 3]
      hint: to make a batch of a single image: x.unsqueeze(0)"
  `);
  expect(say(images, zeros([4, 3, 5, 3]), { dilation: 3 })).toMatchInlineSnapshot(`
    "ShapeError: conv2d: the kernels reach over 13 rows, the padded images have 8
      shapes: [2, 3, 8, 8] and [4, 3, 5, 3]
      hint: more padding, smaller kernels, or fewer layers before this one that make the images smaller"
  `);
  expect(say(images, zeros([4, 1, 3, 3]), { groups: 3 })).toMatchInlineSnapshot(`
    "ShapeError: conv2d: 4 kernels cannot be split into 3 equal groups
      shapes: [2, 3, 8, 8] and [4, 1, 3, 3]"
  `);
  expect(say(images, zeros([4, 3, 3, 3]), { bias: zeros([3]) })).toMatchInlineSnapshot(`
    "ShapeError: conv2d: the bias must have shape [4], one number for each output channel
      shape: [3]"
  `);
  expect(say(images, zeros([4, 3, 3, 3]), { stride: 0 })).toMatchInlineSnapshot(
    `"RangeError: conv2d: stride must be a whole number, 1 or more, got 0"`,
  );
  expect(say(images, zeros([4, 3, 3, 3]), { padding: [1, 0.5] })).toMatchInlineSnapshot(
    `"RangeError: conv2d: padding must be a whole number, 0 or more, got 0.5"`,
  );
  expect(errorOf(() => convTranspose2d(images, zeros([4, 3, 3, 3])))).toMatchInlineSnapshot(`
    "ShapeError: convTranspose2d: the images have 3 channels, the kernels are for 4
      shapes: [2, 3, 8, 8] and [4, 3, 3, 3]
      hint: kernels are [in, out / groups, height, width]"
  `);
  expect(
    errorOf(() => convTranspose2d(images, zeros([3, 4, 3, 3]), { outputPadding: 1 })),
  ).toMatchInlineSnapshot(`
    "ShapeError: convTranspose2d: the outputPadding, 1, must be less than the stride, 1
      shapes: [2, 3, 8, 8] and [3, 4, 3, 3]"
  `);
  expect(
    errorOf(() => convTranspose2d(zeros([1, 1, 1, 1]), zeros([1, 1, 1, 1]), { padding: 1 })),
  ).toMatchInlineSnapshot(`
    "ShapeError: convTranspose2d: the padding, 1, leaves nothing of the images
      shapes: [1, 1, 1, 1] and [1, 1, 1, 1]"
  `);
  expect(errorOf(() => conv1d(images, zeros([4, 3, 3, 3])))).toMatchInlineSnapshot(`
    "ShapeError: conv1d: the input is [batch, channels, length], the kernels are [out, in / groups, length]
      shapes: [2, 3, 8, 8] and [4, 3, 3, 3]"
  `);
  expect(errorOf(() => conv2d(images, [[1]] as unknown as Tensor))).toMatchInlineSnapshot(`
    "TypeError: conv2d: expected a Tensor, got an array
      hint: make one with tensor([…])"
  `);
});
