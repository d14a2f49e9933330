import { describe, expect, test } from "vitest";
import { oneHot, tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import * as f from "./loss.ts";

const rng = new Rng(17);
const leaf = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};
const classes = (values: number[] | number[][] | number): Tensor =>
  tensor(values, { dtype: "int32" });

describe("crossEntropy", () => {
  const logits = rng.normal([4, 3], 0, 2);
  const targets = classes([0, 2, 1, 1]);

  test("is -log of the target's share", () => {
    const shares = logits.softmax();
    const wanted = [...targets.data].map((target, i) => -Math.log(shares.at(i, target)));
    const each = f.crossEntropy(logits, targets, { reduction: "none" });
    expect(each.allClose(tensor(wanted))).toBe(true);
    expect(f.crossEntropy(logits, targets).item()).toBeCloseTo(each.mean().item(), 6);
    expect(f.crossEntropy(logits, targets, { reduction: "sum" }).item()).toBeCloseTo(
      each.sum().item(),
      6,
    );
    // Knowing nothing about ten classes costs ln 10 nats.
    expect(f.crossEntropy(zeros([5, 10]), classes([0, 3, 9, 1, 1])).item()).toBeCloseTo(
      Math.log(10),
      6,
    );
  });

  test("the same by class number, by probabilities, by nllLoss, along axis 1, and without a batch", () => {
    const loss = f.crossEntropy(logits, targets, { labelSmoothing: 0.2 }).item();
    const shares = oneHot(targets, 3);
    expect(f.crossEntropy(logits, shares, { labelSmoothing: 0.2 }).item()).toBeCloseTo(loss, 6);
    const plain = f.crossEntropy(logits, targets).item();
    expect(f.nllLoss(logits.logSoftmax(), targets).item()).toBeCloseTo(plain, 6);
    const pictures = logits.transpose().unsqueeze(0);
    expect(f.crossEntropy(pictures, targets.unsqueeze(0)).item()).toBeCloseTo(plain, 6);
    expect(f.crossEntropy(logits.row(1), classes(2)).item()).toBeCloseTo(
      f.crossEntropy(logits, targets, { reduction: "none" }).at(1),
      6,
    );
  });

  test("what is ignored counts nothing, and classes count by their weight", () => {
    for (const options of [{}, { weight: tensor([1, 2, 4]), labelSmoothing: 0.1 }])
      for (const reduction of ["mean", "sum"] as const)
        expect(
          f
            .crossEntropy(logits, classes([0, 7, 1, 7]), { ...options, reduction, ignoreIndex: 7 })
            .item(),
        ).toBeCloseTo(
          f.crossEntropy(logits.take([0, 2]), classes([0, 1]), { ...options, reduction }).item(),
          5,
        );
    const ruledOut = tensor([[-Infinity, 0, 0]]);
    const none = f.crossEntropy(ruledOut, classes([-100]), { reduction: "none" });
    expect(none.toArray()).toEqual([0]);
    const each = f.crossEntropy(logits, targets, { reduction: "none" }).toArray() as number[];
    const weighted = f.crossEntropy(logits, targets, { weight: tensor([1, 2, 4]) });
    const wanted = (each[0] + 4 * each[1] + 2 * each[2] + 2 * each[3]) / 9;
    expect(weighted.item()).toBeCloseTo(wanted, 5);
  });

  test("the gradient is what was said less what was right", () => {
    const x = logits.clone();
    x.requiresGrad = true;
    f.crossEntropy(x, targets, { reduction: "sum" }).backward();
    expect(x.grad.allClose(logits.softmax().sub(oneHot(targets, 3)))).toBe(true);
  });

  test("a class that is ruled out may have the logit -Infinity", () => {
    const x = tensor([[0, 0, -Infinity]], { requiresGrad: true });
    const loss = f.crossEntropy(x, classes([1]));
    loss.backward();
    expect(loss.item()).toBeCloseTo(Math.log(2), 6);
    expect(x.grad.toArray()).toEqual([[0.5, -0.5, 0]]);
  });
});

