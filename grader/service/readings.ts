/** Reading by hand: all there is to know of a submission, what is left to read, what a learner is told. */
import { type Kysely, sql } from "kysely";
import { findAssignments } from "./assignments.ts";
import { counted } from "./attempts.ts";
import { commentsOn } from "./comments.ts";
import type { Exercises } from "./exercises.ts";
import { gradeLearners, learnerGrades, storeTime } from "./grades.ts";
import { gradingOf, overridesOf } from "./gradings.ts";
import { releaseOf, releasesIn } from "./releases.ts";
import type { Standing } from "./roles.ts";
import { criteriaOf } from "./rubrics.ts";
import { referenceOf } from "./solution-lock.ts";
import type { Database } from "./store/schema.ts";
import { countsFor, type find, summaries, toSummary } from "./submissions.ts";
import type { Feedback, GradingProgress, Reading, ReadingEntry, ReadingList } from "./types.ts";

type Course = Standing["course"];
type Found = NonNullable<Awaited<ReturnType<typeof find>>>;

/** All that a reader of a submission needs. For those who teach only: the reference is in it. */
export async function readingOf(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
  found: Found,
  waiting: string | undefined,
): Promise<Reading> {
  const { course: _, own: __, learner, ...submission } = found;
  const { exercise } = submission;
  const known = exercises.all.find(({ name }) => name === exercise);
  const assignment = await assignmentOf(db, course.id, exercise);
  const rows = await summaries(db, course.id)
    .where(countsFor(course.id, learner.id))
    .where("submission.exercise", "=", exercise)
    .leftJoin("gradings", "gradings.submission_id", "submission.id")
    .select((eb) => [
      "gradings.read_at",
      eb
        .selectFrom("comments")
        .whereRef("comments.submission_id", "=", "submission.id")
        .where("comments.deleted_at", "is", null)
        .select((eb) => eb.fn.countAll().as("count"))
        .as("comments"),
    ])
    .orderBy("submission.number")
    .execute();
  return {
    submission,
    course: { id: course.id, name: course.name, timeZone: course.timeZone },
    exercise: { name: exercise, title: known?.title ?? exercise },
    reference: known ? referenceOf(known) : null,
    assignment: assignment
      ? { id: assignment.row.id, name: assignment.row.name, ...assignment.part }
      : null,
    learners: await learnersOf(db, course, exercises, submission.id, exercise, assignment),
    attempts: rows.map((row) => ({
      ...toSummary(row, waiting),
      read: row.read_at !== null,
      comments: Number(row.comments),
    })),
    criteria: await criteriaOf(db, course.id, exercise),
    grading: await gradingOf(db, submission.id),
    comments: await commentsOn(db, submission.id),
  };
}

/** The assignment that an exercise is in, and what it is worth there. */
async function assignmentOf(db: Kysely<Database>, course: string, exercise: string) {
  for (const { row, rules } of await findAssignments(db, course)) {
    const part = rules.exercises.find((one) => one.exercise === exercise);
    if (part) return { row, part: { points: part.points, handPoints: part.handPoints ?? 0 } };
  }
  return undefined;
}

/** For whom a submission counts, with their grades: who handed it in first. */
async function learnersOf(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
  submission: string,
  exercise: string,
  assignment: Awaited<ReturnType<typeof assignmentOf>>,
): Promise<Reading["learners"]> {
  const people = await counted(db, course.id)
    .where("counted.submission", "=", submission)
    .innerJoin("user", "user.id", "counted.user")
    .leftJoin("enrollments", (join) =>
      join.onRef("enrollments.user_id", "=", "user.id").on("enrollments.course", "=", course.id),
    )
    .leftJoin("sections", "sections.id", "enrollments.section_id")
    .select(["user.id", "user.name", "user.email", "sections.name as section"])
    .select(["enrollments.user_id as enrolled", "enrollments.section_id as sectionId"])
    .orderBy(sql`counted."user" = submission.user_id`, "desc")
    .orderBy("user.name")
    .execute();
  const isReleased = await releasesIn(db, course.id);
  const overrides = await overridesOf(
    db,
    course.id,
    exercise,
    people.map(({ id }) => id),
  );
  const now = await storeTime(db);
  const learners: Reading["learners"] = [];
  for (const { id, name, email, section, sectionId, enrolled } of people) {
    const grades =
      assignment && enrolled
        ? await learnerGrades(db, course, exercises, id, false, now)
        : undefined;
    const own = grades?.assignments.find((one) => one.id === assignment?.row.id);
    learners.push({
      id,
      name,
      email,
      section,
      released: assignment ? isReleased(assignment.row, sectionId) : true,
      grade: own?.grade.exercises.find((one) => one.exercise === exercise) ?? null,
      override: overrides.get(id) ?? null,
    });
  }
  return learners;
}

type Graded = Awaited<ReturnType<typeof gradeLearners>>;

/** Everybody's work at an exercise, one entry a group, by name. */
export async function readingList(
  db: Kysely<Database>,
  course: Course,
  exercise: { name: string; title: string },
  section?: string,
): Promise<ReadingList> {
  const graded = await gradeLearners(db, course, section);
  const handedIn = await handedInOf(db, course.id, exercise.name);
  const assignment = graded.found.find(({ rules }) =>
    rules.exercises.some((one) => one.exercise === exercise.name),
  );
  return {
    exercise: { name: exercise.name, title: exercise.title },
    assignment: assignment ? { id: assignment.row.id, name: assignment.row.name } : null,
    entries: entriesOf(graded, handedIn, exercise.name),
  };
}

