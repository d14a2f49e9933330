/** The routes of statistics. Shapes are in statistics-types.ts. */
import type { Context, Hono } from "hono";
import type { Kysely } from "kysely";
import type { Exercises } from "./exercises.ts";
import type { Identity } from "./identity.ts";
import { part, query, uuid } from "./params.ts";
import { checksCsv, exerciseStatistics, statistics, statisticsCsv } from "./statistics.ts";
import type { Database } from "./store/schema.ts";

export function statisticsRoutes(
  app: Hono,
  db: Kysely<Database>,
  exercises: Exercises,
  { member }: Identity,
): void {
  const at = "/api/v1/courses/:course/statistics";
  const section = (c: Context) => {
    const text = query(c, "section");
    return text === undefined ? undefined : uuid(text, "there is no such section in this course");
  };
  const file = (c: Context, name: string, text: string) =>
    c.body(text, 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}-${new Date().toISOString().slice(0, 10)}.csv"`,
    });

  app.get(at, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return c.json(await statistics(db, exercises, course, section(c)));
  });
  app.get(`${at}.csv`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const all = await statistics(db, exercises, course, section(c));
    return file(c, `${course.id}-statistics`, statisticsCsv(all));
  });
  app.get(`${at}/:exercise`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const name = part(c, "exercise");
    return c.json(await exerciseStatistics(db, exercises, course, name, section(c)));
  });
  app.get(`${at}/:exercise/checks.csv`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const one = await exerciseStatistics(db, exercises, course, part(c, "exercise"), section(c));
    return file(c, `${course.id}-${one.exercise}`, checksCsv(one));
  });
}
