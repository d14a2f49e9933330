/** The routes of reports about similar answers. Shapes are in similarity-types.ts. */
import type { Context, Hono } from "hono";
import type { Kysely } from "kysely";
import { readJson } from "./body.ts";
import type { Exercises } from "./exercises.ts";
import type { Identity } from "./identity.ts";
import { cutPage, readPage, sendPage } from "./pagination.ts";
import { part, uuid } from "./params.ts";
import type { Queue } from "./queue.ts";
import {
  endSimilarity,
  findSimilarity,
  listSimilarity,
  noPair,
  noReport,
  reviewPair,
  reviewRequest,
  similarityRequest,
  similarPair,
  similarPairs,
  startSimilarity,
} from "./similarity.ts";
import type { Database } from "./store/schema.ts";

export function similarityRoutes(
  app: Hono,
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  { member }: Identity,
): void {
  const at = "/api/v1/courses/:course/similarity";
  const report = (c: Context) => uuid(part(c, "id"), noReport().message);
  const pair = (c: Context) => uuid(part(c, "pair"), noPair().message);

  app.get(at, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const all = await listSimilarity(db, exercises, course);
    return sendPage(
      c,
      "reports",
      cutPage(all, readPage(c), ({ id }) => id),
    );
  });
  app.post(at, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const wanted = await readJson(c.req.raw, similarityRequest);
    return c.json(await startSimilarity(db, queue, exercises, user, course, wanted), 201);
  });
  app.get(`${at}/:id`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return c.json(await findSimilarity(db, exercises, course, report(c)));
  });
  app.delete(`${at}/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await endSimilarity(db, user, course, report(c));
    return c.body(null, 204);
  });
  app.get(`${at}/:id/pairs`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    await findSimilarity(db, exercises, course, report(c));
    const all = await similarPairs(db, course, report(c));
    return sendPage(
      c,
      "pairs",
      cutPage(all, readPage(c), ({ id }) => id),
    );
  });
  app.get(`${at}/:id/pairs/:pair`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return c.json(await similarPair(db, course, report(c), pair(c)));
  });
  app.put(`${at}/:id/pairs/:pair/review`, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    const review = await readJson(c.req.raw, reviewRequest);
    await reviewPair(db, user, course, report(c), pair(c), review);
    return c.json(await similarPair(db, course, report(c), pair(c)));
  });
  app.delete(`${at}/:id/pairs/:pair/review`, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    await reviewPair(db, user, course, report(c), pair(c), null);
    return c.body(null, 204);
  });
}
