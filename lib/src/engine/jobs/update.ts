import type { Change } from "../../optim/optimizer.ts";
import type { AdamOptions, SGDOptions } from "../../optim/optimizers.ts";
import { sizeOf } from "../../shape.ts";
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

/** One parameter's update, by the rules that have a kernel. Settings and step count are read live. */
function optimizerStep(question: Question): Job | undefined {
  const n = sizeOf(question.outShape);
  const { rule, names, group, memory } = question.attributes as Change<AdamOptions & SGDOptions>;
  if (!isWorth(question, n)) return undefined;
  /** The same change for every stretch of numbers; `moved` gives an address so many numbers on. */
  const everywhere = (
    parts: number,
    call: (n: number, moved: (address: number) => number) => Call,
  ): Call[][] => [
    cut(n, parts, STEP, LEAST).map(({ from, length }) =>
      call(length, (address) => address + 4 * from),
    ),
  ];
  if (rule.name === "SGD")
    return {
      live: true,
      changes: names.length > 0 ? [0, 2] : [0],
      calls({ inputs }, parts) {
        memory.steps++;
        const { lr, momentum, weightDecay, nesterov } = group;
        const settings = [lr, momentum, weightDecay, Number(nesterov)];
        return everywhere(parts, (count, moved) => {
          const [w, g, velocity] = inputs.map(moved);
          return ["sgd", count, w, g, velocity ?? 0, ...settings];
        });
      },
    };
  if (rule.name !== "Adam" && rule.name !== "AdamW") return undefined;
  const decoupled = rule.name === "AdamW";
  return {
    live: true,
    changes: [0, 2, 3],
    calls({ inputs }, parts) {
      const step = ++memory.steps;
      const { lr, betas, eps, weightDecay } = group;
      const [beta1, beta2] = betas;
      const rate = lr / (1 - beta1 ** step);
      const grown = 1 / Math.sqrt(1 - beta2 ** step);
      const [decay, shrink] = decoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1];
      const settings = [rate, beta1, 1 - beta1, beta2, 1 - beta2, grown, eps, decay, shrink];
      return everywhere(parts, (count, moved) => [
        "adam",
        count,
        ...inputs.map(moved),
        ...settings,
      ]);
    },
  };
}

export const updateJobs: Readonly<Record<string, JobMaker>> = {
  optimizerStep: onFloats(optimizerStep),
};
