import { describe, expect, test } from "vitest";
import { ones, tensor, zeros } from "../create.ts";
import { manualSeed, Rng } from "../random.ts";
import { errorOf, gradcheckModule } from "../testing.ts";
import * as nn from "./index.ts";

const rng = new Rng(3);

/** A layer, the shape of an input, the shape of its output and the names of its state. */
const layers: Record<string, [nn.Layer, number[], number[], string[]]> = {
  Linear: [new nn.Linear(3, 2, rng), [2, 3], [2, 2], ["weight", "bias"]],
  Conv1d: [
    new nn.Conv1d(2, 4, 3, rng, { stride: 2, padding: 1, groups: 2 }),
    [2, 2, 5],
    [2, 4, 3],
    ["weight", "bias"],
  ],
  Conv2d: [
    new nn.Conv2d(2, 3, [2, 3], rng, { stride: [1, 2], padding: 1, bias: false }),
    [1, 2, 3, 4],
    [1, 3, 4, 2],
    ["weight"],
  ],
  ConvTranspose2d: [
    new nn.ConvTranspose2d(2, 4, 2, rng, { stride: 2, groups: 2, outputPadding: 1 }),
    [1, 2, 2, 3],
    [1, 4, 5, 7],
    ["weight", "bias"],
  ],
  MaxPool2d: [new nn.MaxPool2d(2, { stride: 1 }), [1, 2, 3, 3], [1, 2, 2, 2], []],
  AvgPool2d: [new nn.AvgPool2d([2, 1], { padding: [1, 0] }), [1, 2, 3, 3], [1, 2, 2, 3], []],
  AdaptiveAvgPool2d: [new nn.AdaptiveAvgPool2d(2), [1, 2, 3, 5], [1, 2, 2, 2], []],
  BatchNorm1d: [
    new nn.BatchNorm1d(3),
    [4, 3],
    [4, 3],
    ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"],
  ],
  BatchNorm2d: [
    new nn.BatchNorm2d(2, { momentum: 0.5, eps: 0.1 }),
    [2, 2, 2, 2],
    [2, 2, 2, 2],
    ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"],
  ],
  LayerNorm: [new nn.LayerNorm([2, 3]), [2, 2, 3], [2, 2, 3], ["weight", "bias"]],
  RMSNorm: [new nn.RMSNorm(3), [2, 3], [2, 3], ["weight"]],
  GroupNorm: [new nn.GroupNorm(2, 4), [2, 4, 3], [2, 4, 3], ["weight", "bias"]],
  ReLU: [new nn.ReLU(), [2, 3], [2, 3], []],
  LeakyReLU: [new nn.LeakyReLU(0.2), [2, 3], [2, 3], []],
  GELU: [new nn.GELU(), [2, 3], [2, 3], []],
  "GELU, tanh": [new nn.GELU({ approximate: "tanh" }), [2, 3], [2, 3], []],
  SiLU: [new nn.SiLU(), [2, 3], [2, 3], []],
  Sigmoid: [new nn.Sigmoid(), [2, 3], [2, 3], []],
  Tanh: [new nn.Tanh(), [2, 3], [2, 3], []],
  Softmax: [new nn.Softmax(0), [2, 3], [2, 3], []],
  Identity: [new nn.Identity(), [2, 3], [2, 3], []],
  Flatten: [new nn.Flatten(), [2, 3, 2], [2, 6], []],
  Dropout: [new nn.Dropout(0).train(), [2, 3], [2, 3], []],
  MultiHeadAttention: [
    new nn.MultiHeadAttention(4, 2, rng),
    [1, 3, 4],
    [1, 3, 4],
    ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"],
  ],
  TransformerEncoderLayer: [
    new nn.TransformerEncoderLayer(2, 1, rng, { activation: "gelu" }),
    [1, 3, 2],
    [1, 3, 2],
    [
      ...["self_attn.in_proj_weight", "self_attn.in_proj_bias"],
      ...["self_attn.out_proj.weight", "self_attn.out_proj.bias"],
      ...["linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"],
      ...["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"],
    ],
  ],
};

