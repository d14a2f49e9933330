/**
 * The program that forms verdicts: runs the checks, and speaks with the learner's side through the
 * grader that started it. In a process of its own because a check may work for as long as an answer
 * tells it to, or fill all memory with it: then this process ends, and nothing else.
 */
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import {
  type CheckResult,
  type Connection,
  type Ending,
  type Report,
  runChecks,
  type Suite,
} from "@gradus/grader/checks";
import { loadExercise } from "../exercises/index.ts";
import { PacketReader, packHead } from "./pipe.ts";

/** The two kinds of packets on the pipe, by their number: what judge and grader say, and frames. */
export const SAID = 0;
export const FRAME = 1;

/** One submission to judge. */
export interface Case {
  /** The folder of the exercise. */
  dir: string;
  exercise: string;
  starter: string;
  defines: string[];
  forbids: string[];
  source: string;
  seed: string;
  publicOnly: boolean;
  timeoutMs: number;
  /** The time that checks ask for themselves comes on top. */
  budgetMs: number;
  /** Why the code is not even run. */
  refusal?: string;
  /** What other judges found before they were ended: those checks are not run again. */
  done: CheckResult[];
}

/** What the grader says. */
export type ToJudge =
  | { say: "judge"; it: Case }
  | { say: "connected" }
  | { say: "unreachable"; why: string }
  | { say: "ended"; ending: Ending };

/** What the judge says. */
export type FromJudge =
  | { say: "ready" }
  | { say: "begins"; check: Omit<CheckResult, "outcome" | "milliseconds">; timeoutMs: number }
  | { say: "found"; result: CheckResult }
  | { say: "connect" }
  | { say: "close" }
  | { say: "verdict"; report: Report }
  | { say: "broken"; why: string };

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Waits until all is written: a check that hangs after it must not hold it back. */
function write(kind: number, bytes: Uint8Array): void {
  for (const part of [packHead(kind, bytes.length), bytes])
    for (let at = 0; at < part.length; )
      try {
        at += writeSync(1, part, at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        Atomics.wait(pause, 0, 0, 1);
      }
}

const say = (message: FromJudge): void => write(SAID, Buffer.from(JSON.stringify(message)));

/** The line to the learner's side that is open. */
let line: Line | undefined;

/** Frames go to the grader, which carries them into the sandbox and back. */
class Line implements Connection {
  private readonly early: (() => void)[] = [];
  private take: ((frame: Uint8Array) => void) | undefined;
  private finish: ((ending: Ending) => void) | undefined;
  /** Settles when the learner's side is there. */
  readonly opened: Promise<void>;
  open: () => void = () => {};
  fail: (error: Error) => void = () => {};
  private isOpen = false;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.open = () => {
        this.isOpen = true;
        resolve();
      };
      this.fail = reject;
    });
    say({ say: "connect" });
  }

  listen(take: (frame: Uint8Array) => void, finish: (ending: Ending) => void): void {
    this.take = take;
    this.finish = finish;
    for (const event of this.early.splice(0)) event();
  }

  frame(bytes: Uint8Array): void {
    // What was under way to the line before this one.
    if (!this.isOpen) return;
    if (this.take) this.take(bytes);
    else this.early.push(() => this.take?.(bytes));
  }

  end(ending: Ending): void {
    if (!this.isOpen) return;
    if (this.finish) this.finish(ending);
    else this.early.push(() => this.finish?.(ending));
  }

  send(frame: Uint8Array): void {
    write(FRAME, frame);
  }

  close(): void {
    if (line !== this) return;
    line = undefined;
    say({ say: "close" });
  }
}

async function judge(it: Case): Promise<Report> {
  const { exercise, refusal, done } = it;
  const { publicChecks, hiddenChecks } = loadExercise(it.dir);
  const suite = await publicChecks();
  const hidden = it.publicOnly ? undefined : await hiddenChecks();
  if (refusal !== undefined) return refuse(exercise, suite, hidden, refusal);
  return runChecks(
    suite,
    async () => {
      line = new Line();
      await line.opened;
      return line;
    },
    {
      exercise,
      source: it.source,
      starter: it.starter,
      defines: it.defines,
      forbids: it.forbids,
      ...(hidden ? { hidden, seed: it.seed } : {}),
      timeoutMs: it.timeoutMs,
      budgetMs: it.budgetMs + askedFor(suite) + askedFor(hidden),
      done,
      onBegin: ({ name, points: max }, visibility, timeoutMs) =>
        say({ say: "begins", check: { name, visibility, points: 0, max }, timeoutMs }),
      onResult: (result) => say({ say: "found", result }),
    },
  );
}

const askedFor = (suite: Suite | undefined): number =>
  (suite?.checks ?? []).reduce((sum, { timeoutMs = 0 }) => sum + timeoutMs, 0);

/** The report on code that is not even run. */
function refuse(
  exercise: string,
  suite: Suite,
  hidden: Suite | undefined,
  message: string,
): Report {
  const results = (one: Suite | undefined, visibility: "public" | "hidden"): Report["checks"] =>
    (one?.checks ?? []).map(({ name, points }) => ({
      name,
      visibility,
      outcome: "error",
      points: 0,
      max: points,
      message,
      milliseconds: 0,
    }));
  const checks = [...results(suite, "public"), ...results(hidden, "hidden")];
  const max = checks.reduce((sum, check) => sum + check.max, 0);
  return { exercise, outcome: "error", points: 0, max, checks, diagnostics: [], output: "" };
}

function hear(message: ToJudge): void {
  switch (message.say) {
    case "judge":
      judge(message.it).then(
        (report) => say({ say: "verdict", report }),
        (error: Error) => say({ say: "broken", why: error.message }),
      );
      break;
    case "connected":
      line?.open();
      break;
    case "unreachable":
      line?.fail(new Error(message.why));
      break;
    case "ended":
      line?.end(message.ending);
  }
}

// A grader that was killed cannot end a judge that loops, and a loop does not see that the pipe is
// closed: another thread looks whether there is still a grader.
new Worker(
  "const { ppid } = process; setInterval(() => process.ppid === ppid || process.kill(process.pid, 'SIGKILL'), 500)",
  { eval: true },
).unref();

process.title = "gradus-judge";
const reader = new PacketReader();
process.stdin.on("data", (piece: Buffer) => {
  for (const { realm: kind, bytes } of reader.push(piece))
    if (kind === SAID) hear(JSON.parse(bytes.toString("utf8")) as ToJudge);
    else line?.frame(bytes);
});
process.stdin.on("end", () => process.exit(0));
say({ say: "ready" });
