/** Takes submissions in, and shows them. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Work } from "./handed-in.ts";
import { QUEUE, type Queue } from "./queue.ts";
import type { Database } from "./store/schema.ts";
import type { Receipt, Report, SubmissionState, SubmissionSummary } from "./types.ts";

/**
 * Writes works down and queues them, all in one transaction: when this returns, they will be
 * graded, whatever dies. A source handed in before is not taken twice, unless the grader itself
 * had failed on it.
 */
export async function accept(
  db: Kysely<Database>,
  queue: Queue,
  course: string,
  learner: string,
  works: readonly Work[],
): Promise<Receipt[]> {
  // Jobs of one transaction have one time, and then the queue goes by id: so sort those.
  const ids = works.map(() => randomUUID()).sort();
  return db.transaction().execute(async (trx) => {
    // One learner's submissions come in one after the other, from however many windows.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`gradus ${learner}`}, 0))`.execute(
      trx,
    );
    const receipts: Receipt[] = [];
    for (const [index, { exercise, source }] of works.entries()) {
      const sha256 = createHash("sha256").update(source, "utf8").digest("hex");
      const earlier = await summaries(trx, course)
        .where("submission.user_id", "=", learner)
        .where("submission.exercise", "=", exercise)
        .orderBy("submission.number", "desc")
        .execute();
      const same = earlier.find((row) => row.sha256 === sha256 && !row.fault);
      if (same) {
        receipts.push({ id: same.id, exercise, state: stateOf(same), sha256, duplicate: true });
        continue;
      }
      const id = ids[index];
      await trx
        .insertInto("submissions")
        .values({
          id,
          course,
          user_id: learner,
          exercise,
          attempt: earlier.length + 1,
          source,
          sha256,
          seed: randomBytes(16).toString("hex"),
        })
        .execute();
      await queue.send(trx, id, learner);
      receipts.push({ id, exercise, state: "queued", sha256, duplicate: false });
    }
    return receipts;
  });
}

/** A learner's own submissions, newest first; at most the newest thousand. */
export async function listOwn(
  db: Kysely<Database>,
  course: string,
  learner: string,
  exercise: string | undefined,
  waiting: string | undefined,
): Promise<SubmissionSummary[]> {
  let query = summaries(db, course).where("submission.user_id", "=", learner);
  if (exercise !== undefined) query = query.where("submission.exercise", "=", exercise);
  const rows = await query.orderBy("submission.number", "desc").limit(1000).execute();
  return rows.map((row) => toSummary(row, waiting));
}

/** One submission with its source and full report; undefined when there is none. */
export async function find(db: Kysely<Database>, id: string, waiting: string | undefined) {
  const row = await summaries(db)
    .innerJoin("user as learner", "learner.id", "submission.user_id")
    .select([
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
