/**
 * How the exercises go: who tries, who passes, after how long, and where they stop. Everything is added up
 * by the database, from verdicts and from the checks that were not passed (check_failures).
 */
import type { Visibility } from "@gradus/grader/checks";
import { type Kysely, type RawBuilder, sql } from "kysely";
import { csv } from "./csv.ts";
import type { Exercises } from "./exercises.ts";
import { Refusal } from "./refusal.ts";
import type { Standing } from "./roles.ts";
import type {
  CheckStatistics,
  ExerciseStatistics,
  ExerciseSummary,
  Quartiles,
  Statistics,
  WrongOutcome,
} from "./statistics-types.ts";
import type { Database } from "./store/schema.ts";

type Course = Standing["course"];

/** Times from the first attempt to the one that passed are sorted into these, in seconds. */
const TIMES = [60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600] as const;
/** Attempts to pass are counted one by one up to this. */
const MOST_ATTEMPTS = 10;
/** So many wrong outcomes of each check are told. */
const WRONG = 8;

/** @throws Refusal when there is no such section */
export async function statistics(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
  section?: string,
): Promise<Statistics> {
  const found = await scope(db, course, section);
  const rows = await summarize(db, course, section);
  return {
    course: course.id,
    ...found,
    exercises: exercises.all.map(({ name }) => summaryOf(exercises, name, rows)),
  };
}

/** @throws Refusal when there is no such exercise or section */
export async function exerciseStatistics(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
  exercise: string,
  section?: string,
): Promise<ExerciseStatistics> {
  exercises.get(exercise);
  const found = await scope(db, course, section);
  const rows = await summarize(db, course, section, exercise);
  const summary = summaryOf(exercises, exercise, rows);
  const names = await db
    .selectFrom("sections")
    .where("course", "=", course.id)
    .select(["id", "name"])
    .orderBy("name")
    .execute();
  const bySection = rows.flatMap((row) => (row.kind === "section" ? [row.value] : []));
  const sections = [...names, null].flatMap((one) => {
    const value = bySection.find((value) => value.section === (one?.id ?? null));
    if (!value) return [];
    return [
      {
        section: one,
        tried: value.tried,
        passed: value.passed,
        mean: value.mean,
        attemptsToPass: quartiles(value.attempts_to_pass),
      },
    ];
  });
  const buckets = (kind: Bucket["kind"], count: number) => fill(rows, kind, exercise, count);
  const times = buckets("time", TIMES.length + 1);
  return {
    course: course.id,
    ...found,
    ...summary,
    attemptCounts: buckets("attempt", MOST_ATTEMPTS + 1),
    times: times.map((learners, index) => ({ upTo: TIMES[index] ?? null, learners })),
    sections,
    ...(await checksOf(db, course, exercise, section, summary)),
  };
}

interface Summed {
  exercise: string;
  section: string | null;
  tried: number;
  passed: number;
  attempts: number;
  waiting: number;
  mean: number | null;
  attempts_to_pass: number[] | null;
  seconds_to_pass: number[] | null;
}
interface Bucket {
  kind: "score" | "attempt" | "time";
  value: { exercise: string; bucket: number; learners: number };
}
type Row =
  | { kind: "all" | "section"; value: Summed }
  | Bucket
  | { kind: "stuck"; value: { exercise: string; check: string; learners: number } };

