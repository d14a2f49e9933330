import * as gradus from "../src/index.ts";
import { BasicBlock, Bottleneck, type Module, Rng, type Tensor } from "../src/index.ts";

type Attributes = Readonly<Record<string, never>>;
type Inputs = Readonly<Record<string, Tensor>>;

/** One layer or model with its weights, and what PyTorch makes of it. */
export interface NetworkCase {
  readonly name: string;
  readonly kind: string;
  readonly arguments: Readonly<Record<string, never>>;
  readonly training: boolean;
  readonly inputs: readonly string[];
  readonly outputs: number;
  /** Where it is trained: how, toward which input's class numbers, and the losses on the way. */
  readonly optimizer?: "Adam" | "SGD";
  readonly targets?: string | null;
  readonly losses?: readonly number[];
  /** Of a language model, once it is trained: a prompt of two tokens, and the likeliest after it. */
  readonly generated?: readonly number[];
}

/** How a layer or a model is made and called. Arguments are JSON: they fit anywhere. */
export interface Network {
  readonly make: (options: Attributes) => Module;
  /** By default its forward with all inputs. */
  readonly call: (network: never, inputs: Inputs, options: Attributes) => readonly Tensor[];
}

const rng = new Rng(1);

/** Options that a constructor insists on are in the fixture. */
const sizes = (options: Attributes): never => options as never;

function layer(make: (options: Attributes) => Module): Network {
  return {
    make,
    call: (network: Module & { forward(...inputs: Tensor[]): Tensor }, inputs) => [
      network.forward(...Object.values(inputs)),
    ],
  };
}

function recurrent(make: (options: Attributes) => Module): Network {
  return {
    make,
    call(network: gradus.LSTM & gradus.GRU, { x, h, c }) {
      const { output, state } = network.forward(x, (c ? { h, c } : h) as never);
      return [output, ...("h" in state ? [state.h as Tensor, state.c as Tensor] : [state])];
    },
  };
}

