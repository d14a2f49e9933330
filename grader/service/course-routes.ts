/** The routes of a course: its people, its rules, and what came of them. Shapes are in types.ts. */
import type { Hono } from "hono";
import type { Kysely } from "kysely";
import {
  assignmentChange,
  assignmentRequest,
  deleteAssignment,
  deleteExtension,
  extensionRequest,
  extensionsOf,
  findAssignment,
  findAssignments,
  noAssignment,
  saveAssignment,
  setExtension,
  toAssignment,
} from "./assignments.ts";
import { readAudit } from "./audit.ts";
import { readJson, readText } from "./body.ts";
import { expectation, sendVersioned } from "./conditional.ts";
import {
  changeCourse,
  courseChange,
  courseRequest,
  coursesOf,
  createCourse,
  createSection,
  deleteSection,
  renameSection,
  sectionRequest,
  sections,
} from "./courses.ts";
import {
  changeEnrollment,
  deleteInvitation,
  enroll,
  enrollmentChange,
  enrollmentRequest,
  importRoster,
  rosterCsv,
  rosterPage,
} from "./enrollments.ts";
import type { Exercises } from "./exercises.ts";
import { courseGrades, learnerAssignment, learnerGrades, storeTime } from "./grades.ts";
import { deleteGroupSet, findSet, groupSetRequest, groupSets, saveGroupSet } from "./groups.ts";
import { forbidden, type Identity } from "./identity.ts";
import { cutPage, readPage, sendPage } from "./pagination.ts";
import { flag, part, query, uuid } from "./params.ts";
import { Refusal } from "./refusal.ts";
import { atLeast } from "./roles.ts";
import { readRoster } from "./roster.ts";
import type { Database } from "./store/schema.ts";

/** The longest roster, in bytes: 4 MiB, some 50,000 people. */
const LONGEST_ROSTER = 4 * 1024 * 1024;
const noSection = "there is no such section in this course";
const noGroups = "there is no such set of groups in this course";

