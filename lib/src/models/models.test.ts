import { describe, expect, test } from "vitest";
import { randint, randn, tensor, zeros } from "../create.ts";
import { concat } from "../functional/join.ts";
import { crossEntropy } from "../functional/loss.ts";
import type { Module } from "../nn/index.ts";
import { Adam } from "../optim/optimizers.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import {
  AlexNet,
  BasicBlock,
  BERT,
  Bottleneck,
  bertBase,
  GPT,
  gpt2,
  LeNet,
  ResNet,
  RNNLanguageModel,
  resnet18,
  resnet50,
  Seq2Seq,
  smallAlexNet,
  ViT,
} from "./index.ts";
import { MLP } from "./mlp.ts";

const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: "int32" });
const count = (model: Module): number =>
  model.parameters().reduce((sum, parameter) => sum + parameter.size, 0);

/** All zeros at once, where only the sizes count. */
class Blank extends Rng {
  override uniform(shape: readonly number[]): Tensor {
    return zeros(shape);
  }
  override normal(shape: readonly number[]): Tensor {
    return zeros(shape);
  }
}
const blank = new Blank(0);

const gpt = (options = {}) =>
  new GPT({ vocabulary: 7, context: 8, width: 12, heads: 3, layers: 2, ...options }, new Rng(3));
const bert = (options = {}) =>
  new BERT({ vocabulary: 9, context: 8, width: 12, heads: 3, layers: 2, ...options }, new Rng(4));
const vit = (options = {}) =>
  new ViT(
    { image: 8, patch: 4, width: 12, heads: 3, layers: 2, classes: 3, inChannels: 1, ...options },
    new Rng(5),
  );

describe("sizes are the papers', as torchvision and Hugging Face count them", () => {
  test("images", () => {
    expect(count(new MLP([784, 128, 10], blank))).toBe(784 * 128 + 128 + 128 * 10 + 10);
    expect(count(new LeNet({}, blank))).toBe(61_706);
    expect(count(new AlexNet({}, blank))).toBe(61_100_840);
    expect(count(resnet18({}, blank))).toBe(11_689_512);
    expect(count(resnet50({}, blank))).toBe(25_557_032);
  });

  // Of twelve equal layers two are enough to count all, and of the vocabulary one token.
  const twelve = (make: (layers: number) => Module): number => {
    const [one, two] = [1, 2].map((layers) => count(make(layers)));
    return one + 11 * (two - one);
  };
  test("transformers", () => {
    const vit = { image: 224, patch: 16, width: 768, heads: 12, classes: 1000 };
    expect(twelve((layers) => new ViT({ ...vit, layers }, blank))).toBe(86_567_656);
    const gpt = twelve((layers) => gpt2({ layers, vocabulary: 1 }, blank));
    expect(gpt + 50_256 * 768).toBe(124_439_808);
    const bert = twelve((layers) => bertBase({ layers, vocabulary: 1 }, blank));
    expect(bert + 30_521 * (768 + 1)).toBe(109_514_298);
  });
});

describe("shapes", () => {
  const images = randn([2, 1, 28, 28], { rng: new Rng(1) });
  test.each<[string, Module & { forward(x: Tensor): Tensor }, Tensor, number[]]>([
    ["MLP", new MLP([5, 4, 3]), zeros([2, 5]), [2, 3]],
    ["LeNet", new LeNet({ classes: 3 }), images, [2, 3]],
    ["AlexNet", smallAlexNet({ classes: 3 }), images, [2, 3]],
    [
      "ResNet",
      new ResNet({ layers: [1, 1], widths: [2, 4], classes: 3 }),
      zeros([2, 3, 65, 33]),
      [2, 3],
    ],
    ["GPT", gpt(), ids([[1, 2, 3]]), [1, 3, 7]],
    ["BERT", bert(), ids([[1, 2, 3]]), [1, 3, 9]],
    ["ViT", vit(), zeros([2, 1, 8, 8]), [2, 3]],
    ["RNN", new RNNLanguageModel({ vocabulary: 5, width: 4 }), ids([[1, 2, 3]]), [1, 3, 5]],
  ])("%s", (_, model, x, shape) => {
    expect(model.forward(x).shape).toEqual(shape);
  });

  test("names come from where the weights do", () => {
    const first = (model: Module) => Object.keys(model.stateDict())[0];
    expect(first(new MLP([2, 1]))).toBe("layers.0.weight");
    expect(first(smallAlexNet())).toBe("features.0.weight");
    expect(Object.keys(gpt().stateDict()).at(-1)).toBe("lm_head.weight");
    expect(gpt().namedParameters().at(-1)?.[0]).toBe("transformer.ln_f.bias");
  });
});

