import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExerciseError, listExercises, loadExercise } from "./index.ts";

const fixture = fileURLToPath(
  new URL("../../tests/sandbox/fixtures/exercises/average", import.meta.url),
);
let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "gradus-exercise-")), "average");
  cpSync(fixture, dir, { recursive: true });
});

afterEach(() => rmSync(join(dir, ".."), { recursive: true, force: true }));

/** What loading says after a change to one file. */
function refusal(file: string, change: (text: string) => string): ExerciseError {
  const path = join(dir, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  try {
    loadExercise(dir);
  } catch (error) {
    if (error instanceof ExerciseError) return error;
    throw error;
  }
  throw new Error("it loads");
}

test("an exercise is read whole", async () => {
  const exercise = loadExercise(fixture);
  expect(exercise).toMatchObject({
    name: "average",
    title: "The average",
    points: 8,
    difficulty: 1,
    minutes: 5,
    defines: ["average", "Counter", "scale"],
    forbids: ["mean"],
    prompt: expect.stringMatching(/^`average\(numbers\)` gives[\s\S]*multiplies a tensor\.$/),
    hints: ["Divide the sum by how many there are.", "```ts\n<Hint> inside code is code\n```"],
    starter: expect.stringContaining('todo("the mean")'),
    mutants: [{ name: "sum", caughtBy: ["three numbers", "a loop inside", "random lists"] }],
  });
  expect((await exercise.publicChecks()).checks.length).toBe(4);
  expect((await exercise.hiddenChecks())!.checks.length).toBe(2);
  expect(readFileSync(exercise.solutionPath, "utf8")).toContain("export function average");
});

test("exercises are listed by name; other folders are passed over", () => {
  expect(listExercises(join(dir, "..")).map(({ name }) => name)).toEqual(["average"]);
});

describe("an exercise is refused, with file and line,", () => {
  const cases: [
    what: string,
    file: string,
    change: (text: string) => string,
    line: number | undefined,
    says: RegExp,
  ][] = [
    ["without front matter", "exercise.mdx", () => "Just text", 1, /begin the file with YAML/],
    ["with broken YAML", "exercise.mdx", (t) => t.replace("minutes: 5", "minutes: [5"), 6, /./],
    ["without a title", "exercise.mdx", (t) => t.replace("title: The average\n", ""), 1, /title/],
    [
      "with points that are text",
      "exercise.mdx",
      (t) => t.replace("points: 8", "points: eight"),
      3,
      /points \("eight"\)/,
    ],
    [
      "with a difficulty beyond 4",
      "exercise.mdx",
      (t) => t.replace("difficulty: 1", "difficulty: 5"),
      4,
      /1 to 4/,
    ],
    [
      "with a field that is none",
      "exercise.mdx",
      (t) => t.replace("minutes: 5", "minuts: 5"),
      5,
      /no field "minuts"; known: title/,
    ],
    [
      "defining what is no name",
      "exercise.mdx",
      (t) => t.replace("[average,", "[2average,"),
      6,
      /name as in code/,
    ],
    [
      "forbidding what is not there",
      "exercise.mdx",
      (t) => t.replace("[mean]", "[meen]"),
      7,
      /nothing that gradus can forbid/,
    ],
    [
      "with a hint that has no end",
      "exercise.mdx",
      (t) => t.replace(/<\/Hint>\s*$/, ""),
      17,
      /no <\/Hint>/,
    ],
    [
      "with a hint in a hint",
      "exercise.mdx",
      (t) => t.replace("Divide", "<Hint>\nDivide"),
      14,
      /inside/,
    ],
    [
      "without a prompt",
      "exercise.mdx",
      (t) => t.replace(/`average\(numbers\)`[\s\S]*?tensor\.\n/, ""),
      9,
      /no prompt/,
    ],
    [
      "with a mutant that no check catches",
      "mutants/sum.ts",
      (t) => t.replace("// caught by", "// found by"),
      1,
      /caught by/,
    ],
  ];
  test.each(cases)("%s", (_, file, change, line, says) => {
    const error = refusal(file, change);
    expect(error.message).toMatch(says);
    expect(error.line).toBe(line);
    expect(error.message.startsWith(`${join(dir, file)}:${line}: `)).toBe(true);
  });

  test("without a starter", () => {
    rmSync(join(dir, "starter.ts"));
    expect(() => loadExercise(dir)).toThrow(/starter\.ts: this file is missing/);
  });
});

test("checks that do not add up to the points are refused", async () => {
  const text = readFileSync(join(fixture, "exercise.mdx"), "utf8");
  // In the folder of the fixture, where its checks find what they import.
  const wrong = loadExercise(fixture);
  writeFileSync(join(dir, "exercise.mdx"), text.replace("points: 8", "points: 9"));
  const exercise = loadExercise(dir);
  writeFileSync(join(dir, "checks.ts"), "export default { checks: [{ name: 'a', points: 1 }] };");
  rmSync(join(dir, "hidden.ts"));
  await expect(exercise.hiddenChecks()).rejects.toThrow(
    /exercise\.mdx:3: points is 9, but the checks add up to 1/,
  );
  await expect(wrong.hiddenChecks()).resolves.toBeDefined();
});