describe("the other losses", () => {
  test("yes or no: as crossEntropy with two classes", () => {
    const x = rng.normal([5], 0, 3);
    const yes = tensor([1, 0, 1, 1, 0]);
    const two = zeros([5, 1]);
    const both = tensor([two, x.unsqueeze(1)])
      .permute(1, 0, 2)
      .reshape([5, 2]);
    const wanted = f.crossEntropy(both, yes.to("int32")).item();
    expect(f.binaryCrossEntropyWithLogits(x, yes).item()).toBeCloseTo(wanted, 6);
    const far = f.binaryCrossEntropyWithLogits(tensor([200, -200]), tensor([0, 0]), {
      reduction: "none",
    });
    expect(far.toArray()).toEqual([200, 0]);
    const counted = f.binaryCrossEntropyWithLogits(zeros([2]), tensor([1, 0]), {
      posWeight: tensor(3),
      reduction: "none",
    });
    expect(counted.allClose(tensor([3 * Math.LN2, Math.LN2]))).toBe(true);
  });

  test("distances", () => {
    const [a, b] = [tensor([0, 0, 0]), tensor([0.5, -1, 4])];
    const each = { reduction: "none" } as const;
    expect(f.mseLoss(a, b).item()).toBeCloseTo(17.25 / 3, 6);
    expect(f.l1Loss(a, b, { reduction: "sum" }).item()).toBe(5.5);
    expect(f.huberLoss(a, b, each).toArray()).toEqual([0.125, 0.5, 3.5]);
    expect(f.huberLoss(a, b, { ...each, delta: 2 }).toArray()).toEqual([0.125, 0.5, 6]);
  });

  test("divergence: 0 from itself, and 0 log 0 is 0", () => {
    const p = tensor([
      [0.5, 0.5, 0],
      [0.2, 0.3, 0.5],
    ]);
    const q = tensor([
      [0.25, 0.25, 0.5],
      [0.2, 0.3, 0.5],
    ]).log();
    expect(f.klDivLoss(q, p).item()).toBeCloseTo(Math.LN2 / 2, 6);
    expect(f.klDivLoss(q, q.exp(), { reduction: "sum" }).item()).toBeCloseTo(0, 6);
    expect(f.klDivLoss(q, q, { logTarget: true, reduction: "mean" }).item()).toBe(0);
  });
});

test("gradients, and theirs", () => {
  const targets = classes([0, 2, -100, 1]);
  const weight = tensor([1, 2, 3]);
  const all = { labelSmoothing: 0.1, weight };
  gradcheckTwice((x) => f.crossEntropy(x, targets, all), [leaf(4, 3)]);
  gradcheckTwice(
    (x) => f.crossEntropy(x, classes([[0, 2]]), { reduction: "none" }),
    [leaf(1, 3, 2)],
  );
  gradcheckTwice((x, t) => f.crossEntropy(x, t, all), [leaf(2, 3), leaf(2, 3)]);
  gradcheckTwice((x) => f.nllLoss(x, targets, { weight }), [leaf(4, 3)]);
  const pair = () => [leaf(3, 2), leaf(3, 2)];
  gradcheckTwice((a, b) => f.mseLoss(a, b), pair());
  gradcheckTwice((a, b) => f.huberLoss(a, b, { reduction: "none" }), pair());
  gradcheckTwice((a, b) => f.l1Loss(a, b).mul(a.add(b).sum()), pair());
  gradcheckTwice((a, b) => f.klDivLoss(a, b.exp()), pair());
  gradcheckTwice((a, b) => f.klDivLoss(a, b, { logTarget: true }), pair());
  gradcheckTwice(
    (a, b) => f.binaryCrossEntropyWithLogits(a, b.sigmoid(), { posWeight: tensor([2, 0.5]) }),
    pair(),
  );
  const x = tensor([0], { requiresGrad: true });
  f.binaryCrossEntropyWithLogits(x, tensor([0])).backward();
  expect(x.grad.item()).toBe(0.5);
});

