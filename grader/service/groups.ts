/** Groups that hand in together: one does it, and all of them have it. */
import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { z } from "zod";
import { lockRules } from "./assignments.ts";
import { audit } from "./audit.ts";
import { line } from "./body.ts";
import type { Expectation } from "./conditional.ts";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";
import type { GroupSet } from "./types.ts";

export const groupSetRequest = z.strictObject({
  name: line(100),
  groups: z
    .array(
      z.strictObject({ name: line(100), members: z.array(z.string().min(1).max(254)).max(1000) }),
    )
    .max(10_000),
});

/** A course's sets of groups, by name. */
export async function groupSets(
  db: Kysely<Database>,
  course: string,
  id?: string,
): Promise<GroupSet[]> {
  let query = db.selectFrom("group_sets").selectAll().where("course", "=", course).orderBy("name");
  if (id !== undefined) query = query.where("id", "=", id);
  const sets = await query.execute();
  const rows = await db
    .selectFrom("groups")
    .innerJoin("group_sets", "group_sets.id", "groups.group_set_id")
    .leftJoin("group_members", "group_members.group_id", "groups.id")
    .leftJoin("user", "user.id", "group_members.user_id")
    .where("group_sets.course", "=", course)
    .select(["groups.id", "groups.group_set_id as set", "groups.name"])
    .select(["user.id as user", "user.name as userName", "user.email"])
    .orderBy("groups.name")
    .orderBy("user.name")
    .orderBy("user.email")
    .execute();
  return sets.map(({ id, name }) => {
    const groups = new Map<string, GroupSet["groups"][number]>();
    for (const row of rows) {
      if (row.set !== id) continue;
      const group = groups.get(row.id) ?? { id: row.id, name: row.name, members: [] };
      groups.set(row.id, group);
      if (row.user !== null)
        group.members.push({ id: row.user, name: row.userName ?? "", email: row.email ?? "" });
    }
    return { id, name, groups: [...groups.values()] };
  });
}

/**
 * Makes a set of groups, or puts another in the place of the one with `id`. What was handed in before
 * stays with those who were in the group then.
 * @throws Refusal when a name is taken, or somebody is not in the course, or in two groups
 */
export async function saveGroupSet(
  db: Kysely<Database>,
  by: string,
  course: string,
  { name, groups }: z.infer<typeof groupSetRequest>,
  id?: string,
  expect?: Expectation,
): Promise<GroupSet> {
  return db.transaction().execute(async (trx) => {
    await lockRules(trx, course);
    const before = id === undefined ? undefined : await findSet(trx, course, id);
    if (before) expect?.(before);
    const other = (await groupSets(trx, course)).find((set) => set.name === name && set.id !== id);
    if (other)
      throw new Refusal(409, "taken", `there is a set of groups ${JSON.stringify(name)} already`);
    const people = await byIdOrEmail(trx, course);
    const rows: { group: string; user: string }[] = [];
    const seen = new Map<string, string>();
    const names = new Set<string>();
    const ids = new Map(before?.groups.map((group) => [group.name, group.id]));
    const made = groups.map((group) => {
      if (names.has(group.name))
        throw new Refusal(400, "bad_request", `two groups are named ${JSON.stringify(group.name)}`);
      names.add(group.name);
      const row = { id: ids.get(group.name) ?? randomUUID(), name: group.name };
      for (const member of group.members) {
        const user = people(member);
        if (user === undefined) {
          throw new Refusal(
            400,
            "bad_request",
            `${member} (in ${JSON.stringify(group.name)}) is not a learner of this course`,
            "name members by the e-mail address or the id of their account",
          );
        }
        const first = seen.get(user);
        if (first !== undefined)
          throw new Refusal(
            400,
            "bad_request",
            `${member} is in two groups: ${JSON.stringify(first)} and ${JSON.stringify(group.name)}`,
          );
        seen.set(user, group.name);
        rows.push({ group: row.id, user });
      }
      return row;
    });
    const set = before?.id ?? randomUUID();
    if (before) await trx.updateTable("group_sets").set({ name }).where("id", "=", set).execute();
    else await trx.insertInto("group_sets").values({ id: set, course, name }).execute();
    await trx.deleteFrom("groups").where("group_set_id", "=", set).execute();
    for (const batch of batches(made))
      await trx
        .insertInto("groups")
        .values(batch.map((row) => ({ ...row, group_set_id: set })))
        .execute();
    for (const batch of batches(rows))
      await trx
        .insertInto("group_members")
        .values(
          batch.map(({ group, user }) => ({ group_set_id: set, group_id: group, user_id: user })),
        )
        .execute();
    const after = await findSet(trx, course, set);
    await audit(trx, {
      course,
      by,
      action: before ? "group_set.update" : "group_set.create",
      subject: set,
      before: before && told(before),
      after: told(after),
    });
    return after;
  });
}

