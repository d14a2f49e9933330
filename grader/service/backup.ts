/** Backup, restore, and the move from a folder to a Postgres server. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Kysely, sql } from "kysely";
import { PgBoss } from "pg-boss";
import {
  type BackupInfo,
  BadBackup,
  checkBackup,
  openBackup,
  writeBackup,
} from "./store/backup-file.ts";
import {
  atOneMoment,
  differences,
  isEmpty,
  loadContent,
  Mismatch,
  readContent,
  type Tally,
  tallyOf,
} from "./store/content.ts";
import { lockFolder } from "./store/lock.ts";
import { migrate, migrationNames } from "./store/migrations.ts";
import { finishReplacing, newFolder, replaceFolder } from "./store/replace.ts";
import type { Database } from "./store/schema.ts";
import { connectStore, markMoved, openFolder, type Place, type Store } from "./store/store.ts";
import { appliedMigrations, checkNotNewer } from "./store/version.ts";

/** What was asked for cannot be done with the stores as they are. */
export class Impossible extends Error {
  override readonly name = "Impossible";
}

/** How many rows there are in all. */
export const rowsIn = (tally: Tally): number =>
  Object.values(tally).reduce((sum, { rows }) => sum + rows, 0);

/**
 * Gives `use` a store's backup as it is at this moment, as a stream of bytes; others may go on
 * writing meanwhile. On PGlite, which does one thing at a time, they wait.
 */
export async function backup(
  db: Kysely<Database>,
  use: (bytes: Readable) => Promise<void>,
): Promise<void> {
  await atOneMoment(db, async (trx) => {
    const migrations = await appliedMigrations(trx);
    const queue = await queueVersion(trx);
    if (migrations.length === 0 || queue === undefined)
      throw new Impossible("there is no Gradus in this database yet: nothing to back up");
    checkNotNewer(migrations, migrationNames);
    const made = new Date().toISOString();
    await use(writeBackup({ made, migrations, queue }, readContent(trx)));
  });
}

/**
 * Puts a backup into an empty store. In a data folder, `replace` puts it in the place of what is
 * there, which is kept beside it; a Postgres database is never overwritten.
 * @returns what was in it, and where the replaced database is kept
 */
export async function restore(
  file: string,
  place: Place,
  { replace = false }: { replace?: boolean } = {},
): Promise<BackupInfo & { kept?: string | undefined }> {
  // Read to its end before anything is touched.
  const info = await checkBackup(file);
  const fill = async (store: Store) => {
    const { pieces, tally } = await openBackup(file);
    await makeTables(store, info);
    await loadContent(store.db, pieces, tally);
    await migrate(store.db);
  };
  if (place.databaseUrl) {
    const store = await connectStore(place);
    try {
      await checkUnused(store, info);
      await fill(store);
    } finally {
      await store.close();
    }
    return info;
  }
  const dataDir = place.dataDir;
  if (!dataDir) throw new Impossible("a data folder or a Postgres server is needed");
  const unlock = lockFolder(dataDir);
  try {
    finishReplacing(dataDir);
    if (!replace && existsSync(join(dataDir, "pglite")))
      throw new Impossible(
        `there is a database in ${dataDir} already. --replace puts the backup in its place, and keeps it beside`,
      );
    const dir = newFolder(dataDir);
    rmSync(dir, { recursive: true, force: true });
    const store = await openFolder(dir);
    try {
      await fill(store);
    } catch (error) {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
    await store.close();
    return { ...info, kept: replaceFolder(dataDir) };
  } finally {
    unlock();
  }
}

/**
 * Moves everything in a data folder, the queue's jobs too, to an empty Postgres database. All of it
 * or nothing: broken off, it is simply begun again. The folder stays as it was, but is refused from
 * then on, so that nobody goes on with the old one by mistake.
 * @returns what was moved, and whether an earlier run had done so already
 */
export async function moveToPostgres(
  dataDir: string,
  databaseUrl: string,
): Promise<{ tally: Tally; again: boolean }> {
  const from = await connectStore({ dataDir });
  try {
    // A folder of an earlier version is brought up to date first, as a start would have done.
    await migrate(from.db);
    const to = await connectStore({ databaseUrl });
    try {
      const { tally, again } = await atOneMoment(from.db, async (source) => {
        const queue = await queueVersion(source);
        if (queue === undefined)
          throw new Impossible(`there is no Gradus in ${dataDir} yet: nothing to move`);
        const tally = await tallyOf(source);
        if (!(await isEmpty(to.db))) {
          // Perhaps an earlier run died when all was there, before it could say so.
          const there = await atOneMoment(to.db, tallyOf);
          if (differences(tally, there).length === 0) return { tally, again: true };
          throw inUse();
        }
        const info = { migrations: migrationNames, queue };
        await checkUnused(to, info);
        await makeTables(to, info);
        await loadContent(to.db, readContent(source), () => tally);
        return { tally, again: false };
      });
      markMoved(dataDir);
      return { tally, again };
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** @throws Impossible unless a Postgres database is empty, and its tables can be those of `info` */
async function checkUnused(
  { db }: Store,
  { migrations }: Pick<BackupInfo, "migrations">,
): Promise<void> {
  if (!(await isEmpty(db))) throw inUse();
  const applied = await appliedMigrations(db);
  if (applied.some((name) => !migrations.includes(name)))
    throw new Impossible(
      "the tables in this database are newer than the backup: give it a database that nothing was started on (createdb)",
    );
}

const inUse = (): Impossible =>
  new Impossible(
    "the Postgres database that DATABASE_URL names is in use by a Gradus already, and is not overwritten. Make a new one (createdb), and put its address into DATABASE_URL",
  );

/** The tables of `info`'s version, and the queue's, empty. */
async function makeTables(
  store: Store,
  { migrations, queue }: { migrations: readonly string[]; queue: number },
): Promise<void> {
  await migrate(store.db, migrations.at(-1));
  const boss = new PgBoss({ ...store.boss, schema: "pgboss", supervise: false, schedule: false });
  boss.on("error", () => {});
  await boss.start();
  await boss.stop({ graceful: false });
  const here = (await queueVersion(store.db)) ?? 0;
  if (queue > here)
    throw new BadBackup(
      `it was written by a newer Gradus (its queue is of version ${queue}, here it is ${here}): update this copy first`,
    );
}

async function queueVersion(db: Kysely<Database>): Promise<number | undefined> {
  const { rows: tables } = await sql`select 1 from pg_tables
    where schemaname = 'pgboss' and tablename = 'version'`.execute(db);
  if (tables.length === 0) return undefined;
  const { rows } = await sql<{ version: number }>`select version from pgboss.version`.execute(db);
  return rows[0]?.version;
}

export { BadBackup, checkBackup, Mismatch };
