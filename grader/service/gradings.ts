/** What readers decide about a submission: which criteria it meets, points besides, another score. */
import type { Kysely } from "kysely";
import { z } from "zod";
import { audit } from "./audit.ts";
import { block } from "./comments.ts";
import { Refusal } from "./refusal.ts";
import { type Attempt, type Override, round } from "./rules.ts";
import type { Database } from "./store/schema.ts";
import type { Grading, ScoreOverride } from "./types.ts";

const points = z.number().min(-1_000_000).max(1_000_000);
export const gradingChange = z
  .strictObject({
    read: z.boolean(),
    marks: z.record(z.uuid(), z.boolean()),
    points: points.nullable(),
    note: block(2000).nullable(),
  })
  .partial();
export const overrideRequest = z.strictObject({
  score: z.number().min(0).max(1_000_000),
  reason: block(2000),
});

/** What was given by hand in a course, by submission; nothing where nobody gave or took anything. */
export async function handsIn(
  db: Kysely<Database>,
  course: string,
): Promise<(submission: string) => Pick<Attempt, "hand">> {
  const marks = await db
    .selectFrom("rubric_marks as mark")
    .innerJoin("rubric_criteria as criterion", "criterion.id", "mark.criterion_id")
    .where("criterion.course", "=", course)
    .groupBy("mark.submission_id")
    .select((eb) => ["mark.submission_id as id", eb.fn.sum<number>("criterion.points").as("sum")])
    .execute();
  const gradings = await db
    .selectFrom("gradings")
    .innerJoin("submissions", "submissions.id", "gradings.submission_id")
    .where("submissions.course", "=", course)
    .where("gradings.points", "is not", null)
    .select(["gradings.submission_id as id", "gradings.points"])
    .execute();
  const found = new Map<string, { rubric: number; manual: number }>();
  for (const { id, sum } of marks) found.set(id, { rubric: round(Number(sum)), manual: 0 });
  for (const { id, points } of gradings)
    found.set(id, { rubric: found.get(id)?.rubric ?? 0, manual: round(points ?? 0) });
  return (submission) => {
    const hand = found.get(submission);
    return hand ? { hand } : {};
  };
}

/** The scores of a course (or of one learner in it) that were set otherwise, by learner and exercise. */
export async function overridesIn(
  db: Kysely<Database>,
  course: string,
  user?: string,
): Promise<(user: string) => ReadonlyMap<string, Override>> {
  let query = db.selectFrom("overrides").selectAll().where("course", "=", course);
  if (user !== undefined) query = query.where("user_id", "=", user);
  const found = new Map<string, Map<string, Override>>();
  for (const { user_id, exercise, score, reason } of await query.execute()) {
    const own = found.get(user_id) ?? new Map<string, Override>();
    found.set(user_id, own.set(exercise, { score, reason }));
  }
  const none = new Map<string, Override>();
  return (user) => found.get(user) ?? none;
}

/** What was decided about a submission. */
export async function gradingOf(db: Kysely<Database>, submission: string): Promise<Grading> {
  const row = await db
    .selectFrom("gradings")
    .leftJoin("user", "user.id", "gradings.read_by")
    .where("submission_id", "=", submission)
    .selectAll("gradings")
    .select("user.name as reader")
    .executeTakeFirst();
  const marks = await db
    .selectFrom("rubric_marks as mark")
    .innerJoin("rubric_criteria as criterion", "criterion.id", "mark.criterion_id")
    .where("mark.submission_id", "=", submission)
    .orderBy("criterion.position")
    .orderBy("criterion.id")
    .select("criterion.id")
    .execute();
  return {
    read:
      row?.read_by && row.read_at
        ? { by: { id: row.read_by, name: row.reader ?? "" }, at: row.read_at.toISOString() }
        : null,
    marks: marks.map(({ id }) => id),
    points: row?.points ?? null,
    note: row?.note ?? null,
  };
}

/** A submission as a reader changes it. */
export interface Read {
  id: string;
  course: string;
  exercise: string;
}

/**
 * Changes what was decided about a submission. Who decides something has read it.
 * @throws Refusal when a criterion is not one of the exercise's
 */
