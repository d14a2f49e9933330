/** `gradus export`: the service's grades as a file for Canvas, Moodle or a spreadsheet. */
import { writeFileSync } from "node:fs";
import { type GradeFormat, gradeFormats } from "../service/grade-csv.ts";
import type { CourseGrades } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { exitCodes, Problem, usage } from "./problem.ts";
import { Server } from "./server.ts";
import { count } from "./terminal.ts";

interface Options {
  format: GradeFormat;
  course?: string;
  assignment?: string[];
  out?: string;
  json?: boolean;
}

export async function exportGrades(options: Options): Promise<void> {
  const server = new Server(signedIn());
  const course = options.course ?? (process.env.GRADUS_COURSE || (await server.me()).course);
  const grades = choose(await server.grades(course), options.assignment);
  const text = gradeFormats[options.format](grades);
  const waiting = grades.learners.reduce(
    (sum, { grades: own }) => sum + Object.values(own).reduce((n, { waiting }) => n + waiting, 0),
    0,
  );
  const warning =
    waiting > 0 ? `${count(waiting, "attempt")} not graded yet: export again later` : undefined;
  // Standard output is the file itself, unless it has a name.
  if (options.out === undefined) {
    process.stdout.write(text);
    if (warning) console.error(`gradus: ${warning}`);
    return;
  }
  try {
    writeFileSync(options.out, text);
  } catch (error) {
    throw new Problem(
      exitCodes.usage,
      "not_written",
      `${options.out} cannot be written: ${(error as Error).message}`,
    );
  }
  const { learners, assignments } = grades;
  if (options.json)
    console.log(
      JSON.stringify({
        out: options.out,
        format: options.format,
        course,
        learners: learners.length,
        assignments: assignments.map(({ name }) => name),
        waiting,
      }),
    );
  else {
    console.log(
      `${options.out}: ${count(learners.length, "learner")}, ${count(assignments.length, "assignment")}.`,
    );
    if (warning) console.log(warning);
  }
}

/** The grades with the named assignments only. @throws Problem when one is not there */
function choose(grades: CourseGrades, names: readonly string[] | undefined): CourseGrades {
  const { assignments } = grades;
  if (assignments.length === 0)
    throw usage(
      "no_assignments",
      `there are no assignments in ${grades.course}, so there are no grades`,
      "make one on the site; the points of single exercises are in the gradebook's own CSV",
    );
  if (!names) return grades;
  const chosen = names.map((name) => {
    const found = assignments.find((one) => one.name === name || one.id === name);
    if (found) return found;
    throw usage(
      "no_assignment",
      `there is no assignment ${JSON.stringify(name)} in ${grades.course}`,
      `there are: ${assignments.map((one) => one.name).join(", ")}`,
    );
  });
  return { ...grades, assignments: assignments.filter((one) => chosen.includes(one)) };
}