describe("every layer", () => {
  for (const [name, [layer, from, to, names]] of Object.entries(layers)) {
    test(`${name}: shape, names, and gradients by small steps`, () => {
      const x = rng.normal(from);
      x.requiresGrad = true;
      expect(layer.forward(x).shape).toEqual(to);
      expect(Object.keys(layer.stateDict())).toEqual(names);
      // Squared: the sum of what was normalized hardly changes with what went in.
      gradcheckModule(layer, [x], (y) => layer.forward(y).pow(2));
    });
  }

  test("prints as it was made", () => {
    expect(
      Object.values(layers)
        .map(([layer]) => String(layer))
        .join("\n"),
    ).toMatchInlineSnapshot(`
      "Linear(3, 2)
      Conv1d(2, 4, 3, stride=2, padding=1, groups=2)
      Conv2d(2, 3, [2, 3], stride=[1, 2], padding=1, bias=false)
      ConvTranspose2d(2, 4, 2, stride=2, groups=2, outputPadding=1)
      MaxPool2d(2, stride=1)
      AvgPool2d([2, 1], padding=[1, 0])
      AdaptiveAvgPool2d(2)
      BatchNorm1d(3)
      BatchNorm2d(2, momentum=0.5, eps=0.1)
      LayerNorm([2, 3], eps=0.00001)
      RMSNorm(3, eps=0.000001)
      GroupNorm(2, 4, eps=0.00001)
      ReLU()
      LeakyReLU(negativeSlope=0.2)
      GELU()
      GELU(approximate=tanh)
      SiLU()
      Sigmoid()
      Tanh()
      Softmax(axis=0)
      Identity()
      Flatten()
      Dropout(0)
      MultiHeadAttention(4, 2
        (out_proj): Linear(4, 4)
      )
      TransformerEncoderLayer(
        (self_attn): MultiHeadAttention(2, 1
          (out_proj): Linear(2, 2)
        )
        (linear1): Linear(2, 8)
        (dropout): Dropout(0)
        (linear2): Linear(8, 2)
        (norm1): LayerNorm(2, eps=0.00001)
        (norm2): LayerNorm(2, eps=0.00001)
        (dropout1): Dropout(0)
        (dropout2): Dropout(0)
      )"
    `);
  });

  test("starts the same from the same seed, also from the default generator's", () => {
    const made: [string, (rng?: Rng) => nn.Module][] = [
      ["Linear", (r) => new nn.Linear(2, 3, r)],
      ["Conv1d", (r) => new nn.Conv1d(2, 3, 2, r)],
      ["Conv2d", (r) => new nn.Conv2d(2, 3, 2, r)],
      ["ConvTranspose2d", (r) => new nn.ConvTranspose2d(2, 3, 2, r)],
      ["Embedding", (r) => new nn.Embedding(2, 3, r)],
      ["LSTM", (r) => new nn.LSTM(2, 3, r)],
      ["TransformerDecoderLayer", (r) => new nn.TransformerDecoderLayer(4, 2, r)],
    ];
    for (const [name, make] of made) {
      const numbers = (module: nn.Module) => module.parameters().flatMap((p) => [...p.data]);
      const seeded = numbers(make(new Rng(9)));
      expect(numbers(make(new Rng(9))), name).toEqual(seeded);
      expect(numbers(make(new Rng(10))), name).not.toEqual(seeded);
      manualSeed(9);
      expect(numbers(make()), name).toEqual(seeded);
    }
  });

  test("starts within PyTorch's bounds", () => {
    // [weight, bound of weight and bias]: 1 / √(numbers that a kernel looks at)
    const bounds: [nn.Module, number][] = [
      [new nn.Conv1d(8, 40, 4, rng, { groups: 2 }), 1 / Math.sqrt(4 * 4)],
      [new nn.Conv2d(4, 40, [2, 3], rng), 1 / Math.sqrt(4 * 6)],
      // PyTorch takes the second axis for what comes in, here as well.
      [new nn.ConvTranspose2d(4, 30, 3, rng), 1 / Math.sqrt(30 * 9)],
      [new nn.GRU(3, 25, rng), 1 / Math.sqrt(25)],
    ];
    for (const [layer, bound] of bounds)
      for (const p of layer.parameters()) {
        const most = p.abs().max().item();
        expect(most / bound, String(layer)).toBeGreaterThan(0.85);
        expect(most / bound, String(layer)).toBeLessThan(1 + 1e-6);
      }
    const attention = new nn.MultiHeadAttention(16, 2, rng);
    expect(attention.inProjWeight.abs().max().item()).toBeCloseTo(Math.sqrt(6 / 64), 2);
    expect(attention.inProjBias!.abs().max().item()).toBe(0);
    expect(attention.outProj.bias!.abs().max().item()).toBe(0);
    expect(new nn.Embedding(100, 50, rng).weight.std().item()).toBeCloseTo(1, 1);
  });
});

