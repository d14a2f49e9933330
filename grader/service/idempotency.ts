/** Requests that may be sent twice and count once: who lost an answer sends the same again, with the same key. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { type Kysely, sql } from "kysely";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";

export const IDEMPOTENCY_KEY = "Idempotency-Key";
/** How long an answer is kept, in days. */
const KEPT = 7;

/** A key, and what came with it. */
export interface Once {
  key: string;
  /** SHA-256 of what was asked. */
  request: string;
}

/** What the header Idempotency-Key asks for. @throws Refusal when it is no key */
export function once(c: Context, request: string): Once | undefined {
  const key = c.req.header(IDEMPOTENCY_KEY);
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Refusal(
      400,
      "bad_request",
      `${IDEMPOTENCY_KEY} must be 1 to 255 visible characters without spaces`,
      "a random UUID is a good one",
    );
  return { key, request: createHash("sha256").update(request, "utf8").digest("hex") };
}

/** What was answered when the key came first. @throws Refusal when it came with something else */
export async function recall<T>(
  trx: Kysely<Database>,
  user: string,
  { key, request }: Once,
): Promise<T | undefined> {
  const row = await trx
    .selectFrom("idempotency_keys")
    .select(["request", "answer"])
    .where("user_id", "=", user)
    .where("key", "=", key)
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.request === request) return row.answer as T;
  throw new Refusal(
    422,
    "idempotency_key_reused",
    `this ${IDEMPOTENCY_KEY} came with something else before`,
    "take a new key for each new request, and the same only to send the same again",
  );
}

/** Keeps an answer for a while, as part of the transaction that did what was asked. */
export async function remember(
  trx: Kysely<Database>,
  user: string,
  { key, request }: Once,
  answer: unknown,
): Promise<void> {
  await trx
    .deleteFrom("idempotency_keys")
    .where("user_id", "=", user)
    .where("created_at", "<", sql<Date>`now() - make_interval(days => ${KEPT})`)
    .execute();
  await trx
    .insertInto("idempotency_keys")
    .values({ user_id: user, key, request, answer: JSON.stringify(answer) })
    .execute();
}
