import { Refusal } from "./refusal.ts";

/**
 * At most `max` events of one kind by one key in any `seconds`. Kept in memory: several site
 * processes on one Postgres each count for themselves.
 */
export class Limiter {
  readonly #times = new Map<string, number[]>();
  readonly #max: number;
  readonly #span: number;
  readonly #what: string;

  /** @param what completes "too many …", for the message */
  constructor(what: string, max: number, seconds: number) {
    this.#what = what;
    this.#max = max;
    this.#span = seconds * 1000;
  }

  /**
   * Counts one event.
   * @throws Refusal 429 with Retry-After when there were too many; a refused one does not count
   */
  take(key: string, now: number = performance.now()): void {
    this.#forget(now);
    const times = (this.#times.get(key) ?? []).filter((time) => now - time < this.#span);
    if (times.length >= this.#max) {
      const wait = Math.ceil((times[0] + this.#span - now) / 1000);
      throw new Refusal(
        429,
        "rate_limited",
        `too many ${this.#what}: at most ${this.#max} in ${this.#span / 1000} seconds`,
        `try again in ${wait} ${wait === 1 ? "second" : "seconds"}`,
        { "retry-after": String(wait) },
      );
    }
    this.#times.set(key, [...times, now]);
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#times.size;
  }

  /** Keeps the memory small however many keys come by. */
  #forget(now: number): void {
    if (this.#times.size < 10_000) return;
    for (const [key, times] of this.#times)
      if (now - times[times.length - 1] >= this.#span) this.#times.delete(key);
  }
}
