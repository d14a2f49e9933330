/** Hands one answer in and follows it to its verdict, step by step: for a notebook's cell. */
import { createHash } from "node:crypto";
import type { HandInStep } from "../notebook/steps.ts";
import { sayDuration, sayLateness } from "../service/rules.ts";
import type { LearnerAssignment, Submission } from "../service/types.ts";
import { sayTime } from "../service/zoned.ts";
import { signedIn } from "./account.ts";
import { Problem } from "./problem.ts";
import { Server } from "./server.ts";

/** How long one request waits, in seconds. */
const STEP = 5;

export interface HandIn {
  exercise: string;
  source: string;
  /** The id of the course; by default the one that GRADUS_COURSE names, else the one everybody has. */
  course?: string;
  /** Which attempt this is to be: the learner has read what it costs. */
  attempt?: number;
  /** How long to wait for the verdict, in seconds. */
  wait: number;
}

/**
 * What happens, as it happens; the last step is one at which it stays. Nothing is handed in that uses up
 * an attempt or costs points without having been told before.
 */
export async function* handIn(it: HandIn): AsyncGenerator<HandInStep> {
  try {
    yield* steps(it);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { message, hint } = error;
    yield { at: "refused", message, ...(hint ? { hint } : {}) };
  }
}

async function* steps({
  exercise,
  source,
  attempt,
  wait,
  ...it
}: HandIn): AsyncGenerator<HandInStep> {
  const account = signedIn();
  const server = new Server(account);
  const me = await server.me();
  const course = it.course ?? process.env.GRADUS_COURSE ?? me.course;
  const learns = me.courses.some(({ id, role }) => id === course && role === "learner");
  const assignment = learns ? await assignmentOf(server, course, exercise) : undefined;
  if (assignment) {
    const sha256 = createHash("sha256").update(source, "utf8").digest("hex");
    const before = await server.submissions({ exercise, course });
    // What was handed in before is not taken twice, and costs nothing.
    if (!before.some((one) => one.sha256 === sha256)) {
      const { timeZone } = await server.ownGrades(course);
      const asks = costs(assignment, exercise, timeZone);
      if (asks && asks.attempt !== attempt) {
        yield { at: "asks", exercise, ...asks };
        return;
      }
    }
  }
  const { submissions } = await server.handIn({ exercise, source }, course);
  const [receipt] = submissions;
  const url = `${account.url}/submissions/${receipt.id}`;
  const handedIn = {
    url,
    duplicate: receipt.duplicate,
    ...(receipt.late ? { late: receipt.late } : {}),
  };
  yield { at: "waiting", state: "queued", ...handedIn };
  const found = yield* follow(server, receipt.id, wait, handedIn);
  if (!found) return;
  const { outcome, report } = found;
  if (!outcome || !report) return;
  const now = assignment && (await assignmentOf(server, course, exercise));
  yield {
    at: "done",
    ...handedIn,
    source: found.source,
    report,
    remarks: now ? standing(now, exercise) : [],
  };
}

/** @returns undefined when the verdict does not come in time; that was told */
async function* follow(
  server: Server,
  id: string,
  wait: number,
  handedIn: { url: string; duplicate: boolean; late?: string },
): AsyncGenerator<HandInStep, Submission | undefined> {
  const deadline = performance.now() + wait * 1000;
  // The first look is short, so that what happens shows soon.
  for (let step = 1; ; step = STEP) {
    const left = Math.ceil((deadline - performance.now()) / 1000);
    let found: Submission;
    try {
      found = await server.submission(id, Math.max(0, Math.min(step, left)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // It is handed in: whatever is wrong now, it is not lost.
      yield { at: "waiting", state: "queued", ...handedIn, over: true, reason: error.message };
      return undefined;
    }
    if (found.state === "done") return found;
    const over = left <= 0;
    const { state, reason } = found;
    yield { at: "waiting", state, ...handedIn, over, ...(reason ? { reason } : {}) };
    if (over) return undefined;
  }
}

async function assignmentOf(
  server: Server,
  course: string,
  exercise: string,
): Promise<LearnerAssignment | undefined> {
  const { assignments } = await server.ownGrades(course);
  return assignments.find(({ exercises }) => exercises.some((one) => one.exercise === exercise));
}

/** What handing in now would use up; undefined when nothing. */
function costs(
  assignment: LearnerAssignment,
  exercise: string,
  zone: string,
): { attempt: number; costs: string[] } | undefined {
  const { name, dueAt, lockAt, allowedAttempts, lateSubmissionDeduction: percent } = assignment;
  const used = assignment.grade.exercises.find((one) => one.exercise === exercise)?.attempts ?? 0;
  const told: string[] = [];
  if (allowedAttempts !== null) {
    if (used >= allowedAttempts) return undefined;
    const wait = assignment.cooldownSeconds;
    told.push(
      `It would be attempt ${used + 1} of ${allowedAttempts} (${name}).` +
        (wait > 0 && used + 1 < allowedAttempts
          ? ` The next one can follow after ${sayDuration(wait * 1000)}.`
          : ""),
    );
  }
  const now = new Date();
  const due = dueAt === null ? undefined : new Date(dueAt);
  if (due && now > due && (lockAt === null || now <= new Date(lockAt)) && percent > 0) {
    const most = assignment.lateSubmissionMaximumDeduction;
    told.push(
      `It was due on ${sayTime(due, zone)} and would be ${sayLateness(due, now, zone)} late: each begun day takes off ${percent} % of its points${most < 100 ? `, at most ${most} %` : ""}, as far as no late days are left.`,
    );
  }
  return told.length > 0 ? { attempt: used + 1, costs: told } : undefined;
}

/** Where the learner stands now, in sentences. */
function standing(assignment: LearnerAssignment, exercise: string): string[] {
  const { name, allowedAttempts, grade } = assignment;
  const own = grade.exercises.find((one) => one.exercise === exercise);
  const said: string[] = [];
  if (own && allowedAttempts !== null) {
    const left = Math.max(0, allowedAttempts - own.attempts);
    said.push(
      `${left === 0 ? "No attempt is" : left === 1 ? "1 attempt is" : `${left} attempts are`} left.`,
    );
  }
  if (own?.score !== undefined && own.score !== null)
    said.push(`${name}: ${own.score} of ${own.maxScore}. ${own.explanation}`);
  return said;
}
