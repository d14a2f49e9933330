/** Reports about similar answers, shape by shape. types.ts exports these with the others. */

export type SimilarityState = "queued" | "running" | "done" | "failed" | "canceled";

/** The same passage in two sources: from which character to which, and the lines, from 1. */
export interface SimilarityPassage {
  left: { start: number; end: number; firstLine: number; lastLine: number };
  right: { start: number; end: number; firstLine: number; lastLine: number };
  /** How many tokens. */
  tokens: number;
}

/** What was found out of one exercise. */
export interface SimilarityOfExercise {
  exercise: string;
  /** How many answers were compared. */
  compared: number;
  /** Of two answers in the middle of all pairs, the part that both share: what is usual here. */
  median: number;
  /** The submissions that were too short, or nested too deep, to be compared. */
  tooShort: string[];
  /** How many pairs are at or above the threshold; at most a few hundred of them are kept. */
  pairs: number;
}

/**
 * GET /api/v1/courses/:course/similarity → `{ reports }`, newest first; POST `{ assignment }` or
 * `{ exercise }`, with `section?` → 201; GET …/:id; DELETE …/:id while it is under way stops it, later
 * removes it.
 */
export interface SimilarityReport {
  id: string;
  /** Of the assignment or exercise. */
  name: string;
  section: { id: string; name: string } | null;
  exercises: { name: string; title: string }[];
  state: SimilarityState;
  /** Why it failed, if so. */
  reason?: string;
  startedBy: { id: string; name: string };
  startedAt: string;
  finishedAt: string | null;
  /** Of each exercise that is through. */
  done: SimilarityOfExercise[];
}

/** What somebody said about two submissions. Nothing follows from it by itself. */
export interface SimilarityReview {
  state: "looked_at" | "dismissed";
  note: string;
  by: { id: string; name: string };
  at: string;
}

/**
 * Two answers that share passages. GET …/similarity/:id/pairs → `{ pairs, next }`, the most similar first.
 */
export interface SimilarityPair {
  id: string;
  exercise: string;
  left: SimilarityAnswer;
  right: SimilarityAnswer;
  /** Of what both wrote beyond what the exercise gives and forces, the part that both share: 0 to 1. */
  similarity: number;
  /** Tokens of the longest passage. */
  longest: number;
  review: SimilarityReview | null;
}

export interface SimilarityAnswer {
  submission: string;
  learner: { id: string; name: string; email: string };
  section: string | null;
  receivedAt: string;
}

/** GET …/similarity/:id/pairs/:pair; PUT …/review `{ state, note? }`, DELETE …/review. */
export interface SimilarityPairDetail extends SimilarityPair {
  sources: { left: string; right: string };
  passages: SimilarityPassage[];
}
