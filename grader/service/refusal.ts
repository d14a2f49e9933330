import type { ErrorBody, ErrorCode } from "./types.ts";

/** A request that is not carried out, and what to tell whoever made it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    hint?: string,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.headers = headers;
  }

  get body(): ErrorBody {
    const { code, message, hint } = this;
    return { error: hint ? { code, message, hint } : { code, message } };
  }

  toResponse(): Response {
    return Response.json(this.body, {
      status: this.status,
      headers: { "cache-control": "no-store", ...this.headers },
    });
  }
}
