/** Who changed what, when, from what to what. Rows are only added, in the transaction of the change. */
import type { Kysely } from "kysely";
import { numberKey, type Page, type Paged, takePage } from "./pagination.ts";
import type { Database } from "./store/schema.ts";
import type { AuditAction, AuditEntry } from "./types.ts";

export interface Change {
  /** Undefined for what concerns the whole site. */
  course?: string;
  /** Who did it; undefined: the program itself. */
  by: string | undefined;
  action: AuditAction;
  /** The id of what was changed, or of whom. */
  subject: string;
  before?: object | undefined;
  after?: object | undefined;
}

/** How many rows are written by one statement: Postgres takes 65,535 values in one. */
export const BATCH = 1000;

/**
 * Writes changes down: of what was there before and after, the fields that differ. Where nothing
 * differs there is no entry.
 */
export async function audit(trx: Kysely<Database>, ...changes: Change[]): Promise<void> {
  const rows = changes.map(toRow).filter((row) => row !== undefined);
  for (let at = 0; at < rows.length; at += BATCH)
    await trx
      .insertInto("audit_log")
      .values(rows.slice(at, at + BATCH))
      .execute();
}

function toRow({ course, by, action, subject, before, after }: Change) {
  const row = { course: course ?? null, actor: by ?? null, action, subject };
  if (!before || !after) {
    const json = (value: object | undefined) => (value ? JSON.stringify(value) : null);
    return { ...row, before: json(before), after: json(after) };
  }
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
    (field) => JSON.stringify(old.get(field)) !== JSON.stringify(now.get(field)),
  );
  if (changed.length === 0) return undefined;
  const only = (all: Map<string, unknown>) =>
    JSON.stringify(Object.fromEntries(changed.map((field) => [field, all.get(field) ?? null])));
  return { ...row, before: only(old), after: only(now) };
}

/**
 * Entries from the newest to the oldest.
 * @param course undefined: of every course and of the site
 */
export function readAudit(
  db: Kysely<Database>,
  course: string | undefined,
  subject: string | undefined,
  page: Page,
): Promise<Paged<AuditEntry>> {
  let query = db
    .selectFrom("audit_log")
    .leftJoin("user as actor", "actor.id", "audit_log.actor")
    .selectAll("audit_log")
    .select("actor.name as actorName");
  if (course !== undefined) query = query.where("audit_log.course", "=", course);
  if (subject !== undefined) query = query.where("audit_log.subject", "=", subject);
  return takePage(query, page, [numberKey("audit_log.id")], "desc", (row) => ({
    id: String(row.id),
    at: row.at.toISOString(),
    course: row.course,
    actor: row.actor === null ? null : { id: row.actor, name: row.actorName ?? "" },
    action: row.action as AuditAction,
    subject: row.subject,
    before: row.before as AuditEntry["before"],
    after: row.after as AuditEntry["after"],
  }));
}
