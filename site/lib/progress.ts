import { store, stored } from "./storage.ts";

/** How far a reader came in a chapter. Kept in this browser only. */
export interface Progress {
  /** How far down the page they are, from 0 to 1. */
  share: number;
  /** The section they are in, null before the first. */
  section: string | null;
  /** How far down they ever were. */
  furthest: number;
}

const key = (slug: string): string => `gradus.progress.${slug}`;

export function readProgress(slug: string): Progress | null {
  try {
    const kept = JSON.parse(stored(key(slug)) ?? "null") as Progress | null;
    return kept && typeof kept.share === "number" ? kept : null;
  } catch {
    return null;
  }
}

export function keepProgress(slug: string, { share, section }: Omit<Progress, "furthest">): void {
  const furthest = Math.max(share, readProgress(slug)?.furthest ?? 0);
  store(key(slug), JSON.stringify({ share, section, furthest } satisfies Progress));
}

const solvedKey = (exercise: string): string => `gradus.solved.${exercise}`;

/** Whether the exercise's public checks have all passed in this browser. */
export const isSolved = (exercise: string): boolean => stored(solvedKey(exercise)) !== null;

export function keepSolved(exercise: string): void {
  store(solvedKey(exercise), new Date().toISOString());
}
