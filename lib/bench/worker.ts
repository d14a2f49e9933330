/** The inside of an engine's process: it is told what to do, and answers, in lines of JSON. */
import { createInterface } from "node:readline";
import type { Work } from "./workloads.ts";

/** Something prepared, to be run as often as one likes. */
export interface Task {
  /** Runs it once; a training step returns its loss. */
  run(): number | undefined | Promise<number | undefined>;
  /** What came out of the last run: numbers that other engines should agree with. */
  result?(): number[] | Promise<number[]>;
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
  prepare: (work: Work) => Task | Promise<Task>,
): Promise<void> {
  let task: Task | undefined;
  const answer = async (request: Request): Promise<Answer> => {
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

/** Eight numbers spread over a result, and the root of its mean square. */
export function sample(values: ArrayLike<number>): number[] {
  const { length } = values;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += values[i] ** 2;
  const picked = Array.from({ length: 8 }, (_, i) => values[Math.floor(((i + 0.5) * length) / 8)]);
  return [...picked, Math.sqrt(squares / length)];
}
