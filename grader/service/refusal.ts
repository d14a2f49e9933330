import type { ErrorBody, ErrorCode, LineError } from "./types.ts";

/** A request that is not carried out, and what to tell whoever made it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly headers: Record<string, string>;
  /** What is wrong in which line of a file. */
  readonly lines: LineError[] | undefined;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    hint?: string,
    headers: Record<string, string> = {},
    lines?: LineError[],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.headers = headers;
    this.lines = lines;
  }

  get body(): ErrorBody {
    const { code, message, hint, lines } = this;
    return { error: { code, message, ...(hint ? { hint } : {}), ...(lines ? { lines } : {}) } };
  }

  toResponse(): Response {
    return Response.json(this.body, {
      status: this.status,
      headers: { "cache-control": "no-store", ...this.headers },
    });
  }
}
