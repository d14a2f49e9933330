/** `gradus status`: one's own submissions, or one of them with its report. */
import type { SubmissionSummary } from "../service/types.ts";
import { signedIn } from "./account.ts";
import { exitCodes } from "./problem.ts";
import { reportText } from "./report.ts";
import { Server } from "./server.ts";
import { outcomeText, table } from "./terminal.ts";

export async function status(
  id: string | undefined,
  options: { exercise?: string; course?: string; json?: boolean },
): Promise<number> {
  const server = new Server(signedIn());
  if (id !== undefined) {
    const found = await server.submission(id);
    if (options.json) console.log(JSON.stringify(found));
    else if (found.report) console.log(reportText(found.report));
    else console.log(`${found.exercise}: ${found.state}${found.reason ? `. ${found.reason}` : ""}`);
    return found.outcome === null || found.outcome === "passed"
      ? exitCodes.ok
      : exitCodes.failedChecks;
  }
  const submissions = await server.submissions({
    exercise: options.exercise,
    course: options.course ?? process.env.GRADUS_COURSE,
  });
  if (options.json) console.log(JSON.stringify({ submissions }));
  else if (submissions.length === 0)
    console.log(
      `You have handed nothing in${options.exercise ? ` for ${options.exercise}` : ""} yet. \`gradus submit <file>\` does it.`,
    );
  else
    console.log(
      table([["Exercise", "Try", "Handed in", "Result", "Points", "Id"], ...submissions.map(row)]),
    );
  return exitCodes.ok;
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

/** A time as the clock on the wall has it: 2026-11-22 14:05. */
function local(iso: string): string {
  const date = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
