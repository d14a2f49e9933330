import { noGrad } from "../autograd.ts";
import type { TensorData } from "../dtype.ts";
import { firstNonfinite } from "../engine/engine.ts";
import { Home } from "../engine/home.ts";
import { guard } from "../forbid.ts";
import type { Memory as Numbers } from "../memory.ts";
import { StateError } from "../nn/module.ts";
import { defineOp } from "../op.ts";
import { verify } from "../ops/verify.ts";
import { showShape } from "../shape.ts";
import { describe, Tensor } from "../tensor.ts";
import { effect, isTracing, traceFact } from "../trace.ts";

/** What every optimizer can be told. */
export interface OptimizerOptions {
  /** The learning rate: how far a step goes. */
  lr: number;
  /** How strongly weights are pulled toward 0; not at all by default, in AdamW by 0.01. */
  weightDecay: number;
}

/** Parameters with settings of their own; what is not named is as for the others. */
export type ParamGroup<Options> = { params: readonly Tensor[] } & Partial<Options>;

/** Parameters and all their settings, which may be changed between steps. */
export type LiveGroup<Options> = { readonly params: readonly Tensor[] } & Options;

/** What an optimizer learns from: parameters, or groups of them. */
export type Params<Options> = readonly Tensor[] | readonly ParamGroup<Options>[];

/** How one parameter changes in one step. */
export interface UpdateRule<Options> {
  /** Errors and forbid() use it. */
  readonly name: string;
  /** What is kept beside a parameter from step to step, in PyTorch's names; zeros at first. */
  keeps(options: Options): readonly string[];
  /** Changes the weights `w` and what is kept in place; `step` is 1 at the first step. */
  update(
    w: TensorData,
    gradient: TensorData,
    kept: Record<string, TensorData>,
    options: Options,
    step: number,
  ): void;
}

/** All that an optimizer has to remember: tensors for a file, and what fits into JSON. */
export interface OptimizerState {
  /** What is kept beside the parameters, such as `0.exp_avg` for the first. */
  tensors: Record<string, Tensor>;
  options: {
    /** How often each parameter has been changed. */
    steps: number[];
    /** The settings of each group; `params` are numbers of parameters, counted through all groups. */
    groups: { params: number[] }[];
  };
}

/** What an optimizer remembers of one parameter. */
interface Memory {
  steps: number;
  kept: Record<string, Tensor>;
}

/** All that one change of one parameter depends on; read when it is made, also in a recorded step. */
export interface Change<Options> {
  readonly rule: UpdateRule<Options>;
  readonly names: readonly string[];
  readonly group: Options;
  readonly memory: Memory;
}

/** Changes a parameter in place: [the parameter, its gradient, what is kept, in the order of names]. */
const change = defineOp<Change<never>>({
  name: "optimizerStep",
  inPlace: true,
  shape: ([w]) => w,
  forward(w, [, gradient, ...kept], { attributes: { rule, names, group, memory } }) {
    memory.steps++;
    const named = Object.fromEntries(names.map((name, i) => [name, kept[i]]));
    rule.update(w, gradient, named, group, memory.steps);
  },
});

/** Changes parameters in place, step by step, so that the loss goes down. */
export class Optimizer<Options extends OptimizerOptions = OptimizerOptions> {
  /** The parameters with their settings. Change a setting here, and the next step goes by it. */
  readonly groups: readonly LiveGroup<Options>[];
  /** Whether a gradient with NaN or Infinity in it stops the step. PyTorch would go on. */
  errorIfNonfinite = true;

  private readonly rule: UpdateRule<Options>;
  private readonly home = new Home();
  /** The parameters of all groups. */
  private readonly params: readonly Tensor[];
  /** What is remembered of each, in the same order. */
  private readonly memories: ReadonlyMap<Tensor, Memory>;

  /** Settings that are in `defaults` can be chosen in `options`, and in each group. */
  constructor(
    rule: UpdateRule<Options>,
    params: Params<Options>,
    defaults: Options,
    options: Partial<Options> = {},
  ) {
    guard(rule.name);
    this.rule = rule;
    const groups = asGroups(rule.name, params);
    for (const given of [options, ...groups]) checkNames(rule.name, given, Object.keys(defaults));
    this.groups = groups.map((group) => ({
      ...defaults,
      ...options,
      ...group,
      params: [...group.params],
    }));
    for (const group of this.groups) checkOptions(rule.name, group);
    this.params = this.groups.flatMap((group) => group.params);
    checkParameters(rule.name, this.params);
    this.memories = new Map(this.params.map((parameter) => [parameter, { steps: 0, kept: {} }]));
  }

