/**
 * Regrades: what the present checks say of what was graded with earlier ones. A regrade touches nothing
 * until it is applied; then verdicts give way to new ones, and the old ones stay in the history.
 */
import { randomUUID } from "node:crypto";
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import { z } from "zod";
import { counted } from "./attempts.ts";
import { audit } from "./audit.ts";
import { csv } from "./csv.ts";
import type { Exercises } from "./exercises.ts";
import { numberKey, type Page, type Paged, takePage } from "./pagination.ts";
import type { Queue } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import type {
  Regrade,
  RegradeDirection,
  RegradeItem,
  RegradePolicy,
  RegradeState,
  VerdictVersion,
} from "./regrade-types.ts";
import { LANES, sendLane } from "./regrade-worker.ts";
import type { Standing } from "./roles.ts";
import type { Database } from "./store/schema.ts";

type Course = Standing["course"];
type Actor = { id: string };

export const regradeRequest = z.strictObject({
  exercise: z.string().max(200).optional(),
  section: z.uuid().optional(),
});
export const applyRequest = z.strictObject({ policy: z.enum(["all", "gains"]) });

const directions = ["up", "down", "other", "same", "broken"] as const;
/** Older regrades are not told. */
const LONGEST_LIST = 100;

/**
 * Begins to form verdicts with the present checks: for everything that was graded in a course, in one
 * exercise, in one section. Nothing of what there is changes.
 * @throws Refusal while another regrade of the course is under way, or when there is nothing to regrade
 */
export async function startRegrade(
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  by: Actor,
  course: Course,
  { exercise, section }: z.infer<typeof regradeRequest>,
): Promise<Regrade> {
  const wanted = exercise === undefined ? exercises.all : [exercises.get(exercise)];
  const id = randomUUID();
  await db.transaction().execute(async (trx) => {
    if (section !== undefined) await findSection(trx, course, section);
    let all = trx
      .selectFrom("submissions as submission")
      .innerJoin("verdicts as verdict", "verdict.submission_id", "submission.id")
      .where("submission.course", "=", course.id)
      .where(
        "submission.exercise",
        "in",
        wanted.map(({ name }) => name),
      );
    if (section !== undefined)
      all = all.where("submission.id", "in", ofSection(trx, course.id, section));
    const found = await all.select("submission.exercise").distinct().execute();
    if (found.length === 0)
      throw new Refusal(
        409,
        "nothing_to_regrade",
        "nothing that was handed in here is graded yet, so there is nothing to regrade",
      );
    const tried = found.map((row) => row.exercise).sort();
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto("regrades")
      .values({
        id,
        course: course.id,
        section_id: section ?? null,
        versions: JSON.stringify(
          Object.fromEntries(tried.map((name) => [name, exercises.version(name)])),
        ),
        state: "running",
        started_by: by.id,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!numInsertedOrUpdatedRows)
      throw wrongState(
        `a regrade of ${course.name} is under way already`,
        "apply or discard that one first",
      );
    await trx
      .insertInto("regrade_items")
      .columns([
        "regrade_id",
        "submission_id",
        "number",
        "lane",
        "from_outcome",
        "from_points",
        "from_max",
        "from_fault",
        "from_graded_at",
      ])
      .expression(
        all.select((eb) => [
          eb.cast<string>(eb.val(id), "uuid").as("regrade_id"),
          "submission.id",
          "submission.number",
          sql<number>`((row_number() over (order by submission.number) - 1) % ${sql.lit(LANES)})::int`.as(
            "lane",
          ),
          "verdict.outcome",
          "verdict.points",
          "verdict.max",
          "verdict.fault",
          "verdict.graded_at",
        ]),
      )
      .execute();
    await sendLanes(trx, queue, id, 1);
    await audit(trx, {
      course: course.id,
      by: by.id,
      action: "regrade.start",
      subject: id,
      after: { exercises: tried, section: section ?? null },
    });
  });
  return findRegrade(db, exercises, course, id);
}

/** Stops a regrade; the verdicts that it has formed stay with it. @throws Refusal when it does not run */
export async function stopRegrade(
  db: Kysely<Database>,
  by: Actor,
  course: Course,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { state, waiting } = await lockRegrade(trx, course, id);
    if (state !== "running" || waiting === 0)
      throw wrongState("this regrade does not run, so it cannot be stopped");
    await setState(trx, by, id, { state: "stopped" });
    await note(trx, by, course, id, "stop", {});
  });
}

