/** `gradus check`: the public checks, run here; nothing is sent. */
import { openExercises } from "../service/exercises.ts";
import { checkSource } from "../service/handed-in.ts";
import type { Report } from "../service/types.ts";
import { exercisesFolder } from "./course-folder.ts";
import { readWorks } from "./files.ts";
import { endPractice, practice } from "./practice.ts";
import { exitCodes } from "./problem.ts";
import { reportText } from "./report.ts";

/** @returns the exit code: 0 all passed, 1 not all passed */
export async function check(
  file: string,
  options: { exercise?: string; json?: boolean },
): Promise<number> {
  const works = readWorks(file, options.exercise);
  const exercises = await openExercises(exercisesFolder(file));
  for (const work of works) {
    exercises.get(work.exercise);
    checkSource(work);
  }
  const reports: Report[] = [];
  try {
    for (const { exercise, source } of works) {
      const report = await practice(exercises.get(exercise), source);
      if (!options.json)
        console.log(`${reports.length > 0 ? "\n" : ""}${reportText(report, source)}`);
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
