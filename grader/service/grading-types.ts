/** What the service says over HTTP of grading by hand. Exported by types.ts. */
import type { ExerciseGrade } from "./rules.ts";
import type { Report, SubmissionState, SubmissionSummary } from "./types.ts";

/**
 * What a reader says of a submission. POST /api/v1/submissions/:id/grading/comments → 201; PATCH, DELETE
 * …/:comment; POST …/:comment/restore brings a deleted one back.
 */
export interface Comment {
  id: string;
  /** From 1; null: it is about the whole. */
  line: number | null;
  body: string;
  author: { id: string; name: string };
  createdAt: string;
  /** Null: as it was written. */
  editedAt: string | null;
}

/**
 * Something that readers look for, and the points it gives, or takes. GET
 * /api/v1/courses/:course/grading/:exercise/criteria → `{ criteria }`; POST → 201, PATCH, DELETE …/:id.
 * A change holds for every submission that meets it.
 */
export interface Criterion {
  id: string;
  description: string;
  points: number;
  /** How many submissions meet it. */
  submissions: number;
}

/** What a reader decided about a submission. PATCH /api/v1/submissions/:id/grading → Grading */
export interface Grading {
  /** Who read it, and when; null: nobody yet. */
  read: { by: { id: string; name: string }; at: string } | null;
  /** The ids of the criteria that it meets. */
  marks: string[];
  /** Points given or taken besides; null: none. */
  points: number | null;
  /** Why. The learner sees it. */
  note: string | null;
}

/** PATCH /api/v1/submissions/:id/grading; what is not named stays as it is. */
export interface GradingChange {
  read?: boolean;
  /** By criterion: whether the submission meets it. */
  marks?: Record<string, boolean>;
  points?: number | null;
  note?: string | null;
}

/**
 * A score that stands whatever else says otherwise. PUT, DELETE
 * /api/v1/courses/:course/grading/:exercise/overrides/:user `{ score, reason }`
 */
export interface ScoreOverride {
  score: number;
  /** The learner sees it. */
  reason: string;
  by: { id: string; name: string };
  at: string;
}

/** One of a submission's learners: who handed it in, or was in their group then. */
export interface ReadLearner {
  id: string;
  name: string;
  email: string;
  section: string | null;
  /** Whether they see grade, comments and marks. */
  released: boolean;
  /** What they have for the exercise; null where it is in no assignment. */
  grade: ExerciseGrade | null;
  override: ScoreOverride | null;
}

/** All that a reader of a submission needs. GET /api/v1/submissions/:id/grading, for those who teach. */
export interface Reading {
  submission: SubmissionSummary & { source: string; report: Report | null };
  course: { id: string; name: string; timeZone: string };
  exercise: { name: string; title: string };
  /** The reference solution, which learners do not get from here; null where there is none (any more). */
  reference: string | null;
  /** Null where the exercise is in none: there are comments then, but no grade. */
  assignment: { id: string; name: string; points: number; handPoints: number } | null;
  learners: ReadLearner[];
  /** Every attempt of theirs at the exercise, from the first on. */
  attempts: (SubmissionSummary & { read: boolean; comments: number })[];
  criteria: Criterion[];
  grading: Grading;
  comments: Comment[];
}

/** What there is to read of one learner or group. GET /api/v1/courses/:course/grading/:exercise?section= */
export interface ReadingEntry {
  /** The submission that counts, else the newest; null: nothing was handed in. */
  submission: string | null;
  learners: { id: string; name: string; section: string | null }[];
  attempts: number;
  state: SubmissionState | null;
  /** Whether somebody has read it. */
  read: boolean;
  /** The first learner's; null while there is none. */
  score: number | null;
  maxScore: number | null;
  comments: number;
}

/** Everybody's work at an exercise, in the order of names. */
export interface ReadingList {
  exercise: { name: string; title: string };
  assignment: { id: string; name: string } | null;
  entries: ReadingEntry[];
}

/** How far reading has come. GET /api/v1/courses/:course/grading → `{ assignments }` */
export interface GradingProgress {
  id: string;
  name: string;
  dueAt: string | null;
  release: AssignmentRelease;
  exercises: {
    exercise: string;
    title: string;
    points: number;
    handPoints: number;
    /** Learners and groups who handed in, and how many of them were read. */
    submitted: number;
    read: number;
    criteria: number;
  }[];
}

/**
 * To whom an assignment's grades, comments and marks are shown. GET, PUT
 * /api/v1/courses/:course/grading/assignments/:id/release `{ released, section? }`; without `section`,
 * for all.
 */
export interface AssignmentRelease {
  /** For those in no section, and in a section that is made later. */
  released: boolean;
  sections: { id: string; name: string; released: boolean }[];
}

/**
 * What was said of a submission, for whom it counts. GET /api/v1/submissions/:id/feedback. Until it is
 * released everything is as if nobody had read it.
 */
export interface Feedback {
  released: boolean;
  comments: Comment[];
  /** The criteria that it meets. */
  marks: { description: string; points: number }[];
  points: number | null;
  note: string | null;
  /** What the learner has for the exercise; null where it is in no assignment, or not released. */
  grade: ExerciseGrade | null;
  /** Whether this is the attempt that counts. */
  counts: boolean;
}