  /** The learning rate, of the first group if there are several; setting it sets it for all. */
  get lr(): number {
    return this.groups[0].lr;
  }
  set lr(lr: number) {
    for (const group of this.groups) group.lr = lr;
  }

  /**
   * Changes every parameter that has a gradient; the others stay as they are. Throws, before
   * anything is changed, if a gradient holds NaN or Infinity.
   */
  step(): void {
    // A recorded step looks each time, and is recorded anew if something else is to be kept.
    effect(() => {
      for (const group of this.groups) checkOptions(`${this.rule.name}.step`, group);
    });
    traceFact(this, () => [this.errorIfNonfinite, ...this.groups.map(this.rule.keeps)].join(" "));
    if (!this.params.some((parameter) => parameter.hasGrad))
      throw new RangeError(
        `${this.rule.name}.step: no parameter has a gradient\n  hint: call loss.backward() before it, and zeroGrad() before that`,
      );
    if (this.errorIfNonfinite) this.checkGradients();
    const changes = this.groups.flatMap((group) =>
      group.params
        .filter((parameter) => parameter.hasGrad)
        .map((parameter) => {
          const memory = this.memories.get(parameter)!;
          const names = this.rule.keeps(group);
          const kept = names.map((name) => keep(memory, name, parameter));
          const attributes: Change<Options> = { rule: this.rule, names, group, memory };
          return { parameter, kept, attributes };
        }),
    );
    // Now that all is there that a step changes.
    if (!isTracing()) this.home.take(this.changing());
    for (const { parameter, kept, attributes } of changes)
      noGrad(() => change([parameter, parameter.grad, ...kept], attributes as Change<never>));
  }

  /** The numbers that a step changes. */
  private changing(): Numbers[] {
    return [...this.memories].flatMap(([parameter, { kept }]) =>
      [parameter, ...Object.values(kept)].map(({ memory }) => memory),
    );
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.params) parameter.zeroGrad();
  }

  /** What is to be saved so that training goes on as if never stopped; the tensors are not copied. */
  stateDict(): OptimizerState {
    const memories = [...this.memories.values()];
    const tensors = memories.flatMap(({ kept }, i) =>
      Object.entries(kept).map(([name, tensor]) => [`${i}.${name}`, tensor] as const),
    );
    const steps = memories.map((memory) => memory.steps);
    const groups = this.groups.map((group) => ({
      ...group,
      params: group.params.map((parameter) => this.params.indexOf(parameter)),
    }));
    return { tensors: Object.fromEntries(tensors), options: { steps, groups } };
  }

  /** Goes on from a saved state, its settings included. Nothing is changed unless all of it fits. */
  loadStateDict({ tensors, options: { steps, groups } }: OptimizerState): void {
    const misfit = (problem: string) =>
      new StateError(`${this.rule.name}.loadStateDict: ${problem}`);
    const own = outline(this.groups);
    if (outline(groups) !== own || steps.length !== this.params.length)
      throw misfit(
        `the state is of another optimizer; how many parameters, with what settings:\n  in the state: ${outline(groups)}\n  here: ${own}`,
      );
    for (const group of groups) checkOptions(`${this.rule.name}.loadStateDict`, group);
    const kept = steps.map((): Record<string, Tensor> => ({}));
    for (const [key, tensor] of Object.entries(tensors)) {
      const [i, name] = key.split(".", 2);
      const parameter = this.params[Number(i)];
      if (!parameter) throw misfit(`${key} belongs to no parameter`);
      const [is, needed] = [tensor, parameter].map(({ shape }) => showShape(shape));
      if (is !== needed) throw misfit(`${key} has shape ${is}, the parameter ${needed}`);
      kept[Number(i)][name] = tensor;
    }
    for (const group of groups)
      for (const i of group.params)
        for (const name of steps[i] > 0 ? this.rule.keeps(group as never) : [])
          if (!kept[i][name]) throw misfit(`${i}.${name} is missing`);
    for (const [i, parameter] of this.params.entries()) {
      const memory = this.memories.get(parameter)!;
      memory.steps = steps[i];
      // In place: a step that was recorded goes on with the same tensors.
      for (const tensor of Object.values(memory.kept)) tensor.storage.fill(0);
      for (const [name, { storage }] of Object.entries(kept[i]))
        keep(memory, name, parameter).storage.set(storage);
    }
    this.groups.forEach((group, i) => {
      Object.assign(group, groups[i], { params: group.params });
    });
  }

  private checkGradients(): void {
    for (const [i, parameter] of this.params.entries()) {
      const look = (gradient: TensorData): void => {
        const k = firstNonfinite(gradient);
        if (k >= 0)
          throw new RangeError(
            `${this.rule.name}.step: the gradient of parameter ${i} (of ${this.params.length}; shape ${showShape(parameter.shape)}) holds ${gradient[k]}; nothing was changed\n` +
              `  hint: the loss has probably grown without bound: try an lr below ${this.lr}, or clipGradNorm(…) before the step`,
          );
      };
      if (parameter.hasGrad) verify([parameter.grad], { look });
    }
  }
}

