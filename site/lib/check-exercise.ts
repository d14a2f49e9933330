import {
  type CheckResult,
  connectWorker,
  type Report,
  runChecks,
  type Suite,
  type WorkerLike,
} from "@gradus/grader/checks";

/** Each check begins in a fresh worker; these few are started ahead, so that none has to wait for one. */
const ahead = 2;
let waiting: Worker[] = [];

function newWorker(): Worker {
  return new Worker(new URL("./check-worker.ts", import.meta.url), { type: "module" });
}

/** Starts the workers that the next check will need. */
export function warmUp(): void {
  while (waiting.length < ahead) waiting.push(newWorker());
}

/** Ends the workers that nobody has used. */
export function coolDown(): void {
  for (const worker of waiting) worker.terminate();
  waiting = [];
}

function takeWorker(): WorkerLike {
  const worker = waiting.shift() ?? newWorker();
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
