/**
 * How often somebody may do something. Counted in the store, so that a limit holds however many
 * processes answer. A span begins with the first event and ends after its seconds; then counting begins
 * anew.
 */
import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";

export interface Limit {
  /** As headers have it. */
  name: string;
  /** Completes "too many …". */
  what: string;
  max: number;
  seconds: number;
  /**
   * What happens while the store cannot count (its disk is full, say). `open`: it goes on without a
   * limit, since reading should go on where it can. `closed`: refused, since guessing passwords without
   * a limit is worse than waiting.
   */
  broken: "open" | "closed";
}

const limit = (
  name: string,
  what: string,
  max: number,
  seconds: number,
  broken: Limit["broken"],
): Limit => ({ name, what, max, seconds, broken });

export const limits = {
  // A class sits behind one address: once it is known who asks, it is the account that counts.
  requests: limit("requests", "requests", 1200, 60, "open"),
  strangers: limit(
    "strangers",
    "requests from your address without a valid sign-in",
    300,
    60,
    "open",
  ),
  submissions: limit("submissions", "submissions", 30, 60, "closed"),
  // Guessing one account's password is slow, from one address and from many. The limit from many is
  // wide, because it also locks the account's owner out.
  signInHere: limit("sign-in", "attempts to sign in to this account", 10, 300, "closed"),
  signInAnywhere: limit(
    "sign-in-account",
    "attempts to sign in to this account",
    100,
    3600,
    "closed",
  ),
  signIn: limit("sign-in-address", "attempts to sign in from your address", 60, 60, "closed"),
  signUp: limit("sign-up", "new accounts from your address", 60, 60, "closed"),
  accounts: limit("accounts", "requests about accounts from your address", 300, 60, "open"),
  setup: limit("set-up", "attempts to use a set-up link", 10, 60, "closed"),
} as const satisfies Record<string, Limit>;

/** How often what is over is thrown away, in milliseconds. */
const SWEEP = 60_000;

export class Limiter {
  readonly #db: Kysely<Database>;
  readonly #log: Logger;
  #swept = performance.now();
  #warned = Number.NEGATIVE_INFINITY;

  constructor(db: Kysely<Database>, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /**
   * Counts one event by `key`.
   * @returns the headers that say what is left
   * @throws Refusal 429 with Retry-After when there were too many; 503 when it cannot be counted
   */
  async take(limit: Limit, key: string): Promise<Record<string, string>> {
    let counted: { count: number; left: number };
    try {
      counted = await this.#count(limit, key);
      await this.#sweep();
    } catch (error) {
      // Without a store nothing works, and a line for each request would say so a thousand times.
      if (performance.now() - this.#warned > SWEEP) {
        this.#warned = performance.now();
        this.#log.warn({ err: error, limit: limit.name }, "the store cannot count requests");
      }
      if (limit.broken === "open") return {};
      throw new Refusal(
        503,
        "unavailable",
        "the server cannot count attempts at the moment, and takes none uncounted",
        "try again in a moment",
        { "retry-after": "10" },
      );
    }
    const { max, seconds, name, what } = limit;
    const wait = Math.max(1, Math.ceil(counted.left));
    const headers = {
      "ratelimit-policy": `"${name}";q=${max};w=${seconds}`,
      ratelimit: `"${name}";r=${Math.max(0, max - counted.count)};t=${wait}`,
    };
    if (counted.count <= max) return headers;
    throw new Refusal(
      429,
      "rate_limited",
      `too many ${what}: at most ${max} in ${seconds} seconds`,
      `try again in ${wait} ${wait === 1 ? "second" : "seconds"}`,
      { ...headers, "retry-after": String(wait) },
    );
  }

  /** One statement, so that none of many at the same moment is lost. */
  async #count({ name, max, seconds }: Limit, key: string) {
    const span = sql`make_interval(secs => ${seconds})`;
    // Addresses and e-mails are nobody's to read here.
    const hash = createHash("sha256").update(`${name} ${key}`).digest("base64url");
    const { rows } = await sql<{ count: number; left: number }>`
      insert into rate_limits as known (key, count, ends_at)
      values (${hash}, 1, clock_timestamp() + ${span})
      on conflict (key) do update set
        count = case when known.ends_at > excluded.ends_at - ${span}
          then least(known.count + 1, ${max + 1}::int) else 1 end,
        ends_at = case when known.ends_at > excluded.ends_at - ${span}
          then known.ends_at else excluded.ends_at end
      returning count, extract(epoch from ends_at - clock_timestamp())::float8 as left
    `.execute(this.#db);
    return rows[0];
  }

  async #sweep(): Promise<void> {
    const now = performance.now();
    if (now - this.#swept < SWEEP) return;
    this.#swept = now;
    await this.#db
      .deleteFrom("rate_limits")
      .where("ends_at", "<", sql<Date>`clock_timestamp()`)
      .execute();
  }
}
