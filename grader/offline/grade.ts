/**
 * Grades a folder of collected notebooks: reads it, has the sandbox grade each answer once, and keeps
 * every verdict as soon as it is there, so that a run that was broken off goes on where it was.
 */
import { createHash } from "node:crypto";
import { checksVersion } from "@gradus/grader/exercises";
import { grade, graderVersion, SandboxError } from "@gradus/grader/sandbox";
import type { Exercise } from "../service/exercises.ts";
import { Refusal } from "../service/refusal.ts";
import type { Report } from "../service/types.ts";
import { type Answer, readAnswers } from "./answers.ts";
import { CollectError, type Collection } from "./collect.ts";
import type { Ledger } from "./ledger.ts";

/** What one learner has in one exercise. */
export interface OfflineResult {
  exercise: string;
  /** Null where there is nothing to grade, or where grading broke off. */
  report: Report | null;
  points: number;
  max: number;
  /** `missing`: no cell for it. `starter`: nothing was written. `refused` and `failed`: see the remarks. */
  state: "graded" | "missing" | "starter" | "refused" | "failed";
  /** Which file it came from. */
  file: string | null;
  source: string | null;
}

/** One learner of the folder. */
export interface OfflineLearner {
  student: string;
  files: string[];
  results: OfflineResult[];
  points: number;
  remarks: string[];
  /** What could not be read or graded. */
  problems: string[];
  /** Which of the files may not be theirs, and why: for the instructor's eyes. */
  doubts: string[];
}

/** Everybody's answers, before anything is graded. */
export interface Plan {
  exercises: Exercise[];
  learners: PlannedLearner[];
}

export interface PlannedLearner {
  student: string;
  files: string[];
  answers: (Answer & { file: string })[];
  remarks: string[];
  problems: string[];
  doubts: string[];
}

/** Reads all notebooks. @param only the exercises that count; by default all that anybody has a cell for */
export function plan(
  collection: Collection,
  exercises: readonly Exercise[],
  only?: readonly string[],
): Plan {
  const learners = new Map<string, PlannedLearner>();
  const learner = (student: string): PlannedLearner => {
    const known = learners.get(student);
    if (known) return known;
    const made = { student, files: [], answers: [], remarks: [], problems: [], doubts: [] };
    learners.set(student, made);
    return made;
  };
  const wanted = exercises.filter(({ name }) => !only || only.includes(name));
  for (const { student, file, why } of collection.problems)
    learner(student).problems.push(`${file}: ${why}`);
  for (const { student, file, read, doubt } of collection.notebooks) {
    const one = learner(student);
    one.files.push(file);
    if (doubt) one.doubts.push(`${file}: ${doubt}`);
    try {
      const { answers, remarks, problems } = readAnswers(read(), wanted);
      if (answers.length === 0) one.problems.push(`${file}: it has no cell for any exercise`);
      for (const answer of answers) one.answers.push({ ...answer, file });
      for (const problem of problems) one.problems.push(`${file}: ${problem}`);
      for (const remark of remarks) one.remarks.push(`${file}: ${remark}`);
    } catch (error) {
      if (!(error instanceof CollectError || error instanceof Refusal)) throw error;
      one.problems.push(`${file}: ${error.message}`);
    }
  }
  const all = [...learners.values()].sort((a, b) => (a.student < b.student ? -1 : 1));
  const seen = new Set(all.flatMap(({ answers }) => answers.map(({ exercise }) => exercise)));
  return {
    exercises: wanted.filter(({ name }) => only !== undefined || seen.has(name)),
    learners: all,
  };
}

export interface GradeOptions {
  ledger: Ledger;
  /** How many at once. */
  jobs: number;
  /** Called when it begins, and after every answer. */
  onProgress?(progress: Progress): void;
  /** Stops after what is being graded. */
  signal?: AbortSignal;
}

export interface Progress {
  /** Of how many different answers; those kept from before count as done. */
  total: number;
  done: number;
  kept: number;
}