/** Lets a stopped regrade go on. @throws Refusal when it is not stopped, or its checks are no longer here */
export async function resumeRegrade(
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
  by: Actor,
  course: Course,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { state, round, versions } = await lockRegrade(trx, course, id);
    if (state !== "stopped") throw wrongState("this regrade is not stopped, so it cannot go on");
    if (!isPresent(exercises, versions)) throw outdated();
    await setState(trx, by, id, { state: "running", reason: null, round: round + 1 });
    await sendLanes(trx, queue, id, round + 1);
    await note(trx, by, course, id, "resume", {});
  });
}

/** Ends a regrade without effect. @throws Refusal when it has ended already */
export async function discardRegrade(
  db: Kysely<Database>,
  by: Actor,
  course: Course,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { state } = await lockRegrade(trx, course, id);
    if (state !== "running" && state !== "stopped")
      throw wrongState("this regrade has ended already, so it cannot be discarded");
    await setState(trx, by, id, { state: "discarded" });
    await note(trx, by, course, id, "discard", {});
  });
}

/**
 * Puts the new verdicts in the place of the old ones, all of them in one transaction; the old ones go into
 * the history. Where the grader itself failed the old verdict stays.
 * @throws Refusal when it is not ready, or its checks are no longer those of the server
 */
export async function applyRegrade(
  db: Kysely<Database>,
  exercises: Exercises,
  by: Actor,
  course: Course,
  id: string,
  policy: RegradePolicy,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { state, waiting, versions } = await lockRegrade(trx, course, id);
    if (state !== "running" && state !== "stopped")
      throw wrongState("this regrade has ended already, so it cannot be applied");
    if (waiting > 0)
      throw wrongState(
        `${waiting} of this regrade's verdicts are not formed yet, so it cannot be applied`,
        state === "stopped" ? "let it go on, or discard it" : "wait until it is ready",
      );
    if (!isPresent(exercises, versions)) throw outdated();
    const chosen = sql`regrade_items as item where item.regrade_id = ${id}
      and item.direction in (${sql.join(policy === "all" ? ["up", "down", "other", "same"] : ["up"])})`;
    const kept = await sql`insert into verdict_history
        (submission_id, outcome, points, max, report, fault, checks, graded_at, regrade_id)
      select verdict.submission_id, verdict.outcome, verdict.points, verdict.max, verdict.report,
        verdict.fault, verdict.checks, verdict.graded_at, ${id}::uuid
      from verdicts as verdict where exists
        (select from ${chosen} and item.submission_id = verdict.submission_id
          and item.from_graded_at = verdict.graded_at)`.execute(trx);
    const changed = await sql`update verdicts set outcome = item.outcome, points = item.points,
        max = item.max, report = item.report, fault = item.fault, checks = item.checks,
        graded_at = item.graded_at
      from ${chosen} and item.submission_id = verdicts.submission_id`.execute(trx);
    // Only regrades change verdicts, and of those only one is open at a time.
    if (kept.numAffectedRows !== changed.numAffectedRows)
      throw new Error(`regrade ${id}: a verdict is not the one that it began with`);
    await setState(trx, by, id, { state: "applied", policy, reason: null });
    await note(trx, by, course, id, "apply", { policy, verdicts: Number(changed.numAffectedRows) });
  });
}

/**
 * Takes an applied regrade back: the verdicts of before stand again, and the regrade's own go into the
 * history. One transaction.
 * @throws Refusal when it was not applied, a later one changed some of the same, or one is under way
 */
