// A bare realm has only the clock of the language; the library is compiled without the types of more.
const host = globalThis as { performance?: { now(): number } };

/** Milliseconds since some moment. */
export function now(): number {
  return (host.performance ?? Date).now();
}

/** Draws now and then: once in `every` milliseconds at most, and for a twentieth of the time. */
export class Pace {
  private readonly every: number;
  private next = 0;

  constructor(every = 100) {
    this.every = every;
  }

  /** Calls `draw` if it is time to. */
  tick(draw: () => void): void {
    const began = now();
    if (began < this.next) return;
    draw();
    this.next = began + Math.max(this.every, 20 * (now() - began));
  }
}
