/**
 * Compares answers in a process of its own, with limits: whatever learners wrote, the service goes on.
 * Nothing of what they wrote is executed; it is read by the TypeScript compiler.
 */
import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import type { Candidate, Passage } from "./compare.ts";

export interface CompareRequest {
  candidates: Candidate[];
  known: { starter: string; reference: string };
  /** Pairs that share less are not told: 0 to 1. */
  least: number;
  /** The most pairs that are told. */
  most: number;
}

/** `left` and `right` are positions among the candidates. */
export interface CompareAnswer {
  pairs: { left: number; right: number; similarity: number; passages: Passage[] }[];
  /** How many there are, told or not. */
  found: number;
  median: number;
  /** Positions among the candidates. */
  tooShort: number[];
  compared: number;
}

export interface CompareLimits {
  /** Of the heap, in MiB. */
  memoryMb: number;
  /** In milliseconds. */
  timeoutMs: number;
  /** Ends the process. */
  signal: AbortSignal;
}

/** The comparison needed more than it may have. */
export class CompareLimit extends Error {
  override readonly name = "CompareLimit";
}

/**
 * @throws CompareLimit when memory or time ran out
 * @throws Error when stopped by the signal
 */
export async function compareApart(
  request: CompareRequest,
  { memoryMb, timeoutMs, signal }: CompareLimits,
): Promise<CompareAnswer> {
  signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${memoryMb}`, join(import.meta.dirname, "main.ts")],
    // It has no use for the address of the database.
    { env: { NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH } },
  );
  let late = false;
  const kill = () => child.kill("SIGKILL");
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  signal.addEventListener("abort", kill);
  // Learners' submissions come first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const [out, err]: Buffer[][] = [[], []];
  child.stdout.on("data", (chunk) => out.push(chunk));
  child.stderr.on("data", (chunk) => err.push(chunk));
  // When it dies before it has read everything, how it ended says why.
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(request));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    signal.throwIfAborted();
    if (late)
      throw new CompareLimit(
        `comparing ${request.candidates.length} answers takes more than ${Math.round(timeoutMs / 60_000)} minutes`,
      );
    const log = Buffer.concat(err).toString();
    if (code !== 0 && /heap out of memory|Reached heap limit/.test(log))
      throw new CompareLimit(
        `comparing ${request.candidates.length} answers takes more than ${memoryMb} MiB of memory`,
      );
    if (code !== 0) throw new Error(`comparing answers ended with ${code}: ${log.slice(-2000)}`);
    return JSON.parse(Buffer.concat(out).toString());
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    kill();
  }
}
