import { dtypeOf, type TensorData } from "../dtype.ts";
import { jobFor } from "../engine/engine.ts";
import { BASE, ownMachine, startMachine } from "../engine/wasm.ts";
import { Tensor } from "../tensor.ts";
import { type Entry, type GradientSlot, type OpEntry, type Tape, TraceError } from "../trace.ts";
import { alignedSize, layOut, type Region } from "./arena.ts";

/** Where a tensor lies: a view lies inside of another's region. */
interface Place {
  readonly region: Region;
  readonly offset: number;
}

/**
 * A recorded function with its memory laid out: run() goes down the list of operations and makes
 * nothing new. What outlives a call has a place of its own (arguments, parameters, optimizer
 * state, gradients, results); the rest share one stretch of memory, each from the operation that
 * makes it to the last that reads it.
 */
export class Plan {
  /** How many operations are run. */
  readonly calls: number;
  /** Bytes of the shared stretch, and what it would be if nothing were shared. */
  readonly arenaBytes: number;
  readonly unsharedBytes: number;

  private readonly steps: readonly (() => void)[];
  /** Each argument's place. */
  private readonly arguments: readonly (TensorData | undefined)[];
  private readonly results: readonly { view: TensorData; shape: readonly number[] }[];
  /** Tensors that were there before: brought in at first, and again if they have moved since. */
  private readonly outside: readonly { tensor: Tensor; view: TensorData }[];
  private readonly gradients: readonly (GradientSlot & {
    readonly beforeView: TensorData | undefined;
    /** Where the list writes the gradient. */
    readonly afterView: TensorData | undefined;
  })[];
  /** Modules that behave otherwise when they are trained, and how they were set. */
  private readonly modes: Tape["modes"];

  constructor(tape: Tape, args: readonly Tensor[], results: readonly Tensor[]) {
    const slots = [...tape.slots.values()];
    const kept = [...results, ...slots.flatMap(({ after }) => after ?? [])];
    const entries = withoutUnused(tape.entries, kept);
    const ops = entries.filter(isOp);
    const { places, lasting, passing, outside } = placeAll(entries, args, kept);
    refuseWrapped(tape.entries, outside);

    let end = BASE;
    for (const region of lasting) {
      region.address = end;
      end += alignedSize(region.bytes);
    }
    this.arenaBytes = layOut(passing, end);
    this.unsharedBytes = passing.reduce((sum, { bytes }) => sum + alignedSize(bytes), 0);
    end += this.arenaBytes;

    const starter = startMachine();
    const jobs = ops.map(({ definition, output, inputs, info, view }) =>
      (view && !definition.inPlace) || !starter
        ? undefined
        : jobFor(
            definition.name,
            output.storage,
            inputs.map((input) => input.storage),
            info,
          ),
    );
    const lists = jobs.map((job) => {
      const at = end;
      end += alignedSize(4 * (job?.constants?.length ?? 0));
      return at;
    });
    const scratch = end;
    const scratchBytes = jobs.map((job) => (starter && job?.scratch?.(starter)) ?? 0);
    const machine = ownMachine(scratch + Math.max(0, ...scratchBytes));
    const memory = machine?.buffer ?? new ArrayBuffer(scratch);
    jobs.forEach((job, i) => {
      if (job?.constants) machine?.integers(lists[i], job.constants.length).set(job.constants);
    });

    const address = (tensor: Tensor): number => {
      const { region, offset } = places.get(tensor)!;
      return region.address + offset;
    };
    const view = (tensor: Tensor): TensorData => {
      const { storage } = tensor;
      const View = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtypeOf(storage)];
      return new View(memory, address(tensor), storage.length);
    };
    const viewIfPlaced = (tensor: Tensor | null): TensorData | undefined =>
      tensor && places.has(tensor) ? view(tensor) : undefined;

    const jobOf = new Map(ops.map((op, i) => [op, { job: jobs[i], list: lists[i] }]));
    this.calls = ops.length;
    this.steps = entries.flatMap((entry): (() => void)[] => {
      if (!isOp(entry)) return [entry.effect];
      const { definition, info } = entry;
      const inputs = entry.inputs.map(view);
      const { check } = definition;
      const checked = check ? [() => check(inputs, info)] : [];
      const { job, list } = jobOf.get(entry)!;
      if (definition.inPlace && !job)
        return [...checked, () => definition.forward(inputs[0], inputs, info)];
      if (entry.view && !definition.inPlace) return checked;
      if (job && machine) {
        const from = entry.inputs.map(address);
        const to = address(entry.output);
        return [...checked, () => job.run(machine, from, to, scratch, list)];
      }
      const out = view(entry.output);
      return [
        ...checked,
        () => {
          out.fill(0);
          definition.forward(out, inputs, info);
        },
      ];
    });
    this.arguments = args.map(viewIfPlaced);
    this.results = results.map((result) => ({ view: view(result), shape: result.shape }));
    this.outside = outside.map((tensor) => ({ tensor, view: view(tensor) }));
    this.modes = tape.modes;
    this.gradients = slots.map((slot) => ({
      ...slot,
      beforeView: viewIfPlaced(slot.before),
      afterView: viewIfPlaced(slot.after),
    }));
  }

  /** Whether modules are set, and gradients there, as they were when this was recorded. */
  fits(): boolean {
    for (const [module, training] of this.modes) if (module.training !== training) return false;
    return this.gradients.every(
      ({ leaf, before, needed }) => !needed || leaf.hasGrad === (before !== null),
    );
  }

  /** Runs the list on arguments of the same shapes. The results are copies. */
  run(args: readonly Tensor[]): Tensor[] {
    for (const { tensor, view } of this.outside) {
      if (tensor.storage === view) continue;
      view.set(tensor.storage);
      tensor.storage = view;
    }
    args.forEach((arg, i) => {
      this.arguments[i]?.set(arg.storage);
    });
    for (const { leaf, before, needed, beforeView } of this.gradients)
      if (needed && beforeView && leaf.grad !== before) beforeView.set(leaf.grad.storage);
    for (const step of this.steps) step();
    for (const { leaf, after, afterView } of this.gradients) {
      if (after && afterView) after.storage = afterView;
      leaf.grad = after;
    }
    return this.results.map(({ view, shape }) => new Tensor(view.slice(), shape));
  }
}

