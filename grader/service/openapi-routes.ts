/** What there is to say of each route of accounts, submissions and the site as a whole. */
import { z } from "zod";
import { IDEMPOTENCY_KEY } from "./idempotency.ts";
import type { Description, Descriptions } from "./openapi.ts";
import { courseDescriptions } from "./openapi-courses.ts";
import { gradebookDescriptions } from "./openapi-gradebook.ts";
import { gradingDescriptions } from "./openapi-grading.ts";
import { insightDescriptions } from "./openapi-insight.ts";
import * as shapes from "./openapi-shapes.ts";
import { tokenRequest } from "./tokens.ts";

const exerciseName = z.string().max(200);
export const sourceRequest = z.strictObject({ exercise: exerciseName, source: z.string() });
export const fileRequest = z.strictObject({
  filename: z.string().max(500).meta({ description: "Ends in .ts or .ipynb." }),
  content: z.string(),
  exercise: exerciseName.optional(),
});
export const setupRequest = z.strictObject({ token: z.string().max(200) });
export const roleRequest = z.strictObject({ role: shapes.role });

const course = {
  course: {
    description: "The course's id. Default: the one that everybody has.",
    schema: z.string(),
  },
};
const exercise = { exercise: { description: "Only this exercise.", schema: z.string() } };

/** Of better-auth's routes, those that Gradus uses. */
const session = { user: z.looseObject({ id: z.string(), name: z.string(), email: z.string() }) };
const account = (
  summary: string,
  answer: z.ZodType,
  body: z.ZodType,
  errors: Description["errors"] = [],
): Description => ({
  tag: "Signing in",
  summary,
  description:
    "Made by better-auth, whose refusals are `{ code, message }` with a status from 400 to 499. A cookie comes with the answer. For programs there are access tokens.",
  who: "anyone",
  body: [{ type: "application/json", description: "", schema: body }],
  answers: { 200: answer, ...refusedByAuth },
  errors: ["cross_origin", "rate_limited", "unavailable", ...errors],
});
const authError = {
  type: "application/json",
  description: "A refusal of better-auth's.",
  schema: z.looseObject({}),
};
const refusedByAuth = { 400: authError, 401: authError, 404: authError, 422: authError };
const password = z.string().min(8).max(128);

