import type { Displayable, MimeBundle } from "./bundle.ts";
import { shortNumber } from "./chart/scale.ts";
import { DISPLAY_SINK, type DisplayHandle, display } from "./display.ts";
import { escapeHtml } from "./escape.ts";
import { now, Pace } from "./pace.ts";

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** What goes on, in a word or two. */
  label?: string;
  /** How many steps there will be; by default the `length` or `size` of what is gone through. */
  total?: number;
}

/**
 * Goes through anything and shows how far it has come: how many steps, how many a second, how long
 * still. One within another shares its place. In a terminal it is a line that moves, on the error
 * stream; where that goes to a file, a line now and then. A number is that many steps, from 0.
 * Throws for what cannot be gone through.
 *
 * ```ts
 * for (const epoch of progress(20, { label: "Training" }))
 *   for (const { x, y } of progress(batches(train, 64))) step(x, y);
 * ```
 */
export function progress(steps: number, options?: ProgressOptions): Iterable<number>;
export function progress<Item>(steps: Iterable<Item>, options?: ProgressOptions): Iterable<Item>;
export function progress(
  given: number | Iterable<unknown>,
  options: ProgressOptions = {},
): Iterable<unknown> {
  const steps =
    typeof given === "number" && given >= 0 ? Array.from({ length: given }, (_, i) => i) : given;
  if (typeof (steps as Iterable<unknown> | null)?.[Symbol.iterator] !== "function")
    throw new TypeError(
      `progress: ${given} cannot be gone through\n  hint: batches(…), an array, or a number of steps`,
    );
  const { length, size } = steps as { length?: number; size?: number };
  const { label = "", total = length ?? size } = options;
  return {
    *[Symbol.iterator]() {
      const board = boardOfHost();
      const bar = new Bar(label, total);
      board.add(bar);
      try {
        for (const item of steps as Iterable<unknown>) {
          yield item;
          bar.count++;
          board.tick();
        }
        bar.state = "done";
      } finally {
        // Also after a break, or an error, in the loop.
        if (bar.state === "running") bar.state = "stopped";
        board.remove(bar);
      }
    },
  };
}

/** How far one loop has come. */
class Bar implements Displayable {
  count = 0;
  state: "running" | "done" | "stopped" = "running";
  private readonly label: string;
  private readonly total: number | undefined;
  private readonly began = now();

  constructor(label: string, total: number | undefined) {
    this.label = label;
    this.total = total;
  }

  /** How much is done, from 0 to 1; NaN where no end is known. */
  private get share(): number {
    return this.total && this.count <= this.total ? this.count / this.total : Number.NaN;
  }

  /** `14 of 20 · 2.3/s · 3 s left` */
  private get words(): string {
    const { count, share, state, total } = this;
    const words = [Number.isNaN(share) ? `${count}` : `${count} of ${total}`];
    if (state === "stopped") words[0] = `stopped after ${words[0]}`;
    const seconds = (now() - this.began) / 1000;
    if (count > 0 && seconds > 0) {
      const rate = count / seconds;
      words.push(rate >= 1 ? `${shortNumber(rate)}/s` : `${shortNumber(1 / rate)} s each`);
      const more = state === "running" && share > 0;
      words.push(more ? `${duration(seconds / share - seconds)} left` : duration(seconds));
    }
    return words.join(" · ");
  }

  toString(): string {
    const filled = Math.floor(20 * this.share);
    const bar = Number.isNaN(filled) ? "" : "█".repeat(filled) + "░".repeat(20 - filled);
    return [this.label, bar, this.words].filter(Boolean).join("  ");
  }

  toMimeBundle(): MimeBundle {
    const percent = Math.floor(100 * this.share);
    const name = escapeHtml(this.label);
    const bar = `<span role="progressbar" aria-label="${name || "progress"}" aria-valuenow="${percent}" style="flex:0 0 10em;height:0.6em;border:1px solid;border-radius:0.3em;overflow:hidden"><span style="display:block;width:${percent}%;height:100%;background:currentColor"></span></span>`;
    const html = `<div style="display:flex;flex-wrap:wrap;align-items:center;gap:0.2em 0.8em;padding:0.15em 0;font-family:var(--sans,Inter,system-ui,sans-serif);font-size:0.8125rem;font-variant-numeric:tabular-nums">${Number.isNaN(percent) ? "" : bar}${name && `<span>${name}</span>`}<span>${this.words}</span></div>`;
    return { "text/html": html, "text/plain": this.toString() };
  }
}

/** All loops that run in one host, in one place: the outermost first, what is within it after it. */
class Board implements Displayable {
  private readonly bars: Bar[] = [];
  private readonly endings = new Set<{ end(): void }>();
  private pace = new Pace();
  private handle: DisplayHandle | undefined;

  add(bar: Bar): void {
    if (this.bars.push(bar) === 1)
      this.pace = new Pace(hasHost() || terminal.process?.stderr?.isTTY ? 100 : 10_000);
    this.tick();
  }

  tick(): void {
    this.pace.tick(() => this.draw());
  }

  remove(bar: Bar): void {
    if (this.bars.length === 1) this.draw("\n");
    this.bars.splice(this.bars.indexOf(bar), 1);
    if (this.bars.length > 0) return;
    this.handle = undefined;
    for (const one of this.endings) one.end();
    this.endings.clear();
  }

  /** Ends something else with the last of the loops, if one runs. */
  endWithLoops(one: { end(): void }): void {
    if (this.bars.length > 0) this.endings.add(one);
  }

  private draw(lineEnd = ""): void {
    const stderr = terminal.process?.stderr;
    const line = this.bars.join("  │  ");
    if (this.handle) this.handle.update(this);
    else if (hasHost()) this.handle = display(this);
    else if (stderr?.isTTY)
      stderr.write(`\r\x1b[2K${line.slice(0, (stderr.columns ?? 80) - 1)}${lineEnd}`);
    else terminal.console?.error(line);
  }

  toMimeBundle(): MimeBundle {
    const bundles = this.bars.map((bar) => bar.toMimeBundle());
    return {
      "text/html": bundles.map((bundle) => bundle["text/html"]).join(""),
      "text/plain": bundles.map((bundle) => bundle["text/plain"]).join("\n"),
    };
  }
}

// The library is compiled without the types of any host.
const terminal = globalThis as {
  console?: { error(line: string): void };
  process?: { stderr?: { isTTY?: boolean; columns?: number; write(text: string): void } };
};

/** Whether something shows what is displayed; otherwise there is a terminal at most. */
export function hasHost(): boolean {
  return DISPLAY_SINK in globalThis;
}

const boards = new WeakMap<object, Board>();

/**
 * The board of what shows things now. A notebook has a new sink for each cell: a loop that was
 * interrupted never ends, and what comes after must not be drawn into its place.
 */
export function boardOfHost(): Board {
  const host = (globalThis as { [DISPLAY_SINK]?: object })[DISPLAY_SINK] ?? boards;
  const board = boards.get(host) ?? new Board();
  boards.set(host, board);
  return board;
}

/** `3.1 s`, `2 min 5 s`, `1 h 4 min` */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 10) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
