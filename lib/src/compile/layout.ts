import { alignedScratch, jobFor } from "../engine/engine.ts";
import type { Job } from "../engine/jobs/job.ts";
import { aligned, BASE, type Machine } from "../engine/wasm.ts";
import type { Memory } from "../memory.ts";
import type { Tensor } from "../tensor.ts";
import type { Entry, OpEntry } from "../trace.ts";
import { layOut, type Region } from "./arena.ts";
import { formChains, type Item, isChain, isOp, isView } from "./chains.ts";
import { chainJob } from "./program.ts";

/** What is done in which order, by which kernels, and where all numbers lie. */
export interface Layout {
  readonly items: readonly Item[];
  /** How each item is done; undefined by the plain kernel. */
  readonly jobs: readonly (Job | undefined)[];
  /** Where the constants of each job lie. */
  readonly lists: readonly number[];
  /** Where scratch begins, and how much of it each thread needs for each job. */
  readonly scratch: number;
  readonly scratchBytes: readonly number[];
  /** Bytes of everything. */
  readonly bytes: number;
  /** Bytes that are shared by what lives only for a while, and what they would be otherwise. */
  readonly arenaBytes: number;
  readonly unsharedBytes: number;
  /** What was there before any entry. */
  readonly found: readonly Tensor[];
  /** Where numbers lie; those that never leave the cache, and those that nobody reads, nowhere. */
  addressOf(memory: Memory): number | undefined;
}

/** Lays out a list of entries, for a machine with kernels, or for none. */
export function layOutEntries(
  entries: readonly Entry[],
  kept: readonly Tensor[],
  machine: Machine | null,
): Layout {
  const jobOf = new Map<Item, Job | undefined>();
  if (machine)
    for (const entry of entries)
      if (isOp(entry) && !isView(entry)) jobOf.set(entry, jobOfOp(entry));
  const pointwiseOf = (op: OpEntry) => jobOf.get(op)?.pointwise;
  const isPointwise = (op: OpEntry) => pointwiseOf(op) !== undefined;
  const items = formChains(entries, isPointwise, kept);
  const found = findAll(entries, kept);
  const { regions, lasting, passing } = placeAll(items, kept, found, isPointwise);
  let end = BASE;
  for (const region of lasting) {
    region.address = end;
    end += aligned(region.bytes);
  }
  const arenaBytes = layOut(passing, end);
  end += arenaBytes;
  const addressOf = (memory: Memory) => regions.get(memory)?.address;
  const numbersAt = ({ memory, start, storage }: Tensor) =>
    regions.get(memory)!.address + start * storage.BYTES_PER_ELEMENT;
  for (const item of items)
    if (isChain(item))
      jobOf.set(
        item,
        chainJob(item, (op) => jobOf.get(op)!, numbersAt),
      );
  const jobs = items.map((item) => jobOf.get(item));
  const lists = jobs.map((job) => {
    const at = end;
    end += aligned(4 * (job?.constants?.length ?? 0));
    return at;
  });
  const scratchBytes = jobs.map((job) => (machine ? alignedScratch(job, machine) : 0));
  return {
    items,
    jobs,
    lists,
    scratch: end,
    scratchBytes,
    bytes: end + (machine?.threads ?? 0) * Math.max(0, ...scratchBytes),
    arenaBytes,
    unsharedBytes: passing.reduce((sum, { bytes }) => sum + aligned(bytes), 0),
    found,
    addressOf,
  };
}

function jobOfOp({ definition, inputs, output, info }: OpEntry): Job | undefined {
  const data = inputs.map((input) => input.storage);
  return jobFor(definition.name, output.dtype, data, info, true, true);
}

/** Tensors that are used, or kept, and made by no entry. */
function findAll(entries: readonly Entry[], kept: readonly Tensor[]): Tensor[] {
  const ops = entries.filter(isOp);
  const made = new Set(ops.flatMap(({ definition, output }) => (definition.inPlace ? [] : output)));
  const used = new Set([...ops.flatMap(({ inputs }) => inputs), ...kept]);
  return [...used].filter((tensor) => !made.has(tensor));
}

/**
 * Gives all numbers a region, a view that of what it is a part of, and each region the time in
 * which it is needed. What lasts is what was `found` there before, and what is kept.
 */
function placeAll(
  items: readonly Item[],
  kept: readonly Tensor[],
  found: readonly Tensor[],
  isPointwise: (op: OpEntry) => boolean,
) {
  const regions = new Map<Memory, Region>();
  const place = ({ memory }: Tensor, first: number, last: number): void => {
    const region = regions.get(memory);
    if (region) region.last = Math.max(region.last, last);
    else regions.set(memory, { bytes: memory.data.byteLength, first, last, address: 0 });
  };
  for (const tensor of [...found, ...kept]) place(tensor, 0, items.length);
  items.forEach((item, now) => {
    if (isChain(item)) for (const one of [...item.inputs, ...item.outputs]) place(one, now, now);
    else if (isOp(item) && !(isView(item) && !item.definition.check))
      for (const one of [...item.inputs, item.output]) place(one, now, now);
  });
  const lasts = ({ last }: Region) => last === items.length;
  items.forEach((item, now) => {
    if (isChain(item)) takePlaces(item.members, item.outputs, regions, now, items.length);
    else if (isOp(item) && isPointwise(item))
      takePlaces([item], [item.output], regions, now, items.length);
  });
  const all = [...new Set(regions.values())];
  return {
    regions,
    lasting: all.filter(lasts),
    passing: all.filter((region) => !lasts(region)),
  };
}

/**
 * A result takes the place of what is read for the last time, number by number, before it is
 * written: of that what lies in cache already.
 */
function takePlaces(
  members: readonly OpEntry[],
  outputs: readonly Tensor[],
  regions: Map<Memory, Region>,
  now: number,
  end: number,
): void {
  const taken = new Set<Region>();
  for (const { memory } of outputs) {
    const region = regions.get(memory)!;
    const writer = members.findIndex(({ output }) => output.memory === memory);
    if (region.first !== now || region.last === end) continue;
    const free = members.slice(0, writer + 1).flatMap(({ inputs }) =>
      inputs.flatMap((input) => {
        const old = regions.get(input.memory);
        const fits =
          old &&
          !taken.has(old) &&
          old.first < now &&
          old.last === now &&
          old.bytes === region.bytes &&
          members.every(
            (op, i) =>
              !op.inputs.some((one) => one.memory === input.memory) ||
              (i <= writer &&
                op.inputs.every(
                  (one) => one.memory !== input.memory || one.size === op.output.size,
                )),
          );
        return fits ? old : [];
      }),
    );
    const [old] = free;
    if (!old) continue;
    taken.add(old);
    old.last = region.last;
    taken.add(region);
    regions.set(memory, old);
  }
}
