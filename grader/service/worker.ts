/** Takes submissions from the queue, has the sandbox grade them, and writes the verdicts. */
import { availableParallelism } from "node:os";
import { closeSandbox, grade, probeSandbox } from "@gradus/grader/sandbox";
import type { Kysely } from "kysely";
import type { JobWithMetadata } from "pg-boss";
import type { Logger } from "pino";
import type { Exercises } from "./exercises.ts";
import type { Metrics } from "./metrics.ts";
import { QUEUE, type Queue } from "./queue.ts";
import { type RegradeJob, regradeOne } from "./regrade-worker.ts";
import { migrationNames } from "./store/migrations.ts";
import type { Database } from "./store/schema.ts";
import { checkVersion } from "./store/version.ts";
import type { Health, Report } from "./types.ts";

/** After so many tries that broke off, the learner gets a verdict that says so. */
const MAX_TRIES = 5;
/** How often a machine without a sandbox looks whether it has one now, in milliseconds. */
const PROBE_EVERY = 60_000;

export interface Worker {
  readonly status: Health["worker"];
  /** Why nothing is graded by this process, if so. */
  readonly reason: string | undefined;
  /** How many submissions are graded at once, and how many are just now. */
  readonly concurrency: number;
  readonly running: number;
  /** Takes nothing more, because of `reason`; what runs goes on. */
  quit(reason: string): void;
  /** Takes nothing more. To be called before the queue is closed. */
  stop(): Promise<void>;
  /** Ends the sandbox, and with it what may still run in it. To be called after. */
  close(): Promise<void>;
}

interface WorkerOptions {
  db: Kysely<Database>;
  queue: Queue;
  exercises: Exercises;
  log: Logger;
  metrics?: Metrics | undefined;
  /** How many submissions are graded at once; default: one a processor core. */
  concurrency?: number | undefined;
}

/** How many jobs run. */
interface Running {
  count: number;
}

/**
 * Starts taking jobs as soon as the sandbox has been tried, which happens meanwhile. Where its
 * layers are missing nothing is taken, everything stays queued, and `reason` says what is missing;
 * other workers on the same queue go on.
 */
export function startWorker(options: WorkerOptions): Worker {
  const { log, concurrency = availableParallelism() } = options;
  const running: Running = { count: 0 };
  let status: Health["worker"] = { state: "waiting" };
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let beginning = begin();

  async function begin(): Promise<void> {
    try {
      const { available, missing } = await probeSandbox();
      if (stopped) return;
      if (available) {
        for (let slot = 0; slot < concurrency; slot++) await takeJobs(options, running);
        status = { state: "taking" };
        log.info({ concurrency }, "the worker takes submissions");
        return;
      }
      const reason = `this server cannot grade officially: ${missing.join("; ")}. What is handed in is kept, and graded as soon as it can`;
      if (status.reason !== reason) log.warn({ missing }, reason);
      status = { state: "waiting", reason };
    } catch (error) {
      log.error({ err: error }, "the worker could not start");
      status = { state: "waiting", reason: "the grader could not start; its log says why" };
    }
    timer = setTimeout(() => {
      beginning = begin();
    }, PROBE_EVERY);
    timer.unref();
  }

  return {
    get status() {
      return status;
    },
    get reason() {
      return status.reason;
    },
    concurrency,
    get running() {
      return running.count;
    },
    quit(reason) {
      stopped = true;
      beginning = beginning
        .then(() => {
          clearTimeout(timer);
          status = { state: "waiting", reason };
          return options.queue.boss.offWork(QUEUE, { wait: false });
        })
        .catch((error) => log.error({ err: error }, "the worker could not stop taking jobs"));
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beginning;
      clearTimeout(timer);
      status = { state: "off" };
    },
    close: closeSandbox,
  };
}

