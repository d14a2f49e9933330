import {
  type CheckResult,
  connectWorker,
  type Report,
  runChecks,
  type Suite,
} from "@gradus/grader/checks";
import { checksIsolate, type IsolatedWorker } from "@/isolate/isolate";

/** Each check begins in a fresh worker; these are started ahead, so that none has to wait for one. */
const ahead = 3;
const waiting: IsolatedWorker[] = [];

/** Starts the workers that the next checks will need. */
export function warmUp(): void {
  while (waiting.length < ahead) {
    const worker = checksIsolate.spawn();
    // One that is lost while it waits is of no use to a check.
    worker.addEventListener("error", () => {
      const at = waiting.indexOf(worker);
      if (at >= 0) waiting.splice(at, 1);
    });
    waiting.push(worker);
  }
}

function takeWorker(): IsolatedWorker {
  const worker = waiting.shift() ?? checksIsolate.spawn();
  warmUp();
  return worker;
}

/** An exercise's public checks; fetched when they are first needed. */
async function loadSuite(exercise: string): Promise<Suite> {
  const { default: suite } = (await import(`../../exercises/${exercise}/checks.ts`)) as {
    default: Suite;
  };
  return suite;
}

/** Fetches the checks, so that the first press need not wait for the network. */
export async function prefetchSuite(exercise: string): Promise<void> {
  await loadSuite(exercise);
}

interface Attempt {
  exercise: string;
  source: string;
  starter: string;
  defines: string[];
  forbids: string[];
  onResult(result: CheckResult): void;
}

/** Runs the public checks against a learner's code. Its loops and crashes end with its worker. */
export async function checkExercise({ exercise, ...options }: Attempt): Promise<Report> {
  return runChecks(await loadSuite(exercise), connectWorker(takeWorker), {
    exercise,
    timeoutMs: 4_000,
    budgetMs: 12_000,
    ...options,
  });
}
