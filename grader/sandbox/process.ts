/** One sandboxed program, seen from outside. Every byte of it is taken as hostile. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import type { Ending } from "@gradus/grader/checks";
import { type Launch, sandboxCommand } from "./layers.ts";
import { type Packet, PacketReader, packHead } from "./pipe.ts";

/** A sandbox could not be started, or died before it was ready: the machine's fault, nobody's code. */
export class SandboxError extends Error {
  override readonly name: string = "SandboxError";
}

/** How much a program may send in its whole life. */
const MOST_BYTES = 256 * 2 ** 20;
const MOST_PACKETS = 50_000;
const STDERR_KEPT = 4096;

export class SandboxProcess {
  /** Settles when the program says it is ready; rejects with {@link SandboxError}. */
  readonly ready: Promise<void>;
  /** Settles when nothing of it is left. */
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private readonly memoryMb: number;
  private readonly reader = new PacketReader();
  private bytes = 0;
  private packets = 0;
  private stderr = "";
  private info = "";
  private struck = false;
  private ending: Ending | undefined;
  private onPacket: (packet: Packet) => void = () => {};
  private onEnd: (ending: Ending) => void = () => {};

  constructor(launch: Launch & { filter: string }) {
    this.memoryMb = launch.limits.memoryMb;
    const { command, args, uid, gid } = sandboxCommand(launch);
    const filter = openSync(launch.filter, "r");
    try {
      this.child = spawn(command, args, {
        cwd: "/",
        env: {} as NodeJS.ProcessEnv,
        // Out of the terminal's reach: Ctrl-C is for the server, which lets running code end.
        detached: true,
        stdio: ["pipe", "pipe", "pipe", filter, "pipe"],
        ...(uid === undefined ? {} : { uid, gid }),
      });
    } finally {
      closeSync(filter);
    }
    const { child } = this;
    let begun = false;
    this.ready = new Promise((resolve, reject) => {
      child.stdout!.on("data", (piece: Buffer) => {
        // The first packet says that the program is ready.
        this.receive(piece, (packet) => {
          if (begun) return this.onPacket(packet);
          begun = true;
          if (packet.bytes.length > 0) this.onPacket(packet);
          resolve();
        });
      });
      const failed = (why: string): void => reject(new SandboxError(why));
      child.on("error", (error) => {
        failed(`the sandbox does not start: ${error.message}`);
        this.end({ kind: "ended", message: "the sandbox could not be started" });
      });
      child.on("close", (code, signal) => {
        failed(
          `the sandbox ended before it was ready: ${this.complaint || `exit code ${code ?? signal}`}`,
        );
        this.end(this.explain(code, signal));
      });
    });
    this.ready.catch(() => {});
    this.gone = new Promise((resolve) => {
      child.on("close", () => resolve());
      child.on("error", () => resolve());
    });
    child.stderr!.on("data", (piece: Buffer) => {
      if (this.stderr.length < STDERR_KEPT) this.stderr += piece.toString("latin1");
    });
    (child.stdio[4] as Socket).on("data", (piece: Buffer) => {
      this.info += piece.toString("latin1");
    });
    // Writing to a program that has just died is no error of ours.
    child.stdin!.on("error", () => {});
  }

  /** True once it has ended, been killed, or sent nonsense. */
  get over(): boolean {
    return this.ending !== undefined;
  }

  /** What the program and the layers around it wrote to standard error. */
  get complaint(): string {
    return this.stderr.trim();
  }

  listen(onPacket: (packet: Packet) => void, onEnd: (ending: Ending) => void): void {
    this.onPacket = onPacket;
    this.onEnd = onEnd;
    if (this.ending) onEnd(this.ending);
  }

  send(realm: number, bytes: Uint8Array): void {
    if (this.over) return;
    this.child.stdin!.write(packHead(realm, bytes.length));
    if (bytes.length > 0) this.child.stdin!.write(bytes);
  }

  /** Whether the program keeps this process from ending. */
  hold(held: boolean): void {
    const { child } = this;
    const pipes = (child.stdio as (Socket | null)[]).filter((pipe) => pipe && !pipe.destroyed);
    for (const one of [child, ...(pipes as Socket[])]) held ? one.ref() : one.unref();
  }

  /** Leaves what the program writes in its pipe, where it has to wait when that is full. */
  pause(paused: boolean): void {
    const { stdout } = this.child;
    if (paused && !this.over) stdout!.pause();
    else stdout!.resume();
  }

  kill(): Promise<void> {
    this.end({ kind: "stopped", message: "your program was stopped" });
    // Whoever waits for the end keeps this process from ending before.
    this.hold(true);
    this.strike();
    return this.gone;
  }

  private receive(piece: Buffer, take: (packet: Packet) => void): void {
    if (this.over) return;
    this.bytes += piece.length;
    try {
      if (this.bytes > MOST_BYTES)
        throw new RangeError("more bytes than any program needs to send");
      for (const packet of this.reader.push(piece)) {
        this.packets += 1;
        if (this.over) return;
        if (this.packets > MOST_PACKETS)
          throw new RangeError("more packets than any program needs to send");
        take(packet);
      }
    } catch (error) {
      this.breach((error as Error).message);
    }
  }

  /** Ends a program that sent what no honest one would send. */
  breach(what: string): void {
    if (this.over) return;
    this.end({ kind: "protocol", message: `the program broke the protocol: ${what}` });
    this.strike();
  }

  /**
   * Kills the first process inside, and with it all others there. bubblewrap outside then collects
   * it and ends; killed itself, it would leave that to a process 1 that may not care, and killed
   * before it has let the first process go on, it would leave that one waiting for ever.
   */
  private strike(): void {
    const { child } = this;
    // What is left in a pipe that nobody reads would keep it from being gone.
    child.stdout!.resume();
    if (this.struck || child.exitCode !== null || child.signalCode !== null) return;
    this.struck = true;
    const kill = (): void => {
      const inner = /"child-pid": (\d+)/.exec(this.info)?.[1];
      if (!inner) return;
      try {
        process.kill(Number(inner), "SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    };
    kill();
    child.stdio[4]?.on("data", kill);
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    void this.gone.then(() => clearTimeout(timer));
  }

  private end(ending: Ending): void {
    if (this.ending) return;
    this.ending = ending;
    this.onEnd(ending);
  }

  private explain(code: number | null, signal: NodeJS.Signals | null): Ending {
    // bubblewrap reports the signal that ended the program as 128 + its number.
    const status = code ?? signal;
    if (status === 152 || status === "SIGXCPU")
      return {
        kind: "stopped",
        message: "your code used up its processor time: is there a loop that never ends?",
      };
    if (
      /out of memory|bad_alloc|Cannot allocate memory|Allocation failed|pthread_create/i.test(
        this.stderr,
      ) ||
      status === 133 ||
      status === 134
    )
      return {
        kind: "memory",
        message: `your code used more memory than the ${this.memoryMb} MB there are`,
      };
    return {
      kind: "ended",
      message: `your program ended by itself (${code === null ? `signal ${signal}` : `exit code ${code}`}) before it answered`,
    };
  }
}
