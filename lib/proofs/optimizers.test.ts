import { describe, expect, test } from "vitest";
import {
  Adagrad,
  Adam,
  AdamW,
  CosineAnnealingLR,
  clipGradNorm,
  clipGradValue,
  LambdaLR,
  LinearLR,
  OneCycleLR,
  type Optimizer,
  RMSprop,
  SGD,
  StepLR,
  type Tensor,
  tensor,
  WarmupCosineLR,
} from "../src/index.ts";
import { mustAgree } from "./close.ts";
import { Fixture } from "./fixtures.ts";

type Options = Readonly<Record<string, never>>;

interface OptimizerCase {
  readonly name: string;
  readonly kind: string;
  readonly options: Options;
  /** The settings of the bias, where it has a group of its own. */
  readonly second?: Options | null;
  /** Of a schedule: where it starts, and every learning rate and momentum from there on. */
  readonly lr: number;
  readonly momentum: number;
  readonly rates: readonly number[];
  readonly momenta: readonly number[];
}

const fixture = new Fixture<OptimizerCase>("optimizers");
const casesOf = (kinds: object) => fixture.cases.filter(({ kind }) => kind in kinds);

const optimizers = { SGD, Adagrad, RMSprop, Adam, AdamW };
const clips = { clipGradNorm, clipGradValue };
const schedules = { StepLR, CosineAnnealingLR, LinearLR, LambdaLR, WarmupCosineLR, OneCycleLR };

test("every case has somebody who runs it", () => {
  const known = { ...optimizers, ...clips, ...schedules };
  expect(fixture.cases.filter(({ kind }) => !(kind in known))).toEqual([]);
});

describe("ten steps as PyTorch takes them, and what is kept beside the parameters", () => {
  test.each(casesOf(optimizers))("$name $options", ({ name, kind, options, second }) => {
    const [w, b, x, y] = ["w", "b", "x", "y"].map((key) => fixture.tensor(`${name}/in/${key}`));
    w.requiresGrad = true;
    b.requiresGrad = true;
    const params = second ? [{ params: [w] }, { params: [b], ...second }] : [w, b];
    const optimizer: Optimizer = new optimizers[kind as "Adam"](params, options);
    const after = { w: fixture.tensor(`${name}/after/w`), b: fixture.tensor(`${name}/after/b`) };
    for (let step = 0; step < 10; step++) {
      const error = x.matmul(w).add(b).sub(y);
      optimizer.zeroGrad();
      error.mul(error).mean().backward();
      optimizer.step();
      mustAgree(`w after step ${step + 1}`, w.detach(), after.w.row(step));
      mustAgree(`b after step ${step + 1}`, b.detach(), after.b.row(step));
    }
    const { tensors } = optimizer.stateDict();
    for (const key of fixture.names(`${name}/state/`))
      mustAgree(key, tensors[key], fixture.tensor(`${name}/state/${key}`));
  });
});

describe("clipping", () => {
  test.each(casesOf(clips))("$name $options", ({ name, kind, options }) => {
    const gradients = fixture
      .names(`${name}/in/`)
      .map((key) => fixture.tensor(`${name}/in/${key}`));
    const parameters = gradients.map((gradient) => {
      const parameter = gradient.newZeros(gradient.shape);
      parameter.requiresGrad = true;
      parameter.grad = gradient;
      return parameter;
    });
    const norm: Tensor | undefined = clips[kind as "clipGradNorm"](parameters, options.max);
    parameters.forEach((parameter, i) => {
      mustAgree(`gradient ${i}`, parameter.grad, fixture.tensor(`${name}/out/${i}`));
    });
    if (kind === "clipGradNorm") mustAgree("the norm", norm, fixture.tensor(`${name}/norm`));
  });
});

describe("schedules", () => {
  test.each(casesOf(schedules))("$name $options", ({ kind, options, rates, momenta, ...start }) => {
    const parameter = tensor([0], { requiresGrad: true });
    const optimizer = new SGD([parameter], { lr: start.lr, momentum: start.momentum });
    const schedule =
      kind === "LambdaLR"
        ? new LambdaLR(optimizer, (steps) => options.power ** steps)
        : new schedules[kind as "StepLR"](optimizer, options as never);
    rates.forEach((rate, step) => {
      if (step > 0) schedule.step();
      expect(optimizer.lr).toBeCloseTo(rate, 12);
      expect(optimizer.groups[0].momentum).toBeCloseTo(momenta[step], 12);
    });
  });
});
