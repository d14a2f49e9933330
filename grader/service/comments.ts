/** What readers say of a submission, line by line or as a whole. */
import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { z } from "zod";
import { audit } from "./audit.ts";
import { Refusal } from "./refusal.ts";
import { atLeast } from "./roles.ts";
import type { Database } from "./store/schema.ts";
import type { Comment, Role } from "./types.ts";

/** Text of several lines, of 1 to `longest` characters. */
export function block(longest: number): z.ZodType<string> {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^(?:[\n\r\t]|[^\p{Cc}\p{Surrogate}])*$/u, "has characters that are no text");
}

const body = block(10_000);
export const commentRequest = z.strictObject({
  line: z.int().min(1).nullable().default(null),
  body,
});
export const commentChange = z.strictObject({ body });

/** Who writes, and what they are in the course. */
export interface Writer {
  id: string;
  role: Role;
}

/** A submission that is talked about. */
export interface Subject {
  id: string;
  course: string;
  source: string;
}

/** The comments on a submission: first those on the whole, then line by line, older ones first. */
export async function commentsOn(db: Kysely<Database>, submission: string): Promise<Comment[]> {
  const rows = await select(db)
    .where("comments.submission_id", "=", submission)
    .where("comments.deleted_at", "is", null)
    .orderBy("comments.line", (order) => order.asc().nullsFirst())
    .orderBy("comments.created_at")
    .execute();
  return rows.map(toComment);
}

/** @throws Refusal when the submission has no such line */
export async function writeComment(
  db: Kysely<Database>,
  by: Writer,
  { id: submission, course, source }: Subject,
  { line, body }: z.infer<typeof commentRequest>,
): Promise<Comment> {
  const lines = source.replace(/\n$/, "").split("\n").length;
  if (line !== null && line > lines)
    throw new Refusal(
      400,
      "bad_request",
      `there is no line ${line}: the submission has ${lines} ${lines === 1 ? "line" : "lines"}`,
    );
  return db.transaction().execute(async (trx) => {
    const id = randomUUID();
    await trx
      .insertInto("comments")
      .values({ id, submission_id: submission, author: by.id, line, body })
      .execute();
    await audit(trx, {
      course,
      by: by.id,
      action: "comment.create",
      subject: submission,
      after: { comment: id, line, body },
    });
    return toComment(await find(trx, submission, id, false));
  });
}

/**
 * Changes a comment's text, deletes it, or brings it back. A text stands under a name, so only its author
 * changes it; an instructor may delete it.
 * @throws Refusal
 */
export async function changeComment(
  db: Kysely<Database>,
  by: Writer,
  { id: submission, course }: Subject,
  id: string,
  change: { body: string } | "delete" | "restore",
): Promise<Comment> {
  return db.transaction().execute(async (trx) => {
    const before = await find(trx, submission, id, change === "restore");
    if (before.author !== by.id && (typeof change === "object" || !atLeast(by.role, "instructor")))
      throw new Refusal(
        403,
        "forbidden",
        typeof change === "object"
          ? "only who wrote a comment may change it"
          : "only who wrote a comment, or an instructor, may do this",
      );
    if (typeof change === "object" && change.body === before.body) return toComment(before);
    const now = new Date();
    const set =
      change === "delete"
        ? { deleted_at: now }
        : change === "restore"
          ? { deleted_at: null }
          : { body: change.body, edited_at: now };
    await trx.updateTable("comments").set(set).where("id", "=", id).execute();
    const tell = (body: string) => ({ comment: id, line: before.line, body });
    await audit(trx, {
      course,
      by: by.id,
      action: change === "delete" ? "comment.delete" : "comment.update",
      subject: submission,
      ...(change === "restore" ? {} : { before: tell(before.body) }),
      ...(change === "delete"
        ? {}
        : { after: tell(typeof change === "object" ? change.body : before.body) }),
    });
    return toComment({ ...before, ...set });
  });
}

function select(db: Kysely<Database>) {
  return db
    .selectFrom("comments")
    .innerJoin("user", "user.id", "comments.author")
    .selectAll("comments")
    .select("user.name as authorName");
}

type Row = Awaited<ReturnType<ReturnType<typeof select>["execute"]>>[number];

/** @throws Refusal when there is none, or one that is not deleted is asked for as `deleted` */
async function find(
  trx: Kysely<Database>,
  submission: string,
  id: string,
  deleted: boolean,
): Promise<Row> {
  const row = await select(trx)
    .where("comments.id", "=", id)
    .where("comments.submission_id", "=", submission)
    .where("comments.deleted_at", deleted ? "is not" : "is", null)
    .forUpdate("comments")
    .executeTakeFirst();
  if (row) return row;
  throw new Refusal(404, "not_found", `there is no such ${deleted ? "deleted " : ""}comment`);
}

function toComment(row: Row): Comment {
  return {
    id: row.id,
    line: row.line,
    body: row.body,
    author: { id: row.author, name: row.authorName },
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
  };
}
