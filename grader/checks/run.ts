import { Rng } from "gradus";
import { CheckBroken, ExpectationFailed, LearnerError, LearnerGone } from "./errors.ts";
import { createExpect } from "./expect.ts";
import { type Program, Session } from "./learner.ts";
import { kindOf, show } from "./show.ts";
import type { Check, Suite } from "./suite.ts";
import type { CheckResult, Connect, Ending, Outcome, Report, Visibility } from "./types.ts";

/** How to run the checks of an exercise. */
export interface RunOptions {
  /** The exercise's name, for the report. */
  exercise: string;
  /** The learner's TypeScript; leave out where the learner's side has its definitions already. */
  source?: string;
  /** What the learner began with: handed in unchanged, it is not attempted. */
  starter?: string;
  /** The names that the code should define. */
  defines?: readonly string[];
  /** Names of the library that may not be used. */
  forbids?: readonly string[];
  /** Checks that the learner may not read, run after the others. */
  hidden?: Suite;
  /** Where hidden checks draw their inputs from: any text that the learner cannot know. */
  seed?: string;
  /** How long one check may take, in milliseconds: 5000 by default. */
  timeoutMs?: number;
  /** How long all checks together may take: no limit by default. */
  budgetMs?: number;
  /** What an earlier run found that did not come to its end: those checks are not run again. */
  done?: readonly CheckResult[];
  /** Called as each check begins, with the time that it has. */
  onBegin?: (check: Check, visibility: Visibility, timeoutMs: number) => void;
  /** Called as each check ends. */
  onResult?: (result: CheckResult) => void;
}

const TIMEOUT_MS = 5000;
/** How much of the printed text is kept with each check, and with the report. */
const CHECK_OUTPUT = 8 * 1024;
const REPORT_OUTPUT = 64 * 1024;

/**
 * Runs every check on a fresh learner's side of its own and reports. Never throws for what the
 * learner's code does; points come only from checks that ran to their end and passed.
 * @throws {CheckBroken} where hidden checks have no seed.
 */
export async function runChecks(
  suite: Suite,
  connect: Connect,
  options: RunOptions,
): Promise<Report> {
  const { exercise, source, starter, hidden, seed, done = [], onBegin, onResult } = options;
  if (hidden && !seed) throw new CheckBroken("hidden checks need a secret seed");
  const plan = [
    ...suite.checks.map((check) => ({ check, visibility: "public" as const })),
    ...(hidden?.checks ?? []).map((check) => ({ check, visibility: "hidden" as const })),
  ];
  if (plan.length === 0) throw new CheckBroken("there are no checks to run");
  const untouched = source !== undefined && isUntouched(source, starter);
  const deadline = performance.now() + (options.budgetMs ?? Number.POSITIVE_INFINITY);
  const results: CheckResult[] = [...done];
  let ending: Finding | undefined = untouched ? notAttempted() : undefined;
  for (const { check, visibility } of plan.slice(done.length)) {
    const begun = performance.now();
    const left = deadline - begun;
    if (left <= 0) ending ??= outOfTime();
    const timeoutMs = Math.min(check.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS, left);
    if (!ending) onBegin?.(check, visibility, timeoutMs);
    const finding =
      ending ??
      (await runCheck(check, connect, {
        program: {
          source: source ?? null,
          defines: options.defines ?? [],
          forbids: options.forbids ?? [],
        },
        seed: visibility === "hidden" ? `${seed} ${check.name}` : `${exercise} ${check.name}`,
        timeoutMs,
      }));
    // Code that cannot be loaded cannot be loaded for the next check either.
    if (finding.whileLoading) ending = finding;
    const { whileLoading, ...found } = cleaned(finding);
    const result: CheckResult = {
      name: check.name,
      visibility,
      points: found.outcome === "passed" ? check.points : 0,
      max: check.points,
      ...found,
      milliseconds: Math.round(performance.now() - begun),
    };
    results.push(result);
    onResult?.(result);
  }
  return {
    exercise,
    outcome: overall(results.map(({ outcome }) => outcome)),
    points: total(results.map(({ points }) => points)),
    max: total(results.map(({ max }) => max)),
    checks: results,
    diagnostics: [],
    output: gather(results),
  };
}

/** What one check found, without its name and points. */
interface Finding {
  outcome: Outcome;
  message?: string;
  input?: string;
  expected?: string;
  got?: string;
  usually?: string;
  output?: string;
  /** True when the check had not begun. */
  whileLoading?: boolean;
}

interface CheckRun {
  program: Program;
  seed: string;
  timeoutMs: number;
}

async function runCheck(check: Check, connect: Connect, run: CheckRun): Promise<Finding> {
  // That no learner's side can be had is nobody's answer: it is thrown.
  const connection = await connect();
  const session = new Session(connection);
  let loaded = false;
  let assertions = 0;
  const work = async (): Promise<void> => {
    await session.load(run.program);
    loaded = true;
    const expect = createExpect(() => {
      assertions += 1;
    });
    await check.run({ learner: session.learner, expect, rng: new Rng(run.seed) });
    if (session.open > 0) throw new CheckBroken("an answer of the learner is not awaited");
    if (assertions === 0) throw new CheckBroken("it asserts nothing");
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const ending: Ending = { kind: "stopped", message: timeoutText(run.timeoutMs, loaded) };
      session.end(ending);
      reject(new LearnerGone(ending));
    }, run.timeoutMs);
  });
  let finding: Finding;
  try {
    await Promise.race([work(), timeout]);
    finding = { outcome: "passed" };
  } catch (error) {
    finding = explain(error, loaded, session.last);
  } finally {
    clearTimeout(timer);
    await connection.close();
  }
  return session.output ? { ...finding, output: shorten(session.output, CHECK_OUTPUT) } : finding;
}