export function courseRoutes(
  app: Hono,
  db: Kysely<Database>,
  exercises: Exercises,
  { person, administrator, member }: Identity,
): void {
  const at = "/api/v1/courses/:course";

  app.get("/api/v1/courses", async (c) => {
    const { user } = await person(c);
    return sendPage(
      c,
      "courses",
      cutPage(await coursesOf(db, user.id), readPage(c), ({ id }) => id),
    );
  });
  app.post("/api/v1/courses", async (c) => {
    const { user } = await administrator(c);
    return c.json(await createCourse(db, user.id, await readJson(c.req.raw, courseRequest)), 201);
  });
  app.get(at, async (c) => {
    const { course, role } = await member(c, "learner", part(c, "course"));
    return sendVersioned(c, { ...course, role }, course);
  });
  app.patch(at, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const change = await readJson(c.req.raw, courseChange);
    return sendVersioned(c, await changeCourse(db, user.id, course, change, expectation(c)));
  });

  // Sections

  app.get(`${at}/sections`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return sendPage(
      c,
      "sections",
      cutPage(await sections(db, course.id), readPage(c), ({ id }) => id),
    );
  });
  app.post(`${at}/sections`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const { name } = await readJson(c.req.raw, sectionRequest);
    return c.json(await createSection(db, user.id, course.id, name), 201);
  });
  app.patch(`${at}/sections/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noSection);
    const { name } = await readJson(c.req.raw, sectionRequest);
    return c.json(await renameSection(db, user.id, course.id, id, name));
  });
  app.delete(`${at}/sections/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await deleteSection(db, user.id, course.id, uuid(part(c, "id"), noSection));
    return c.body(null, 204);
  });

  // People

  app.get(`${at}/enrollments`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const { first, second, next } = await rosterPage(db, course.id, readPage(c));
    return sendPage(c, "enrollments", { items: first, next }, { invitations: second });
  });
  app.post(`${at}/enrollments`, async (c) => {
    const { course, user, role } = await member(c, "instructor", part(c, "course"));
    const wanted = await readJson(c.req.raw, enrollmentRequest);
    const by = { user: user.id, role };
    const changes = await enroll(db, by, course.id, wanted);
    return c.json({ changes }, changes.length > 0 ? 201 : 200);
  });
  app.patch(`${at}/enrollments/:user`, async (c) => {
    const { course, user, role } = await member(c, "instructor", part(c, "course"));
    const change = await readJson(c.req.raw, enrollmentChange);
    const by = { user: user.id, role };
    return c.json(await changeEnrollment(db, by, course.id, part(c, "user"), change));
  });
  app.delete(`${at}/invitations/:email`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await deleteInvitation(db, user.id, course.id, part(c, "email"));
    return c.body(null, 204);
  });
  app.post(`${at}/roster`, async (c) => {
    const { course, user, role } = await member(c, "instructor", part(c, "course"));
    const options = { dryRun: flag(c, "dry_run"), dropMissing: flag(c, "drop_missing") };
    const type = (c.req.header("content-type") ?? "").split(";", 1)[0].trim().toLowerCase();
    if (type !== "text/csv") {
      throw new Refusal(
        415,
        "content_type",
        `a roster is sent as text/csv, not as ${type || "nothing in particular"}`,
        "send the header content-type: text/csv",
      );
    }
    const { lines, ignored } = readRoster(await readText(c.req.raw, LONGEST_ROSTER));
    const by = { user: user.id, role };
    const result = await importRoster(db, by, course.id, lines, options);
    return c.json({ ...result, ignoredColumns: ignored });
  });
  app.get(`${at}/roster.csv`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const day = new Date().toISOString().slice(0, 10);
    return c.body(await rosterCsv(db, course.id), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${course.id}-roster-${day}.csv"`,
    });
  });

  // Assignments

  app.get(`${at}/assignments`, async (c) => {
    const { course, user, role } = await member(c, "learner", part(c, "course"));
    if (atLeast(role, "assistant")) {
      const found = await findAssignments(db, course.id);
      const all = found.map((one) => toAssignment(one, exercises));
      return sendPage(
        c,
        "assignments",
        cutPage(all, readPage(c), ({ id }) => id),
      );
    }
    const now = await storeTime(db);
    const { assignments } = await learnerGrades(db, course, exercises, user.id, true, now);
    return sendPage(
      c,
      "assignments",
      cutPage(assignments, readPage(c), ({ id }) => id),
    );
  });
  app.post(`${at}/assignments`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const wanted = await readJson(c.req.raw, assignmentRequest);
    return c.json(await saveAssignment(db, user.id, course, exercises, wanted), 201);
  });
  app.get(`${at}/assignments/:id`, async (c) => {
    const { course, user, role } = await member(c, "learner", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    if (atLeast(role, "assistant"))
      return sendVersioned(c, toAssignment(await findAssignment(db, course.id, id), exercises));
    const now = await storeTime(db);
    return sendVersioned(c, await learnerAssignment(db, course, exercises, user.id, id, now));
  });
  app.patch(`${at}/assignments/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    const change = await readJson(c.req.raw, assignmentChange);
    const expect = expectation(c);
    return sendVersioned(
      c,
      await saveAssignment(db, user.id, course, exercises, change, id, expect),
    );
  });
  app.delete(`${at}/assignments/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    await deleteAssignment(db, user.id, course, exercises, id);
    return c.body(null, 204);
  });
  app.get(`${at}/assignments/:id/extensions`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    await findAssignment(db, course.id, id);
    const all = await extensionsOf(db, id);
    return sendPage(
      c,
      "extensions",
      cutPage(all, readPage(c), ({ user }) => user.id),
    );
  });
  app.put(`${at}/assignments/:id/extensions/:user`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    const wanted = await readJson(c.req.raw, extensionRequest);
    return c.json(await setExtension(db, user.id, course, id, part(c, "user"), wanted));
  });
  app.delete(`${at}/assignments/:id/extensions/:user`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noAssignment().message);
    await deleteExtension(db, user.id, course, id, part(c, "user"));
    return c.body(null, 204);
  });

  // Groups

  app.get(`${at}/group-sets`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const all = await groupSets(db, course.id);
    return sendPage(
      c,
      "groupSets",
      cutPage(all, readPage(c), ({ id }) => id),
    );
  });
  app.post(`${at}/group-sets`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const wanted = await readJson(c.req.raw, groupSetRequest);
    return c.json(await saveGroupSet(db, user.id, course.id, wanted), 201);
  });
  app.get(`${at}/group-sets/:id`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    return sendVersioned(c, await findSet(db, course.id, uuid(part(c, "id"), noGroups)));
  });
  app.put(`${at}/group-sets/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    const id = uuid(part(c, "id"), noGroups);
    const wanted = await readJson(c.req.raw, groupSetRequest);
    return sendVersioned(c, await saveGroupSet(db, user.id, course.id, wanted, id, expectation(c)));
  });
  app.delete(`${at}/group-sets/:id`, async (c) => {
    const { course, user } = await member(c, "instructor", part(c, "course"));
    await deleteGroupSet(db, user.id, course.id, uuid(part(c, "id"), noGroups));
    return c.body(null, 204);
  });

  // Grades

  app.get(`${at}/grades`, async (c) => {
    const { course } = await member(c, "assistant", part(c, "course"));
    const section = query(c, "section");
    const id = section === undefined ? undefined : uuid(section, noSection);
    return c.json(await courseGrades(db, course, id));
  });
  app.get(`${at}/grades/:user`, async (c) => {
    const { course, user, role } = await member(c, "learner", part(c, "course"));
    const asked = part(c, "user");
    const whose = asked === "me" ? user.id : asked;
    const teaches = atLeast(role, "assistant");
    // Whether there is anybody with another's id is not for learners to know.
    if (whose !== user.id && !teaches) throw forbidden("assistant");
    const now = await storeTime(db);
    return c.json(await learnerGrades(db, course, exercises, whose, !teaches, now));
  });

  // Who changed what

  app.get(`${at}/audit`, async (c) => {
    const { course } = await member(c, "instructor", part(c, "course"));
    const about = query(c, "subject");
    return sendPage(c, "entries", await readAudit(db, course.id, about, readPage(c)));
  });
  app.get("/api/v1/audit", async (c) => {
    await administrator(c);
    const about = query(c, "subject");
    return sendPage(c, "entries", await readAudit(db, undefined, about, readPage(c)));
  });
}
