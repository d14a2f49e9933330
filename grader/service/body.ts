/** Reads request bodies with a limit, as strict UTF-8 and strict JSON. */
import { z } from "zod";
import { describedOf } from "./described.ts";
import { Refusal } from "./refusal.ts";

/** The most a request may bring, in bytes: 1 MiB. The longest solution has a hundredth of that. */
export const BODY_LIMIT = 1024 * 1024;

/** One line of text, of 1 to `longest` characters. */
export function line(longest: number): z.ZodType<string> {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Surrogate}]*$/u, "is not one line of text");
}

/**
 * The body as text. What is too long is refused without being read to its end.
 * @throws Refusal 413 when over the limit, 400 when it is not UTF-8
 */
export async function readText(request: Request, limit = BODY_LIMIT): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const parts: Uint8Array[] = [];
  let length = 0;
  if (request.body) {
    const reader = request.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.byteLength;
      if (length > limit) {
        await reader.cancel();
        throw tooLarge(limit);
      }
      parts.push(value);
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new Refusal(
      400,
      "not_utf8",
      "the request is not text: its bytes are not UTF-8",
      "save the file as UTF-8 and send it again",
    );
  }
}

/** The type of a body, without what may follow it. */
export function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";", 1)[0].trim().toLowerCase();
}

/**
 * The body as JSON of the given shape; unknown fields are refused.
 * @throws Refusal that names what is wrong where
 */
export async function readJson<T>(request: Request, shape: z.ZodType<T>): Promise<T> {
  const described = describedOf(request)?.body;
  if (described && described !== shape)
    throw new Error("this route reads another shape than the one that it is described with");
  return parseJson(await jsonText(request), shape);
}

/** The text of a body that says it is JSON. @throws Refusal */
export async function jsonText(request: Request): Promise<string> {
  const type = mediaType(request);
  if (type !== "application/json") {
    throw new Refusal(
      415,
      "content_type",
      type ? `the body's type is ${type}, not application/json` : "the body's type is not given",
      "send the header content-type: application/json",
    );
  }
  return readText(request);
}

/** @throws Refusal */
export function parseJson<T>(text: string, shape: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, "bad_json", `the body is not JSON: ${(error as Error).message}`);
  }
  return fit(json, shape);
}

/** `value`, if it has the shape. @throws Refusal that names what is wrong where */
export function fit<T>(value: unknown, shape: z.ZodType<T>): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw new Refusal(400, "bad_request", z.prettifyError(read.error).replace(/^✖ /gm, ""));
}

function tooLarge(limit: number): Refusal {
  return new Refusal(
    413,
    "body_too_large",
    `this is more than ${limit / 1024 / 1024} MiB, the most that can be handed in`,
    "hand in the source alone; for a notebook, clear its outputs (Edit, Clear Outputs of All Cells) and save it first",
  );
}
