import { expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { randint, randn } from "../create.ts";
import { crossEntropy } from "../functional/loss.ts";
import type { Parameter } from "../nn/index.ts";
import { clipGradNorm } from "../optim/clip.ts";
import { AdamW } from "../optim/optimizers.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { BERT, GPT, LeNet, ResNet, RNNLanguageModel, Seq2Seq, smallAlexNet, ViT } from "./index.ts";

interface Learner {
  parameters(): Parameter[];
  forward(x: Tensor): Tensor;
}

const rng = (): Rng => new Rng(5);
const text = randint(0, 7, [3, 6], { rng: rng() });
const images = randn([4, 1, 28, 28], { rng: rng() });
const classes = randint(0, 3, [4], { rng: rng() });
const gray = { inChannels: 1, classes: 3 };
// Large enough for the fast kernels.
const longer = randint(0, 50, [4, 64], { rng: rng() });
const colored = randn([8, 3, 24, 24], { rng: rng() });
const eight = randint(0, 10, [8], { rng: rng() });
const small = { vocabulary: 7, context: 8, width: 12, heads: 3, layers: 2, dropout: 0.1 };

test.each<[string, (rng: Rng) => Learner, Tensor, Tensor]>([
  ["LeNet", (rng) => new LeNet({ classes: 3 }, rng), images, classes],
  [
    "AlexNet",
    (rng) => smallAlexNet({ channels: [4, 4, 4, 4, 4], hidden: 16, classes: 3 }, rng),
    images,
    classes,
  ],
  [
    "ResNet",
    (rng) => new ResNet({ ...gray, layers: [1, 1], widths: [4, 8], stem: "small" }, rng),
    images,
    classes,
  ],
  ["LSTM", (rng) => new RNNLanguageModel({ vocabulary: 7, width: 12 }, rng), text, text],
  [
    "Seq2Seq",
    (rng) => {
      const sizes = { sourceVocabulary: 7, targetVocabulary: 7, width: 8, hidden: 16 };
      const model = new Seq2Seq(sizes, rng);
      return {
        parameters: () => model.parameters(),
        forward: (x) => model.forward(x, x).logits,
      };
    },
    text,
    text,
  ],
  ["GPT", (rng) => new GPT(small, rng), text, text],
  [
    "a larger GPT",
    (rng) => new GPT({ vocabulary: 50, context: 64, width: 48, heads: 4, layers: 2 }, rng),
    longer,
    longer,
  ],
  [
    "a larger ResNet",
    (rng) =>
      new ResNet(
        { inChannels: 3, classes: 10, layers: [1, 1], widths: [8, 16], stem: "small" },
        rng,
      ),
    colored,
    eight,
  ],
  ["BERT", (rng) => new BERT(small, rng), text, text],
  [
    "ViT",
    (rng) => new ViT({ ...gray, image: 28, patch: 7, width: 12, heads: 3, layers: 2 }, rng),
    images,
    classes,
  ],
])("%s learns the same when its step is compiled, to the last bit", (_, make, x, y) => {
  const losses = (compiled: boolean): number[] => {
    const model = make(rng());
    const optimizer = new AdamW(model.parameters(), { lr: 0.01 });
    const step = (x: Tensor, y: Tensor): Tensor => {
      const logits = model.forward(x);
      const loss = crossEntropy(logits.reshape([-1, logits.shape.at(-1)!]), y.flatten());
      optimizer.zeroGrad();
      loss.backward();
      clipGradNorm(model.parameters(), 1);
      optimizer.step();
      return loss;
    };
    const run = compiled ? compile(step) : step;
    return Array.from({ length: 5 }, () => run(x, y).item());
  };
  expect(losses(true)).toEqual(losses(false));
});
