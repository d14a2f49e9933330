/** Who is in a course: people, invitations, and rosters that say how it should be. */
import { type Kysely, sql } from "kysely";
import { z } from "zod";
import { audit, BATCH, type Change } from "./audit.ts";
import { line } from "./body.ts";
import { findOrCreateSection } from "./courses.ts";
import { csv } from "./csv.ts";
import { joinPages, type Page, takePage, textKey } from "./pagination.ts";
import { Refusal } from "./refusal.ts";
import { atLeast, join, personKeys } from "./roles.ts";
import { type Invited, type Known, planRoster, type RosterLine, type Step } from "./roster.ts";
import type { Database } from "./store/schema.ts";
import type { Enrollment, Invitation, Role, RosterChange, RosterImport } from "./types.ts";

const courseRole = z.enum(["learner", "assistant", "instructor"]);
export const enrollmentRequest = z.strictObject({
  email: z
    .email()
    .max(254)
    .transform((email) => email.toLowerCase()),
  role: courseRole.optional(),
  name: line(200).nullable().optional(),
  section: line(100).nullable().optional(),
  studentId: line(100).nullable().optional(),
});
export const enrollmentChange = z
  .strictObject({
    role: courseRole,
    section: line(100).nullable(),
    name: line(200).nullable(),
    studentId: line(100).nullable(),
    active: z.boolean(),
  })
  .partial();

/** Everyone who is or was in a course, by name. */
export async function enrollments(db: Kysely<Database>, course: string): Promise<Enrollment[]> {
  const rows = await places(db, course).orderBy("user.name").orderBy("user.email").execute();
  return rows.map(toEnrollment);
}

/** Everyone who has no account yet, by address. */
export async function invitations(db: Kysely<Database>, course: string): Promise<Invitation[]> {
  const rows = await guests(db, course).orderBy("invitations.email").execute();
  return rows.map(toInvitation);
}

/** Everyone who is or was in a course, by name; then everyone invited, by address. */
export function rosterPage(db: Kysely<Database>, course: string, page: Page) {
  return joinPages(
    page,
    (page) => takePage(places(db, course), page, personKeys, "asc", toEnrollment),
    (page) =>
      takePage(guests(db, course), page, [textKey("invitations.email")], "asc", toInvitation),
  );
}

/**
 * Brings a course in line with a roster: all of it, or, when a line may not be, nothing.
 * @param by who does it, and as what
 * @throws Refusal with every line that may not be
 */
export async function importRoster(
  db: Kysely<Database>,
  by: { user: string; role: Role },
  course: string,
  lines: readonly RosterLine[],
  { dryRun = false, dropMissing = false }: { dryRun?: boolean; dropMissing?: boolean } = {},
): Promise<RosterImport> {
  return db.transaction().execute(async (trx) => {
    await lockRosters(trx);
    const known = await knownPeople(trx, course, lines);
    const guests: Invited[] = await invitations(trx, course);
    const { steps, unchanged, missing } = planRoster(lines, known, guests, by.role, dropMissing);
    const before = new Map((await sectionNames(trx, course)).map(({ name, id }) => [name, id]));
    const wanted = steps.flatMap(({ details }) => details.section ?? []);
    const sectionsCreated = [...new Set(wanted)].filter((name) => !before.has(name));
    const changes = steps.map(({ line, email, name, action, changes }) => ({
      line,
      email,
      name,
      action,
      changes,
    }));
    const result = { dryRun, changes, unchanged, missing, sectionsCreated, ignoredColumns: [] };
    if (dryRun || steps.length === 0) return result;
    for (const name of sectionsCreated)
      before.set(name, (await findOrCreateSection(trx, by.user, course, name)).id);
    await apply(trx, by.user, course, steps, before);
    return result;
  });
}

/**
 * Enrolls or invites one person, or changes their place.
 * @throws Refusal when that may not be
 */
export async function enroll(
  db: Kysely<Database>,
  by: { user: string; role: Role },
  course: string,
  wanted: z.infer<typeof enrollmentRequest>,
): Promise<RosterChange[]> {
  try {
    return (await importRoster(db, by, course, [{ line: 1, ...wanted }])).changes;
  } catch (error) {
    if (!(error instanceof Refusal) || !error.lines) throw error;
    throw new Refusal(400, "bad_request", error.lines[0].message);
  }
}

/**
 * Changes one person's place.
 * @throws Refusal when they are not in the course, or the change is an administrator's to make
 */
