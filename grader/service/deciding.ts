/**
 * The attempts that can decide a course's grades. A large class hands in hundreds of thousands of times;
 * what is on time and has fewer points than another can count for nobody, so the store leaves it out.
 */
import { type Kysely, sql } from "kysely";
import type { Found } from "./assignments.ts";
import { attemptsIn } from "./attempts.ts";
import type { Attempt } from "./rules.ts";
import type { Database } from "./store/schema.ts";

interface Row {
  user: string;
  exercise: string;
  /** Of those that are on time and graded: ratio, −number. Where the last counts: number, ratio, seconds. */
  best: number[] | null;
  /** All others: number, ratio (null until graded), seconds since 1970. */
  others: (number | null)[][] | null;
}

/**
 * For each learner attempts that give the same grades as all of them. How many there were, and which
 * submission it was, they do not tell.
 * @param found whose exercises are looked at
 */
export async function decidingAttempts(
  db: Kysely<Database>,
  course: string,
  found: readonly Found[],
): Promise<(user: string) => readonly Attempt[]> {
  const parts = found.flatMap(({ row, rules }) =>
    rules.exercises.map(({ exercise }) => ({ exercise, row, rules })),
  );
  if (parts.length === 0) return () => [];
  const earliest = await earliestDues(db, course, found);
  const rules = sql.join(
    parts.map(
      ({ exercise, row, rules }) =>
        sql`(${exercise}::text, ${earliest.get(row.id) ?? null}::timestamptz, ${rules.scoringPolicy === "keep_latest"}::boolean)`,
    ),
  );
  const { rows } = await db.transaction().execute(async (trx) => {
    // Enough to sort a class of thousands in memory; it holds for this query only.
    await sql`set local work_mem = '64MB'`.execute(trx);
    return sql<Row>`
      select counted."user", counted.exercise,
        max(case when rule.latest
          then array[counted.number, verdict.points / nullif(verdict.max, 0), counted.seconds]
          else array[coalesce(verdict.points / nullif(verdict.max, 0), 0), -counted.number] end
        ) filter (where verdict.submission_id is not null
          and (rule.latest or rule.due is null or counted.received_at <= rule.due)) as best,
        array_agg(array[
          counted.number,
          case when verdict.submission_id is not null
            then coalesce(verdict.points / nullif(verdict.max, 0), 0) end,
          counted.seconds
        ]) filter (where verdict.submission_id is null
          or not (rule.latest or rule.due is null or counted.received_at <= rule.due)) as others
      from (
        select id, user_id as "user", exercise, number::float8 as number, received_at,
          extract(epoch from received_at)::float8 as seconds
        from submissions where course = ${course}
        union all
        select id, shared_submissions.user_id, exercise, number::float8, received_at,
          extract(epoch from received_at)::float8
        from shared_submissions join submissions on id = submission_id where course = ${course}
      ) as counted
      join (values ${rules}) as rule (exercise, due, latest) on rule.exercise = counted.exercise
      left join verdicts as verdict on verdict.submission_id = counted.id
      where not coalesce(verdict.fault, false) and counted.id not in (
        select submission_id from rubric_marks
        union select submission_id from gradings where points is not null
      )
      group by counted."user", counted.exercise
    `.execute(trx);
  });
  const byHand = await attemptsIn(db, course, { byHand: true });
  const latest = new Map(
    parts.map(({ exercise, rules }) => [exercise, rules.scoringPolicy === "keep_latest"]),
  );
  const byUser = new Map<string, Attempt[]>();
  for (const row of rows) {
    const own = byUser.get(row.user);
    const attempts = attemptsOf(row, latest.get(row.exercise) ?? false);
    if (own) own.push(...attempts);
    else byUser.set(row.user, attempts);
  }
  return (user) => [...(byUser.get(user) ?? []), ...byHand(user)];
}

function attemptsOf({ exercise, best, others }: Row, latest: boolean): Attempt[] {
  const attempts = (others ?? []).map(([number, ratio, seconds]) => ({
    number: number ?? 0,
    ratio,
    receivedAt: timeOf(seconds ?? 0),
  }));
  if (best && latest)
    attempts.push({ number: best[0], ratio: best[1] ?? 0, receivedAt: timeOf(best[2]) });
  // It is on time whatever the due date: any time before that will do.
  if (best && !latest) attempts.push({ number: -best[1], ratio: best[0], receivedAt: new Date(0) });
  return attempts
    .sort((a, b) => a.number - b.number)
    .map(({ number, ratio, receivedAt }) => ({
      submission: String(number),
      exercise,
      receivedAt,
      verdict: ratio === null ? null : { points: ratio, max: 1 },
      fault: false,
    }));
}

/** Seconds with their fractions as the driver would have read the time: to the millisecond. */
function timeOf(seconds: number): Date {
  return new Date(Math.floor(Math.round(seconds * 1e6) / 1e3));
}

/** When each assignment is due for whoever has the least time; what comes until then is late for nobody. */
async function earliestDues(
  db: Kysely<Database>,
  course: string,
  found: readonly Found[],
): Promise<Map<string, Date>> {
  const rows = await db
    .selectFrom("extensions")
    .innerJoin("assignments", "assignments.id", "extensions.assignment_id")
    .where("assignments.course", "=", course)
    .where("extensions.due_at", "is not", null)
    .groupBy("assignments.id")
    .select((eb) => ["assignments.id", eb.fn.min("extensions.due_at").as("due")])
    .execute();
  const dues = new Map(
    found.flatMap(({ row, rules }) => (rules.dueAt ? [[row.id, rules.dueAt]] : [])),
  );
  for (const { id, due } of rows) {
    const now = dues.get(id);
    if (due && (!now || due < now)) dues.set(id, due);
  }
  return dues;
}
