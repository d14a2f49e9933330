/** What is due, and what came of it, in a terminal: for `gradus status`. */
import type { LearnerAssignment, LearnerGrades, LearnerNext } from "../service/types.ts";
import { usage } from "./problem.ts";
import type { Server } from "./server.ts";
import { count, paint, plain, table } from "./terminal.ts";

/** The course that was named, or else those that one learns in, the one that everybody has among them. */
export async function coursesOf(server: Server, course: string | undefined): Promise<string[]> {
  if (course !== undefined) return [course];
  const me = await server.me();
  const learns = me.courses.filter(({ role }) => role === "learner").map(({ id }) => id);
  return [...new Set([me.course, ...learns])];
}

/** One's grades in some courses, where something is assigned. */
export async function ownGrades(
  server: Server,
  courses: readonly string[],
): Promise<LearnerGrades[]> {
  const all = await Promise.all(courses.map((id) => server.ownGrades(id)));
  return all.filter(({ assignments }) => assignments.length > 0);
}

/** A course's assignments as a table, the next due first. */
export function dueText({ course, assignments, lateDays, lateDaysUsed, ...grades }: LearnerGrades) {
  const head = [
    `${course}: ${grades.score} of ${count(grades.maxScore, "point")}`,
    ...(lateDays > 0 ? [`${lateDays - lateDaysUsed} of ${count(lateDays, "late day")} left`] : []),
  ];
  const rows = assignments.map((one) => [
    plain(one.name),
    one.dueAt === null ? "" : local(one.dueAt),
    dueWords(one),
    `${one.grade.exercises.filter(({ attempts }) => attempts > 0).length} of ${one.exercises.length}`,
    scoreText(one),
  ]);
  return `${paint("bold", head.join(", "))}\n${table([["Assignment", "Due", "", "Handed in", "Score"], ...rows])}`;
}

/** One assignment with every word of how its grade came about. @throws Problem when there is none */
export function assignmentText(courses: readonly LearnerGrades[], name: string): string {
  const one = findAssignment(courses, name);
  const lines = [
    paint("bold", `${plain(one.name)}: ${scoreText(one)}`),
    [one.dueAt === null ? "no due date" : `due ${local(one.dueAt)}`, dueWords(one)]
      .filter(Boolean)
      .join(", "),
    plain(one.grade.explanation),
  ];
  if (one.group) lines.push(`handed in together: ${plain(one.group.members.join(", "))}`);
  for (const { exercise, explanation } of one.grade.exercises) {
    lines.push("", paint("bold", exercise), `  ${plain(explanation)}`);
    const next = one.next.find((each) => each.exercise === exercise);
    const words = next && nextWords(next);
    if (words) lines.push(`  ${plain(words)}`);
  }
  return lines.join("\n");
}

/** @throws Problem when there is none */
export function findAssignment(courses: readonly LearnerGrades[], name: string): LearnerAssignment {
  const all = courses.flatMap(({ assignments }) => assignments);
  const found = all.find((one) => one.name === name || one.id === name);
  if (found) return found;
  throw usage(
    "no_assignment",
    `there is no assignment ${JSON.stringify(name)} that you can see`,
    all.length > 0 ? `there are: ${all.map((one) => one.name).join(", ")}` : undefined,
  );
}

function scoreText({ grade, released }: LearnerAssignment): string {
  const waiting = grade.waiting > 0 ? `, ${grade.waiting} not graded yet` : "";
  if (grade.score !== null) return `${grade.score} of ${grade.maxScore}${waiting}`;
  return released ? `– of ${grade.maxScore}${waiting}` : "not released yet";
}

/** How it stands with the dates: `in 2 days`, `overdue`, `closed`. */
function dueWords({ unlockAt, dueAt, lockAt, extended }: LearnerAssignment): string {
  const now = Date.now();
  const at = (iso: string) => Date.parse(iso);
  const own = extended ? " (your extension)" : "";
  if (unlockAt !== null && now < at(unlockAt)) return `opens ${local(unlockAt)}${own}`;
  if (lockAt !== null && now > at(lockAt)) return `closed${own}`;
  if (dueAt === null) return `open${own}`;
  return `${now > at(dueAt) ? `${span(now - at(dueAt))} ago` : `in ${span(at(dueAt) - now)}`}${own}`;
}

function nextWords({ attemptsLeft, hindrance }: LearnerNext): string {
  if (hindrance?.code === "cooling_down" && hindrance.at !== null)
    return `the next attempt can be made at ${local(hindrance.at)}`;
  if (hindrance) return hindrance.message;
  return attemptsLeft === null ? "" : `${count(attemptsLeft, "attempt")} left`;
}

/** A span in its largest unit: `2 days`. */
function span(milliseconds: number): string {
  const units: [number, string][] = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
  ];
  const [size, unit] = units.find(([size]) => milliseconds >= size) ?? [60_000, "minute"];
  return count(Math.max(1, Math.floor(milliseconds / size)), unit);
}

/** A time as the clock on the wall has it: 2026-11-22 14:05. */
export function local(iso: string): string {
  const date = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
