/** Assignments: sets of exercises with dates and rules, and extensions of them for one learner. */
import { randomUUID } from "node:crypto";
import { type Kysely, type Selectable, sql } from "kysely";
import { z } from "zod";
import { audit } from "./audit.ts";
import { line } from "./body.ts";
import type { Expectation } from "./conditional.ts";
import type { Exercises } from "./exercises.ts";
import { Refusal } from "./refusal.ts";
import type { Standing } from "./roles.ts";
import { type Extension, type Rules, round, rulesFor } from "./rules.ts";
import type { Database } from "./store/schema.ts";
import type { Assignment, LearnerExtension } from "./types.ts";
import { BadTime, readTime } from "./zoned.ts";

type Course = Standing["course"];

const time = z.string().max(40).nullable();
const rules = {
  name: line(200),
  unlockAt: time,
  dueAt: time,
  lockAt: time,
  hiddenUntilUnlocked: z.boolean(),
  allowedAttempts: z.int().min(1).max(10_000).nullable(),
  cooldownSeconds: z
    .int()
    .min(0)
    .max(30 * 24 * 3600),
  scoringPolicy: z.enum(["keep_highest", "keep_latest"]),
  lateSubmissionDeduction: z.number().min(0).max(100),
  lateSubmissionMaximumDeduction: z.number().min(0).max(100),
  maximumLateDays: z.int().min(0).max(1000).nullable(),
  groupSet: z.uuid().nullable(),
  released: z.boolean(),
  exercises: z
    .array(
      z.strictObject({
        exercise: z.string().max(200),
        points: z.number().min(0).max(1_000_000).optional(),
        handPoints: z.number().min(0).max(1_000_000).optional(),
      }),
    )
    .min(1)
    .max(500),
};
export const assignmentChange = z.strictObject(rules).partial();
export const assignmentRequest = assignmentChange.required({ name: true, exercises: true });
export const extensionRequest = z
  .strictObject({
    unlockAt: time,
    dueAt: time,
    lockAt: time,
    extraAttempts: z.int().min(0).max(10_000),
    reason: line(500).nullable(),
  })
  .partial();

type Row = Selectable<Database["assignments"]>;

/** An assignment as the store has it, and its exercises in their order. */
export interface Found {
  row: Row;
  rules: Rules;
}

/** Assignments of a course in the order of their due dates; those without one come last. */
export async function findAssignments(
  db: Kysely<Database>,
  course: string,
  id?: string,
): Promise<Found[]> {
  let query = db.selectFrom("assignments").selectAll().where("course", "=", course);
  if (id !== undefined) query = query.where("id", "=", id);
  const rows = await query
    .orderBy("due_at", (order) => order.asc().nullsLast())
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  if (rows.length === 0) return [];
  const parts = await db
    .selectFrom("assignment_exercises")
    .selectAll()
    .where("course", "=", course)
    .where(
      "assignment_id",
      "in",
      rows.map((row) => row.id),
    )
    .orderBy("position")
    .execute();
  return rows.map((row) => ({
    row,
    rules: toRules(
      row,
      parts
        .filter((part) => part.assignment_id === row.id)
        .map(({ exercise, points, hand_points }) => ({
          exercise,
          points,
          handPoints: hand_points,
        })),
    ),
  }));
}

/** @throws Refusal when there is none with this id in the course */
export async function findAssignment(
  db: Kysely<Database>,
  course: string,
  id: string,
): Promise<Found> {
  const [found] = await findAssignments(db, course, id);
  if (!found) throw noAssignment();
  return found;
}

/** An assignment as the API shows it. */
export function toAssignment({ row, rules }: Found, exercises: Exercises): Assignment {
  const titles = new Map(exercises.all.map(({ name, title }) => [name, title]));
  const { exercises: parts, ...rest } = rules;
  return {
    id: row.id,
    name: row.name,
    ...rest,
    unlockAt: rules.unlockAt?.toISOString() ?? null,
    dueAt: rules.dueAt?.toISOString() ?? null,
    lockAt: rules.lockAt?.toISOString() ?? null,
    hiddenUntilUnlocked: row.hidden_until_unlocked,
    groupSet: row.group_set_id,
    released: row.released,
    exercises: parts.map(({ exercise, points, handPoints = 0 }) => ({
      exercise,
      title: titles.get(exercise) ?? exercise,
      points,
      handPoints,
    })),
    maxScore: round(parts.reduce((sum, { points }) => sum + points, 0)),
  };
}

/**
 * Makes an assignment, or changes the one with `id`; what is not in `change` stays as it is.
 * @throws Refusal that says which date, exercise or name does not fit
 */