describe("a batch is learned by heart", () => {
  const rng = new Rng(6);
  const pictures = randn([4, 1, 28, 28], { rng });
  const few = randn([4, 1, 8, 8], { rng });
  const classes = ids([[0, 1, 2, 0]]).flatten();
  const text = randint(0, 7, [3, 6], { rng });
  test.each<[string, Module & { forward(x: Tensor): Tensor }, Tensor, Tensor]>([
    ["MLP", new MLP([6, 16, 7], rng), randn([4, 6], { rng }), classes],
    [
      "MLP with tanh",
      new MLP([6, 16, 7], rng, { activation: (x) => x.tanh() }),
      randn([4, 6], { rng }),
      classes,
    ],
    ["LeNet", new LeNet({ classes: 3 }, rng), pictures, classes],
    [
      "AlexNet",
      smallAlexNet({ channels: [4, 4, 4, 4, 4], hidden: 16, dropout: 0 }, rng),
      pictures,
      classes,
    ],
    [
      "ResNet",
      new ResNet({ inChannels: 1, layers: [1, 1], widths: [4, 8], classes: 3, stem: "small" }, rng),
      few,
      classes,
    ],
    [
      "ResNet in bottlenecks",
      new ResNet(
        { block: "bottleneck", inChannels: 1, layers: [1, 1], widths: [2, 4], classes: 3 },
        rng,
      ),
      pictures,
      classes,
    ],
    ["RNN", new RNNLanguageModel({ vocabulary: 7, width: 12, cell: "rnn" }, rng), text, text],
    ["LSTM", new RNNLanguageModel({ vocabulary: 7, width: 12, layers: 2 }, rng), text, text],
    ["GRU", new RNNLanguageModel({ vocabulary: 7, width: 12, cell: "gru" }, rng), text, text],
    ["GPT", gpt(), text.slice(0, 5, 1), text.slice(1, 6, 1)],
    ["BERT", bert(), text, text],
    ["ViT", vit(), few, classes],
  ])("%s", (_, model, x, targets) => {
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    let loss = Infinity;
    for (let step = 0; step < 150 && loss > 0.05; step++) {
      const logits = model.forward(x);
      const error = crossEntropy(logits.reshape([-1, logits.shape.at(-1)!]), targets.flatten());
      optimizer.zeroGrad();
      error.backward();
      optimizer.step();
      loss = error.item();
    }
    // Texts that begin alike may go on in different ways.
    expect(loss).toBeLessThan(model instanceof GPT ? 0.4 : 0.05);
  });
});

describe("ResNet", () => {
  const x = randn([2, 4, 6, 6], { rng: new Rng(7) }).relu();

  test("a block whose last norm says nothing lets its input through", () => {
    for (const block of [new BasicBlock(4, 4), new Bottleneck(4, 1)]) {
      (block instanceof BasicBlock ? block.bn2 : block.bn3).weight.data.fill(0);
      expect(block.downsample).toBe(null);
      expect(block.forward(x).toArray()).toEqual(x.toArray());
    }
  });

  test("without skips nothing goes around", () => {
    const block = new BasicBlock(4, 8, new Rng(1), { stride: 2, skip: false });
    expect(block.downsample).toBe(null);
    expect(block.forward(x).shape).toEqual([2, 8, 3, 3]);
    block.bn2.weight.data.fill(0);
    expect(block.forward(x).max().item()).toBe(0);
    const plain = new ResNet({ layers: [2, 2], widths: [2, 4], skip: false });
    expect(Object.keys(plain.stateDict()).filter((name) => name.includes("downsample"))).toEqual(
      [],
    );
  });
});

