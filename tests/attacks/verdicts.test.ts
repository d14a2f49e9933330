// Attacks on the forming of verdicts: answers with which a check that trusts them works for ever, or
// until there is no memory left. Other submissions are graded all the while, and so are the other
// checks of the same one.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { Outcome, Report } from "@gradus/grader/checks";
import { loadExercise } from "@gradus/grader/exercises";
import { createSandbox, type Sandbox } from "@gradus/grader/sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { average, descendants, leftFolders, leftProcesses } from "../sandbox/helpers.ts";

const trusting = loadExercise(
  fileURLToPath(new URL("./fixtures/exercises/trusting", import.meta.url)),
);
const right = readFileSync(trusting.solutionPath, "utf8");
const honest = readFileSync(average.solutionPath, "utf8");

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox({
    concurrency: 2,
    timeoutMs: 1000,
    budgetMs: 30_000,
    types: false,
  });
});

afterAll(async () => {
  await sandbox.close();
  expect(leftProcesses()).toEqual([]);
  expect(leftFolders()).toEqual([]);
});

/** The right answer, with another for one of its functions. */
const but = (name: string, body: string): string =>
  right.replace(
    new RegExp(`^export const ${name} = .*$`, "m"),
    `const ${name} = (): any => ${body};`,
  );

const HANGS = /working through what your code gave back took more than 1 second/;
const FILLS = /working through what your code gave back took more memory than there is/;

const cases: [what: string, check: string, source: string, outcome: Outcome, says: RegExp][] = [
  ["steps without end", "as many steps as told", but("steps", "Infinity"), "timed out", HANGS],
  ["ten quadrillion steps", "as many steps as told", but("steps", "1e16"), "timed out", HANGS],
  [
    "a text on which a pattern backtracks",
    "a pattern that backtracks",
    but("word", `"a".repeat(60) + "b"`),
    "timed out",
    HANGS,
  ],
  ["objects without end", "as many objects as told", but("size", "Infinity"), "error", FILLS],
  ["numbers without end", "as many numbers as told", but("numbers", "Infinity"), "error", FILLS],
  [
    "a list that is worked through three times over",
    "every pair, and what is between",
    but("list", "Array.from({ length: 90_000 }, (_, i) => i)"),
    "timed out",
    HANGS,
  ],
];

async function neighborsUntil(over: () => boolean): Promise<number> {
  let worst = 0;
  do {
    const begun = performance.now();
    const report = await sandbox.grade({
      exercise: average,
      source: honest,
      seed: "a neighbor",
      limits: { timeoutMs: 8000 },
    });
    worst = Math.max(worst, performance.now() - begun);
    expect(report).toMatchObject({ outcome: "passed", points: average.points });
  } while (!over());
  return worst;
}

describe("an answer that asks a check for", () => {
  test.each(cases)("%s", async (_, name, source, outcome, says) => {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const rss = process.memoryUsage().rss;
    let over = false;
    // What fills memory has the time for it, also where the machine is slow.
    const limits = says === FILLS ? { timeoutMs: 20_000 } : {};
    const attack = sandbox.grade({ exercise: trusting, source, seed: "s", limits }).finally(() => {
      over = true;
    });
    const [report, worst] = await Promise.all([attack, neighborsUntil(() => over)]);
    delay.disable();
    const found = report.checks.find((check) => check.name === name)!;
    expect(found.message).toMatch(says);
    expect(found).toMatchObject({ outcome, points: 0 });
    // What the other checks found stands: the points are those that were earned.
    expect(report.checks.map((check) => check.name)).toEqual([
      "as many steps as told",
      "a pattern that backtracks",
      "as many objects as told",
      "as many numbers as told",
      "every pair, and what is between",
    ]);
    for (const check of report.checks)
      if (check !== found) expect(check, check.message).toMatchObject({ outcome: "passed" });
    expect(report).toMatchObject({ outcome, points: 6 - found.max, max: 6 });
    expect(worst, "a neighbor's wait in ms").toBeLessThan(8000);
    expect(delay.max / 1e6, "the grader's longest pause in ms").toBeLessThan(1000);
    expect((process.memoryUsage().rss - rss) / 2 ** 20, "the grader's MB").toBeLessThan(150);
  });
});

test("every check hung at once ends in time, with nothing earned", async () => {
  const source = `const steps = () => Infinity; const word = () => "a".repeat(60) + "b";
    const size = () => Infinity; const numbers = () => Infinity;
    const list = () => Array.from({ length: 90_000 }, (_, i) => i);`;
  const begun = performance.now();
  const report = await sandbox.grade({
    exercise: trusting,
    source,
    seed: "s",
    limits: { budgetMs: 3000 },
  });
  expect(report).toMatchObject({ points: 0, max: 6 });
  expect(report.outcome).not.toBe("passed");
  for (const check of report.checks) expect(check.message).toMatch(/took more|used up the time/);
  expect(performance.now() - begun).toBeLessThan(20_000);
  const next = await sandbox.grade({ exercise: trusting, source: right, seed: "s" });
  expect(next).toMatchObject({ outcome: "passed", points: 6 });
});

test("what comes faster than it is read waits where it is made, not in the grader", async () => {
  // Nobody reads while a check loops; the code goes on printing.
  const source = `${but("steps", "(setTimeout(() => { for (;;) console.log('x'.repeat(10_000)); }, 50), Infinity)")}`;
  const rss = process.memoryUsage().rss;
  const report: Report = await sandbox.grade({ exercise: trusting, source, seed: "s" });
  expect(report.checks[0]).toMatchObject({ outcome: "timed out", points: 0 });
  expect((process.memoryUsage().rss - rss) / 2 ** 20).toBeLessThan(100);
});

test("a judge in a loop ends with a grader that was killed", async () => {
  const script = `
    import { loadExercise } from "@gradus/grader/exercises";
    import { createSandbox } from "@gradus/grader/sandbox";
    const sandbox = await createSandbox({ concurrency: 1, timeoutMs: 60_000, types: false });
    const exercise = loadExercise(process.argv[1]);
    await sandbox.grade({ exercise, source: process.argv[2], seed: "s" });
  `;
  const grader = spawn(
    process.execPath,
    ["--input-type=module", "-e", script, trusting.dir, but("steps", "Infinity")],
    { cwd: import.meta.dirname, stdio: "inherit" },
  );
  const spent = (pid: number): number =>
    Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[13]);
  // In the loop: it has used a second of the processor, in hundredths.
  const judge = await until(() =>
    descendants(grader.pid).find(({ name, pid }) => name === "gradus-judge" && spent(pid) > 100),
  );
  grader.kill("SIGKILL");
  await until(() => !existsSync(`/proc/${judge.pid}`) || undefined);
});

async function until<T>(probe: () => T | undefined): Promise<T> {
  for (;;) {
    const found = probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
