/** What was handed in, as it is graded: every attempt, and for whom it counts. */
import type { Kysely } from "kysely";
import { handsIn } from "./gradings.ts";
import type { Attempt } from "./rules.ts";
import type { Database } from "./store/schema.ts";

/**
 * Every attempt of a course's learners, their group's among them, in the order they came; or those of
 * some learners, or those that somebody graded by hand.
 */
export async function attemptsIn(
  db: Kysely<Database>,
  course: string,
  only: { users?: readonly string[]; byHand?: boolean } = {},
): Promise<(user: string) => readonly Attempt[]> {
  // The columns come with the union itself: a join back would look at every submission of the course.
  const columns = ["submissions.id", "submissions.number", "submissions.exercise"] as const;
  const receivedAt = "submissions.received_at as receivedAt" as const;
  let own = db
    .selectFrom("submissions")
    .where("submissions.course", "=", course)
    .select([...columns, receivedAt, "submissions.user_id as user"]);
  let shared = db
    .selectFrom("shared_submissions")
    .innerJoin("submissions", "submissions.id", "shared_submissions.submission_id")
    .where("submissions.course", "=", course)
    .select([...columns, receivedAt, "shared_submissions.user_id as user"]);
  if (only.users) {
    own = own.where("submissions.user_id", "in", only.users);
    shared = shared.where("shared_submissions.user_id", "in", only.users);
  }
  let query = db
    .selectFrom(own.unionAll(shared).as("counted"))
    .leftJoin("verdicts as verdict", "verdict.submission_id", "counted.id")
    .select(["counted.user", "counted.id", "counted.exercise", "counted.receivedAt"])
    .select(["verdict.points", "verdict.max", "verdict.fault"])
    .orderBy("counted.number");
  if (only.byHand)
    query = query.where("counted.id", "in", (eb) =>
      eb
        .selectFrom("rubric_marks")
        .select("submission_id")
        .union(eb.selectFrom("gradings").where("points", "is not", null).select("submission_id")),
    );
  const hand = await handsIn(db, course);
  const byUser = new Map<string, Attempt[]>();
  for (const { user, id, exercise, receivedAt, points, max, fault } of await query.execute()) {
    const own = byUser.get(user);
    const attempt = {
      submission: id,
      exercise,
      receivedAt,
      verdict: points === null || max === null ? null : { points, max },
      fault: fault ?? false,
      ...hand(id),
    };
    if (own) own.push(attempt);
    else byUser.set(user, [attempt]);
  }
  return (user) => byUser.get(user) ?? [];
}

/** For whom each submission of a course counts: who handed it in, and who was in their group then. */
export function counted(db: Kysely<Database>, course: string) {
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom("submissions")
        .where("submissions.course", "=", course)
        .select(["submissions.id as submission", "submissions.user_id as user"])
        .unionAll(
          eb
            .selectFrom("shared_submissions")
            .innerJoin("submissions", "submissions.id", "shared_submissions.submission_id")
            .where("submissions.course", "=", course)
            .select(["submissions.id as submission", "shared_submissions.user_id as user"]),
        )
        .as("counted"),
    )
    .innerJoin("submissions as submission", "submission.id", "counted.submission");
}
