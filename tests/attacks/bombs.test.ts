// Attacks on memory and on the compiler, each beside honest neighbors.
import { readFileSync } from "node:fs";
import type { Report } from "@gradus/grader/checks";
import { describe, expect, test } from "vitest";
import { average, peakMemory } from "../sandbox/helpers.ts";
import { arena } from "./arena.ts";
import { every } from "./attack.ts";
import { memory, typeBombs } from "./bombs.ts";

const { stand, grade, memoryMb } = arena({ timeoutMs: 1500, budgetMs: 1600 });

describe("code that fills memory with", () => {
  test.each(memory.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
    const { peakMb } = await peakMemory(() => stand(attack));
    // The program itself takes 50 to 70 MB, a type checker beside it up to 250.
    expect(peakMb).toBeLessThan(memoryMb + 120);
  });
});

const reference = readFileSync(average.solutionPath, "utf8");

describe("types:", () => {
  test.each(typeBombs)("%s", async (name, types, remark) => {
    const { result: report, peakMb } = await peakMemory(() =>
      stand({
        name,
        tries: "to keep the compiler from others, or to read by it",
        source: `${types}\n${every("return 3.5;")}`,
        ends: ["failed", "error", "timed out"],
        says: /./,
      }),
    );
    expectRemarks(report, remark);
    expect(peakMb).toBeLessThan(600);
    // Whoever comes next is checked as if nothing had been.
    const next = await grade(`${reference}\nconst n: number = "text";`);
    expect(next).toMatchObject({ outcome: "passed", points: average.points });
    expect(next.diagnostics).toEqual([
      {
        line: 22,
        column: 7,
        endLine: 22,
        endColumn: 8,
        code: 2322,
        message: "Type 'string' is not assignable to type 'number'.",
      },
    ]);
  });

  // Types are shown and not graded. So a right answer has its points, whatever stands beside it; and
  // where the compiler gave up, the report says that instead of nothing.
  test.each(typeBombs)("%s, beside a right answer", async (_, types, remark, unreadable) => {
    const report = await grade(`${types}\n${reference}`);
    if (unreadable) {
      expect(report).toMatchObject({ outcome: "error", points: 0 });
      expect(report.checks[0].message).toMatch(/^your code cannot be read/);
      return;
    }
    expect(report.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(report).toMatchObject({ outcome: "passed", points: average.points });
    expectRemarks(report, remark);
  });
});

function expectRemarks({ diagnostics, typesUnchecked }: Report, remark: RegExp): void {
  const texts = [typesUnchecked ?? [], ...diagnostics.map(({ message }) => message)].flat();
  expect(texts.length).toBeGreaterThan(0);
  expect(diagnostics.length).toBeLessThanOrEqual(50);
  // Either it has looked at the types, or it says that it has not.
  if (typesUnchecked) expect(diagnostics).toEqual([]);
  expect(texts.join("\n")).toMatch(remark);
  expect(JSON.stringify(diagnostics)).not.toMatch(/root:|process\.exit/);
}
