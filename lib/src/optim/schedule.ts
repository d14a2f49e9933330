import { StateError } from "../nn/module.ts";
import { describe } from "../tensor.ts";
import { effect } from "../trace.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";

/** What a schedule has to remember. */
export interface ScheduleState {
  /** How often step() was called. */
  steps: number;
  /** The learning rate that each group of the optimizer started with. */
  baseLrs: number[];
}

/**
 * Changes the optimizer's learning rate over time: call step() after each optimizer.step(), or
 * once after each epoch. One schedule to an optimizer: it sets the rates, whoever else set them.
 */
export class Schedule {
  private readonly name: string;
  private readonly optimizer: Optimizer;
  private readonly lrAt: (steps: number, base: number) => number;
  private readonly momentumAt?: (steps: number) => number;
  private baseLrs: number[];
  private steps = 0;

  /**
   * @param lrAt The learning rate after so many steps, from the one at the start.
   * @param momentumAt The momentum, or Adam's first beta, after so many steps, if that changes too.
   */
  constructor(
    name: string,
    optimizer: Optimizer,
    lrAt: (steps: number, base: number) => number,
    momentumAt?: (steps: number) => number,
  ) {
    if (!Array.isArray(optimizer?.groups))
      throw new TypeError(
        `${name}: schedules an optimizer, got ${describe(optimizer)}\n  hint: new ${name}(optimizer, { … })`,
      );
    this.name = name;
    this.optimizer = optimizer;
    this.lrAt = lrAt;
    this.momentumAt = momentumAt;
    this.baseLrs = optimizer.groups.map((group) => group.lr);
    this.apply(this.steps);
  }

  /** Goes on to the next learning rate. */
  step(): void {
    effect(() => this.apply(this.steps + 1));
  }

  /** What is to be saved so that the schedule goes on where it was. */
  stateDict(): ScheduleState {
    return { steps: this.steps, baseLrs: [...this.baseLrs] };
  }

  /** Goes on from a saved state, and sets the optimizer's learning rates accordingly. */
  loadStateDict(state: ScheduleState): void {
    const { groups } = this.optimizer;
    if (state.baseLrs.length !== groups.length)
      throw new StateError(
        `${this.name}.loadStateDict: the state is of ${state.baseLrs.length} parameter groups, the optimizer has ${groups.length}`,
      );
    this.baseLrs = [...state.baseLrs];
    this.apply(state.steps);
  }

  /** Sets what holds after so many steps. */
  private apply(steps: number): void {
    const lrs = this.baseLrs.map((base) => this.lrAt(steps, base));
    const momentum = this.momentumAt?.(steps);
    this.optimizer.groups.forEach((group, i) => {
      group.lr = lrs[i];
      if (momentum !== undefined) setMomentum(this.name, group, momentum);
    });
    this.steps = steps;
  }
}

function setMomentum(
  name: string,
  group: OptimizerOptions & { momentum?: number; betas?: readonly number[] },
  momentum: number,
): void {
  if (group.betas) group.betas = [momentum, group.betas[1]];
  else if (group.momentum !== undefined) group.momentum = momentum;
  else
    throw new RangeError(
      `${name}: this optimizer has no momentum to cycle\n  hint: { cycleMomentum: false }`,
    );
}