/** What is said where a check had to stop because of what it was given. */
export const overworked = (took: string): string =>
  `working through what your code gave back took ${took}, so this check was stopped. Is a number, a list or a text that your code returns far larger than the exercise asks for?`;

const FULL =
  /allocation failed|Invalid (typed )?(array|string|array buffer) length|maximum size exceeded/i;

function explain(error: unknown, loaded: boolean, last: Session["last"]): Finding {
  if (error instanceof RangeError && FULL.test(error.message))
    return { outcome: "error", message: overworked("more memory than there is") };
  if (error instanceof ExpectationFailed) {
    const { message, input, expected, got, usually } = error;
    return { outcome: "failed", message, ...defined({ input, expected, got, usually }) };
  }
  const whileLoading = !loaded;
  if (error instanceof LearnerError) {
    if (error.kind === "unwritten")
      return { outcome: "not attempted", message: error.message, whileLoading };
    return { outcome: "error", message: learnerErrorText(error, loaded), whileLoading };
  }
  if (error instanceof LearnerGone) {
    const outcome = error.kind === "stopped" ? "timed out" : "error";
    return { outcome, message: error.message, whileLoading };
  }
  const text = error instanceof Error ? error.message : String(error);
  // A check that stumbles over an answer of another kind than it asked for.
  if (last && error instanceof TypeError)
    return {
      outcome: "error",
      message: `the check can do nothing with what your code gave back, ${kindOf(last.value)}: ${text}`,
      got: show(last.value),
    };
  return { outcome: "error", message: `this check is broken, which is not your fault: ${text}` };
}

function learnerErrorText(error: LearnerError, loaded: boolean): string {
  const where =
    error.line === undefined
      ? ""
      : ` (line ${error.line}${error.column === undefined ? "" : `, column ${error.column}`})`;
  switch (error.kind) {
    case "syntax":
      return `your code cannot be read${where}: ${error.message}`;
    case "import":
    case "missing":
      return `${error.message}${where}`;
    case "forbidden":
      return `${error.message}${where}`;
    default: {
      const when = loaded
        ? "your code threw an error"
        : "your code threw an error while it was loaded";
      return `${when}${where}: ${error.thrown}: ${error.message}`;
    }
  }
}

const seconds = (ms: number): string => {
  const rounded = Math.round(ms / 100) / 10;
  return `${rounded} second${rounded === 1 ? "" : "s"}`;
};

const timeoutText = (timeoutMs: number, loaded: boolean): string =>
  loaded
    ? `your code did not answer within ${seconds(timeoutMs)}: is there a loop that never ends?`
    : `your code did not finish loading within ${seconds(timeoutMs)}: is there a loop at the top level that never ends?`;

const notAttempted = (): Finding => ({
  outcome: "not attempted",
  message: "this is still the code that the exercise began with",
});

const outOfTime = (): Finding => ({
  outcome: "timed out",
  message: "not run: the checks before it used up the time for the whole exercise",
});

/** Whether a source is still what the exercise began with, but for blanks. */
export function isUntouched(source: string, starter: string | undefined): boolean {
  const words = (code: string): string => code.replace(/\s+/g, " ").trim();
  const own = words(source);
  return own === "" || (starter !== undefined && own === words(starter));
}

/** The outcome of an exercise from those of its checks. */
export function overall(outcomes: readonly Outcome[]): Outcome {
  const has = (outcome: Outcome): boolean => outcomes.includes(outcome);
  if (outcomes.length === 0) return "error";
  if (outcomes.every((outcome) => outcome === "passed")) return "passed";
  if (outcomes.every((outcome) => outcome === "not attempted")) return "not attempted";
  if (has("error")) return "error";
  if (has("timed out")) return "timed out";
  return has("failed") ? "failed" : "not attempted";
}

// Tenths add up to whole numbers again.
const total = (points: readonly number[]): number =>
  Math.round(points.reduce((sum, point) => sum + point, 0) * 1e6) / 1e6;

// What hidden checks make the code print would give their inputs away.
function gather(results: readonly CheckResult[]): string {
  const texts = results
    .filter(({ visibility }) => visibility === "public")
    .map(({ output }) => output ?? "");
  return cleanText(shorten(texts.join(""), REPORT_OUTPUT));
}

/**
 * The texts as any database and any reader takes them: no zero bytes, and no halves of characters,
 * which cutting may leave behind too.
 */
function cleaned(finding: Finding): Finding {
  const entries = Object.entries(finding).map(([key, value]) => [
    key,
    typeof value === "string" ? cleanText(value) : value,
  ]);
  return Object.fromEntries(entries) as Finding;
}

/** Without zero bytes and halves of characters: each becomes the mark for what is no character. */
export const cleanText = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, "\ufffd");

const shorten = (text: string, most: number): string =>
  text.length > most
    ? `${text.slice(0, most)}\n… and ${text.length - most} more characters\n`
    : text;

function defined<T extends Record<string, string | undefined>>(
  fields: T,
): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}
