/** Who stands where: the best points of every learner in every exercise. */
import { type Kysely, sql } from "kysely";
import { counted } from "./attempts.ts";
import { csv } from "./csv.ts";
import type { Exercise } from "./exercises.ts";
import { numberKey, type Page, type Paged, takePage } from "./pagination.ts";
import { effective } from "./roles.ts";
import type { Database } from "./store/schema.ts";
import { countsFor, summaries, toSummary } from "./submissions.ts";
import type { Gradebook, GradebookRow, GradebookSubmission } from "./types.ts";

export async function gradebook(
  db: Kysely<Database>,
  course: string,
  exercises: readonly Exercise[],
): Promise<Gradebook> {
  const people = await db
    .selectFrom("enrollments")
    .innerJoin("user", "user.id", "enrollments.user_id")
    .leftJoin("administrators", "administrators.user_id", "user.id")
    .where("enrollments.course", "=", course)
    .where("enrollments.dropped_at", "is", null)
    .where((eb) =>
      eb.or([
        eb("enrollments.role", "=", "learner"),
        eb.exists(
          eb
            .selectFrom("submissions")
            .select("submissions.id")
            .whereRef("submissions.user_id", "=", "user.id")
            .where("submissions.course", "=", course),
        ),
      ]),
    )
    .select([
      "user.id",
      "user.name",
      "user.email",
      "enrollments.role",
      "enrollments.dropped_at",
      "administrators.user_id as administrator",
    ])
    .orderBy("user.name")
    .orderBy("user.email")
    .execute();
  const rows = new Map<string, GradebookRow>(
    people.map(({ id, name, email, ...place }) => [
      id,
      { id, name, email, role: effective(place) ?? "learner", points: 0, cells: {} },
    ]),
  );
  // An exercise that was taken out of the course keeps its submissions, but no column.
  const known = new Set(exercises.map((exercise) => exercise.name));
  for (const cell of await cells(db, course)) {
    const row = rows.get(cell.user);
    if (!row || !known.has(cell.exercise)) continue;
    row.points += cell.points ?? 0;
    row.cells[cell.exercise] = {
      points: cell.points,
      outcome: cell.outcome,
      attempts: cell.attempts,
      submission: cell.submission,
      receivedAt: cell.receivedAt.toISOString(),
      waiting: cell.waiting,
    };
  }
  return {
    course,
    exercises: exercises.map(({ name, title, points }) => ({ name, title, points })),
    max: exercises.reduce((sum, exercise) => sum + exercise.points, 0),
    rows: [...rows.values()],
  };
}

/** One row for each learner and exercise: the first submission with the best points, else the newest. */
async function cells(db: Kysely<Database>, course: string) {
  return db
    .with("ranked", (with_) =>
      with_
        .selectFrom(counted(db, course).select(["counted.user", "submission.id"]).as("counts"))
        .innerJoin("submissions as submission", "submission.id", "counts.id")
        .leftJoin("verdicts as verdict", "verdict.submission_id", "submission.id")
        .select((eb) => [
          "counts.user",
          "submission.exercise",
          "submission.id as submission",
          "submission.received_at as receivedAt",
          "verdict.points",
          "verdict.outcome",
          sql<number>`(count(*) over everything)::int`.as("attempts"),
          sql<number>`(count(*) filter (where ${eb.ref("verdict.submission_id")} is null) over everything)::int`.as(
            "waiting",
          ),
          sql<number>`row_number() over (
            partition by counts."user", submission.exercise
            order by verdict.points desc nulls last,
              case when verdict.points is null then -submission.number else submission.number end
          )::int`.as("place"),
        ])
        .modifyEnd(sql`window everything as (partition by counts."user", submission.exercise)`),
    )
    .selectFrom("ranked")
    .selectAll()
    .where("place", "=", 1)
    .execute();
}

/** Submissions for an instructor, newest first. */
export function gradebookSubmissions(
  db: Kysely<Database>,
  course: string,
  filter: { user?: string | undefined; exercise?: string | undefined },
  page: Page,
  waiting: string | undefined,
): Promise<Paged<GradebookSubmission>> {
  let query = summaries(db, course)
    .innerJoin("user as learner", "learner.id", "submission.user_id")
    .select([
      "learner.id as learnerId",
      "learner.name as learnerName",
      "learner.email as learnerEmail",
    ]);
  if (filter.user !== undefined) query = query.where(countsFor(course, filter.user));
  if (filter.exercise !== undefined)
    query = query.where("submission.exercise", "=", filter.exercise);
  return takePage(query, page, [numberKey("submission.number")], "desc", (row) => ({
    ...toSummary(row, waiting),
    learner: { id: row.learnerId, name: row.learnerName, email: row.learnerEmail },
  }));
}

/** The gradebook as a table for a spreadsheet: a row a person, a column an exercise. */
export function gradebookCsv(book: Gradebook): string {
  return csv([
    [
      "Name",
      "Email",
      "Role",
      ...book.exercises.map((exercise) => `${exercise.title} (${exercise.points})`),
      `Total (${book.max})`,
    ],
    ...book.rows.map((row) => [
      row.name,
      row.email,
      row.role,
      ...book.exercises.map((exercise) => row.cells[exercise.name]?.points ?? null),
      row.points,
    ]),
  ]);
}
