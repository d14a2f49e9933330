/** Takes reports of similar answers from their queue and works them out, one at a time in each process. */
import { readFileSync } from "node:fs";
import { type Kysely, sql } from "kysely";
import { fromKysely, type JobWithMetadata } from "pg-boss";
import type { Logger } from "pino";
import { CompareLimit, compareApart } from "../similarity/run.ts";
import { counted } from "./attempts.ts";
import { BATCH } from "./audit.ts";
import type { Exercises } from "./exercises.ts";
import type { Queue } from "./queue.ts";
import type { SimilarityOfExercise } from "./similarity-types.ts";
import type { Database } from "./store/schema.ts";
import type { Store } from "./store/store.ts";

const QUEUE = "similarity";
/** Pairs that share less are usual in any exercise. */
const LEAST = 0.3;
/** So many pairs of each exercise are kept. */
const MOST = 300;
const MEMORY_MB = 1024;
const TIMEOUT_MS = 10 * 60_000;
/** How often one looks whether the report was stopped, in milliseconds. */
const LOOK_EVERY = 500;
const MAX_TRIES = 5;

/**
 * Makes the queue, and puts right what a death may have left: on PGlite, where nobody else can be at work,
 * jobs that were running are returned; a report without a job, of a restored backup say, gets one.
 */
export async function openSimilarity({ kind, db }: Store, queue: Queue): Promise<void> {
  const settings = {
    retryLimit: 1000,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    expireInSeconds: 3600,
    heartbeatSeconds: 10,
    retentionSeconds: 10 * 365 * 24 * 3600,
    notify: true,
  };
  await queue.boss.createQueue(QUEUE, settings);
  await queue.boss.updateQueue(QUEUE, settings);
  // pg-boss reads a queue's settings before the first send, and on PGlite not within a transaction.
  await queue.boss.getJobById(QUEUE, "00000000-0000-0000-0000-000000000000");
  if (kind === "pglite") {
    const running = await db
      .selectFrom("pgboss.job")
      .select("pgboss.job.id")
      .where("name", "=", QUEUE)
      .where("state", "=", "active")
      .execute();
    if (running.length > 0)
      await queue.boss.fail(
        QUEUE,
        running.map(({ id }) => id),
        { message: "the process that compared ended" },
      );
  }
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended('gradus restore', 0))`.execute(trx);
    const lost = await trx
      .selectFrom("similarity_reports")
      .select("id")
      .where("state", "in", ["queued", "running"])
      .where("id", "not in", (eb) =>
        eb.selectFrom("pgboss.job").select("pgboss.job.id").where("name", "=", QUEUE),
      )
      .execute();
    for (const { id } of lost) await sendSimilarity(trx, queue, id);
  });
}

export async function sendSimilarity(trx: Kysely<Database>, queue: Queue, report: string) {
  await queue.boss.send(QUEUE, { report }, { id: report, db: fromKysely(trx) });
}

interface WorkerOptions {
  db: Kysely<Database>;
  queue: Queue;
  exercises: Exercises;
  log: Logger;
}

export async function startSimilarityWorker({
  db,
  queue,
  exercises,
  log,
}: WorkerOptions): Promise<void> {
  await queue.boss.work(
    QUEUE,
    { includeMetadata: true, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 10 },
    async ([job]: JobWithMetadata<{ report: string }>[]) => {
      const { report } = job.data;
      const watch = watchFor(db, report, job.signal);
      try {
        if (job.retryCount >= MAX_TRIES) await end(db, report, "failed", TOO_OFTEN);
        else await workOut(db, exercises, report, watch.signal);
      } catch (error) {
        if (watch.canceled()) return;
        if (!(error instanceof CompareLimit)) {
          log.error(
            { err: error, report, tries: job.retryCount + 1 },
            "comparing answers broke off",
          );
          throw error;
        }
        await end(db, report, "failed", `${error.message}: compare one section at a time`);
      } finally {
        watch.stop();
      }
    },
  );
}

const TOO_OFTEN = `comparing broke off ${MAX_TRIES} times, so it was given up; the server's log says why`;