export async function changeEnrollment(
  db: Kysely<Database>,
  by: { user: string; role: Role },
  course: string,
  user: string,
  change: z.infer<typeof enrollmentChange>,
): Promise<Enrollment> {
  return db.transaction().execute(async (trx) => {
    await lockRosters(trx);
    const row = await places(trx, course).where("user.id", "=", user).executeTakeFirst();
    if (!row) throw new Refusal(404, "not_found", "there is nobody with this id in this course");
    const before = toEnrollment(row);
    const { role, section, active, name, studentId } = {
      ...before,
      name: before.rosterName,
      ...change,
    };
    const touchesInstructor = before.role === "instructor" || role === "instructor";
    const takesPlace = role !== before.role || active !== before.active;
    if (touchesInstructor && takesPlace && !atLeast(by.role, "administrator")) {
      throw new Refusal(
        403,
        "forbidden",
        "only an administrator makes somebody an instructor, or takes an instructor out",
      );
    }
    const sectionId = section && (await findOrCreateSection(trx, by.user, course, section)).id;
    await trx
      .updateTable("enrollments")
      .set({
        role,
        section_id: sectionId,
        roster_name: name,
        student_id: studentId,
        ...(active === before.active ? {} : { dropped_at: active ? null : sql<Date>`now()` }),
      })
      .where("course", "=", course)
      .where("user_id", "=", user)
      .execute();
    const after = toEnrollment(
      await places(trx, course).where("user.id", "=", user).executeTakeFirstOrThrow(),
    );
    await audit(trx, {
      course,
      by: by.user,
      action: "enrollment.update",
      subject: user,
      before: ofRoster(before),
      after: ofRoster(after),
    });
    return after;
  });
}

/** Takes an invitation back. @throws Refusal when there is none */
export async function deleteInvitation(
  db: Kysely<Database>,
  by: string,
  course: string,
  email: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .deleteFrom("invitations")
      .where("course", "=", course)
      .where("email", "=", email.toLowerCase())
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new Refusal(404, "not_found", "nobody with this address is invited");
    await audit(trx, {
      course,
      by,
      action: "invitation.delete",
      subject: row.email,
      before: { name: row.roster_name, studentId: row.student_id },
    });
  });
}

/** True when an address (or any) waits on a roster, so that whoever has it may make an account. */
export async function isInvited(db: Kysely<Database>, email?: string): Promise<boolean> {
  let query = db.selectFrom("invitations").select("email").limit(1);
  if (email !== undefined) query = query.where("email", "=", email.toLowerCase());
  return (await query.executeTakeFirst()) !== undefined;
}

/** Enrolls a new account wherever its address is invited, and in the course that everybody has. */
export async function welcome(
  db: Kysely<Database>,
  user: { id: string; email: string },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // An import that has not seen this account yet comes first, with its invitation.
    await lockRosters(trx);
    const waiting = await trx
      .deleteFrom("invitations")
      .where("email", "=", user.email.toLowerCase())
      .returningAll()
      .execute();
    for (const { course, email, section_id, roster_name, student_id } of waiting) {
      const place = { section_id, roster_name, student_id };
      await trx
        .insertInto("enrollments")
        .values({ course, user_id: user.id, role: "learner", ...place })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await audit(trx, {
        course,
        by: user.id,
        action: "enrollment.create",
        subject: user.id,
        after: { role: "learner", active: true, invitedAs: email },
      });
    }
    await join(trx, user.id);
  });
}

/** The roster as a file that can be imported again: those who are in, and those invited. */
export async function rosterCsv(db: Kysely<Database>, course: string): Promise<string> {
  const people = await enrollments(db, course);
  const guests = await invitations(db, course);
  return csv([
    ["email", "name", "student_id", "section", "role"],
    ...people
      .filter((person) => person.active)
      .map((one) => [one.user.email, one.rosterName, one.studentId, one.section, one.role]),
    ...guests.map((guest) => [guest.email, guest.name, guest.studentId, guest.section, "learner"]),
  ]);
}

/** @param sections their ids by name */
async function apply(
  trx: Kysely<Database>,
  by: string,
  course: string,
  steps: readonly Step[],
  sections: ReadonlyMap<string, string>,
): Promise<void> {
  const details = ({ section, name, studentId }: Step["details"]) => ({
    section_id: section === null ? null : (sections.get(section) ?? null),
    roster_name: name,
    student_id: studentId,
  });
  const now = new Date();
  const people = steps.flatMap((step) => {
    if (step.user === undefined) return [];
    const { user: user_id, role } = step;
    const dropped_at = step.action === "drop" ? now : null;
    return [{ course, user_id, role, dropped_at, ...details(step.details) }];
  });
  for (let at = 0; at < people.length; at += BATCH)
    await trx
      .insertInto("enrollments")
      .values(people.slice(at, at + BATCH))
      .onConflict((conflict) =>
        conflict.columns(["course", "user_id"]).doUpdateSet((eb) => ({
          role: eb.ref("excluded.role"),
          dropped_at: eb.ref("excluded.dropped_at"),
          section_id: eb.ref("excluded.section_id"),
          roster_name: eb.ref("excluded.roster_name"),
          student_id: eb.ref("excluded.student_id"),
        })),
      )
      .execute();
  const guests = steps
    .filter(({ user, action }) => user === undefined && action !== "uninvite")
    .map((step) => ({ course, email: step.email, ...details(step.details) }));
  for (let at = 0; at < guests.length; at += BATCH)
    await trx
      .insertInto("invitations")
      .values(guests.slice(at, at + BATCH))
      .onConflict((conflict) =>
        conflict.columns(["course", "email"]).doUpdateSet((eb) => ({
          section_id: eb.ref("excluded.section_id"),
          roster_name: eb.ref("excluded.roster_name"),
          student_id: eb.ref("excluded.student_id"),
        })),
      )
      .execute();
  const gone = steps.filter(({ action }) => action === "uninvite").map(({ email }) => email);
  for (let at = 0; at < gone.length; at += BATCH)
    await trx
      .deleteFrom("invitations")
      .where("course", "=", course)
      .where("email", "in", gone.slice(at, at + BATCH))
      .execute();
  await audit(trx, ...steps.map((step) => told(by, course, step)));
}

