/** The inside of an engine's process: it is told what to do, and answers, in lines of JSON. */
import { createInterface } from "node:readline";
import type { Task } from "./task.ts";
import type { Work } from "./workloads.ts";

/** One that runs elsewhere, where its time is taken too. */
export interface DistantTask extends Pick<Task, "result"> {
  repeat(times: number): Promise<{ milliseconds: number; loss?: number }>;
}

export type Request =
  | { do: "prepare"; work: Work }
  | { do: "run"; times: number }
  | { do: "result" }
  | { do: "memory" };

export interface Answer {
  /** What went wrong. */
  error?: string;
  /** Of all runs together. */
  milliseconds?: number;
  /** Of the last run, where it is a training step. */
  loss?: number;
  result?: number[];
  /** The most memory that the process has had so far, and what it has now. */
  megabytes?: number;
  resident?: number;
  /** What the engine says of itself when it has started. */
  version?: string;
}

/** Answers the requests until there are no more. `version` is what the engine says of itself. */
export async function serve(
  version: string,
  prepare: (work: Work) => Task | Promise<Task | DistantTask>,
): Promise<void> {
  let task: Task | DistantTask | undefined;
  const answer = async (request: Request): Promise<Answer> => {
    // What runs elsewhere has its memory there.
    if (request.do === "memory" && task && "repeat" in task) return {};
    if (request.do === "memory")
      return {
        megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
        resident: Math.round(process.memoryUsage.rss() / 2 ** 20),
      };
    if (request.do === "prepare") {
      task = await prepare(request.work);
      return {};
    }
    if (!task) throw new Error("nothing was prepared");
    if (request.do === "result") return { result: await task.result?.() };
    if ("repeat" in task) return task.repeat(request.times);
    let loss: number | undefined;
    const began = performance.now();
    for (let i = 0; i < request.times; i++) {
      const out = task.run();
      loss = out instanceof Promise ? await out : out;
    }
    return { milliseconds: performance.now() - began, loss };
  };
  const say = (one: Answer): void => {
    process.stdout.write(`${JSON.stringify(one)}\n`);
  };
  say({ version });
  for await (const line of createInterface({ input: process.stdin }))
    say(
      await answer(JSON.parse(line)).catch((error: unknown) => ({
        error: error instanceof Error ? error.message : String(error),
      })),
    );
}
