/** The client of grading by hand: reading, comments, rubric, scores, release, and what learners see of it. */
import type {
  AssignmentRelease,
  Comment,
  Criterion,
  Feedback,
  Grading,
  GradingChange,
  GradingProgress,
  Reading,
  ReadingEntry,
  ReadingList,
  ScoreOverride,
} from "@gradus/grader/service";
import { call } from "./api";

const part = encodeURIComponent;
const submission = (id: string) => `/api/v1/submissions/${part(id)}`;
const course = (id: string) => `/api/v1/courses/${part(id)}/grading`;

export const getReading = (id: string, signal?: AbortSignal) =>
  call<Reading>("GET", `${submission(id)}/grading`, { signal });

export const changeGrading = (id: string, change: GradingChange) =>
  call<Grading>("PATCH", `${submission(id)}/grading`, { json: change });

export const writeComment = (id: string, line: number | null, body: string) =>
  call<Comment>("POST", `${submission(id)}/grading/comments`, { json: { line, body } });

export const changeComment = (id: string, comment: string, body: string) =>
  call<Comment>("PATCH", `${submission(id)}/grading/comments/${part(comment)}`, { json: { body } });

export const deleteComment = (id: string, comment: string) =>
  call("DELETE", `${submission(id)}/grading/comments/${part(comment)}`);

export const restoreComment = (id: string, comment: string) =>
  call<Comment>("POST", `${submission(id)}/grading/comments/${part(comment)}/restore`, {
    json: {},
  });

export const getFeedback = (id: string, signal?: AbortSignal) =>
  call<Feedback>("GET", `${submission(id)}/feedback`, { signal });

/** An exercise's reference solution; refused while it is in an assignment. */
export const getSolution = async (exercise: string, signal?: AbortSignal) =>
  (
    await call<{ source: string }>("GET", `/api/v1/exercises/${part(exercise)}/solution`, {
      signal,
    })
  ).source;

export const getProgress = async (id: string, signal?: AbortSignal) =>
  (await call<{ assignments: GradingProgress[] }>("GET", course(id), { signal })).assignments;

export const setRelease = (id: string, assignment: string, released: boolean, section?: string) =>
  call<AssignmentRelease>("PUT", `${course(id)}/assignments/${part(assignment)}/release`, {
    json: { released, ...(section ? { section } : {}) },
  });

export const getReadingList = (
  id: string,
  exercise: string,
  section?: string,
  signal?: AbortSignal,
) =>
  call<ReadingList>(
    "GET",
    `${course(id)}/${part(exercise)}${section ? `?section=${part(section)}` : ""}`,
    { signal },
  );

const criteria = (id: string, exercise: string) => `${course(id)}/${part(exercise)}/criteria`;

export const listCriteria = async (id: string, exercise: string, signal?: AbortSignal) =>
  (await call<{ criteria: Criterion[] }>("GET", criteria(id, exercise), { signal })).criteria;

export const addCriterion = (
  id: string,
  exercise: string,
  wanted: { description: string; points: number },
) => call<Criterion>("POST", criteria(id, exercise), { json: wanted });

export const changeCriterion = (
  id: string,
  exercise: string,
  criterion: string,
  change: { description?: string; points?: number },
) => call<Criterion>("PATCH", `${criteria(id, exercise)}/${part(criterion)}`, { json: change });

export const deleteCriterion = (id: string, exercise: string, criterion: string) =>
  call("DELETE", `${criteria(id, exercise)}/${part(criterion)}`);

export const setOverride = (
  id: string,
  exercise: string,
  user: string,
  wanted: { score: number; reason: string },
) =>
  call<ScoreOverride>("PUT", `${course(id)}/${part(exercise)}/overrides/${part(user)}`, {
    json: wanted,
  });

export const takeBackOverride = (id: string, exercise: string, user: string) =>
  call("DELETE", `${course(id)}/${part(exercise)}/overrides/${part(user)}`);

// ---------- Whom one reads ----------

/** What stands behind the question mark of a reading page: where one came from. */
export interface Choice {
  /** Only this section, by id. */
  section?: string;
  /** Only what nobody has read. */
  unread?: boolean;
}

export function choiceOf(query: URLSearchParams): Choice {
  const section = query.get("section");
  return {
    ...(section ? { section } : {}),
    ...(query.get("only") === "unread" ? { unread: true } : {}),
  };
}

/** Kept while one goes from learner to learner: the list of a large class takes seconds to make. */
let kept: { key: string; until: number; list: Promise<ReadingList> } | undefined;

/** The list that one reads through, at most five minutes old; so it stays as it was when one began. */
export function listToReadThrough(
  courseId: string,
  exercise: string,
  section?: string,
  now = Date.now(),
): Promise<ReadingList> {
  const key = JSON.stringify([courseId, exercise, section]);
  if (kept?.key === key && now < kept.until) return kept.list;
  const list = getReadingList(courseId, exercise, section);
  kept = { key, until: now + 300_000, list };
  // What failed is asked for again.
  list.catch(() => {
    if (kept?.list === list) kept = undefined;
  });
  return list;
}

/** The address of a submission's reading page. */
export function readingAt(id: string, { section, unread }: Choice = {}): string {
  const query = new URLSearchParams({
    ...(section ? { section } : {}),
    ...(unread ? { only: "unread" } : {}),
  }).toString();
  return `/instructor/submissions/${part(id)}${query ? `?${query}` : ""}`;
}

/** The address of the list of everybody's work at an exercise. */
export const listAt = (courseId: string, exercise: string) =>
  `/instructor/courses/${part(courseId)}/grading/${part(exercise)}`;

/**
 * Who comes before and after in the list one reads through, of those with something to read. Whoever is
 * on show has a place, read or not, so that the way on stays the same after reading them.
 */
export function neighbors(
  entries: readonly ReadingEntry[],
  learners: readonly string[],
  unread = false,
) {
  const here = (entry: ReadingEntry) => entry.learners.some(({ id }) => learners.includes(id));
  const list = entries.filter(
    (entry) => entry.submission !== null && (!unread || !entry.read || here(entry)),
  );
  const place = list.findIndex(here);
  return {
    before: place > 0 ? list[place - 1] : undefined,
    after: place >= 0 ? list[place + 1] : list[0],
    place: place + 1,
    count: list.length,
  };
}
