/**
 * The work of a regrade. Its submissions lie in lanes; each lane has one job in the queue, which forms one
 * verdict and sends the next. So the queue stays short, learners' submissions come first each time, and a
 * worker that dies loses nothing but the verdict it was at.
 */
import { grade } from "@gradus/grader/sandbox";
import type { Kysely } from "kysely";
import { fromKysely, type JobWithMetadata } from "pg-boss";
import type { Logger } from "pino";
import type { Exercises } from "./exercises.ts";
import { QUEUE, type Queue } from "./queue.ts";
import type { CheckChange, RegradeDirection } from "./regrade-types.ts";
import type { Database } from "./store/schema.ts";
import type { Report } from "./types.ts";

/** The most verdicts of one regrade that are formed at the same time. */
export const LANES = 64;
/** After so many tries that broke off, a submission keeps the verdict it has. */
const MAX_TRIES = 5;
/** How long a lane waits when a worker with other checks took its job, in seconds. */
const OTHER_CHECKS = 10;

/** One verdict of a lane, then the next. */
export interface RegradeJob {
  regrade: string;
  lane: number;
  /** A job of an earlier round does nothing. */
  round: number;
}

/** Sends a lane's job, behind everything that learners hand in, as part of transaction `trx`. */
export async function sendLane(
  trx: Kysely<Database>,
  queue: Queue,
  job: RegradeJob,
  startAfter = 0,
): Promise<void> {
  await queue.boss.send(QUEUE, job, {
    singletonKey: `regrade ${job.regrade} ${job.round} ${job.lane}`,
    priority: -10,
    startAfter,
    db: fromKysely(trx),
  });
}

/** Forms the next verdict of a lane, and writes down what it would change. */
export async function regradeOne(
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  log: Logger,
  job: RegradeJob,
  { retryCount: tries, signal }: Pick<JobWithMetadata, "retryCount" | "signal">,
): Promise<void> {
  const regrade = await db
    .selectFrom("regrades")
    .select(["state", "round", "versions"])
    .where("id", "=", job.regrade)
    .executeTakeFirst();
  if (regrade?.state !== "running" || regrade.round !== job.round) return;
  const item = await db
    .selectFrom("regrade_items as item")
    .innerJoin("submissions as submission", "submission.id", "item.submission_id")
    .innerJoin("verdicts as verdict", "verdict.submission_id", "item.submission_id")
    .select(["submission.id", "exercise", "source", "seed"])
    .select(["verdict.report", "verdict.points", "verdict.max", "verdict.outcome"])
    .where("item.regrade_id", "=", job.regrade)
    .where("item.lane", "=", job.lane)
    .where("item.graded_at", "is", null)
    .orderBy("item.number")
    .executeTakeFirst();
  if (!item) return;
  const version = exercises.version(item.exercise);
  if (version !== regrade.versions[item.exercise]) {
    log.warn(
      { regrade: job.regrade, exercise: item.exercise },
      "a regrade tries other checks than this worker has: restart it with the exercises of the site",
    );
    await db.transaction().execute((trx) => sendLane(trx, queue, job, OTHER_CHECKS));
    return;
  }
  const report =
    tries >= MAX_TRIES
      ? undefined
      : await grade({
          exercise: exercises.get(item.exercise),
          source: item.source,
          seed: item.seed,
        });
  if (signal.aborted) throw new Error("the worker was stopped while it graded");
  await db.transaction().execute(async (trx) => {
    // Whoever stops the regrade, or starts its next round, comes before this or after it.
    const now = await trx
      .selectFrom("regrades")
      .select(["state", "round"])
      .where("id", "=", job.regrade)
      .forShare()
      .executeTakeFirstOrThrow();
    if (now.state !== "running" && now.state !== "stopped") return;
    const changes = report ? changesOf(item.report, report) : [];
    await trx
      .updateTable("regrade_items")
      .set((eb) => ({
        ...(report && {
          outcome: report.outcome,
          points: report.points,
          max: report.max,
          report: JSON.stringify(report),
          checks: version ?? null,
        }),
        fault: report === undefined,
        graded_at: eb.fn<Date>("clock_timestamp"),
        direction: report ? directionOf(item, report, changes) : "broken",
        changes: JSON.stringify(changes),
      }))
      .where("regrade_id", "=", job.regrade)
      .where("submission_id", "=", item.id)
      .where("graded_at", "is", null)
      .execute();
    if (now.state === "running" && now.round === job.round) await sendLane(trx, queue, job);
  });
  log.info(
    { regrade: job.regrade, submission: item.id, points: report?.points, before: item.points },
    "regraded",
  );
}

/** The checks of which outcome or points are others now. */
export function changesOf(from: Report, to: Report): CheckChange[] {
  const [old, now] = [byName(from), byName(to)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((check) => {
    const [before, after] = [old.get(check), now.get(check)];
    const [fromPoints, toPoints] = [before?.points ?? 0, after?.points ?? 0];
    if (before?.outcome === after?.outcome && fromPoints === toPoints) return [];
    return [
      {
        check,
        from: before?.outcome ?? null,
        to: after?.outcome ?? null,
        fromPoints,
        toPoints,
      },
    ];
  });
}

const byName = ({ checks = [] }: Report) => new Map(checks.map((check) => [check.name, check]));

/** Points count as parts of the most there are: that is what grades are made of. */
export function directionOf(
  from: { points: number; max: number; outcome: string },
  to: { points: number; max: number; outcome: string },
  changes: readonly CheckChange[],
): RegradeDirection {
  const part = ({ points, max }: { points: number; max: number }) => (max > 0 ? points / max : 0);
  const gain = part(to) - part(from);
  if (gain > 1e-9) return "up";
  if (gain < -1e-9) return "down";
  return changes.length > 0 || from.outcome !== to.outcome ? "other" : "same";
}
