import type { LineError } from "../service/types.ts";

/** What the shell is told. */
export const exitCodes = { ok: 0, failedChecks: 1, usage: 2, server: 3, bug: 70 } as const;

/** Something the person at the terminal must know; ends the command with `exit`. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly exit: number;
  readonly hint: string | undefined;
  readonly code: string;
  /** What is wrong in which line of a file. */
  readonly lines: LineError[] | undefined;

  constructor(exit: number, code: string, message: string, hint?: string, lines?: LineError[]) {
    super(message);
    this.exit = exit;
    this.code = code;
    this.hint = hint;
    this.lines = lines;
  }
}

/** Wrong file, wrong option, not signed in. */
export function usage(code: string, message: string, hint?: string): Problem {
  return new Problem(exitCodes.usage, code, message, hint);
}