export async function undoRegrade(
  db: Kysely<Database>,
  by: Actor,
  course: Course,
  id: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { state } = await lockRegrade(trx, course, id);
    if (state !== "applied")
      throw wrongState("this regrade is not in effect, so there is nothing to take back");
    const open = await trx
      .selectFrom("regrades")
      .select("id")
      .where("course", "=", course.id)
      .where("state", "in", ["running", "stopped"])
      .executeTakeFirst();
    if (open)
      throw wrongState(
        `a regrade of ${course.name} is under way, which began with the verdicts of this one`,
        "apply or discard that one first",
      );
    // Of a submission, the verdict that this regrade replaced, and the one that it gave.
    const own = sql`verdict_history as before
      join regrade_items as item on item.regrade_id = before.regrade_id
        and item.submission_id = before.submission_id and item.from_graded_at = before.graded_at
      where before.regrade_id = ${id}`;
    const { rows } = await sql<{ later: number }>`select count(*)::int as later from ${own}
      and not exists (select from verdicts as verdict
        where verdict.submission_id = before.submission_id and verdict.graded_at = item.graded_at)`.execute(
      trx,
    );
    if (rows[0].later > 0)
      throw wrongState(
        `a later regrade changed ${rows[0].later} of the same verdicts`,
        "take that one back first",
      );
    await sql`create temporary table gradus_undone on commit drop as
      select before.submission_id, before.outcome, before.points, before.max, before.report,
        before.fault, before.checks, before.graded_at from ${own}`.execute(trx);
    await sql`insert into verdict_history
        (submission_id, outcome, points, max, report, fault, checks, graded_at, regrade_id)
      select verdict.submission_id, verdict.outcome, verdict.points, verdict.max, verdict.report,
        verdict.fault, verdict.checks, verdict.graded_at, ${id}::uuid
      from verdicts as verdict where verdict.submission_id in (select submission_id from gradus_undone)`.execute(
      trx,
    );
    const changed = await sql`update verdicts set outcome = undone.outcome, points = undone.points,
        max = undone.max, report = undone.report, fault = undone.fault, checks = undone.checks,
        graded_at = undone.graded_at
      from gradus_undone as undone where undone.submission_id = verdicts.submission_id`.execute(
      trx,
    );
    await setState(trx, by, id, { state: "undone" });
    await note(trx, by, course, id, "undo", { verdicts: Number(changed.numAffectedRows) });
  });
}

/**
 * Puts right what a restart may have left: every regrade that runs gets its lanes' jobs anew; one whose
 * checks this server no longer has is stopped, and says why.
 */
export async function restoreRegrades(
  db: Kysely<Database>,
  queue: Queue,
  exercises: Exercises,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const running = await trx
      .selectFrom("regrades")
      .select(["id", "round", "versions"])
      .where("state", "=", "running")
      .forUpdate()
      .execute();
    for (const { id, round, versions } of running) {
      if (isPresent(exercises, versions)) {
        await trx
          .updateTable("regrades")
          .set({ round: round + 1 })
          .where("id", "=", id)
          .execute();
        await sendLanes(trx, queue, id, round + 1);
      } else {
        const reason = `${outdated().message}. Discard it, and start a new one`;
        await trx
          .updateTable("regrades")
          .set({ state: "stopped", reason })
          .where("id", "=", id)
          .where(waiting(id), ">", 0)
          .execute();
      }
    }
  });
}

/** The regrades of a course, newest first. */
export async function listRegrades(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
): Promise<Regrade[]> {
  return describe(db, exercises, course);
}

/** @throws Refusal when there is none */
export async function findRegrade(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
  id: string,
): Promise<Regrade> {
  const [found] = await describe(db, exercises, course, id);
  if (!found) throw noRegrade();
  return found;
}

