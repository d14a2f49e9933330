import { sameShape, showShape } from "../shape.ts";
import { describe, Tensor } from "../tensor.ts";
import { traceFact } from "../trace.ts";

/** A tensor that a module learns: it requires a gradient, and an optimizer changes it in place. */
export class Parameter extends Tensor {
  /** Has the numbers of `initial`, not a copy of them. */
  constructor(initial: Tensor) {
    super(initial.storage, initial.shape, initial);
    this.requiresGrad = true;
  }
}

/** All that a module has learned, by name. */
export type StateDict = Record<string, Tensor>;

/** Thrown when a state does not belong to the module it is loaded into. */
export class StateError extends Error {
  override readonly name: string = "StateError";
}

/** Sees what went into a module and what came out. */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => void;

/** A module that turns one tensor into one tensor. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/**
 * A part of a network: parameters, parts of its own, and what it does with its input. Its plain
 * fields are found by walking over them: a {@link Parameter} is learned, any other tensor is kept
 * with the state (a buffer), a module is a part. They may stand in arrays and plain objects, too;
 * `#private` fields are not seen. Names are PyTorch's, so that its weights load:
 * `layers.0.weight`, `running_mean`.
 */
export abstract class Module {
  private inTraining = true;

  /** Whether the module is being trained; dropout and batch norm behave otherwise when it is not. */
  get training(): boolean {
    traceFact(this, () => this.inTraining);
    return this.inTraining;
  }
  set training(training: boolean) {
    this.inTraining = training;
  }

  /** What the module does with its inputs. */
  abstract forward(...inputs: never[]): unknown;

  /** The parts one level down, by name. */
  namedChildren(): [name: string, module: Module][] {
    return this.fields().filter((field): field is [string, Module] => field[1] instanceof Module);
  }

  /** The parts one level down. */
  children(): Module[] {
    return this.namedChildren().map(([, part]) => part);
  }

  /** This module (its name is "") and all parts within parts, each once. */
  namedModules(prefix = "", seen: Set<Module> = new Set()): [name: string, module: Module][] {
    if (seen.has(this)) return [];
    seen.add(this);
    const parts = this.namedChildren().flatMap(([name, part]) =>
      part.namedModules(joined(prefix, name), seen),
    );
    return [[prefix, this], ...parts];
  }

  /** This module and all parts within parts, each once. */
  modules(): Module[] {
    const found = new Set<Module>();
    const look = (value: unknown): void => {
      if (value instanceof Module) {
        if (found.has(value)) return;
        found.add(value);
        for (const field in value)
          if (Object.hasOwn(value, field)) look(value[field as keyof Module]);
      } else if (!(value instanceof Tensor) && (Array.isArray(value) || isPlain(value)))
        for (const item of Object.values(value as object)) look(item);
    };
    look(this);
    return [...found];
  }

  /**
   * Every parameter, each once, in the order of the fields. Throws for a tensor that requires a
   * gradient but is no {@link Parameter}: it would not be learned.
   */
  namedParameters(): [name: string, parameter: Parameter][] {
    const seen = new Set<Tensor>();
    return this.namedTensors().filter((field): field is [string, Parameter] => {
      const [name, tensor] = field;
      const isParameter = tensor instanceof Parameter;
      if (!isParameter && tensor.requiresGrad && !tensor.node)
        throw new TypeError(
          `${this.constructor.name}: ${name} requires a gradient, but is no Parameter, and would not be learned\n` +
            "  hint: new Parameter(…)",
        );
      const first = isParameter && !seen.has(tensor);
      seen.add(tensor);
      return first;
    });
  }

  /** The parameters, for an optimizer. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Every tensor that is kept but not learned: running statistics. */
  namedBuffers(): [name: string, buffer: Tensor][] {
    return this.namedTensors().filter(([, tensor]) => !(tensor instanceof Parameter));
  }

  /** Switches this module and all its parts to training, or back. */
  train(training = true): this {
    for (const module of this.modules()) module.training = training;
    return this;
  }

  /** Switches to use: no dropout, batch norm by its running statistics. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** Every parameter and buffer by its name: the tensors themselves, not copies. */
  stateDict(): StateDict {
    return Object.fromEntries(this.namedTensors());
  }

