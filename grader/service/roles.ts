/** Who may do what in the course. */
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { COURSE } from "./course.ts";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";
import type { Member, Role } from "./types.ts";

const rank: Record<Role, number> = { learner: 0, instructor: 1, administrator: 2 };

/** True when `role` may do what `needed` may. */
export function atLeast(role: Role, needed: Role): boolean {
  return rank[role] >= rank[needed];
}

/** Makes a person a learner of the course, unless they are in it already. */
export async function join(db: Kysely<Database>, user: string): Promise<void> {
  await db
    .insertInto("memberships")
    .values({ course: COURSE, user_id: user, role: "learner" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** A person's role; whoever has an account is at least a learner. */
export async function roleOf(db: Kysely<Database>, user: string): Promise<Role> {
  const find = () =>
    db
      .selectFrom("memberships")
      .select("role")
      .where("course", "=", COURSE)
      .where("user_id", "=", user)
      .executeTakeFirst();
  const found = await find();
  if (found) return found.role;
  await join(db, user);
  return (await find())?.role ?? "learner";
}

/** Everyone in the course, by name. */
export async function members(db: Kysely<Database>): Promise<Member[]> {
  const rows = await memberQuery(db).orderBy("user.name").orderBy("user.email").execute();
  return rows.map(toMember);
}

/**
 * Gives a member another role.
 * @throws Refusal when there is no such member, or nobody would be left to administer the course
 */
export async function setRole(db: Kysely<Database>, user: string, role: Role): Promise<Member> {
  return db.transaction().execute(async (trx) => {
    // Of two administrators who step down at the same moment, one must come second.
    await lockRoles(trx);
    const member = await memberQuery(trx).where("user.id", "=", user).executeTakeFirst();
    if (!member) throw new Refusal(404, "not_found", "there is no such member in this course");
    if (member.role === "administrator" && role !== "administrator") {
      const administrators = await countAdministrators(trx);
      if (administrators === 1) {
        throw new Refusal(
          409,
          "last_administrator",
          "this is the only administrator: without one nobody could change roles any more",
          "make somebody else administrator first",
        );
      }
    }
    await trx
      .updateTable("memberships")
      .set({ role })
      .where("course", "=", COURSE)
      .where("user_id", "=", user)
      .execute();
    return toMember({ ...member, role });
  });
}

/** Holds every change of roles back until `trx` ends. */
export async function lockRoles(trx: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('gradus roles', 0))`.execute(trx);
}

export async function countAdministrators(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom("memberships")
    .select((eb) => eb.fn.countAll().as("count"))
    .where("course", "=", COURSE)
    .where("role", "=", "administrator")
    .executeTakeFirstOrThrow();
  return Number(count);
}

function memberQuery(db: Kysely<Database>) {
  return db
    .selectFrom("memberships")
    .innerJoin("user", "user.id", "memberships.user_id")
    .where("memberships.course", "=", COURSE)
    .select([
      "user.id",
      "user.name",
      "user.email",
      "memberships.role",
      "memberships.joined_at as joinedAt",
    ]);
}

function toMember(row: Omit<Member, "joinedAt"> & { joinedAt: Date }): Member {
  return { ...row, joinedAt: row.joinedAt.toISOString() };
}