function isOp(entry: Entry): entry is OpEntry {
  return "definition" in entry;
}

/** The entries that something depends on: what is kept, what is changed in place, effects. */
function withoutUnused(entries: readonly Entry[], kept: readonly Tensor[]): Entry[] {
  const needed = new Set(kept);
  return entries
    .toReversed()
    .filter((entry) => {
      if (!isOp(entry)) return true;
      if (!entry.definition.inPlace && !entry.definition.check && !needed.has(entry.output))
        return false;
      for (const input of entry.inputs) needed.add(input);
      return true;
    })
    .toReversed();
}

/** Gives every tensor a region, and each region the time in which it is needed. */
function placeAll(entries: readonly Entry[], args: readonly Tensor[], kept: readonly Tensor[]) {
  const ops = entries.filter(isOp);
  const results = new Set(ops.filter((op) => !op.definition.inPlace).map((op) => op.output));
  const used = [...ops.flatMap((op) => op.inputs), ...kept];
  const outside = [...new Set(used)].filter((tensor) => !results.has(tensor));
  const places = new Map<Tensor, Place>();
  const regions = placeOutside(outside, args, places);
  const made: Region[] = [];
  const use = (tensor: Tensor, now: number): void => {
    places.get(tensor)!.region.last = now;
  };
  entries.forEach((entry, now) => {
    if (!isOp(entry)) return;
    const { inputs, output, view, definition } = entry;
    for (const input of inputs) use(input, now);
    if (definition.inPlace) return;
    if (view) {
      const source = places.get(inputs[0])!;
      const offset = output.storage.byteOffset - inputs[0].storage.byteOffset;
      places.set(output, { region: source.region, offset: source.offset + offset });
    } else {
      const region = { bytes: output.storage.byteLength, first: now, last: now, address: 0 };
      made.push(region);
      places.set(output, { region, offset: 0 });
    }
  });
  for (const tensor of kept) use(tensor, entries.length);
  const lasts = (region: Region) => region.last === entries.length;
  return {
    places,
    lasting: [...regions, ...made.filter(lasts)],
    passing: made.filter((region) => !lasts(region)),
    outside: outside.filter((tensor) => !args.includes(tensor)),
  };
}

/** A tensor that shares its numbers with a result, but is not known to, would not follow it. */
function refuseWrapped(entries: readonly Entry[], outside: readonly Tensor[]): void {
  const made = new Set(
    entries.filter(isOp).flatMap((op) => (op.view ? [] : op.output.storage.buffer)),
  );
  if (outside.some((tensor) => made.has(tensor.storage.buffer)))
    throw new TraceError(
      "compile: a tensor was made around the numbers of another, not by an operation, and would stay as it is now\n" +
        "  hint: new Tensor(…) cannot be recorded; reshape(), slice() and detach() can",
    );
}

/** Arguments get a region each; other tensors that overlap in memory lie in one together, as before. */
function placeOutside(
  outside: readonly Tensor[],
  args: readonly Tensor[],
  places: Map<Tensor, Place>,
): Region[] {
  const region = (bytes: number): Region => ({ bytes, first: 0, last: 0, address: 0 });
  const regions: Region[] = [];
  for (const tensor of outside.filter((one) => args.includes(one))) {
    regions.push(region(tensor.storage.byteLength));
    places.set(tensor, { region: regions[regions.length - 1], offset: 0 });
  }
  const byBuffer = new Map<ArrayBufferLike, Tensor[]>();
  for (const tensor of outside.filter((one) => !args.includes(one))) {
    const { buffer } = tensor.storage;
    byBuffer.set(buffer, [...(byBuffer.get(buffer) ?? []), tensor]);
  }
  for (const tensors of byBuffer.values()) {
    tensors.sort((a, b) => a.storage.byteOffset - b.storage.byteOffset);
    let start = 0;
    let end = -1;
    for (const tensor of tensors) {
      const { byteOffset, byteLength } = tensor.storage;
      if (byteOffset >= end) {
        start = byteOffset;
        end = start;
        regions.push(region(0));
      }
      end = Math.max(end, byteOffset + byteLength);
      const current = regions[regions.length - 1];
      current.bytes = end - start;
      places.set(tensor, { region: current, offset: byteOffset - start });
    }
  }
  return regions;
}