/** A step as the audit log has it. */
function told(by: string, course: string, step: Step): Change {
  const { user, email, action, changes } = step;
  const sides = Object.entries(changes);
  const before = Object.fromEntries(sides.map(([field, { from }]) => [field, from]));
  const after = Object.fromEntries(sides.map(([field, { to }]) => [field, to]));
  const change = { course, by, subject: user ?? email };
  switch (action) {
    case "enroll":
      return { ...change, action: "enrollment.create", after };
    case "invite":
      return { ...change, action: "invitation.create", after };
    case "uninvite":
      return { ...change, action: "invitation.delete", before: step.details };
    case "update": {
      const what = user === undefined ? "invitation.update" : "enrollment.update";
      return { ...change, action: what, before, after };
    }
    case "drop":
    case "restore": {
      const active = action === "restore";
      return {
        ...change,
        action: "enrollment.update",
        before: { ...before, active: !active },
        after: { ...after, active },
      };
    }
  }
}

/** Everyone who is or was in the course, and everyone on the roster who has an account. */
async function knownPeople(
  trx: Kysely<Database>,
  course: string,
  lines: readonly RosterLine[],
): Promise<Known[]> {
  const inCourse = (await places(trx, course).execute()).map(toEnrollment);
  const known = new Map<string, Known>(
    inCourse.map(({ user, role, active, rosterName: name, section, studentId }) => {
      const email = user.email.toLowerCase();
      return [email, { user: user.id, email, place: { role, active, name, section, studentId } }];
    }),
  );
  const others = lines.map((line) => line.email).filter((email) => !known.has(email));
  for (let at = 0; at < others.length; at += BATCH) {
    const found = await trx
      .selectFrom("user")
      .select(["id", "email"])
      .where("email", "in", others.slice(at, at + BATCH))
      .execute();
    for (const { id, email } of found) known.set(email, { user: id, email });
  }
  return [...known.values()];
}

function places(db: Kysely<Database>, course: string) {
  return db
    .selectFrom("enrollments")
    .innerJoin("user", "user.id", "enrollments.user_id")
    .leftJoin("sections", "sections.id", "enrollments.section_id")
    .where("enrollments.course", "=", course)
    .select([
      "user.id",
      "user.name",
      "user.email",
      "enrollments.role",
      "enrollments.roster_name as rosterName",
      "enrollments.student_id as studentId",
      "enrollments.joined_at as joinedAt",
      "enrollments.dropped_at as droppedAt",
      "sections.name as section",
    ]);
}

function guests(db: Kysely<Database>, course: string) {
  return db
    .selectFrom("invitations")
    .leftJoin("sections", "sections.id", "invitations.section_id")
    .where("invitations.course", "=", course)
    .select([
      "invitations.email",
      "invitations.roster_name as name",
      "invitations.student_id as studentId",
      "invitations.invited_at as invitedAt",
      "sections.name as section",
    ]);
}

type GuestRow = Awaited<ReturnType<ReturnType<typeof guests>["execute"]>>[number];

function toInvitation({ email, name, studentId, section, invitedAt }: GuestRow): Invitation {
  return { email, name, section, studentId, invitedAt: invitedAt.toISOString() };
}

type PlaceRow = Awaited<ReturnType<ReturnType<typeof places>["execute"]>>[number];

function toEnrollment({ id, name, email, joinedAt, droppedAt, ...place }: PlaceRow): Enrollment {
  const { role, section, rosterName, studentId } = place;
  return {
    user: { id, name, email },
    role,
    section,
    rosterName,
    studentId,
    joinedAt: joinedAt.toISOString(),
    active: droppedAt === null,
  };
}

/** What a change of a place is told by. */
function ofRoster({ role, section, rosterName, studentId, active }: Enrollment) {
  return { role, section, name: rosterName, studentId, active };
}

async function sectionNames(trx: Kysely<Database>, course: string) {
  return trx.selectFrom("sections").select(["id", "name"]).where("course", "=", course).execute();
}

/** Rosters and sign-ups come one after the other. */
async function lockRosters(trx: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('gradus rosters', 0))`.execute(trx);
}
