import { noGrad } from "../autograd.ts";
import type { Module } from "./module.ts";

/** Runs a model as in use, without recording gradients, and leaves it in the mode that it was in. */
export function resting<T>(model: Module, run: () => T): T {
  const before = model.modules().map((part) => [part, part.training] as const);
  for (const [part] of before) part.training = false;
  try {
    return noGrad(run);
  } finally {
    for (const [part, training] of before) part.training = training;
  }
}
