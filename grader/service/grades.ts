/** Grades: reads what was handed in and the rules, and has rules.ts work them out. */
import { type Kysely, sql } from "kysely";
import {
  extensionsIn,
  type Found,
  findAssignment,
  findAssignments,
  isHidden,
  noAssignment,
  toAssignment,
} from "./assignments.ts";
import { attemptsIn } from "./attempts.ts";
import { decidingAttempts } from "./deciding.ts";
import type { Exercises } from "./exercises.ts";
import { overridesIn } from "./gradings.ts";
import { groupsOf } from "./groups.ts";
import { Refusal } from "./refusal.ts";
import { releasesIn } from "./releases.ts";
import type { Standing } from "./roles.ts";
import {
  type AssignmentGrade,
  type Attempt,
  gradeCourse,
  hindrance,
  type Override,
  type Rules,
  round,
  rulesFor,
  sayHindrance,
} from "./rules.ts";
import type { Database } from "./store/schema.ts";
import type { CourseGrades, LearnerAssignment, LearnerGrades, LearnerNext } from "./types.ts";

type Course = Standing["course"];

/** The grades of every learner of a course, by name; or of one section. */
export async function courseGrades(
  db: Kysely<Database>,
  course: Course,
  section?: string,
): Promise<CourseGrades> {
  const found = await findAssignments(db, course.id);
  const attempts = await decidingAttempts(db, course.id, found);
  const learners = await gradeAll(db, course, found, attempts, section);
  const assignments = found.map(({ row, rules }) => ({
    id: row.id,
    name: row.name,
    dueAt: rules.dueAt?.toISOString() ?? null,
    maxScore: maxScore(rules),
  }));
  return {
    course: course.id,
    timeZone: course.timeZone,
    lateDays: course.lateDays,
    assignments,
    maxScore: round(assignments.reduce((sum, one) => sum + one.maxScore, 0)),
    learners: learners.map(({ grades, sectionId: _, ...learner }) => ({
      ...learner,
      score: round(grades.reduce((sum, grade) => sum + (grade.score ?? 0), 0)),
      grades: Object.fromEntries(
        grades.map(({ exercises: _, ...grade }, index) => [found[index].row.id, grade]),
      ),
    })),
  };
}

/** Every learner of a course (or of one section), by name, with the grades of `found`, in its order. */
export async function gradeLearners(db: Kysely<Database>, course: Course, section?: string) {
  const found = await findAssignments(db, course.id);
  const attempts = await attemptsIn(db, course.id);
  return { found, learners: await gradeAll(db, course, found, attempts, section) };
}

async function gradeAll(
  db: Kysely<Database>,
  course: Course,
  found: readonly Found[],
  attempts: (user: string) => readonly Attempt[],
  section: string | undefined,
) {
  const extension = await extensionsIn(db, course.id);
  const overrides = await overridesIn(db, course.id);
  let query = db
    .selectFrom("enrollments")
    .innerJoin("user", "user.id", "enrollments.user_id")
    .leftJoin("sections", "sections.id", "enrollments.section_id")
    .where("enrollments.course", "=", course.id)
    .where("enrollments.role", "=", "learner")
    .where("enrollments.dropped_at", "is", null)
    .select(["user.id", "user.name", "user.email", "sections.name as section"])
    .select("enrollments.section_id as sectionId")
    .select(["enrollments.roster_name as rosterName", "enrollments.student_id as studentId"])
    .orderBy("user.name")
    .orderBy("user.email");
  if (section !== undefined) query = query.where("enrollments.section_id", "=", section);
  return (await query.execute()).map(({ id, name, email, ...place }) => {
    const works = found.map(({ row, rules }) =>
      workOf(rulesFor(rules, extension(row.id, id)), attempts(id), overrides(id)),
    );
    return { user: { id, name, email }, ...place, ...gradeCourse(course, works) };
  });
}

/**
 * One learner's assignments with dates and grades, every word of how they came about.
 * @param hide leaves out what a learner may not know of yet: hidden assignments, unreleased scores
 * @throws Refusal when there is nobody with this id in the course
 */
