/** Who is asking, and what they are in a course: every route asks here, and nowhere else. */
import type { Context } from "hono";
import type { Kysely } from "kysely";
import type { Auth } from "./auth.ts";
import { COURSE } from "./course.ts";
import { Refusal } from "./refusal.ts";
import { atLeast, type Standing, standing } from "./roles.ts";
import type { Database } from "./store/schema.ts";
import { ownerOf } from "./tokens.ts";
import type { Role } from "./types.ts";

/** Who is asking. */
export interface Person {
  user: { id: string; name: string; email: string };
  /** The access token's id, when that is how they came in. */
  token?: string;
}

/** Who is asking, in a course that they are in. */
export type InCourse = Person & Standing;

export interface Identity {
  /**
   * Who is asking, by access token or by session cookie.
   * @throws Refusal 401 when nobody, 403 when a write comes from another site
   */
  person(c: Context): Promise<Person>;
  /** As `person`, but not with a token: one that is stolen must not make itself new ones. */
  session(c: Context): Promise<Person>;
  /** As `person`, and administrator of the site. @throws Refusal 403 when not */
  administrator(c: Context): Promise<Person>;
  /**
   * As `person`, and what they are in a course (default: the one that everybody has).
   * @throws Refusal 404 when there is no such course or they are not in it, 403 when below `needed`
   */
  member(c: Context, needed: Role, course?: string): Promise<InCourse>;
}

export function createIdentity(
  db: Kysely<Database>,
  auth: Auth,
  trusted: (request: Request) => boolean,
): Identity {
  async function person(c: Context): Promise<Person> {
    const bearer = c.req.header("authorization");
    if (bearer !== undefined) {
      const owner = await ownerOf(db, bearer.replace(/^bearer\s+/i, ""));
      const user = owner && (await userById(owner.user));
      if (!owner || !user) {
        throw new Refusal(
          401,
          "invalid_token",
          "this access token is not valid: it was mistyped, or revoked",
          "make a new one on the site, under your account",
        );
      }
      return { user, token: owner.id };
    }
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

  async function userById(id: string) {
    return db
      .selectFrom("user")
      .select(["id", "name", "email"])
      .where("id", "=", id)
      .executeTakeFirst();
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
      return { ...found, ...place };
    },
  };
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

export function sessionOnly(): Refusal {
  return new Refusal(
    403,
    "session_only",
    "an access token may not do this; sign in on the site instead",
  );
}
