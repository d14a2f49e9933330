// Where attacks run: the real sandbox, with honest neighbors in it at the same time, and everything
// measured that could come to harm.
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Report } from "@gradus/grader/checks";
import {
  createSandbox,
  type GradeRequest,
  type Sandbox,
  type SandboxOptions,
} from "@gradus/grader/sandbox";
import { afterAll, beforeAll, expect } from "vitest";
import { average, descendants, leftFolders, leftProcesses } from "../sandbox/helpers.ts";
import type { Attack } from "./attack.ts";

/** Within this an honest neighbor has its verdict, on a machine that is busy anyway. */
const NEIGHBOR_MS = 8000;
/** Nothing that an attack sends may keep the grader from everybody else for longer. */
const PAUSE_MS = 1000;
const HOST_MB = 150;

type Limits = NonNullable<GradeRequest["limits"]>;

const honest = readFileSync(average.solutionPath, "utf8");

/** What never ends is cut off soon; all else has time also where the machine is slow. */
const patient: Limits = { timeoutMs: 8000, budgetMs: 50_000 };

export interface Arena {
  /** Runs an attack and asserts that it gained nothing and harmed nobody. */
  stand(attack: Attack): Promise<Report>;
  /** Grades something in the same sandbox. */
  grade(source: string, seed?: string): Promise<Report>;
  readonly memoryMb: number;
}

/** A sandbox for the tests of one file, and what is left when they are done: nothing. */
export function arena(options: SandboxOptions = {}): Arena {
  const memoryMb = options.memoryMb ?? 192;
  let sandbox: Sandbox;
  const waits: number[] = [];

  beforeAll(async () => {
    sandbox = await createSandbox({
      concurrency: 2,
      timeoutMs: 500,
      budgetMs: 1500,
      memoryMb,
      ...options,
    });
    // The first one pays for what the process loads.
    await neighbor();
  });

  afterAll(async () => {
    await sandbox.close();
    expect(leftProcesses()).toEqual([]);
    expect(leftFolders()).toEqual([]);
    waits.sort((a, b) => a - b);
    const [middle, worst] = [waits[waits.length >> 1], waits[waits.length - 1]].map(Math.round);
    console.log(
      `${waits.length} honest neighbors, each with full points: ${middle} ms at the median, ${worst} ms at worst`,
    );
  });

  async function neighbor(): Promise<number> {
    const begun = performance.now();
    const report = await sandbox.grade({
      exercise: average,
      source: honest,
      seed: "a neighbor",
      limits: patient,
    });
    const took = performance.now() - begun;
    expect(
      report.checks.filter(({ outcome }) => outcome !== "passed"),
      "a neighbor's checks",
    ).toEqual([]);
    expect(report).toMatchObject({ points: average.points, diagnostics: [] });
    expect(took, "a neighbor's wait in ms").toBeLessThan(NEIGHBOR_MS);
    return took;
  }

  const grade = (source: string, seed = "a secret", limits: Limits = patient): Promise<Report> =>
    sandbox.grade({ exercise: average, source, seed, limits });

  return {
    memoryMb,
    grade,
    async stand({ source, ends, says, earns = 0, also }) {
      const rss = process.memoryUsage().rss;
      const delay = monitorEventLoopDelay({ resolution: 10 });
      delay.enable();
      let over = false;
      const endless = [ends].flat().includes("timed out");
      const attack = grade(source, undefined, endless ? {} : patient).finally(() => {
        over = true;
      });
      // For as long as it goes on, one neighbor after another.
      const neighbors = (async () => {
        do {
          waits.push(await neighbor());
          await new Promise((resolve) => setTimeout(resolve, 50));
        } while (!over);
      })();
      const [report] = await Promise.all([attack, neighbors]);
      delay.disable();

      const texts = report.checks
        .map(({ outcome, message, usually, output }) =>
          [outcome, message, usually, output].join(" "),
        )
        .join("\n");
      expect(texts).toMatch(says);
      expect([ends].flat(), texts).toContain(report.outcome);
      expect(report.points, texts).toBe(earns);
      expect(report.checks.length).toBeGreaterThan(0);
      for (const check of report.checks) {
        if (earns > 0 && check.visibility === "public") continue;
        expect(check.outcome, check.name).not.toBe("passed");
        expect(check.points).toBe(0);
        expect(check.message, check.name).toBeTruthy();
      }
      expect(JSON.stringify(report).length).toBeLessThan(300_000);
      also?.(report);

      expect(delay.max / 1e6, "the grader's longest pause in ms").toBeLessThan(PAUSE_MS);
      expect((process.memoryUsage().rss - rss) / 2 ** 20, "the grader's MB").toBeLessThan(HOST_MB);
      // What waits for the next ones, and the compilers: of the attack nothing is left.
      expect(descendants().filter(({ name }) => name === "node").length).toBeLessThanOrEqual(6);
      return report;
    },
  };
}
