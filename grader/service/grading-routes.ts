/** The routes of grading by hand. Shapes are in grading-types.ts. */
import type { Context, Hono } from "hono";
import type { Kysely } from "kysely";
import { noAssignment } from "./assignments.ts";
import { readJson } from "./body.ts";
import { changeComment, commentChange, commentRequest, writeComment } from "./comments.ts";
import type { Exercises } from "./exercises.ts";
import { changeGrading, gradingChange, overrideRequest, setOverride } from "./gradings.ts";
import { forbidden, type Identity } from "./identity.ts";
import { part, query, uuid } from "./params.ts";
import { feedbackOn, gradingProgress, readingList, readingOf } from "./readings.ts";
import { Refusal } from "./refusal.ts";
import { releaseOf, releaseRequest, setRelease } from "./releases.ts";
import { atLeast, standing } from "./roles.ts";
import {
  addCriterion,
  changeCriterion,
  criteriaOf,
  criterionChange,
  criterionRequest,
  deleteCriterion,
} from "./rubrics.ts";
import { solutionFor } from "./solution-lock.ts";
import type { Database } from "./store/schema.ts";
import { find } from "./submissions.ts";

const noSubmission = "there is no such submission, or it is not yours";
const noComment = "there is no such comment";
const noCriterion = "there is no such criterion in this exercise's rubric";
const noSection = "there is no such section in this course";

export function gradingRoutes(
  app: Hono,
  db: Kysely<Database>,
  exercises: Exercises,
  { person, member }: Identity,
  waiting: () => string | undefined,
): void {
  // One submission, for those who teach

  const one = "/api/v1/submissions/:id/grading";
  app.get(one, async (c) => {
    const { found, course } = await reader(c);
    return c.json(await readingOf(db, course, exercises, found, waiting()));
  });
  app.patch(one, async (c) => {
    const { found, user } = await reader(c);
    return c.json(
      await changeGrading(db, user.id, found, await readJson(c.req.raw, gradingChange)),
    );
  });
  app.post(`${one}/comments`, async (c) => {
    const { found, writer } = await reader(c);
    const wanted = await readJson(c.req.raw, commentRequest);
    return c.json(await writeComment(db, writer, found, wanted), 201);
  });
  app.patch(`${one}/comments/:comment`, async (c) => {
    const { found, writer } = await reader(c);
    const change = await readJson(c.req.raw, commentChange);
    const id = uuid(part(c, "comment"), noComment);
    return c.json(await changeComment(db, writer, found, id, change));
  });
  app.delete(`${one}/comments/:comment`, async (c) => {
    const { found, writer } = await reader(c);
    await changeComment(db, writer, found, uuid(part(c, "comment"), noComment), "delete");
    return c.body(null, 204);
  });
  app.post(`${one}/comments/:comment/restore`, async (c) => {
    const { found, writer } = await reader(c);
    const id = uuid(part(c, "comment"), noComment);
    return c.json(await changeComment(db, writer, found, id, "restore"));
  });

  // One submission, for its learners

  app.get("/api/v1/submissions/:id/feedback", async (c) => {
    const { user } = await person(c);
    const found = await find(db, uuid(part(c, "id"), noSubmission), user.id, undefined);
    const place = found?.own ? await standing(db, user.id, found.course) : undefined;
    if (!found || !place) throw new Refusal(404, "not_found", noSubmission);
    return c.json(await feedbackOn(db, place.course, exercises, user.id, found));
  });

  // What the book shows after a try of one's own

  app.get("/api/v1/exercises/:exercise/solution", async (c) => {
    const exercise = exercises.get(part(c, "exercise"));
    // Whoever they are: an exercise that is in no assignment is everybody's.
    const reader = await person(c).catch((error) => {
      if (error instanceof Refusal && error.status !== 429) return undefined;
      throw error;
    });
    return c.json({ source: await solutionFor(db, exercise, reader?.user.id) });
  });

  // A course's

  const at = "/api/v1/courses/:course/grading";
  app.get(at, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return c.json({ assignments: await gradingProgress(db, course, exercises) });
  });
  app.get(`${at}/assignments/:id/release`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return c.json(await releaseOf(db, course.id, uuid(part(c, "id"), noAssignment().message)));
  });
  app.put(`${at}/assignments/:id/release`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    const wanted = await readJson(c.req.raw, releaseRequest);
    return c.json(await setRelease(db, user.id, course.id, id, wanted));
  });
  app.get(`${at}/:exercise`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const exercise = exercises.get(part(c, "exercise"));
    const section = query(c, "section");
    const id = section === undefined ? undefined : uuid(section, noSection);
    return c.json(await readingList(db, course, exercise, id));
  });

  const rubric = `${at}/:exercise/criteria`;
  app.get(rubric, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const { name } = exercises.get(part(c, "exercise"));
    return c.json({ criteria: await criteriaOf(db, course.id, name) });
  });
  app.post(rubric, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    const { name } = exercises.get(part(c, "exercise"));
    const wanted = await readJson(c.req.raw, criterionRequest);
    return c.json(await addCriterion(db, user.id, course.id, name, wanted), 201);
  });
  app.patch(`${rubric}/:id`, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    const { name } = exercises.get(part(c, "exercise"));
    const id = uuid(part(c, "id"), noCriterion);
    const change = await readJson(c.req.raw, criterionChange);
    return c.json(await changeCriterion(db, user.id, course.id, name, id, change));
  });
  app.delete(`${rubric}/:id`, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    const { name } = exercises.get(part(c, "exercise"));
    await deleteCriterion(db, user.id, course.id, name, uuid(part(c, "id"), noCriterion));
    return c.body(null, 204);
  });

  app.put(`${at}/:exercise/overrides/:user`, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    const { name } = exercises.get(part(c, "exercise"));
    const wanted = await readJson(c.req.raw, overrideRequest);
    return c.json(await setOverride(db, user.id, course.id, name, part(c, "user"), wanted));
  });
  app.delete(`${at}/:exercise/overrides/:user`, async (c) => {
    const { course, user } = await member(c, "assistant", part(c, "course"));
    const { name } = exercises.get(part(c, "exercise"));
    await setOverride(db, user.id, course.id, name, part(c, "user"), null);
    return c.body(null, 204);
  });

  /** Who reads the submission of the address. @throws Refusal when they do not teach in its course */
  async function reader(c: Context) {
    const { user } = await person(c);
    const found = await find(db, uuid(part(c, "id"), noSubmission), user.id, waiting());
    const place = found && (await standing(db, user.id, found.course));
    if (found && place && atLeast(place.role, "assistant"))
      return { found, course: place.course, user, writer: { id: user.id, role: place.role } };
    // Whether there is one with another's id is not for learners to know.
    if (found?.own) throw forbidden("assistant");
    throw new Refusal(404, "not_found", noSubmission);
  }
}
