// What learners hand in, in the real sandbox. What comes from those who only look like learners is in
// tests/attacks.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome, Report } from "@gradus/grader/checks";
import { loadExercise } from "@gradus/grader/exercises";
import { createSandbox, type Sandbox } from "@gradus/grader/sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { average, expectNothingEarned, leftFolders, leftProcesses } from "./helpers.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox({ concurrency: 1, warm: 1, timeoutMs: 5000, budgetMs: 6000 });
});

afterAll(async () => {
  await sandbox.close();
  // Nothing of it is left: no process, no file.
  expect(leftProcesses()).toEqual([]);
  expect(leftFolders()).toEqual([]);
});

const grade = (source: string): Promise<Report> =>
  sandbox.grade({ exercise: average, source, seed: "a secret" });

const reference = readFileSync(average.solutionPath, "utf8");

test("the right answer passes", async () => {
  const report = await grade(reference);
  expect(report.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  expect(report).toMatchObject({ outcome: "passed", points: 8, max: 8, diagnostics: [] });
});

test("the right answer passes without exports, with prints, and in any order", async () => {
  const report = await grade(
    `console.log("hello", [1, 2]);\n${reference.replaceAll("export ", "")}`,
  );
  expect(report).toMatchObject({ outcome: "passed", points: 8 });
  expect(report.output).toContain("hello [1, 2]");
});

test("a wrong answer loses the checks that catch it, and hears why", async () => {
  const [mutant] = average.mutants;
  const report = await grade(mutant.source);
  const failed = report.checks.filter(({ outcome }) => outcome === "failed");
  expect(failed.map(({ name }) => name)).toEqual(mutant.caughtBy);
  expect(failed[0]).toMatchObject({
    input: "average([1, 2, 6])",
    expected: "3",
    got: "9",
    usually: "This is the sum. How many numbers are there?",
  });
  expect(report.points).toBe(3);
});

test("what the code prints while hidden checks run does not reach the report's output", async () => {
  const report = await grade(
    reference.replace("let sum = 0;", "let sum = 0; console.log('numbers', numbers.join());"),
  );
  expect(report.output).toContain("numbers 1,2,6");
  expect(report.output.match(/numbers/g)!.length).toBe(2);
});

/** What the code does, the code, how it ends, and what the learner is told. */
type Case = [what: string, source: string, outcome: Outcome, says: RegExp];

const each = (body: string): string =>
  `function average(...args: any[]): any { ${body} }\n` +
  `class Counter { total: any = 0; add(...args: any[]): any { ${body} } }\n` +
  `function scale(...args: any[]): any { ${body} }\n`;

const unreadable: Case[] = [
  ["a syntax error", `${reference}\nfunction broken( {`, "error", /cannot be read \(line 2\d.*\)/],
  [
    "an error that only V8 sees",
    `const a = 1;\n\nconst a = 2;`,
    "error",
    /line 3\).*already been declared/,
  ],
  [
    "a regular expression that is none",
    `const a = 1;\nconst b = /(/;\n`,
    "error",
    /line 2\).*[Rr]egular expression/,
  ],
  ["no code", "  \n", "not attempted", /began with/],
  ["the starter", average.starter, "not attempted", /began with/],
  ["the starter, touched", `${average.starter}\nconst x = 1;`, "not attempted", /not written yet/],
  ["no definitions", "export const other = 1;", "error", /does not define/],
  [
    "definitions of the wrong kind",
    "const average = 3; const Counter = 4; const scale = [];",
    "error",
    /should be a/,
  ],
  [
    "a module that is not there",
    `import fs from "node:fs";\n${reference}\nfs.readFileSync("/etc/passwd");`,
    "error",
    /"node:fs" cannot be imported.*\(line 1\)/,
  ],
  [
    "a require of one",
    `const fs = require("fs");\n${reference}`,
    "error",
    /"fs" cannot be imported/,
  ],
  [
    "a name that gradus lacks",
    `import { tensr } from "gradus";\ntensr([1]);\n`,
    "error",
    /gradus has no tensr/,
  ],
  [
    "throwing while it is loaded",
    `${reference}\nthrow new Error("too bad");`,
    "error",
    /while it was loaded.*too bad/s,
  ],
  [
    "5 MB of source",
    `${reference}\n// ${"x".repeat(5 * 2 ** 20)}`,
    "error",
    /5\.0 million characters/,
  ],
  [
    "bytes that are no text",
    Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)).toString("latin1"),
    "error",
    /cannot be read/,
  ],
  ["zero bytes and halves of characters", `\0\0\ud800 ${reference}`, "error", /cannot be read/],
];

