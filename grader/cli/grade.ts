/** `gradus grade`: a folder of collected notebooks becomes grades.csv and a page for each learner. */
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { closeSandbox, gradePractice, probeSandbox } from "@gradus/grader/sandbox";
import { ExerciseError } from "../exercises/index.ts";
import { CollectError, collect } from "../offline/collect.ts";
import { amount } from "../offline/feedback.ts";
import {
  type Grade,
  gradeAll,
  inSandbox,
  type OfflineLearner,
  type Plan,
  plan,
} from "../offline/grade.ts";
import { openLedger } from "../offline/ledger.ts";
import { resultsJson, writeResults } from "../offline/output.ts";
import { openExercises } from "../service/exercises.ts";
import { exercisesFolder } from "./course-folder.ts";
import { writing } from "./files.ts";
import { exitCodes, Problem, usage } from "./problem.ts";
import { duration, Progress } from "./progress.ts";
import { count, paint, plain, table } from "./terminal.ts";

interface Options {
  out: string;
  exercise?: string[];
  assignment?: string;
  jobs?: number;
  again?: boolean;
  dryRun?: boolean;
  practice?: boolean;
  json?: boolean;
}

/** @returns the exit code: 0 everything was graded, 1 something could not be */
export async function grade(folder: string, options: Options): Promise<number> {
  const { json = false, jobs = availableParallelism() } = options;
  const out = resolve(options.out);
  const exercises = await openExercises(exercisesFolder(folder));
  for (const name of options.exercise ?? []) exercises.get(name);
  const planned = readPlan(folder, out, options, exercises.all);
  if (planned.learners.length === 0)
    throw usage(
      "nothing_collected",
      `there is nothing to grade in ${folder}`,
      "a collected notebook lies in submitted/STUDENT/ASSIGNMENT/, in STUDENT/, or is STUDENT.ipynb",
    );
  await checkCourse(planned);
  if (options.dryRun) return showPlan(planned, json);

  const began = performance.now();
  const ledger = writing(out, () =>
    openLedger(join(out, options.practice ? "practice.jsonl" : "graded.jsonl"), options.again),
  );
  const stop = new AbortController();
  const progress = new Progress("answers");
  // Where everything was graded before, no sandbox is started.
  let opening: Promise<Grade> | undefined;
  const judge: Grade = async (...answer) => {
    opening ??= openJudge(options.practice ?? false);
    return (await opening)(...answer);
  };
  const interrupt = () => {
    stop.abort();
    void closeSandbox();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  let kept = 0;
  let total = 0;
  let learners: OfflineLearner[] | undefined;
  try {
    learners = await gradeAll(planned, judge, {
      ledger,
      jobs,
      signal: stop.signal,
      onProgress(now) {
        ({ kept, total } = now);
        progress.show(now.done, now.total);
      },
    });
  } finally {
    progress.end();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await closeSandbox();
  }
  if (!learners)
    throw new Problem(
      130,
      "interrupted",
      "stopped before everything was graded",
      "what was graded is kept: the same command goes on from there",
    );
  const practice = learners.some(({ results }) => results.some(({ report }) => report?.practice));
  const graded = learners;
  const files = writing(out, () => writeResults(out, graded, planned.exercises, practice));
  const problems = learners.flatMap((learner) => learner.problems);
  if (json)
    console.log(JSON.stringify({ ...resultsJson(learners, planned.exercises, practice), files }));
  else {
    showResults(planned, learners);
    const seconds = Math.max(1, Math.round((performance.now() - began) / 1000));
    console.log(
      `\n${count(total, "answer")} of ${count(learners.length, "learner")} in ${duration(seconds)}${kept > 0 ? `, ${kept} of them graded before` : ""}.`,
    );
    if (practice)
      console.log(
        paint(
          "yellow",
          "This was practice: only the public checks ran, without a sandbox. These are no grades.",
        ),
      );
    console.log(`Grades: ${files.grades}\nFeedback: ${files.feedback}`);
  }
  return problems.length === 0 ? exitCodes.ok : exitCodes.failedChecks;
}

function readPlan(
  folder: string,
  out: string,
  { exercise, assignment }: Options,
  all: Parameters<typeof plan>[1],
): Plan {
  try {
    const collection = collect(folder, { skip: out, ...(assignment ? { assignment } : {}) });
    return plan(collection, all, exercise);
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    throw usage(
      "no_folder",
      error.message,
      "name the folder or zip file with the collected notebooks",
    );
  }
}

/** The checks must be whole before anybody is judged by them. @throws Problem */
async function checkCourse({ exercises }: Plan): Promise<void> {
  for (const exercise of exercises)
    try {
      await exercise.hiddenChecks();
    } catch (error) {
      if (!(error instanceof ExerciseError)) throw error;
      throw usage(
        "broken_exercise",
        error.message,
        "mend it first. In a learner's copy of the course the hidden checks are missing, so nothing can be graded there",
      );
    }
}

/** The sandbox; without one, and only if that was asked for, practice. @throws Problem */
async function openJudge(mayPractice: boolean): Promise<Grade> {
  const { available, missing } = await probeSandbox();
  if (available) return inSandbox;
  if (mayPractice) return (exercise, source) => gradePractice({ exercise, source });
  throw new Problem(
    exitCodes.server,
    "no_sandbox",
    `this machine has no sandbox, so learners' code is not run here: ${missing.join("; ")}`,
    "grade on Linux with bubblewrap; or, with --practice, run the public checks alone, outside any sandbox and for no grade, on code that you would run as your own",
  );
}

function showPlan({ exercises, learners }: Plan, json: boolean): number {
  const problems = learners.flatMap((learner) => learner.problems);
  if (json)
    console.log(
      JSON.stringify({
        dryRun: true,
        exercises: exercises.map(({ name }) => name),
        learners: learners.map(({ answers, ...learner }) => ({
          ...learner,
          answers: answers.map(({ exercise, state, file }) => ({ exercise, state, file })),
        })),
      }),
    );
  else {
    const rows = learners.map(({ student, files, answers }) => [
      plain(student),
      plain(files.join(", ")) || "–",
      ...exercises.map(({ name }) => {
        const states = answers
          .filter(({ exercise }) => exercise === name)
          .map(({ state }) => state);
        if (states.length === 0) return "missing";
        return states.includes("written") ? "written" : states[0];
      }),
    ]);
    console.log(table([["Student", "Files", ...exercises.map(({ name }) => name)], ...rows]));
    showRemarks(learners);
    const written = learners.flatMap(({ answers }) =>
      answers.filter(({ state }) => state === "written"),
    );
    console.log(
      `\nDry run, nothing was executed or written: ${count(learners.length, "learner")}, ${count(written.length, "answer")} to grade.`,
    );
  }
  return problems.length === 0 ? exitCodes.ok : exitCodes.failedChecks;
}

function showResults({ exercises }: Plan, learners: readonly OfflineLearner[]): void {
  const max = exercises.reduce((sum, { points }) => sum + points, 0);
  const rows = learners.map(({ student, results, points }) => [
    plain(student),
    ...results.map((result) => (result.state === "graded" ? amount(result.points) : result.state)),
    amount(points),
  ]);
  console.log(
    table([
      [
        "Student",
        ...exercises.map(({ name, points }) => `${name} (${amount(points)})`),
        `Total (${amount(max)})`,
      ],
      ...rows,
    ]),
  );
  showRemarks(learners);
}

function showRemarks(
  learners: readonly {
    student: string;
    problems: string[];
    remarks: string[];
    doubts: string[];
  }[],
): void {
  for (const { student, problems, remarks, doubts } of learners) {
    for (const doubt of doubts)
      console.log(`${paint("yellow", "? whose is this?")} ${plain(student)}: ${plain(doubt)}`);
    for (const problem of problems)
      console.log(`${paint("red", "!")} ${plain(student)}: ${plain(problem)}`);
    for (const remark of remarks)
      console.log(`${paint("gray", "·")} ${plain(student)}: ${plain(remark)}`);
  }
}