export async function saveAssignment(
  db: Kysely<Database>,
  by: string,
  course: Course,
  exercises: Exercises,
  change: z.infer<typeof assignmentChange>,
  id?: string,
  expect?: Expectation,
): Promise<Assignment> {
  return db.transaction().execute(async (trx) => {
    await lockRules(trx, course.id);
    const before = id === undefined ? undefined : await findAssignment(trx, course.id, id);
    if (before) expect?.(toAssignment(before, exercises));
    const wanted = before?.row ?? fresh(course.id);
    const row = {
      ...wanted,
      name: change.name ?? wanted.name,
      unlock_at: instant(change.unlockAt, wanted.unlock_at, "unlockAt", course),
      due_at: instant(change.dueAt, wanted.due_at, "dueAt", course),
      lock_at: instant(change.lockAt, wanted.lock_at, "lockAt", course),
      hidden_until_unlocked: change.hiddenUntilUnlocked ?? wanted.hidden_until_unlocked,
      allowed_attempts: or(change.allowedAttempts, wanted.allowed_attempts),
      cooldown_seconds: change.cooldownSeconds ?? wanted.cooldown_seconds,
      scoring_policy: change.scoringPolicy ?? wanted.scoring_policy,
      late_submission_deduction: change.lateSubmissionDeduction ?? wanted.late_submission_deduction,
      late_submission_maximum_deduction:
        change.lateSubmissionMaximumDeduction ?? wanted.late_submission_maximum_deduction,
      maximum_late_days: or(change.maximumLateDays, wanted.maximum_late_days),
      group_set_id: or(change.groupSet, wanted.group_set_id),
      released: change.released ?? wanted.released,
    };
    const parts = change.exercises
      ? change.exercises.map(({ exercise, points, handPoints = 0 }) => {
          const known = exercises.get(exercise);
          return { exercise, points: points ?? known.points, handPoints };
        })
      : (before?.rules.exercises ?? []);
    checkHandPoints(parts);
    checkOrder({ unlockAt: row.unlock_at, dueAt: row.due_at, lockAt: row.lock_at });
    await checkFree(
      trx,
      row,
      parts.map(({ exercise }) => exercise),
    );

    const { id: _id, course: _course, created_at: _made, ...values } = row;
    if (before) await trx.updateTable("assignments").set(values).where("id", "=", row.id).execute();
    else
      await trx
        .insertInto("assignments")
        .values({ id: row.id, course: course.id, ...values })
        .execute();
    // Said of all, it holds for every section.
    if (change.released !== undefined)
      await trx.deleteFrom("section_releases").where("assignment_id", "=", row.id).execute();
    await trx.deleteFrom("assignment_exercises").where("assignment_id", "=", row.id).execute();
    await trx
      .insertInto("assignment_exercises")
      .values(
        parts.map(({ exercise, points, handPoints = 0 }, position) => ({
          assignment_id: row.id,
          course: course.id,
          position,
          exercise,
          points,
          hand_points: handPoints,
        })),
      )
      .execute();
    const saved = toAssignment(await findAssignment(trx, course.id, row.id), exercises);
    await audit(trx, {
      course: course.id,
      by,
      action: before ? "assignment.update" : "assignment.create",
      subject: row.id,
      before: before && toAssignment(before, exercises),
      after: saved,
    });
    return saved;
  });
}

/** Takes an assignment away, with its extensions. What was handed in stays. @throws Refusal */
export async function deleteAssignment(
  db: Kysely<Database>,
  by: string,
  course: Course,
  exercises: Exercises,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockRules(trx, course.id);
    const found = await findAssignment(trx, course.id, id);
    const extended = await extensionsOf(trx, id);
    await trx.deleteFrom("assignments").where("id", "=", id).execute();
    await audit(trx, {
      course: course.id,
      by,
      action: "assignment.delete",
      subject: id,
      before: { ...toAssignment(found, exercises), extensions: extended },
    });
  });
}

/** The extensions of an assignment, by name. */
export async function extensionsOf(
  db: Kysely<Database>,
  assignment: string,
): Promise<LearnerExtension[]> {
  const rows = await db
    .selectFrom("extensions")
    .innerJoin("user", "user.id", "extensions.user_id")
    .where("assignment_id", "=", assignment)
    .selectAll("extensions")
    .select(["user.name", "user.email"])
    .orderBy("user.name")
    .orderBy("user.email")
    .execute();
  return rows.map((row) => ({
    user: { id: row.user_id, name: row.name, email: row.email },
    unlockAt: row.unlock_at?.toISOString() ?? null,
    dueAt: row.due_at?.toISOString() ?? null,
    lockAt: row.lock_at?.toISOString() ?? null,
    extraAttempts: row.extra_attempts,
    reason: row.reason,
  }));
}

/**
 * Gives a learner an extension, in the place of the one they may have.
 * @throws Refusal when there is no such assignment or learner, or the dates do not fit
 */