describe("train and eval", () => {
  test("dropout drops and makes up for it while training, and does nothing otherwise", () => {
    const layer = new nn.Dropout(0.25, new Rng(1));
    const x = ones([4000]);
    const y = layer.forward(x);
    expect(new Set(y.data)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(y.equal(0).to("float32").mean().item()).toBeCloseTo(0.25, 1);
    expect(layer.forward(x).data).not.toEqual(y.data);
    expect(layer.eval().forward(x)).toBe(x);
    manualSeed(4);
    const first = new nn.Dropout().forward(x);
    manualSeed(4);
    expect(new nn.Dropout().forward(x).data).toEqual(first.data);
  });

  test("batch norm goes by the batch and keeps its statistics, then goes by those", () => {
    const layer = new nn.BatchNorm1d(2, { momentum: 0.5 });
    const x = tensor([
      [1, 10],
      [3, 30],
    ]);
    const y = layer.forward(x);
    expect(
      y.allClose(
        tensor([
          [-1, -1],
          [1, 1],
        ]),
        1e-4,
      ),
    ).toBe(true);
    expect(layer.runningMean.toArray()).toEqual([1, 10]);
    // Half of 1, half of the batch's variance, over n - 1.
    expect(layer.runningVar.toArray()).toEqual([1.5, 100.5]);
    expect(layer.numBatchesTracked.item()).toBe(1);
    layer.eval();
    const z = layer.forward(x);
    expect(
      z.allClose(
        tensor([
          [0, 0],
          [2 / Math.sqrt(1.5), 20 / Math.sqrt(100.5)],
        ]),
        1e-4,
      ),
    ).toBe(true);
    expect(layer.numBatchesTracked.item()).toBe(1);
    expect(layer.runningMean.toArray()).toEqual([1, 10]);
    expect(layer.forward(x.slice(0, 1)).shape).toEqual([1, 2]);
  });

  test("an LSTM drops between its layers, a transformer layer in each part", () => {
    const x = rng.normal([2, 3, 4]);
    const lstm = new nn.LSTM(4, 4, new Rng(1), { layers: 2, dropout: 0.5 });
    const transformer = new nn.TransformerEncoderLayer(4, 2, new Rng(1), { dropout: 0.5 });
    const decoder = new nn.TransformerDecoderLayer(4, 2, new Rng(1), { dropout: 0.5 });
    const runs = [
      () => lstm.forward(x).output,
      () => transformer.forward(x),
      () => decoder.forward(x, x),
      () => transformer.selfAttn.forward(x),
    ];
    for (const run of runs) expect(run().data).not.toEqual(run().data);
    for (const module of [lstm, transformer, decoder]) module.eval();
    for (const run of runs) expect(run().data).toEqual(run().data);
  });
});

describe("Embedding", () => {
  test("looks rows up, and only those get a gradient", () => {
    const layer = new nn.Embedding(4, 2, rng);
    const ids = tensor(
      [
        [1, 3],
        [1, 1],
      ],
      { dtype: "int32" },
    );
    const y = layer.forward(ids);
    expect(y.shape).toEqual([2, 2, 2]);
    expect(y.row(0).row(1).data).toEqual(layer.weight.row(3).data);
    y.sum().backward();
    expect(layer.weight.grad.toArray()).toEqual([
      [0, 0],
      [3, 3],
      [0, 0],
      [1, 1],
    ]);
    expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
  });
});

describe("wrong input is told by the layer", () => {
  const cases: Record<string, () => unknown> = {
    "too few channels": () => new nn.Conv2d(3, 8, 3).forward(zeros([1, 1, 28, 28])),
    "no batch": () => new nn.Conv2d(3, 8, 3).forward(zeros([3, 28, 28])),
    "no channels": () => new nn.MaxPool2d(2).forward(zeros([28, 28])),
    "a kernel that is larger than the image": () =>
      new nn.Conv2d(1, 1, 5).forward(zeros([1, 1, 4, 4])),
    "channels in groups": () => new nn.Conv2d(3, 8, 3, rng, { groups: 2 }),
    "a kernel of no size": () => new nn.Conv2d(3, 8, 0),
    "half a channel": () => new nn.Conv1d(1.5, 8, 3),
    "a line": () => new nn.Conv1d(1, 8, 3).forward(zeros([5, 3])),
    "a batch of images in BatchNorm1d": () => new nn.BatchNorm1d(3).forward(zeros([2, 3, 4, 4])),
    "one example in batch norm": () => new nn.BatchNorm1d(3).forward(zeros([1, 3])),
    "the wrong last axes": () => new nn.LayerNorm([2, 3]).forward(zeros([4, 3, 3])),
    "groups of channels": () => new nn.GroupNorm(3, 4),
    "the wrong channels": () => new nn.GroupNorm(2, 4).forward(zeros([4, 3, 3])),
    "a probability": () => new nn.Dropout(50),
    "ids that are no integers": () => new nn.Embedding(3, 2).forward(tensor([0.5])),
    "an id that is not there": () =>
      new nn.Embedding(3, 2).forward(tensor([[0, 3]], { dtype: "int32" })),
    "no axis to flatten": () => new nn.Flatten(2).forward(zeros([4, 3])),
  };
  test("in these words", () => {
    const words = Object.entries(cases).map(([name, run]) => `${name}\n${errorOf(run)}`);
    expect(words.join("\n\n")).toMatchInlineSnapshot(`
      "too few channels
      ShapeError: Conv2d: expects 3 channels in axis 1, got 1
        shape: [1, 1, 28, 28]
        hint: this layer is Conv2d(3, 8, 3)

      no batch
      ShapeError: Conv2d: expects [batch, 3 channels, height, width], got 3 axes
        shape: [3, 28, 28]
        hint: for a batch of one, use unsqueeze(0)

      no channels
      ShapeError: MaxPool2d: expects [batch, channels, height, width], got 2 axes
        shape: [28, 28]

      a kernel that is larger than the image
      ShapeError: conv2d: the kernels reach over 5 rows, the padded images have 4
        shapes: [1, 1, 4, 4] and [1, 1, 5, 5]
        hint: more padding, smaller kernels, or fewer layers before this one that make the images smaller

      channels in groups
      RangeError: Conv2d: inChannels = 3 cannot be split into 2 equal groups

      a kernel of no size
      RangeError: Conv2d: kernelSize must be a whole number, 1 or more, got 0

      half a channel
      RangeError: Conv1d: inChannels must be a whole number, 1 or more, got 1.5

      a line
      ShapeError: Conv1d: expects [batch, 1 channels, length], got 2 axes
        shape: [5, 3]
        hint: for the axis of the channels, use unsqueeze(1)

      a batch of images in BatchNorm1d
      ShapeError: BatchNorm1d: expects [batch, 3 features], got 4 axes
        shape: [2, 3, 4, 4]

      one example in batch norm
      ShapeError: batchNorm: a variance takes at least 2 numbers in each channel, got 1
        shape: [1, 3]
        hint: a larger batch, or eval() if the model is not being trained

      the wrong last axes
      ShapeError: LayerNorm: expects 2 features in axis 1, got 3
        shape: [4, 3, 3]
        hint: this layer is LayerNorm([2, 3], eps=0.00001)

      groups of channels
      RangeError: GroupNorm: 4 channels cannot be split into 3 equal groups

      the wrong channels
      ShapeError: GroupNorm: expects 4 channels in axis 1, got 3
        shape: [4, 3, 3]
        hint: this layer is GroupNorm(2, 4, eps=0.00001)

      a probability
      RangeError: Dropout: p is a probability, from 0 to 1, got 50

      ids that are no integers
      TypeError: embedding: ids are int32, these are float32
        hint: ids.to("int32"), or tensor(ids, { dtype: "int32" })

      an id that is not there
      RangeError: embedding: id 3, at [0, 1], is not in the vocabulary of 3: ids are 0 to 2

      no axis to flatten
      ShapeError: Flatten: there is no axis 2 in a tensor with 2 axes
        shape: [4, 3]
        hint: an axis is a whole number from -2 to 1"
    `);
  });
});
