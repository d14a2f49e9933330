/** `gradus status`: what is due, one's own submissions, or one of them with its report. */
import type { SubmissionSummary } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { assignmentText, coursesOf, dueText, findAssignment, local, ownGrades } from "./due.ts";
import { exitCodes } from "./problem.ts";
import { reportText } from "./report.ts";
import { Server } from "./server.ts";
import { outcomeText, table } from "./terminal.ts";

interface Options {
  exercise?: string;
  course?: string;
  assignment?: string;
  json?: boolean;
}

export async function status(id: string | undefined, options: Options): Promise<number> {
  const server = new Server(signedIn());
  const print = (value: unknown, text: () => string) =>
    console.log(options.json ? JSON.stringify(value) : text());
  if (id !== undefined) {
    const found = await server.submission(id);
    print(found, () =>
      found.report
        ? reportText(found.report)
        : `${found.exercise}: ${found.state}${found.reason ? `. ${found.reason}` : ""}`,
    );
    return found.outcome === null || found.outcome === "passed"
      ? exitCodes.ok
      : exitCodes.failedChecks;
  }
  const named = options.course ?? (process.env.GRADUS_COURSE || undefined);
  const courses = await coursesOf(server, named);
  const { assignment, exercise } = options;
  if (assignment !== undefined) {
    const grades = await ownGrades(server, courses);
    print(findAssignment(grades, assignment), () => assignmentText(grades, assignment));
    return exitCodes.ok;
  }
  // Who asks for one exercise wants its attempts, not the calendar.
  const grades = exercise === undefined ? await ownGrades(server, courses) : [];
  const lists = await Promise.all(
    courses.map((course) => server.submissions({ exercise, course })),
  );
  const submissions = lists.flat().sort((a, b) => b.receivedAt.localeCompare(a.receivedAt));
  print({ submissions, courses: grades }, () =>
    [...grades.map(dueText), submissionsText(submissions, exercise)].join("\n\n"),
  );
  return exitCodes.ok;
}

function submissionsText(submissions: readonly SubmissionSummary[], exercise: string | undefined) {
  if (submissions.length === 0)
    return `You have handed nothing in${exercise ? ` for ${exercise}` : ""} yet. \`gradus submit <file>\` does it.`;
  return table([
    ["Exercise", "Try", "Handed in", "Result", "Points", "Id"],
    ...submissions.map(row),
  ]);
}

function row(submission: SubmissionSummary): string[] {
  const { exercise, attempt, receivedAt, state, outcome, points, max, id } = submission;
  return [
    exercise,
    String(attempt),
    local(receivedAt),
    outcome === null ? state : outcomeText(outcome),
    points === null ? "" : `${points}/${max}`,
    id,
  ];
}
