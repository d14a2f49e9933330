import { guard } from "../forbid.ts";
import { expectSizes } from "../nn/expect.ts";
import type { Optimizer } from "./optimizer.ts";
import { Schedule } from "./schedule.ts";

/** The learning rate times what a function of the number of steps says. */
export class LambdaLR extends Schedule {
  constructor(optimizer: Optimizer, factor: (steps: number) => number) {
    guard("LambdaLR");
    super("LambdaLR", optimizer, (steps, base) => {
      const by = factor(steps);
      if (!(by >= 0 && by < Infinity))
        throw new RangeError(
          `LambdaLR: the factor must be 0 or more, and finite, got ${by} after ${steps} steps`,
        );
      return base * by;
    });
  }
}

/** The learning rate times gamma every `stepSize` steps. */
export class StepLR extends Schedule {
  constructor(optimizer: Optimizer, options: { stepSize: number; gamma?: number }) {
    guard("StepLR");
    const { stepSize, gamma = 0.1 } = options;
    expectSizes("StepLR", { stepSize });
    checkFactors("StepLR", { gamma });
    super("StepLR", optimizer, (steps, base) => base * gamma ** Math.floor(steps / stepSize));
  }
}

/** Down to `etaMin` in `tMax` steps, along half a cosine (Loshchilov and Hutter 2016). */
export class CosineAnnealingLR extends Schedule {
  constructor(optimizer: Optimizer, options: { tMax: number; etaMin?: number }) {
    guard("CosineAnnealingLR");
    const { tMax, etaMin = 0 } = options;
    expectSizes("CosineAnnealingLR", { tMax });
    checkFactors("CosineAnnealingLR", { etaMin });
    super("CosineAnnealingLR", optimizer, (steps, base) => cosine(base, etaMin, steps / tMax));
  }
}

/** From startFactor to endFactor times the learning rate in `totalIters` steps: a warm-up. */
export class LinearLR extends Schedule {
  constructor(
    optimizer: Optimizer,
    options: { startFactor?: number; endFactor?: number; totalIters?: number } = {},
  ) {
    guard("LinearLR");
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    expectSizes("LinearLR", { totalIters });
    checkFactors("LinearLR", { startFactor, endFactor });
    super("LinearLR", optimizer, (steps, base) => {
      return base * line(startFactor, endFactor, Math.min(steps / totalIters, 1));
    });
  }
}

/**
 * Up from 0 in a straight line for `warmupSteps`, then down along half a cosine, to `minFactor`
 * times the learning rate, at `totalSteps`: how transformers are trained (Radford et al. 2018).
 */
export class WarmupCosineLR extends Schedule {
  constructor(
    optimizer: Optimizer,
    options: { warmupSteps: number; totalSteps: number; minFactor?: number },
  ) {
    guard("WarmupCosineLR");
    const { warmupSteps, totalSteps, minFactor = 0 } = options;
    expectSizes("WarmupCosineLR", { warmupSteps, totalSteps });
    checkFactors("WarmupCosineLR", { minFactor });
    if (warmupSteps >= totalSteps)
      throw new RangeError(
        `WarmupCosineLR: the ${warmupSteps} warm-up steps must be fewer than all ${totalSteps}`,
      );
    super("WarmupCosineLR", optimizer, (steps, base) => {
      if (steps < warmupSteps) return (base * steps) / warmupSteps;
      const done = (steps - warmupSteps) / (totalSteps - warmupSteps);
      return cosine(base, minFactor * base, Math.min(done, 1));
    });
  }
}

/** Settings of {@link OneCycleLR}. */
export interface OneCycleOptions {
  /** The highest learning rate. */
  maxLr: number;
  totalSteps: number;
  /** The share of the steps on the way up. */
  pctStart?: number;
  /** The first learning rate is maxLr / divFactor. */
  divFactor?: number;
  /** The last is the first / finalDivFactor. */
  finalDivFactor?: number;
  annealStrategy?: "cos" | "linear";
  /** Whether the momentum goes down as the learning rate goes up, and back. */
  cycleMomentum?: boolean;
  baseMomentum?: number;
  maxMomentum?: number;
}

/**
 * Up to `maxLr` and down to almost nothing, once, while the momentum (Adam's first beta) goes the
 * other way (Smith and Topin 2017). The optimizer's own learning rate plays no part.
 */
export class OneCycleLR extends Schedule {
  constructor(optimizer: Optimizer, options: OneCycleOptions) {
    guard("OneCycleLR");
    const { maxLr, totalSteps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
    const { annealStrategy = "cos", cycleMomentum = true } = options;
    const { baseMomentum = 0.85, maxMomentum = 0.95 } = options;
    expectSizes("OneCycleLR", { totalSteps });
    checkFactors("OneCycleLR", { maxLr, pctStart, baseMomentum, maxMomentum });
    if (pctStart > 1) throw new RangeError(`OneCycleLR: pctStart is a share, got ${pctStart}`);
    const anneal = annealStrategy === "cos" ? cosine : line;
    const top = pctStart * totalSteps - 1;
    const upAndDown = (steps: number, start: number, middle: number, end: number) =>
      steps <= top
        ? anneal(start, middle, top > 0 ? steps / top : 1)
        : anneal(middle, end, Math.min((steps - top) / (totalSteps - 1 - top), 1));
    const lrAt = (steps: number) => {
      if (steps > totalSteps)
        throw new RangeError(
          `OneCycleLR: the cycle of ${totalSteps} steps is over\n  hint: totalSteps is epochs times batches`,
        );
      return upAndDown(steps, maxLr / divFactor, maxLr, maxLr / divFactor / finalDivFactor);
    };
    const momentumAt = (steps: number) => upAndDown(steps, maxMomentum, baseMomentum, maxMomentum);
    super("OneCycleLR", optimizer, lrAt, cycleMomentum ? momentumAt : undefined);
  }
}

/** From `start` to `end` along half a cosine, and back if `done` goes past 1. */
function cosine(start: number, end: number, done: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * done))) / 2;
}

/** From `start` to `end` along a straight line. */
function line(start: number, end: number, done: number): number {
  return start + (end - start) * done;
}

function checkFactors(name: string, factors: Record<string, number>): void {
  for (const [key, value] of Object.entries(factors))
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`${name}: ${key} must be 0 or more, and finite, got ${value}`);
}
