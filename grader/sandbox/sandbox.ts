/** Grades submissions in sandboxes: a pool of programs started beforehand, each used once. */
import { availableParallelism } from "node:os";
import type { CheckResult, Report } from "@gradus/grader/checks";
import { checksVersion, type Exercise } from "../exercises/index.ts";
import { Judge, JudgeEnded, type LearnerSide } from "./judge.ts";
import { LARGEST_SOURCE } from "./largest-source.ts";
import { findLayers, idleData, type Limits, MOST_SLOTS } from "./layers.ts";
import { SandboxError, SandboxProcess } from "./process.ts";
import { prepareStage, type Stage } from "./stage.ts";
import { answerOf } from "./types-answer.ts";

/** What grading needs to know of an exercise. Its checks are read from its folder. */
export type GradedExercise = Pick<
  Exercise,
  "name" | "dir" | "points" | "starter" | "defines" | "forbids" | "solutionPath"
>;

/** One submission to grade. */
export interface GradeRequest {
  exercise: GradedExercise;
  /** The learner's TypeScript. */
  source: string;
  /** A secret text from which hidden checks draw their inputs. */
  seed: string;
  /** Whether to leave out the hidden checks. */
  publicOnly?: boolean;
  /** Other limits than the sandbox's own. */
  limits?: { timeoutMs?: number; budgetMs?: number };
}

export interface SandboxOptions {
  /** How many submissions are graded at once; by default one for each processor core. */
  concurrency?: number;
  /** How many programs wait, started, for the next submissions; as many by default. */
  warm?: number;
  /** Memory of a submission beyond what Node itself needs, in MiB: 256 by default. */
  memoryMb?: number;
  /** How long one check may take, in milliseconds: 3000 by default. */
  timeoutMs?: number;
  /**
   * How long all checks of a submission may take, in milliseconds: 10,000 by default. The time
   * that checks ask for themselves comes on top.
   */
  budgetMs?: number;
  /** Whether the TypeScript compiler looks at submissions too; it does by default. */
  types?: boolean;
}

export interface Sandbox {
  /**
   * Grades a submission. Whatever the code does ends in a report.
   * @throws {SandboxError} where the machine, not the code, is at fault: try again
   */
  grade(request: GradeRequest): Promise<Report>;
  /** Ends every program and removes every file. */
  close(): Promise<void>;
}

const PING_MS = 300;
const START_MS = 10_000;
/** How long the type checker may take over one submission. */
const TYPES_MS = 4000;
/** For so many submissions at once, one type checker is kept. */
const SHARE = 4;
/** How long one waits for a type checker that is busy before another is started. */
const PATIENCE_MS = 500;
const TYPES_LIMITS: Limits = { memoryMb: 384, cpuSeconds: 600 };

/**
 * Makes a sandbox: looks for the layers, writes the programs, starts the first ones.
 * @throws {SandboxError} that says which layer is missing
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { layers, missing } = findLayers();
  if (!layers) throw new SandboxError(missing.join("; "));
  return createSandboxOn(prepareStage(layers), options);
}

/** The same with the programs given; they are removed when it is closed. */
export function createSandboxOn(stage: Stage, options: SandboxOptions = {}): Sandbox {
  return new Pool(stage, options);
}

/** The users that sandboxes of this process have. */
const slots = new Set<number>();

class Pool implements Sandbox {
  private readonly stage: Stage;
  private readonly concurrency: number;
  private readonly warm: number;
  private readonly timeoutMs: number;
  private readonly budgetMs: number;
  private readonly checksTypes: boolean;
  private readonly limits: Limits;
  private readonly idle: number;
  private readonly idleTypes: number;
  private readonly waiting: SandboxProcess[] = [];
  private readonly all = new Set<SandboxProcess>();
  private readonly queue: (() => void)[] = [];
  private running = 0;
  /** Judges that have nothing to do, and all that there are. */
  private readonly judges: Judge[] = [];
  private readonly allJudges = new Set<Judge>();
  /** Type checkers that have nothing to do. */
  private readonly checkers: SandboxProcess[] = [];
  private readonly waitForChecker: ((checker: SandboxProcess) => void)[] = [];
  private closed = false;
  private readonly onExit = (): void => this.stage.remove();

  constructor(stage: Stage, options: SandboxOptions) {
    this.stage = stage;
    this.concurrency = options.concurrency ?? availableParallelism();
    this.warm = options.warm ?? this.concurrency;
    this.timeoutMs = options.timeoutMs ?? 3000;
    this.budgetMs = options.budgetMs ?? 10_000;
    this.checksTypes = options.types ?? true;
    // The clock stops a submission long before its processor time does.
    this.limits = { memoryMb: options.memoryMb ?? 256, cpuSeconds: 120 };
    this.idle = idleData(stage.layers, this.limits);
    this.idleTypes = idleData(stage.layers, TYPES_LIMITS);
    process.on("exit", this.onExit);
    this.refill();
    this.judges.push(this.launchJudge());
    if (this.checksTypes) this.checkers.push(this.launchChecker());
  }