export const layers: Readonly<Record<string, Network>> = {
  Linear: layer(
    ({ inFeatures, outFeatures, ...options }) =>
      new gradus.Linear(inFeatures, outFeatures, rng, options),
  ),
  Embedding: layer(({ count, width }) => new gradus.Embedding(count, width, rng)),
  Conv1d: layer(
    ({ inChannels, outChannels, kernelSize, ...options }) =>
      new gradus.Conv1d(inChannels, outChannels, kernelSize, rng, options),
  ),
  Conv2d: layer(
    ({ inChannels, outChannels, kernelSize, ...options }) =>
      new gradus.Conv2d(inChannels, outChannels, kernelSize, rng, options),
  ),
  ConvTranspose2d: layer(
    ({ inChannels, outChannels, kernelSize, ...options }) =>
      new gradus.ConvTranspose2d(inChannels, outChannels, kernelSize, rng, options),
  ),
  BatchNorm1d: layer(({ features }) => new gradus.BatchNorm1d(features)),
  BatchNorm2d: layer(({ features }) => new gradus.BatchNorm2d(features)),
  LayerNorm: layer(({ shape }) => new gradus.LayerNorm(shape)),
  RMSNorm: layer(({ width, eps }) => new gradus.RMSNorm(width, { eps })),
  GroupNorm: layer(({ groups, channels }) => new gradus.GroupNorm(groups, channels)),
  RNN: recurrent(
    ({ inputSize, hiddenSize, ...options }) => new gradus.RNN(inputSize, hiddenSize, rng, options),
  ),
  LSTM: recurrent(
    ({ inputSize, hiddenSize, ...options }) => new gradus.LSTM(inputSize, hiddenSize, rng, options),
  ),
  GRU: recurrent(
    ({ inputSize, hiddenSize, ...options }) => new gradus.GRU(inputSize, hiddenSize, rng, options),
  ),
  ReLU: layer(() => new gradus.ReLU()),
  LeakyReLU: layer(({ slope }) => new gradus.LeakyReLU(slope)),
  GELU: layer((options) => new gradus.GELU(options)),
  SiLU: layer(() => new gradus.SiLU()),
  Sigmoid: layer(() => new gradus.Sigmoid()),
  Tanh: layer(() => new gradus.Tanh()),
  Softmax: layer(({ axis }) => new gradus.Softmax(axis)),
  Identity: layer(() => new gradus.Identity()),
  Flatten: layer(() => new gradus.Flatten()),
  Dropout: layer(({ p }) => new gradus.Dropout(p, rng)),
  MaxPool2d: layer(({ kernelSize, ...options }) => new gradus.MaxPool2d(kernelSize, options)),
  AvgPool2d: layer(({ kernelSize, ...options }) => new gradus.AvgPool2d(kernelSize, options)),
  AdaptiveAvgPool2d: layer(({ outputSize }) => new gradus.AdaptiveAvgPool2d(outputSize)),
  MultiHeadAttention: {
    make: ({ width, heads, bias }) => new gradus.MultiHeadAttention(width, heads, rng, { bias }),
    call: (attention: gradus.MultiHeadAttention, { x, context, ...masks }, { causal }) => [
      attention.forward(x, context, context, { causal, ...masks }),
      attention.weights(x, context, { causal, ...masks }),
    ],
  },
  TransformerEncoderLayer: {
    make: ({ width, heads, causal, ...options }) =>
      new gradus.TransformerEncoderLayer(width, heads, rng, options),
    call: (layer: gradus.TransformerEncoderLayer, { x }, { causal }) => [
      layer.forward(x, { causal }),
    ],
  },
  TransformerDecoderLayer: layer(
    ({ width, heads, ...options }) =>
      new gradus.TransformerDecoderLayer(width, heads, rng, options),
  ),
  Sequential: layer(
    () =>
      new gradus.Sequential(
        new gradus.Conv2d(1, 2, 3, rng, { padding: 1 }),
        new gradus.BatchNorm2d(2),
        new gradus.ReLU(),
        new gradus.MaxPool2d(2),
        new gradus.Flatten(),
        new gradus.Linear(8, 3, rng),
      ),
  ),
};

export const models: Readonly<Record<string, Network>> = {
  AdditiveAttention: {
    make: ({ queryWidth, keyWidth, hidden }) =>
      new gradus.AdditiveAttention(queryWidth, keyWidth, hidden, rng),
    call: (attention: gradus.AdditiveAttention, { query, memory, mask }) => [
      attention.forward(query, attention.key.forward(memory), mask),
    ],
  },
  Seq2Seq: {
    make: (options) => new gradus.Seq2Seq(sizes(options), rng),
    call(model: gradus.Seq2Seq, { source, tokens }) {
      const { logits, alignment } = model.forward(source, tokens);
      return [logits, alignment];
    },
  },
  BasicBlock: layer(({ from, width, stride }) => new BasicBlock(from, width, rng, { stride })),
  Bottleneck: layer(({ from, width, stride }) => new Bottleneck(from, width, rng, { stride })),
  MLP: layer(({ sizes }) => new gradus.MLP(sizes, rng)),
  LeNet: layer((options) => new gradus.LeNet(options, rng)),
  AlexNet: layer((options) => new gradus.AlexNet(options, rng)),
  ResNet: layer((options) => new gradus.ResNet(options, rng)),
  RNNLanguageModel: layer((options) => new gradus.RNNLanguageModel(sizes(options), rng)),
  GPT: layer((options) => new gradus.GPT(sizes(options), rng)),
  BERT: {
    make: (options) => new gradus.BERT(sizes(options), rng),
    call: (bert: gradus.BERT, { ids, segments, mask }) => [bert.forward(ids, segments, mask)],
  },
  ViT: layer((options) => new gradus.ViT(sizes(options), rng)),
};