export async function setExtension(
  db: Kysely<Database>,
  by: string,
  course: Course,
  id: string,
  user: string,
  wanted: z.infer<typeof extensionRequest>,
): Promise<LearnerExtension> {
  return db.transaction().execute(async (trx) => {
    await lockRules(trx, course.id);
    const { rules } = await findAssignment(trx, course.id, id);
    const learner = await trx
      .selectFrom("enrollments")
      .select("user_id")
      .where("course", "=", course.id)
      .where("user_id", "=", user)
      .where("dropped_at", "is", null)
      .executeTakeFirst();
    if (!learner)
      throw new Refusal(404, "not_found", "there is nobody with this id in this course");
    const extension = {
      unlockAt: instant(wanted.unlockAt, null, "unlockAt", course),
      dueAt: instant(wanted.dueAt, null, "dueAt", course),
      lockAt: instant(wanted.lockAt, null, "lockAt", course),
      extraAttempts: wanted.extraAttempts ?? 0,
    };
    checkOrder(rulesFor(rules, extension));
    const before = (await extensionsOf(trx, id)).find((one) => one.user.id === user);
    const row = {
      unlock_at: extension.unlockAt,
      due_at: extension.dueAt,
      lock_at: extension.lockAt,
      extra_attempts: extension.extraAttempts,
      reason: wanted.reason ?? null,
    };
    await trx
      .insertInto("extensions")
      .values({ assignment_id: id, user_id: user, ...row })
      .onConflict((conflict) => conflict.columns(["assignment_id", "user_id"]).doUpdateSet(row))
      .execute();
    const after = (await extensionsOf(trx, id)).find((one) => one.user.id === user);
    if (!after) throw new Error("the extension that was just written is not there");
    await audit(trx, {
      course: course.id,
      by,
      action: before ? "extension.update" : "extension.create",
      subject: id,
      before,
      after,
    });
    return after;
  });
}

/** Takes an extension back. @throws Refusal when there is none */
export async function deleteExtension(
  db: Kysely<Database>,
  by: string,
  course: Course,
  id: string,
  user: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockRules(trx, course.id);
    await findAssignment(trx, course.id, id);
    const before = (await extensionsOf(trx, id)).find((one) => one.user.id === user);
    if (!before) throw new Refusal(404, "not_found", "this learner has no extension here");
    await trx
      .deleteFrom("extensions")
      .where("assignment_id", "=", id)
      .where("user_id", "=", user)
      .execute();
    await audit(trx, { course: course.id, by, action: "extension.delete", subject: id, before });
  });
}

/** A learner's extensions in a course (or everybody's), by assignment and user. */
export async function extensionsIn(
  db: Kysely<Database>,
  course: string,
  user?: string,
): Promise<(assignment: string, user: string) => Extension | undefined> {
  let query = db
    .selectFrom("extensions")
    .innerJoin("assignments", "assignments.id", "extensions.assignment_id")
    .where("assignments.course", "=", course)
    .selectAll("extensions");
  if (user !== undefined) query = query.where("extensions.user_id", "=", user);
  const found = new Map(
    (await query.execute()).map((row) => [
      `${row.assignment_id} ${row.user_id}`,
      {
        unlockAt: row.unlock_at,
        dueAt: row.due_at,
        lockAt: row.lock_at,
        extraAttempts: row.extra_attempts,
      },
    ]),
  );
  return (assignment, user) => found.get(`${assignment} ${user}`);
}

/** The assignments that some exercises belong to, as they are for a learner, by exercise. */
export async function assignmentsOf(
  db: Kysely<Database>,
  course: string,
  user: string,
  exercises: readonly string[],
): Promise<Map<string, Found>> {
  const rows = await db
    .selectFrom("assignment_exercises as part")
    .innerJoin("assignments", "assignments.id", "part.assignment_id")
    .leftJoin("extensions", (join) =>
      join
        .onRef("extensions.assignment_id", "=", "assignments.id")
        .on("extensions.user_id", "=", user),
    )
    .where("part.course", "=", course)
    .where("part.exercise", "in", exercises)
    .selectAll("assignments")
    .select([
      "part.exercise",
      "part.points",
      "extensions.user_id as extended",
      "extensions.unlock_at as unlockAt",
      "extensions.due_at as dueAt",
      "extensions.lock_at as lockAt",
      "extensions.extra_attempts as extraAttempts",
    ])
    .execute();
  return new Map(
    rows.map(({ exercise, points, extended, unlockAt, dueAt, lockAt, extraAttempts, ...row }) => {
      const rules = toRules(row, [{ exercise, points }]);
      const extension = { unlockAt, dueAt, lockAt, extraAttempts: extraAttempts ?? 0 };
      return [exercise, { row, rules: rulesFor(rules, extended ? extension : undefined) }];
    }),
  );
}