export const descriptions: Descriptions = {
  "GET /api/v1/openapi.json": {
    tag: "About",
    summary: "This description",
    who: "anyone",
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  },
  "GET /api/v1/health": {
    tag: "About",
    summary: "Whether the service works",
    who: "anyone",
    answers: {
      200: shapes.Health,
      503: { type: "application/json", description: "Something is amiss.", schema: shapes.Health },
    },
  },

  "GET /api/auth/get-session": {
    tag: "Signing in",
    summary: "Who is signed in; null: nobody",
    who: "anyone",
    answers: { 200: z.looseObject(session).nullable() },
    errors: ["rate_limited"],
  },
  "POST /api/auth/sign-up/email": account(
    "Make an account, and sign in",
    z.looseObject(session),
    z.looseObject({ name: z.string().min(1).max(100), email: z.email(), password }),
    ["sign_up_closed"],
  ),
  "POST /api/auth/sign-in/email": account(
    "Sign in",
    z.looseObject(session),
    z.looseObject({ email: z.email(), password: z.string(), rememberMe: z.boolean().optional() }),
  ),
  "POST /api/auth/sign-out": account("Sign out", z.looseObject({}), z.looseObject({})),
  "POST /api/auth/change-password": account(
    "Change one's password",
    z.looseObject({}),
    z.looseObject({
      currentPassword: z.string(),
      newPassword: password,
      revokeOtherSessions: z.boolean().optional(),
    }),
  ),
  "POST /api/auth/update-user": account(
    "Change one's name",
    z.looseObject({}),
    z.looseObject({ name: z.string().min(1).max(100) }),
  ),

  "GET /api/v1/me": {
    tag: "Account",
    summary: "Who is asking, and what they are in which course",
    who: "account",
    scope: "any",
    answers: { 200: shapes.Me },
  },
  "GET /api/v1/tokens": {
    tag: "Account",
    summary: "One's access tokens, newest first, without their secrets",
    who: "account",
    scope: "read",
    paged: true,
    answers: { 200: shapes.pageOf("tokens", shapes.Token) },
  },
  "POST /api/v1/tokens": {
    tag: "Account",
    summary: "Make an access token",
    description:
      "Its secret is in the answer and nowhere else. A token cannot make another: one that is stolen must not outlive itself.",
    who: "account",
    scope: "session",
    body: tokenRequest,
    answers: { 201: shapes.NewToken },
    errors: ["too_many_tokens"],
  },
  "DELETE /api/v1/tokens": {
    tag: "Account",
    summary: "Revoke all of one's access tokens",
    who: "account",
    scope: "session",
    answers: { 204: "nothing" },
  },
  "DELETE /api/v1/tokens/:id": {
    tag: "Account",
    summary: "Revoke an access token",
    description: "A token may end itself, as `current`, and no other.",
    who: "account",
    scope: "any",
    path: { id: "The token's id, or `current`: the one that asks." },
    answers: { 204: "nothing" },
    errors: ["session_only"],
  },

  "GET /api/v1/setup/state": {
    tag: "About",
    summary: "Whether there is an administrator yet, and who may make an account",
    who: "anyone",
    answers: { 200: shapes.SetupState },
  },
  "POST /api/v1/setup": {
    tag: "About",
    summary: "Become the administrator, with the link that the first start prints",
    who: "account",
    scope: "session",
    body: setupRequest,
    answers: { 200: shapes.Me },
    errors: ["administrator_exists", "setup_token", "unavailable"],
  },

  "POST /api/v1/submissions": {
    tag: "Submissions",
    summary: "Hand in",
    description:
      "What was handed in before, to the letter, is not taken twice: the answer names the earlier submission. When this answers, the submission will be graded, whatever dies.",
    who: "learner",
    scope: "submit",
    query: course,
    headers: {
      [IDEMPOTENCY_KEY]: {
        description:
          "Makes it safe to send the request again after an answer that was lost: with the same key and body, the first answer comes again. Kept for 7 days.",
        schema: z.string().min(1).max(255),
      },
    },
    body: [
      {
        type: "application/json",
        description: "A source, or a file.",
        schema: z.union([sourceRequest, fileRequest]),
      },
      { type: "application/x-ipynb+json", description: "A notebook.", schema: z.looseObject({}) },
    ],
    answers: { 202: shapes.Receipts },
    errors: [
      "closed",
      "cooling_down",
      "empty_source",
      "idempotency_key_reused",
      "no_attempts_left",
      "no_exercises",
      "not_enrolled",
      "not_notebook",
      "not_open_yet",
      "not_text",
      "nothing_written",
      "source_too_large",
      "unavailable",
      "unknown_exercise",
      "unsupported_file",
    ],
  },
  "GET /api/v1/submissions": {
    tag: "Submissions",
    summary: "What one handed in, and one's group, newest first",
    who: "learner",
    scope: "read",
    query: { ...course, ...exercise },
    paged: true,
    answers: { 200: shapes.pageOf("submissions", shapes.SubmissionSummary) },
  },
  "GET /api/v1/submissions/:id": {
    tag: "Submissions",
    summary: "One submission with its report",
    description:
      "For those who teach in its course, every check; for learners, of hidden checks only how they ended. With a token, those who teach need the scope course:read to see another's.",
    who: "account",
    scope: "read",
    path: { id: "The submission's id." },
    query: {
      wait: {
        description: "Answer when it is graded, or after so many seconds, at most 30.",
        schema: z.number().min(0),
      },
    },
    answers: { 200: shapes.Submission },
  },

  "GET /api/v1/gradebook": {
    tag: "Teaching",
    summary: "Everybody's best points in every exercise",
    who: "assistant",
    scope: "course:read",
    query: course,
    answers: { 200: shapes.Gradebook },
  },
  "GET /api/v1/gradebook.csv": {
    tag: "Teaching",
    summary: "The same for a spreadsheet",
    who: "assistant",
    scope: "course:read",
    query: course,
    answers: { 200: { type: "text/csv", description: "A row a person, a column an exercise." } },
  },
  "GET /api/v1/gradebook/submissions": {
    tag: "Teaching",
    summary: "What was handed in to a course, newest first",
    who: "assistant",
    scope: "course:read",
    query: {
      ...course,
      ...exercise,
      user: { description: "Only what counts for this person.", schema: z.string() },
    },
    paged: true,
    answers: { 200: shapes.pageOf("submissions", shapes.GradebookSubmission) },
  },

  "GET /api/v1/members": {
    tag: "Administration",
    summary: "Everybody with an account, by name",
    who: "administrator",
    scope: "admin",
    paged: true,
    answers: { 200: shapes.pageOf("members", shapes.Member) },
  },
  "PATCH /api/v1/members/:id": {
    tag: "Administration",
    summary: "Give a person a role",
    who: "administrator",
    scope: "admin",
    path: { id: "The person's id." },
    body: roleRequest,
    answers: { 200: shapes.Member },
    errors: ["last_administrator"],
  },

  ...courseDescriptions,
  ...gradebookDescriptions,
  ...gradingDescriptions,
  ...insightDescriptions,
};