function asGroups<Options>(name: string, params: Params<Options>): readonly ParamGroup<Options>[] {
  if (!Array.isArray(params))
    throw new TypeError(`${name}: expected an array of parameters\n  hint: model.parameters()`);
  const isGroup = (item: ParamGroup<Options>) => Array.isArray(item?.params);
  const groups = params.length > 0 && params.every(isGroup) ? params : [{ params }];
  if (groups.some((group) => group.params.length === 0))
    throw new RangeError(
      `${name}: there are no parameters to learn\n` +
        "  hint: a model's parameters are each a Parameter, and its parts modules, in plain fields, not in #private ones",
    );
  return groups;
}

function checkParameters(name: string, params: readonly Tensor[]): void {
  for (const [i, parameter] of params.entries()) {
    if (!(parameter instanceof Tensor))
      throw new TypeError(`${name}: parameter ${i} is not a Tensor\n  hint: model.parameters()`);
    const place = `${name}: parameter ${i}, of shape ${showShape(parameter.shape)},`;
    if (params.indexOf(parameter) !== i) throw new RangeError(`${place} is there twice`);
    if (parameter.node)
      throw new RangeError(
        `${place} was computed from other tensors\n` +
          "  hint: only leaves can be learned: a Parameter, or tensor(…, { requiresGrad: true })",
      );
  }
}

/** What is kept of a parameter under a name; zeros at first. */
function keep({ kept }: Memory, name: string, parameter: Tensor): Tensor {
  kept[name] ??= parameter.newZeros(parameter.shape);
  return kept[name];
}

/** Groups and their settings in words, to see whether a state belongs to an optimizer. */
function outline(groups: readonly { params: readonly unknown[] }[]): string {
  const words = groups.map(
    ({ params, ...options }) => `${params.length} (${Object.keys(options).sort().join(", ")})`,
  );
  return words.join(" + ");
}

/** Refuses settings that an optimizer does not have, and what are no settings. */
function checkNames(name: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object")
    throw new TypeError(
      `${name}: settings are an object, got ${describe(given)}\n  hint: { lr: 0.001 }`,
    );
  const unknown = Object.keys(given).find((key) => key !== "params" && !known.includes(key));
  if (unknown !== undefined)
    throw new TypeError(
      `${name}: there is no setting "${unknown}"\n  settings: ${known.join(", ")}`,
    );
}

/** Settings that say how much of the past is kept, all of it being too much. */
const FRACTIONS = ["momentum", "alpha", "betas"];

function checkOptions(name: string, options: object): void {
  for (const [key, value] of Object.entries(options)) {
    if (key === "params" || typeof value === "boolean") continue;
    const below = FRACTIONS.includes(key) ? 1 : Infinity;
    for (const number of [value].flat())
      if (!(typeof number === "number" && number >= 0 && number < below))
        throw new RangeError(
          `${name}: ${key} must be ${below === 1 ? "from 0 up to, not including, 1" : "0 or more, and finite"}, got ${String(value)}`,
        );
  }
}