describe("code that cannot be read", () => {
  test.each(unreadable)("%s", async (_, source, outcome, says) => {
    const begun = performance.now();
    const report = await grade(source);
    expectNothingEarned(report);
    const texts = report.checks.map(
      (check) => `${check.outcome}: ${check.message} ${check.usually ?? ""}`,
    );
    expect(texts.join("\n")).toMatch(says);
    expect(report.outcome, texts.join("\n")).toBe(outcome);
    expect(JSON.stringify(report).length).toBeLessThan(300_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

test("a type error is shown with its place and costs no points", async () => {
  const report = await grade(
    reference
      .replace("let sum = 0", "let sum: string = 0")
      .replace("sum += n", "(sum as any) += n"),
  );
  expect(report).toMatchObject({ outcome: "passed", points: 8 });
  expect(report.diagnostics[0]).toEqual({
    line: 4,
    column: 7,
    endLine: 4,
    endColumn: 10,
    code: 2322,
    message: "Type 'number' is not assignable to type 'string'.",
  });
});

test("a type error is told as an editor tells it: number, range, reasons, and where the other end is", async () => {
  const report = await grade(
    `${reference}\ninterface Size { width: number; height: number }\n` +
      `function area({ width, height }: Size): number { return width * height; }\n` +
      `const text = { width: "3", height: 4 };\narea(text);\narea();\n[1].map(0);\n`,
  );
  expect(report).toMatchObject({ outcome: "error", points: 0 });
  expect(report.diagnostics).toEqual([
    {
      line: 25,
      column: 6,
      endLine: 25,
      endColumn: 10,
      code: 2345,
      message:
        "Argument of type '{ width: string; height: number; }' is not assignable to parameter of type 'Size'.\n" +
        "  Types of property 'width' are incompatible.\n" +
        "    Type 'string' is not assignable to type 'number'.",
    },
    {
      line: 26,
      column: 1,
      endLine: 26,
      endColumn: 5,
      code: 2554,
      message: "Expected 1 arguments, but got 0.",
      related: [
        {
          line: 23,
          column: 15,
          endLine: 23,
          endColumn: 38,
          message: "An argument matching this binding pattern was not provided.",
        },
      ],
    },
    {
      line: 27,
      column: 9,
      endLine: 27,
      endColumn: 10,
      code: 2345,
      message:
        "Argument of type 'number' is not assignable to parameter of type '(value: number, index: number, array: number[]) => unknown'.",
    },
  ]);
});

test("a related place in the library's declarations names their file", async () => {
  const report = await grade(`import { Rng } from "gradus";\n${reference}\nnew Rng();\n`);
  const [{ code, related }] = report.diagnostics;
  expect(code).toBe(2554);
  expect(related?.[0]).toMatchObject({ file: expect.stringMatching(/^gradus\/[\w/]+\.d\.ts$/) });
});

test("what one hands in is a module to the compiler, with imports or without", async () => {
  // Names that the language has already, and waiting at the top.
  const report = await grade(
    `${reference.replace(/import .*/, "type Tensor = any;").replaceAll("export ", "")}\nconst name = await Promise.resolve("mine"); const performance = name.length;`,
  );
  expect(report).toMatchObject({ outcome: "passed", points: 8, diagnostics: [] });
});

test("what is forbidden says so, also when it is called by another name", async () => {
  const report = await grade(
    `import { tensor } from "gradus";\n${reference.replace("let sum = 0;", "return tensor(numbers).mean().item(); let sum = 0;")}`,
  );
  expect(report.outcome).toBe("error");
  expect(report.checks[0].message).toContain("mean may not be used in this exercise");
  expect(report.points).toBeLessThan(8);
});

test("one bad check does not take the others along", async () => {
  const source = reference.replace("let sum = 0;", "for (;;); let sum = 0;");
  const brief = await createSandbox({ concurrency: 1, timeoutMs: 800, budgetMs: 8000 });
  const report = await brief
    .grade({ exercise: average, source, seed: "s" })
    .finally(() => brief.close());
  const outcomes = Object.fromEntries(report.checks.map(({ name, outcome }) => [name, outcome]));
  expect(outcomes).toMatchObject({
    "three numbers": "timed out",
    "a counter": "passed",
    "a tensor": "passed",
  });
  expect(report.points).toBe(3);
});

test("nothing that one check leaves behind reaches the next", async () => {
  const report = await grade(
    `${reference}\nlet calls = 0; Object.assign(globalThis, { seen: ((globalThis as any).seen ?? 0) + 1 });\n` +
      `if ((globalThis as any).seen > 1) throw new Error("a used realm");`,
  );
  expect(report.outcome).toBe("passed");
});

test("ten at once are graded one after another, each right", async () => {
  const sources = Array.from({ length: 10 }, (_, i) => (i % 2 ? reference : each("return 0;")));
  const reports = await Promise.all(sources.map((source) => grade(source)));
  expect(reports.map(({ points }) => points)).toEqual([0, 8, 0, 8, 0, 8, 0, 8, 0, 8]);
});

test("a check that was changed counts from the next submission on", async () => {
  // Inside the repository, so that checks find what they import.
  const root = mkdtempSync(join(import.meta.dirname, ".changed-"));
  try {
    const dir = join(root, "exercises", "average");
    cpSync(average.dir, dir, { recursive: true });
    cpSync(average.solutionPath, join(root, "solutions", "average.ts"));
    const exercise = loadExercise(dir);
    const before = await sandbox.grade({ exercise, source: reference, seed: "s" });
    expect(before.outcome).toBe("passed");
    const file = join(dir, "checks.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace(".toBeClose(3,", ".toBeClose(4,"));
    const after = await sandbox.grade({ exercise, source: reference, seed: "s" });
    expect(after.checks[0]).toMatchObject({ name: "three numbers", outcome: "failed" });
    expect(after.points).toBe(7);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
