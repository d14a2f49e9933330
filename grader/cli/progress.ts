/** A line that moves while something takes long. Only in a terminal; elsewhere nothing is written. */
export class Progress {
  readonly #live = process.stderr.isTTY === true;
  readonly #what: string;
  #began: number | undefined;
  #kept = 0;

  /** @param what is counted, in the plural: `answers` */
  constructor(what: string) {
    this.#what = what;
  }

  /** @param done of `total`, those that were there before we began among them */
  show(done: number, total: number): void {
    if (!this.#live) return;
    if (this.#began === undefined) {
      this.#began = performance.now();
      this.#kept = done;
    }
    const seconds = (performance.now() - this.#began) / 1000;
    const fresh = done - this.#kept;
    const left = fresh > 0 ? Math.ceil((seconds / fresh) * (total - done)) : undefined;
    const width = 24;
    const full = total > 0 ? Math.round((done / total) * width) : width;
    const bar = "█".repeat(full) + "░".repeat(width - full);
    const rest = left === undefined || done === total ? "" : ` · about ${duration(left)} left`;
    process.stderr.write(`\r\u001b[K${bar}  ${done}/${total} ${this.#what}${rest}`);
  }

  end(): void {
    if (this.#live) process.stderr.write("\r\u001b[K");
  }
}

/** Seconds as people say them: 45 s, 3 min. */
export function duration(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
