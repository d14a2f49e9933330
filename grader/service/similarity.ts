/**
 * Reports of similar answers: asked for, shown, stopped, and what somebody said of a pair. A report is a
 * reason to read and to ask. It forms no verdict, and nothing follows from it by itself.
 */
import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { z } from "zod";
import { findAssignment } from "./assignments.ts";
import { audit } from "./audit.ts";
import type { Exercises } from "./exercises.ts";
import type { Queue } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import type { Standing } from "./roles.ts";
import type {
  SimilarityPair,
  SimilarityPairDetail,
  SimilarityReport,
  SimilarityReview,
} from "./similarity-types.ts";
import { sendSimilarity } from "./similarity-worker.ts";
import type { Database } from "./store/schema.ts";

type Course = Standing["course"];
type Actor = { id: string };

export const similarityRequest = z
  .strictObject({
    assignment: z.uuid().optional(),
    exercise: z.string().max(200).optional(),
    section: z.uuid().optional(),
  })
  .refine((one) => (one.assignment === undefined) !== (one.exercise === undefined), {
    message: "name an assignment or an exercise",
  });
export const reviewRequest = z.strictObject({
  state: z.enum(["looked_at", "dismissed"]),
  note: z
    .string()
    .trim()
    .max(2000)
    .regex(/^[^\0\p{Surrogate}]*$/u, "has characters in it that are no text")
    .default(""),
});

/** So many reports may wait or run in one course. */
const AT_ONCE = 3;
const LONGEST_LIST = 100;

