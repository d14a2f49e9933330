/** A course's grades as files for other systems; the command line and the service write the same. */
import { csv } from "./csv.ts";
import type { CourseGrades } from "./types.ts";

export const gradeFormats = { csv: gradesCsv, canvas: canvasCsv, moodle: moodleCsv };
export type GradeFormat = keyof typeof gradeFormats;

type Cell = string | number | null;

const scores = (
  { assignments }: CourseGrades,
  grades: CourseGrades["learners"][number]["grades"],
) => assignments.map(({ id }): Cell => grades[id]?.score ?? null);

/** For a spreadsheet: a row a learner, a column an assignment, the late days beside. */
function gradesCsv(course: CourseGrades): string {
  const { assignments, learners } = course;
  const max = assignments.reduce((sum, { maxScore }) => sum + maxScore, 0);
  return csv([
    [
      "Name",
      "Email",
      "Student ID",
      "Section",
      ...assignments.map(({ name, maxScore }) => `${name} (${maxScore})`),
      `Total (${round(max)})`,
      "Late days used",
    ],
    ...learners.map(({ user, rosterName, studentId, section, grades, lateDaysUsed }) => {
      const own = scores(course, grades);
      const total = own.reduce<number>((sum, score) => sum + Number(score ?? 0), 0);
      return [
        rosterName ?? user.name,
        user.email,
        studentId,
        section,
        ...own,
        round(total),
        lateDaysUsed,
      ];
    }),
  ]);
}

/**
 * For Canvas's gradebook (Import): a learner is found by SIS User ID or SIS Login ID; Canvas's own ID is
 * not known here and stays empty. An assignment that Canvas does not have is made, with these points.
 */
function canvasCsv(course: CourseGrades): string {
  const { assignments, learners } = course;
  return csv([
    [
      "Student",
      "ID",
      "SIS User ID",
      "SIS Login ID",
      "Section",
      ...assignments.map(({ name }) => name),
    ],
    ["Points Possible", null, null, null, null, ...assignments.map(({ maxScore }) => maxScore)],
    ...learners.map(({ user, rosterName, studentId, section, grades }) => [
      rosterName ?? user.name,
      null,
      studentId,
      user.email,
      section,
      ...scores(course, grades),
    ]),
  ]);
}

/** For Moodle's grade import: "Email address" or "ID number" is mapped to the user, the others to grade items. */
function moodleCsv(course: CourseGrades): string {
  const { assignments, learners } = course;
  return csv([
    ["Email address", "ID number", "Full name", ...assignments.map(({ name }) => name)],
    ...learners.map(({ user, rosterName, studentId, grades }) => [
      user.email,
      studentId,
      rosterName ?? user.name,
      ...scores(course, grades),
    ]),
  ]);
}

/** Points may be tenths, whose sums are not quite. */
const round = (points: number): number => Math.round(points * 1e6) / 1e6;
