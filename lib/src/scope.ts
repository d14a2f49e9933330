/** Where a host shows a cell's output; a notebook puts a new one there for each cell. */
const CELL = Symbol.for("gradus.display");

/**
 * A value that holds while a function runs, and then is what it was before, also after an error. An
 * interrupt in a notebook breaks off without a word, past every `finally`: so what an earlier cell
 * has set counts no longer.
 */
export class Scoped<T> {
  private current: T;
  private cell: unknown;
  private readonly initial: T;

  constructor(initial: T) {
    this.initial = initial;
    this.current = initial;
  }

  get value(): T {
    if (this.current !== this.initial && this.cell !== runningCell()) this.current = this.initial;
    return this.current;
  }

  /** Runs a function during which the value is another. */
  with<R>(value: T, run: () => R): R {
    const before = this.value;
    this.current = value;
    this.cell = runningCell();
    try {
      return run();
    } finally {
      this.current = before;
    }
  }
}

function runningCell(): unknown {
  return (globalThis as { [CELL]?: unknown })[CELL];
}
