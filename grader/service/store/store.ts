/** Where everything is kept: PGlite in a folder, or a Postgres server. The same SQL on both. */

import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, PostgresDialect } from "kysely";
import pg from "pg";
import { type ConstructorOptions, fromPglite } from "pg-boss";
import { lockFolder } from "./lock.ts";
import { migrate } from "./migrations.ts";
import type { Database } from "./schema.ts";

export interface Store {
  kind: "pglite" | "postgres";
  db: Kysely<Database>;
  /** How pg-boss reaches the same database. */
  boss: ConstructorOptions;
  close(): Promise<void>;
}

/**
 * Opens the store and brings its tables up to date.
 * @throws FolderInUse when another process has the folder
 * @throws Error when no Postgres answers, or the data in the folder cannot be read
 */
export async function openStore(where: {
  dataDir?: string | undefined;
  databaseUrl?: string | undefined;
}): Promise<Store> {
  const store = where.databaseUrl
    ? await openPostgres(where.databaseUrl)
    : await openPglite(where.dataDir);
  try {
    await migrate(store.db);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

async function openPglite(dataDir: string | undefined): Promise<Store> {
  if (!dataDir) throw new Error("the store needs a data folder (dataDir) or a databaseUrl");
  const unlock = lockFolder(dataDir);
  try {
    const dir = join(dataDir, "pglite");
    // PGlite's files can be read and written by everybody who gets to them: nobody else may.
    mkdirSync(dir, { recursive: true });
    chmodSync(dir, 0o700);
    const pglite = await PGlite.create(dir).catch((error: Error) => {
      throw new Error(
        `the database in ${dir} cannot be opened (${error.message}). If it is damaged, put its backup in its place, or move it away to begin with an empty one`,
        { cause: error },
      );
    });
    return {
      kind: "pglite",
      db: new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) }),
      boss: { db: fromPglite(pglite), backend: "pglite" },
      async close() {
        if (!pglite.closed) await pglite.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openPostgres(databaseUrl: string): Promise<Store> {
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new Error(
      "DATABASE_URL is not the address of a Postgres: it begins with postgres://, as in postgres://user:password@host:5432/gradus",
    );
  }
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    application_name: "gradus",
    // A server that is away should be an error soon, not a request that hangs.
    connectionTimeoutMillis: 10_000,
  });
  // An idle connection that drops is replaced by the pool; without a listener it ends the process.
  pool.on("error", () => {});
  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.end();
    const { message, code } = error as NodeJS.ErrnoException;
    throw new Error(
      `the Postgres that DATABASE_URL names cannot be used (${message || code}). Is it running, and are address, user and password right? Without DATABASE_URL, Gradus keeps a database of its own`,
      { cause: error },
    );
  }
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return {
    kind: "postgres",
    db,
    boss: { connectionString: databaseUrl, max: 5, application_name: "gradus queue" },
    close: () => db.destroy(),
  };
}