/** True when a learner may not know of an assignment yet. */
export function isHidden(
  row: Pick<Row, "hidden_until_unlocked">,
  rules: Rules,
  now: Date,
): boolean {
  return row.hidden_until_unlocked && rules.unlockAt !== null && now < rules.unlockAt;
}

/** Changes of a course's rules come one after the other. */
export async function lockRules(trx: Kysely<Database>, course: string): Promise<void> {
  const key = `gradus rules ${course}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(trx);
}

export function noAssignment(): Refusal {
  return new Refusal(404, "not_found", "there is no such assignment in this course");
}

function toRules(row: Row, exercises: Rules["exercises"]): Rules {
  return {
    unlockAt: row.unlock_at,
    dueAt: row.due_at,
    lockAt: row.lock_at,
    allowedAttempts: row.allowed_attempts,
    cooldownSeconds: row.cooldown_seconds,
    scoringPolicy: row.scoring_policy,
    lateSubmissionDeduction: row.late_submission_deduction,
    lateSubmissionMaximumDeduction: row.late_submission_maximum_deduction,
    maximumLateDays: row.maximum_late_days,
    exercises,
  };
}

/** What an assignment is before anything is said of it. */
function fresh(course: string): Row {
  return {
    id: randomUUID(),
    course,
    name: "",
    unlock_at: null,
    due_at: null,
    lock_at: null,
    hidden_until_unlocked: false,
    allowed_attempts: null,
    cooldown_seconds: 0,
    scoring_policy: "keep_highest",
    late_submission_deduction: 0,
    late_submission_maximum_deduction: 100,
    maximum_late_days: null,
    group_set_id: null,
    released: true,
    created_at: new Date(),
  };
}

/** @throws Refusal when the text is no time */
function instant(text: string | null | undefined, now: Date | null, field: string, course: Course) {
  if (text === undefined) return now;
  if (text === null) return null;
  try {
    return readTime(text, course.timeZone);
  } catch (error) {
    if (error instanceof BadTime)
      throw new Refusal(400, "bad_request", `${field}: ${error.message}`);
    throw error;
  }
}

function or<T>(wanted: T | undefined, now: T): T {
  return wanted === undefined ? now : wanted;
}

/** @throws Refusal when more points are given by hand than there are */
function checkHandPoints(parts: Rules["exercises"]): void {
  for (const { exercise, points, handPoints = 0 } of parts)
    if (handPoints > points)
      throw new Refusal(
        400,
        "bad_request",
        `${exercise} has ${points} points, so ${handPoints} of them cannot be given by hand`,
      );
}

/** @throws Refusal when a date lies before one that must come first */
function checkOrder(dates: Pick<Rules, "unlockAt" | "dueAt" | "lockAt">): void {
  const order = (["unlockAt", "dueAt", "lockAt"] as const).filter((field) => dates[field] !== null);
  for (const [index, field] of order.entries()) {
    const next = order[index + 1];
    const [first, second] = [dates[field], next && dates[next]];
    if (first && second && second < first) {
      throw new Refusal(
        400,
        "bad_request",
        `${next} (${second.toISOString()}) lies before ${field} (${first.toISOString()})`,
        "an assignment is unlocked first, then due, then locked",
      );
    }
  }
}

/** @throws Refusal when a name, an exercise or a set of groups cannot be had */
async function checkFree(
  trx: Kysely<Database>,
  row: Row,
  exercises: readonly string[],
): Promise<void> {
  const twice = exercises.find((exercise, index) => exercises.indexOf(exercise) !== index);
  if (twice !== undefined)
    throw new Refusal(400, "bad_request", `${twice} stands twice among the exercises`);
  const others = trx
    .selectFrom("assignments")
    .where("assignments.course", "=", row.course)
    .where("assignments.id", "!=", row.id);
  if (
    await others
      .select("assignments.id")
      .where("assignments.name", "=", row.name)
      .executeTakeFirst()
  )
    throw new Refusal(409, "taken", `there is an assignment ${JSON.stringify(row.name)} already`);
  const taken = await others
    .innerJoin("assignment_exercises", "assignment_exercises.assignment_id", "assignments.id")
    .select(["assignments.name", "assignment_exercises.exercise"])
    .where("assignment_exercises.exercise", "in", exercises)
    .executeTakeFirst();
  if (taken) {
    throw new Refusal(
      409,
      "taken",
      `${taken.exercise} belongs to the assignment ${JSON.stringify(taken.name)} already`,
      "an exercise belongs to one assignment, so that everybody knows for which it is handed in",
    );
  }
  if (row.group_set_id === null) return;
  const groups = await trx
    .selectFrom("group_sets")
    .select("id")
    .where("course", "=", row.course)
    .where("id", "=", row.group_set_id)
    .executeTakeFirst();
  if (!groups) throw new Refusal(404, "not_found", "there is no such set of groups in this course");
}
