/**
 * Changes that two people may make at the same moment. Who read a thing got its version with it, as an
 * ETag; who changes it and says `If-Match` is refused when somebody else was faster.
 */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { Refusal } from "./refusal.ts";

/** To be called with what is there, within the transaction that changes it. @throws Refusal 412 */
export type Expectation = (before: object) => void;

/** The version of a thing: the same for the same content, whoever asks and on whichever process. */
export function etag(thing: object): string {
  const text = JSON.stringify(thing, (_, value) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
}

/** Answers with a thing and its version. @param version what of the answer others may change */
export function sendVersioned(c: Context, thing: object, version = thing): Response {
  c.header("etag", etag(version));
  return c.json(thing);
}

/** What `If-Match` asks for; undefined: nothing. */
export function expectation(c: Context): Expectation | undefined {
  const header = c.req.header("if-match");
  if (header === undefined || header.trim() === "*") return undefined;
  // A proxy that packs answers makes versions weak; the content is the same.
  const wanted = header.split(",").map((one) => one.trim().replace(/^W\//, ""));
  return (before) => {
    if (wanted.includes(etag(before))) return;
    throw new Refusal(
      412,
      "changed_meanwhile",
      "somebody else has changed this since you read it, so your change was not made",
      "read it again, and make your change to what is there now",
      { etag: etag(before) },
    );
  };
}
