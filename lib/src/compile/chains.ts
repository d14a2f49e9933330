import type { Memory } from "../memory.ts";
import type { Tensor } from "../tensor.ts";
import type { Entry, OpEntry } from "../trace.ts";

/** Elementwise operations that are done together, block by block. */
export interface Chain {
  readonly members: readonly OpEntry[];
  /** Views of results, which take no work. */
  readonly views: readonly OpEntry[];
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

/**
 * A chain that may still grow. It is done as late as can be, when somebody needs one of its results;
 * after that, too, something may join it that needs nothing later.
 */
class Growing {
  readonly size: number;
  members: OpEntry[] = [];
  /** Views of its results. */
  views: OpEntry[] = [];
  /** Others, which may grow too, that have to be done before. */
  needs = new Set<Growing>();
  /** Its place in the list, once it has one. */
  place = -1;

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

/** An operation is not done earlier than this many others before its turn, lest its result fill memory. */
const EARLIER = 16;

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
  const items: (Entry | Growing)[] = [];
  const order = new Map<Entry, number>(entries.map((entry, i) => [entry, i]));
  const growing = new Set<Growing>();
  const makers = new Map<Memory, Growing>();
  /** At which place in the list numbers are there as they are now. */
  const readyAt = new Map<Memory, number>();
  const makerOf = ({ memory }: Tensor): Growing | undefined => makers.get(memory);
  const openMakerOf = (tensor: Tensor): Growing | undefined => {
    const maker = makerOf(tensor);
    return maker && growing.has(maker) ? maker : undefined;
  };

  const finish = (chain: Growing): void => {
    if (!growing.delete(chain)) return;
    for (const other of chain.needs) finish(other);
    chain.place = items.length;
    for (const { output } of chain.members) readyAt.set(output.memory, chain.place);
    items.push(chain);
  };
  /** What is read number by number, each in its own place. */
  const alongside = ({ inputs, output }: OpEntry): Tensor[] =>
    inputs.filter(({ size, memory }) => size === output.size && size === memory.data.length);

  const join = (op: OpEntry): void => {
    const beside = alongside(op);
    const needs = new Set(op.inputs.flatMap((input) => openMakerOf(input) ?? []));
    const hasRoom = (chain: Growing) =>
      chain.size === op.output.size &&
      chain.members.length < MOST &&
      op.inputs.every((input) => makerOf(input) !== chain || beside.includes(input));
    const early =
      needs.size === 0
        ? beside
            .flatMap((input) => makerOf(input) ?? [])
            .find(
              (chain) =>
                hasRoom(chain) &&
                order.get(op)! - order.get(chain.members.at(-1)!)! <= EARLIER &&
                op.inputs.every(({ memory }) => (readyAt.get(memory) ?? 0) <= chain.place),
            )
        : undefined;
    if (early) {
      early.members.push(op);
      makers.set(op.output.memory, early);
      readyAt.set(op.output.memory, early.place);
      return;
    }
    const shares = (chain: Growing) => beside.some(({ memory }) => chain.reads(memory));
    const fitting = [...growing]
      .reverse()
      .filter((chain) => (needs.has(chain) || shares(chain)) && hasRoom(chain))
      .toSorted((a, b) => Number(needs.has(b)) - Number(needs.has(a)));
    const before = (chain: Growing) => [...needs].filter((one) => one !== chain);
    const chain =
      fitting.find((one) => !before(one).some((other) => other.follows(one))) ??
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
      const { inPlace } = entry.definition;
      for (const input of entry.inputs) {
        const maker = openMakerOf(input);
        if (maker) finish(maker);
        if (inPlace) for (const chain of [...growing]) if (chain.reads(input.memory)) finish(chain);
      }
      for (const { memory } of inPlace ? entry.inputs : [entry.output])
        readyAt.set(memory, items.length);
      items.push(entry);
    }
  }
  for (const chain of [...growing]) finish(chain);

  const readers = new Map<Memory, OpEntry[]>();
  for (const entry of entries)
    if (isOp(entry) && (!isView(entry) || entry.definition.check))
      for (const { memory } of entry.inputs)
        readers.set(memory, [...(readers.get(memory) ?? []), entry]);
  const lasting = new Set(kept.map(({ memory }) => memory));
  return items.flatMap((item): readonly Item[] => {
    if (!(item instanceof Growing)) return [item];
    const { views } = item;
    const members = item.members.toSorted((a, b) => order.get(a)! - order.get(b)!);
    if (members.length === 1) return [...members, ...views];
    const own = new Set(members);
    const made = new Set(members.map(({ output }) => output.memory));
    const isRead = (memory: Memory) =>
      lasting.has(memory) || readers.get(memory)?.some((one) => !own.has(one));
    return [
      {
        members,
        views,
        inputs: members.flatMap(({ inputs }) => inputs.filter(({ memory }) => !made.has(memory))),
        outputs: members.map(({ output }) => output).filter(({ memory }) => isRead(memory)),
      },
    ];
  });
}
