/** The routes of regrades. Shapes are in regrade-types.ts. */
import type { Hono } from "hono";
import type { Kysely } from "kysely";
import { readJson } from "./body.ts";
import type { Exercises } from "./exercises.ts";
import type { Identity } from "./identity.ts";
import { cutPage, readPage, sendPage } from "./pagination.ts";
import { part, query, uuid } from "./params.ts";
import type { Queue } from "./queue.ts";
import {
  applyRegrade,
  applyRequest,
  discardRegrade,
  findRegrade,
  listRegrades,
  noRegrade,
  regradeCsv,
  regradeItems,
  regradeRequest,
  resumeRegrade,
  startRegrade,
  stopRegrade,
  undoRegrade,
  verdictsOf,
} from "./regrade.ts";
import type { Database } from "./store/schema.ts";

export function regradeRoutes(
  app: Hono,
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  { member }: Identity,
): void {
  const course = "/api/v1/courses/:course";
  const at = `${course}/regrades`;
  const id = (c: Parameters<typeof part>[0]) => uuid(part(c, "id"), noRegrade().message);

  app.get(at, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const all = await listRegrades(db, exercises, course);
    return sendPage(
      c,
      "regrades",
      cutPage(all, readPage(c), ({ id }) => id),
    );
  });
  app.post(at, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const wanted = await readJson(c.req.raw, regradeRequest);
    return c.json(await startRegrade(db, queue, exercises, user, course, wanted), 201);
  });
  app.get(`${at}/:id`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return c.json(await findRegrade(db, exercises, course, id(c)));
  });
  app.get(`${at}/:id/items`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    await findRegrade(db, exercises, course, id(c));
    const filter = { direction: query(c, "direction"), exercise: query(c, "exercise") };
    return sendPage(c, "items", await regradeItems(db, course, id(c), filter, readPage(c)));
  });
  app.get(`${at}/:id/changes.csv`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    await findRegrade(db, exercises, course, id(c));
    return c.body(await regradeCsv(db, course, id(c)), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${course.id}-regrade.csv"`,
    });
  });

  app.post(`${at}/:id/stop`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await stopRegrade(db, user, course, id(c));
    return c.json(await findRegrade(db, exercises, course, id(c)));
  });
  app.post(`${at}/:id/resume`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await resumeRegrade(db, queue, exercises, user, course, id(c));
    return c.json(await findRegrade(db, exercises, course, id(c)));
  });
  app.post(`${at}/:id/discard`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await discardRegrade(db, user, course, id(c));
    return c.json(await findRegrade(db, exercises, course, id(c)));
  });
  app.post(`${at}/:id/apply`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const { policy } = await readJson(c.req.raw, applyRequest);
    await applyRegrade(db, exercises, user, course, id(c), policy);
    return c.json(await findRegrade(db, exercises, course, id(c)));
  });
  app.post(`${at}/:id/undo`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await undoRegrade(db, user, course, id(c));
    return c.json(await findRegrade(db, exercises, course, id(c)));
  });

  app.get(`${course}/submissions/:id/verdicts`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const none = "there is no such submission in this course, or no verdict";
    return c.json({ verdicts: await verdictsOf(db, course, uuid(part(c, "id"), none)) });
  });
}
