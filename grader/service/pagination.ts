/**
 * Lists in pages. A page begins after the last thing of the page before, not at a number: what comes in
 * or goes in between shifts nothing. The order must be of all different things, so a key ends in an id.
 */
import type { Context } from "hono";
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import { noNul, positive, query } from "./params.ts";
import { Refusal } from "./refusal.ts";

/** The most and the usual number of things in one page. */
export const PAGE = { most: 500, usual: 100 };

export interface Page {
  limit: number;
  /** The key of the last thing of the page before. */
  after?: readonly string[];
}

/** A part of the order: what it goes by, as the store has it. */
export interface Key {
  by: RawBuilder<unknown>;
  kind: "text" | "uuid" | "number";
}

/** Things of one page, and the cursor of the next; null: there is none. */
export interface Paged<T> {
  items: T[];
  next: string | null;
}

/** The page that is asked for by `limit` and `cursor`. @throws Refusal */
export function readPage(c: Context): Page {
  const limit = Math.min(positive(c, "limit") ?? PAGE.usual, PAGE.most);
  const cursor = query(c, "cursor");
  if (cursor === undefined) return { limit };
  return { limit, after: decode(cursor).map(noNul) };
}

function encode(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key), "utf8").toString("base64url");
}

/** @throws Refusal */
function decode(cursor: string): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(key) && key.every((part) => typeof part === "string")) return key;
  } catch {}
  throw badCursor();
}

/** Answers with a page, as `{ [name]: items, next }` and with a Link to the next. */
export function sendPage<T>(
  c: Context,
  name: string,
  { items, next }: Paged<T>,
  more = {},
): Response {
  if (next !== null) linkNext(c, next);
  return c.json({ [name]: items, ...more, next });
}

/** Says in the header Link where the next page is. */
export function linkNext(c: Context, next: string): void {
  const rest = new URLSearchParams(c.req.query());
  rest.set("cursor", next);
  c.header("link", `<${c.req.path}?${rest}>; rel="next"`);
}

/** The rows of `query` that belong to a page, in the order of `keys`. @throws Refusal */
export async function takePage<DB, TB extends keyof DB, O, T>(
  query: SelectQueryBuilder<DB, TB, O>,
  page: Page,
  keys: readonly Key[],
  direction: "asc" | "desc",
  read: (row: O) => T,
): Promise<Paged<T>> {
  const own = sql.join(keys.map(({ by }) => by));
  const texts = sql.join(keys.map(({ by }) => sql`(${by})::text`));
  let wanted = query.select(sql<string>`json_build_array(${texts})::text`.as("page_key"));
  if (page.after) {
    const beyond = sql.raw(direction === "asc" ? ">" : "<");
    wanted = wanted.where(sql<SqlBool>`(${own}) ${beyond} (${sql.join(values(page.after, keys))})`);
  }
  for (const { by } of keys) wanted = wanted.orderBy(by, direction);
  const rows = (await wanted.limit(page.limit + 1).execute()) as (O & { page_key: string })[];
  const last = rows.length > page.limit ? rows[page.limit - 1] : undefined;
  return {
    items: rows.slice(0, page.limit).map(read),
    next: last ? Buffer.from(last.page_key, "utf8").toString("base64url") : null,
  };
}

/**
 * The page of a list that is short, or worked out as a whole, in the order it has. It goes on after the
 * same thing; where that was deleted, after its place.
 */
export function cutPage<T>(all: readonly T[], page: Page, idOf: (item: T) => string): Paged<T> {
  let start = 0;
  if (page.after) {
    const [id, place] = page.after;
    if (page.after.length !== 2 || !/^\d{1,9}$/.test(place)) throw badCursor();
    const found = all.findIndex((item) => idOf(item) === id);
    start = found < 0 ? Number(place) : found + 1;
  }
  const items = all.slice(start, start + page.limit);
  const end = start + items.length;
  const next = end < all.length && items.length > 0;
  return { items, next: next ? encode([idOf(all[end - 1]), String(end - 1)]) : null };
}

/** The page of two lists that come one after the other. */
export async function joinPages<A, B>(
  page: Page,
  first: (page: Page) => Promise<Paged<A>>,
  second: (page: Page) => Promise<Paged<B>>,
): Promise<{ first: A[]; second: B[]; next: string | null }> {
  const [part, ...after] = page.after ?? ["1"];
  if (part !== "1" && part !== "2") throw badCursor();
  const within = after.length > 0 ? { after } : {};
  const mark = (part: string, next: string) => encode([part, ...decode(next)]);
  const one: Paged<A> =
    part === "1" ? await first({ limit: page.limit, ...within }) : { items: [], next: null };
  if (one.next !== null) return { first: one.items, second: [], next: mark("1", one.next) };
  const limit = page.limit - one.items.length;
  // Whether there is a second list shows on its page.
  if (limit === 0) return { first: one.items, second: [], next: encode(["2"]) };
  const two = await second({ limit, ...(part === "2" ? within : {}) });
  return { first: one.items, second: two.items, next: two.next && mark("2", two.next) };
}

/** A time as a number that has all its digits; `null` comes after all others. */
export function timeKey(column: RawBuilder<unknown>): Key {
  return {
    by: sql`coalesce((extract(epoch from ${column}) * 1000000)::bigint, 9223372036854775807)`,
    kind: "number",
  };
}

export function textKey(column: string): Key {
  return { by: sql.ref(column), kind: "text" };
}

export function uuidKey(column: string): Key {
  return { by: sql.ref(column), kind: "uuid" };
}

export function numberKey(column: string): Key {
  return { by: sql.ref(column), kind: "number" };
}

const kinds: Record<Key["kind"], { type: string; fits(text: string): boolean }> = {
  text: { type: "text", fits: () => true },
  uuid: { type: "uuid", fits: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) },
  number: {
    type: "bigint",
    fits: (text) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text),
  },
};

/** What a cursor says, as the store takes it: anybody can write a cursor. */
function values(after: readonly string[], keys: readonly Key[]): RawBuilder<unknown>[] {
  if (after.length !== keys.length) throw badCursor();
  return keys.map(({ kind }, index) => {
    const { type, fits } = kinds[kind];
    if (!fits(after[index])) throw badCursor();
    return sql`${after[index]}::${sql.raw(type)}`;
  });
}

export function badCursor(): Refusal {
  return new Refusal(
    400,
    "bad_request",
    "the cursor is none of this list",
    "take it as it came, from `next` or from the header Link, or leave it away to begin anew",
  );
}