/** Asks for a report; a worker makes it. @throws Refusal */
export async function startSimilarity(
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  by: Actor,
  course: Course,
  { assignment, exercise, section }: z.infer<typeof similarityRequest>,
): Promise<SimilarityReport> {
  const id = randomUUID();
  const wanted =
    assignment === undefined
      ? { name: exercises.get(exercise ?? "").title, exercises: [exercise ?? ""] }
      : await exercisesOf(db, exercises, course, assignment);
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`gradus similarity ${course.id}`}, 0))`.execute(
      trx,
    );
    if (section !== undefined) {
      const found = await trx
        .selectFrom("sections")
        .select("id")
        .where("id", "=", section)
        .where("course", "=", course.id)
        .executeTakeFirst();
      if (!found) throw new Refusal(404, "not_found", "there is no such section in this course");
    }
    const { open } = await trx
      .selectFrom("similarity_reports")
      .where("course", "=", course.id)
      .where("state", "in", ["queued", "running"])
      .select(sql<number>`count(*)::int`.as("open"))
      .executeTakeFirstOrThrow();
    if (open >= AT_ONCE)
      throw new Refusal(
        409,
        "wrong_state",
        `${open} comparisons of ${course.name} wait or run already`,
        "wait for one of them, or stop it",
      );
    await trx
      .insertInto("similarity_reports")
      .values({
        id,
        course: course.id,
        name: wanted.name,
        section_id: section ?? null,
        exercises: JSON.stringify(wanted.exercises),
        state: "queued",
        started_by: by.id,
      })
      .execute();
    await sendSimilarity(trx, queue, id);
    await audit(trx, {
      course: course.id,
      by: by.id,
      action: "similarity.start",
      subject: id,
      after: { name: wanted.name, section: section ?? null },
    });
  });
  return findSimilarity(db, exercises, course, id);
}

async function exercisesOf(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
  assignment: string,
) {
  const { row, rules } = await findAssignment(db, course.id, assignment);
  const known = new Set(exercises.all.map(({ name }) => name));
  const all = rules.exercises.map(({ exercise }) => exercise).filter((one) => known.has(one));
  return { name: row.name, exercises: all };
}

/** The reports of a course, newest first. */
export async function listSimilarity(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
): Promise<SimilarityReport[]> {
  return describe(db, exercises, course);
}

/** @throws Refusal when there is none */
export async function findSimilarity(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
  id: string,
): Promise<SimilarityReport> {
  const [found] = await describe(db, exercises, course, id);
  if (!found) throw noReport();
  return found;
}

async function describe(db: Kysely<Database>, exercises: Exercises, course: Course, id?: string) {
  let query = db
    .selectFrom("similarity_reports as report")
    .leftJoin("sections", "sections.id", "report.section_id")
    .leftJoin("user as starter", "starter.id", "report.started_by")
    .where("report.course", "=", course.id)
    .selectAll("report")
    .select(["sections.name as section", "starter.name as starter"])
    .orderBy("report.started_at", "desc")
    .limit(LONGEST_LIST);
  if (id !== undefined) query = query.where("report.id", "=", id);
  return (await query.execute()).map(
    (row): SimilarityReport => ({
      id: row.id,
      name: row.name,
      section:
        row.section_id === null
          ? null
          : { id: row.section_id, name: row.section ?? "a section that is no longer there" },
      exercises: row.exercises.map((name) => ({
        name,
        title: exercises.all.find((one) => one.name === name)?.title ?? name,
      })),
      state: row.state,
      ...(row.reason === null ? {} : { reason: row.reason }),
      startedBy: { id: row.started_by, name: row.starter ?? "somebody who is no longer here" },
      startedAt: row.started_at.toISOString(),
      finishedAt: row.finished_at?.toISOString() ?? null,
      done: row.done,
    }),
  );
}

/** Stops a report that waits or runs; removes one that has ended. What was said of pairs stays. */
export async function endSimilarity(
  db: Kysely<Database>,
  by: Actor,
  course: Course,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom("similarity_reports")
      .select(["state", "name"])
      .where("id", "=", id)
      .where("course", "=", course.id)
      .forUpdate()
      .executeTakeFirst();
    if (!found) throw noReport();
    const open = found.state === "queued" || found.state === "running";
    if (open)
      await trx
        .updateTable("similarity_reports")
        .set((eb) => ({ state: "canceled", finished_at: eb.fn<Date>("clock_timestamp") }))
        .where("id", "=", id)
        .execute();
    else await trx.deleteFrom("similarity_reports").where("id", "=", id).execute();
    await audit(trx, {
      course: course.id,
      by: by.id,
      action: open ? "similarity.cancel" : "similarity.delete",
      subject: id,
      before: { name: found.name, state: found.state },
    });
  });
}

/** The pairs of a report, the most similar first. */
export async function similarPairs(
  db: Kysely<Database>,
  course: Course,
  report: string,
): Promise<SimilarityPair[]> {
  const rows = await pairsOf(db, course, report).execute();
  return rows.map(toPair);
}

/** One pair, with both sources. @throws Refusal when there is none */
export async function similarPair(
  db: Kysely<Database>,
  course: Course,
  report: string,
  id: string,
): Promise<SimilarityPairDetail> {
  const row = await pairsOf(db, course, report).where("pair.id", "=", id).executeTakeFirst();
  if (!row) throw noPair();
  return {
    ...toPair(row),
    sources: { left: row.leftSource, right: row.rightSource },
    passages: row.passages,
  };
}

/** Says of two submissions that somebody looked at them, or that there is nothing in it. */
export async function reviewPair(
  db: Kysely<Database>,
  by: Actor,
  course: Course,
  report: string,
  id: string,
  review: z.infer<typeof reviewRequest> | null,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const pair = await trx
      .selectFrom("similarity_pairs as pair")
      .innerJoin("similarity_reports as report", "report.id", "pair.report_id")
      .where("report.course", "=", course.id)
      .where("report.id", "=", report)
      .where("pair.id", "=", id)
      .select(["left_submission", "right_submission"])
      .executeTakeFirst();
    if (!pair) throw noPair();
    const before = await trx
      .selectFrom("similarity_reviews")
      .where("left_submission", "=", pair.left_submission)
      .where("right_submission", "=", pair.right_submission)
      .select(["state", "note"])
      .forUpdate()
      .executeTakeFirst();
    if (review)
      await trx
        .insertInto("similarity_reviews")
        .values((eb) => ({
          ...pair,
          course: course.id,
          ...review,
          reviewed_by: by.id,
          reviewed_at: eb.fn<Date>("clock_timestamp"),
        }))
        .onConflict((conflict) =>
          conflict.columns(["left_submission", "right_submission"]).doUpdateSet((eb) => ({
            ...review,
            reviewed_by: by.id,
            reviewed_at: eb.fn<Date>("clock_timestamp"),
          })),
        )
        .execute();
    else
      await trx
        .deleteFrom("similarity_reviews")
        .where("left_submission", "=", pair.left_submission)
        .where("right_submission", "=", pair.right_submission)
        .execute();
    if (before || review)
      await audit(trx, {
        course: course.id,
        by: by.id,
        action: "similarity.review",
        subject: `${pair.left_submission} ${pair.right_submission}`,
        before,
        after: review ?? undefined,
      });
  });
}

function pairsOf(db: Kysely<Database>, course: Course, report: string) {
  return db
    .selectFrom("similarity_pairs as pair")
    .innerJoin("similarity_reports as report", "report.id", "pair.report_id")
    .innerJoin("submissions as a", "a.id", "pair.left_submission")
    .innerJoin("submissions as b", "b.id", "pair.right_submission")
    .innerJoin("user as left", "left.id", "a.user_id")
    .innerJoin("user as right", "right.id", "b.user_id")
    .leftJoin("enrollments as leftPlace", (join) =>
      join.onRef("leftPlace.user_id", "=", "a.user_id").onRef("leftPlace.course", "=", "a.course"),
    )
    .leftJoin("enrollments as rightPlace", (join) =>
      join
        .onRef("rightPlace.user_id", "=", "b.user_id")
        .onRef("rightPlace.course", "=", "b.course"),
    )
    .leftJoin("sections as leftSection", "leftSection.id", "leftPlace.section_id")
    .leftJoin("sections as rightSection", "rightSection.id", "rightPlace.section_id")
    .leftJoin("similarity_reviews as review", (join) =>
      join
        .onRef("review.left_submission", "=", "pair.left_submission")
        .onRef("review.right_submission", "=", "pair.right_submission"),
    )
    .leftJoin("user as reviewer", "reviewer.id", "review.reviewed_by")
    .where("report.course", "=", course.id)
    .where("report.id", "=", report)
    .select(["pair.id", "pair.exercise", "pair.similarity", "pair.passages"])
    .select(["a.id as leftId", "a.source as leftSource", "a.received_at as leftAt"])
    .select(["left.id as leftUser", "left.name as leftName", "left.email as leftEmail"])
    .select("leftSection.name as leftIn")
    .select(["b.id as rightId", "b.source as rightSource", "b.received_at as rightAt"])
    .select(["right.id as rightUser", "right.name as rightName", "right.email as rightEmail"])
    .select("rightSection.name as rightIn")
    .select(["review.state", "review.note", "review.reviewed_by", "review.reviewed_at"])
    .select("reviewer.name as reviewer")
    .orderBy("pair.similarity", "desc")
    .orderBy("pair.id");
}

function toPair(
  row: Awaited<ReturnType<ReturnType<typeof pairsOf>["execute"]>>[0],
): SimilarityPair {
  const { state, note, reviewed_by, reviewed_at, reviewer } = row;
  const review: SimilarityReview | null =
    state === null || reviewed_at === null || reviewed_by === null
      ? null
      : {
          state,
          note: note ?? "",
          by: { id: reviewed_by, name: reviewer ?? "somebody who is no longer here" },
          at: reviewed_at.toISOString(),
        };
  return {
    id: row.id,
    exercise: row.exercise,
    left: {
      submission: row.leftId,
      learner: { id: row.leftUser, name: row.leftName, email: row.leftEmail },
      section: row.leftIn,
      receivedAt: row.leftAt.toISOString(),
    },
    right: {
      submission: row.rightId,
      learner: { id: row.rightUser, name: row.rightName, email: row.rightEmail },
      section: row.rightIn,
      receivedAt: row.rightAt.toISOString(),
    },
    similarity: row.similarity,
    longest: Math.max(0, ...row.passages.map(({ tokens }) => tokens)),
    review,
  };
}

export const noReport = () =>
  new Refusal(404, "not_found", "there is no such comparison in this course");
export const noPair = () =>
  new Refusal(404, "not_found", "there is no such pair in this comparison");
