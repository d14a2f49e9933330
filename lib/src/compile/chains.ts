import type { Memory } from "../memory.ts";
import type { Tensor } from "../tensor.ts";
import type { Entry, OpEntry } from "../trace.ts";

/** Elementwise operations that are done together, block by block. */
export interface Chain {
  readonly members: readonly OpEntry[];
  /** What comes from elsewhere. */
  readonly inputs: readonly Tensor[];
  /** What is read elsewhere; the rest never leaves the cache. */
  readonly outputs: readonly Tensor[];
}

/** What is done at once. */
export type Item = Entry | Chain;

export function isOp(item: Item): item is OpEntry {
  return "definition" in item;
}

export function isChain(item: Item): item is Chain {
  return "members" in item;
}

/** Whether it makes nothing: its result is a part of its first input. */
export function isView({ view, definition }: OpEntry): boolean {
  return view && !definition.inPlace;
}

/** More than this are not done together: their blocks would not fit in the cache. */
const MOST = 32;

/** A chain that may still grow. It is done as late as can be: when somebody needs one of its results. */
class Growing {
  readonly size: number;
  members: OpEntry[] = [];
  /** Views of its results. */
  views: OpEntry[] = [];
  /** Others, which may grow too, that have to be done before. */
  needs = new Set<Growing>();

  constructor(size: number) {
    this.size = size;
  }

  /** Whether `other` has to be done before this, or is this. */
  follows(other: Growing): boolean {
    return this === other || [...this.needs].some((one) => one.follows(other));
  }

  reads(memory: Memory): boolean {
    return this.members.some(({ inputs }) => inputs.some((input) => input.memory === memory));
  }
}

/**
 * Takes elementwise operations of the same size together that work on the same numbers: what one
 * makes another reads, or both read the same. Everything else stays in order. Nothing is read
 * before it is made, or after it is changed in place.
 */
export function formChains(
  entries: readonly Entry[],
  isPointwise: (op: OpEntry) => boolean,
  kept: readonly Tensor[],
): Item[] {
  const items: Item[] = [];
  const order = new Map(entries.map((entry, i) => [entry, i]));
  const readers = new Map<Memory, OpEntry[]>();
  for (const entry of entries)
    if (isOp(entry) && (!isView(entry) || entry.definition.check))
      for (const { memory } of entry.inputs)
        readers.set(memory, [...(readers.get(memory) ?? []), entry]);
  const lasting = new Set(kept.map(({ memory }) => memory));
  const growing = new Set<Growing>();
  const makers = new Map<Memory, Growing>();
  const makerOf = ({ memory }: Tensor): Growing | undefined => {
    const maker = makers.get(memory);
    return maker && growing.has(maker) ? maker : undefined;
  };

  const finish = (chain: Growing): void => {
    if (!growing.delete(chain)) return;
    for (const other of chain.needs) finish(other);
    const members = chain.members.toSorted((a, b) => order.get(a)! - order.get(b)!);
    items.push(members.length === 1 ? members[0] : asChain(members), ...chain.views);
  };
  const asChain = (members: readonly OpEntry[]): Chain => {
    const own = new Set(members);
    const made = new Set(members.map(({ output }) => output.memory));
    return {
      members,
      inputs: members.flatMap(({ inputs }) => inputs.filter(({ memory }) => !made.has(memory))),
      outputs: members
        .map(({ output }) => output)
        .filter(
          ({ memory }) => lasting.has(memory) || readers.get(memory)?.some((one) => !own.has(one)),
        ),
    };
  };
  /** What is read number by number, each in its own place. */
  const alongside = ({ inputs, output }: OpEntry): Tensor[] =>
    inputs.filter(({ size, memory }) => size === output.size && size === memory.data.length);

  const join = (op: OpEntry): void => {
    const needs = new Set(op.inputs.flatMap((input) => makerOf(input) ?? []));
    const beside = alongside(op);
    const sameSize = (chain: Growing) =>
      chain.size === op.output.size &&
      op.inputs.every((input) => makerOf(input) !== chain || beside.includes(input));
    const shares = (chain: Growing) => beside.some(({ memory }) => chain.reads(memory));
    const fitting = [...growing]
      .reverse()
      .filter(
        (chain) =>
          (needs.has(chain) || shares(chain)) && sameSize(chain) && chain.members.length < MOST,
      );
    const before = (chain: Growing) => [...needs].filter((one) => one !== chain);
    const chain =
      fitting
        .toSorted((a, b) => Number(needs.has(b)) - Number(needs.has(a)))
        .find((one) => !before(one).some((other) => other.follows(one))) ??
      new Growing(op.output.size);
    growing.add(chain);
    makers.set(op.output.memory, chain);
    chain.members.push(op);
    for (const other of before(chain)) chain.needs.add(other);
    for (const other of fitting) if (needs.has(other) && other !== chain) merge(chain, other);
  };
  /** Takes another chain in that is needed, unless a third has to be done between them. */
  const merge = (chain: Growing, other: Growing): void => {
    if (!chain.needs.has(other) || chain.members.length + other.members.length > MOST) return;
    if ([...chain.needs].some((one) => one !== other && one.follows(other))) return;
    growing.delete(other);
    chain.members.push(...other.members);
    chain.views.push(...other.views);
    for (const { output } of other.members) makers.set(output.memory, chain);
    for (const one of other.needs) chain.needs.add(one);
    chain.needs.delete(other);
    for (const one of growing) if (one.needs.delete(other)) one.needs.add(chain);
  };

  for (const entry of entries) {
    if (!isOp(entry)) items.push(entry);
    else if (isView(entry) && !entry.definition.check) {
      const maker = makerOf(entry.inputs[0]);
      if (maker) maker.views.push(entry);
      else items.push(entry);
    } else if (isPointwise(entry)) join(entry);
    else {
      for (const input of entry.inputs) {
        const maker = makerOf(input);
        if (maker) finish(maker);
        if (!entry.definition.inPlace) continue;
        for (const chain of [...growing]) if (chain.reads(input.memory)) finish(chain);
      }
      items.push(entry);
    }
  }
  for (const chain of [...growing]) finish(chain);
  return items;
}
