/**
 * The attempts that can decide a course's grades. A large class hands in hundreds of thousands of times;
 * what is on time and has fewer points than another can count for nobody, so the store leaves it out.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Found } from "./assignments.ts";
import { attemptsIn } from "./attempts.ts";
import type { Attempt } from "./rules.ts";
import type { Database } from "./store/schema.ts";

/**
 * For each learner attempts that give the same grades as all of them. Which submissions they were, they
 * do not tell.
 * @param found whose exercises are looked at
 */
export async function decidingAttempts(
  db: Kysely<Database>,
  course: string,
  found: readonly Found[],
): Promise<(user: string) => readonly Attempt[]> {
  const earliest = await earliestDues(db, course, found);
  const parts = found.flatMap(({ row, rules }) =>
    rules.exercises.map(({ exercise }) => ({
      exercise,
      due: earliest.get(row.id) ?? null,
      latest: rules.scoringPolicy === "keep_latest",
    })),
  );
  const byUser = new Map<string, Attempt[]>();
  const add = (user: string, attempt: Omit<Attempt, "submission" | "fault">) => {
    const one = { ...attempt, submission: "", fault: false };
    const own = byUser.get(user);
    if (own) own.push(one);
    else byUser.set(user, [one]);
  };
  const byHand = await attemptsIn(db, course, { byHand: true });
  const rest = counting(course, await hasByHand(db));
  const best = parts.filter(({ latest }) => !latest);
  if (best.length > 0) {
    for (const { user, exercise, ratio, waiting } of await bestOnTime(db, rest, best)) {
      if (ratio !== null)
        add(user, { exercise, receivedAt: ON_TIME, verdict: { points: ratio, max: 1 } });
      for (let one = 0; one < waiting; one++)
        add(user, { exercise, receivedAt: ON_TIME, verdict: null });
    }
    for (const { user, exercise, receivedAt, ratio } of await late(db, rest, best))
      add(user, { exercise, receivedAt, verdict: { points: ratio, max: 1 } });
  }
  const last = parts.filter(({ latest }) => latest);
  if (last.length > 0)
    for (const { user, exercise, receivedAt, ratio } of await lastAndWaiting(db, rest, last))
      add(user, {
        exercise,
        receivedAt,
        verdict: ratio === null ? null : { points: ratio, max: 1 },
      });
  return (user) => [...(byUser.get(user) ?? []), ...byHand(user)];
}

/** Any time that is late for nobody. */
const ON_TIME = new Date(0);

interface Part {
  exercise: string;
  due: Date | null;
}

/** Attempts that are counted, with their verdicts, ready for conditions; not those graded by hand. */
function counting(course: string, byHand: boolean): RawBuilder<unknown> {
  return sql`(
      select id, user_id as "user", exercise, number, received_at
      from submissions where course = ${course}
      union all
      select id, shared_submissions.user_id, exercise, number, received_at
      from shared_submissions join submissions on id = submission_id where course = ${course}
    ) as counted
    join rule on rule.exercise = counted.exercise
    left join verdicts as verdict on verdict.submission_id = counted.id
    where not coalesce(verdict.fault, false) ${
      byHand
        ? sql`and counted.id not in (
            select submission_id from rubric_marks
            union select submission_id from gradings where points is not null)`
        : sql``
    }`;
}

function rules(parts: readonly Part[]): RawBuilder<unknown> {
  const rows = parts.map(({ exercise, due }) => sql`(${exercise}::text, ${due}::timestamptz)`);
  return sql`rule (exercise, due) as (values ${sql.join(rows)})`;
}

/** What part of the points an attempt earned. */
const ratio = sql`coalesce(verdict.points / nullif(verdict.max, 0), 0)`;

/** Of what is on time and graded the best, and how many attempts are not graded yet. */
async function bestOnTime(db: Kysely<Database>, rest: RawBuilder<unknown>, parts: readonly Part[]) {
  return db.transaction().execute(async (trx) => {
    // Enough to gather a class of thousands in memory; it holds for this query only.
    await sql`set local work_mem = '64MB'`.execute(trx);
    const { rows } = await sql<{
      user: string;
      exercise: string;
      ratio: number | null;
      waiting: number;
    }>`with ${rules(parts)}
      select counted."user", counted.exercise,
        max(${ratio}) filter (where verdict.submission_id is not null
          and (rule.due is null or counted.received_at <= rule.due)) as ratio,
        (count(*) filter (where verdict.submission_id is null))::integer as waiting
      from ${rest} group by counted."user", counted.exercise`.execute(trx);
    return rows;
  });
}

/** What is graded and may be late, one by one: how late is for the rules to say. */
async function late(db: Kysely<Database>, rest: RawBuilder<unknown>, parts: readonly Part[]) {
  const dated = parts.filter(({ due }) => due !== null);
  if (dated.length === 0) return [];
  const { rows } = await sql<{ user: string; exercise: string; receivedAt: Date; ratio: number }>`
    with ${rules(dated)}
    select counted."user", counted.exercise, counted.received_at as "receivedAt", ${ratio} as ratio
    from ${rest} and verdict.submission_id is not null and counted.received_at > rule.due
    order by counted.number`.execute(db);
  return rows;
}

/** Where the last attempt counts: that one, and those that are not graded yet. */
async function lastAndWaiting(
  db: Kysely<Database>,
  rest: RawBuilder<unknown>,
  parts: readonly Part[],
) {
  const { rows } = await sql<{
    user: string;
    exercise: string;
    receivedAt: Date;
    ratio: number | null;
  }>`with ${rules(parts)}, ranked as (
      select counted."user", counted.exercise, counted.number, counted.received_at,
        case when verdict.submission_id is not null then ${ratio} end as ratio,
        row_number() over (
          partition by counted."user", counted.exercise order by counted.number desc) as place
      from ${rest}
    )
    select "user", exercise, received_at as "receivedAt", ratio from ranked
    where place = 1 or ratio is null order by number`.execute(db);
  return rows;
}

async function hasByHand(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ any: boolean }>`select exists (select from rubric_marks)
    or exists (select from gradings where points is not null) as any`.execute(db);
  return rows[0].any;
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