/** @throws Refusal when there is none, or an assignment uses it */
export async function deleteGroupSet(
  db: Kysely<Database>,
  by: string,
  course: string,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockRules(trx, course);
    const before = await findSet(trx, course, id);
    const used = await trx
      .selectFrom("assignments")
      .select("name")
      .where("group_set_id", "=", id)
      .executeTakeFirst();
    if (used) {
      throw new Refusal(
        409,
        "in_use",
        `the assignment ${JSON.stringify(used.name)} is done in these groups`,
        "take them out of the assignment first",
      );
    }
    await trx.deleteFrom("group_sets").where("id", "=", id).execute();
    await audit(trx, { course, by, action: "group_set.delete", subject: id, before: told(before) });
  });
}

/** A person's group in each set of a course: its id, name and who is in it. */
export async function groupsOf(
  db: Kysely<Database>,
  course: string,
  user: string,
): Promise<Map<string, { id: string; name: string; members: { id: string; name: string }[] }>> {
  const rows = await db
    .selectFrom("group_members as own")
    .innerJoin("groups", "groups.id", "own.group_id")
    .innerJoin("group_sets", "group_sets.id", "own.group_set_id")
    .innerJoin("group_members as mate", "mate.group_id", "own.group_id")
    .innerJoin("user", "user.id", "mate.user_id")
    .innerJoin("enrollments", (join) =>
      join.onRef("enrollments.user_id", "=", "mate.user_id").on("enrollments.course", "=", course),
    )
    .where("enrollments.dropped_at", "is", null)
    .where("group_sets.course", "=", course)
    .where("own.user_id", "=", user)
    .select(["own.group_set_id as set", "groups.id", "groups.name", "user.id as user"])
    .select("user.name as userName")
    .orderBy("user.name")
    .execute();
  const found: Awaited<ReturnType<typeof groupsOf>> = new Map();
  for (const row of rows) {
    const group = found.get(row.set) ?? { id: row.id, name: row.name, members: [] };
    found.set(row.set, group);
    group.members.push({ id: row.user, name: row.userName });
  }
  return found;
}

/** A learner of the course by the id or the address of their account. */
async function byIdOrEmail(trx: Kysely<Database>, course: string) {
  const rows = await trx
    .selectFrom("enrollments")
    .innerJoin("user", "user.id", "enrollments.user_id")
    .where("enrollments.course", "=", course)
    .where("enrollments.dropped_at", "is", null)
    .where("enrollments.role", "=", "learner")
    .select(["user.id", "user.email"])
    .execute();
  const found = new Map(rows.flatMap(({ id, email }) => [[id, id] as const, [email, id] as const]));
  return (text: string) => found.get(text) ?? found.get(text.toLowerCase());
}

/** @throws Refusal when there is none */
export async function findSet(
  trx: Kysely<Database>,
  course: string,
  id: string,
): Promise<GroupSet> {
  const [found] = await groupSets(trx, course, id);
  if (!found) throw new Refusal(404, "not_found", "there is no such set of groups in this course");
  return found;
}

/** A set as the audit log has it: people by id. */
function told({ name, groups }: GroupSet): object {
  return {
    name,
    groups: Object.fromEntries(
      groups.map((group) => [group.name, group.members.map((member) => member.id)]),
    ),
  };
}

function* batches<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += 1000) yield rows.slice(at, at + 1000);
}
