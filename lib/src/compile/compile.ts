import { isRecording } from "../autograd.ts";
import { isDoublePrecision } from "../dtype.ts";
import { engine } from "../engine/engine.ts";
import { threads } from "../engine/threads.ts";
import { startMachine } from "../engine/wasm.ts";
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
  /** How many recordings are kept, each with a memory of its own, the oldest going first; 8 by default. */
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
 * should. Results carry no gradient: call backward() inside. Where the fast kernels cannot be
 * started, the plain ones do the work, and a warning says why; graph() says what they do elsewhere.
 *
 * What the function takes from outside, a model's weights for one, is kept hold of: change the
 * numbers of a tensor, and the next call goes by them; put another tensor in its place, and it does
 * not. The numbers move to a place of their own: read `w.data` anew after a call. An argument that
 * requires a gradient is taken as from outside, and recorded for itself.
 */
export function compile<Args extends readonly unknown[], Result>(
  step: (...args: Args) => Result,
  { keep = 8 }: CompileOptions = {},
): Compiled<Args, Result> {
  interface Recording {
    readonly key: string;
    readonly plan: Plan;
    readonly graph: Graph;
    readonly rebuild: (tensors: readonly Tensor[]) => unknown;
  }
  const recordings: Recording[] = [];
  let latest: Recording | undefined;
  let count = 0;

  const record = (key: string, args: Args): Recording => {
    const given: Tensor[] = [];
    const standIns = mapTensors(args, (tensor) => {
      if (tensor.requiresGrad) return tensor;
      given.push(new Tensor(tensor.storage, tensor.shape));
      return given[given.length - 1];
    }) as unknown as Args;
    count++;
    return recordTape(
      given,
      () => step(...standIns),
      (result, tape) => {
        const outputs = tensorsOf(result);
        const plan = new Plan(tape, given, outputs);
        warnOnce(plan);
        const rebuild = (tensors: readonly Tensor[]): unknown => {
          let next = 0;
          return mapTensors(result, () => tensors[next++]);
        };
        return { key, plan, graph: new Graph(given, outputs, plan), rebuild };
      },
    );
  };

  const run = (...args: Args): Result => {
    if (isTracing())
      throw new TraceError(
        "compile: a compiled function was called while another is being recorded\n  hint: compile only the outer one",
      );
    // The record would round to single precision: gradcheck gets the function itself.
    if (isDoublePrecision()) return step(...args);
    const key = [engine().name, threads(), isRecording(), keyOf(args)].join(" ");
    let fitting = recordings.find((one) => one.key === key && one.plan.fits());
    if (!fitting) {
      fitting = record(key, args);
      latest = fitting;
      recordings.push(fitting);
      if (recordings.length > keep) recordings.shift()!.plan.forget();
    }
    return fitting.rebuild(fitting.plan.run(givenIn(args))) as Result;
  };
  const graph = (): Graph => {
    if (!latest)
      throw new TraceError("graph: nothing is recorded yet\n  hint: call the function once");
    return latest.graph;
  };
  Object.defineProperty(run, "recordings", { get: () => count });
  return Object.assign(run, { graph }) as Compiled<Args, Result>;
}

let warned = false;

/** Says that the fast kernels are missing, unless it was chosen to be so. */
function warnOnce({ whyPlain }: Plan): void {
  const isChosen = engine().name === "reference" && startMachine();
  if (warned || !whyPlain || isChosen) return;
  warned = true;
  const { console } = globalThis as { console?: { warn(text: string): void } };
  console?.warn(`compile: plain kernels do all the work, and are many times slower: ${whyPlain}`);
}

/** Arguments with the same key run from the same recording. */
function keyOf(value: unknown): string {
  if (value instanceof Tensor && !value.requiresGrad)
    return `${value.dtype}${showShape(value.shape)}`;
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (isPlainObject(value))
    return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${keyOf(item)}`)}}`;
  if (ArrayBuffer.isView(value))
    throw new TraceError(
      "compile: an argument is a typed array, whose numbers may change unseen\n  hint: pass a tensor, or an ordinary array",
    );
  if ((typeof value === "object" && value !== null) || typeof value === "function")
    return `#${identity(value)}`;
  if (typeof value === "string") return JSON.stringify(value);
  return Object.is(value, -0) ? "-0" : `${typeof value} ${String(value)}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identity(value: object): number {
  const known = identities.get(value) ?? ++lastIdentity;
  identities.set(value, known);
  return known;
}

/** The tensors in a result. */
function tensorsOf(result: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  mapLeaves(result, (leaf) => {
    if (leaf instanceof Tensor) tensors.push(leaf);
    else if (leaf !== undefined && leaf !== null)
      throw new TraceError(
        `compile: the function returned a ${typeof leaf}, which would stay as it is now\n  hint: return tensors only`,
      );
    return leaf;
  });
  return tensors;
}

/** The tensors in arguments that are copied in; one that requires a gradient is used itself. */
function givenIn(args: readonly unknown[]): Tensor[] {
  const given: Tensor[] = [];
  mapTensors(args, (tensor) => {
    if (!tensor.requiresGrad) given.push(tensor);
    return tensor;
  });
  return given;
}

function mapTensors(value: unknown, change: (tensor: Tensor) => Tensor): unknown {
  return mapLeaves(value, (leaf) => (leaf instanceof Tensor ? change(leaf) : leaf));
}

/** Goes through arrays and plain objects, in order. */
function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (!isPlainObject(value)) return change(value);
  const entries = Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change)]);
  return Object.fromEntries(entries);
}

/** Whether it was written as `{ … }`, be it in another realm. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
