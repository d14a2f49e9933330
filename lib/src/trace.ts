import type { KernelInfo, OpDefinition } from "./op.ts";
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
  /** The gradient that was there in the end. */
  after: Tensor | null;
}

/** What a function did, in order. */
export interface Tape {
  readonly entries: Entry[];
  readonly slots: Map<Tensor, GradientSlot>;
  /** Modules that were asked whether they are being trained, and the answer. */
  readonly modes: Map<{ readonly training: boolean }, boolean>;
}

let tape: Tape | null = null;

/** Whether a function is being recorded at the moment. */
export function isTracing(): boolean {
  return tape !== null;
}

/** Runs a function and notes down every op and effect in it. */
export function recordTape<T>(run: () => T): { result: T; tape: Tape } {
  if (tape)
    throw new TraceError(
      "compile: a compiled function was called while another is being recorded\n  hint: compile only the outer one",
    );
  const own: Tape = { entries: [], slots: new Map(), modes: new Map() };
  tape = own;
  try {
    return { result: run(), tape: own };
  } finally {
    tape = null;
    // Nothing has been worked out yet: the gradients stay what they were.
    for (const slot of own.slots.values()) {
      slot.after = slot.leaf.hasGrad ? slot.leaf.grad : null;
      slot.leaf.grad = slot.before;
    }
  }
}

/** Notes an op down, if a function is being recorded. */
export function traceOp(entry: OpEntry): void {
  tape?.entries.push(entry);
}

/** Does something now, or, if a function is being recorded, each time that the record is run. */
export function effect(run: () => void): void {
  if (tape) tape.entries.push({ effect: run });
  else run();
}

/** Notes that a leaf's gradient is read or about to be changed. */
export function traceGradient(leaf: Tensor, before: Tensor | null, needed: boolean): void {
  if (tape && !tape.slots.has(leaf)) tape.slots.set(leaf, { leaf, before, needed, after: before });
}

/** Notes that a module was asked whether it is being trained. */
export function traceMode(module: { readonly training: boolean }, training: boolean): void {
  tape?.modes.set(module, training);
}

/** Refuses to show values that stand for those of every later call. */
export function refuseReading(): void {
  if (tape)
    throw new TraceError(
      "compile: the values of a tensor were read while the function is being recorded\n" +
        "  The function runs once, is noted down as a list of operations, and from then on only the list\n" +
        "  is run: what depends on a value read now would stay as it is today.\n" +
        "  hint: return the tensor and read it outside, or choose with where() instead of if",
    );
}

/** Refuses to draw a number that would be the same at every later call. */
export function refuseDrawing(): void {
  if (tape)
    throw new TraceError(
      "compile: a random number was drawn while the function is being recorded, and would stay as it is now\n" +
        "  hint: draw a tensor, which is drawn anew each time: rng.uniform([]) or rng.normal(shape)",
    );
}
