/** How one check, or a whole exercise, ended. */
export type Outcome = "passed" | "failed" | "error" | "timed out" | "not attempted";

/** Whether the learner may read the check (`public`) or only learns how it ended (`hidden`). */
export type Visibility = "public" | "hidden";

/** What one check found. All texts are written for the learner. */
export interface CheckResult {
  name: string;
  visibility: Visibility;
  outcome: Outcome;
  /** Points earned: `max` when passed, else 0. */
  points: number;
  max: number;
  /** What happened, in a sentence or two. */
  message?: string;
  /** What the learner's code was given. */
  input?: string;
  expected?: string;
  got?: string;
  /** The kind of mistake that usually gives this result. */
  usually?: string;
  /** What the learner's code printed during this check. */
  output?: string;
  milliseconds: number;
}

/** A piece of text. Lines and columns count from 1; the end is behind the last character. */
export interface Span {
  line: number;
  column: number;
  /** Reports from before 2026-11-22 do not say where a remark ends. */
  endLine?: number;
  endColumn?: number;
}

/** A remark of the TypeScript compiler on the learner's source, as an editor shows it. */
export interface Diagnostic extends Span {
  /** TypeScript's number for it: 2345 is TS2345. */
  code?: number;
  /** The message; the reasons behind it on lines of their own, each indented more than what it explains. */
  message: string;
  /** Other places that belong to it: where a parameter is declared, for example. */
  related?: RelatedPlace[];
}

/** A place that belongs to a remark. */
export interface RelatedPlace extends Span {
  /** Left out where it is in the learner's own source; else a file of declarations: `lib.es5.d.ts`. */
  file?: string;
  message: string;
}

/** Everything one run of an exercise's checks found. */
export interface Report {
  exercise: string;
  outcome: Outcome;
  points: number;
  max: number;
  checks: CheckResult[];
  /** Type errors: shown, not graded. */
  diagnostics: Diagnostic[];
  /** Why the compiler has nothing to say of this source, where it could not look at it. */
  typesUnchecked?: string;
  /** What the learner's code printed during the public checks. */
  output: string;
  /** True when this machine cannot seal the learner's code off: for learning, not for a grade. */
  practice?: boolean;
}

/** Why a learner's side can no longer answer. */
export interface Ending {
  /**
   * `ended`: the program stopped by itself. `memory`: it used up its memory. `stopped`: it was
   * stopped from outside, after its time. `protocol`: it sent what no host would send.
   */
  kind: "ended" | "memory" | "stopped" | "protocol";
  message: string;
}

/**
 * One line to one fresh learner's side. Everything crosses as {@link encodeFrame frames} of bytes,
 * so whatever carries bytes can carry this.
 */
export interface Connection {
  send(frame: Uint8Array): void;
  /** Called once, before the first `send`. */
  listen(onFrame: (frame: Uint8Array) => void, onEnd: (ending: Ending) => void): void;
  /** Ends the learner's side, whatever it is doing. May be called twice. */
  close(): void | Promise<void>;
}

/** Makes a {@link Connection} to a fresh learner's side. */
export type Connect = () => Connection | Promise<Connection>;
