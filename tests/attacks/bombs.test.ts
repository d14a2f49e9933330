// Attacks on memory and on the compiler, each beside honest neighbors.
import { readFileSync } from "node:fs";
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
    expect(report.diagnostics.length).toBeGreaterThan(0);
    expect(report.diagnostics.length).toBeLessThanOrEqual(50);
    expect(report.diagnostics.map(({ message }) => message).join("\n")).toMatch(remark);
    expect(JSON.stringify(report.diagnostics)).not.toMatch(/root:|process\.exit/);
    expect(peakMb).toBeLessThan(600);
    // Whoever comes next is checked as if nothing had been.
    const next = await grade(`${reference}\nconst n: number = "text";`);
    expect(next).toMatchObject({ outcome: "passed", points: average.points });
    expect(next.diagnostics).toEqual([
      { line: 22, column: 7, message: "Type 'string' is not assignable to type 'number'." },
    ]);
  });
});
