// Every exercise proves itself: the reference solution gets everything, and nothing else does.
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { type Connect, type Report, runChecks } from "@gradus/grader/checks";
import { createHost } from "@gradus/grader/checks/host";
import { describe, expect, test } from "vitest";
import { type Exercise, listExercises } from "../grader/exercises/index.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const SEEDS = 20;

/** The learner's side in this process, sent source: as fast as it goes, and no less strict. */
const connect: Connect = () => {
  let deliver: ((frame: Uint8Array) => void) | undefined;
  const host = createHost((frame) => deliver?.(frame));
  return {
    listen: (onFrame) => {
      deliver = onFrame;
    },
    send: (frame) => void host.receive(frame),
    close: () => {
      deliver = undefined;
    },
  };
};

const run = async (exercise: Exercise, source: string, seed: string): Promise<Report> =>
  runChecks(await exercise.publicChecks(), connect, {
    exercise: exercise.name,
    source,
    defines: exercise.defines,
    forbids: exercise.forbids,
    hidden: await exercise.hiddenChecks(),
    seed,
  });

const failing = (report: Report): string[] =>
  report.checks.filter((check) => check.outcome !== "passed").map((check) => check.name);

/** What each name that the exercise asks for could be, by someone who only wants it to run. */
const emptyAnswers = (defines: readonly string[]): [what: string, source: string][] =>
  [
    ["0", "0"],
    ["NaN", "NaN"],
    ["an empty list", "[]"],
    ["nothing", "undefined"],
    [
      "zeros of every kind",
      "{ weights: [0, 0], bias: 0, mistakes: [0], hidden: [], output: { weights: [], bias: 0 } }",
    ],
  ].map(([what, value]) => [
    what,
    defines.map((name) => `function ${name}() { return ${value}; }`).join("\n"),
  ]);

const exercises = listExercises(root);

test("there are exercises", () => {
  expect(exercises.map(({ name }) => name)).toEqual(
    fs
      .readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort(),
  );
  expect(exercises.length).toBeGreaterThan(0);
});

describe.each(exercises.map((exercise) => [exercise.name, exercise] as const))(
  "%s",
  (_, exercise) => {
    const reference = () => fs.readFileSync(exercise.solutionPath, "utf8");

    test("the reference gets every point, whatever the seed", { timeout: 120_000 }, async () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const report = await run(exercise, reference(), `seed ${seed}`);
        expect(failing(report)).toEqual([]);
        expect(report.points).toBe(exercise.points);
      }
    });

    test("the starter gets nothing, attempted or not", async () => {
      const report = await run(exercise, exercise.starter, "starter");
      expect(report.points).toBe(0);
      expect(report.outcome).not.toBe("passed");
      // Whatever is left unwritten must be said so, not fail in some other way.
      for (const check of report.checks) expect(check.outcome).toBe("not attempted");
    });

    test("no code gets nothing", async () => {
      const report = await run(exercise, "", "empty");
      expect(report.points).toBe(0);
      expect(report.outcome).toBe("not attempted");
    });

    test.each(emptyAnswers(exercise.defines))(
      "an answer of %s fails every check",
      async (_, source) => {
        const report = await run(exercise, source, "empty answers");
        expect(report.outcome).not.toBe("passed");
        expect(
          report.checks.filter((check) => check.outcome === "passed").map(({ name }) => name),
        ).toEqual([]);
      },
    );

    // Hundreds of runs, some of which train something: a busy machine takes its time.
    test("each wrong answer is caught by exactly the checks it names", {
      timeout: 240_000,
    }, async () => {
      expect(exercise.mutants.length).toBeGreaterThanOrEqual(5);
      const caught = new Map<string, string[]>();
      for (const mutant of exercise.mutants) {
        const found = new Set<string>();
        for (let seed = 0; seed < SEEDS; seed++)
          found.add(
            failing(await run(exercise, mutant.source, `seed ${seed}`))
              .sort()
              .join("; "),
          );
        expect([...found], mutant.name).toEqual([[...mutant.caughtBy].sort().join("; ")]);
        for (const check of mutant.caughtBy)
          caught.set(check, [...(caught.get(check) ?? []), mutant.name]);
      }
      const { checks } = await run(exercise, reference(), "names");
      // A check that catches nothing anyone would write is not needed.
      expect([...caught.keys()].sort()).toEqual(checks.map((check) => check.name).sort());
      // Learners see only public checks; one mutant at least must get by them.
      const hidden = new Set(
        checks.filter((check) => check.visibility === "hidden").map(({ name }) => name),
      );
      expect(
        exercise.mutants.some((mutant) => mutant.caughtBy.every((name) => hidden.has(name))),
      ).toBe(true);
    });
  },
);
