import type { ComponentType } from "react";
import { ComputationGraph } from "./computation-graph/figure";
import { PenguinTree } from "./penguin-tree/figure";
import { PerceptronBoundary } from "./perceptron-boundary/figure";

/** The figures that chapters can name, one folder each. `alt`: what the figure shows, in words. */
export const figures: Record<string, ComponentType<{ alt: string }>> = {
  "computation-graph": ComputationGraph,
  "penguin-tree": PenguinTree,
  "perceptron-boundary": PerceptronBoundary,
};