async function takeJobs(
  { db, queue, exercises, log, metrics }: WorkerOptions,
  running: Running,
): Promise<void> {
  const worker = await queue.boss.work(
    QUEUE,
    {
      includeMetadata: true,
      // NOTIFY wakes us for a new job at once. Polling is for tries whose time has come.
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 5,
    },
    async ([job]: JobWithMetadata<{ submission: string } | RegradeJob>[]) => {
      const { data } = job;
      running.count += 1;
      try {
        // One that is older than the database must not write into it, not even once.
        await checkVersion(db, migrationNames);
        if ("regrade" in data) await regradeOne(db, queue, exercises, log, data, job);
        else await gradeOne(db, queue, exercises, log, data.submission, job, metrics);
      } catch (error) {
        log.error({ err: error, ...data, tries: job.retryCount + 1 }, "grading broke off");
        metrics?.brokeOff();
        throw error;
      } finally {
        running.count -= 1;
        // The learner's next submission may have waited for this one: look again without a pause.
        queue.boss.notifyWorker(worker);
      }
    },
  );
}

async function gradeOne(
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  log: Logger,
  id: string,
  { retryCount: tries, signal }: Pick<JobWithMetadata, "retryCount" | "signal">,
  metrics: Metrics | undefined,
): Promise<void> {
  const submission = await db
    .selectFrom("submissions")
    .leftJoin("verdicts", "verdicts.submission_id", "submissions.id")
    .select([
      "exercise",
      "source",
      "seed",
      "received_at as receivedAt",
      "verdicts.graded_at as gradedAt",
    ])
    .where("submissions.id", "=", id)
    .executeTakeFirstOrThrow();
  // Graded already, by a worker that died before it could say so.
  if (submission.gradedAt) return;
  const began = performance.now();
  const fault = tries >= MAX_TRIES;
  const report = fault
    ? faultReport(submission.exercise, exercises, tries)
    : await grade({
        exercise: exercises.get(submission.exercise),
        source: submission.source,
        seed: submission.seed,
      });
  // The job was returned to the queue, and what was running may have been stopped by us, not by
  // itself: this report is worth nothing.
  if (signal.aborted) throw new Error("the worker was stopped while it graded");
  await writeVerdict(db, queue, id, report, fault, exercises.version(submission.exercise));
  const milliseconds = Math.round(performance.now() - began);
  const waited = Date.now() - submission.receivedAt.getTime();
  metrics?.graded(report.outcome, milliseconds, waited, fault);
  log.info(
    {
      submission: id,
      exercise: report.exercise,
      outcome: report.outcome,
      points: report.points,
      milliseconds,
      ...(fault ? { fault } : {}),
    },
    "graded",
  );
}

/**
 * Writes a verdict once; a second one for the same submission changes nothing.
 * @param checks the version of the exercise's checks
 */
export async function writeVerdict(
  db: Kysely<Database>,
  queue: Queue,
  submission: string,
  report: Report,
  fault: boolean,
  checks?: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto("verdicts")
      .values({
        submission_id: submission,
        outcome: report.outcome,
        points: report.points,
        max: report.max,
        report: JSON.stringify(report),
        fault,
        checks: checks ?? null,
      })
      .onConflict((conflict) => conflict.column("submission_id").doNothing())
      .execute();
    await queue.announce(trx, submission);
  });
}

/** What a learner is told when the grader, not their code, failed again and again. */
function faultReport(exercise: string, exercises: Exercises, tries: number): Report {
  // The reason may be that the exercise is no longer there.
  const max = exercises.all.find((one) => one.name === exercise)?.points ?? 0;
  return {
    exercise,
    outcome: "error",
    points: 0,
    max,
    checks: [
      {
        name: "grading",
        visibility: "public",
        outcome: "error",
        points: 0,
        max,
        message: `Grading this broke off ${tries} times, so it was given up. That is a fault of the grader, not a mistake of yours: hand the same source in again, and tell your instructor if it happens once more.`,
        milliseconds: 0,
      },
    ],
    diagnostics: [],
    output: "",
  };
}
