/** A process that forms verdicts, seen from the grader: it is given cases, and ended when it hangs. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type CheckResult, type Connection, overworked, type Report } from "@gradus/grader/checks";
import type { Case, FromJudge, ToJudge } from "./judge-main.ts";
import { PacketReader, packHead } from "./pipe.ts";
import { SandboxError } from "./process.ts";

/** The learner's side as the grader has it: one can stop listening, and then it must wait. */
export interface LearnerSide extends Connection {
  pause(paused: boolean): void;
}

/** How long a judge may take to read an exercise's checks, or to begin, in milliseconds. */
const START_MS = 15_000;
/** By so much it may miss a check's own limit, which it watches itself. */
const GRACE_MS = 1000;
/** Memory of a judge, in MiB: JavaScript's, and what typed arrays have beside it. */
const HEAP_MB = 384;
const DATA_MB = 768;
const STDERR_KEPT = 4096;

// The two kinds of packets; see judge-main.ts, of which only types can be imported here: it runs.
const SAID = 0;
const FRAME = 1;

/** A judge was ended in the middle of a check. The check has this result; others may go on. */
export class JudgeEnded extends Error {
  readonly result: CheckResult;

  constructor(result: CheckResult) {
    super("a judge was ended in the middle of a check");
    this.result = result;
  }
}

/** What is being judged. */
interface Trial {
  connect: () => Promise<LearnerSide>;
  side: LearnerSide | undefined;
  onFound: (result: CheckResult) => void;
  check: Extract<FromJudge, { say: "begins" }> | undefined;
  begun: number;
  timer: NodeJS.Timeout | undefined;
  hung: boolean;
  /** Why the learner's side could not be had. */
  unreachable: unknown;
  resolve: (report: Report) => void;
  reject: (error: unknown) => void;
}

export class Judge {
  /** The exercises whose checks it has read, by folder, in which version. */
  readonly read = new Map<string, string>();
  /** Settles when nothing of it is left. */
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private readonly reader = new PacketReader();
  private trial: Trial | undefined;
  private stderr = "";
  private over = false;
  private full = false;

  /**
   * @param prlimit the program that limits its memory
   * @param idle what the kernel counts as data for an idle Node, in bytes
   */
  constructor(prlimit: string, idle: number) {
    this.child = spawn(
      prlimit,
      [
        `--data=${idle + DATA_MB * 2 ** 20}`,
        "--core=0",
        process.execPath,
        "--disable-sigusr1",
        "--no-warnings",
        `--max-old-space-size=${HEAP_MB}`,
        fileURLToPath(new URL("./judge-main.ts", import.meta.url)),
      ],
      {
        // It needs files to read, and nothing else that the grader has.
        env: { MALLOC_ARENA_MAX: "2" } as NodeJS.Dict<string> as NodeJS.ProcessEnv,
        // Out of the terminal's reach: Ctrl-C is for the server, which lets running code end.
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
      },
    );
    const { child } = this;
    child.stdout!.on("data", (piece: Buffer) => {
      for (const { realm: kind, bytes } of this.reader.push(piece))
        if (kind === SAID) this.hear(JSON.parse(bytes.toString("utf8")) as FromJudge);
        else this.trial?.side?.send(bytes);
    });
    child.stderr!.on("data", (piece: Buffer) => {
      if (this.stderr.length < STDERR_KEPT) this.stderr += piece.toString("utf8");
    });
    child.stdin!.on("error", () => {});
    this.gone = new Promise((resolve) => {
      const end = (why: string): void => {
        this.over = true;
        this.lose(why);
        resolve();
      };
      child.on("error", (error) => end(error.message));
      child.on("close", (code, signal) =>
        end(this.stderr.trim().slice(-1000) || `exit code ${code ?? signal}`),
      );
    });
    this.hold(false);
  }

  /** Whether it can be given another case. */
  get usable(): boolean {
    return !this.over && this.trial === undefined;
  }

  /**
   * Has it form one verdict, and ends it when it takes longer than the checks may.
   * @throws {JudgeEnded} in the middle of a check
   * @throws {SandboxError} where the machine, or an exercise, is at fault
   */
  async judge(
    it: Case,
    connect: () => Promise<LearnerSide>,
    onFound: (result: CheckResult) => void,
  ): Promise<Report> {
    if (!this.usable) throw new SandboxError("a judge that cannot be used");
    this.hold(true);
    try {
      return await new Promise((resolve, reject) => {
        this.trial = {
          connect,
          side: undefined,
          onFound,
          check: undefined,
          begun: performance.now(),
          timer: undefined,
          hung: false,
          unreachable: undefined,
          resolve,
          reject,
        };
        this.watch(START_MS);
        this.say({ say: "judge", it });
      });
    } finally {
      clearTimeout(this.trial?.timer);
      this.closeSide();
      this.trial = undefined;
      if (!this.over) this.hold(false);
    }
  }

