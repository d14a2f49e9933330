/** What is measured. All of it is JSON: each engine's process is told what to do in these words. */

/** A parameter as every engine fills it: uniform within ±bound from its own series, or all one value. */
export interface ParameterSpec {
  /** PyTorch's name, and shape. */
  name: string;
  shape: number[];
  series: number;
  bound?: number;
  value?: number;
}

export type NetworkName = "mlp" | "cnn" | "resnet" | "gpt";

export type ElementwiseName = "add" | "exp" | "tanh" | "gelu" | "softmax" | "layernorm";

/** a b for two square matrices. */
export interface Matmul {
  kind: "matmul";
  size: number;
}

/** One function of 1,048,576 numbers; softmax and layernorm go along the rows. */
export interface Elementwise {
  kind: "elementwise";
  function: ElementwiseName;
  shape: [number, number];
}

/** A network, and the numbers that it begins with. */
export interface Network {
  parameters: ParameterSpec[];
  /** What is kept beside, and not trained: running statistics. */
  buffers: ParameterSpec[];
  /** How many classes, or different tokens, there are. */
  classes: number;
  /** Of its attention, where it has any. */
  heads: number;
}

/** Steps of training: forward, backward, Adam with a learning rate of 0.001. */
export interface Training extends Network {
  kind: "training";
  network: NetworkName;
  /** Of a batch of images [batch, …], or of token ids [batch, context + 1]. */
  input: number[];
  /** The batches that come in turn: the series of their inputs; the targets have the next. */
  batches: number[];
}

/** Tokens written by a GPT, always the likeliest, with a memory of keys and values. */
export interface Generation extends Network {
  kind: "generation";
  /** How many tokens it begins with, and their series. */
  prompt: number;
  series: number;
  /** How many it writes. */
  tokens: number;
}

export type Work = Matmul | Elementwise | Training | Generation;

/** One number in the tables: some work, and how its time is told. */
export interface Item {
  name: string;
  work: Work;
  unit: "ms" | "GFLOP/s" | "tokens/s";
  /** How much of it one run is: floating-point operations, tokens. */
  amount: number;
}

/** A table: what is done in one process after the other. */
export interface Workload {
  name: string;
  about: string;
  items: Item[];
}

/** Adds parameters to a list, each with a series of its own. */
class Builder {
  readonly parameters: ParameterSpec[] = [];
  readonly buffers: ParameterSpec[] = [];

  uniform(name: string, shape: number[], bound: number): void {
    this.parameters.push({ name, shape, bound, series: this.parameters.length + 1 });
  }

  fill(name: string, shape: number[], value: number): void {
    this.parameters.push({ name, shape, value, series: 0 });
  }

  /** A layer of neurons or of filters, as PyTorch begins it. */
  layer(name: string, [to, ...from]: number[], bias = true): void {
    const bound = 1 / Math.sqrt(from.reduce((a, b) => a * b));
    this.uniform(`${name}.weight`, [to, ...from], bound);
    if (bias) this.uniform(`${name}.bias`, [to], bound);
  }

  norm(name: string, width: number): void {
    this.fill(`${name}.weight`, [width], 1);
    this.fill(`${name}.bias`, [width], 0);
  }

  batchNorm(name: string, width: number): void {
    this.norm(name, width);
    this.buffers.push({ name: `${name}.running_mean`, shape: [width], value: 0, series: 0 });
    this.buffers.push({ name: `${name}.running_var`, shape: [width], value: 1, series: 0 });
  }

  network(classes: number, heads = 0): Network {
    return { parameters: this.parameters, buffers: this.buffers, classes, heads };
  }
}

function mlp(...sizes: number[]): Network {
  const builder = new Builder();
  for (let i = 0; i + 1 < sizes.length; i++) builder.layer(`layers.${i}`, [sizes[i + 1], sizes[i]]);
  return builder.network(sizes.at(-1)!);
}

/** Its layers have the numbers that they have among all of a Sequential. */
function cnn(): Network {
  const builder = new Builder();
  builder.layer("0", [16, 1, 5, 5]);
  builder.layer("3", [32, 16, 5, 5]);
  builder.layer("7", [128, 32 * 7 * 7]);
  builder.layer("9", [10, 128]);
  return builder.network(10);
}