export async function learnerGrades(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
  user: string,
  hide: boolean,
  now: Date,
): Promise<LearnerGrades> {
  const person = await db
    .selectFrom("enrollments")
    .innerJoin("user", "user.id", "enrollments.user_id")
    .where("enrollments.course", "=", course.id)
    .where("user.id", "=", user)
    .select(["user.id", "user.name", "user.email", "enrollments.section_id as section"])
    .executeTakeFirst();
  if (!person && !hide)
    throw new Refusal(404, "not_found", "there is nobody with this id in this course");
  const found = await findAssignments(db, course.id);
  const extension = await extensionsIn(db, course.id, user);
  const attempts = (await attemptsIn(db, course.id, { users: [user] }))(user);
  const overrides = (await overridesIn(db, course.id, user))(user);
  const isReleased = await releasesIn(db, course.id);
  const own = found.map((one) => ({
    ...one,
    rules: rulesFor(one.rules, extension(one.row.id, user)),
  }));
  const groups = await groupsOf(db, course.id, user);
  const { grades } = gradeCourse(
    course,
    own.map(({ rules }) => workOf(rules, attempts, overrides)),
  );
  const assignments = own.flatMap((one, index): LearnerAssignment[] => {
    const { row, rules } = one;
    if (hide && isHidden(row, rules, now)) return [];
    const group = row.group_set_id === null ? undefined : groups.get(row.group_set_id);
    const released = isReleased(row, person?.section ?? null);
    return [
      {
        ...toAssignment(one, exercises),
        released,
        open: !(rules.unlockAt && now < rules.unlockAt) && !(rules.lockAt && now > rules.lockAt),
        extended: extension(row.id, user) !== undefined,
        group: group ? { name: group.name, members: group.members.map(({ name }) => name) } : null,
        grade: hide && !released ? withoutScores(grades[index]) : grades[index],
        next: rules.exercises.map(({ exercise }) =>
          nextOf(exercise, rules, attempts, course.timeZone, now),
        ),
      },
    ];
  });
  return {
    course: course.id,
    timeZone: course.timeZone,
    lateDays: course.lateDays,
    lateDaysUsed: assignments.reduce((sum, one) => sum + one.grade.lateDaysUsed, 0),
    score: round(assignments.reduce((sum, one) => sum + (one.grade.score ?? 0), 0)),
    maxScore: round(assignments.reduce((sum, one) => sum + one.maxScore, 0)),
    ...(hide || !person ? {} : { user: { id: person.id, name: person.name, email: person.email } }),
    assignments,
  };
}

/** Whether a learner can hand something in now, and how often still. */
function nextOf(
  exercise: string,
  rules: Rules,
  all: readonly Attempt[],
  timeZone: string,
  now: Date,
): LearnerNext {
  const attempts = all.filter((attempt) => attempt.exercise === exercise);
  const made = attempts.filter(({ fault }) => !fault).length;
  const { allowedAttempts } = rules;
  const why = hindrance(rules, attempts, now);
  const at = !why || why.code === "no_attempts_left" ? null : "at" in why ? why.at : why.until;
  return {
    exercise,
    attemptsLeft: allowedAttempts === null ? null : Math.max(0, allowedAttempts - made),
    hindrance: why
      ? { code: why.code, message: sayHindrance(why, timeZone, now), at: at?.toISOString() ?? null }
      : null,
  };
}

/** What a learner may know of a grade before it is released: what they handed in themselves. */
function withoutScores({ exercises, maxScore, waiting }: AssignmentGrade): AssignmentGrade {
  const explanation = "not released yet";
  return {
    score: null,
    maxScore,
    lateDaysUsed: 0,
    waiting,
    exercises: exercises.map(({ exercise, maxScore, attempts, waiting }) => ({
      exercise,
      score: null,
      maxScore,
      submission: null,
      attempt: null,
      attempts,
      waiting,
      daysLate: 0,
      deducted: 0,
      explanation: attempts === 0 ? "not handed in" : explanation,
    })),
    explanation: exercises.some(({ attempts }) => attempts > 0) ? explanation : "nothing handed in",
  };
}

/** One of a learner's assignments. @throws Refusal when there is none that they may know of */
export async function learnerAssignment(
  db: Kysely<Database>,
  course: Course,
  exercises: Exercises,
  user: string,
  id: string,
  now: Date,
): Promise<LearnerAssignment> {
  await findAssignment(db, course.id, id);
  const { assignments } = await learnerGrades(db, course, exercises, user, true, now);
  const found = assignments.find((one) => one.id === id);
  if (!found) throw noAssignment();
  return found;
}

/** The store's clock: the one by which everything that is handed in is stamped. */
export async function storeTime(db: Kysely<Database>): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select now() as at`.execute(db);
  return rows[0].at;
}

/** An assignment as it is graded: its rules for a learner, and what of theirs belongs to it. */
export function workOf(
  rules: Rules,
  attempts: readonly Attempt[],
  overrides: ReadonlyMap<string, Override>,
) {
  const wanted = new Set(rules.exercises.map(({ exercise }) => exercise));
  return { rules, attempts: attempts.filter(({ exercise }) => wanted.has(exercise)), overrides };
}

function maxScore(rules: Rules): number {
  return round(rules.exercises.reduce((sum, { points }) => sum + points, 0));
}
