/** What Gradus does in each workload, in Node and in a browser. */
import {
  Adam,
  Conv2d,
  compile,
  crossEntropy,
  type EngineName,
  engine,
  Flatten,
  GPT,
  generate,
  Linear,
  layerNorm,
  MaxPool2d,
  MLP,
  type Module,
  ReLU,
  ResNet,
  Sequential,
  setEngine,
  setThreads,
  Tensor,
} from "../src/index.ts";
import { integers, uniform } from "./numbers.ts";
import { sample, type Task } from "./task.ts";
import type {
  ElementwiseName,
  Generation,
  Network,
  NetworkName,
  ParameterSpec,
  Training,
  Work,
} from "./workloads.ts";

let compiled = false;

/** Chooses how it is done: the kernels, then "compiled", "narrow", a number of threads. Tells what came of it. */
export function start(engineName: string, ...how: string[]): string {
  setEngine(engineName as EngineName, { wide: !how.includes("narrow") });
  setThreads(Number(how.find((one) => /^\d+$/.test(one)) ?? 1));
  compiled = how.includes("compiled");
  const { name, detail } = engine();
  return `${name}, ${detail}`;
}

/** Eager, a function is itself. */
const made = <Inputs extends Tensor[]>(step: (...inputs: Inputs) => Tensor) =>
  compiled ? compile(step) : step;

const functions: Record<ElementwiseName, (x: Tensor, y: Tensor) => Tensor> = {
  add: (x, y) => x.add(y),
  exp: (x) => x.exp(),
  tanh: (x) => x.tanh(),
  gelu: (x) => x.gelu(),
  softmax: (x) => x.softmax(-1),
  layernorm: (x) => layerNorm(x),
};

/** A function of one or two tensors, without gradients. */
function plain(call: (x: Tensor, y: Tensor) => Tensor, shape: number[], bound: number): Task {
  const size = shape.reduce((a, b) => a * b);
  const x = new Tensor(uniform(1, size, bound), shape);
  const y = new Tensor(uniform(2, size, bound), shape);
  const done = made(call);
  let out: Tensor;
  return {
    run() {
      out = done(x, y);
      return undefined;
    },
    result: () => sample(out.data),
  };
}

type Classifier = Module & { forward(x: Tensor): Tensor };

const networks: Record<NetworkName, (work: Network) => Classifier> = {
  mlp: () => new MLP([784, 256, 128, 10]),
  cnn: () =>
    new Sequential(
      new Conv2d(1, 16, 5, undefined, { padding: 2 }),
      new ReLU(),
      new MaxPool2d(2),
      new Conv2d(16, 32, 5, undefined, { padding: 2 }),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(32 * 7 * 7, 128),
      new ReLU(),
      new Linear(128, 10),
    ),
  resnet: () =>
    new ResNet({
      inChannels: 3,
      layers: [1, 1, 1],
      widths: [16, 32, 64],
      classes: 10,
      stem: "small",
    }),
  gpt,
};

function gpt({ classes, heads, parameters }: Network): GPT {
  const [context, width] = parameters.find(({ name }) => name.endsWith("wpe.weight"))!.shape;
  const layers = parameters.filter(({ name }) => name.endsWith("ln_1.weight")).length;
  return new GPT({ vocabulary: classes, context, width, heads, layers });
}

/** Gives the model the numbers that all engines begin with; its parameters must be exactly these. */
function load(model: Module, parameters: readonly ParameterSpec[]): void {
  const own = model.namedParameters().map(([name]) => name);
  const given = parameters.map(({ name }) => name);
  const strange = [...own, ...given].filter((name) => !own.includes(name) || !given.includes(name));
  if (strange.length > 0) throw new Error(`not the same parameters: ${strange.join(", ")}`);
  const entries = parameters.map(({ name, shape, series, bound, value = 0 }) => {
    const size = shape.reduce((a, b) => a * b);
    const values = bound ? uniform(series, size, bound) : new Float32Array(size).fill(value);
    return [name, new Tensor(values, shape)];
  });
  // Its running statistics begin as everywhere.
  model.loadStateDict(Object.fromEntries(entries), { strict: false });
}

function batches(work: Training): { x: Tensor; y: Tensor }[] {
  const { input, classes } = work;
  const size = input.reduce((a, b) => a * b);
  return work.batches.map((series) => {
    if (work.network !== "gpt") {
      const y = new Tensor(integers(series + 1, input[0], classes), [input[0]]);
      return { x: new Tensor(uniform(series, size), input), y };
    }
    const ids = new Tensor(integers(series, size, classes), input);
    return { x: ids.slice(0, -1, 1), y: ids.slice(1, undefined, 1).flatten() };
  });
}

function train(work: Training): Task {
  const model = networks[work.network](work);
  load(model, work.parameters);
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const step = made((x: Tensor, y: Tensor) => {
    const logits = model.forward(x);
    const loss = crossEntropy(logits.reshape([y.size, work.classes]), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  });
  const data = batches(work);
  let done = 0;
  return {
    run() {
      const { x, y } = data[done++ % data.length];
      return step(x, y).item();
    },
  };
}

function write(work: Generation): Task {
  const model = gpt(work);
  load(model, work.parameters);
  const prompt = Array.from(integers(work.series, work.prompt, work.classes));
  let ids: number[];
  return {
    run() {
      ids = [
        ...generate(model, prompt, { maxTokens: work.tokens, temperature: 0, compile: compiled }),
      ];
      return undefined;
    },
    result: () => ids,
  };
}

export function prepare(work: Work): Task {
  if (work.kind === "matmul") return plain((a, b) => a.matmul(b), [work.size, work.size], 1);
  if (work.kind === "elementwise") return plain(functions[work.function], work.shape, 3);
  return work.kind === "training" ? train(work) : write(work);
}
