import type { Change } from "../../optim/optimizer.ts";
import type {
  AdagradOptions,
  AdamOptions,
  RMSpropOptions,
  SGDOptions,
} from "../../optim/optimizers.ts";
import { sizeOf } from "../../shape.ts";
import type { Kernels } from "../kernels.generated.ts";
import {
  type Call,
  cut,
  isWorth,
  type Job,
  type JobMaker,
  onFloats,
  type Question,
} from "./job.ts";

/** Numbers of a part, at least, and a whole number of vectors. */
const LEAST = 8192;
const STEP = 16;

/** What a kernel is given besides the places: settings that may differ from step to step. */
type Settings = (step: number) => readonly number[];

/**
 * One parameter's update, by the rules that have a kernel. Settings and step count are read live.
 * Kernels take the weights, the gradient, and what is kept beside them in an order of their own, 0 for
 * what is not kept.
 */
function optimizerStep(question: Question): Job | undefined {
  const n = sizeOf(question.outShape);
  const { rule, names, group, memory } = question.attributes as Change<never>;
  const known = Object.hasOwn(kernels, rule.name) ? kernels[rule.name] : undefined;
  if (!known || !isWorth(question, n)) return undefined;
  const settings = known.settings(group as never);
  return {
    live: true,
    changes: [0, ...names.map((_, i) => 2 + i)],
    calls({ inputs: [w, g, ...kept] }, parts) {
      const given = settings(++memory.steps);
      const besides = known.keeps.map((name) => kept[names.indexOf(name)] ?? 0);
      return [
        cut(n, parts, STEP, LEAST).map(({ from, length }): Call => {
          const places = [w, g, ...besides].map((address) => (address ? address + 4 * from : 0));
          return [known.kernel, length, ...places, ...given];
        }),
      ];
    },
  };
}

interface UpdateKernel {
  readonly kernel: keyof Kernels;
  /** What it expects beside weights and gradient, in this order. */
  readonly keeps: readonly string[];
  settings(group: never): Settings;
}

function adam(decoupled: boolean): UpdateKernel {
  return {
    kernel: "adam",
    keeps: ["exp_avg", "exp_avg_sq"],
    settings: (group: AdamOptions) => (step) => {
      const { lr, betas, eps, weightDecay } = group;
      const [beta1, beta2] = betas;
      const rate = lr / (1 - beta1 ** step);
      const grown = 1 / Math.sqrt(1 - beta2 ** step);
      const [decay, shrink] = decoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1];
      return [rate, beta1, 1 - beta1, beta2, 1 - beta2, grown, eps, decay, shrink];
    },
  };
}

/** By the names of the rules in lib/src/optim. */
const kernels: Readonly<Record<string, UpdateKernel>> = {
  Adam: adam(false),
  AdamW: adam(true),
  SGD: {
    kernel: "sgd",
    keeps: ["momentum_buffer"],
    settings: (group: SGDOptions) => () => {
      const { lr, momentum, weightDecay, nesterov } = group;
      return [lr, momentum, weightDecay, Number(nesterov)];
    },
  },
  Adagrad: {
    kernel: "adagrad",
    keeps: ["sum"],
    settings: (group: AdagradOptions) => (step) => {
      const { lr, lrDecay, eps, weightDecay } = group;
      return [lr / (1 + (step - 1) * lrDecay), eps, weightDecay];
    },
  },
  RMSprop: {
    kernel: "rmsprop",
    keeps: ["square_avg", "grad_avg", "momentum_buffer"],
    settings: (group: RMSpropOptions) => () => {
      const { lr, alpha, eps, momentum, weightDecay } = group;
      return [lr, alpha, 1 - alpha, eps, momentum, weightDecay];
    },
  },
};

export const updateJobs: Readonly<Record<string, JobMaker>> = {
  optimizerStep: onFloats(optimizerStep),
};