async function workOut(
  db: Kysely<Database>,
  exercises: Exercises,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const report = await db
    .selectFrom("similarity_reports")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  if (!report || (report.state !== "queued" && report.state !== "running")) return;
  await db
    .updateTable("similarity_reports")
    .set({ state: "running" })
    .where("id", "=", id)
    .where("state", "=", "queued")
    .execute();
  const through = new Set(report.done.map(({ exercise }) => exercise));
  for (const name of report.exercises.filter((one) => !through.has(one))) {
    const exercise = exercises.get(name);
    const answers = await answersTo(db, report.course, name, report.section_id);
    const found = await compareApart(
      {
        candidates: answers.map(({ id, source }) => ({ who: id, source })),
        known: {
          starter: exercise.starter,
          reference: readFileSync(exercise.solutionPath, "utf8"),
        },
        least: LEAST,
        most: MOST,
      },
      { memoryMb: MEMORY_MB, timeoutMs: TIMEOUT_MS, signal },
    );
    const pairs = found.pairs.map(({ left, right, similarity, passages }) => {
      const swap = answers[left].id > answers[right].id;
      return {
        report_id: id,
        exercise: name,
        left_submission: answers[swap ? right : left].id,
        right_submission: answers[swap ? left : right].id,
        similarity,
        passages: JSON.stringify(
          swap
            ? passages.map(({ left, right, tokens }) => ({ left: right, right: left, tokens }))
            : passages,
        ),
      };
    });
    const done: SimilarityOfExercise = {
      exercise: name,
      compared: found.compared,
      median: found.median,
      tooShort: found.tooShort.map((at) => answers[at].id),
      pairs: found.found,
    };
    await db.transaction().execute(async (trx) => {
      const { state, done: before } = await trx
        .selectFrom("similarity_reports")
        .select(["state", "done"])
        .where("id", "=", id)
        .forUpdate()
        .executeTakeFirstOrThrow();
      // Stopped, or another worker was faster.
      if (state !== "running" || before.some((one) => one.exercise === name)) return;
      for (let at = 0; at < pairs.length; at += BATCH)
        await trx
          .insertInto("similarity_pairs")
          .values(
            pairs
              .slice(at, at + BATCH)
              .map((pair) => ({ id: sql<string>`gen_random_uuid()`, ...pair })),
          )
          .execute();
      await trx
        .updateTable("similarity_reports")
        .set({ done: JSON.stringify([...before, done]) })
        .where("id", "=", id)
        .execute();
    });
  }
  await end(db, id, "done");
}

/** Of every learner the answer that counts: the best, of equals the first. One of a group is there once. */
async function answersTo(
  db: Kysely<Database>,
  course: string,
  exercise: string,
  section: string | null,
): Promise<{ id: string; source: string }[]> {
  let best = counted(db, course)
    .innerJoin("enrollments", (join) =>
      join
        .onRef("enrollments.user_id", "=", "counted.user")
        .on("enrollments.course", "=", course)
        .on("enrollments.role", "=", "learner"),
    )
    .leftJoin("verdicts as verdict", "verdict.submission_id", "submission.id")
    .where("submission.exercise", "=", exercise)
    .distinctOn("counted.user")
    .select("submission.id")
    .orderBy("counted.user")
    .orderBy("verdict.points", (order) => order.desc().nullsLast())
    .orderBy("submission.number");
  if (section !== null) best = best.where("enrollments.section_id", "=", section);
  return db
    .selectFrom("submissions")
    .where("id", "in", db.selectFrom(best.as("best")).select("best.id"))
    .select(["id", "source"])
    .orderBy("number")
    .execute();
}

async function end(db: Kysely<Database>, id: string, state: "done" | "failed", reason?: string) {
  await db
    .updateTable("similarity_reports")
    .set((eb) => ({
      state,
      reason: reason ?? null,
      finished_at: eb.fn<Date>("clock_timestamp"),
    }))
    .where("id", "=", id)
    .where("state", "in", ["queued", "running"])
    .execute();
}

/** A signal that fires when the report is stopped or removed, or when `outer` fires. */
function watchFor(db: Kysely<Database>, report: string, outer: AbortSignal) {
  const controller = new AbortController();
  let canceled = false;
  const timer = setInterval(async () => {
    const found = await db
      .selectFrom("similarity_reports")
      .select("state")
      .where("id", "=", report)
      .executeTakeFirst()
      // A database that is away for a moment says nothing about the report.
      .catch(() => ({ state: "running" }));
    if (found && found.state !== "canceled") return;
    canceled = true;
    controller.abort();
  }, LOOK_EVERY);
  return {
    signal: AbortSignal.any([controller.signal, outer]),
    canceled: () => canceled,
    stop: () => clearInterval(timer),
  };
}
