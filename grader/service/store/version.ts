/** Whether this copy of Gradus and a database's tables belong together. */
import { type Kysely, sql } from "kysely";
import type { Database } from "./schema.ts";

/** The database belongs to another version of Gradus than this one. */
export class OtherVersion extends Error {
  override readonly name = "OtherVersion";
}

/** The migrations that made a database's tables, in order; none where nothing was made yet. */
export async function appliedMigrations(db: Kysely<Database>): Promise<string[]> {
  const { rows: tables } = await sql`select 1 from pg_class
    where relname = 'kysely_migration' and relnamespace = 'public'::regnamespace`.execute(db);
  if (tables.length === 0) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from public.kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}

/** @throws OtherVersion when some of `applied` are not among `known`: the database is newer */
export function checkNotNewer(applied: readonly string[], known: readonly string[]): void {
  const strange = applied.filter((name) => !known.includes(name));
  if (strange.length === 0) return;
  throw new OtherVersion(
    `a newer Gradus has changed this database (${strange.join(", ")}); this one knows it up to ${known.at(-1)}. Update this copy of Gradus and start it again; nothing was changed`,
  );
}

/**
 * For those who must not change the tables themselves.
 * @throws OtherVersion unless the tables are exactly those of this copy
 */
export async function checkVersion(db: Kysely<Database>, known: readonly string[]): Promise<void> {
  const applied = await appliedMigrations(db);
  checkNotNewer(applied, known);
  const missing = known.filter((name) => !applied.includes(name));
  if (missing.length === 0) return;
  throw new OtherVersion(
    `this database is older than this copy of Gradus (it has no ${missing.join(", ")}). The site brings it up to date when it starts: update and start the site first`,
  );
}
