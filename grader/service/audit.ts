/** Who changed what, when, from what to what. Rows are only added, in the transaction of the change. */
import type { Kysely } from "kysely";
import type { Database } from "./store/schema.ts";
import type { AuditAction, AuditEntry, AuditPage } from "./types.ts";

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

/** The most entries of one page. */
const LONGEST_PAGE = 500;

/**
 * Writes a change down: of what was there before and after, the fields that differ. Where nothing
 * differs there is no entry.
 */
export async function audit(trx: Kysely<Database>, change: Change): Promise<void> {
  let { before, after } = change;
  if (before && after) {
    const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
    const changed = [...new Set([...old.keys(), ...now.keys()])].filter(
      (field) => JSON.stringify(old.get(field)) !== JSON.stringify(now.get(field)),
    );
    if (changed.length === 0) return;
    const only = (all: Map<string, unknown>) =>
      Object.fromEntries(changed.map((field) => [field, all.get(field) ?? null]));
    [before, after] = [only(old), only(now)];
  }
  await trx
    .insertInto("audit_log")
    .values({
      course: change.course ?? null,
      actor: change.by ?? null,
      action: change.action,
      subject: change.subject,
      before: before ? JSON.stringify(before) : null,
      after: after ? JSON.stringify(after) : null,
    })
    .execute();
}

/**
 * Entries from the newest to the oldest.
 * @param course undefined: of every course and of the site
 * @param until only entries older than this one
 */
export async function readAudit(
  db: Kysely<Database>,
  course: string | undefined,
  { until, subject, limit = 100 }: { until?: string; subject?: string; limit?: number },
): Promise<AuditPage> {
  const most = Math.min(limit, LONGEST_PAGE);
  let query = db
    .selectFrom("audit_log")
    .leftJoin("user as actor", "actor.id", "audit_log.actor")
    .selectAll("audit_log")
    .select("actor.name as actorName");
  if (course !== undefined) query = query.where("audit_log.course", "=", course);
  if (until !== undefined) query = query.where("audit_log.id", "<", until);
  if (subject !== undefined) query = query.where("audit_log.subject", "=", subject);
  const rows = await query
    .orderBy("audit_log.id", "desc")
    .limit(most + 1)
    .execute();
  const entries = rows.slice(0, most).map(
    (row): AuditEntry => ({
      id: row.id,
      at: row.at.toISOString(),
      course: row.course,
      actor: row.actor === null ? null : { id: row.actor, name: row.actorName ?? "" },
      action: row.action as AuditAction,
      subject: row.subject,
      before: row.before as AuditEntry["before"],
      after: row.after as AuditEntry["after"],
    }),
  );
  return { entries, next: rows.length > most ? entries[most - 1].id : null };
}
