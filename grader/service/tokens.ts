/**
 * Access tokens for the command line: shown once, kept as hashes, made for a few scopes and a time,
 * revoked by deleting them. Every request asks the store, so what ends, ends at once and everywhere.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type Kysely, type Selectable, sql } from "kysely";
import { z } from "zod";
import { line } from "./body.ts";
import { type Page, type Paged, takePage, timeKey, uuidKey } from "./pagination.ts";
import { Refusal } from "./refusal.ts";
import { defaultScopes, scopeNames, tokenDays } from "./scopes.ts";
import type { Database } from "./store/schema.ts";
import type { NewToken, Scope, Token } from "./types.ts";

const PREFIX = "gradus_";
const MAX_PER_PERSON = 50;
/** How long a token that is over stays in the list, in days. */
const KEPT = 30;

export const tokenRequest = z.strictObject({
  name: line(80).optional(),
  scopes: z
    .array(z.enum(scopeNames))
    .min(1)
    .max(scopeNames.length)
    .optional()
    .meta({ description: `What it may do. Default: ${defaultScopes.join(", ")}.` }),
  expiresInDays: z
    .int()
    .min(1)
    .max(tokenDays.most)
    .nullable()
    .optional()
    .meta({ description: `Null: never. Default: ${tokenDays.default}.` }),
});

/** An access token that came with a request, and what it was made for. */
export interface Bearer {
  id: string;
  scopes: ReadonlySet<Scope>;
}

/** @throws Refusal when the person has too many */
export async function createToken(
  db: Kysely<Database>,
  user: string,
  {
    name = "command line",
    scopes = [...defaultScopes],
    expiresInDays = tokenDays.default,
  }: z.infer<typeof tokenRequest>,
): Promise<NewToken> {
  const token = PREFIX + randomBytes(32).toString("base64url");
  const row = await db.transaction().execute(async (trx) => {
    // However many are made at the same moment, they are counted one after the other.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`gradus tokens ${user}`}, 0))`.execute(
      trx,
    );
    await trx
      .deleteFrom("tokens")
      .where("user_id", "=", user)
      .where("expires_at", "<", sql<Date>`now() - make_interval(days => ${KEPT})`)
      .execute();
    const { count } = await trx
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
    return trx
      .insertInto("tokens")
      .values({
        id: randomUUID(),
        user_id: user,
        name,
        hash: hash(token),
        start: token.slice(0, PREFIX.length + 4),
        scopes: scopeNames.filter((scope) => scopes.includes(scope)).join(" "),
        expires_at:
          expiresInDays === null
            ? null
            : sql<Date>`now() + make_interval(days => ${expiresInDays})`,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  return { ...toToken(row), token };
}

/** A person's tokens, the newest first. */
export function listTokens(db: Kysely<Database>, user: string, page: Page): Promise<Paged<Token>> {
  const query = db.selectFrom("tokens").selectAll().where("user_id", "=", user);
  return takePage(query, page, [timeKey(sql.ref("created_at")), uuidKey("id")], "desc", toToken);
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

/** Ends every token of a person. */
export async function deleteTokens(db: Kysely<Database>, user: string): Promise<void> {
  await db.deleteFrom("tokens").where("user_id", "=", user).execute();
}

/**
 * Whose token this is, and what it may do.
 * @throws Refusal 401 when it is none, or revoked, or its time is over
 */
export async function bearerOf(
  db: Kysely<Database>,
  token: string,
): Promise<{ user: { id: string; name: string; email: string }; token: Bearer }> {
  const row = token.startsWith(PREFIX)
    ? await db
        .selectFrom("tokens")
        .innerJoin("user", "user.id", "tokens.user_id")
        .select(["tokens.id", "last_used_at", "scopes", "expires_at"])
        .select(["user.id as user", "user.name", "user.email"])
        // The store's clock counts, as it does for all that is handed in.
        .select(sql<boolean>`coalesce(expires_at <= now(), false)`.as("over"))
        .where("hash", "=", hash(token))
        .executeTakeFirst()
    : undefined;
  if (!row) {
    throw new Refusal(
      401,
      "invalid_token",
      "this access token is not valid: it was mistyped, or revoked",
      "make a new one on the site, under your account",
    );
  }
  if (row.over) {
    throw new Refusal(
      401,
      "token_expired",
      `this access token ended on ${row.expires_at?.toISOString().slice(0, 10)}`,
      "make a new one on the site, under your account",
    );
  }
  // To the minute is enough, and spares a write with every request.
  const now = new Date();
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > 60_000) {
    try {
      await db.updateTable("tokens").set({ last_used_at: now }).where("id", "=", row.id).execute();
    } catch {
      // Where nothing can be written, reading still works.
    }
  }
  return {
    user: { id: row.user, name: row.name, email: row.email },
    token: { id: row.id, scopes: new Set(readScopes(row.scopes)) },
  };
}

/** A scope that is no longer known allows nothing. */
function readScopes(text: string): Scope[] {
  const kept = text.split(" ");
  return scopeNames.filter((scope) => kept.includes(scope));
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function toToken(row: Omit<Selectable<Database["tokens"]>, "hash" | "user_id">): Token {
  return {
    id: row.id,
    name: row.name,
    start: row.start,
    scopes: readScopes(row.scopes),
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
  };
}
