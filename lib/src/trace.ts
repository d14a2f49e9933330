import type { TensorData } from "./dtype.ts";
import type { KernelInfo, OpDefinition } from "./op.ts";
import { Scoped } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

/** Thrown when a function that is being recorded does what cannot be recorded. */
export class TraceError extends Error {
  override readonly name: string = "TraceError";
}

/** An op that was done while a function was recorded. */
export interface OpEntry {
  // biome-ignore lint/suspicious/noExplicitAny: the attributes in `info` fit this definition
  readonly definition: OpDefinition<any>;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly info: KernelInfo<unknown>;
  /** Whether the output is part of the first input, not a copy. */
  readonly view: boolean;
}

/** Something else that has to happen each time, such as counting steps. */
export interface EffectEntry {
  readonly effect: () => void;
}

export type Entry = OpEntry | EffectEntry;

/** A leaf whose gradient a recorded function reads or changes. */
export interface GradientSlot {
  readonly leaf: Tensor;
  /** The gradient that was there before. */
  readonly before: Tensor | null;
  /** Whether that was read; if it was only overwritten, it does not matter. */
  readonly needed: boolean;
  /** What stood for it, if it was read, while the function was recorded. */
  readonly standIn: Tensor | null;
  /** The gradient that was there in the end. */
  after: Tensor | null;
}

/** What a function did, in order. */
export interface Tape {
  readonly entries: Entry[];
  readonly slots: Map<Tensor, GradientSlot>;
  /** What was asked about things outside, at first, and what the answer was. */
  readonly facts: Map<object, Fact>;
}

/** Something that a record was made by, and may change. */
export interface Fact {
  readonly ask: () => unknown;
  readonly answer: unknown;
}

const tape = new Scoped<Tape | null>(null);

/** Whether a function is being recorded at the moment. */
export function isTracing(): boolean {
  return tape.value !== null;
}

/**
 * Runs a function and notes down every op and effect in it; the tape is there for `use`. `given`
 * stand for arguments. Afterward none of the tensors on the tape can be read any more: they have
 * never had numbers.
 */
export function recordTape<T, U>(
  given: readonly Tensor[],
  run: () => T,
  use: (result: T, tape: Tape) => U,
): U {
  if (tape.value)
    throw new TraceError(
      "compile: a compiled function was called while another is being recorded\n  hint: compile only the outer one",
    );
  const own: Tape = { entries: [], slots: new Map(), facts: new Map() };
  const slots = () => [...own.slots.values()];
  try {
    let result: T;
    try {
      result = tape.with(own, run);
    } finally {
      // Nothing has been worked out yet: the gradients stay what they were.
      for (const slot of slots()) {
        slot.after = slot.leaf.gradient;
        slot.leaf.gradient = slot.before;
      }
    }
    return use(result, own);
  } finally {
    const made = own.entries.flatMap((one) => ("output" in one && !one.view ? one.output : []));
    const standIns = slots().flatMap(({ standIn }) => standIn ?? []);
    for (const { memory } of [...given, ...standIns, ...made]) memory.data = neverThere;
  }
}

/** In the place of numbers that have never been worked out. */
const neverThere: TensorData = new Proxy(new Float32Array(0), {
  get() {
    throw new TraceError(
      "compile: a tensor was used that was made while a function was recorded, and has no numbers\n" +
        "  The function runs once, is noted down as a list of operations, and only the list is worked out.\n" +
        "  hint: return the tensor from the function, instead of keeping it somewhere",
    );
  },
});

/** Notes an op down, if a function is being recorded. */
export function traceOp(entry: OpEntry): void {
  tape.value?.entries.push(entry);
}

/** Does something now, or, if a function is being recorded, each time that the record is run. */
export function effect(run: () => void): void {
  if (tape.value) tape.value.entries.push({ effect: run });
  else run();
}

/** Notes that a leaf's gradient is read or about to be changed. */
export function traceGradient(leaf: Tensor, before: Tensor | null, needed: boolean): void {
  const slots = tape.value?.slots;
  if (!slots || slots.has(leaf)) return;
  const standIn = needed && before ? before.newTensor(before.storage, before.shape) : null;
  slots.set(leaf, { leaf, before, needed, standIn, after: null });
  if (standIn) leaf.gradient = standIn;
}

/** Notes that something outside was asked for what may change: then the record holds no longer. */
export function traceFact(owner: object, ask: () => unknown): void {
  const facts = tape.value?.facts;
  if (facts && !facts.has(owner)) facts.set(owner, { ask, answer: ask() });
}

/** Refuses to show values that stand for those of every later call. */
export function refuseReading(): void {
  if (tape.value)
    throw new TraceError(
      "compile: the values of a tensor were read while the function is being recorded\n" +
        "  The function runs once, is noted down as a list of operations, and from then on only the list\n" +
        "  is run: what depends on a value read now would stay as it is today.\n" +
        "  hint: return the tensor and read it outside, or choose with where() instead of if",
    );
}

/** Refuses to draw a number that would be the same at every later call. */
export function refuseDrawing(): void {
  if (tape.value)
    throw new TraceError(
      "compile: a random number was drawn while the function is being recorded, and would stay as it is now\n" +
        "  hint: draw a tensor, which is drawn anew each time: rng.uniform([]) or rng.normal(shape)",
    );
}
