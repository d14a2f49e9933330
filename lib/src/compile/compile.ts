import { isRecording } from "../autograd.ts";
import { engine } from "../engine/engine.ts";
import { showShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { isTracing, recordTape, TraceError } from "../trace.ts";
import { Graph } from "./graph.ts";
import { Plan } from "./plan.ts";

/** A function that was recorded, and runs from the record. */
export interface Compiled<Args extends readonly unknown[], Result> {
  (...args: Args): Result;
  /** The operations of the latest recording, with shapes and costs; throws before the first call. */
  graph(): Graph;
  /** How often the function itself was run: once for each set of shapes. */
  readonly recordings: number;
}

/** Options of {@link compile}. */
export interface CompileOptions {
  /** How many recordings are kept, the oldest going first; 8 by default. */
  keep?: number;
}

/**
 * Records a step of training, or any function of tensors, when it is first called, as a list of
 * operations, and runs the list, then and at every later call, in memory that is laid out once. The
 * numbers are the same as without. Arguments of new shapes are recorded anew. Arguments and results
 * are tensors, or arrays and plain objects of them.
 *
 * What is no operation happens only while recording: branches, loops and numbers stay as they
 * were then. Reading a value (`item()`, `data`) throws {@link TraceError}, and so does drawing a random
 * number. Random tensors, dropout, optimizers, schedules and running statistics go on as they
 * should. Results carry no gradient: call backward() inside.
 */
export function compile<Args extends readonly unknown[], Result>(
  step: (...args: Args) => Result,
  { keep = 8 }: CompileOptions = {},
): Compiled<Args, Result> {
  interface Recording {
    readonly plan: Plan;
    readonly graph: Graph;
    readonly rebuild: (tensors: readonly Tensor[]) => unknown;
  }
  const recordings = new Map<string, Recording[]>();
  let latest: Recording | undefined;
  let count = 0;

  const record = (args: Args): Result => {
    const own: Tensor[] = [];
    const standIns = mapTensors(args, (tensor) => {
      own.push(new Tensor(tensor.storage, tensor.shape));
      return own[own.length - 1];
    }) as unknown as Args;
    count++;
    const { result, tape } = recordTape(() => step(...standIns));
    const outputs = tensorsIn(result, "result");
    const plan = new Plan(tape, own, outputs);
    const rebuild = (tensors: readonly Tensor[]): unknown => {
      let next = 0;
      return mapTensors(result, () => tensors[next++]);
    };
    latest = { plan, graph: new Graph(tape, own, outputs, plan), rebuild };
    const key = keyOf(args);
    recordings.set(key, [...(recordings.get(key) ?? []), latest]);
    if (recordings.size > keep) recordings.delete(recordings.keys().next().value as string);
    return rebuild(plan.run(tensorsIn(args, "argument"))) as Result;
  };

  const run = (...args: Args): Result => {
    if (isTracing())
      throw new TraceError(
        "compile: a compiled function was called while another is being recorded\n  hint: compile only the outer one",
      );
    const fitting = recordings.get(keyOf(args))?.find(({ plan }) => plan.fits());
    if (!fitting) return record(args);
    return fitting.rebuild(fitting.plan.run(tensorsIn(args, "argument"))) as Result;
  };
  const graph = (): Graph => {
    if (!latest)
      throw new TraceError("graph: nothing is recorded yet\n  hint: call the function once");
    return latest.graph;
  };
  Object.defineProperty(run, "recordings", { get: () => count });
  return Object.assign(run, { graph }) as Compiled<Args, Result>;
}

/** Arguments with the same key run from the same recording. */
function keyOf(args: readonly unknown[]): string {
  const parts = [engine().name, String(isRecording())];
  walk(args, (value) => {
    if (value instanceof Tensor) parts.push(`${value.dtype}${showShape(value.shape)}`);
    else if (typeof value === "object" && value !== null) parts.push(`object ${identity(value)}`);
    else if (typeof value === "function") parts.push(`function ${identity(value)}`);
    else parts.push(`${typeof value} ${String(value)}`);
  });
  return parts.join("; ");
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identity(value: object): number {
  const known = identities.get(value) ?? ++lastIdentity;
  identities.set(value, known);
  return known;
}

function tensorsIn(value: unknown, what: "argument" | "result"): Tensor[] {
  const tensors: Tensor[] = [];
  walk(value, (leaf) => {
    if (leaf instanceof Tensor) tensors.push(leaf);
    else if (what === "result" && leaf !== undefined && leaf !== null)
      throw new TraceError(
        `compile: the function returned a ${typeof leaf}, which would stay as it is now\n  hint: return tensors only`,
      );
  });
  return tensors;
}

/** Visits what is in arrays and plain objects, in order. */
function walk(value: unknown, visit: (leaf: unknown) => void): void {
  mapLeaves(value, (leaf) => {
    visit(leaf);
    return leaf;
  });
}

function mapTensors(value: unknown, change: (tensor: Tensor) => Tensor): unknown {
  return mapLeaves(value, (leaf) => (leaf instanceof Tensor ? change(leaf) : leaf));
}

function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  const prototype = typeof value === "object" && value !== null && Object.getPrototypeOf(value);
  if (prototype === Object.prototype || (prototype === null && value !== null))
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, mapLeaves(item, change)]),
    );
  return change(value);
}
