/** Courses and their sections. */
import type { Kysely } from "kysely";
import { effective } from "./roles.ts";
import type { Database } from "./store/schema.ts";
import type { CourseSummary } from "./types.ts";

/** Every course that a person is in; for an administrator, every course there is. */
export async function coursesOf(db: Kysely<Database>, user: string): Promise<CourseSummary[]> {
  const rows = await db
    .selectFrom("courses")
    .leftJoin("enrollments", (join) =>
      join.onRef("enrollments.course", "=", "courses.id").on("enrollments.user_id", "=", user),
    )
    .leftJoin("administrators", (join) => join.on("administrators.user_id", "=", user))
    .where((eb) =>
      eb.or([
        eb("administrators.user_id", "is not", null),
        eb.and([
          eb("enrollments.user_id", "is not", null),
          eb("enrollments.dropped_at", "is", null),
        ]),
      ]),
    )
    .select([
      "courses.id",
      "courses.name",
      "enrollments.role",
      "enrollments.dropped_at",
      "administrators.user_id as administrator",
    ])
    .orderBy("courses.created_at")
    .orderBy("courses.id")
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, role: effective(row) ?? "learner" }));
}
