/** Who is asking, and what they are in a course: every route asks here, and nowhere else. */
import type { Context } from "hono";
import { routePath } from "hono/route";
import type { Kysely } from "kysely";
import type { Auth } from "./auth.ts";
import { COURSE } from "./course.ts";
import { type Limiter, limits } from "./limiter.ts";
import { Refusal } from "./refusal.ts";
import { atLeast, type Standing, standing } from "./roles.ts";
import type { Database } from "./store/schema.ts";
import { type Bearer, bearerOf } from "./tokens.ts";
import type { Role, Scope } from "./types.ts";

/** Who is asking. */
export interface Person {
  user: { id: string; name: string; email: string };
  /** The access token, when that is how they came in. */
  token?: Bearer;
}

/** Who is asking, in a course that they are in. */
export type InCourse = Person & Standing;

export interface Identity {
  /**
   * Who is asking, by access token or by session cookie.
   * @throws Refusal 401 when nobody, 403 when a write comes from another site or the token was not made
   * for this route, 429 when they ask too often
   */
  person(c: Context): Promise<Person>;
  /** As `person`, but not with a token: one that is stolen must not make itself new ones. */
  session(c: Context): Promise<Person>;
  /** As `person`, and administrator of the site. @throws Refusal 403 when not */
  administrator(c: Context): Promise<Person>;
  /**
   * As `person`, and what they are in a course (default: the one that everybody has). With a token that
   * was made to read one's own, whoever teaches is like a learner there.
   * @throws Refusal 404 when there is no such course or they are not in it, 403 when below `needed`
   */
  member(c: Context, needed: Role, course?: string): Promise<InCourse>;
}

export interface IdentityOptions {
  db: Kysely<Database>;
  auth: Auth;
  limiter: Limiter;
  trusted(request: Request): boolean;
  /** The caller's address. */
  addressOf(c: Context): string;
  /** What a token must be made for, to use a route such as `GET /api/v1/me`; undefined: none may use it. */
  scopeOf(route: string): Scope | "any" | undefined;
}

export function createIdentity(options: IdentityOptions): Identity {
  const { db, auth, limiter, trusted, addressOf, scopeOf } = options;

  async function person(c: Context): Promise<Person> {
    let found: Person;
    try {
      found = await whoAsks(c);
    } catch (error) {
      // Who guesses tokens is counted by address; who is known, by account.
      if (error instanceof Refusal && error.status === 401)
        await limiter.take(limits.strangers, addressOf(c));
      throw error;
    }
    const left = await limiter.take(limits.requests, found.user.id);
    for (const [name, value] of Object.entries(left)) c.header(name, value);
    const needed = neededScope(c);
    if (found.token && needed === undefined) throw sessionOnly();
    if (found.token && needed && needed !== "any" && !found.token.scopes.has(needed))
      throw insufficientScope(needed);
    return found;
  }

  async function whoAsks(c: Context): Promise<Person> {
    const bearer = c.req.header("authorization");
    if (bearer !== undefined) return bearerOf(db, bearer.replace(/^bearer\s+/i, ""));
    const found = await auth.api.getSession({ headers: c.req.raw.headers });
    if (!found) {
      throw new Refusal(401, "unauthenticated", "you are not signed in");
    }
    // The browser sends the cookie along whoever wrote the page; a write must come from ours.
    if (!["GET", "HEAD"].includes(c.req.method) && !trusted(c.req.raw)) {
      throw crossOrigin();
    }
    const { id, name, email } = found.user;
    return { user: { id, name, email } };
  }

  function neededScope(c: Context): Scope | "any" | undefined {
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    return scopeOf(`${method} ${routePath(c)}`);
  }

  return {
    person,
    async session(c) {
      const found = await person(c);
      if (found.token) throw sessionOnly();
      return found;
    },
    async administrator(c) {
      const found = await person(c);
      const row = await db
        .selectFrom("administrators")
        .select("user_id")
        .where("user_id", "=", found.user.id)
        .executeTakeFirst();
      if (!row) throw forbidden("administrator");
      return found;
    },
    async member(c, needed, course = COURSE) {
      const found = await person(c);
      const place = await standing(db, found.user.id, course);
      if (!place) {
        throw new Refusal(
          404,
          "not_found",
          "there is no such course, or you are not in it",
          "an instructor puts people into a course",
        );
      }
      if (!atLeast(place.role, needed)) throw forbidden(needed);
      const role =
        neededScope(c) === "read" && !mayReadOthers(found) ? ("learner" as const) : place.role;
      return { ...found, ...place, role };
    },
  };
}

/** True unless a token was made for less. */
export function mayReadOthers({ token }: Person): boolean {
  return !token || token.scopes.has("course:read");
}

export function forbidden(needed: Role): Refusal {
  const who = {
    learner: "only those in this course",
    assistant: "only instructors and assistants of this course",
    instructor: "only instructors of this course",
    administrator: "only an administrator",
  }[needed];
  return new Refusal(403, "forbidden", `${who} may do this`);
}

export function crossOrigin(): Refusal {
  return new Refusal(
    403,
    "cross_origin",
    "this request did not come from a page of Gradus, so it was refused",
    "open Gradus under its own address; programs use an access token instead of a cookie",
  );
}

function insufficientScope(needed: Scope): Refusal {
  return new Refusal(
    403,
    "insufficient_scope",
    `this access token was not made for this: it would need the scope ${needed}`,
    "make one with it on the site, under your account",
    { "www-authenticate": `Bearer error="insufficient_scope", scope="${needed}"` },
  );
}

export function sessionOnly(): Refusal {
  return new Refusal(
    403,
    "session_only",
    "an access token may not do this; sign in on the site instead",
  );
}