  kill(): Promise<void> {
    this.over = true;
    this.hold(true);
    this.child.kill("SIGKILL");
    return this.gone;
  }

  /** Whether it keeps this process from ending. */
  private hold(held: boolean): void {
    const pipes = (this.child.stdio as (Socket | null)[]).filter((pipe) => pipe && !pipe.destroyed);
    for (const one of [this.child, ...(pipes as Socket[])]) held ? one.ref() : one.unref();
  }

  private hear(message: FromJudge): void {
    const { trial } = this;
    if (!trial) return;
    switch (message.say) {
      case "begins":
        trial.check = message;
        trial.begun = performance.now();
        this.watch(START_MS);
        break;
      case "found":
        trial.check = undefined;
        this.watch(START_MS);
        trial.onFound(message.result);
        break;
      case "connect":
        void this.connect(trial);
        break;
      case "close":
        this.closeSide();
        break;
      case "verdict":
        trial.resolve(message.report);
        break;
      case "broken":
        trial.reject(trial.unreachable ?? new SandboxError(message.why));
    }
  }

  /** Opens the learner's side, and carries what it says to the judge. */
  private async connect(trial: Trial): Promise<void> {
    // Starting a program may take long, and has a limit of its own.
    clearTimeout(trial.timer);
    try {
      const side = await trial.connect();
      if (this.trial !== trial || this.over) {
        void side.close();
        return;
      }
      trial.side = side;
      if (this.full) side.pause(true);
      this.watch((trial.check?.timeoutMs ?? 0) + GRACE_MS);
      this.say({ say: "connected" });
      side.listen(
        (frame) => this.write(FRAME, frame),
        (ending) => this.say({ say: "ended", ending }),
      );
    } catch (error) {
      trial.unreachable = error;
      this.watch(START_MS);
      this.say({ say: "unreachable", why: (error as Error).message });
    }
  }

  private closeSide(): void {
    const side = this.trial?.side;
    if (!side) return;
    this.trial!.side = undefined;
    side.pause(false);
    void side.close();
  }

  private say(message: ToJudge): void {
    this.write(SAID, Buffer.from(JSON.stringify(message)));
  }

  private write(kind: number, bytes: Uint8Array): void {
    if (this.over) return;
    const stdin = this.child.stdin!;
    stdin.write(packHead(kind, bytes.length));
    if (stdin.write(bytes)) return;
    // It does not come to reading: what the learner's code sends must wait there, not here.
    const side = this.trial?.side;
    if (this.full) return;
    this.full = true;
    side?.pause(true);
    stdin.once("drain", () => {
      this.full = false;
      this.trial?.side?.pause(false);
    });
  }

  private watch(ms: number): void {
    const { trial } = this;
    if (!trial) return;
    clearTimeout(trial.timer);
    trial.timer = setTimeout(() => {
      trial.hung = true;
      void this.kill();
    }, ms);
  }

  /** It has ended: of what was being judged, this is what can be said. */
  private lose(why: string): void {
    const { trial } = this;
    if (!trial) return;
    if (!trial.check) {
      trial.reject(
        new SandboxError(
          trial.hung
            ? "the checks of an exercise are not ready after 15 seconds"
            : `the process that forms verdicts ended: ${why}`,
        ),
      );
      return;
    }
    const { check, timeoutMs } = trial.check;
    const memory = /out of memory|Allocation failed|bad_alloc|Cannot allocate memory/i.test(why);
    if (!trial.hung && !memory) {
      trial.reject(new SandboxError(`the process that forms verdicts ended: ${why}`));
      return;
    }
    const took = trial.hung ? `more than ${secondsOf(timeoutMs)}` : "more memory than there is";
    trial.reject(
      new JudgeEnded({
        ...check,
        outcome: trial.hung ? "timed out" : "error",
        message: overworked(took),
        milliseconds: Math.round(performance.now() - trial.begun),
      }),
    );
  }
}

function secondsOf(ms: number): string {
  const rounded = Math.round(ms / 100) / 10;
  return `${rounded} second${rounded === 1 ? "" : "s"}`;
}
