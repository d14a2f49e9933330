/**
 * A page of the gradebook. In the order of names only the page's learners are graded; to sort or filter
 * by grades everybody is, from the attempts that can decide.
 */
import type { Kysely } from "kysely";
import { z } from "zod";
import { extensionsIn, type Found, findAssignments, noAssignment } from "./assignments.ts";
import { attemptsIn } from "./attempts.ts";
import { sections } from "./courses.ts";
import { decidingAttempts } from "./deciding.ts";
import type { Exercises } from "./exercises.ts";
import type { BookCell, BookColumn, BookLearner, BookPage, BookShow } from "./gradebook-types.ts";
import { workOf } from "./grades.ts";
import { overridesIn } from "./gradings.ts";
import { Refusal } from "./refusal.ts";
import type { Standing } from "./roles.ts";
import {
  type AssignmentGrade,
  type Attempt,
  type ExerciseGrade,
  gradeCourse,
  type Rules,
  round,
  rulesFor,
} from "./rules.ts";
import type { Database } from "./store/schema.ts";

type Course = Standing["course"];

/** The most and the usual number of learners on a page. */
const ROWS = { most: 200, usual: 50 };

const number = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, "must be a whole number from 1")
  .transform(Number);
export const bookRequest = z.strictObject({
  view: z.union([z.literal(["all", "free"]), z.uuid()]).optional(),
  search: z.string().max(200).default(""),
  section: z.uuid().optional(),
  show: z.enum(["all", "missing", "late", "grading", "dropped"]).default("all"),
  sort: z.string().max(200).default("name"),
  order: z.enum(["asc", "desc"]).default("asc"),
  page: number.default(1),
  limit: number.default(ROWS.usual),
});
export type BookRequest = z.infer<typeof bookRequest>;

/** What the columns of a view are, and how a learner's grades fill them. */
interface View {
  name: string;
  columns: BookColumn[];
  /** The assignments that must be graded for it. */
  found: Found[];
  /** A learner's cells, but for their group. */
  cells(one: Graded, now: Date): Omit<BookCell, "group">[];
  /** By column: the set of groups that hand in together. */
  groupSets: (string | null)[];
}

/** A learner's grades in the assignments of a view. */
interface Graded {
  rules: Rules[];
  extended: boolean[];
  grades: AssignmentGrade[];
  lateDaysUsed: number;
  /** The newest attempt at each exercise. */
  newest: ReadonlyMap<string, string>;
}

/** @throws Refusal when there is no such view, section or column */
export async function gradebookPage(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
  asked: BookRequest,
  now: Date,
): Promise<BookPage> {
  const all = await findAssignments(db, course.id);
  const taken = new Set(all.flatMap(({ rules }) => rules.exercises.map((one) => one.exercise)));
  const free = exercises.all.filter(({ name }) => !taken.has(name));
  const titles = new Map(exercises.all.map(({ name, title }) => [name, title]));
  const view = viewOf(asked.view, all, free, titles);
  const known = await sections(db, course.id);
  const column = view.columns.findIndex(({ id }) => id === asked.sort);
  if (!["name", "section", "score"].includes(asked.sort) && column < 0)
    throw new Refusal(
      400,
      "bad_request",
      `sort must be name, section, score or the id of a column, not ${JSON.stringify(asked.sort.slice(0, 40))}`,
    );
  if (asked.section !== undefined && !known.some(({ id }) => id === asked.section))
    throw new Refusal(404, "not_found", "there is no such section in this course");

  const people = await learnersIn(db, course.id);
  const here = people.filter(({ active }) => active);
  const asks = wordsOf(asked.search);
  const fitting = people.filter(
    (one) =>
      one.active !== (asked.show === "dropped") &&
      (asked.section === undefined || one.sectionId === asked.section) &&
      asks.every((word) => one.text.includes(word)),
  );
  const grade = await grader(db, course, view.found);

  const byGrade = asked.sort === "score" || column >= 0;
  let matching = fitting;
  if (byGrade || !["all", "dropped"].includes(asked.show)) {
    const attempts = await decidingAttempts(db, course.id, view.found);
    const cells = new Map(
      fitting.map((one) => [one, view.cells(grade(one.user.id, attempts(one.user.id)), now)]),
    );
    const shows = SHOWS[asked.show];
    matching = fitting.filter((one) => cells.get(one)?.some(shows));
    if (byGrade) {
      const score = (one: Learner) =>
        column >= 0 ? (cells.get(one)?.[column].score ?? null) : sum(cells.get(one) ?? []);
      matching = ordered(matching, score, asked.order);
    }
  }
  if (asked.sort === "section") matching = ordered(matching, ({ section }) => section, asked.order);
  if (asked.sort === "name" && asked.order === "desc") matching = [...matching].reverse();

  const limit = Math.min(asked.limit, ROWS.most);
  const pages = Math.max(1, Math.ceil(matching.length / limit));
  const page = Math.min(asked.page, pages);
  const shown = matching.slice((page - 1) * limit, page * limit);
  const users = shown.map(({ user }) => user.id);
  const attempts =
    users.length > 0 ? await attemptsIn(db, course.id, { users }) : () => [] as Attempt[];
  const groupOf = await groupNames(db, view.groupSets, users);
  const rows = shown.map(({ text: _, sectionId: __, ...one }): BookLearner => {
    const graded = grade(one.user.id, attempts(one.user.id));
    const cells = view.cells(graded, now).map((cell, index) => ({
      ...cell,
      group: groupOf(view.groupSets[index], one.user.id),
    }));
    return { ...one, score: sum(cells), lateDaysUsed: graded.lateDaysUsed, cells };
  });
  return {
    course: course.id,
    timeZone: course.timeZone,
    lateDays: course.lateDays,
    view: view.name,
    assignments: all.map(({ row, rules }) => ({
      id: row.id,
      name: row.name,
      dueAt: rules.dueAt?.toISOString() ?? null,
      released: row.released,
    })),
    free: free.length,
    sections: known,
    columns: view.columns,
    maxScore: round(view.columns.reduce((total, { maxScore }) => total + maxScore, 0)),
    rows,
    learners: here.length,
    matching: matching.length,
    page,
    pages,
  };
}