/** One pass over all attempts, and everything that is counted in them. */
async function summarize(
  db: Kysely<Database>,
  course: Course,
  section: string | undefined,
  exercise?: string,
): Promise<Row[]> {
  const sums = sql`count(*)::int as tried, count(passed_attempt)::int as passed,
    sum(attempts)::int as attempts, sum(waiting)::int as waiting, avg(best) as mean,
    percentile_cont(array[0.25, 0.5, 0.75]) within group (order by passed_attempt) as attempts_to_pass,
    percentile_cont(array[0.25, 0.5, 0.75]) within group (order by seconds) as seconds_to_pass`;
  return planned<Row>(
    db,
    sql`
    with attempts as (${await attemptsIn(db, course, section, exercise)}),
    learners as materialized (
      select user_id, exercise, section_id, count(*) as attempts,
        count(*) filter (where part is null) as waiting, max(part) as best,
        min(attempt) filter (where part >= 1) as passed_attempt,
        extract(epoch from min(received_at) filter (where part >= 1) - min(received_at)) as seconds,
        max(number) filter (where part is not null) as newest
      from attempts group by user_id, exercise, section_id
    ),
    stuck as (
      select learners.exercise, failure.check_name as check, count(*)::int as learners
      from learners cross join lateral (
        select check_name from submissions join check_failures on submission_id = id
        where submissions.number = learners.newest order by position limit 1
      ) as failure
      where learners.passed_attempt is null group by learners.exercise, failure.check_name
    )
    select 'all' as kind, to_json(one) as value from (
      select exercise, null as section, ${sums} from learners group by exercise) as one
    ${
      exercise === undefined
        ? sql``
        : sql`union all
    select 'section', to_json(one) from (
      select exercise, section_id as section, ${sums} from learners group by exercise, section_id) as one
    union all
    select 'attempt', to_json(one) from (
      select exercise, least(passed_attempt, ${MOST_ATTEMPTS + 1}::int) - 1 as bucket, count(*)::int as learners
      from learners where passed_attempt is not null group by exercise, bucket) as one
    union all
    select 'time', to_json(one) from (
      select exercise, width_bucket(seconds, ${sql.lit(`{${TIMES.join(",")}}`)}::numeric[]) as bucket,
        count(*)::int as learners
      from learners where passed_attempt > 1 group by exercise, bucket) as one`
    }
    union all
    select 'score', to_json(one) from (
      select exercise, least(floor(best * 10 + 1e-9), 10)::int as bucket, count(*)::int as learners
      from learners where best is not null group by exercise, bucket) as one
    union all
    select 'stuck', to_json(one) from (select * from stuck order by learners desc, "check") as one`,
  );
}

/**
 * Runs a query without compiling it first: with so many parts that takes Postgres longer than the query
 * itself (1.2 s and 0.3 s for an exercise of 10,000 learners).
 */
