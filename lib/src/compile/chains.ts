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
  const former = new Former(entries);
  for (const entry of entries) {
    if (isOp(entry) && isPointwise(entry)) former.join(entry);
    else former.putDown(entry);
  }
  const order = former.end();

  const readers = new Map<Memory, OpEntry[]>();
  for (const entry of entries)
    if (isOp(entry) && (!isView(entry) || entry.definition.check))
      for (const { memory } of entry.inputs)
        readers.set(memory, [...(readers.get(memory) ?? []), entry]);
  const lasting = new Set(kept.map(({ memory }) => memory));
  return order.flatMap((item): readonly Item[] => {
    if (!(item instanceof Growing)) return [item];
    const { members, views } = item;
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

  /** Whether `other`, which has no place yet, has to be done before this, or is this. */
  follows(other: Growing): boolean {
    return this === other || (this.place < 0 && [...this.needs].some((one) => one.follows(other)));
  }

  reads(memory: Memory): boolean {
    return this.members.some(({ inputs }) => inputs.some((input) => input.memory === memory));
  }
}

/** Goes down a list of entries, and makes another of chains and of what is in none. */
class Former {
  private readonly items: (Entry | Growing)[] = [];
  /** Those that have no place yet. */
  private readonly growing = new Set<Growing>();
  private readonly makers = new Map<Memory, Growing>();
  /** What some entry makes; the rest was there before. */
  private readonly made = new Set<Memory>();
  /** At which place in the new list numbers are there as they are now. */
  private readonly readyAt = new Map<Memory, number>();
  /** The place of the last effect: it may have changed any numbers that no entry makes. */
  private lastEffect = 0;
  private readonly turn: ReadonlyMap<Entry, number>;

  constructor(entries: readonly Entry[]) {
    this.turn = new Map(entries.map((entry, i) => [entry, i]));
  }

  /** The new list. */
  end(): readonly (Entry | Growing)[] {
    for (const chain of [...this.growing]) this.finish(chain);
    for (const item of this.items)
      if (item instanceof Growing)
        item.members.sort((a, b) => this.turn.get(a)! - this.turn.get(b)!);
    return this.items;
  }

  /** What is in no chain comes after all that it needs, and after all that read what it changes. */
  putDown(entry: Entry): void {
    if (!isOp(entry)) {
      for (const chain of [...this.growing])
        if (chain.members.some(({ inputs }) => inputs.some(({ memory }) => !this.made.has(memory))))
          this.finish(chain);
      this.lastEffect = this.items.length;
    } else if (isView(entry) && !entry.definition.check) {
      const maker = this.makers.get(entry.inputs[0].memory);
      if (maker) {
        maker.views.push(entry);
        return;
      }
    } else {
      const { inPlace } = entry.definition;
      for (const { memory } of entry.inputs) {
        const maker = this.makers.get(memory);
        if (maker) this.finish(maker);
        if (!inPlace) continue;
        for (const chain of [...this.growing]) if (chain.reads(memory)) this.finish(chain);
      }
      for (const { memory } of inPlace ? entry.inputs : [entry.output])
        this.readyAt.set(memory, this.items.length);
      if (!entry.view) this.made.add(entry.output.memory);
    }
    this.items.push(entry);
  }

  /** An operation joins the chain that makes what it reads, or reads the same, or begins one. */
  join(op: OpEntry): void {
    const { makers, growing } = this;
    /** What is read number by number, each in its own place. */
    const alongside = op.inputs.filter(
      ({ size, memory }) => size === op.output.size && size === memory.data.length,
    );
    const hasRoom = (chain: Growing) =>
      chain.size === op.output.size &&
      chain.members.length < MOST &&
      op.inputs.every((input) => makers.get(input.memory) !== chain || alongside.includes(input));
    const allMakers = op.inputs.flatMap(({ memory }) => makers.get(memory) ?? []);
    const needs = new Set(allMakers.filter((maker) => growing.has(maker)));
    const early = needs.size === 0 && allMakers.find((one) => hasRoom(one) && this.fits(op, one));
    if (early) {
      this.add(op, early);
      this.readyAt.set(op.output.memory, early.place);
      return;
    }
    const shares = (chain: Growing) => alongside.some(({ memory }) => chain.reads(memory));
    const fitting = [...growing]
      .reverse()
      .filter((chain) => (needs.has(chain) || shares(chain)) && hasRoom(chain))
      .sort((a, b) => Number(needs.has(b)) - Number(needs.has(a)));
    const others = (chain: Growing) => [...needs].filter((one) => one !== chain);
    const chain =
      fitting.find((one) => !others(one).some((other) => other.follows(one))) ??
      new Growing(op.output.size);
    growing.add(chain);
    this.add(op, chain);
    for (const other of others(chain)) chain.needs.add(other);
    for (const other of fitting) if (chain.needs.has(other)) this.merge(chain, other);
  }

  private add(op: OpEntry, chain: Growing): void {
    chain.members.push(op);
    this.makers.set(op.output.memory, chain);
    this.made.add(op.output.memory);
  }

  /** Whether an operation may join a chain that has its place, before its own turn. */
  private fits(op: OpEntry, { members, place }: Growing): boolean {
    const readyAt = ({ memory }: Tensor) =>
      Math.max(this.readyAt.get(memory) ?? 0, this.made.has(memory) ? 0 : this.lastEffect);
    return (
      this.turn.get(op)! - this.turn.get(members[members.length - 1])! <= EARLIER &&
      op.inputs.every((input) => readyAt(input) <= place)
    );
  }

  /** Takes another chain in that is needed, unless a third has to be done between them. */
  private merge(chain: Growing, other: Growing): void {
    if (chain.members.length + other.members.length > MOST) return;
    if ([...chain.needs].some((one) => one !== other && one.follows(other))) return;
    this.growing.delete(other);
    for (const op of other.members) this.add(op, chain);
    chain.views.push(...other.views);
    for (const one of other.needs) chain.needs.add(one);
    chain.needs.delete(other);
    for (const one of this.growing) if (one.needs.delete(other)) one.needs.add(chain);
  }

  /** Gives a chain its place. */
  private finish(chain: Growing): void {
    if (!this.growing.delete(chain)) return;
    for (const other of chain.needs) this.finish(other);
    chain.place = this.items.length;
    for (const { output } of chain.members) this.readyAt.set(output.memory, chain.place);
    this.items.push(chain);
  }
}
