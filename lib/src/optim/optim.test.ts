import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { randint, randn, tensor } from "../create.ts";
import { crossEntropy } from "../functional/loss.ts";
import { forbid, guardedNames } from "../host.ts";
import { loadCheckpoint, saveCheckpoint } from "../io/checkpoint.ts";
import { MLP } from "../models/mlp.ts";
import { Parameter } from "../nn/index.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { clipGradNorm, clipGradValue } from "./clip.ts";
import type { Optimizer, Params } from "./optimizer.ts";
import { Adagrad, Adam, AdamW, RMSprop, SGD } from "./optimizers.ts";
import type { Schedule } from "./schedule.ts";
import {
  CosineAnnealingLR,
  LambdaLR,
  LinearLR,
  OneCycleLR,
  StepLR,
  WarmupCosineLR,
} from "./schedules.ts";

const OPTIMIZERS = { SGD, Adagrad, RMSprop, Adam, AdamW };
const leaf = (values: number[]): Parameter => new Parameter(tensor(values));

/** A parameter that has this gradient. */
function withGrad(values: number[], gradient: number[]): Parameter {
  const parameter = leaf(values);
  parameter.grad = tensor(gradient);
  return parameter;
}

/** A long narrow valley with its bottom near (0.3, 0.2, 0.1). */
function valley(w: Tensor): Tensor {
  const away = w.sub(tensor([0.3, 0.2, 0.1]));
  const bowl = tensor([1, 10, 0.1]).mul(away).mul(away).sum().div(2);
  return bowl.add(w.pow(4).sum().div(40));
}

function descend(optimizer: Optimizer, w: Tensor, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    optimizer.zeroGrad();
    const loss = valley(w);
    loss.backward();
    optimizer.step();
    return loss.item();
  });
}