  async grade(request: GradeRequest): Promise<Report> {
    if (this.closed) throw new SandboxError("the sandbox is closed");
    await this.turn();
    try {
      return await this.gradeNow(request);
    } finally {
      this.running -= 1;
      this.queue.shift()?.();
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all([...this.all, ...this.allJudges].map((one) => one.kill()));
    process.off("exit", this.onExit);
    this.stage.remove();
  }

  /** Waits until fewer than `concurrency` submissions are being graded. */
  private async turn(): Promise<void> {
    while (this.running >= this.concurrency)
      await new Promise<void>((resolve) => this.queue.push(resolve));
    this.running += 1;
  }

  private async gradeNow({
    exercise,
    source,
    seed,
    publicOnly = false,
    limits = {},
  }: GradeRequest): Promise<Report> {
    const { timeoutMs = this.timeoutMs, budgetMs = this.budgetMs } = limits;
    const tooLarge = source.length > LARGEST_SOURCE;
    const diagnosing = tooLarge ? { diagnostics: [] } : this.diagnose(source);
    const learner = new LearnerProgram(() => this.take());
    const done: CheckResult[] = [];
    const { name, dir, starter, defines, forbids } = exercise;
    const version = checksVersion(exercise);
    let spent = 0;
    try {
      for (;;) {
        const judge = this.takeJudge(dir, version);
        const begun = performance.now();
        try {
          const report = await judge.judge(
            {
              ...{ exercise: name, dir, starter, defines, forbids, seed, publicOnly, timeoutMs },
              source: tooLarge ? "" : source,
              ...(tooLarge ? { refusal: tooLong(source) } : {}),
              budgetMs: budgetMs - spent,
              done,
            },
            () => learner.connect(),
            (result) => done.push(result),
          );
          return { ...report, ...(await diagnosing) };
        } catch (error) {
          if (!(error instanceof JudgeEnded)) throw error;
          // Another judge goes on where this one was ended.
          done.push(error.result);
          spent += performance.now() - begun;
        } finally {
          this.giveJudge(judge);
        }
      }
    } finally {
      await learner.kill();
    }
  }

  // ---- judges ------------------------------------------------------------------------------

  private launchJudge(): Judge {
    if (this.closed) throw new SandboxError("the sandbox is closed");
    const judge = new Judge(this.stage.layers.prlimit, this.idle);
    this.allJudges.add(judge);
    void judge.gone.then(() => this.allJudges.delete(judge));
    return judge;
  }

  /** One that has read the exercise as it is now, or not at all: what is read once stays so. */
  private takeJudge(dir: string, version: string): Judge {
    let judge = this.judges.pop();
    while (judge && !(judge.usable && (judge.read.get(dir) ?? version) === version)) {
      void judge.kill();
      judge = this.judges.pop();
    }
    judge ??= this.launchJudge();
    judge.read.set(dir, version);
    return judge;
  }

  private giveJudge(judge: Judge): void {
    if (judge.usable && !this.closed) this.judges.push(judge);
    else void judge.kill();
  }

  // ---- programs ----------------------------------------------------------------------------

  private launch(entry: string, limits: Limits, idle: number): SandboxProcess {
    let slot = 0;
    while (slots.has(slot)) slot += 1;
    if (slot >= MOST_SLOTS) throw new SandboxError("there are too many sandboxes at once");
    slots.add(slot);
    const { layers, app, filter } = this.stage;
    const launched = new SandboxProcess({ layers, limits, idle, app, filter, entry, slot });
    this.all.add(launched);
    void launched.gone.then(() => {
      slots.delete(slot);
      this.all.delete(launched);
    });
    launched.hold(false);
    return launched;
  }

  private refill(): void {
    if (this.closed) return;
    while (this.waiting.length < this.warm)
      this.waiting.push(this.launch("program.cjs", this.limits, this.idle));
  }

  private async take(): Promise<SandboxProcess> {
    // One that waited may have died meanwhile; two in a row mean that something is wrong.
    for (let attempt = 1; ; attempt++) {
      const taken = this.waiting.shift() ?? this.launch("program.cjs", this.limits, this.idle);
      this.refill();
      taken.hold(true);
      try {
        await within(START_MS, taken.ready, "the sandbox takes too long to start");
        if (taken.over) throw new SandboxError("a sandbox ended while it waited");
        return taken;
      } catch (error) {
        await taken.kill();
        if (attempt === 2 || this.closed) throw error;
      }
    }
  }

  // ---- types -------------------------------------------------------------------------------

  /** What the compiler has to say. Never fails: types are shown, not graded. */
  private async diagnose(source: string): Promise<Pick<Report, "diagnostics" | "typesUnchecked">> {
    if (!this.checksTypes) return { diagnostics: [] };
    let checker: SandboxProcess | undefined;
    try {
      checker = await this.takeChecker();
      checker.hold(true);
      await within(START_MS, checker.ready, "the compiler does not start");
      const answer = answerOf(checker);
      checker.send(0, Buffer.from(source));
      return { diagnostics: await within(TYPES_MS, answer, "the compiler takes too long") };
    } catch {
      void checker?.kill();
      return { diagnostics: [], typesUnchecked: UNCHECKED };
    } finally {
      if (checker) this.giveChecker(checker);
    }
  }

  private launchChecker(): SandboxProcess {
    return this.launch("types-program.cjs", TYPES_LIMITS, this.idleTypes);
  }

  /** One checker is enough for several at once, unless it is busy with types that never end. */
  private async takeChecker(): Promise<SandboxProcess> {
    const idle = this.checkers.pop();
    if (idle) return idle.over ? this.launchChecker() : idle;
    let take: (checker: SandboxProcess) => void = ignore;
    const given = new Promise<SandboxProcess>((resolve) => {
      take = resolve;
      this.waitForChecker.push(take);
    });
    try {
      return await within(PATIENCE_MS, given, "the compiler is busy");
    } catch {
      const at = this.waitForChecker.indexOf(take);
      if (at >= 0) this.waitForChecker.splice(at, 1);
      if (this.closed) throw new SandboxError("the sandbox is closed");
      return this.launchChecker();
    }
  }

  private giveChecker(checker: SandboxProcess): void {
    checker.hold(false);
    const next = this.waitForChecker[0];
    const needed = next || this.checkers.length * SHARE < this.concurrency;
    if (this.closed || !needed) {
      void checker.kill();
      return;
    }
    try {
      const good = checker.over ? this.launchChecker() : checker;
      if (next) {
        this.waitForChecker.shift();
        next(good);
      } else this.checkers.push(good);
    } catch {
      // No room for another one now; whoever needs it tries again.
    }
  }
}

/** The program that one submission runs in; a new one after each that had to be killed. */
class LearnerProgram {
  private readonly take: () => Promise<SandboxProcess>;
  private current: SandboxProcess | undefined;
  private realm = 0;

