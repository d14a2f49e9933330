/** Courses and their sections. */
import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { z } from "zod";
import { audit } from "./audit.ts";
import { line } from "./body.ts";
import type { Expectation } from "./conditional.ts";
import { Refusal } from "./refusal.ts";
import { effective, type Standing } from "./roles.ts";
import type { Database } from "./store/schema.ts";
import type { Course, CourseSummary, Section } from "./types.ts";
import { isTimeZone } from "./zoned.ts";

const settings = {
  name: line(200),
  timeZone: z.string().max(80).refine(isTimeZone, {
    error: "is no time zone that this server knows; they are named like Europe/Berlin or UTC",
  }),
  lateDays: z.int().min(0).max(1000),
  selfEnrollment: z.boolean(),
};
export const courseRequest = z.strictObject({
  ...z.object(settings).partial().shape,
  name: settings.name,
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "is made of lowercase letters, digits and -"),
});
export const courseChange = z.strictObject(settings).partial();
export const sectionRequest = z.strictObject({ name: line(100) });

/** Every course that a person is in; for an administrator, every course there is. */
export async function coursesOf(db: Kysely<Database>, user: string): Promise<CourseSummary[]> {
  const rows = await db
    .selectFrom("courses")
    .leftJoin("enrollments", (join) =>
      join.onRef("enrollments.course", "=", "courses.id").on("enrollments.user_id", "=", user),
    )
    .leftJoin("administrators", (join) => join.on("administrators.user_id", "=", user))
    .where((eb) =>
      eb.or([
        eb("administrators.user_id", "is not", null),
        eb.and([
          eb("enrollments.user_id", "is not", null),
          eb("enrollments.dropped_at", "is", null),
        ]),
      ]),
    )
    .select([
      "courses.id",
      "courses.name",
      "enrollments.role",
      "enrollments.dropped_at",
      "administrators.user_id as administrator",
    ])
    .orderBy("courses.created_at")
    .orderBy("courses.id")
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, role: effective(row) ?? "learner" }));
}

/** Makes a course, with whoever makes it as its instructor. @throws Refusal when the id is taken */
export async function createCourse(
  db: Kysely<Database>,
  by: string,
  { id, ...wanted }: z.infer<typeof courseRequest>,
): Promise<Course> {
  return db.transaction().execute(async (trx) => {
    const course = { timeZone: "UTC", lateDays: 0, selfEnrollment: false, ...wanted };
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto("courses")
      .values({ id, ...toRow(course) })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!numInsertedOrUpdatedRows)
      throw new Refusal(409, "taken", `there is a course ${id} already`, "give it another id");
    await trx
      .insertInto("enrollments")
      .values({ course: id, user_id: by, role: "instructor" })
      .execute();
    await audit(trx, { course: id, by, action: "course.create", subject: id, after: course });
    return { id, ...course };
  });
}

export async function changeCourse(
  db: Kysely<Database>,
  by: string,
  { id }: Standing["course"],
  change: z.infer<typeof courseChange>,
  expect?: Expectation,
): Promise<Course> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom("courses")
      .selectAll()
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const before = {
      name: row.name,
      timeZone: row.time_zone,
      lateDays: row.late_days,
      selfEnrollment: row.self_enrollment,
    };
    expect?.({ id, ...before });
    const after = { ...before, ...change };
    await trx.updateTable("courses").set(toRow(after)).where("id", "=", id).execute();
    await audit(trx, { course: id, by, action: "course.update", subject: id, before, after });
    return { id, ...after };
  });
}

function toRow(course: Omit<Course, "id">) {
  return {
    name: course.name,
    time_zone: course.timeZone,
    late_days: course.lateDays,
    self_enrollment: course.selfEnrollment,
  };
}

/** A course's sections, by name, with how many learners each has. */
export async function sections(db: Kysely<Database>, course: string): Promise<Section[]> {
  const rows = await db
    .selectFrom("sections")
    .where("sections.course", "=", course)
    .select((eb) => [
      "sections.id",
      "sections.name",
      eb
        .selectFrom("enrollments")
        .whereRef("enrollments.section_id", "=", "sections.id")
        .where("enrollments.role", "=", "learner")
        .where("enrollments.dropped_at", "is", null)
        .select((eb) => eb.fn.countAll().as("count"))
        .as("learners"),
    ])
    .orderBy("sections.name")
    .execute();
  return rows.map(({ id, name, learners }) => ({ id, name, learners: Number(learners) }));
}

/** Makes a section, or finds the one of that name. */
export async function findOrCreateSection(
  trx: Kysely<Database>,
  by: string,
  course: string,
  name: string,
): Promise<{ id: string; made: boolean }> {
  const id = randomUUID();
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("sections")
    .values({ id, course, name })
    .onConflict((conflict) => conflict.columns(["course", "name"]).doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows) {
    await audit(trx, { course, by, action: "section.create", subject: id, after: { name } });
    return { id, made: true };
  }
  const found = await trx
    .selectFrom("sections")
    .select("id")
    .where("course", "=", course)
    .where("name", "=", name)
    .executeTakeFirstOrThrow();
  return { id: found.id, made: false };
}

/** @throws Refusal when the name is taken */
export async function createSection(
  db: Kysely<Database>,
  by: string,
  course: string,
  name: string,
): Promise<Section> {
  return db.transaction().execute(async (trx) => {
    const { id, made } = await findOrCreateSection(trx, by, course, name);
    if (!made) throw sectionTaken(name);
    return { id, name, learners: 0 };
  });
}

/** @throws Refusal when there is no such section, or the name is taken */
export async function renameSection(
  db: Kysely<Database>,
  by: string,
  course: string,
  id: string,
  name: string,
): Promise<Section> {
  await db.transaction().execute(async (trx) => {
    const before = await lockSection(trx, course, id);
    const other = await trx
      .selectFrom("sections")
      .select("id")
      .where("course", "=", course)
      .where("name", "=", name)
      .where("id", "!=", id)
      .executeTakeFirst();
    if (other) throw sectionTaken(name);
    await trx.updateTable("sections").set({ name }).where("id", "=", id).execute();
    await audit(trx, {
      course,
      by,
      action: "section.update",
      subject: id,
      before,
      after: { name },
    });
  });
  const renamed = (await sections(db, course)).find((section) => section.id === id);
  if (!renamed) throw noSection();
  return renamed;
}

/** Ends a section; its people stay in the course, in none. @throws Refusal when there is none */
export async function deleteSection(
  db: Kysely<Database>,
  by: string,
  course: string,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const before = await lockSection(trx, course, id);
    const people = await trx
      .selectFrom("enrollments")
      .select("user_id")
      .where("section_id", "=", id)
      .execute();
    await trx.deleteFrom("sections").where("id", "=", id).execute();
    await audit(trx, {
      course,
      by,
      action: "section.delete",
      subject: id,
      before: { ...before, people: people.map((one) => one.user_id) },
    });
  });
}

async function lockSection(trx: Kysely<Database>, course: string, id: string) {
  const found = await trx
    .selectFrom("sections")
    .select("name")
    .where("course", "=", course)
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw noSection();
  return found;
}

function noSection(): Refusal {
  return new Refusal(404, "not_found", "there is no such section in this course");
}

function sectionTaken(name: string): Refusal {
  return new Refusal(409, "taken", `there is a section ${JSON.stringify(name)} already`);
}
