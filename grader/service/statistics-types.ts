/** Statistics, shape by shape. types.ts exports these with the others. */
import type { Outcome, Visibility } from "@gradus/grader/checks";

/** The middle one, and those that a quarter is below and above; null where there is none. */
export interface Quartiles {
  lower: number;
  median: number;
  upper: number;
}

/** How an exercise went. Learners of a group each count; attempts on which the grader failed do not. */
export interface ExerciseSummary {
  exercise: string;
  title: string;
  points: number;
  /** Learners who handed something in, and those of them who have full points. */
  tried: number;
  passed: number;
  /** How many attempts all of them made; of these, how many are not graded yet. */
  attempts: number;
  waiting: number;
  /** Which attempt was the first with full points. */
  attemptsToPass: Quartiles | null;
  /** Seconds from the first attempt to the first with full points; 0 where that is the same. */
  secondsToPass: Quartiles | null;
  /** The best part of the points that each has, on average: 0 to 1; null while nothing is graded. */
  mean: number | null;
  /** Learners by the best part of the points they have: below 10 %, 20 %, … 100 %, and all of them. */
  scores: number[];
  /**
   * Where those stop who have not passed: the check that was the first not passed in their newest
   * attempt. The most first.
   */
  stuck: { check: string; learners: number }[];
}

/**
 * GET /api/v1/courses/:course/statistics?section=; statistics.csv: a row an exercise. Learners are those
 * who are in the course now.
 */
export interface Statistics {
  course: string;
  section: { id: string; name: string } | null;
  /** How many there are. */
  learners: number;
  exercises: ExerciseSummary[];
}

/** The same wrong outcome of a check. */
export interface WrongOutcome {
  outcome: Outcome;
  /** The kind of mistake, where the check knows it; else what happened. */
  message: string | null;
  /** Of public checks: the input, what was expected and what came. */
  input: string | null;
  expected: string | null;
  got: string | null;
  attempts: number;
  learners: number;
}

/** How one check went. */
export interface CheckStatistics {
  check: string;
  visibility: Visibility;
  max: number;
  /** False for a check of an earlier version, which newer verdicts do not have. */
  present: boolean;
  /** Attempts that did not pass it, and learners who did not at least once. */
  failures: number;
  learners: number;
  /** Attempts of which it was the first check not passed. */
  first: number;
  /** Learners who have not passed the exercise, and whose newest attempt stops here first. */
  stuck: number;
  /** The most frequent first. */
  wrong: WrongOutcome[];
}

/** GET …/statistics/:exercise?section=; …/statistics/:exercise/checks.csv: a row a check. */
export interface ExerciseStatistics extends ExerciseSummary {
  course: string;
  section: { id: string; name: string } | null;
  learners: number;
  /** Learners by the attempt that was their first with full points: 1, 2, … 10, more. */
  attemptCounts: number[];
  /** Learners who needed more than one attempt, by the time from the first to the one that passed. */
  times: { upTo: number | null; learners: number }[];
  sections: {
    section: { id: string; name: string } | null;
    tried: number;
    passed: number;
    mean: number | null;
    attemptsToPass: Quartiles | null;
  }[];
  /** In the order in which they run. */
  checks: CheckStatistics[];
  /** Attempts whose code did not get as far as a check: every check ended in an error. */
  erred: number;
  /** Attempts that were still the starter. */
  untouched: number;
}