/** How far reading has come, assignment by assignment. */
export async function gradingProgress(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
): Promise<GradingProgress[]> {
  const graded = await gradeLearners(db, course);
  const handedIn = await handedInOf(db, course.id);
  const titles = new Map(exercises.all.map(({ name, title }) => [name, title]));
  const criteria = await db
    .selectFrom("rubric_criteria")
    .where("course", "=", course.id)
    .groupBy("exercise")
    .select((eb) => ["exercise", eb.fn.countAll().as("count")])
    .execute();
  const progress: GradingProgress[] = [];
  for (const { row, rules } of graded.found) {
    progress.push({
      id: row.id,
      name: row.name,
      dueAt: rules.dueAt?.toISOString() ?? null,
      release: await releaseOf(db, course.id, row.id),
      exercises: rules.exercises.map(({ exercise, points, handPoints = 0 }) => {
        const entries = entriesOf(graded, handedIn, exercise).filter((one) => one.submission);
        return {
          exercise,
          title: titles.get(exercise) ?? exercise,
          points,
          handPoints,
          submitted: entries.length,
          read: entries.filter((one) => one.read).length,
          criteria: Number(criteria.find((one) => one.exercise === exercise)?.count ?? 0),
        };
      }),
    });
  }
  return progress;
}

/** What each learner handed in for an exercise (or for each), in the order it came. */
async function handedInOf(db: Kysely<Database>, course: string, exercise?: string) {
  let query = counted(db, course)
    .leftJoin("verdicts", "verdicts.submission_id", "submission.id")
    .leftJoin("gradings", "gradings.submission_id", "submission.id")
    .leftJoin(
      (eb) =>
        eb
          .selectFrom("comments")
          .where("deleted_at", "is", null)
          .groupBy("submission_id")
          .select((eb) => ["submission_id", eb.fn.countAll().as("count")])
          .as("said"),
      (join) => join.onRef("said.submission_id", "=", "submission.id"),
    )
    .select(["counted.user", "submission.id", "submission.exercise", "said.count as comments"])
    .select(["verdicts.graded_at as gradedAt", "gradings.read_at as readAt"])
    .orderBy("submission.number");
  if (exercise !== undefined) query = query.where("submission.exercise", "=", exercise);
  const found = new Map<string, Awaited<ReturnType<typeof query.execute>>>();
  for (const row of await query.execute()) {
    const key = `${row.user} ${row.exercise}`;
    const own = found.get(key);
    if (own) own.push(row);
    else found.set(key, [row]);
  }
  return (user: string, exercise: string) => found.get(`${user} ${exercise}`) ?? [];
}

function entriesOf(
  { found, learners }: Graded,
  handedIn: Awaited<ReturnType<typeof handedInOf>>,
  exercise: string,
): ReadingEntry[] {
  const index = found.findIndex(({ rules }) =>
    rules.exercises.some((one) => one.exercise === exercise),
  );
  const entries: ReadingEntry[] = [];
  const shared = new Map<string, ReadingEntry>();
  for (const { user, section, grades } of learners) {
    const made = handedIn(user.id, exercise);
    const grade = grades[index]?.exercises.find((one) => one.exercise === exercise);
    const chosen = made.find(({ id }) => id === grade?.submission) ?? made.at(-1);
    const who = { id: user.id, name: user.name, section };
    const together = chosen && shared.get(chosen.id);
    if (together) {
      together.learners.push(who);
      continue;
    }
    const entry: ReadingEntry = {
      submission: chosen?.id ?? null,
      learners: [who],
      attempts: made.length,
      state: chosen ? (chosen.gradedAt ? "done" : "queued") : null,
      read: Boolean(chosen?.readAt),
      score: grade?.score ?? null,
      maxScore: grade?.maxScore ?? null,
      comments: Number(chosen?.comments ?? 0),
    };
    entries.push(entry);
    if (chosen) shared.set(chosen.id, entry);
  }
  return entries;
}

/** What one of a submission's learners may know of what was said of it. */
export async function feedbackOn(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
  user: string,
  { id, exercise }: { id: string; exercise: string },
): Promise<Feedback> {
  const nothing = { comments: [], marks: [], points: null, note: null, grade: null, counts: false };
  const free = (await assignmentOf(db, course.id, exercise)) === undefined;
  if (free) return { ...nothing, released: true, comments: await commentsOn(db, id) };
  const now = await storeTime(db);
  const { assignments } = await learnerGrades(db, course, exercises, user, true, now);
  const own = assignments.find((one) => one.exercises.some((part) => part.exercise === exercise));
  if (!own?.released) return { ...nothing, released: false };
  const grade = own.grade.exercises.find((one) => one.exercise === exercise) ?? null;
  const { marks, points, note } = await gradingOf(db, id);
  const criteria = await criteriaOf(db, course.id, exercise);
  return {
    released: true,
    comments: await commentsOn(db, id),
    marks: criteria
      .filter((criterion) => marks.includes(criterion.id))
      .map(({ description, points }) => ({ description, points })),
    points,
    note,
    grade,
    counts: grade?.submission === id,
  };
}
