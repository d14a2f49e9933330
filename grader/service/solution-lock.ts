/** Reference solutions: for those who learn alone after a try of their own, and never during an assignment. */
import fs from "node:fs";
import { type Kysely, sql } from "kysely";
import type { Exercise } from "./exercises.ts";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";

/** The reference solution of an exercise; null where there is none, as in a learner's copy. */
export function referenceOf({ solutionPath }: Pick<Exercise, "solutionPath">): string | null {
  try {
    return fs.readFileSync(solutionPath, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * An exercise's solution as it would stand in the editor.
 * @param reader undefined: nobody who is signed in
 * @throws Refusal while the exercise is in an assignment, of whatever course, that somebody may still hand
 * in; those who teach in such a course see it
 */
export async function solutionFor(
  db: Kysely<Database>,
  exercise: Exercise,
  reader: string | undefined,
): Promise<string> {
  const source = referenceOf(exercise);
  if (source === null)
    throw new Refusal(404, "not_found", `there is no solution of ${exercise.name} here`);
  const courses = await coursesAtWork(db, exercise.name);
  if (courses.length > 0 && !(reader && (await teachesIn(db, reader, courses))))
    throw new Refusal(
      403,
      "solution_locked",
      `the solution of ${exercise.name} is locked while the exercise is in an assignment`,
      "it opens when the assignment has closed for everybody",
    );
  return source.replace(/^export /gm, "").trimEnd();
}

/** The courses in which an exercise is in an assignment that is not closed to everybody. */
async function coursesAtWork(db: Kysely<Database>, exercise: string): Promise<string[]> {
  const rows = await db
    .selectFrom("assignment_exercises as part")
    .innerJoin("assignments", "assignments.id", "part.assignment_id")
    .where("part.exercise", "=", exercise)
    .where((eb) =>
      eb.or([
        eb("assignments.lock_at", "is", null),
        eb("assignments.lock_at", ">", sql<Date>`now()`),
        eb.exists(
          eb
            .selectFrom("extensions")
            .select("extensions.user_id")
            .whereRef("extensions.assignment_id", "=", "assignments.id")
            // As rulesFor has it: a later due date alone keeps it open as well.
            .where(sql`coalesce(extensions.lock_at, extensions.due_at)`, ">", sql`now()`),
        ),
      ]),
    )
    .select("part.course")
    .distinct()
    .execute();
  return rows.map(({ course }) => course);
}

async function teachesIn(
  db: Kysely<Database>,
  user: string,
  courses: readonly string[],
): Promise<boolean> {
  const administers = await db
    .selectFrom("administrators")
    .select("user_id")
    .where("user_id", "=", user)
    .executeTakeFirst();
  if (administers) return true;
  const teaches = await db
    .selectFrom("enrollments")
    .select("course")
    .where("user_id", "=", user)
    .where("course", "in", courses)
    .where("role", "in", ["assistant", "instructor"])
    .where("dropped_at", "is", null)
    .executeTakeFirst();
  return teaches !== undefined;
}