  constructor(take: () => Promise<SandboxProcess>) {
    this.take = take;
  }

  /** Opens a fresh realm, in the same program if that still answers. */
  async connect(): Promise<LearnerSide> {
    const realm = ++this.realm;
    if (this.current && !(await opens(this.current, realm, PING_MS))) await this.kill();
    if (!this.current) {
      this.current = await this.take();
      if (!(await opens(this.current, realm, START_MS)))
        throw new SandboxError("the sandbox does not answer");
    }
    const program = this.current;
    return {
      listen: (onFrame, onEnd) => {
        program.listen(({ realm: from, bytes }) => {
          if (from === realm) onFrame(bytes);
          // What an earlier realm still had to say comes too late.
          else if (from === 0 || from > realm)
            program.breach("a packet from a realm that is not open");
        }, onEnd);
      },
      send: (frame) => program.send(realm, frame),
      pause: (paused) => program.pause(paused),
      close: () => program.listen(ignore, ignore),
    };
  }

  async kill(): Promise<void> {
    await this.current?.kill();
    this.current = undefined;
  }
}

const ignore = (): void => {};

/** Asks for a realm with an empty packet, which is answered by one. */
function opens(program: SandboxProcess, realm: number, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (open: boolean): void => {
      clearTimeout(timer);
      program.listen(ignore, ignore);
      resolve(open);
    };
    const timer = setTimeout(() => settle(false), ms);
    program.listen(
      (packet) => {
        if (packet.realm === realm && packet.bytes.length === 0) settle(true);
      },
      () => settle(false),
    );
    program.send(realm, new Uint8Array(0));
  });
}

function within<T>(ms: number, promise: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SandboxError(message)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const UNCHECKED =
  "The types were not checked: that takes more time or memory than there is. This costs no points.";

const tooLong = (source: string): string =>
  `your code is ${(source.length / 2 ** 20).toFixed(1)} million characters long; at most ${LARGEST_SOURCE / 1024} thousand are graded`;