async function describe(
  db: Kysely<Database>,
  exercises: Exercises,
  course: Course,
  id?: string,
): Promise<Regrade[]> {
  let query = db
    .selectFrom("regrades")
    .leftJoin("sections", "sections.id", "regrades.section_id")
    .leftJoin("user as starter", "starter.id", "regrades.started_by")
    .leftJoin("user as changer", "changer.id", "regrades.changed_by")
    .where("regrades.course", "=", course.id)
    .selectAll("regrades")
    .select(["sections.name as section", "starter.name as starter", "changer.name as changer"])
    .orderBy("started_at", "desc")
    .limit(LONGEST_LIST);
  if (id !== undefined) query = query.where("regrades.id", "=", id);
  const rows = await query.execute();
  if (rows.length === 0) return [];
  const counts = await db
    .selectFrom("regrade_items as item")
    .innerJoin("submissions as submission", "submission.id", "item.submission_id")
    .where(
      "regrade_id",
      "in",
      rows.map((row) => row.id),
    )
    .groupBy(["regrade_id", "direction"])
    .select((eb) => [
      "regrade_id",
      "direction",
      sql<number>`count(*)::int`.as("count"),
      eb.fn.agg<string[]>("array_agg", ["submission.user_id"]).distinct().as("learners"),
    ])
    .execute();
  const changes = await db
    .selectFrom((eb) =>
      eb
        .selectFrom("regrade_items as item")
        .innerJoin("submissions as submission", "submission.id", "item.submission_id")
        .where(
          "regrade_id",
          "in",
          rows.map((row) => row.id),
        )
        .where("direction", "in", ["up", "down", "other"])
        .select(["regrade_id", "exercise"])
        .select(sql<Change>`json_array_elements(item.changes)`.as("change"))
        .as("all"),
    )
    .select(["regrade_id", "exercise"])
    .select(sql<string>`change->>'check'`.as("check"))
    .select(sql<Regrade["changes"][0]["from"]>`change->>'from'`.as("from"))
    .select(sql<Regrade["changes"][0]["to"]>`change->>'to'`.as("to"))
    .select(sql<number>`count(*)::int`.as("count"))
    .groupBy(["regrade_id", "exercise", "check", "from", "to"])
    .orderBy("count", "desc")
    .orderBy("exercise")
    .orderBy("check")
    .orderBy("to", "desc")
    .execute();
  return rows.map((row): Regrade => {
    const own = counts.filter((one) => one.regrade_id === row.id);
    const count = (direction: RegradeDirection | null) =>
      own.find((one) => one.direction === direction)?.count ?? 0;
    const total = own.reduce((sum, one) => sum + one.count, 0);
    const graded = total - count(null);
    const state: RegradeState =
      graded === total && (row.state === "running" || row.state === "stopped")
        ? "ready"
        : row.state;
    const open = ["running", "ready", "stopped"].includes(state);
    const reason =
      row.reason ?? (open && !isPresent(exercises, row.versions) ? outdated().message : null);
    const person = (of: string | null, name: string | null) =>
      of === null ? null : { id: of, name: name ?? "somebody who is no longer here" };
    const moved = own.filter(({ direction }) => direction === "up" || direction === "down");
    return {
      id: row.id,
      course: row.course,
      section:
        row.section_id === null
          ? null
          : { id: row.section_id, name: row.section ?? "a section that is no longer there" },
      exercises: Object.entries(row.versions).map(([name, version]) => ({
        name,
        title: exercises.all.find((one) => one.name === name)?.title ?? name,
        version,
        present: exercises.version(name) === version,
      })),
      state,
      policy: row.policy,
      ...(reason === null ? {} : { reason }),
      startedBy: person(row.started_by, row.starter) ?? { id: row.started_by, name: "" },
      startedAt: row.started_at.toISOString(),
      changedBy: person(row.changed_by, row.changer),
      changedAt: row.changed_at?.toISOString() ?? null,
      total,
      graded,
      counts: Object.fromEntries(directions.map((one) => [one, count(one)])) as Regrade["counts"],
      learners: new Set(moved.flatMap((one) => one.learners)).size,
      changes: changes
        .filter((one) => one.regrade_id === row.id)
        .map(({ regrade_id: _, ...change }) => change),
    };
  });
}

type Change = { check: string };

