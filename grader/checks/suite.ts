import type { Rng } from "gradus";
import { CheckBroken } from "./errors.ts";
import type { Expect } from "./expect.ts";
import type { Learner } from "./learner.ts";

/** What a check is given. */
export interface CheckContext {
  /** The learner's code, at arm's length. */
  learner: Learner;
  expect: Expect;
  /** Random inputs: from a fixed seed in public checks, from a secret one in hidden checks. */
  rng: Rng;
}

/** How a check counts. */
export interface CheckOptions {
  /** Points for passing; there are none for half. */
  points: number;
  /** How long it may take, in milliseconds; the runner's limit by default. */
  timeoutMs?: number;
}

/** One thing that the learner's code must do. */
export interface Check {
  readonly name: string;
  readonly points: number;
  readonly timeoutMs: number | undefined;
  readonly run: (context: CheckContext) => Promise<void>;
}

/** The checks of one exercise, of one visibility. */
export interface Suite {
  readonly checks: readonly Check[];
}

/**
 * Defines a check. The name says what the code must do: `a mistake moves the weights`. The function
 * must make at least one assertion, and await every answer of the learner.
 */
export function check(
  name: string,
  { points, timeoutMs }: CheckOptions,
  run: (context: CheckContext) => Promise<void>,
): Check {
  if (name.trim() === "") throw new CheckBroken("a check without a name");
  if (!(points > 0 && Number.isFinite(points)))
    throw new CheckBroken(`check "${name}": points must be a positive number, got ${points}`);
  if (timeoutMs !== undefined && !(timeoutMs > 0))
    throw new CheckBroken(`check "${name}": timeoutMs must be positive, got ${timeoutMs}`);
  return { name, points, timeoutMs, run };
}

/** The checks of an exercise, in the order in which they run and are shown. */
export function checks(...list: Check[]): Suite {
  if (list.length === 0) throw new CheckBroken("a suite without a check proves nothing");
  const seen = new Set<string>();
  for (const { name } of list) {
    if (seen.has(name)) throw new CheckBroken(`two checks are named "${name}"`);
    seen.add(name);
  }
  return { checks: list };
}