const SHOWS: Record<BookShow, (cell: Omit<BookCell, "group">) => boolean> = {
  all: () => true,
  dropped: () => true,
  missing: (cell) => cell.missing > 0,
  late: (cell) => cell.daysLate > 0,
  grading: (cell) => cell.waiting > 0 || cell.unread > 0,
};

/** @throws Refusal when there is no such assignment */
function viewOf(
  wanted: string | undefined,
  all: Found[],
  free: Exercises["all"],
  titles: ReadonlyMap<string, string>,
): View {
  const name = wanted ?? (all.length > 0 ? "all" : "free");
  if (name === "all")
    return {
      name,
      found: all,
      columns: all.map(({ row, rules }) => ({
        id: row.id,
        name: row.name,
        maxScore: worth(rules.exercises),
        dueAt: rules.dueAt?.toISOString() ?? null,
      })),
      cells: (one, now) =>
        all.map((_, index) => cellOf(one, index, one.grades[index].exercises, now)),
      groupSets: all.map(({ row }) => row.group_set_id),
    };
  const found = name === "free" ? [withoutRules(free)] : all;
  const index = name === "free" ? 0 : all.findIndex(({ row }) => row.id === name);
  if (index < 0) throw noAssignment();
  const { row, rules } = found[index];
  return {
    name,
    found,
    columns: rules.exercises.map(({ exercise, points }) => ({
      id: exercise,
      name: titles.get(exercise) ?? exercise,
      maxScore: points,
      dueAt: rules.dueAt?.toISOString() ?? null,
    })),
    cells: (one, now) =>
      one.grades[index].exercises.map((exercise) => cellOf(one, index, [exercise], now)),
    groupSets: rules.exercises.map(() => row.group_set_id),
  };
}

/** The exercises in no assignment as if they were one: no dates, no limits, the best attempt. */
function withoutRules(free: Exercises["all"]): Found {
  const rules: Rules = {
    unlockAt: null,
    dueAt: null,
    lockAt: null,
    allowedAttempts: null,
    cooldownSeconds: 0,
    scoringPolicy: "keep_highest",
    lateSubmissionDeduction: 0,
    lateSubmissionMaximumDeduction: 0,
    maximumLateDays: null,
    exercises: free.map(({ name, points }) => ({ exercise: name, points })),
  };
  return { row: { id: "free", group_set_id: null } as Found["row"], rules };
}

/** @param index which of the assignments the exercises are of */
function cellOf(
  one: Graded,
  index: number,
  exercises: readonly ExerciseGrade[],
  now: Date,
): Omit<BookCell, "group"> {
  const { dueAt, exercises: parts } = one.rules[index];
  const byHand = new Set(
    parts.filter(({ handPoints = 0 }) => handPoints > 0).map((p) => p.exercise),
  );
  const unread = exercises.filter(
    ({ exercise, attempts, hand, override }) =>
      byHand.has(exercise) && attempts > 0 && !hand && !override,
  );
  const due = dueAt !== null && now > dueAt;
  const total = (count: (exercise: ExerciseGrade) => number) =>
    exercises.reduce((sum, exercise) => sum + count(exercise), 0);
  // What still wants a reader is the way in; else what counts, else the newest.
  const first = [...unread, ...exercises].find(
    ({ submission, attempts }) => submission ?? attempts,
  );
  return {
    score: sum(exercises),
    missing: due ? exercises.filter((e) => e.attempts === 0 && e.score === null).length : 0,
    daysLate: Math.max(0, ...exercises.map(({ daysLate }) => daysLate)),
    deducted: round(total(({ deducted }) => deducted)),
    attempts: total(({ attempts }) => attempts),
    waiting: total(({ waiting }) => waiting),
    unread: unread.length,
    overridden: exercises.some(({ override }) => override !== undefined),
    extended: one.extended[index],
    submission: first ? (first.submission ?? one.newest.get(first.exercise) ?? null) : null,
  };
}

