/** Who may do what: the site's administrators, and everybody's role in each course. */
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { audit } from "./audit.ts";
import { COURSE } from "./course.ts";
import { type Page, type Paged, takePage, textKey } from "./pagination.ts";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";
import type { CourseRole, Member, Role } from "./types.ts";

const rank: Record<Role, number> = { learner: 0, assistant: 1, instructor: 2, administrator: 3 };

/** True when `role` may do what `needed` may. */
export function atLeast(role: Role, needed: Role): boolean {
  return rank[role] >= rank[needed];
}

/** A course as a person in it finds it. */
export interface Standing {
  course: { id: string; name: string; timeZone: string; lateDays: number; selfEnrollment: boolean };
  role: Role;
  /** True for who is no longer in the course: they see what they did there, and hand in nothing. */
  dropped: boolean;
}

/**
 * A person's place in a course; undefined when there is no such course, or they are not in it. Whoever
 * has an account is a learner in a course that is open to all.
 */
export async function standing(
  db: Kysely<Database>,
  user: string,
  course: string,
): Promise<Standing | undefined> {
  const find = () =>
    db
      .selectFrom("courses")
      .leftJoin("enrollments", (join) =>
        join.onRef("enrollments.course", "=", "courses.id").on("enrollments.user_id", "=", user),
      )
      .leftJoin("administrators", (join) => join.on("administrators.user_id", "=", user))
      .where("courses.id", "=", course)
      .select([
        "courses.id",
        "courses.name",
        "courses.time_zone",
        "courses.late_days",
        "courses.self_enrollment",
        "enrollments.role",
        "enrollments.dropped_at",
        "administrators.user_id as administrator",
      ])
      .executeTakeFirst();
  let row = await find();
  if (row?.self_enrollment && !row.role && !row.administrator) {
    await join(db, user, course);
    row = await find();
  }
  const role = row && effective(row);
  if (!row || !role) return undefined;
  return {
    course: {
      id: row.id,
      name: row.name,
      timeZone: row.time_zone,
      lateDays: row.late_days,
      selfEnrollment: row.self_enrollment,
    },
    role,
    dropped: row.dropped_at !== null && !row.administrator,
  };
}

/** What counts of several: administering the site is more than any role, being dropped less. */
export function effective(row: {
  administrator: string | null;
  role: CourseRole | null;
  dropped_at: Date | null;
}): Role | undefined {
  if (row.administrator !== null) return "administrator";
  return row.dropped_at ? "learner" : (row.role ?? undefined);
}

/** Makes a person a learner of a course that is open to all, unless they are or were in it already. */
export async function join(db: Kysely<Database>, user: string, course = COURSE): Promise<void> {
  await db
    .insertInto("enrollments")
    .columns(["course", "user_id", "role"])
    .expression((eb) =>
      eb
        .selectFrom("courses")
        .select((eb) => ["courses.id", eb.val(user).as("user_id"), sql.lit("learner").as("role")])
        .where("courses.id", "=", course)
        .where("courses.self_enrollment", "=", true),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Everyone with an account, and what they are in the course that everybody has, by name. */
export function members(db: Kysely<Database>, page: Page): Promise<Paged<Member>> {
  return takePage(memberQuery(db), page, personKeys, "asc", toMember);
}

/** People by name; of one name, by address. */
export const personKeys = [textKey("user.name"), textKey("user.email"), textKey("user.id")];

/**
 * Gives a person another role in the course that everybody has, or makes them administrator of the site.
 * @throws Refusal when there is no such person, or nobody would be left to administer the site
 */
export async function setRole(
  db: Kysely<Database>,
  by: string,
  user: string,
  role: Role,
): Promise<Member> {
  return db.transaction().execute(async (trx) => {
    // Of two administrators who step down at the same moment, one must come second.
    await lockRoles(trx);
    const row = await memberQuery(trx).where("user.id", "=", user).executeTakeFirst();
    if (!row) throw new Refusal(404, "not_found", "there is no such member in this course");
    if (row.administrator !== null && role !== "administrator") {
      if ((await countAdministrators(trx)) === 1) {
        throw new Refusal(
          409,
          "last_administrator",
          "this is the only administrator: without one nobody could change roles any more",
          "make somebody else administrator first",
        );
      }
      await trx.deleteFrom("administrators").where("user_id", "=", user).execute();
      await audit(trx, { by, action: "administrator.remove", subject: user });
    }
    if (role === "administrator") await makeAdministrator(trx, by, user);
    else await setCourseRole(trx, by, user, role);
    return toMember(await memberQuery(trx).where("user.id", "=", user).executeTakeFirstOrThrow());
  });
}

/** Makes a person administrator of the site, and an instructor of the course that everybody has. */
export async function makeAdministrator(
  trx: Kysely<Database>,
  by: string,
  user: string,
): Promise<void> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("administrators")
    .values({ user_id: user })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows)
    await audit(trx, { by, action: "administrator.add", subject: user });
  await setCourseRole(trx, by, user, "instructor");
}

async function setCourseRole(trx: Kysely<Database>, by: string, user: string, role: CourseRole) {
  const place = { course: COURSE, user_id: user };
  const before = await trx
    .selectFrom("enrollments")
    .select(["role", "dropped_at"])
    .where("course", "=", COURSE)
    .where("user_id", "=", user)
    .executeTakeFirst();
  await trx
    .insertInto("enrollments")
    .values({ ...place, role })
    .onConflict((conflict) =>
      conflict.columns(["course", "user_id"]).doUpdateSet({ role, dropped_at: null }),
    )
    .execute();
  await audit(trx, {
    course: COURSE,
    by,
    action: before ? "enrollment.update" : "enrollment.create",
    subject: user,
    before: before && { role: before.role, active: before.dropped_at === null },
    after: { role, active: true },
  });
}

/** Holds every change of roles back until `trx` ends. */
export async function lockRoles(trx: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('gradus roles', 0))`.execute(trx);
}

export async function countAdministrators(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom("administrators")
    .select((eb) => eb.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

function memberQuery(db: Kysely<Database>) {
  return db
    .selectFrom("user")
    .leftJoin("enrollments", (join) =>
      join.onRef("enrollments.user_id", "=", "user.id").on("enrollments.course", "=", COURSE),
    )
    .leftJoin("administrators", "administrators.user_id", "user.id")
    .select((eb) => [
      "user.id",
      "user.name",
      "user.email",
      "enrollments.role",
      "enrollments.dropped_at",
      "administrators.user_id as administrator",
      eb.fn.coalesce("enrollments.joined_at", "user.createdAt").as("joinedAt"),
    ]);
}

type MemberRow = Awaited<ReturnType<ReturnType<typeof memberQuery>["execute"]>>[number];

function toMember(row: MemberRow): Member {
  const { id, name, email, joinedAt } = row;
  return { id, name, email, role: effective(row) ?? "learner", joinedAt: joinedAt.toISOString() };
}
