import { describe, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { arange, ones, tensor, zeros } from "../create.ts";
import { manualSeed, Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import { dropout } from "./dropout.ts";
import { embedding } from "./embedding.ts";
import * as f from "./index.ts";
import { upsample } from "./upsample.ts";

const ids = (values: number[] | number[][]) => tensor(values, { dtype: "int32" });

describe("embedding", () => {
  const table = arange(8).reshape([4, 2]);

  test("a row for each id, in the shape of the ids", () => {
    expect(embedding(ids([[3, 0]]), table).toArray()).toEqual([
      [
        [6, 7],
        [0, 1],
      ],
    ]);
  });

  test("a row used twice gets both gradients", () => {
    const table = ones([3, 2], { requiresGrad: true });
    embedding(ids([2, 0, 2]), table)
      .sum()
      .backward();
    expect(table.grad.toArray()).toEqual([
      [1, 1],
      [0, 0],
      [2, 2],
    ]);
    gradcheckTwice((table) => embedding(ids([[0, 2]]), table), [table]);
  });

  test("what is said of an id that is not in the vocabulary", () => {
    expect(
      errorOf(() =>
        embedding(
          ids([
            [0, 1],
            [2, 4],
          ]),
          table,
        ),
      ),
    ).toMatchInlineSnapshot(
      `"RangeError: embedding: id 4, at [1, 1], is not in the vocabulary of 4: ids are 0 to 3"`,
    );
    expect(errorOf(() => embedding(ids([-1]), table))).toMatchInlineSnapshot(
      `"RangeError: embedding: id -1, at [0], is not in the vocabulary of 4: ids are 0 to 3"`,
    );
    expect(errorOf(() => embedding(tensor([1, 2]), table))).toMatchInlineSnapshot(`
      "TypeError: embedding: ids are int32, these are float32
        hint: ids.to("int32"), or tensor(ids, { dtype: "int32" })"
    `);
    expect(errorOf(() => embedding(ids([0]), zeros([4])))).toMatchInlineSnapshot(`
      "ShapeError: embedding: the table is [vocabulary, width]
        shape: [4]"
    `);
  });
});

describe("dropout", () => {
  test("drops about as many as asked for, and keeps the mean", () => {
    const y = dropout(ones([20_000]), 0.25, { rng: new Rng(3) });
    const dropped = y.equal(0).sum().item() / y.size;
    // Four standard deviations to each side.
    expect(Math.abs(dropped - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / y.size));
    expect(y.max().item()).toBeCloseTo(4 / 3, 6);
  });

  test("the same seed drops the same; the default generator is used where none is passed", () => {
    const x = ones([50]);
    const once = dropout(x, 0.5, { rng: new Rng(7) }).toArray();
    expect(dropout(x, 0.5, { rng: new Rng(7) }).toArray()).toEqual(once);
    manualSeed(7);
    expect(dropout(x).toArray()).toEqual(once);
    manualSeed(0);
  });

  test("nothing is dropped when not training, everything with p = 1", () => {
    const x = ones([3]);
    expect(dropout(x, 0.5, { training: false })).toBe(x);
    expect(dropout(x, 0)).toBe(x);
    expect(dropout(x, 1).toArray()).toEqual([0, 0, 0]);
  });

  test("the gradient goes where the numbers went", () => {
    const x = new Rng(1).normal([3, 4]);
    x.requiresGrad = true;
    gradcheckTwice((x) => dropout(x, 0.4, { rng: new Rng(5) }), [x]);
  });

  test("what is said of a p that is no probability", () => {
    expect(errorOf(() => dropout(ones([2]), 1.5))).toMatchInlineSnapshot(
      `"RangeError: dropout: p is a probability, from 0 to 1, got 1.5"`,
    );
    expect(errorOf(() => dropout(ones([2]), Number.NaN))).toMatchInlineSnapshot(
      `"RangeError: dropout: p is a probability, from 0 to 1, got NaN"`,
    );
  });
});

describe("upsample", () => {
  const x = tensor([
    [0, 4],
    [8, 12],
  ]).reshape([1, 1, 2, 2]);

  test("nearest repeats", () => {
    expect(upsample(x, { scaleFactor: [1, 2] }).toArray()).toEqual([
      [
        [
          [0, 0, 4, 4],
          [8, 8, 12, 12],
        ],
      ],
    ]);
    expect(upsample(x, { size: [1, 3] }).toArray()).toEqual([[[[0, 0, 4]]]]);
    // 18 / 66 · 55 is a little less than 15.
    const line = arange(18).reshape([1, 1, 1, 18]);
    expect(upsample(line, { size: [1, 66] }).at(0, 0, 0, 55)).toBe(15);
  });

  test("bilinear mixes by distance, and repeats at the edges", () => {
    const y = upsample(x, { scaleFactor: [1, 2], mode: "bilinear" });
    expect(y.toArray()).toEqual([
      [
        [
          [0, 1, 3, 4],
          [8, 9, 11, 12],
        ],
      ],
    ]);
    const z = upsample(x, { size: 1, mode: "bilinear" });
    expect(z.item()).toBe(6);
  });

  test("gradients, and theirs", () => {
    const x = new Rng(1).normal([1, 2, 2, 3]);
    x.requiresGrad = true;
    gradcheckTwice((x) => upsample(x, { scaleFactor: 2 }), [x]);
    gradcheckTwice((x) => upsample(x, { size: [3, 5], mode: "bilinear" }), [x]);
  });

  test("what is said of sizes that make no sense", () => {
    expect(errorOf(() => upsample(x, {}))).toMatchInlineSnapshot(
      `"TypeError: upsample: pass either size or scaleFactor"`,
    );
    expect(errorOf(() => upsample(x, { scaleFactor: 0.2 }))).toMatchInlineSnapshot(
      `"RangeError: upsample: 2 lines cannot be made 0.2 times as many"`,
    );
    expect(errorOf(() => upsample(x, { size: 0 }))).toMatchInlineSnapshot(
      `"RangeError: upsample: size must be a whole number, 1 or more, got 0"`,
    );
    expect(
      errorOf(() => upsample(x, { size: 3, mode: "cubic" as "nearest" })),
    ).toMatchInlineSnapshot(`"TypeError: upsample: mode is "nearest" or "bilinear", got cubic"`);
    expect(errorOf(() => upsample(zeros([2, 2]), { size: 3 }))).toMatchInlineSnapshot(`
      "ShapeError: upsample: images are [batch, channels, height, width]
        shape: [2, 2]"
    `);
  });
});

test("a compiled step through all of this gives what the step gives", () => {
  const rng = new Rng(1);
  const [kernels, table] = [rng.normal([4, 1, 3, 3]), rng.normal([5, 4])];
  kernels.requiresGrad = true;
  table.requiresGrad = true;
  const running = { runningMean: zeros([4]), runningVar: ones([4]) };
  const step = (x: Tensor, targets: Tensor): Tensor[] => {
    const y = f.batchNorm(f.conv2d(x, kernels, { padding: 1 }), { ...running, training: true });
    const image = f.upsample(f.maxPool2d(y, 2), { scaleFactor: 2, mode: "bilinear" });
    const line = f.einsum("bchw->bwc", f.adaptiveAvgPool2d(f.groupNorm(image, 2), [1, 3]));
    const mask = tensor([[true, false, true]]);
    const seen = f.scaledDotProductAttention(line, line, line, { causal: true, mask });
    const logits = f.rmsNorm(seen.add(f.embedding(targets.unsqueeze(1), table))).sum(1);
    kernels.zeroGrad();
    table.zeroGrad();
    const loss = f.crossEntropy(logits, targets, { labelSmoothing: 0.1 });
    loss.backward();
    return [loss, kernels.grad, table.grad];
  };
  const compiled = compile(step);
  for (const target of [0, 1, 2]) {
    const input = [rng.normal([2, 1, 6, 6]), ids([target, 3])] as const;
    const before = running.runningMean.clone();
    const wanted = step(...input);
    const moved = running.runningMean.clone();
    running.runningMean.data.set(before.data);
    const got = compiled(...input);
    expect(got.map(String)).toEqual(wanted.map(String));
    expect(running.runningMean.toArray()).toEqual(moved.toArray());
  }
  expect(errorOf(() => compiled(zeros([2, 1, 6, 6]), ids([0, 9])))).toMatchInlineSnapshot(
    `"RangeError: embedding: id 9, at [1, 0], is not in the vocabulary of 5: ids are 0 to 4"`,
  );
});
