/** What an access token may be made for. Its owner's roles count as well: a scope gives nobody more than they have. */
import type { Scope } from "./types.ts";

/** In the order in which they are shown, each with what it allows. */
export const scopes: Readonly<Record<Scope, string>> = {
  read: "see your own submissions, grades and due dates",
  submit: "hand in, in your name",
  "course:read": "see the people, work and grades of courses you teach",
  "course:write": "change the people, dates, rules and groups of courses you teach",
  grade: "grade by hand, release and regrade in courses you teach",
  admin: "make courses, give roles, read the site's audit log",
};

export const scopeNames = Object.keys(scopes) as Scope[];

/** What a token is made for unless more is asked for: what `gradus submit` and `gradus status` need. */
export const defaultScopes: readonly Scope[] = ["read", "submit"];

/** How long a token lasts unless said otherwise, and at most, in days. */
export const tokenDays = { default: 180, most: 366 };