/** What grades one learner in some assignments, with their own dates. */
async function grader(db: Kysely<Database>, course: Course, found: readonly Found[]) {
  const extension = await extensionsIn(db, course.id);
  const overrides = await overridesIn(db, course.id);
  return (user: string, attempts: readonly Attempt[]): Graded => {
    const own = found.map(({ row }) => extension(row.id, user));
    const rules = found.map((one, index) => rulesFor(one.rules, own[index]));
    const works = rules.map((rules) => workOf(rules, attempts, overrides(user)));
    return {
      rules,
      extended: own.map((one) => one !== undefined),
      newest: new Map(attempts.map(({ exercise, submission }) => [exercise, submission])),
      ...gradeCourse(course, works),
    };
  };
}

interface Learner extends Omit<BookLearner, "score" | "lateDaysUsed" | "cells"> {
  sectionId: string | null;
  /** What the search looks at. */
  text: string;
}

const names = new Intl.Collator("en", { sensitivity: "base", numeric: true });

/** Every learner who is or was in a course, by name. */
async function learnersIn(db: Kysely<Database>, course: string): Promise<Learner[]> {
  const rows = await db
    .selectFrom("enrollments")
    .innerJoin("user", "user.id", "enrollments.user_id")
    .leftJoin("sections", "sections.id", "enrollments.section_id")
    .where("enrollments.course", "=", course)
    .where("enrollments.role", "=", "learner")
    .select(["user.id", "user.name", "user.email", "sections.name as section"])
    .select(["enrollments.section_id as sectionId", "enrollments.dropped_at as droppedAt"])
    .select(["enrollments.roster_name as rosterName", "enrollments.student_id as studentId"])
    .execute();
  return rows
    .map(({ id, name, email, droppedAt, ...place }) => ({
      user: { id, name, email },
      ...place,
      active: droppedAt === null,
      text: plain(`${name} ${place.rosterName ?? ""} ${email} ${place.studentId ?? ""}`),
    }))
    .sort(
      (a, b) =>
        names.compare(a.rosterName ?? a.user.name, b.rosterName ?? b.user.name) ||
        names.compare(a.user.email, b.user.email),
    );
}

const plain = (text: string) =>
  text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
const wordsOf = (text: string) => plain(text).split(/\s+/).filter(Boolean);

/** By a value; who has none comes last either way, equals stay in the order they are in. */
function ordered(
  list: readonly Learner[],
  value: (one: Learner) => number | string | null,
  order: "asc" | "desc",
): Learner[] {
  const sign = order === "desc" ? -1 : 1;
  return list
    .map((one) => ({ one, by: value(one) }))
    .sort(({ by: a }, { by: b }) => {
      if (a === null || b === null) return Number(a === null) - Number(b === null);
      if (typeof a === "number" && typeof b === "number") return sign * (a - b);
      return sign * names.compare(String(a), String(b));
    })
    .map(({ one }) => one);
}

/** Scores together; null while there is none. */
function sum(parts: readonly { score: number | null }[]): number | null {
  const scores = parts.flatMap(({ score }) => (score === null ? [] : [score]));
  return scores.length === 0 ? null : round(scores.reduce((total, score) => total + score, 0));
}

function worth(exercises: Rules["exercises"]): number {
  return round(exercises.reduce((total, { points }) => total + points, 0));
}

/** The name of a learner's group in a set. */
async function groupNames(
  db: Kysely<Database>,
  sets: readonly (string | null)[],
  users: readonly string[],
): Promise<(set: string | null, user: string) => string | null> {
  const wanted = [...new Set(sets)].filter((set) => set !== null);
  if (wanted.length === 0 || users.length === 0) return () => null;
  const rows = await db
    .selectFrom("group_members")
    .innerJoin("groups", "groups.id", "group_members.group_id")
    .where("group_members.group_set_id", "in", wanted)
    .where("group_members.user_id", "in", users)
    .select(["group_members.group_set_id as set", "group_members.user_id as user", "groups.name"])
    .execute();
  const found = new Map(rows.map(({ set, user, name }) => [`${set} ${user}`, name]));
  return (set, user) => found.get(`${set} ${user}`) ?? null;
}
