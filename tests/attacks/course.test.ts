// Whoever guesses gets nothing in the hidden checks of any exercise of the course.
import { listExercises } from "@gradus/grader/exercises";
import { createSandbox, type Sandbox } from "@gradus/grader/sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exercisesRoot } from "../sandbox/helpers.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox({ types: false });
});
afterAll(() => sandbox.close());

const guesses = [
  "0",
  "1",
  "-1",
  "0.5",
  "true",
  "[]",
  "[0, 0]",
  "args[0]",
  "args[args.length - 1]",
  "args.find((arg: any) => Array.isArray(arg))?.map(() => 0)",
  "{ weights: [0, 0], bias: 0, loss: 0, mistakes: [] }",
  "new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : 1) })",
];

const exercises = listExercises(exercisesRoot).map((one) => [one.name, one] as const);

test.each(exercises)("%s: the same answer to every question", async (_, exercise) => {
  const reports = await Promise.all(
    guesses.map((guess) =>
      sandbox.grade({
        exercise,
        source: exercise.defines
          .map((name) => `function ${name}(...args: any[]): any { return ${guess}; }`)
          .join("\n"),
        seed: `guess ${guess}`,
      }),
    ),
  );
  for (const [i, report] of reports.entries()) {
    const hidden = report.checks.filter(({ visibility }) => visibility === "hidden");
    expect(hidden.length, "hidden checks").toBeGreaterThan(0);
    expect(
      hidden.filter(({ points }) => points > 0).map(({ name }) => name),
      guesses[i],
    ).toEqual([]);
    expect(report.points, guesses[i]).toBeLessThan(report.max / 2);
  }
});

test("lists that are none and claim a length of a trillion keep no check busy", async () => {
  const xor = exercises.find(([name]) => name === "xor-network")![1];
  const begun = performance.now();
  const report = await sandbox.grade({
    exercise: xor,
    source: `const endless: any = { weights: { length: 1e12 }, bias: 0 };
      function xorNetwork(): any { return { hidden: [endless, endless], output: endless }; }
      function forward(): any { return { length: 2 ** 53 }; }`,
    seed: "s",
  });
  expect(report.points).toBe(0);
  expect(performance.now() - begun).toBeLessThan(8000);
});