  /**
   * Copies a state into this module's own tensors. Nothing is changed unless all of it fits; what
   * does not is told by a {@link StateError}.
   *
   * @param options.strict Whether names that are missing or too many are an error; true by default.
   */
  loadStateDict(state: StateDict, options: { strict?: boolean } = {}): void {
    const own = new Map(this.namedTensors());
    const problems: string[] = [];
    const given = new Map(Object.entries(state));
    if (options.strict ?? true) {
      // A tensor that has two names may come under one of them.
      const met = new Set([...given.keys()].map((name) => own.get(name)));
      for (const [name, tensor] of own)
        if (!given.has(name) && !met.has(tensor)) problems.push(`missing: ${name}`);
      for (const name of given.keys())
        if (!own.has(name)) problems.push(`unknown: ${name}${suggestion(name, [...own.keys()])}`);
    }
    for (const [name, value] of given) {
      const tensor = own.get(name);
      if (!tensor) continue;
      if (!(value instanceof Tensor)) problems.push(`${name}: is ${describe(value)}, not a Tensor`);
      else if (!sameShape(value.shape, tensor.shape))
        problems.push(
          `${name}: has shape ${showShape(value.shape)}, this module's is ${showShape(tensor.shape)}`,
        );
      else if (value.dtype !== tensor.dtype)
        problems.push(`${name}: is ${value.dtype}, this module's is ${tensor.dtype}`);
    }
    if (problems.length > 0) throw new StateError(misfit(problems));
    for (const [name, value] of given) own.get(name)?.storage.set(value.storage);
  }

  /**
   * Calls `hook` after each forward pass of this module with what went in and what came out.
   * Returns a function that takes the hook off.
   */
  registerForwardHook(hook: ForwardHook): () => void {
    const own = Object.hasOwn(this, "forward");
    const forward = this.forward;
    const watched = (...inputs: never[]): unknown => {
      const output = forward.apply(this, inputs);
      if (on) hook(this, inputs, output);
      return output;
    };
    let on = true;
    this.forward = watched;
    return () => {
      on = false;
      // A hook put on later still calls through this one; then it stays, and does nothing.
      if (this.forward !== watched) return;
      if (own) this.forward = forward;
      else Reflect.deleteProperty(this, "forward");
    };
  }

  /** Whether a forward hook is on. */
  get isWatched(): boolean {
    return Object.hasOwn(this, "forward");
  }

  /** What the printed form says after the name, such as sizes. */
  extraRepr(): string {
    return "";
  }

  /** The module and its parts as an indented tree. */
  toString(): string {
    const parts = this.namedChildren().map(
      ([name, part]) => `  (${name}): ${String(part).replaceAll("\n", "\n  ")}\n`,
    );
    const inside = parts.length > 0 ? `\n${parts.join("")}` : "";
    return `${this.constructor.name || "Module"}(${this.extraRepr()}${inside})`;
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** Every tensor here and in all parts. A part that refers back to what it is in is not walked again. */
  private namedTensors(
    prefix = "",
    around: readonly Module[] = [this],
  ): [name: string, tensor: Tensor][] {
    return this.fields().flatMap(([field, value]): [string, Tensor][] => {
      const name = joined(prefix, field);
      if (value instanceof Tensor) return [[name, value]];
      return around.includes(value) ? [] : value.namedTensors(name, [...around, value]);
    });
  }

  /** The tensors and modules in the fields, and in arrays and plain objects in the fields. */
  private fields(): [name: string, value: Tensor | Module][] {
    const found: [string, Tensor | Module][] = [];
    const look = (name: string, value: unknown): void => {
      if (value instanceof Tensor || value instanceof Module) found.push([name, value]);
      else if (Array.isArray(value) || isPlain(value))
        for (const [key, item] of Object.entries(value as object)) look(`${name}.${key}`, item);
    };
    for (const [field, value] of Object.entries(this))
      if (typeof value === "object") look(snakeCase(field), value);
    return found;
  }
}

function isPlain(value: unknown): boolean {
  return Object(value) === value && Object.getPrototypeOf(value) === Object.prototype;
}

function joined(prefix: string, name: string): string {
  return prefix ? `${prefix}.${name}` : name;
}

/** `runningMean` is `running_mean` in PyTorch; `LayerNorm` and `ln_1` are left as they are. */
function snakeCase(field: string): string {
  if (/^[A-Z]|_/.test(field)) return field;
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function suggestion(name: string, known: readonly string[]): string {
  const end = name.split(".").slice(-2).join(".");
  const near = known.find((other) => other.endsWith(end) || name.endsWith(other));
  return near ? ` (did you mean ${near}?)` : "";
}

function misfit(problems: readonly string[]): string {
  const shown = problems.slice(0, 8).map((problem) => `  ${problem}`);
  if (problems.length > shown.length) shown.push(`  … and ${problems.length - shown.length} more`);
  return [
    `loadStateDict: the state does not fit this module in ${problems.length} ${problems.length === 1 ? "place" : "places"}; nothing was changed`,
    ...shown,
  ].join("\n");
}
