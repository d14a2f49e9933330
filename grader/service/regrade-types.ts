/** Regrades, shape by shape. types.ts exports these with the others. */
import type { CheckResult, Outcome } from "@gradus/grader/checks";

/**
 * `running`: verdicts are being formed. `ready`: all are there, nothing has taken effect. `stopped`: it can
 * go on. The others are ends; `undone` comes after `applied`.
 */
export type RegradeState = "running" | "ready" | "stopped" | "applied" | "discarded" | "undone";

/** Which of its verdicts take effect: `all`, or those with more points than before. */
export type RegradePolicy = "all" | "gains";

/**
 * What a new verdict does: more points, fewer, `other`: the same points from other outcomes, `same`: every
 * check ended as before, `broken`: the grader itself failed, so the old verdict stays.
 */
export type RegradeDirection = "up" | "down" | "other" | "same" | "broken";

/** A check that ended differently; null where it was not there. */
export interface CheckChange {
  check: string;
  from: Outcome | null;
  to: Outcome | null;
  fromPoints: number;
  toPoints: number;
}

/**
 * GET /api/v1/courses/:course/regrades → `{ regrades }`, newest first; POST `{ exercise?, section? }` → 201;
 * GET …/:id; POST …/:id/stop, resume, discard, undo, and apply `{ policy }`.
 */
export interface Regrade {
  id: string;
  course: string;
  section: { id: string; name: string } | null;
  /** `version`: the hash of the checks that it tries. `present`: whether the server still has them. */
  exercises: { name: string; title: string; version: string; present: boolean }[];
  state: RegradeState;
  /** Once it was applied. */
  policy: RegradePolicy | null;
  /** Why it does not go on by itself, if so. */
  reason?: string;
  startedBy: { id: string; name: string };
  startedAt: string;
  /** Who stopped, applied, discarded or took it back. */
  changedBy: { id: string; name: string } | null;
  changedAt: string | null;
  /** How many submissions, and how many of them have a new verdict. */
  total: number;
  graded: number;
  counts: Record<RegradeDirection, number>;
  /** How many learners' submissions would get other points. */
  learners: number;
  /** Which checks ended differently, and how often; the most frequent first. */
  changes: {
    exercise: string;
    check: string;
    from: Outcome | null;
    to: Outcome | null;
    count: number;
  }[];
}

/**
 * One submission of a regrade. GET …/regrades/:id/items?direction=&exercise= → `{ items, next }`, in the order
 * they were handed in; `direction` is one or several, with commas between.
 */
export interface RegradeItem {
  submission: string;
  learner: { id: string; name: string; email: string };
  exercise: string;
  attempt: number;
  receivedAt: string;
  from: { outcome: Outcome; points: number; max: number };
  to: { outcome: Outcome; points: number; max: number };
  direction: RegradeDirection;
  changes: CheckChange[];
}

/** A verdict that once stood. GET /api/v1/courses/:course/submissions/:id/verdicts → `{ verdicts }`, newest first. */
export interface VerdictVersion {
  /** True for the one that stands. */
  stands: boolean;
  outcome: Outcome;
  points: number;
  max: number;
  /** The version of the checks; null where that was not written down yet. */
  checks: string | null;
  gradedAt: string;
  /** Which regrade put another in its place, and when. */
  replaced: { regrade: string; at: string } | null;
  results: CheckResult[];
}