describe("GPT", () => {
  const text = [1, 2, 3, 4, 5, 6, 0, 1];

  test("no place depends on those after it, each on those before", () => {
    const model = gpt();
    const before = model.forward(ids([text]));
    for (let place = 0; place < text.length; place++) {
      const changed = text.map((id, i) => (i === place ? (id + 3) % 7 : id));
      const after = model.forward(ids([changed]));
      for (let at = 0; at < text.length; at++) {
        const same = after.select(1, at).allClose(before.select(1, at), 1e-7);
        expect(same, `logits at ${at} after a change at ${place}`).toBe(at < place);
      }
    }
  });

  test("with a memory, in pieces of any size, it says the same as without", () => {
    const model = gpt();
    const whole = model.forward(ids([text]));
    for (const sizes of [[8], [1, 1, 1, 1, 1, 1, 1, 1], [3, 1, 4]]) {
      let memory: Parameters<GPT["advance"]>[1];
      let at = 0;
      for (const size of sizes) {
        const step = model.advance(ids([text.slice(at, at + size)]), memory);
        memory = step.memory;
        expect(step.logits.allClose(whole.slice(at, at + size, 1), 1e-5)).toBe(true);
        at += size;
      }
    }
  });

  test("attention weights can be watched", () => {
    const model = gpt();
    let weights = zeros([0]);
    const stop = model.transformer.h[1].attn.attn_dropout.registerForwardHook((_, [seen]) => {
      weights = seen as Tensor;
    });
    model.forward(ids([[1, 2, 3]]));
    stop();
    expect(weights.shape).toEqual([1, 3, 3, 3]);
    expect(weights.sum(-1).allClose(weights.newFull([1, 3, 3], 1))).toBe(true);
    expect(weights.at(0, 0, 0, 1)).toBe(0);
  });

  test("the head is the embedding", () => {
    const model = gpt();
    expect(model.lm_head.weight).toBe(model.transformer.wte.weight);
    expect(count(gpt({ vocabulary: 8 })) - count(model)).toBe(12);
  });
});

describe("BERT", () => {
  const model = bert();
  const text = ids([[1, 2, 3, 4]]);
  const mask = ids([[1, 1, 1, 0]]);

  test("every place depends on every other, before and after", () => {
    const before = model.forward(text);
    for (let place = 0; place < 4; place++) {
      const changed = model.forward(ids([[1, 2, 3, 4].map((id, i) => (i === place ? 8 : id))]));
      for (let at = 0; at < 4; at++)
        expect(changed.select(1, at).allClose(before.select(1, at), 1e-7)).toBe(false);
    }
  });

  test("but none on what is masked", () => {
    const before = model.forward(text, undefined, mask).slice(0, 3, 1);
    const after = model.forward(ids([[1, 2, 3, 8]]), undefined, mask).slice(0, 3, 1);
    expect(after.allClose(before, 1e-7)).toBe(true);
    const short = model.forward(ids([[1, 2, 3]]));
    expect(short.allClose(before, 1e-5)).toBe(true);
    expect(model.forward(text).slice(0, 3, 1).allClose(before, 1e-7)).toBe(false);
    const nothing = model.forward(text, undefined, ids([[0, 0, 0, 0]]));
    expect(nothing.data.every(Number.isFinite)).toBe(true);
  });

  test("segments are told apart", () => {
    const one = model.forward(text, ids([[0, 0, 0, 0]]));
    expect(one.toArray()).toEqual(model.forward(text).toArray());
    expect(model.forward(text, ids([[0, 0, 1, 1]])).allClose(one, 1e-7)).toBe(false);
  });
});

