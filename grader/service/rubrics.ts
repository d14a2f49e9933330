/** Rubrics: for each exercise of a course, what readers look for and what it gives or takes. */
import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { z } from "zod";
import { audit } from "./audit.ts";
import { line } from "./body.ts";
import { Refusal } from "./refusal.ts";
import { round } from "./rules.ts";
import type { Database } from "./store/schema.ts";
import type { Criterion } from "./types.ts";

/** More than anybody can keep in mind, and few enough to be shown at once. */
const MOST = 100;

export const criterionChange = z
  .strictObject({
    description: line(300),
    points: z.number().min(-1_000_000).max(1_000_000),
  })
  .partial();
export const criterionRequest = criterionChange.required();

/** An exercise's rubric, in its order. */
export async function criteriaOf(
  db: Kysely<Database>,
  course: string,
  exercise: string,
  id?: string,
): Promise<Criterion[]> {
  let query = db
    .selectFrom("rubric_criteria as criterion")
    .where("criterion.course", "=", course)
    .where("criterion.exercise", "=", exercise)
    .select((eb) => [
      "criterion.id",
      "criterion.description",
      "criterion.points",
      eb
        .selectFrom("rubric_marks")
        .whereRef("rubric_marks.criterion_id", "=", "criterion.id")
        .select((eb) => eb.fn.countAll().as("count"))
        .as("submissions"),
    ])
    .orderBy("criterion.position")
    .orderBy("criterion.id");
  if (id !== undefined) query = query.where("criterion.id", "=", id);
  const rows = await query.execute();
  return rows.map((row) => ({ ...row, submissions: Number(row.submissions) }));
}

/** Adds a criterion at the end. @throws Refusal when there are enough */
export async function addCriterion(
  db: Kysely<Database>,
  by: string,
  course: string,
  exercise: string,
  { description, points }: z.infer<typeof criterionRequest>,
): Promise<Criterion> {
  return db.transaction().execute(async (trx) => {
    const { last, count } = await trx
      .selectFrom("rubric_criteria")
      .where("course", "=", course)
      .where("exercise", "=", exercise)
      .select((eb) => [eb.fn.max("position").as("last"), eb.fn.countAll().as("count")])
      .executeTakeFirstOrThrow();
    if (Number(count) >= MOST)
      throw new Refusal(409, "in_use", `a rubric has at most ${MOST} criteria`);
    const id = randomUUID();
    const row = { description, points: round(points) };
    await trx
      .insertInto("rubric_criteria")
      .values({ id, course, exercise, position: (last ?? -1) + 1, ...row })
      .execute();
    const after = { exercise, ...row };
    await audit(trx, { course, by, action: "criterion.create", subject: id, after });
    return { id, ...row, submissions: 0 };
  });
}

/** Changes a criterion, for every submission that meets it. @throws Refusal when there is none */
export async function changeCriterion(
  db: Kysely<Database>,
  by: string,
  course: string,
  exercise: string,
  id: string,
  change: z.infer<typeof criterionChange>,
): Promise<Criterion> {
  return db.transaction().execute(async (trx) => {
    const before = await find(trx, course, exercise, id);
    const row = {
      description: change.description ?? before.description,
      points: round(change.points ?? before.points),
    };
    await trx.updateTable("rubric_criteria").set(row).where("id", "=", id).execute();
    await audit(trx, {
      course,
      by,
      action: "criterion.update",
      subject: id,
      before: { description: before.description, points: before.points },
      after: row,
    });
    return { ...before, ...row };
  });
}

/** Takes a criterion away, and from every submission that met it. @throws Refusal when there is none */
export async function deleteCriterion(
  db: Kysely<Database>,
  by: string,
  course: string,
  exercise: string,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { description, points } = await find(trx, course, exercise, id);
    const marks = await trx
      .deleteFrom("rubric_marks")
      .where("criterion_id", "=", id)
      .returning("submission_id")
      .execute();
    await trx.deleteFrom("rubric_criteria").where("id", "=", id).execute();
    await audit(trx, {
      course,
      by,
      action: "criterion.delete",
      subject: id,
      before: {
        exercise,
        description,
        points,
        submissions: marks.map((mark) => mark.submission_id),
      },
    });
  });
}

/** Locks the row, so that no reader applies what is being deleted. */
async function find(trx: Kysely<Database>, course: string, exercise: string, id: string) {
  await trx.selectFrom("rubric_criteria").select("id").where("id", "=", id).forUpdate().execute();
  const [found] = await criteriaOf(trx, course, exercise, id);
  if (found) return found;
  throw new Refusal(404, "not_found", "there is no such criterion in this exercise's rubric");
}
