// Every exercise of the course in the real sandbox: the reference passes, each wrong answer is
// caught by the checks that it names. And how long it takes.
import { readFileSync } from "node:fs";
import { listExercises } from "@gradus/grader/exercises";
import { createSandbox, gradePractice, type Sandbox } from "@gradus/grader/sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { average, exercisesRoot } from "./helpers.ts";

const exercises = [...listExercises(exercisesRoot), average].map(
  (exercise) => [exercise.name, exercise] as const,
);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterAll(() => sandbox.close());

test("there are exercises", () => {
  expect(exercises.length).toBeGreaterThan(4);
});

describe.each(exercises)("%s", (_, exercise) => {
  const grade = (source: string) => sandbox.grade({ exercise, source, seed: "a secret" });

  test("the reference gets every point, and the compiler has nothing to say", async () => {
    const report = await grade(readFileSync(exercise.solutionPath, "utf8"));
    expect(report.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(report).toMatchObject({ outcome: "passed", points: exercise.points, diagnostics: [] });
    expect(report.max).toBe(exercise.points);
  });

  test("the starter is not attempted", async () => {
    const report = await grade(exercise.starter);
    expect(report).toMatchObject({ outcome: "not attempted", points: 0, max: exercise.points });
    const touched = await grade(`${exercise.starter}\n// looked at`);
    expect(touched).toMatchObject({ outcome: "not attempted", points: 0 });
    // A starter must not greet the learner with type errors.
    expect(touched.diagnostics).toEqual([]);
  });

  test("every wrong answer is caught", async () => {
    expect(exercise.mutants.length).toBeGreaterThan(0);
    const reports = await Promise.all(exercise.mutants.map(({ source }) => grade(source)));
    for (const [i, { name, caughtBy }] of exercise.mutants.entries()) {
      const failed = reports[i].checks.filter(({ outcome }) => outcome !== "passed");
      expect(
        failed.map((check) => check.name),
        name,
      ).toEqual(expect.arrayContaining(caughtBy));
      expect(reports[i].points, name).toBeLessThan(exercise.points);
    }
  });
});

test("practice gives the same on public checks, and says that it is practice", async () => {
  const source = readFileSync(average.solutionPath, "utf8");
  const report = await gradePractice({ exercise: average, source });
  expect(report).toMatchObject({ outcome: "passed", points: 4, max: 4, practice: true });
  const endless = await gradePractice({
    exercise: average,
    source: source.replace("let sum", "for (;;); let sum"),
    // A worker starts within that, also on a busy machine.
    timeoutMs: 2500,
  });
  expect(endless.checks.map(({ outcome }) => outcome)).toEqual([
    "timed out",
    "passed",
    "timed out",
    "passed",
  ]);
});

test("a warm sandbox answers within a second", async () => {
  const source = readFileSync(average.solutionPath, "utf8");
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    // The next program has time to get ready, as between two learners.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const begun = performance.now();
    await sandbox.grade({ exercise: average, source, seed: "s" });
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  console.log(`submit to verdict, warm: ${times.map((ms) => Math.round(ms)).join(", ")} ms`);
  expect(times[2]).toBeLessThan(1000);
});