describe("updates", () => {
  // w after six steps from (1, -2, 0.5), by torch.optim of PyTorch 2.13 in double precision
  test.each<[keyof typeof OPTIMIZERS, object, number[]]>([
    ["SGD", {}, [0.995215562, -1.86695752, 0.499685138]],
    ["SGD", { lr: 0.05, momentum: 0.9 }, [0.422373627, -0.00801124742, 0.454529506]],
    [
      "SGD",
      { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.1 },
      [0.3094321, 0.0125919608, 0.395002958],
    ],
    ["Adagrad", {}, [0.964004656, -1.96372196, 0.464429914]],
    [
      "Adagrad",
      { lr: 0.1, lrDecay: 0.05, weightDecay: 0.1, eps: 0.001 },
      [0.701719944, -1.67701982, 0.229702035],
    ],
    ["RMSprop", {}, [0.678922872, -1.6467898, 0.224078655]],
    [
      "RMSprop",
      { lr: 0.05, alpha: 0.9, eps: 0.001, momentum: 0.5, weightDecay: 0.1, centered: true },
      [0.234992046, -0.900128085, -0.00382164777],
    ],
    ["Adam", {}, [0.994001207, -1.99400036, 0.4940025]],
    [
      "Adam",
      { lr: 0.1, betas: [0.8, 0.95], eps: 0.001, weightDecay: 0.1 },
      [0.437037508, -1.40730176, -0.00746380115],
    ],
    ["AdamW", {}, [0.993941371, -1.99388052, 0.493972663]],
    [
      "AdamW",
      { lr: 0.1, betas: [0.8, 0.95], eps: 0.001, weightDecay: 0.3 },
      [0.333099504, -1.1214207, -0.00214126497],
    ],
  ])("%s %j agrees with PyTorch", (name, options, expected) => {
    const w = leaf([1, -2, 0.5]);
    descend(new OPTIMIZERS[name]([w], options), w, 6);
    for (const [i, value] of expected.entries()) expect(w.data[i]).toBeCloseTo(value, 6);
  });

  // With a gradient of g at the first step, by hand
  test("the first steps, by hand", () => {
    const first = (make: (params: Tensor[]) => Optimizer, gradient: number) => {
      const w = withGrad([1], [gradient]);
      make([w]).step();
      return w.item();
    };
    expect(first((w) => new SGD(w, { lr: 0.5 }), 2)).toBe(0);
    expect(first((w) => new SGD(w, { lr: 0.5, momentum: 0.5 }), 1)).toBe(0.5);
    // g + m·v with v = g
    expect(first((w) => new SGD(w, { lr: 0.5, momentum: 0.5, nesterov: true }), 1)).toBe(0.25);
    expect(first((w) => new SGD(w, { lr: 0.5, weightDecay: 0.25 }), 1)).toBe(0.375);
    // Whatever the gradient's size, these go lr, or lr / √(1 - alpha), at first.
    expect(first((w) => new Adagrad(w, { lr: 0.25 }), 1000)).toBeCloseTo(0.75, 6);
    expect(first((w) => new RMSprop(w, { lr: 0.25, alpha: 0.75 }), 1000)).toBeCloseTo(0.5, 6);
    expect(first((w) => new Adam(w, { lr: 0.25 }), 1e-3)).toBeCloseTo(0.75, 4);
    // 1 - lr·decay, then lr
    expect(first((w) => new AdamW(w, { lr: 0.25, weightDecay: 1 }), 1000)).toBeCloseTo(0.5, 6);
  });

  test.each([
    ["SGD", { lr: 0.09, momentum: 0.9 }, 300],
    ["Adagrad", { lr: 1 }, 300],
    ["RMSprop", { lr: 0.01, momentum: 0.5 }, 500],
    ["Adam", { lr: 0.1 }, 300],
    ["AdamW", { lr: 0.1, weightDecay: 0 }, 300],
  ] as const)("%s finds the bottom of the valley", (name, options, steps) => {
    const w = leaf([1, -2, 0.5]);
    descend(new OPTIMIZERS[name]([w], options), w, steps);
    valley(w).backward();
    const left = valley(w).item();
    const bottom = valley(tensor([0.2976, 0.1999, 0.09901])).item();
    expect(left - bottom).toBeLessThan(2e-3);
  });

  test("a constant gradient makes centered RMSprop go far, not to NaN", () => {
    const w = leaf([0]);
    const optimizer = new RMSprop([w], { centered: true, alpha: 0.5 });
    for (let i = 0; i < 200; i++) {
      w.grad = tensor([0.3]);
      optimizer.step();
    }
    expect(w.item()).toBeLessThan(0);
  });

  test("a parameter without a gradient stays, and its steps are not counted", () => {
    const [used, unused] = [withGrad([1], [1]), leaf([1])];
    const optimizer = new Adam([used, unused], { weightDecay: 0.5 });
    optimizer.step();
    expect(unused.item()).toBe(1);
    expect(optimizer.stateDict().options.steps).toEqual([1, 0]);
    unused.grad = tensor([1]);
    optimizer.step();
    expect(unused.item()).toBeCloseTo(1 - 1e-3, 7);
  });

  test("groups have settings of their own, and follow changes", () => {
    const [a, b] = [withGrad([1], [1]), withGrad([1], [1])];
    const optimizer = new SGD([{ params: [a], lr: 0.5 }, { params: [b] }], { lr: 0.25 });
    optimizer.step();
    expect([a.item(), b.item()]).toEqual([0.5, 0.75]);
    expect(optimizer.lr).toBe(0.5);
    optimizer.groups[1].lr = 0.5;
    optimizer.step();
    expect([a.item(), b.item()]).toEqual([0, 0.25]);
    optimizer.lr = 0.125;
    optimizer.step();
    expect([a.item(), b.item()]).toEqual([-0.125, 0.125]);
    optimizer.zeroGrad();
    expect([a.hasGrad, b.hasGrad]).toEqual([false, false]);
  });
});