describe("RNNLanguageModel", () => {
  test.each(["rnn", "lstm", "gru"] as const)("%s goes on from its state", (cell) => {
    const model = new RNNLanguageModel({ vocabulary: 5, width: 3, hidden: 4, layers: 2, cell });
    const whole = model.forward(ids([[1, 2, 3, 4]]));
    const { memory, logits } = model.advance(ids([[1, 2, 3]]));
    expect(logits.allClose(whole.slice(0, 3, 1))).toBe(true);
    const last = model.advance(ids([[4]]), memory).logits;
    expect(last.allClose(whole.slice(3, 4, 1))).toBe(true);
  });
});

describe("Seq2Seq", () => {
  const START = 1;
  const END = 2;
  const make = (options = {}, seed = 8) =>
    new Seq2Seq(
      { sourceVocabulary: 8, targetVocabulary: 8, width: 8, hidden: 16, ...options },
      new Rng(seed),
    );

  test("a source reads the same in any batch", () => {
    const model = make();
    const targets = ids([
      [START, 3, 4],
      [START, 5, 6],
    ]);
    const padded = model.forward(
      ids([
        [3, 4, 5, 6],
        [7, 6, 0, 0],
      ]),
      targets,
    );
    const alone = model.forward(ids([[7, 6]]), targets.slice(1, 2));
    expect(padded.logits.slice(1, 2).allClose(alone.logits, 1e-6)).toBe(true);
    expect(padded.alignment.shape).toEqual([2, 3, 4]);
    expect(
      padded.alignment.sum(-1).allClose(
        tensor([
          [1, 1, 1],
          [1, 1, 1],
        ]),
      ),
    ).toBe(true);
    expect(padded.alignment.slice(1, 2).slice(2, 4, 2).max().item()).toBe(0);
  });

  test("learns to turn sequences around, looking from the end to the start", () => {
    const model = make();
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    const rng = new Rng(9);
    const source = randint(3, 8, [24, 4], { rng });
    const turned = source.flip(1);
    const edge = (token: number) => source.newFull([24, 1], token);
    const inputs = concat([edge(START), turned], 1);
    const targets = concat([turned, edge(END)], 1);
    let loss = Infinity;
    for (let step = 0; step < 200 && loss > 0.05; step++) {
      const { logits } = model.forward(source, inputs);
      const error = crossEntropy(logits.reshape([-1, 8]), targets.flatten());
      optimizer.zeroGrad();
      error.backward();
      optimizer.step();
      loss = error.item();
    }
    expect(loss).toBeLessThan(0.05);
    const options = { start: START, end: END, maxTokens: 9 };
    const { ids: written, alignment } = model.translate(source.row(0), options);
    expect(written).toEqual([...turned.row(0).data]);
    expect(alignment.shape).toEqual([4, 4]);
  });

  test("translate takes the likeliest token each time, as forward has it", () => {
    const model = make();
    const source = [3, 5, 7];
    const { ids: written, logProbability } = model.translate(source, {
      start: START,
      end: -1,
      maxTokens: 5,
    });
    const { logits } = model.forward(ids([source]), ids([[START, ...written.slice(0, 4)]]));
    expect(written).toEqual([...logits.argmax(-1).data]);
    const scores = logits.logSoftmax(-1).max(-1).sum().item();
    expect(logProbability).toBeCloseTo(scores, 5);
    expect(model.training).toBe(true);
  });
});

test("ViT: an image is its patches in their places", () => {
  const model = vit();
  const image = randn([1, 1, 8, 8], { rng: new Rng(11) });
  const moved = concat([image.slice(4, 8, 3), image.slice(0, 4, 3)], 3);
  expect(model.encode(moved).allClose(model.encode(image), 1e-7)).toBe(false);
  // Without places it is a bag of patches.
  model.encoder.pos_embedding.data.fill(0);
  expect(model.encode(moved).allClose(model.encode(image), 1e-5)).toBe(true);
});

