/** Release of grades: when learners see what an assignment earned them, and what was said of it. */
import type { Kysely } from "kysely";
import { z } from "zod";
import { findAssignment, lockRules } from "./assignments.ts";
import { audit } from "./audit.ts";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";
import type { AssignmentRelease } from "./types.ts";

export const releaseRequest = z.strictObject({
  released: z.boolean(),
  section: z.uuid().optional(),
});

/** Whether an assignment is released to those in a section, or to those in none. */
export async function releasesIn(
  db: Kysely<Database>,
  course: string,
): Promise<(assignment: { id: string; released: boolean }, section: string | null) => boolean> {
  const rows = await db
    .selectFrom("section_releases")
    .innerJoin("assignments", "assignments.id", "section_releases.assignment_id")
    .where("assignments.course", "=", course)
    .selectAll("section_releases")
    .execute();
  const own = new Map(rows.map((row) => [`${row.assignment_id} ${row.section_id}`, row.released]));
  return ({ id, released }, section) => own.get(`${id} ${section}`) ?? released;
}

/** To whom an assignment is released. @throws Refusal when there is none */
export async function releaseOf(
  db: Kysely<Database>,
  course: string,
  id: string,
): Promise<AssignmentRelease> {
  const { row } = await findAssignment(db, course, id);
  const isReleased = await releasesIn(db, course);
  const sections = await db
    .selectFrom("sections")
    .selectAll()
    .where("course", "=", course)
    .orderBy("name")
    .execute();
  return {
    released: row.released,
    sections: sections.map(({ id, name }) => ({ id, name, released: isReleased(row, id) })),
  };
}

/**
 * Shows an assignment's grades, comments and rubric marks to all of its learners or to one section, or
 * hides them again.
 * @throws Refusal when there is no such assignment or section
 */
export async function setRelease(
  db: Kysely<Database>,
  by: string,
  course: string,
  id: string,
  { released, section }: z.infer<typeof releaseRequest>,
): Promise<AssignmentRelease> {
  return db.transaction().execute(async (trx) => {
    await lockRules(trx, course);
    const before = await releaseOf(trx, course, id);
    if (section === undefined) {
      await trx.updateTable("assignments").set({ released }).where("id", "=", id).execute();
      await trx.deleteFrom("section_releases").where("assignment_id", "=", id).execute();
    } else {
      if (!before.sections.some((one) => one.id === section))
        throw new Refusal(404, "not_found", "there is no such section in this course");
      await trx
        .insertInto("section_releases")
        .values({ assignment_id: id, section_id: section, released })
        .onConflict((conflict) =>
          conflict.columns(["assignment_id", "section_id"]).doUpdateSet({ released }),
        )
        .execute();
    }
    const after = await releaseOf(trx, course, id);
    const action = "release.update";
    await audit(trx, { course, by, action, subject: id, before: told(before), after: told(after) });
    return after;
  });
}

/** A release as the audit log has it: of the sections, those that differ. */
function told({ released, sections }: AssignmentRelease): object {
  const others = sections.filter((section) => section.released !== released);
  return { released, except: others.map(({ name }) => name) };
}