/** Submissions of a regrade with both verdicts, in the order they were handed in. @throws Refusal */
export async function regradeItems(
  db: Kysely<Database>,
  course: Course,
  id: string,
  filter: { direction?: string | undefined; exercise?: string | undefined },
  page: Page,
): Promise<Paged<RegradeItem>> {
  const asked = filter.direction?.split(",") ?? [];
  const wanted = directions.filter((one) => asked.includes(one));
  if (wanted.length !== asked.length)
    throw new Refusal(400, "bad_request", `direction must be some of ${directions.join(",")}`);
  let query = itemsOf(db, course, id);
  if (wanted.length > 0) query = query.where("item.direction", "in", wanted);
  if (filter.exercise !== undefined)
    query = query.where("submission.exercise", "=", filter.exercise);
  return takePage(query, page, [numberKey("item.number")], "asc", toItem);
}

/** Everything that a regrade changes, as a table. */
export async function regradeCsv(
  db: Kysely<Database>,
  course: Course,
  id: string,
): Promise<string> {
  const rows = await itemsOf(db, course, id)
    .where("item.direction", "in", ["up", "down", "other", "broken"])
    .orderBy("item.number")
    .execute();
  return csv([
    [
      "Name",
      "Email",
      "Exercise",
      "Attempt",
      "Handed in",
      "From",
      "To",
      "Of",
      "Change",
      "Checks that ended differently",
      "Submission",
    ],
    ...rows
      .map(toItem)
      .map((item) => [
        item.learner.name,
        item.learner.email,
        item.exercise,
        item.attempt,
        item.receivedAt,
        item.from.points,
        item.to.points,
        item.to.max,
        item.direction,
        item.changes.map(({ check, from, to }) => `${check}: ${from} → ${to}`).join("; "),
        item.submission,
      ]),
  ]);
}

function itemsOf(db: Kysely<Database>, course: Course, id: string) {
  return db
    .selectFrom("regrade_items as item")
    .innerJoin("regrades", "regrades.id", "item.regrade_id")
    .innerJoin("submissions as submission", "submission.id", "item.submission_id")
    .innerJoin("user as learner", "learner.id", "submission.user_id")
    .where("regrades.course", "=", course.id)
    .where("item.regrade_id", "=", id)
    .where("item.graded_at", "is not", null)
    .select([
      "item.submission_id as submission",
      "item.from_outcome",
      "item.from_points",
      "item.from_max",
      "item.outcome",
      "item.points",
      "item.max",
      "item.direction",
      "item.changes",
      "submission.exercise",
      "submission.attempt",
      "submission.received_at",
      "learner.id as learnerId",
      "learner.name as learnerName",
      "learner.email as learnerEmail",
    ]);
}

function toItem(
  row: Awaited<ReturnType<ReturnType<typeof itemsOf>["execute"]>>[number],
): RegradeItem {
  const from = { outcome: row.from_outcome, points: row.from_points, max: row.from_max };
  return {
    submission: row.submission,
    learner: { id: row.learnerId, name: row.learnerName, email: row.learnerEmail },
    exercise: row.exercise,
    attempt: row.attempt,
    receivedAt: row.received_at.toISOString(),
    from,
    to:
      row.outcome === null || row.points === null || row.max === null
        ? from
        : { outcome: row.outcome, points: row.points, max: row.max },
    direction: row.direction ?? "broken",
    changes: row.changes ?? [],
  };
}

/** Every verdict that a submission has had, the newest first. @throws Refusal when there is none */
export async function verdictsOf(
  db: Kysely<Database>,
  course: Course,
  submission: string,
): Promise<VerdictVersion[]> {
  const now = await db
    .selectFrom("submissions")
    .innerJoin("verdicts", "verdicts.submission_id", "submissions.id")
    .where("submissions.course", "=", course.id)
    .where("submissions.id", "=", submission)
    .selectAll("verdicts")
    .executeTakeFirst();
  if (!now)
    throw new Refusal(
      404,
      "not_found",
      "there is no such submission in this course, or no verdict",
    );
  const before = await db
    .selectFrom("verdict_history")
    .where("submission_id", "=", submission)
    .selectAll()
    .orderBy("id", "desc")
    .execute();
  const version = (row: typeof now): Omit<VerdictVersion, "stands" | "replaced"> => ({
    outcome: row.outcome,
    points: row.points,
    max: row.max,
    checks: row.checks,
    gradedAt: row.graded_at.toISOString(),
    results: row.report.checks ?? [],
  });
  return [
    { stands: true, ...version(now), replaced: null },
    ...before.map((row) => ({
      stands: false,
      ...version(row),
      replaced: { regrade: row.regrade_id, at: row.replaced_at.toISOString() },
    })),
  ];
}

