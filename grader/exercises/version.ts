import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Exercise } from "./index.ts";

/** What of an exercise is needed for that. */
type Versioned = Pick<Exercise, "name" | "dir" | "points" | "defines" | "forbids" | "solutionPath">;

/**
 * A hash over what decides an exercise's verdicts: its checks, what they import from its folder, the
 * reference solution, the starter, and the numbers and names of its front matter. Prompt, hints and planted
 * wrong answers are not in it. A new version of the grader itself is not noticed.
 */
export function checksVersion(exercise: Versioned): string {
  const { name, dir, points, defines, forbids, solutionPath } = exercise;
  const hash = createHash("sha256").update(JSON.stringify({ name, points, defines, forbids }));
  for (const file of [...filesIn(dir), solutionPath])
    if (existsSync(file)) hash.update(`\0${relative(dir, file)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

/** Those of one's own that count, in an order that is the same on every machine. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((file) => file !== "exercise.mdx" && !/^mutants[/\\]/.test(file))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((file) => join(dir, file));
}
