import type { Ending } from "./types.ts";

/** The assertion of a check did not hold: the learner's code gave something else. */
export class ExpectationFailed extends Error {
  override readonly name: string = "ExpectationFailed";
  readonly input: string | undefined;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly usually: string | undefined;

  constructor(
    says: string,
    details: { input?: string; expected?: string; got?: string; usually?: string } = {},
  ) {
    super(says);
    this.input = details.input;
    this.expected = details.expected;
    this.got = details.got;
    this.usually = details.usually;
  }
}

/**
 * What went wrong on the learner's side. `threw`: the code threw an error. `syntax`: it could not
 * be read. `import`: it imports what is not there. `missing`: it does not define a name that it
 * should. `forbidden`: it uses what the exercise forbids. `unwritten`: it reached a `todo()`.
 */
export type LearnerErrorKind =
  | "threw"
  | "syntax"
  | "import"
  | "missing"
  | "forbidden"
  | "unwritten";

/** The kinds, to tell whether a message names one. */
export const learnerErrorKinds: readonly LearnerErrorKind[] = [
  "threw",
  "syntax",
  "import",
  "missing",
  "forbidden",
  "unwritten",
];

/** An error of the learner's code, told to the trusted side. */
export class LearnerError extends Error {
  override readonly name: string = "LearnerError";
  readonly kind: LearnerErrorKind;
  /** The name of the error that was thrown: `TypeError`. */
  readonly thrown: string;
  /** Where in the learner's code, counted from 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(
    kind: LearnerErrorKind,
    thrown: string,
    message: string,
    line?: number,
    column?: number,
  ) {
    super(message);
    this.kind = kind;
    this.thrown = thrown;
    this.line = line;
    this.column = column;
  }
}

/** The learner's side stopped answering for good. */
export class LearnerGone extends Error {
  override readonly name: string = "LearnerGone";
  readonly kind: Ending["kind"];

  constructor({ kind, message }: Ending) {
    super(message);
    this.kind = kind;
  }
}

/** The check itself is wrong: its author's mistake, not the learner's. */
export class CheckBroken extends Error {
  override readonly name: string = "CheckBroken";
}
