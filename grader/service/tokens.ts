/** Access tokens for the command line: shown once, kept as hashes, revoked by deleting them. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";
import type { NewToken, Token } from "./types.ts";

const PREFIX = "gradus_";
const MAX_PER_PERSON = 50;

export async function createToken(
  db: Kysely<Database>,
  user: string,
  name: string,
): Promise<NewToken> {
  const token = PREFIX + randomBytes(32).toString("base64url");
  const { count } = await db
    .selectFrom("tokens")
    .select((eb) => eb.fn.countAll().as("count"))
    .where("user_id", "=", user)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MAX_PER_PERSON) {
    throw new Refusal(
      409,
      "too_many_tokens",
      `you have ${count} tokens, and ${MAX_PER_PERSON} is the most`,
      "delete some that you no longer use",
    );
  }
  const row = await db
    .insertInto("tokens")
    .values({
      id: randomUUID(),
      user_id: user,
      name,
      hash: hash(token),
      start: token.slice(0, PREFIX.length + 4),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...toToken(row), token };
}

export async function listTokens(db: Kysely<Database>, user: string): Promise<Token[]> {
  const rows = await db
    .selectFrom("tokens")
    .selectAll()
    .where("user_id", "=", user)
    .orderBy("created_at", "desc")
    .execute();
  return rows.map(toToken);
}

/** @throws Refusal when the person has no such token */
export async function deleteToken(db: Kysely<Database>, user: string, id: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom("tokens")
    .where("id", "=", id)
    .where("user_id", "=", user)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new Refusal(404, "not_found", "you have no such token");
}

/** Whose token this is, and its id. Undefined when it is none, or revoked. */
export async function ownerOf(
  db: Kysely<Database>,
  token: string,
): Promise<{ user: string; id: string } | undefined> {
  if (!token.startsWith(PREFIX)) return undefined;
  const row = await db
    .selectFrom("tokens")
    .select(["id", "user_id", "last_used_at"])
    .where("hash", "=", hash(token))
    .executeTakeFirst();
  if (!row) return undefined;
  // To the minute is enough, and spares a write with every request.
  const now = new Date();
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > 60_000)
    await db.updateTable("tokens").set({ last_used_at: now }).where("id", "=", row.id).execute();
  return { user: row.user_id, id: row.id };
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function toToken(row: {
  id: string;
  name: string;
  start: string;
  created_at: Date;
  last_used_at: Date | null;
}): Token {
  return {
    id: row.id,
    name: row.name,
    start: row.start,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}
