/** What the service says over HTTP of a course's gradebook. Exported by types.ts. */
import type { Section } from "./types.ts";

/** Whom a page of the gradebook shows. `grading`: with something a check or a person has yet to grade. */
export type BookShow = "all" | "missing" | "late" | "grading" | "dropped";

/**
 * GET /api/v1/courses/:course/gradebook, for those who teach: a page of learners, a column each
 * assignment.
 *
 * `view`: an assignment's id, for a column each of its exercises; `free`, for the exercises that are in no
 * assignment, with their best points; without it, all assignments, or `free` where there are none.
 * `search`: only whose name, e-mail or student id has these words in it. `section`: only those in it.
 * `show`: only those with something like that in one of the columns. `sort`: `name` (default), `section`,
 * `score`, or a column's id; `order=desc` turns it round. `page` from 1; `limit`, at most 200.
 */
export interface BookPage {
  course: string;
  /** In which dates are shown and days are counted. */
  timeZone: string;
  /** Each learner's budget of late days. */
  lateDays: number;
  /** What the columns are: `all` assignments, the `free` exercises, or the exercises of the one named. */
  view: string;
  /** What else there is to view. */
  assignments: { id: string; name: string; dueAt: string | null; released: boolean }[];
  /** How many exercises are in no assignment. */
  free: number;
  sections: Section[];
  columns: BookColumn[];
  /** The sum over the columns. */
  maxScore: number;
  rows: BookLearner[];
  /** How many learners are in the course, and how many of them were asked for. */
  learners: number;
  matching: number;
  /** This page, from 1, and how many there are. */
  page: number;
  pages: number;
}

export interface BookColumn {
  /** The id of the assignment, or the name of the exercise. */
  id: string;
  name: string;
  maxScore: number;
  /** Of everybody; a learner may have more time. */
  dueAt: string | null;
}

export interface BookLearner {
  user: { id: string; name: string; email: string };
  /** The name and number on the roster. */
  rosterName: string | null;
  studentId: string | null;
  section: string | null;
  /** False for who was dropped. */
  active: boolean;
  /** The sum over the columns; null while nothing in them is graded. */
  score: number | null;
  lateDaysUsed: number;
  /** In the order of the columns. */
  cells: BookCell[];
}

/** What a learner has in a column. */
export interface BookCell {
  /** After deductions; null while nothing that counts is graded. */
  score: number | null;
  /** How many exercises are not handed in although they are due. */
  missing: number;
  /** Begun days after the due date, of the latest exercise. */
  daysLate: number;
  /** Points taken off for lateness. */
  deducted: number;
  attempts: number;
  /** How many attempts are not graded yet, and how many exercises wait for points given by hand. */
  waiting: number;
  unread: number;
  /** Set when a person decided the score. */
  overridden: boolean;
  /** Whether an extension makes it different from everybody's. */
  extended: boolean;
  /** The learner's group, where groups hand in together. */
  group: string | null;
  /** The submission that counts, else the newest; null: nothing was handed in. */
  submission: string | null;
}
