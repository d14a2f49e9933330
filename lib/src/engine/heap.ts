import type { DType, TensorData } from "../dtype.ts";
import { type Memory, noteBorrowed } from "../memory.ts";
import { garbageCollector } from "./collector.ts";
import type { Room } from "./room.ts";
import { dropMachine, threads } from "./threads.ts";
import { aligned, BASE, growingMachine, type Machine, machineOf, noteOwner } from "./wasm.ts";

/** How large a heap is at first, in bytes. */
const FIRST = 2 ** 27;
/** Up to so many bytes it grows to save time. */
const LARGE = 2 ** 28;
/** Above so many, one that stays nearly empty makes way for a new one. */
const HUGE = 2 ** 30;
/** What was taken lately counts for so much at the next collection: between two steps little is. */
const MEMORY = 7 / 8;
/** The share of the time that may go into collecting garbage; in a notebook much else is searched too. */
const SHARE = 1 / 20;
/** Results of fewer bytes are copied out: they would only make the heap's list long. */
const SMALL = 2 ** 12;

/** A stretch of the heap that a result lies in, and what tells whether anybody still has it. */
interface Slot {
  readonly from: number;
  readonly to: number;
  readonly data: WeakRef<TensorData>;
}

/**
 * Where results of single operations stay in the kernels' memory, so that the next operation finds
 * them there and nothing is copied in and out. JavaScript does not say when a tensor is gone; so
 * when the heap is full, garbage is collected, and what was not found by then is free. It can be
 * had only where a program may ask for that, in Node.
 */
export class Heap implements Room {
  readonly machine: Machine;
  private readonly collectGarbage: () => void;
  private slots: Slot[] = [];
  /** Free stretches, in the order of addresses; those before the current one are too small or used up. */
  private gaps: { from: number; to: number }[];
  private current = 0;
  private end: number;
  /** The most bytes that were taken at recent collections. */
  private lately = 0;
  /** When garbage was last collected, in milliseconds. */
  private collected = Date.now();
  /** Something that nobody has: if it is found after a collection, there was none. */
  private readonly canary = new WeakRef({});

  constructor(machine: Machine, collectGarbage: () => void) {
    this.machine = machine;
    this.collectGarbage = collectGarbage;
    this.end = machine.reserve(BASE + FIRST) ? BASE + FIRST : machine.buffer.byteLength;
    this.gaps = [{ from: BASE, to: this.end }];
    this.noteBuffer();
  }

  has(data: TensorData): boolean {
    return machineOf(data) === this.machine;
  }

  take(bytes: number): number | null {
    return this.find(bytes) ?? (this.makeRoom(bytes) ? this.find(bytes) : null);
  }

  giveBack(address: number): void {
    this.gaps[this.current].from = address;
  }

  result(dtype: DType, address: number, length: number): TensorData {
    const data = this.machine.view(dtype, address, length);
    const end = address + aligned(data.byteLength);
    if (data.byteLength < SMALL) {
      this.giveBack(address);
      return data.slice();
    }
    this.giveBack(end);
    this.slots.push({ from: address, to: end, data: new WeakRef(data) });
    return data;
  }

  /** Moves numbers here that many operations will read and change; not those whose array somebody holds. */
  adopt(memory: Memory): void {
    const { data } = memory;
    if (memory.seen || !(data instanceof Float32Array) || data.byteLength < SMALL) return;
    if (this.has(data)) return;
    const address = this.take(aligned(data.byteLength));
    if (address === null) return;
    const moved = this.result("float32", address, data.length);
    moved.set(data);
    memory.data = moved;
  }

  /** The memory shows as another buffer whenever it has grown. */
  private noteBuffer(): void {
    noteBorrowed(this.machine.buffer);
    noteOwner(this.machine);
  }

  /** The first free stretch from here on that is large enough, as far as it is needed. */
  private find(bytes: number): number | null {
    for (; this.current < this.gaps.length; this.current++) {
      const gap = this.gaps[this.current];
      const { from } = gap;
      if (gap.to - from < bytes) continue;
      gap.from += bytes;
      return from;
    }
    return null;
  }

  /**
   * Finds out what is free; if that is less than half, or took long, there will be more. False if
   * there is no more.
   */
  private makeRoom(bytes: number): boolean {
    const began = Date.now();
    this.collectGarbage();
    const now = Date.now();
    const slow = now - began > SHARE * (now - this.collected);
    this.collected = now;
    if (this.canary.deref()) {
      noHeap = true;
      return false;
    }
    this.slots = this.slots.filter(({ data }) => data.deref()).sort((a, b) => a.from - b.from);
    this.gaps = [];
    this.current = 0;
    let from = BASE;
    let taken = 0;
    for (const slot of this.slots) {
      if (slot.from > from) this.gaps.push({ from, to: slot.from });
      from = slot.to;
      taken += slot.to - slot.from;
    }
    const size = this.end - BASE;
    const fits = this.gaps.some((gap) => gap.to - gap.from >= bytes) || this.end - from >= bytes;
    const more = taken > size / 2 || (slow && size < LARGE);
    const wanted = fits && !more ? this.end : BASE + 2 * size + (fits ? 0 : bytes);
    if (wanted > this.end && this.machine.reserve(wanted)) {
      this.end = wanted;
      this.noteBuffer();
    }
    // What a large operation took is not needed for ever.
    this.lately = Math.max(taken, MEMORY * this.lately);
    if (size > HUGE && this.lately < size / 8) dropHeap();
    if (this.end > from) this.gaps.push({ from, to: this.end });
    return true;
  }
}

let heap: Heap | null | undefined;
let noHeap = false;

/** The heap, if it is there; it is made when it is first of use. */
export function runningHeap(): Heap | null {
  if (noHeap || !heap) return null;
  heap.machine.threads = threads();
  return heap;
}

/** Makes the heap, if it can be had. */
export function startHeap(): Heap | null {
  if (heap === undefined && !noHeap) {
    const collect = garbageCollector();
    const machine = collect && growingMachine();
    heap = collect && machine ? new Heap(machine, collect) : null;
  }
  return runningHeap();
}

/** Begins anew; what lies in the old one goes on lying there. */
export function dropHeap(): void {
  if (heap) dropMachine(heap.machine.id);
  heap = undefined;
}
