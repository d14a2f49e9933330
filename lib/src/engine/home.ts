import type { Memory } from "../memory.ts";
import { runningHeap } from "./heap.ts";
import { aligned, BASE, type Machine, ownMachine } from "./wasm.ts";

/**
 * A place in the kernels' own memory for numbers that every step changes, a model's weights for
 * one: a kernel then changes them where they lie, instead of on a copy that goes in and comes back.
 */
export class Home {
  private machine: Machine | null | undefined;
  private places: ReadonlyMap<Memory, number> = new Map();

  /** Brings the numbers in, if they are not there. Those whose array somebody holds stay where they are. */
  take(memories: readonly Memory[]): void {
    const heap = runningHeap();
    if (heap) {
      for (const memory of memories) heap.adopt(memory);
      return;
    }
    const movable = memories.filter(({ data, seen }) => data instanceof Float32Array && !seen);
    if (movable.some((memory) => !this.places.has(memory))) this.build(movable);
    for (const memory of movable) {
      if (!this.machine || memory.data.buffer === this.machine.buffer) continue;
      const { data } = memory;
      const view = this.machine.view("float32", this.places.get(memory)!, data.length);
      view.set(data);
      memory.data = view;
    }
  }

  private build(memories: readonly Memory[]): void {
    let end = BASE;
    this.places = new Map(
      memories.map((memory) => {
        const address = end;
        end += aligned(memory.data.byteLength);
        return [memory, address];
      }),
    );
    // A gradient comes in beside them.
    const largest = Math.max(0, ...memories.map(({ data }) => data.byteLength));
    this.machine = ownMachine(end, largest);
  }
}
