import { type CellOutput, limits } from "./protocol.ts";

/**
 * Collects what a cell puts out and sends it in small parcels: at once when it is little, at most
 * every 40 ms when it is much, also from inside a loop that never yields. Updates of one display
 * between two parcels collapse into the last; what passes the limits is dropped, and says so once.
 */
export class Outbox {
  private pending: CellOutput[] = [];
  private characters = 0;
  private displays = 0;
  private full = false;
  private sentAt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly send: (outputs: CellOutput[]) => void;
  private readonly every: number;

  constructor(send: (outputs: CellOutput[]) => void, every = 40) {
    this.send = send;
    this.every = every;
  }

  /** Forgets what the last run counted. */
  start(): void {
    this.flush();
    this.characters = 0;
    this.displays = 0;
    this.full = false;
  }

  text(name: "stdout" | "stderr", text: string): void {
    if (this.full) return;
    const room = limits.text - this.characters;
    this.characters += text.length;
    if (text.length > room) {
      this.append(name, text.slice(0, Math.max(room, 0)));
      this.overflow(
        `… the rest is not shown: a cell may print ${limits.text.toLocaleString("en")} characters.`,
      );
    } else this.append(name, text);
    this.deliver();
  }

  display(output: Extract<CellOutput, { kind: "display" }>): void {
    if (!output.update && this.full) return;
    if (!output.update && ++this.displays > limits.displays) {
      this.overflow(`… the rest is not shown: a cell may display ${limits.displays} things.`);
      this.deliver();
      return;
    }
    const earlier = output.update
      ? this.pending.findIndex(
          (item) => item.kind === "display" && item.displayId === output.displayId,
        )
      : -1;
    if (earlier >= 0) {
      const before = this.pending[earlier] as typeof output;
      this.pending[earlier] = { ...output, update: before.update };
    } else this.pending.push(output);
    this.deliver();
  }

  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.pending.length === 0) return;
    const outputs = this.pending;
    this.pending = [];
    this.sentAt = performance.now();
    this.send(outputs);
  }

  private append(name: "stdout" | "stderr", text: string): void {
    const last = this.pending.at(-1);
    if (last?.kind === "stream" && last.name === name) last.text += text;
    else this.pending.push({ kind: "stream", name, text });
  }

  private overflow(line: string): void {
    if (this.full) return;
    this.full = true;
    this.append("stderr", `\n${line}\n`);
  }

  private deliver(): void {
    const wait = this.sentAt + this.every - performance.now();
    if (wait <= 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), wait);
  }
}
