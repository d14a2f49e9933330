import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Engine } from "./engines.ts";
import type { Answer, Request } from "./worker.ts";

/** Thrown when an engine takes longer than it may; its process is gone. */
export class TooSlow extends Error {}

/** An engine's process, from outside: one question, one answer. */
export class Peer {
  readonly engine: Engine;
  /** What it said of itself. */
  version = "";
  /** Its process is gone. */
  ended = false;
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private stderr = "";

  private constructor(engine: Engine) {
    this.engine = engine;
    this.child = spawn(engine.command, engine.args, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stderr!.on("data", (chunk) => {
      this.stderr = `${this.stderr}${chunk}`.slice(-4000);
    });
    // Whatever happens to it shows in the end of its output.
    this.child.on("error", (error) => {
      this.stderr += error.message;
    });
    this.child.stdin!.on("error", () => {});
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts an engine; it has said that it is ready. Throws if it cannot start. */
  static async start(engine: Engine, seconds: number): Promise<Peer> {
    const peer = new Peer(engine);
    peer.version = (await peer.next(seconds)).version ?? "";
    return peer;
  }

  /** Throws {@link TooSlow} after so many seconds, and an Error with what went wrong over there. */
  async ask(request: Request, seconds: number): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    const answer = await this.next(seconds);
    if (answer.error) throw new Error(answer.error.split("\n")[0]);
    return answer;
  }

  stop(): void {
    this.ended = true;
    this.child.kill("SIGKILL");
  }

  private async next(seconds: number): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.stop();
        reject(new TooSlow(`more than ${seconds} s`));
      }, seconds * 1000);
    });
    try {
      const { value, done } = await Promise.race([this.lines.next(), late]);
      if (done) {
        this.ended = true;
        throw new Error(`its process ended: ${this.stderr.trim() || "without a word"}`);
      }
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  }
}