export async function changeGrading(
  db: Kysely<Database>,
  by: string,
  { id, course, exercise }: Read,
  change: z.infer<typeof gradingChange>,
): Promise<Grading> {
  return db.transaction().execute(async (trx) => {
    // The row is there from now on, so that two readers come one after the other.
    await trx
      .insertInto("gradings")
      .values({ submission_id: id })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await trx
      .selectFrom("gradings")
      .where("submission_id", "=", id)
      .select("points")
      .forUpdate()
      .execute();
    const before = await gradingOf(trx, id);
    for (const [criterion, meets] of Object.entries(change.marks ?? {})) {
      const known = await trx
        .selectFrom("rubric_criteria")
        .select("id")
        .where("id", "=", criterion)
        .where("course", "=", course)
        .where("exercise", "=", exercise)
        .forKeyShare()
        .executeTakeFirst();
      if (!known)
        throw new Refusal(
          404,
          "not_found",
          "there is no such criterion in this exercise's rubric",
          "somebody may have deleted it meanwhile; load the page again",
        );
      const mark = { criterion_id: criterion, submission_id: id };
      if (meets)
        await trx
          .insertInto("rubric_marks")
          .values(mark)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      else
        await trx
          .deleteFrom("rubric_marks")
          .where("criterion_id", "=", criterion)
          .where("submission_id", "=", id)
          .execute();
    }
    const { points, note } = change;
    // Who reads it first stays its reader, until it is marked as not read.
    const read = change.read ?? true;
    const set = {
      ...(points === undefined ? {} : { points: points === null ? null : round(points) }),
      ...(note === undefined ? {} : { note }),
      ...(read === (before.read !== null)
        ? {}
        : { read_by: read ? by : null, read_at: read ? new Date() : null }),
    };
    if (Object.keys(set).length > 0)
      await trx.updateTable("gradings").set(set).where("submission_id", "=", id).execute();
    const after = await gradingOf(trx, id);
    await audit(trx, {
      course,
      by,
      action: "grading.update",
      subject: id,
      before: told(before),
      after: told(after),
    });
    return after;
  });
}

/** A grading as the audit log has it. */
function told({ read, marks, points, note }: Grading): object {
  return { read: read !== null, marks, points, note };
}

/** The score set for each of some learners, by their id. */
export async function overridesOf(
  db: Kysely<Database>,
  course: string,
  exercise: string,
  users: readonly string[],
): Promise<Map<string, ScoreOverride>> {
  const rows = await db
    .selectFrom("overrides")
    .innerJoin("user", "user.id", "overrides.set_by")
    .where("overrides.course", "=", course)
    .where("overrides.exercise", "=", exercise)
    .where("overrides.user_id", "in", users)
    .selectAll("overrides")
    .select("user.name as setter")
    .execute();
  return new Map(
    rows.map((row) => [
      row.user_id,
      {
        score: row.score,
        reason: row.reason,
        by: { id: row.set_by, name: row.setter },
        at: row.set_at.toISOString(),
      },
    ]),
  );
}

/**
 * Sets a learner's score for an exercise, whatever checks, rubric and dates say; or takes that back.
 * @throws Refusal when there is no such learner, or nothing to take back
 */
export async function setOverride(
  db: Kysely<Database>,
  by: string,
  course: string,
  exercise: string,
  user: string,
  wanted: z.infer<typeof overrideRequest> | null,
): Promise<ScoreOverride | null> {
  return db.transaction().execute(async (trx) => {
    const learner = await trx
      .selectFrom("enrollments")
      .select("user_id")
      .where("course", "=", course)
      .where("user_id", "=", user)
      .forUpdate()
      .executeTakeFirst();
    if (!learner)
      throw new Refusal(404, "not_found", "there is nobody with this id in this course");
    const before = (await overridesOf(trx, course, exercise, [user])).get(user);
    const place = { course, exercise, user_id: user };
    if (wanted) {
      const row = {
        score: round(wanted.score),
        reason: wanted.reason,
        set_by: by,
        set_at: new Date(),
      };
      await trx
        .insertInto("overrides")
        .values({ ...place, ...row })
        .onConflict((conflict) =>
          conflict.columns(["course", "user_id", "exercise"]).doUpdateSet(row),
        )
        .execute();
    } else {
      if (!before)
        throw new Refusal(404, "not_found", "this learner's score here is not set by hand");
      await trx
        .deleteFrom("overrides")
        .where("course", "=", course)
        .where("exercise", "=", exercise)
        .where("user_id", "=", user)
        .execute();
    }
    const after = (await overridesOf(trx, course, exercise, [user])).get(user);
    const tell = (one: ScoreOverride | undefined) =>
      one && { exercise, score: one.score, reason: one.reason };
    await audit(trx, {
      course,
      by,
      action: !before ? "override.create" : after ? "override.update" : "override.delete",
      subject: user,
      before: tell(before),
      after: tell(after),
    });
    return after ?? null;
  });
}
