/** `gradus check`: the public checks, run here; nothing is sent. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { openExercises } from "../service/exercises.ts";
import { checkSource } from "../service/handed-in.ts";
import type { Report } from "../service/types.ts";
import { readWorks } from "./files.ts";
import { endPractice, practice } from "./practice.ts";
import { exitCodes, usage } from "./problem.ts";
import { reportText } from "./report.ts";

/** @returns the exit code: 0 all passed, 1 not all passed */
export async function check(
  file: string,
  options: { exercise?: string; json?: boolean },
): Promise<number> {
  const works = readWorks(file, options.exercise);
  const exercises = await openExercises(exercisesFor(file));
  for (const work of works) {
    exercises.get(work.exercise);
    checkSource(work);
  }
  const reports: Report[] = [];
  try {
    for (const { exercise, source } of works) {
      const report = await practice(exercises.get(exercise), source);
      if (!options.json) console.log(`${reports.length > 0 ? "\n" : ""}${reportText(report)}`);
      reports.push(report);
    }
  } finally {
    await endPractice();
  }
  if (options.json) console.log(JSON.stringify({ reports }));
  return reports.every((report) => report.outcome === "passed")
    ? exitCodes.ok
    : exitCodes.failedChecks;
}

/**
 * The folder of exercises: GRADUS_EXERCISES, else the one of the course that the file or the
 * terminal stands in, else the one beside this command.
 */
function exercisesFor(file: string): string {
  const named = process.env.GRADUS_EXERCISES;
  if (named) return named;
  const starts = [dirname(resolve(file)), process.cwd(), import.meta.dirname];
  for (const start of starts)
    for (let dir = start; ; dir = dirname(dir)) {
      const found = join(dir, "exercises");
      if (existsSync(found) && existsSync(join(dir, "solutions"))) return found;
      if (dir === dirname(dir)) break;
    }
  throw usage(
    "no_exercises_here",
    "there are no exercises here to check against",
    "run this in a copy of the course",
  );
}
