/** The routes of a course's gradebook, for those who teach. Shapes are in gradebook-types.ts. */
import type { Hono } from "hono";
import type { Kysely } from "kysely";
import { z } from "zod";
import { findAssignment, noAssignment } from "./assignments.ts";
import { fit } from "./body.ts";
import type { Exercises } from "./exercises.ts";
import { gradeFormats } from "./grade-csv.ts";
import { bookRequest, gradebookPage } from "./gradebook-page.ts";
import { courseGrades, storeTime } from "./grades.ts";
import type { Identity } from "./identity.ts";
import { noNul, part, query, uuid } from "./params.ts";
import type { Database } from "./store/schema.ts";

const format = z.enum(["csv", "canvas", "moodle"]).default("csv");

export function gradebookRoutes(
  app: Hono,
  db: Kysely<Database>,
  exercises: Exercises,
  { member }: Identity,
): void {
  const at = "/api/v1/courses/:course";

  app.get(`${at}/gradebook`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const given = Object.entries(c.req.query()).map(([name, value]) => [name, noNul(value)]);
    const asked = fit(Object.fromEntries(given), bookRequest);
    return c.json(await gradebookPage(db, course, exercises, asked, await storeTime(db)));
  });

  app.get(`${at}/grades.csv`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const form = fit(query(c, "format"), format);
    const asked = query(c, "assignment");
    let grades = await courseGrades(db, course);
    if (asked !== undefined) {
      const { row } = await findAssignment(db, course.id, uuid(asked, noAssignment().message));
      const assignments = grades.assignments.filter(({ id }) => id === row.id);
      grades = { ...grades, assignments };
    }
    const day = new Date().toISOString().slice(0, 10);
    return c.body(gradeFormats[form](grades), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${course.id}-grades-${form}-${day}.csv"`,
    });
  });
}
