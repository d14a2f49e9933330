import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Report } from "@gradus/grader/checks";
import { loadExercise } from "@gradus/grader/exercises";
import { expect } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A small exercise with every kind of check: calls, an object, a driver, tensors, hidden ones. */
export const average = loadExercise(here("./fixtures/exercises/average"));

export const exercisesRoot = here("../../exercises");

export interface ProcessInfo {
  pid: number;
  name: string;
  rssMb: number;
}

/** The processes that this one started, and those that they started. Linux only. */
export function descendants(root: number = process.pid): ProcessInfo[] {
  const children = new Map<number, ProcessInfo[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    let status: string;
    try {
      status = readFileSync(`/proc/${entry}/status`, "utf8");
    } catch {
      continue; // ended meanwhile
    }
    const field = (name: string): string =>
      new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "0";
    const parent = Number(field("PPid"));
    const info = { pid: Number(entry), name: field("Name"), rssMb: Number(field("VmRSS")) / 1024 };
    children.set(parent, [...(children.get(parent) ?? []), info]);
  }
  const below = (pid: number): ProcessInfo[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(root);
}

/** Programs of sandboxes, and judges, that this process started and that are still there. */
export const leftProcesses = (): ProcessInfo[] =>
  descendants().filter(({ name }) => /bwrap|prlimit|node|gradus/.test(name));

/** Folders of sandboxes that this process made and did not remove. */
export const leftFolders = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`gradus-sandbox-${process.pid}-`));

/** Watches how much memory the largest sandboxed program uses while something runs. */
export async function peakMemory<T>(run: () => Promise<T>): Promise<{ result: T; peakMb: number }> {
  let peakMb = 0;
  const look = (): void => {
    for (const { rssMb } of descendants()) peakMb = Math.max(peakMb, rssMb);
  };
  const timer = setInterval(look, 40);
  try {
    const result = await run();
    look();
    return { result, peakMb };
  } finally {
    clearInterval(timer);
  }
}

/** A verdict that cost nothing and gave nothing. */
export function expectNothingEarned(report: Report): void {
  expect(report.points, JSON.stringify(report.checks, null, 1)).toBe(0);
  expect(report.outcome).not.toBe("passed");
  expect(report.checks.map(({ name }) => name).length).toBeGreaterThan(0);
  for (const check of report.checks) {
    expect(check.outcome).not.toBe("passed");
    expect(check.points).toBe(0);
    expect(check.message, check.name).toBeTruthy();
  }
}
