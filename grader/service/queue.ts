/**
 * The one queue of submissions to grade: pg-boss on the store, so that a job is sent in the same
 * transaction that writes its submission down. A learner's jobs are taken in the order they came.
 */
import { type Kysely, sql } from "kysely";
import { fromKysely, PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { Database } from "./store/schema.ts";
import type { Store } from "./store/store.ts";
import { OtherVersion } from "./store/version.ts";

export const QUEUE = "grade";

/** The channel on which a graded submission's id is announced. */
const GRADED = "gradus_graded";

export interface Queue {
  boss: PgBoss;
  /** Sends a submission to be graded, as part of transaction `trx`. Its job has the same id. */
  send(trx: Kysely<Database>, submission: string, learner: string): Promise<void>;
  /**
   * Puts right what a death may have left: on PGlite, where nobody else can be at work, jobs that
   * were running are returned; a submission that has neither verdict nor job gets a job.
   */
  restore(): Promise<void>;
  /** Announces, once transaction `trx` is committed, that a submission has its verdict. */
  announce(trx: Kysely<Database>, submission: string): Promise<void>;
  /**
   * Waits until `submission` is announced.
   * @returns false when `milliseconds` passed, `signal` fired or the service stops before that
   */
  graded(submission: string, milliseconds: number, signal: AbortSignal): Promise<boolean>;
  /**
   * Stops taking jobs, lets running ones finish for up to `milliseconds` and returns the rest to
   * the queue. Ends every wait.
   */
  close(milliseconds: number): Promise<void>;
}

/**
 * @param makesTables whether the queue's tables may be made or brought up to date
 * @throws OtherVersion when they may not, and are of another version
 */
export async function openQueue(
  store: Store,
  log: Logger,
  { makesTables = true }: { makesTables?: boolean } = {},
): Promise<Queue> {
  const boss = new PgBoss({
    ...store.boss,
    schema: "pgboss",
    useListenNotify: true,
    schedule: false,
    migrate: makesTables,
    // How soon a worker that vanished is noticed: its heartbeat (below) plus one of these.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  });
  boss.on("error", (error) => log.error({ err: error }, "the queue had an error"));
  boss.on("warning", (warning) => log.warn({ warning: warning.message }, "the queue warns"));
  await boss.start().catch((error: Error) => {
    if (makesTables || !/pg-boss (is not installed|database requires)/.test(error.message))
      throw error;
    throw new OtherVersion(
      "the queue's tables are of another version than this copy of Gradus. The site brings them up to date when it starts: update and start the site first, and this copy too",
      { cause: error },
    );
  });

  const settings = {
    // A job is never given up and never forgotten: the worker decides when enough is enough and
    // writes a verdict that says so, because a failed job would hold up its learner's next ones.
    retryLimit: 1_000_000,
    retentionSeconds: 10 * 365 * 24 * 3600,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    // No grading takes this long; a worker that hangs loses the job to another.
    expireInSeconds: 300,
    heartbeatSeconds: 10,
    deleteAfterSeconds: 24 * 3600,
    notify: true,
  };
  await boss.createQueue(QUEUE, { policy: "key_strict_fifo", ...settings });
  await boss.updateQueue(QUEUE, settings);
  // pg-boss reads a queue's settings before the first send. On PGlite that read, from within our
  // transaction, would wait for the transaction to end: so let it happen now.
  await boss.getJobById(QUEUE, "00000000-0000-0000-0000-000000000000");

  let closed = false;
  const waiting = new Map<string, Set<(graded: boolean) => void>>();
  const wake = (submission: string) => {
    for (const done of waiting.get(submission) ?? []) done(true);
  };
  // After a lost connection announcements may have been missed: let every wait look again.
  const wakeAll = () => {
    for (const submission of waiting.keys()) wake(submission);
  };
  const db = boss.getDb();
  if (!db.listen) throw new Error("this store cannot LISTEN, which waiting for verdicts needs");
  const listener = await db.listen(GRADED, wake, wakeAll);

  async function send(trx: Kysely<Database>, submission: string, learner: string) {
    const id = await boss.send(
      QUEUE,
      { submission },
      { id: submission, singletonKey: learner, db: fromKysely(trx) },
    );
    if (!id) throw new Error(`submission ${submission} is in the queue already`);
  }

  return {
    boss,
    send,
    async restore() {
      if (store.kind === "pglite") {
        const running = await jobs(store.db).where("state", "=", "active").execute();
        if (running.length > 0) {
          await boss.fail(
            QUEUE,
            running.map((job) => job.id),
            { message: "the process that graded it ended" },
          );
          log.warn({ jobs: running.length }, "jobs that were running when the process died go on");
        }
      }
      await store.db.transaction().execute(async (trx) => {
        // Of two processes that start at the same moment, the second finds nothing to do.
        await sql`select pg_advisory_xact_lock(hashtextextended('gradus restore', 0))`.execute(trx);
        const lost = await trx
          .selectFrom("submissions")
          .leftJoin("verdicts", "verdicts.submission_id", "submissions.id")
          .where("verdicts.submission_id", "is", null)
          .where("submissions.id", "not in", jobs(trx))
          .select(["submissions.id", "submissions.user_id"])
          .orderBy("submissions.number")
          .execute();
        for (const { id, user_id } of lost) await send(trx, id, user_id);
        if (lost.length > 0)
          log.warn({ submissions: lost.length }, "submissions without a job got one");
      });
    },
    async announce(trx, submission) {
      await sql`select pg_notify(${GRADED}, ${submission})`.execute(trx);
    },
    graded(submission, milliseconds, signal) {
      return new Promise((resolve) => {
        const done = (graded: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", stop);
          const others = waiting.get(submission);
          others?.delete(done);
          if (others?.size === 0) waiting.delete(submission);
          resolve(graded);
        };
        const stop = () => done(false);
        const timer = setTimeout(stop, milliseconds);
        signal.addEventListener("abort", stop);
        const here = waiting.get(submission) ?? new Set();
        waiting.set(submission, here.add(done));
        if (signal.aborted || closed) stop();
      });
    },
    async close(milliseconds) {
      closed = true;
      for (const all of [...waiting.values()]) for (const done of [...all]) done(false);
      await listener.close();
      await boss.stop({ graceful: true, timeout: milliseconds });
    },
  };
}

function jobs(db: Kysely<Database>) {
  return db.selectFrom("pgboss.job").select("pgboss.job.id").where("name", "=", QUEUE);
}
