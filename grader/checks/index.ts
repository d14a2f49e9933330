/**
 * Checks of exercises. A check is written once and runs in a notebook, in a page and in the
 * grader's sandbox: its assertions stand on the trusted side, only data goes to the learner's code,
 * and only data comes back.
 */

export { FrameError, Opaque } from "./codec.ts";
export { connectInProcess, connectWorker, type WorkerLike } from "./connect.ts";
export {
  CheckBroken,
  ExpectationFailed,
  LearnerError,
  type LearnerErrorKind,
  LearnerGone,
} from "./errors.ts";
export type {
  About,
  CloseOptions,
  Expect,
  Expectation,
  ExpectOptions,
  Mistake,
  Numbers,
} from "./expect.ts";
export type { Driver, Learner, LearnerObject } from "./learner.ts";
export type { Definitions } from "./realm.ts";
export { cleanText, isUntouched, overall, overworked, type RunOptions, runChecks } from "./run.ts";
export {
  type Check,
  type CheckContext,
  type CheckOptions,
  check,
  checks,
  type Suite,
} from "./suite.ts";
export type {
  CheckResult,
  Connect,
  Connection,
  Diagnostic,
  Ending,
  Outcome,
  RelatedPlace,
  Report,
  Span,
  Visibility,
} from "./types.ts";