test("mistakes", () => {
  expect(errorOf(() => new MLP([3]))).toMatchInlineSnapshot(
    `"RangeError: MLP: needs at least two sizes, of its input and of its output, got 1"`,
  );
  expect(errorOf(() => new MLP(784 as unknown as number[]))).toMatchInlineSnapshot(`
    "TypeError: MLP: the sizes of its layers are a list
      hint: new MLP([784, 128, 10])"
  `);
  expect(errorOf(() => new LeNet().forward(zeros([1, 1, 32, 32])))).toMatchInlineSnapshot(`
    "ShapeError: LeNet: expects 28 rows in axis 2, got 32
      shape: [1, 1, 32, 32]
      hint: this layer is LeNet()"
  `);
  expect(errorOf(() => new AlexNet({ channels: [1, 2] }))).toMatchInlineSnapshot(
    `"RangeError: AlexNet: has 5 convolutions, got channels for 2"`,
  );
  expect(errorOf(() => new ResNet({ layers: [1, 1] }))).toMatchInlineSnapshot(
    `"RangeError: ResNet: got the widths of 4 stages, the layers of 2"`,
  );
  expect(errorOf(() => new LeNet().forward(zeros([1, 28, 28])))).toMatchInlineSnapshot(`
    "ShapeError: LeNet: expects [batch, 1 channel, 28 rows, 28 columns], got 3 axes
      shape: [1, 28, 28]
      hint: for a batch of one, use unsqueeze(0)"
  `);
  expect(errorOf(() => gpt({ heads: 5 }))).toMatchInlineSnapshot(
    `"RangeError: GPT: width = 12 cannot be split into 5 equal heads"`,
  );
  expect(errorOf(() => gpt({ layers: 0 }))).toMatchInlineSnapshot(
    `"RangeError: GPT: layers must be a whole number, 1 or more, got 0"`,
  );
  expect(errorOf(() => gpt().forward(ids([[1, 2, 3, 4, 5, 6, 1, 2, 3]])))).toMatchInlineSnapshot(`
    "RangeError: GPT: 9 tokens are more than its context of 8
      hint: pass in only the last of them; generate(…) does so by itself"
  `);
  expect(errorOf(() => gpt().forward(ids([[1]]).row(0)))).toMatchInlineSnapshot(`
    "ShapeError: GPT: expects [batch, time], got 1 axis
      shape: [1]
      hint: for a batch of one, use unsqueeze(0)"
  `);
  expect(errorOf(() => gpt().forward(ids([[7]])))).toMatchInlineSnapshot(
    `"RangeError: embedding: id 7, at [0, 0], is not in the vocabulary of 7: ids are 0 to 6"`,
  );
  expect(errorOf(() => gpt().forward(tensor([[1]])))).toMatchInlineSnapshot(`
    "TypeError: embedding: ids are int32, these are float32
      hint: ids.to("int32"), or tensor(ids, { dtype: "int32" })"
  `);
  expect(
    errorOf(() => bert().forward(ids([[1, 2]]), undefined, ids([[1]]))),
  ).toMatchInlineSnapshot(`
    "ShapeError: BERT: segments and mask are [batch, time], as the ids are
      shapes: [1, 2] and [1, 1]"
  `);
  expect(errorOf(() => vit({ patch: 3 }))).toMatchInlineSnapshot(
    `"RangeError: ViT: an image of 8 pixels cannot be cut into patches of 3"`,
  );
  expect(errorOf(() => vit().forward(zeros([1, 1, 9, 8])))).toMatchInlineSnapshot(`
    "ShapeError: ViT: its images are 8 × 8
      shape: [1, 1, 9, 8]"
  `);
});
