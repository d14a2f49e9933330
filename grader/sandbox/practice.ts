/** Checks where no sandbox can be had: for learning, never for a grade. */
import { Worker } from "node:worker_threads";
import { connectWorker, type Report, runChecks, type WorkerLike } from "@gradus/grader/checks";
import type { Exercise } from "../exercises/index.ts";

/**
 * Runs the public checks on a learner's source in a worker of this process. A worker is no wall:
 * run only code of which you would run a script. The report is marked as practice.
 */
export async function gradePractice(request: {
  exercise: Pick<Exercise, "name" | "starter" | "defines" | "forbids" | "publicChecks">;
  source: string;
  timeoutMs?: number;
}): Promise<Report> {
  const { exercise, source, timeoutMs = 5000 } = request;
  const report = await runChecks(await exercise.publicChecks(), connectWorker(startWorker), {
    exercise: exercise.name,
    source,
    starter: exercise.starter,
    defines: exercise.defines,
    forbids: exercise.forbids,
    timeoutMs,
  });
  return { ...report, practice: true };
}

function startWorker(): WorkerLike {
  const worker = new Worker(new URL("./practice-worker.ts", import.meta.url), {
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // Nobody reads what the code writes past its console: let it go by.
  worker.stdout.resume();
  worker.stderr.resume();
  return {
    postMessage: (message) => worker.postMessage(message),
    terminate: () => void worker.terminate(),
    addEventListener: (type: "message" | "error", listener: (event: never) => void) => {
      if (type === "message") worker.on("message", (data) => listener({ data } as never));
      else {
        worker.on("error", (error) => listener({ message: (error as Error).message } as never));
        worker.on("exit", () => listener({} as never));
      }
    },
  };
}