async function planned<R>(db: Kysely<Database>, query: RawBuilder<unknown>): Promise<R[]> {
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('jit', 'off', true)`.execute(trx);
    return (await query.execute(trx)).rows as R[];
  });
}

/**
 * Every attempt of the learners who are in the course (or one section of it): their own, and their groups'.
 * Those on which the grader itself failed are none. It asks only for columns that two indexes hold, and in
 * their order: the sources and reports beside them are a hundred times as long.
 */
async function attemptsIn(
  db: Kysely<Database>,
  course: Course,
  section: string | undefined,
  exercise: string | undefined,
): Promise<RawBuilder<unknown>> {
  const inExercise = exercise === undefined ? sql`` : sql`and submission.exercise = ${exercise}`;
  const inSection = section === undefined ? sql`` : sql`and enrollments.section_id = ${section}`;
  const columns = sql`submission.exercise, submission.id as submission_id, submission.received_at, submission.number`;
  const groups = await db
    .selectFrom("shared_submissions")
    .innerJoin("submissions", "submissions.id", "shared_submissions.submission_id")
    .where("submissions.course", "=", course.id)
    .select("submissions.id")
    .limit(1)
    .executeTakeFirst();
  const ofGroups = groups
    ? sql`union all
      select shared.user_id, ${columns}
      from shared_submissions as shared join submissions as submission on submission.id = shared.submission_id
      where submission.course = ${course.id} ${inExercise}`
    : sql``;
  return sql`
    select counts.user_id, counts.exercise, counts.submission_id, counts.received_at, counts.number,
      enrollments.section_id,
      case when verdict.max > 0 then verdict.points / verdict.max
        when verdict.points is not null then 0 end as part,
      row_number() over (partition by counts.user_id, counts.exercise order by counts.number) as attempt
    from (
      select submission.user_id, ${columns}
      from submissions as submission where submission.course = ${course.id} ${inExercise}
      ${ofGroups}
    ) as counts
    join enrollments on enrollments.course = ${course.id} and enrollments.user_id = counts.user_id
      and enrollments.role = 'learner' and enrollments.dropped_at is null ${inSection}
    left join verdicts as verdict on verdict.submission_id = counts.submission_id
    where verdict.fault is not true`;
}

/** How each check of an exercise went. */
async function checksOf(
  db: Kysely<Database>,
  course: Course,
  exercise: string,
  section: string | undefined,
  { stuck }: ExerciseSummary,
): Promise<Pick<ExerciseStatistics, "checks" | "erred" | "untouched">> {
  type Found =
    | { kind: "attempts"; value: { erred: number; untouched: number } }
    | {
        kind: "check";
        value: Pick<CheckStatistics, "check" | "failures" | "learners" | "first"> & {
          position: number;
        };
      }
    | { kind: "wrong"; value: WrongOutcome & { check: string } };
  const rows = await planned<Found>(
    db,
    sql`
    with attempts as materialized (${await attemptsIn(db, course, section, exercise)}),
    graded as (
      select distinct verdicts.submission_id, verdicts.outcome, verdicts.points
      from attempts join verdicts on verdicts.submission_id = attempts.submission_id
    ),
    failures as materialized (
      select failure.*, graded.outcome as overall,
        failure.position = min(failure.position) over (partition by failure.submission_id) as is_first,
        graded.points = 0 and bool_and(failure.outcome = 'error') over (partition by failure.submission_id)
          and count(*) over (partition by failure.submission_id) > 1 as erred
      from graded join check_failures as failure on failure.submission_id = graded.submission_id
    ),
    told as (
      select failures.*, attempts.user_id from failures
      join attempts on attempts.submission_id = failures.submission_id
      where failures.overall <> 'not attempted' and not failures.erred
    ),
    wrong as (
      select check_name as check, outcome, message, input, expected, got,
        count(distinct submission_id)::int as attempts, count(distinct user_id)::int as learners,
        row_number() over (partition by check_name order by count(distinct submission_id) desc) as place
      from told group by check_name, outcome, message, input, expected, got
    )
    select 'attempts' as kind, json_build_object(
      'erred', (select count(distinct submission_id) from failures where erred),
      'untouched', (select count(*) from graded where outcome = 'not attempted')) as value
    union all
    select 'check', to_json(one) from (
      select check_name as check, max(position) as position, count(distinct submission_id)::int as failures,
        count(distinct user_id)::int as learners,
        count(distinct submission_id) filter (where is_first)::int as first
      from told group by check_name) as one
    union all
    select 'wrong', to_json(one) from (
      select * from wrong where place <= ${WRONG} order by "check", place) as one`,
  );
  const all = rows.flatMap((row) => (row.kind === "check" ? [row.value] : []));
  const wrong = rows.flatMap((row) => (row.kind === "wrong" ? [row.value] : []));
  const counts = rows.find((row) => row.kind === "attempts");
  const present = await newestChecks(db, course, exercise);
  const names = [
    ...present.map(({ name }) => name),
    ...all
      .filter(({ check }) => !present.some(({ name }) => name === check))
      .sort((a, b) => a.position - b.position)
      .map(({ check }) => check),
  ];
  return {
    ...(counts?.kind === "attempts" ? counts.value : { erred: 0, untouched: 0 }),
    checks: names.map((name): CheckStatistics => {
      const now = present.find((one) => one.name === name);
      const { failures, learners, first } = all.find(({ check }) => check === name) ?? {
        failures: 0,
        learners: 0,
        first: 0,
      };
      return {
        check: name,
        visibility: now?.visibility ?? "public",
        max: now?.max ?? 0,
        present: now !== undefined,
        failures,
        learners,
        first,
        stuck: stuck.find(({ check }) => check === name)?.learners ?? 0,
        wrong: wrong
          .filter(({ check }) => check === name)
          .map(({ outcome, message, input, expected, got, attempts, learners }) => ({
            outcome,
            message,
            input,
            expected,
            got,
            attempts,
            learners,
          })),
      };
    }),
  };
}

/** The checks that the newest verdict has, in their order. */
async function newestChecks(
  db: Kysely<Database>,
  course: Course,
  exercise: string,
): Promise<{ name: string; visibility: Visibility; max: number }[]> {
  const newest = await db
    .selectFrom("submissions")
    .innerJoin("verdicts", "verdicts.submission_id", "submissions.id")
    .where("submissions.course", "=", course.id)
    .where("submissions.exercise", "=", exercise)
    .where("verdicts.fault", "=", false)
    .orderBy("submissions.number", "desc")
    .select("verdicts.report")
    .limit(1)
    .executeTakeFirst();
  return newest?.report.checks ?? [];
}

async function scope(db: Kysely<Database>, course: Course, section: string | undefined) {
  const found =
    section === undefined
      ? null
      : await db
          .selectFrom("sections")
          .where("id", "=", section)
          .where("course", "=", course.id)
          .select(["id", "name"])
          .executeTakeFirst();
  if (found === undefined)
    throw new Refusal(404, "not_found", "there is no such section in this course");
  let query = db
    .selectFrom("enrollments")
    .where("course", "=", course.id)
    .where("role", "=", "learner")
    .where("dropped_at", "is", null)
    .select(sql<number>`count(*)::int`.as("learners"));
  if (section !== undefined) query = query.where("section_id", "=", section);
  const { learners } = await query.executeTakeFirstOrThrow();
  return { section: found, learners };
}

function summaryOf(exercises: Exercises, name: string, rows: readonly Row[]): ExerciseSummary {
  const { title, points } = exercises.get(name);
  const sums = rows.find((row) => row.kind === "all" && row.value.exercise === name);
  const { tried, passed, attempts, waiting, mean, attempts_to_pass, seconds_to_pass } =
    sums?.kind === "all" ? sums.value : nothing;
  return {
    exercise: name,
    title,
    points,
    tried,
    passed,
    attempts,
    waiting,
    attemptsToPass: quartiles(attempts_to_pass),
    secondsToPass: quartiles(seconds_to_pass),
    mean,
    scores: fill(rows, "score", name, 11),
    stuck: rows.flatMap((row) =>
      row.kind === "stuck" && row.value.exercise === name
        ? [{ check: row.value.check, learners: row.value.learners }]
        : [],
    ),
  };
}

const nothing = {
  tried: 0,
  passed: 0,
  attempts: 0,
  waiting: 0,
  mean: null,
  attempts_to_pass: null,
  seconds_to_pass: null,
};

function fill(rows: readonly Row[], kind: Bucket["kind"], exercise: string, count: number) {
  const all = new Array<number>(count).fill(0);
  for (const row of rows)
    if (row.kind === kind && row.value.exercise === exercise)
      all[row.value.bucket] = row.value.learners;
  return all;
}

function quartiles(found: (number | null)[] | null): Quartiles | null {
  const [lower, median, upper] = found ?? [];
  if (lower == null || median == null || upper == null) return null;
  return { lower, median, upper };
}

/** A row an exercise. */
export function statisticsCsv({ exercises, learners }: Statistics): string {
  return csv([
    [
      "Exercise",
      "Title",
      "Points",
      "Learners",
      "Tried",
      "Passed",
      "Attempts",
      "Attempts to pass (median)",
      "Minutes to pass (median)",
      "Average score (%)",
      "Most stop at",
      "How many",
    ],
    ...exercises.map((one) => [
      one.exercise,
      one.title,
      one.points,
      learners,
      one.tried,
      one.passed,
      one.attempts,
      one.attemptsToPass?.median ?? null,
      one.secondsToPass ? Math.round(one.secondsToPass.median / 6) / 10 : null,
      one.mean === null ? null : Math.round(one.mean * 1000) / 10,
      one.stuck[0]?.check ?? null,
      one.stuck[0]?.learners ?? null,
    ]),
  ]);
}

/** A row a check. */
export function checksCsv({ exercise, attempts, checks }: ExerciseStatistics): string {
  return csv([
    [
      "Exercise",
      "Check",
      "Kind",
      "Points",
      "Attempts",
      "Not passed by attempts",
      "Not passed by learners",
      "First not passed in attempts",
      "Learners who stop here",
      "Most common wrong outcome",
      "In attempts",
    ],
    ...checks.map(({ check, visibility, max, failures, learners, first, stuck, wrong }) => [
      exercise,
      check,
      visibility,
      max,
      attempts,
      failures,
      learners,
      first,
      stuck,
      wrong[0] ? sayWrong(wrong[0]) : null,
      wrong[0]?.attempts ?? null,
    ]),
  ]);
}

/** A wrong outcome on one line. */
function sayWrong({ outcome, message, input, expected, got }: WrongOutcome): string {
  const what = got === null ? [] : [`${input ?? "it"} gave ${got}, not ${expected}`];
  return [...what, message ?? outcome].join(": ");
}
