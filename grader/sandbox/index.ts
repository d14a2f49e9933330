/**
 * Where learners' code is graded: one disposable program per submission, behind prlimit, a user id
 * of its own, bubblewrap and a system call filter; the verdict is formed outside of it, in a process that
 * is ended when that takes too long.
 */
import type { Report } from "@gradus/grader/checks";
import { type ProbeResult, probe } from "./probe.ts";
import { createSandbox, type GradeRequest, type Sandbox } from "./sandbox.ts";

export { LARGEST_SOURCE } from "./largest-source.ts";
export { gradePractice } from "./practice.ts";
export type { ProbeResult } from "./probe.ts";
export { SandboxError } from "./process.ts";
export {
  createSandbox,
  type GradedExercise,
  type GradeRequest,
  type Sandbox,
  type SandboxOptions,
} from "./sandbox.ts";

export { graderVersion } from "./version.ts";

let shared: Promise<Sandbox> | undefined;
let held: Promise<ProbeResult> | undefined;

/**
 * Grades one submission in the sandbox that this process shares; the first call prepares it.
 * @throws {SandboxError} where the machine, not the code, is at fault
 */
export async function grade(request: GradeRequest): Promise<Report> {
  shared ??= createSandbox();
  try {
    return await (await shared).grade(request);
  } catch (error) {
    // What could not be prepared may be preparable later.
    shared.catch(() => {
      shared = undefined;
    });
    throw error;
  }
}

/** Ends the shared sandbox, if there is one: its programs and files. */
export async function closeSandbox(): Promise<void> {
  const closing = shared;
  shared = undefined;
  await closing?.then((sandbox) => sandbox.close());
}

/**
 * Starts one sandbox and tries, from inside, what it must not allow. `missing` says which layers do
 * not hold on this machine and what to do; official grading needs all of them. Where all hold, the
 * shared sandbox is made ready for the first submission.
 */
export async function probeSandbox(): Promise<ProbeResult> {
  held ??= probe();
  const result = await held;
  if (!result.available) held = undefined;
  else {
    shared ??= createSandbox();
    shared.catch(() => {
      shared = undefined;
    });
  }
  return result;
}