describe("state", () => {
  test.each([
    ["SGD", { lr: 0.05, momentum: 0.9, nesterov: true }],
    ["Adagrad", { lr: 0.1, lrDecay: 0.1 }],
    ["RMSprop", { momentum: 0.9, centered: true }],
    ["Adam", { lr: 0.1 }],
    ["AdamW", { lr: 0.1 }],
  ] as const)("%s goes on from a saved state as if it had never stopped", (name, options) => {
    const start = (values: number[]) => {
      const w = leaf(values);
      const optimizer = new OPTIMIZERS[name]([w], options);
      return { w, optimizer, schedule: new StepLR(optimizer, { stepSize: 3, gamma: 0.5 }) };
    };
    const train = ({ w, optimizer, schedule }: ReturnType<typeof start>, steps: number) =>
      Array.from({ length: steps }, () => {
        const [loss] = descend(optimizer, w, 1);
        schedule.step();
        return loss;
      });
    const whole = start([1, -2, 0.5]);
    train(whole, 7);
    const { tensors, options: settings } = whole.optimizer.stateDict();
    const saved = {
      w: Array.from(whole.w.data as Float32Array),
      tensors: Object.fromEntries(Object.entries(tensors).map(([key, t]) => [key, t.clone()])),
      text: JSON.stringify([settings, whole.schedule.stateDict()]),
    };
    const rest = train(whole, 10);

    const resumed = start(saved.w);
    const [savedSettings, schedule] = JSON.parse(saved.text);
    resumed.optimizer.loadStateDict({ tensors: saved.tensors, options: savedSettings });
    resumed.schedule.loadStateDict(schedule);
    expect(train(resumed, 10)).toEqual(rest);
    expect(resumed.w.toArray()).toEqual(whole.w.toArray());

    const without = start(saved.w);
    expect(train(without, 10)).not.toEqual(rest);
  });

  test("so does a network from a checkpoint", () => {
    const folder = mkdtempSync(join(tmpdir(), "gradus-optim-"));
    const path = join(folder, "mlp.safetensors");
    const rng = new Rng(1);
    const [x, y] = [randn([8, 3], { rng }), randint(0, 2, [8], { rng })];
    const start = (seed: number) => {
      const model = new MLP([3, 5, 2], new Rng(seed));
      const optimizer = new AdamW(model.parameters(), { lr: 0.05 });
      return { model, optimizer, schedule: new CosineAnnealingLR(optimizer, { tMax: 20 }) };
    };
    const train = ({ model, optimizer, schedule }: ReturnType<typeof start>, steps: number) =>
      Array.from({ length: steps }, () => {
        const loss = crossEntropy(model.forward(x), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        schedule.step();
        return loss.item();
      });
    const stateOf = ({ model, optimizer, schedule }: ReturnType<typeof start>) => ({
      model: model.stateDict(),
      optimizer: optimizer.stateDict(),
      schedule: schedule.stateDict(),
    });
    try {
      const whole = start(2);
      train(whole, 5);
      saveCheckpoint(path, stateOf(whole));
      const rest = train(whole, 10);
      const resumed = start(3);
      const saved = loadCheckpoint<ReturnType<typeof stateOf>>(path);
      resumed.model.loadStateDict(saved.model);
      resumed.optimizer.loadStateDict(saved.optimizer);
      resumed.schedule.loadStateDict(saved.schedule);
      expect(train(resumed, 10)).toEqual(rest);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("going back to a state from before forgets what came after it", () => {
    const w = leaf([1, -2, 0.5]);
    const optimizer = new SGD([w], { lr: 0.05, momentum: 0.9 });
    const beginning = optimizer.stateDict();
    const losses = descend(optimizer, w, 5);
    w.data.set([1, -2, 0.5]);
    optimizer.loadStateDict(beginning);
    expect(descend(optimizer, w, 5)).toEqual(losses);
  });

  test("names are PyTorch's", () => {
    const w = withGrad([1], [1]);
    const optimizer = new Adam([w]);
    optimizer.step();
    const { tensors, options } = optimizer.stateDict();
    expect(Object.keys(tensors)).toEqual(["0.exp_avg", "0.exp_avg_sq"]);
    expect(JSON.stringify(options)).toMatchInlineSnapshot(
      `"{"steps":[1],"groups":[{"lr":0.001,"betas":[0.9,0.999],"eps":1e-8,"weightDecay":0,"params":[0]}]}"`,
    );
  });

  test("a state of another optimizer is refused whole", () => {
    const w = withGrad([1], [1]);
    const sgd = new SGD([w], { momentum: 0.5 });
    sgd.step();
    const adam = new Adam([w]);
    adam.step();
    const before = JSON.stringify(adam.stateDict());
    const { tensors, options } = adam.stateDict();
    expect(errorOf(() => adam.loadStateDict(sgd.stateDict()))).toMatchInlineSnapshot(`
      "StateError: Adam.loadStateDict: the state is of another optimizer; how many parameters, with what settings:
        in the state: 1 (lr, momentum, nesterov, weightDecay)
        here: 1 (betas, eps, lr, weightDecay)"
    `);
    expect(
      errorOf(() =>
        adam.loadStateDict({ tensors: { ...tensors, "0.exp_avg": tensor([1, 2]) }, options }),
      ),
    ).toMatchInlineSnapshot(
      `"StateError: Adam.loadStateDict: 0.exp_avg has shape [2], the parameter [1]"`,
    );
    expect(
      errorOf(() =>
        adam.loadStateDict({ tensors: { ...tensors, "1.exp_avg": tensor([1]) }, options }),
      ),
    ).toMatchInlineSnapshot(`"StateError: Adam.loadStateDict: 1.exp_avg belongs to no parameter"`);
    expect(
      errorOf(() => adam.loadStateDict({ tensors: { "0.exp_avg": tensor([1]) }, options })),
    ).toMatchInlineSnapshot(`"StateError: Adam.loadStateDict: 0.exp_avg_sq is missing"`);
    expect(
      errorOf(() => new Adam([w, leaf([2])]).loadStateDict(adam.stateDict())),
    ).toMatchInlineSnapshot(`
      "StateError: Adam.loadStateDict: the state is of another optimizer; how many parameters, with what settings:
        in the state: 1 (betas, eps, lr, weightDecay)
        here: 2 (betas, eps, lr, weightDecay)"
    `);
    expect(JSON.stringify(adam.stateDict())).toBe(before);
  });
});

describe("mistakes", () => {
  test("in the settings' names, and step() before backward()", () => {
    const params = [leaf([1, 2])];
    expect(errorOf(() => new Adam(params, { learningRate: 0.1 } as object))).toMatchInlineSnapshot(`
      "TypeError: Adam: there is no setting "learningRate"
        settings: lr, betas, eps, weightDecay"
    `);
    expect(errorOf(() => new SGD([{ params, beta: 1 } as { params: Tensor[] }]))).toMatch(
      /^TypeError: SGD: there is no setting "beta"/,
    );
    expect(errorOf(() => new Adam(params, 1e-3 as unknown as object))).toMatchInlineSnapshot(`
      "TypeError: Adam: settings are an object, got a number
        hint: { lr: 0.001 }"
    `);
    const model = new MLP([1, 1]) as unknown as Optimizer;
    expect(errorOf(() => new StepLR(model, { stepSize: 1 }))).toMatchInlineSnapshot(`
      "TypeError: StepLR: schedules an optimizer, got an object
        hint: new StepLR(optimizer, { … })"
    `);
    expect(errorOf(() => new Adam(params).step())).toMatchInlineSnapshot(`
      "RangeError: Adam.step: no parameter has a gradient
        hint: call loss.backward() before it, and zeroGrad() before that"
    `);
  });

  test("in what is to be learned", () => {
    const w = leaf([1, 2]);
    expect(errorOf(() => new SGD([]))).toMatchInlineSnapshot(
      `
      "RangeError: SGD: there are no parameters to learn
        hint: a model's parameters are each a Parameter, and its parts modules, in plain fields, not in #private ones"
    `,
    );
    expect(errorOf(() => new SGD(w as unknown as Params<never>))).toMatchInlineSnapshot(`
      "TypeError: SGD: expected an array of parameters
        hint: model.parameters()"
    `);
    expect(errorOf(() => new SGD([3] as unknown as Params<never>))).toMatchInlineSnapshot(
      `
      "TypeError: SGD: parameter 0 is not a Tensor
        hint: model.parameters()"
    `,
    );
    expect(errorOf(() => new Adam([w, w.mul(2)]))).toMatchInlineSnapshot(`
      "RangeError: Adam: parameter 1, of shape [2], was computed from other tensors
        hint: only leaves can be learned: a Parameter, or tensor(…, { requiresGrad: true })"
    `);
    expect(errorOf(() => new Adam([{ params: [w] }, { params: [w] }]))).toMatchInlineSnapshot(
      `"RangeError: Adam: parameter 1, of shape [2], is there twice"`,
    );
  });

  test("in the settings, at the start and later", () => {
    const w = withGrad([1], [1]);
    expect(errorOf(() => new SGD([w], { lr: -1 }))).toMatchInlineSnapshot(
      `"RangeError: SGD: lr must be 0 or more, and finite, got -1"`,
    );
    expect(errorOf(() => new SGD([w], { lr: undefined }))).toMatchInlineSnapshot(
      `"RangeError: SGD: lr must be 0 or more, and finite, got undefined"`,
    );
    expect(errorOf(() => new SGD([w], { nesterov: true }))).toMatchInlineSnapshot(
      `"RangeError: SGD: nesterov needs a momentum above 0"`,
    );
    expect(errorOf(() => new Adam([w], { betas: [0.9, 1] }))).toMatchInlineSnapshot(
      `"RangeError: Adam: betas must be from 0 up to, not including, 1, got 0.9,1"`,
    );
    const optimizer = new SGD([w]);
    optimizer.lr = Number.NaN;
    expect(errorOf(() => optimizer.step())).toMatchInlineSnapshot(
      `"RangeError: SGD.step: lr must be 0 or more, and finite, got NaN"`,
    );
    expect(w.item()).toBe(1);
  });

  test("a gradient that is no number stops the step before anything is changed", () => {
    const [a, b] = [withGrad([1], [1]), withGrad([1, 1], [0, Number.NaN])];
    const optimizer = new Adam([a, b], { lr: 0.1 });
    expect(errorOf(() => optimizer.step())).toMatchInlineSnapshot(`
      "RangeError: Adam.step: the gradient of parameter 1 (of 2; shape [2]) holds NaN; nothing was changed
        hint: the loss has probably grown without bound: try an lr below 0.1, or clipGradNorm(…) before the step"
    `);
    expect(a.item()).toBe(1);
    expect(optimizer.stateDict().options.steps).toEqual([0, 0]);
    optimizer.errorIfNonfinite = false;
    optimizer.step();
    expect(Array.from(b.data as Float32Array, Number.isNaN)).toEqual([false, true]);
  });
});

describe("clipping", () => {
  test("shortens all gradients by one factor, and says how long they were", () => {
    const [a, b, unused] = [withGrad([0, 0], [3, 0]), withGrad([0], [4]), leaf([0])];
    expect(clipGradNorm([a, b, unused], 10).item()).toBe(5);
    expect(a.grad.toArray()).toEqual([3, 0]);
    expect(clipGradNorm([a, b, unused], 1).item()).toBe(5);
    expect(a.grad.allClose(tensor([0.6, 0]))).toBe(true);
    expect(b.grad.allClose(tensor([0.8]))).toBe(true);
    expect(unused.hasGrad).toBe(false);
  });

  test("two parameters may have one and the same gradient", () => {
    const [a, b] = [leaf([1]), leaf([1])];
    a.add(b).mul(10).sum().backward();
    clipGradNorm([a, b], Math.SQRT2);
    expect(a.grad.item()).toBeCloseTo(1, 5);
    expect(b.grad.item()).toBeCloseTo(1, 5);
  });

  test("leaves a NaN where it is, for step() to name", () => {
    const [a, b] = [withGrad([0], [3]), withGrad([0], [Number.NaN])];
    expect(clipGradNorm([a, b], 1).item()).toBeNaN();
    expect(a.grad.item()).toBe(3);
    expect(errorOf(() => new SGD([a, b]).step())).toContain("parameter 1");
  });

  test("number by number", () => {
    const a = withGrad([0, 0, 0], [3, -0.5, -7]);
    clipGradValue([a], 1);
    expect(a.grad.toArray()).toEqual([1, -0.5, -1]);
  });

  test("mistakes", () => {
    expect(errorOf(() => clipGradNorm([leaf([1])], 1))).toMatchInlineSnapshot(`
      "RangeError: clipGradNorm: no parameter has a gradient yet
        hint: call it after loss.backward()"
    `);
    expect(errorOf(() => clipGradValue([withGrad([1], [1])], 0))).toMatchInlineSnapshot(
      `"RangeError: clipGradValue: max must be above 0, got 0"`,
    );
  });
});

describe("schedules", () => {
  const lrs = (make: (optimizer: Optimizer) => Schedule, steps: number) => {
    const optimizer = new AdamW([withGrad([0], [0])], { lr: 0.5 });
    const schedule = make(optimizer);
    return Array.from({ length: steps }, () => {
      const { lr, betas } = optimizer.groups[0];
      schedule.step();
      return [lr, betas[0]];
    });
  };

  // By torch.optim.lr_scheduler of PyTorch 2.13, and for warm-up and cosine by transformers 5.23
  test.each<[string, (optimizer: Optimizer) => Schedule, number[]]>([
    ["StepLR", (o) => new StepLR(o, { stepSize: 2 }), [0.5, 0.5, 0.05, 0.05, 0.005, 0.005]],
    [
      "StepLR, by half",
      (o) => new StepLR(o, { stepSize: 3, gamma: 0.5 }),
      [0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125],
    ],
    [
      "CosineAnnealingLR, and up again",
      (o) => new CosineAnnealingLR(o, { tMax: 4 }),
      [0.5, 0.426776695, 0.25, 0.0732233047, 0, 0.0732233047, 0.25, 0.426776695, 0.5],
    ],
    [
      "CosineAnnealingLR, not to 0",
      (o) => new CosineAnnealingLR(o, { tMax: 4, etaMin: 0.1 }),
      [0.5, 0.441421356, 0.3, 0.158578644, 0.1],
    ],
    [
      "LinearLR",
      (o) => new LinearLR(o),
      [0.166666667, 0.233333333, 0.3, 0.366666667, 0.433333333, 0.5, 0.5],
    ],
    [
      "LinearLR, from a tenth",
      (o) => new LinearLR(o, { startFactor: 0.1, endFactor: 0.8, totalIters: 3 }),
      [0.05, 0.166666667, 0.283333333, 0.4, 0.4],
    ],
    ["LambdaLR", (o) => new LambdaLR(o, (steps) => 0.5 ** steps), [0.5, 0.25, 0.125, 0.0625]],
    [
      "WarmupCosineLR",
      (o) => new WarmupCosineLR(o, { warmupSteps: 3, totalSteps: 8 }),
      [0, 0.166666667, 0.333333333, 0.5, 0.452254249, 0.327254249, 0.172745751, 0.0477457514, 0, 0],
    ],
    [
      "WarmupCosineLR, not to 0",
      (o) => new WarmupCosineLR(o, { warmupSteps: 3, totalSteps: 8, minFactor: 0.1 }),
      [0, 0.166666667, 0.333333333, 0.5, 0.457028824, 0.344528824, 0.205471176, 0.0929711763, 0.05],
    ],
    [
      "OneCycleLR",
      (o) => new OneCycleLR(o, { maxLr: 2, totalSteps: 8 }),
      [0.08, 1.63855021, 1.94388355, 1.62349131, 1.11196803, 0.566121996, 0.153283188, 8e-6],
    ],
  ])("%s", (_, make, expected) => {
    const got = lrs(make, expected.length);
    for (const [i, value] of expected.entries()) expect(got[i][0]).toBeCloseTo(value, 8);
  });

  test("OneCycleLR takes the momentum along", () => {
    const momenta = (options: object) =>
      lrs((o) => new OneCycleLR(o, { maxLr: 2, totalSteps: 8, ...options }), 8);
    const expected = [
      0.95, 0.86882551, 0.852805833, 0.86882551, 0.894401776, 0.921694187, 0.94233621, 0.95,
    ];
    for (const [i, [, beta]] of momenta({}).entries()) expect(beta).toBeCloseTo(expected[i], 8);
    const linear = momenta({
      pctStart: 0.5,
      annealStrategy: "linear",
      divFactor: 10,
      finalDivFactor: 100,
      baseMomentum: 0.8,
      maxMomentum: 0.9,
    });
    const lr = [0.2, 0.8, 1.4, 2, 1.5005, 1.001, 0.5015, 0.002];
    for (const [i, [rate]] of linear.entries()) expect(rate).toBeCloseTo(lr[i], 8);
    expect(linear[4][1]).toBeCloseTo(0.825, 8);
    expect(momenta({ cycleMomentum: false })[2][1]).toBe(0.9);
    const sgd = new SGD([leaf([0])]);
    new OneCycleLR(sgd, { maxLr: 1, totalSteps: 10 });
    expect(sgd.groups[0].momentum).toBe(0.95);
    // A way up of no length, and a way down of none
    expect(lrs((o) => new OneCycleLR(o, { maxLr: 1, totalSteps: 2, pctStart: 0.5 }), 2)[0]).toEqual(
      [1, 0.85],
    );
    expect(
      lrs((o) => new OneCycleLR(o, { maxLr: 1, totalSteps: 4, pctStart: 1 }), 4).at(-1),
    ).toEqual([1, 0.85]);
  });

  test("each group from its own learning rate", () => {
    const optimizer = new SGD([{ params: [leaf([0])], lr: 1 }, { params: [leaf([0])] }], {
      lr: 0.5,
    });
    const schedule = new StepLR(optimizer, { stepSize: 1, gamma: 0.5 });
    schedule.step();
    expect(optimizer.groups.map((group) => group.lr)).toEqual([0.5, 0.25]);
  });

  test("mistakes", () => {
    const o = new Adagrad([leaf([0])]);
    expect(errorOf(() => new StepLR(o, { stepSize: 0 }))).toMatchInlineSnapshot(
      `"RangeError: StepLR: stepSize must be a whole number, 1 or more, got 0"`,
    );
    expect(errorOf(() => new StepLR(o, { stepSize: 1, gamma: -1 }))).toMatchInlineSnapshot(
      `"RangeError: StepLR: gamma must be 0 or more, and finite, got -1"`,
    );
    expect(
      errorOf(() => new WarmupCosineLR(o, { warmupSteps: 9, totalSteps: 9 })),
    ).toMatchInlineSnapshot(
      `"RangeError: WarmupCosineLR: the 9 warm-up steps must be fewer than all 9"`,
    );
    expect(errorOf(() => new LambdaLR(o, (steps) => -steps - 1))).toMatchInlineSnapshot(
      `"RangeError: LambdaLR: the factor must be 0 or more, and finite, got -1 after 0 steps"`,
    );
    expect(
      errorOf(() => new OneCycleLR(o, { maxLr: 1, totalSteps: 9, pctStart: 30 })),
    ).toMatchInlineSnapshot(`"RangeError: OneCycleLR: pctStart is a share, got 30"`);
    expect(errorOf(() => new OneCycleLR(o, { maxLr: 1, totalSteps: 9 }))).toMatchInlineSnapshot(`
      "RangeError: OneCycleLR: this optimizer has no momentum to cycle
        hint: { cycleMomentum: false }"
    `);
    const once = new OneCycleLR(o, { maxLr: 1, totalSteps: 1, cycleMomentum: false });
    once.step();
    expect(errorOf(() => once.step())).toMatchInlineSnapshot(`
      "RangeError: OneCycleLR: the cycle of 1 steps is over
        hint: totalSteps is epochs times batches"
    `);
    expect(
      errorOf(() => new LinearLR(o).loadStateDict({ steps: 1, baseLrs: [1, 2] })),
    ).toMatchInlineSnapshot(
      `"StateError: LinearLR.loadStateDict: the state is of 2 parameter groups, the optimizer has 1"`,
    );
  });
});

test("exercises can forbid each of them", () => {
  const names = [
    ...["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "clipGradNorm", "clipGradValue"],
    ...["StepLR", "LambdaLR", "CosineAnnealingLR", "LinearLR", "OneCycleLR", "WarmupCosineLR"],
  ];
  expect(guardedNames()).toEqual(expect.arrayContaining(names));
  const w = withGrad([1], [1]);
  forbid(["Adam", "clipGradNorm", "StepLR"], () => {
    expect(() => new Adam([w])).toThrow("Adam may not be used");
    expect(() => clipGradNorm([w], 1)).toThrow("clipGradNorm may not be used");
    expect(() => new StepLR(new AdamW([w]), { stepSize: 1 })).toThrow("StepLR may not be used");
  });
});