/** The submissions that count for somebody of a section. */
function ofSection(db: Kysely<Database>, course: string, section: string) {
  return counted(db, course)
    .innerJoin("enrollments", (join) =>
      join
        .onRef("enrollments.user_id", "=", "counted.user")
        .on("enrollments.course", "=", course)
        .on("enrollments.section_id", "=", section),
    )
    .select("submission.id");
}

async function findSection(db: Kysely<Database>, course: Course, id: string) {
  const found = await db
    .selectFrom("sections")
    .select("id")
    .where("id", "=", id)
    .where("course", "=", course.id)
    .executeTakeFirst();
  if (!found) throw new Refusal(404, "not_found", "there is no such section in this course");
}

async function sendLanes(trx: Kysely<Database>, queue: Queue, regrade: string, round: number) {
  const lanes = await trx
    .selectFrom("regrade_items")
    .where("regrade_id", "=", regrade)
    .where("graded_at", "is", null)
    .select("lane")
    .distinct()
    .orderBy("lane")
    .execute();
  for (const { lane } of lanes) await sendLane(trx, queue, { regrade, lane, round });
}

/** How many verdicts of a regrade are not formed yet. */
function waiting(id: string) {
  return (eb: ExpressionBuilder<Database, "regrades">) =>
    eb
      .selectFrom("regrade_items")
      .where("regrade_id", "=", id)
      .where("graded_at", "is", null)
      .select(sql<number>`count(*)::int`.as("waiting"));
}

/** Holds every other change of the regrade back until `trx` ends. */
async function lockRegrade(trx: Kysely<Database>, course: Course, id: string) {
  const found = await trx
    .selectFrom("regrades")
    .select(["state", "round", "versions"])
    .where("id", "=", id)
    .where("course", "=", course.id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) throw noRegrade();
  // Counted once the lock is held, so that what was being written meanwhile is in it.
  const { count } = await trx
    .selectFrom("regrade_items")
    .where("regrade_id", "=", id)
    .where("graded_at", "is", null)
    .select(sql<number>`count(*)::int`.as("count"))
    .executeTakeFirstOrThrow();
  return { ...found, waiting: count };
}

async function setState(
  trx: Kysely<Database>,
  by: Actor,
  id: string,
  change: {
    state: Database["regrades"]["state"];
    policy?: RegradePolicy;
    reason?: null;
    round?: number;
  },
) {
  await trx
    .updateTable("regrades")
    .set((eb) => ({
      ...change,
      changed_by: by.id,
      changed_at: eb.fn<Date>("clock_timestamp"),
    }))
    .where("id", "=", id)
    .execute();
}

async function note(
  trx: Kysely<Database>,
  by: Actor,
  course: Course,
  id: string,
  what: "stop" | "resume" | "apply" | "discard" | "undo",
  after: object,
) {
  await audit(trx, { course: course.id, by: by.id, action: `regrade.${what}`, subject: id, after });
}

function isPresent(exercises: Exercises, versions: Record<string, string>): boolean {
  return Object.entries(versions).every(([name, version]) => exercises.version(name) === version);
}

export function noRegrade(): Refusal {
  return new Refusal(404, "not_found", "there is no such regrade in this course");
}

function outdated(): Refusal {
  return wrongState(
    "the server has other checks now than those that this regrade tries",
    "discard it, and start a new one",
  );
}

function wrongState(message: string, hint?: string): Refusal {
  return new Refusal(409, "wrong_state", message, hint);
}
