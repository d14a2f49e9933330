import { ARRAYS, dtypeOf, type TensorData } from "../dtype.ts";
import { engine } from "../engine/engine.ts";
import { dropMachine } from "../engine/threads.ts";
import { type Machine, noteTooLarge, ownMachine, startMachine } from "../engine/wasm.ts";
import type { Memory } from "../memory.ts";
import { Tensor } from "../tensor.ts";
import { type Entry, type Fact, type Tape, TraceError } from "../trace.ts";
import { type Item, isChain, isOp, isView } from "./chains.ts";
import { layOutEntries } from "./layout.ts";

/** What becomes of a leaf's gradient. */
interface PlannedGradient {
  readonly leaf: Tensor;
  /** Whether one has to be there before; undefined where it does not matter. */
  readonly before: boolean | undefined;
  /** Where the list reads that. */
  readonly from: TensorData | undefined;
  /** What is there afterward: a tensor from outside, what lies in this view, or the same as before. */
  readonly after: Tensor | TensorData | null | "same";
}

const NO_MEMORY = "the others got no memory";

/**
 * A recorded function with its memory laid out: run() goes down the list of operations and makes
 * nothing new. What outlives a call has a place of its own (arguments, parameters, optimizer
 * state, gradients, results); the rest share one stretch of memory, each from the operation that
 * makes it to the last that reads it.
 */
export class Plan {
  /** What is done, in order. */
  readonly items: readonly Item[];
  /** Whether each is done by a fast kernel. */
  readonly isFast: readonly boolean[];
  /** Why none is, if there is a reason for all. */
  readonly whyPlain: string | undefined;
  /** Bytes of the shared stretch, and what it would be if nothing were shared. */
  readonly arenaBytes: number;
  readonly unsharedBytes: number;

  private readonly machine: Machine | null;
  private readonly steps: readonly (() => void)[];
  /** Each argument's place, if it is used, and whether it is changed there. */
  private readonly arguments: readonly { view: TensorData | undefined; changed: boolean }[];
  private readonly results: readonly { view: TensorData; shape: readonly number[] }[];
  /** What was there before: brought in at first, and again if it has moved since. */
  private readonly outside: readonly { memory: Memory; view: TensorData }[];
  /** What is changed in place. */
  private readonly changed: ReadonlySet<Memory>;
  private readonly gradients: readonly PlannedGradient[];
  private readonly facts: readonly Fact[];

  /** @param args The tensors that stood for the arguments. */
  constructor(tape: Tape, args: readonly Tensor[], results: readonly Tensor[]) {
    const slots = [...tape.slots.values()];
    const kept = [...results, ...slots.flatMap(({ after }) => after ?? [])];
    const entries = withoutUnused(tape.entries, kept);
    const ops = entries.filter(isOp);
    const given = new Set([...args, ...slots.map(({ standIn }) => standIn)]);
    const starter = startMachine();
    let layout = layOutEntries(entries, kept, starter);
    const machine = starter && ownMachine(layout.bytes);
    this.machine = machine;
    // Where the kernels get no memory, the plain ones do all the work.
    if (starter && !machine) {
      noteTooLarge(layout.bytes);
      layout = layOutEntries(entries, kept, null);
    }
    const { items, jobs, lists, scratch, scratchBytes, found, addressOf } = layout;
    const buffer = machine?.buffer ?? plainMemory(layout.bytes);
    this.items = items;
    this.isFast = jobs.map((job) => job !== undefined);
    const { name, detail } = engine();
    this.whyPlain = name === "reference" ? detail : machine ? undefined : NO_MEMORY;
    this.arenaBytes = layout.arenaBytes;
    this.unsharedBytes = layout.unsharedBytes;
    const captured = found.filter((tensor) => !given.has(tensor));
    const outside = new Set(captured.map(({ memory }) => memory));
    this.changed = new Set(
      ops.flatMap(({ definition, output }) => (definition.inPlace ? output.memory : [])),
    );
    refuseWrapped(tape.entries, outside, this.changed);
    jobs.forEach((job, i) => {
      if (job?.constants) machine?.view("int32", lists[i], job.constants.length).set(job.constants);
    });

    const viewAt = (like: TensorData, address: number): TensorData => {
      return new ARRAYS[dtypeOf(like)](buffer, address, like.length);
    };
    const address = ({ memory, start, storage }: Tensor): number =>
      addressOf(memory)! + start * storage.BYTES_PER_ELEMENT;
    const view = (tensor: Tensor): TensorData => viewAt(tensor.storage, address(tensor));
    const viewIfPlaced = (tensor: Tensor | null): TensorData | undefined =>
      tensor && addressOf(tensor.memory) !== undefined ? view(tensor) : undefined;

    this.steps = items.flatMap((item, i): readonly (() => void)[] => {
      if ("effect" in item) return [item.effect];
      const [job, constants, bytes] = [jobs[i], lists[i], scratchBytes[i]];
      if (isChain(item)) {
        const stages = job!.calls({ inputs: [], out: 0, constants }, machine!.parts);
        return machine!.prepare(stages, scratch, bytes);
      }
      const { definition, info } = item;
      if (isView(item) && !definition.check) return [];
      const inputs = item.inputs.map(view);
      const { check } = definition;
      const checked = check ? [() => check(inputs, info)] : [];
      if (isView(item)) return checked;
      if (job && machine) {
        const at = { inputs: item.inputs.map(address), out: address(item.output), constants };
        if (job.live)
          return [...checked, () => machine.run(job.calls(at, machine.parts), scratch, bytes)];
        const stages = job.calls(at, machine.parts);
        return [...checked, ...machine.prepare(stages, scratch, bytes)];
      }
      if (definition.inPlace)
        return [...checked, () => definition.forward(inputs[0], inputs, info)];
      const out = view(item.output);
      return [
        ...checked,
        () => {
          out.fill(0);
          definition.forward(out, inputs, info);
        },
      ];
    });
    this.arguments = args.map((arg) => ({
      view: viewIfPlaced(arg),
      changed: this.changed.has(arg.memory),
    }));
    this.results = results.map((result) => ({ view: view(result), shape: result.shape }));
    this.outside = [...outside].map((memory) => ({
      memory,
      view: viewAt(memory.data, addressOf(memory)!),
    }));
    this.gradients = slots.map(({ leaf, before, needed, standIn, after }) => ({
      leaf,
      before: needed ? before !== null : undefined,
      from: viewIfPlaced(standIn),
      after: !after || outside.has(after.memory) ? after : after === standIn ? "same" : view(after),
    }));
    this.facts = [
      ...tape.facts.values(),
      ...captured.map((tensor) => {
        const ask = () => tensor.requiresGrad;
        return { ask, answer: ask() };
      }),
    ];
  }

