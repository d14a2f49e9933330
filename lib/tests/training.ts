/** Short trainings that have to come out the same in Node and in a browser, down to the last bit. */
import {
  Adam,
  BatchNorm2d,
  Conv2d,
  compile,
  crossEntropy,
  engine,
  Flatten,
  GPT,
  Linear,
  MaxPool2d,
  MLP,
  type Module,
  ReLU,
  Rng,
  randint,
  randn,
  Sequential,
  setThreads,
  type Tensor,
  threads,
} from "../src/index.ts";

type Classifier = Module & { forward(x: Tensor): Tensor };

interface Training {
  model(rng: Rng): Classifier;
  input(rng: Rng): Tensor;
  /** How many logits there are for each target. */
  classes: number;
}

const trainings: Record<string, Training> = {
  mlp: {
    model: (rng) => new MLP([64, 128, 10], rng),
    input: (rng) => randn([48, 64], { rng }),
    classes: 10,
  },
  cnn: {
    model: (rng) =>
      new Sequential(
        new Conv2d(1, 8, 3, rng, { padding: 1 }),
        new BatchNorm2d(8),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(8 * 6 * 6, 10, rng),
      ),
    input: (rng) => randn([16, 1, 12, 12], { rng }),
    classes: 10,
  },
  gpt: {
    model: (rng) => new GPT({ vocabulary: 40, context: 24, width: 32, heads: 2, layers: 2 }, rng),
    input: (rng) => randint(0, 40, [6, 24], { rng }),
    classes: 40,
  },
};

/** So many losses come first, one a step. */
export const LOSSES = 4;

/** Exactly as they lie in memory: also -0 and every NaN. */
function bitsOf(values: ArrayLike<number>): number[] {
  return [...new Int32Array(Float32Array.from(values).buffer)];
}

function train({ model: make, input, classes }: Training, compiled: boolean): number[] {
  const rng = new Rng(7);
  const model = make(rng);
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const step = (x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x).reshape([y.size, classes]), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  const run = compiled ? compile(step) : step;
  const losses = Array.from({ length: LOSSES }, () => {
    const x = input(rng);
    const targets = x.dtype === "int32" ? x.size : x.shape[0];
    return run(x, randint(0, classes, [targets], { rng })).item();
  });
  return bitsOf([...losses, ...model.parameters().flatMap(({ data }) => [...data])]);
}

/** The bits of losses and weights of every training, and how they were worked out. */
export function trainAll(count: number, compiled: boolean) {
  setThreads(count);
  const bits = Object.fromEntries(
    Object.entries(trainings).map(([name, one]) => [name, train(one, compiled)]),
  );
  return { bits, engine: engine(), threads: threads() };
}

/** How many numbers of each training differ. */
export function differences(a: Bits, b: Bits): Record<string, number> {
  return Object.fromEntries(
    Object.keys(trainings).map((name) => {
      if (a[name].length !== b[name].length) throw new Error(`${name}: not as many numbers`);
      return [name, a[name].filter((bits, i) => bits !== b[name][i]).length];
    }),
  );
}

type Bits = Record<string, number[]>;
export type Outcome = ReturnType<typeof trainAll>;
