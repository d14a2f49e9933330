import type { TensorData } from "./dtype.ts";

/**
 * Where numbers lie. A tensor and its views share one memory, so that all of them follow when a
 * compiled step takes the numbers to a place of its own.
 */
export class Memory {
  data: TensorData;
  /** When the numbers were last changed in place, by the clock of {@link changesSoFar}. */
  changedAt = 0;
  /** Whether a compiled step will write here again. */
  lent = false;
  /** Whether somebody outside of the library may hold the array, and would miss it if the numbers moved. */
  seen = false;

  constructor(data: TensorData) {
    this.data = data;
  }

  /** The array, for somebody outside of the library, who may hold it for longer than there is a tensor. */
  show(): void {
    this.seen = true;
    if (isBorrowed(this.data)) this.data = this.data.slice();
  }

  /** Notes that the numbers have been changed in place. */
  changed(): void {
    this.changedAt = ++clock;
  }

  /** Sees to it that the numbers stay as they are. */
  keep(): void {
    if (this.lent) this.data = this.data.slice();
    this.lent = false;
  }
}

let clock = 0;

/** How many changes in place there have been, of any numbers. */
export function changesSoFar(): number {
  return clock;
}

const borrowed = new WeakSet<ArrayBufferLike>();

/** Arrays in this buffer are good only as long as a tensor holds them: then others come to lie there. */
export function noteBorrowed(buffer: ArrayBufferLike): void {
  borrowed.add(buffer);
}

/** Whether an array is good only as long as a tensor holds it. */
export function isBorrowed({ buffer }: TensorData): boolean {
  return borrowed.has(buffer);
}
