/** Takes submissions in, and shows them. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import { assignmentsOf, isHidden } from "./assignments.ts";
import { storeTime } from "./grades.ts";
import { groupsOf } from "./groups.ts";
import type { Work } from "./handed-in.ts";
import { type Once, recall, remember } from "./idempotency.ts";
import { numberKey, type Page, type Paged, takePage } from "./pagination.ts";
import { QUEUE, type Queue } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import type { Standing } from "./roles.ts";
import { hindrance, sayHindrance, sayLateness } from "./rules.ts";
import type { Database } from "./store/schema.ts";
import type { Receipt, Report, SubmissionState, SubmissionSummary } from "./types.ts";

/** Who hands in, and where. */
export interface Learner {
  id: string;
  course: Standing["course"];
  /** Those who teach may try everything: rules are for learners. */
  teaches: boolean;
}

/**
 * Writes works down and queues them, all in one transaction: when this returns, they will be
 * graded, whatever dies. A source handed in before is not taken twice, unless the grader itself
 * had failed on it. What comes from a group counts for all who are in it now.
 * @param once a request that may come twice: the second is answered as the first
 * @throws Refusal when the rules of an assignment do not allow one of them now
 */
export async function accept(
  db: Kysely<Database>,
  queue: Queue,
  { id: learner, course, teaches }: Learner,
  works: readonly Work[],
  once?: Once,
): Promise<Receipt[]> {
  // Jobs of one transaction have one time, and then the queue goes by id: so sort those.
  const ids = works.map(() => randomUUID()).sort();
  return db.transaction().execute(async (trx) => {
    // What is handed in now stays so however long it waits for a lock.
    const now = await storeTime(trx);
    // One learner's submissions come in one after the other, from however many windows; so do a group's.
    await lock(trx, learner);
    const answered = once && (await recall<Receipt[]>(trx, learner, once));
    if (answered) return answered;
    const rules = await rulesOfExercises(trx, course, learner, works);
    const groups = [...rules.values()].flatMap(({ group }) => group?.id ?? []);
    for (const group of [...new Set(groups)].sort()) await lock(trx, group);
    const receipts: Receipt[] = [];
    for (const [index, { exercise, source }] of works.entries()) {
      const sha256 = createHash("sha256").update(source, "utf8").digest("hex");
      const earlier = await summaries(trx, course.id)
        .where(countsFor(course.id, learner))
        .where("submission.exercise", "=", exercise)
        .orderBy("submission.number", "desc")
        .execute();
      const same = earlier.find((row) => row.sha256 === sha256 && !row.fault);
      if (same) {
        receipts.push({ id: same.id, exercise, state: stateOf(same), sha256, duplicate: true });
        continue;
      }
      const found = rules.get(exercise);
      if (found && !teaches) checkRules(exercise, found, earlier, course, now);
      const id = ids[index];
      await trx
        .insertInto("submissions")
        .values({
          id,
          course: course.id,
          user_id: learner,
          exercise,
          attempt: earlier.length + 1,
          source,
          sha256,
          seed: randomBytes(16).toString("hex"),
          received_at: now,
        })
        .execute();
      const others = found?.group?.members.filter((member) => member.id !== learner) ?? [];
      if (others.length > 0)
        await trx
          .insertInto("shared_submissions")
          .values(others.map((member) => ({ submission_id: id, user_id: member.id })))
          .execute();
      await queue.send(trx, id, learner);
      const due = found?.rules.dueAt;
      const late = due && now > due ? { late: sayLateness(due, now, course.timeZone) } : {};
      receipts.push({ id, exercise, state: "queued", sha256, duplicate: false, ...late });
    }
    if (once) await remember(trx, learner, once, receipts);
    return receipts;
  });
}

type Found = Awaited<ReturnType<typeof rulesOfExercises>> extends Map<string, infer F> ? F : never;

/** The assignment of each exercise that has one, as it is for a learner. */
async function rulesOfExercises(
  trx: Kysely<Database>,
  course: Standing["course"],
  learner: string,
  works: readonly Work[],
) {
  const wanted = works.map(({ exercise }) => exercise);
  const found = await assignmentsOf(trx, course.id, learner, wanted);
  const together = [...found.values()].some(({ row }) => row.group_set_id !== null);
  const groups = together ? await groupsOf(trx, course.id, learner) : undefined;
  return new Map(
    [...found].map(([exercise, { row, rules }]) => {
      const group = row.group_set_id === null ? undefined : groups?.get(row.group_set_id);
      return [exercise, { row, rules, group }] as const;
    }),
  );
}

/** @throws Refusal that says why not now, or when */
function checkRules(
  exercise: string,
  { row, rules }: Found,
  earlier: readonly Row[],
  { timeZone }: Standing["course"],
  now: Date,
): void {
  const attempts = earlier
    .map(({ id, receivedAt, fault }) => ({
      submission: id,
      exercise,
      receivedAt,
      verdict: null,
      fault: fault ?? false,
    }))
    .reverse();
  const why = hindrance(rules, attempts, now);
  if (!why) return;
  if (isHidden(row, rules, now))
    throw new Refusal(403, "not_open_yet", `${exercise} cannot be handed in yet`);
  const hints = {
    not_open_yet: undefined,
    closed: "an instructor can give you an extension",
    no_attempts_left: "an instructor can give you more",
    cooling_down: "until then, check it here as often as you like",
  };
  const seconds =
    why.code === "cooling_down"
      ? Math.ceil((why.until.getTime() - now.getTime()) / 1000)
      : undefined;
  throw new Refusal(
    seconds === undefined ? 403 : 429,
    why.code,
    `${exercise} (${row.name}) cannot be handed in now: ${sayHindrance(why, timeZone, now)}`,
    hints[why.code],
    seconds === undefined ? {} : { "retry-after": String(seconds) },
  );
}