describe("what is said", () => {
  const logits = zeros([2, 3]);
  const of = (x: Tensor, targets: Tensor, options?: f.CrossEntropyOptions) =>
    errorOf(() => f.crossEntropy(x, targets, options));

  test("of targets that are no classes", () => {
    expect(of(logits, classes([1, 3]))).toMatchInlineSnapshot(
      `"RangeError: crossEntropy: target 3, at [1], is no class: there are 3, from 0 to 2"`,
    );
    expect(of(zeros([1, 3, 2]), classes([[0, -1]]))).toMatchInlineSnapshot(
      `"RangeError: crossEntropy: target -1, at [0, 1], is no class: there are 3, from 0 to 2"`,
    );
    expect(of(logits, tensor([0, 1]))).toMatchInlineSnapshot(`
      "TypeError: crossEntropy: class numbers are int32, these targets are float32
        hint: targets.to("int32"), or tensor(targets, { dtype: "int32" })"
    `);
    expect(of(logits, tensor([true, false]))).toMatchInlineSnapshot(`
      "TypeError: crossEntropy: class numbers are int32, these targets are bool
        hint: targets.to("int32"), or tensor(targets, { dtype: "int32" })"
    `);
    expect(of(logits, classes([0, 1, 2]))).toMatchInlineSnapshot(`
      "ShapeError: crossEntropy: the classes are along axis 1, so there must be targets of shape [2]
        shapes: [2, 3] and [3]"
    `);
    expect(
      of(
        logits,
        classes([
          [1, 0, 0],
          [0, 1, 0],
        ]),
      ),
    ).toMatchInlineSnapshot(`
      "ShapeError: crossEntropy: the classes are along axis 1, so there must be targets of shape [2]
        shapes: [2, 3] and [2, 3]
        hint: for a probability for each class: targets.to("float32")"
    `);
    expect(of(zeros([2, 5, 3]), zeros([2, 5], { dtype: "int32" }))).toMatchInlineSnapshot(`
      "ShapeError: crossEntropy: the classes are along axis 1, so there must be targets of shape [2, 3]
        shapes: [2, 5, 3] and [2, 5]
        hint: where the classes come last, reshape the logits to [-1, classes] and flatten() the targets"
    `);
    expect(of(logits, classes([-100, -100]))).toMatchInlineSnapshot(
      `"RangeError: crossEntropy: there is no mean of nothing: all 2 targets are ignored (-100)"`,
    );
    expect(of(zeros([0, 3]), zeros([0], { dtype: "int32" }))).toMatchInlineSnapshot(
      `"RangeError: crossEntropy: there is no mean of nothing: there are no targets"`,
    );
    expect(
      errorOf(() => f.binaryCrossEntropyWithLogits(zeros([1, 2]), tensor([[0, 1.5]]))),
    ).toMatchInlineSnapshot(
      `"RangeError: binaryCrossEntropyWithLogits: target 1.5, at [0, 1], is not a probability, from 0 to 1"`,
    );
  });

  test("of numbers that make no sense", () => {
    expect(
      of(
        tensor([
          [0, 1],
          [Number.NaN, 0],
        ]),
        classes([0, 1]),
      ),
    ).toMatchInlineSnapshot(`
      "RangeError: crossEntropy: there is NaN in the logits, first at [1, 0]
        hint: a learning rate that is too large makes numbers grow without end; division by 0 and logarithms of 0 do it at once"
    `);
    expect(errorOf(() => f.mseLoss(tensor([0, Infinity]), zeros([2])))).toMatchInlineSnapshot(`
      "RangeError: mseLoss: there is Infinity in the input, first at [1]
        hint: a learning rate that is too large makes numbers grow without end; division by 0 and logarithms of 0 do it at once"
    `);
    expect(errorOf(() => f.l1Loss(zeros([1]), tensor([Number.NaN])))).toMatchInlineSnapshot(`
      "RangeError: l1Loss: there is NaN in the target, first at [0]
        hint: a learning rate that is too large makes numbers grow without end; division by 0 and logarithms of 0 do it at once"
    `);
    expect(of(tensor(1), classes(0))).toMatchInlineSnapshot(`
      "ShapeError: crossEntropy: a single number has no classes: [n, classes]
        shape: []"
    `);
    expect(of(logits, classes([0, 1]), { weight: zeros([2]) })).toMatchInlineSnapshot(`
      "ShapeError: crossEntropy: the weight must have shape [3], one number for each class
        shape: [2]"
    `);
    expect(of(logits, classes([0, 1]), { labelSmoothing: 2 })).toMatchInlineSnapshot(
      `"RangeError: crossEntropy: labelSmoothing is from 0 to 1, got 2"`,
    );
    expect(of(logits, classes([0, 1]), { reduction: "average" as "mean" })).toMatchInlineSnapshot(
      `"TypeError: crossEntropy: reduction is "mean", "sum" or "none", got average"`,
    );
    expect(errorOf(() => f.huberLoss(logits, logits, { delta: 0 }))).toMatchInlineSnapshot(
      `"RangeError: huberLoss: delta must be larger than 0, got 0"`,
    );
  });

  test("of shapes that would broadcast unseen", () => {
    expect(errorOf(() => f.mseLoss(zeros([4, 1]), zeros([4])))).toMatchInlineSnapshot(`
      "ShapeError: mseLoss: the input and the target must have the same shape
        shapes: [4, 1] and [4]
        hint: target.reshape([4, 1])"
    `);
    expect(
      errorOf(() => f.binaryCrossEntropyWithLogits(zeros([4]), zeros([2]))),
    ).toMatchInlineSnapshot(`
      "ShapeError: binaryCrossEntropyWithLogits: the logits and the targets must have the same shape
        shapes: [4] and [2]"
    `);
  });
});