  /** Whether things outside are, and gradients there, as they were when this was recorded. */
  fits(): boolean {
    return (
      this.facts.every(({ ask, answer }) => Object.is(ask(), answer)) &&
      this.gradients.every(({ leaf, before }) => before === undefined || leaf.hasGrad === before)
    );
  }

  /** Has threads let go of its memory, since it will not be run any more. */
  forget(): void {
    if (this.machine) dropMachine(this.machine.id);
  }

  /** Runs the list on arguments of the same shapes. The results are copies. */
  run(args: readonly Tensor[]): Tensor[] {
    this.refuseShared(args);
    for (const { memory, view } of this.outside) {
      if (memory.data === view) continue;
      view.set(memory.data);
      memory.data = view;
    }
    args.forEach((arg, i) => {
      this.arguments[i].view?.set(arg.storage);
    });
    for (const { leaf, from } of this.gradients) from?.set(leaf.gradient!.storage);
    for (const memory of this.changed) memory.changed();
    for (const step of this.steps) step();
    args.forEach((arg, i) => {
      const { view, changed } = this.arguments[i];
      if (!view || !changed) return;
      arg.storage.set(view);
      arg.memory.changed();
    });
    for (const { leaf, after } of this.gradients)
      if (after !== "same") leaf.gradient = ArrayBuffer.isView(after) ? lent(after, leaf) : after;
    return this.results.map(({ view, shape }) => new Tensor(view.slice(), shape));
  }

  /** An argument is copied in: it would not see that its numbers are changed elsewhere. */
  private refuseShared(args: readonly Tensor[]): void {
    args.forEach(({ memory }, i) => {
      const other = args.findIndex((arg, j) => j !== i && arg.memory === memory);
      if (this.changed.has(memory) || (other >= 0 && this.arguments[other].changed))
        throw new TraceError(
          `compile: tensor ${i} of the arguments shares its numbers with one that the function changes in place\n  hint: pass a copy: clone()`,
        );
    });
  }
}

/** A gradient that the next run overwrites, unless someone looks at it before. */
function lent(data: TensorData, { shape }: Tensor): Tensor {
  const gradient = new Tensor(data, shape);
  gradient.memory.lent = true;
  return gradient;
}

function plainMemory(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    throw new RangeError(
      `compile: this takes ${Math.ceil(bytes / 1e6)} MB of memory in one piece, and there is no such piece\n  hint: a smaller batch`,
    );
  }
}

/** The entries that something depends on: what is kept, what is changed in place, effects. */
function withoutUnused(entries: readonly Entry[], kept: readonly Tensor[]): Entry[] {
  const needed = new Set(kept);
  return entries
    .toReversed()
    .filter((entry) => {
      if (!isOp(entry)) return true;
      const { inPlace, check, draws } = entry.definition;
      if (!inPlace && !check && !draws && !needed.has(entry.output)) return false;
      for (const input of entry.inputs) needed.add(input);
      return true;
    })
    .toReversed();
}

/** A tensor that shares its numbers with what is written, but is not known to, would not follow it. */
function refuseWrapped(
  entries: readonly Entry[],
  outside: ReadonlySet<Memory>,
  changed: ReadonlySet<Memory>,
): void {
  const made = entries.filter(isOp).map(({ output }) => output.memory);
  const written = new Map<ArrayBufferLike, Set<Memory>>();
  for (const memory of [...made.filter((one) => !outside.has(one)), ...changed]) {
    const { buffer } = memory.data;
    written.set(buffer, (written.get(buffer) ?? new Set()).add(memory));
  }
  for (const memory of outside)
    for (const other of written.get(memory.data.buffer) ?? [])
      if (other !== memory && overlap(memory.data, other.data))
        throw new TraceError(
          "compile: a tensor was made around the numbers of another, not by an operation, and would stay as it is now\n" +
            "  hint: new Tensor(…) cannot be recorded; reshape(), slice() and detach() can",
        );
}

function overlap(a: TensorData, b: TensorData): boolean {
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