async function lock(trx: Kysely<Database>, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`gradus ${id}`}, 0))`.execute(trx);
}

/**
 * True for submissions of a course that a person handed in, or that count for them as one of a group.
 * The ids come from two indexes; with an "or" between them, every submission would be looked at.
 */
export function countsFor(course: string, user: string) {
  return (eb: ExpressionBuilder<Summarized, "submission">) =>
    eb(
      "submission.id",
      "in",
      eb
        .selectFrom("submissions as own")
        .where("own.course", "=", course)
        .where("own.user_id", "=", user)
        .select("own.id")
        .unionAll(
          eb
            .selectFrom("shared_submissions")
            .where("shared_submissions.user_id", "=", user)
            .select("shared_submissions.submission_id as id"),
        ),
    );
}

type Summarized = Database & { submission: Database["submissions"] };

/** A learner's own submissions and their groups', newest first. */
export function listOwn(
  db: Kysely<Database>,
  whose: { course: string; user: string; exercise: string | undefined },
  page: Page,
  waiting: string | undefined,
): Promise<Paged<SubmissionSummary>> {
  let query = summaries(db, whose.course).where(countsFor(whose.course, whose.user));
  if (whose.exercise !== undefined) query = query.where("submission.exercise", "=", whose.exercise);
  return takePage(query, page, [numberKey("submission.number")], "desc", (row) =>
    toSummary(row, waiting),
  );
}

/** One submission with its source and full report; undefined when there is none. */
export async function find(
  db: Kysely<Database>,
  id: string,
  reader: string,
  waiting: string | undefined,
) {
  const row = await summaries(db)
    .innerJoin("user as learner", "learner.id", "submission.user_id")
    .select((eb) => [
      eb
        .exists(
          eb
            .selectFrom("shared_submissions")
            .select("user_id")
            .whereRef("submission_id", "=", "submission.id")
            .where("user_id", "=", reader),
        )
        .as("shared"),
      "submission.course",
      "submission.source",
      "verdict.report",
      "learner.id as learnerId",
      "learner.name as learnerName",
      "learner.email as learnerEmail",
    ])
    .where("submission.id", "=", id)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    ...toSummary(row, waiting),
    course: row.course,
    /** Whether it counts for the reader. */
    own: row.learnerId === reader || Boolean(row.shared),
    source: row.source,
    report: row.report,
    learner: { id: row.learnerId, name: row.learnerName, email: row.learnerEmail },
  };
}

/**
 * What a learner may see of a report. Of a hidden check: that it is there and how it ended. Its
 * time goes too, since code can choose how long it takes and so carry its input out.
 */
export function forLearner(report: Report): Report {
  return {
    ...report,
    checks: report.checks.map((check) =>
      check.visibility === "public"
        ? check
        : {
            name: check.name,
            visibility: check.visibility,
            outcome: check.outcome,
            points: check.points,
            max: check.max,
            milliseconds: 0,
          },
    ),
  };
}

/** Submissions (of one course) with their verdicts and jobs, ready for conditions. */
export function summaries(db: Kysely<Database>, course?: string) {
  const query = db
    .selectFrom("submissions as submission")
    .leftJoin("verdicts as verdict", "verdict.submission_id", "submission.id")
    .leftJoin("pgboss.job as job", (join) =>
      join.onRef("job.id", "=", "submission.id").on("job.name", "=", QUEUE),
    )
    .select([
      "submission.id",
      "submission.exercise",
      "submission.sha256",
      "submission.attempt",
      "submission.received_at as receivedAt",
      "verdict.graded_at as gradedAt",
      "verdict.outcome",
      "verdict.points",
      "verdict.max",
      "verdict.fault",
      "job.state as job",
    ]);
  return course === undefined ? query : query.where("submission.course", "=", course);
}

type Row = Awaited<ReturnType<ReturnType<typeof summaries>["execute"]>>[number];

/** @param waiting why nothing is graded here at the moment, if so */
export function toSummary(row: Row, waiting: string | undefined): SubmissionSummary {
  const state = stateOf(row);
  const reason =
    state !== "queued"
      ? undefined
      : (waiting ??
        (row.job === "retry" ? "a try at grading it broke off; it is tried again" : undefined));
  return {
    id: row.id,
    exercise: row.exercise,
    state,
    receivedAt: row.receivedAt.toISOString(),
    gradedAt: row.gradedAt?.toISOString() ?? null,
    sha256: row.sha256,
    attempt: row.attempt,
    outcome: row.outcome,
    points: row.points,
    max: row.max,
    ...(reason === undefined ? {} : { reason }),
  };
}

function stateOf(row: Row): SubmissionState {
  if (row.gradedAt) return "done";
  return row.job === "active" ? "running" : "queued";
}
