/** The files that offline grading leaves behind. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { csv } from "../service/csv.ts";
import type { Exercise } from "../service/exercises.ts";
import { feedbackHtml } from "./feedback.ts";
import type { OfflineLearner } from "./grade.ts";

export interface Written {
  grades: string;
  feedback: string;
  results: string;
}

/** Writes grades.csv, results.json and a page for each learner. Pages of an earlier run are replaced. */
export function writeResults(
  out: string,
  learners: readonly OfflineLearner[],
  exercises: readonly Exercise[],
  practice: boolean,
): Written {
  const feedback = join(out, "feedback");
  mkdirSync(feedback, { recursive: true });
  for (const name of readdirSync(feedback))
    if (name.endsWith(".html")) rmSync(join(feedback, name), { force: true });
  const taken = new Set<string>();
  for (const learner of learners) {
    const file = `${fileName(learner.student, taken)}.html`;
    writeFileSync(join(feedback, file), feedbackHtml(learner, exercises, { practice }));
  }
  const grades = join(out, "grades.csv");
  writeFileSync(grades, gradesCsv(learners, exercises, practice));
  const results = join(out, "results.json");
  writeFileSync(
    results,
    `${JSON.stringify(resultsJson(learners, exercises, practice), null, 1)}\n`,
    // It holds everybody's code, and what hidden checks gave it.
    { mode: 0o600 },
  );
  return { grades, feedback, results };
}

/** A row a learner, a column an exercise, and what an instructor should look at. */
export function gradesCsv(
  learners: readonly OfflineLearner[],
  exercises: readonly Exercise[],
  practice: boolean,
): string {
  const max = exercises.reduce((sum, { points }) => sum + points, 0);
  return csv([
    [
      "Student",
      ...exercises.map(({ title, points }) => `${title} (${points})`),
      `Total (${round(max)})`,
      practice ? "Remarks (practice: no grades)" : "Remarks",
    ],
    ...learners.map(({ student, results, points, remarks, problems, doubts }) => [
      student,
      // Where nothing was handed in, the field stays empty: a zero would say that it was graded.
      ...results.map((result) => (result.state === "graded" ? round(result.points) : null)),
      problems.length > 0 && results.every(({ state }) => state !== "graded")
        ? null
        : round(points),
      [...doubts.map((doubt) => `WHOSE IS THIS? ${doubt}`), ...problems, ...remarks].join("; "),
    ]),
  ]);
}

/** Everything, for programs. */
export function resultsJson(
  learners: readonly OfflineLearner[],
  exercises: readonly Exercise[],
  practice: boolean,
) {
  return {
    practice,
    exercises: exercises.map(({ name, title, points }) => ({ name, title, points })),
    max: exercises.reduce((sum, { points }) => sum + points, 0),
    learners,
  };
}

/** A name that every file system takes, and that no other learner has. */
export function fileName(student: string, taken: Set<string>): string {
  const base =
    student
      .normalize("NFC")
      .replace(/[^\p{L}\p{M}\p{N}._@ -]+/gu, "-")
      .replace(/^[. ]+|[. ]+$/g, "")
      .slice(0, 60) || "student";
  // Windows keeps these for devices.
  const safe = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(base) ? `_${base}` : base;
  let name = safe;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${safe}-${count}`;
  taken.add(name.toLowerCase());
  return name;
}

const round = (points: number): number => Math.round(points * 1e6) / 1e6;