/** How one answer is graded. */
export type Grade = (exercise: Exercise, source: string, seed: string) => Promise<Report>;

/** The verdict of the sandbox, with up to three tries where the machine is at fault. */
export const inSandbox: Grade = async (exercise, source, seed) => {
  for (let attempt = 1; ; attempt++)
    try {
      return await grade({ exercise, source, seed });
    } catch (error) {
      if (!(error instanceof SandboxError) || attempt === 3) throw error;
    }
};

/**
 * Grades every answer of the plan that the ledger does not know yet.
 * @returns the learners, in the order of the plan; undefined when stopped by the signal
 */
export async function gradeAll(
  { exercises, learners }: Plan,
  judge: Grade,
  { ledger, jobs, onProgress, signal }: GradeOptions,
): Promise<OfflineLearner[] | undefined> {
  const grader = graderVersion();
  const prints = new Map(exercises.map((exercise) => [exercise.name, checksVersion(exercise)]));
  const byName = new Map(exercises.map((exercise) => [exercise.name, exercise]));
  const keyOf = ({ exercise, source }: Answer): string =>
    createHash("sha256")
      .update(`${grader}\0${prints.get(exercise)}\0${exercise}\0${source}`)
      .digest("hex");
  // The same answer handed in twice, by whomever, is graded once.
  const waiting = new Map<string, Answer>();
  const all = new Set<string>();
  for (const answer of learners.flatMap(({ answers }) => answers)) {
    if (answer.state !== "written" || !byName.has(answer.exercise)) continue;
    const key = keyOf(answer);
    all.add(key);
    if (!ledger.get(key)) waiting.set(key, answer);
  }
  const progress: Progress = {
    total: all.size,
    done: all.size - waiting.size,
    kept: all.size - waiting.size,
  };
  onProgress?.(progress);

  const failures = new Map<string, string>();
  const queue = [...waiting];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next && !signal?.aborted; next = queue.shift()) {
      const [key, { exercise, source }] = next;
      try {
        const report = await judge(byName.get(exercise) as Exercise, source, ledger.seed(key));
        // What was running when we were told to stop was stopped by us: its verdict is worth nothing.
        if (signal?.aborted) return;
        ledger.keep(key, report);
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof SandboxError)) throw error;
        failures.set(key, error.message);
      }
      progress.done++;
      onProgress?.(progress);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  if (signal?.aborted) return undefined;

  return learners.map(({ answers, ...learner }) => {
    const problems = [...learner.problems];
    const remarks = [...learner.remarks];
    const results = exercises.map(({ name, points: max }): OfflineResult => {
      const own = answers.filter(({ exercise }) => exercise === name);
      const nothing = { exercise: name, report: null, points: 0, max, file: null, source: null };
      if (own.length === 0) return { ...nothing, state: "missing" };
      const graded = own.flatMap(({ file, ...answer }) => {
        const report = answer.state === "written" ? ledger.get(keyOf(answer)) : undefined;
        return report ? [{ file, source: answer.source, report }] : [];
      });
      for (const answer of own) {
        const failure = failures.get(keyOf(answer));
        if (failure) problems.push(`${answer.file}: ${name} could not be graded: ${failure}`);
      }
      if (graded.length === 0) {
        const failed = own.some((answer) => failures.has(keyOf(answer)));
        const refused = own.find(({ state }) => state === "refused");
        const file = (refused ?? own[0]).file;
        return { ...nothing, file, state: failed ? "failed" : refused ? "refused" : "starter" };
      }
      const best = graded.reduce((a, b) => (b.report.points > a.report.points ? b : a));
      if (graded.length > 1)
        remarks.push(
          `${name} is answered in ${graded.map(({ file }) => file).join(" and ")}; the better answer counts (${best.file})`,
        );
      const { points } = best.report;
      return { exercise: name, ...best, points, max, state: "graded" };
    });
    const points = results.reduce((sum, result) => sum + result.points, 0);
    return { ...learner, results, points, remarks, problems };
  });
}