function resnet(channels: number, widths: number[], classes: number): Network {
  const builder = new Builder();
  const convolution = (name: string, norm: string, shape: number[]) => {
    builder.layer(name, shape, false);
    builder.batchNorm(norm, shape[0]);
  };
  let from = widths[0];
  convolution("conv1", "bn1", [from, channels, 3, 3]);
  widths.forEach((width, stage) => {
    const block = `layer${stage + 1}.0`;
    convolution(`${block}.conv1`, `${block}.bn1`, [width, from, 3, 3]);
    convolution(`${block}.conv2`, `${block}.bn2`, [width, width, 3, 3]);
    if (stage > 0)
      convolution(`${block}.downsample.0`, `${block}.downsample.1`, [width, from, 1, 1]);
    from = width;
  });
  builder.layer("fc", [classes, from]);
  return builder.network(classes);
}

/** GPT-2's names and shapes: its linear layers are [in, out]. The head is the embedding. */
function gpt(vocabulary: number, width: number, layers: number, heads: number): Network {
  const builder = new Builder();
  const linear = (name: string, from: number, to: number) => {
    builder.uniform(`${name}.weight`, [from, to], 1 / Math.sqrt(from));
    builder.fill(`${name}.bias`, [to], 0);
  };
  builder.uniform("transformer.wte.weight", [vocabulary, width], 0.1);
  builder.uniform("transformer.wpe.weight", [CONTEXT, width], 0.1);
  for (let i = 0; i < layers; i++) {
    const block = `transformer.h.${i}`;
    builder.norm(`${block}.ln_1`, width);
    linear(`${block}.attn.c_attn`, width, 3 * width);
    linear(`${block}.attn.c_proj`, width, width);
    builder.norm(`${block}.ln_2`, width);
    linear(`${block}.mlp.c_fc`, width, 4 * width);
    linear(`${block}.mlp.c_proj`, 4 * width, width);
  }
  builder.norm("transformer.ln_f", width);
  return builder.network(vocabulary, heads);
}

/** So many tokens a GPT here can look at. */
const CONTEXT = 128;
/** With so many it begins to write. */
const PROMPT = 8;
/** As many different ones as there are printable characters in ASCII, and a new line. */
const characters = gpt(96, 128, 4, 4);

function training(name: NetworkName, about: string, input: number[], network: Network): Workload {
  const batches = Array.from({ length: 8 }, (_, i) => 1000 + 2 * i);
  const work: Training = { kind: "training", network: name, input, batches, ...network };
  return {
    name,
    about: `a training step of ${about}`,
    items: [{ name: "a step", work, unit: "ms", amount: 1 }],
  };
}

/** The workloads, from the smallest part to the whole. */
export const workloads: readonly Workload[] = [
  {
    name: "matmul",
    about: "two square float32 matrices",
    items: [64, 128, 192, 256, 512, 1024].map((size) => ({
      name: String(size),
      work: { kind: "matmul", size },
      unit: "GFLOP/s",
      amount: 2 * size ** 3,
    })),
  },
  {
    name: "elementwise",
    about: "one function, forward, of 1024 × 1024 numbers",
    items: (["add", "exp", "tanh", "gelu", "softmax", "layernorm"] as const).map((name) => ({
      name,
      work: { kind: "elementwise", function: name, shape: [1024, 1024] },
      unit: "ms",
      amount: 1,
    })),
  },
  training("mlp", "an MLP 784-256-128-10, batch 64", [64, 784], mlp(784, 256, 128, 10)),
  training(
    "cnn",
    "a LeNet-style CNN: 5 × 5 convolutions 1→16→32, pools, 1568-128-10, batch 64",
    [64, 1, 28, 28],
    cnn(),
  ),
  training(
    "resnet",
    "a ResNet-8, 16, 32 and 64 wide, images of 32 × 32 × 3, batch 32",
    [32, 3, 32, 32],
    resnet(3, [16, 32, 64], 10),
  ),
  training(
    "gpt",
    "a GPT, 4 layers × 128 wide × 4 heads, 96 tokens, context 128, batch 16",
    [16, CONTEXT + 1],
    characters,
  ),
  {
    name: "generation",
    about: `the same GPT writes from a prompt of ${PROMPT} to the end of its context`,
    items: [
      {
        name: "writing",
        work: {
          kind: "generation",
          prompt: PROMPT,
          series: 1000,
          tokens: CONTEXT - PROMPT,
          ...characters,
        },
        unit: "tokens/s",
        amount: CONTEXT - PROMPT,
      },
    ],
  },
];
