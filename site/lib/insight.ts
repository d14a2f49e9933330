/** The client of regrades, statistics and comparisons of answers. */
import type {
  ExerciseStatistics,
  Regrade,
  RegradeDirection,
  RegradeItem,
  RegradePolicy,
  SimilarityPair,
  SimilarityPairDetail,
  SimilarityReport,
  SimilarityReview,
  Statistics,
} from "@gradus/grader/service";
import { call, callAll } from "./api";
import { asked } from "./courses";

const at = (course: string, ...parts: string[]) =>
  ["/api/v1/courses", course, ...parts]
    .map((part, index) => (index ? encodeURIComponent(part) : part))
    .join("/");

// ---------- Regrades ----------

export const listRegrades = async (course: string, signal?: AbortSignal) =>
  (await callAll<{ regrades: Regrade[] }>(at(course, "regrades"), ["regrades"], signal)).regrades;

export const startRegrade = (course: string, wanted: { exercise?: string; section?: string }) =>
  call<Regrade>("POST", at(course, "regrades"), { json: wanted });

export const changeRegrade = (
  course: string,
  id: string,
  what: "stop" | "resume" | "discard" | "undo",
) => call<Regrade>("POST", at(course, "regrades", id, what), { json: {} });

export const applyRegrade = (course: string, id: string, policy: RegradePolicy) =>
  call<Regrade>("POST", at(course, "regrades", id, "apply"), { json: { policy } });

export interface ItemsPage {
  items: RegradeItem[];
  next: string | null;
}

export const regradeItems = (
  course: string,
  id: string,
  wanted: { direction?: RegradeDirection | string; cursor?: string; limit?: number },
  signal?: AbortSignal,
) => call<ItemsPage>("GET", `${at(course, "regrades", id, "items")}${asked(wanted)}`, { signal });

export const regradeFile = (course: string, id: string) =>
  call<Blob>("GET", at(course, "regrades", id, "changes.csv"), { as: "blob" });

// ---------- Statistics ----------

export const getStatistics = (course: string, section: string | undefined, signal?: AbortSignal) =>
  call<Statistics>("GET", `${at(course, "statistics")}${asked({ section })}`, { signal });

export const getExerciseStatistics = (
  course: string,
  exercise: string,
  section: string | undefined,
  signal?: AbortSignal,
) =>
  call<ExerciseStatistics>("GET", `${at(course, "statistics", exercise)}${asked({ section })}`, {
    signal,
  });

export const statisticsFile = (course: string, section: string | undefined) =>
  call<Blob>("GET", `${at(course, "statistics.csv")}${asked({ section })}`, { as: "blob" });

export const checksFile = (course: string, exercise: string, section: string | undefined) =>
  call<Blob>("GET", `${at(course, "statistics", exercise, "checks.csv")}${asked({ section })}`, {
    as: "blob",
  });

// ---------- Similar answers ----------

export const listSimilarity = async (course: string, signal?: AbortSignal) =>
  (await callAll<{ reports: SimilarityReport[] }>(at(course, "similarity"), ["reports"], signal))
    .reports;

export const startSimilarity = (
  course: string,
  wanted: { assignment?: string; exercise?: string; section?: string },
) => call<SimilarityReport>("POST", at(course, "similarity"), { json: wanted });

export const getSimilarity = (course: string, id: string, signal?: AbortSignal) =>
  call<SimilarityReport>("GET", at(course, "similarity", id), { signal });

/** Stops one that waits or runs, removes one that has ended. */
export const endSimilarity = (course: string, id: string) =>
  call("DELETE", at(course, "similarity", id));

export const similarPairs = async (course: string, id: string, signal?: AbortSignal) =>
  (
    await callAll<{ pairs: SimilarityPair[] }>(
      at(course, "similarity", id, "pairs"),
      ["pairs"],
      signal,
    )
  ).pairs;

export const similarPair = (course: string, id: string, pair: string, signal?: AbortSignal) =>
  call<SimilarityPairDetail>("GET", at(course, "similarity", id, "pairs", pair), { signal });

export const reviewPair = (
  course: string,
  id: string,
  pair: string,
  review: Pick<SimilarityReview, "state" | "note">,
) =>
  call<SimilarityPairDetail>("PUT", at(course, "similarity", id, "pairs", pair, "review"), {
    json: review,
  });

export const unreviewPair = (course: string, id: string, pair: string) =>
  call("DELETE", at(course, "similarity", id, "pairs", pair, "review"));

/** Those who are linked by pairs of at least so much, directly or by others: the largest group first. */
export function clusters(pairs: readonly SimilarityPair[], least: number): SimilarityPair[][] {
  const groupOf = new Map<string, SimilarityPair[]>();
  for (const pair of pairs) {
    if (pair.similarity < least) continue;
    const [left, right] = [groupOf.get(pair.left.submission), groupOf.get(pair.right.submission)];
    const group = [...new Set([...(left ?? []), ...(right ?? []), pair])];
    for (const one of group) {
      groupOf.set(one.left.submission, group);
      groupOf.set(one.right.submission, group);
    }
  }
  return [...new Set(groupOf.values())].sort((a, b) => b.length - a.length);
}
