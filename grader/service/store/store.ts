/** Where everything is kept: PGlite in a folder, or a Postgres server. The same SQL on both. */

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { type ConstructorOptions, fromPglite } from "pg-boss";
import { initialFolder } from "./initial.ts";
import { lockFolder } from "./lock.ts";
import { migrate } from "./migrations.ts";
import { finishReplacing } from "./replace.ts";
import type { Database } from "./schema.ts";

export interface Store {
  kind: "pglite" | "postgres";
  db: Kysely<Database>;
  /** How pg-boss reaches the same database. */
  boss: ConstructorOptions;
  close(): Promise<void>;
}

/** Where a store is: a data folder, or a Postgres server, which goes first. */
export interface Place {
  dataDir?: string | undefined;
  databaseUrl?: string | undefined;
}

/** What is found in a data folder whose content was moved to a Postgres server. */
const MOVED = "moved-to-postgres.json";

/**
 * Opens the store and brings its tables up to date.
 * @throws FolderInUse when another process has the folder
 * @throws OtherVersion when a newer Gradus has made the tables
 * @throws Error when no Postgres answers, or the data in the folder cannot be read
 */
export async function openStore(where: Place): Promise<Store> {
  const store = await connectStore(where);
  try {
    await migrate(store.db);
    if (store.kind === "pglite") await tidy(store.db);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/**
 * What a Postgres server does by itself now and then, and PGlite never: notes how full the tables are, so
 * that questions are planned well, and which rows are settled, so that an index alone can answer.
 */
async function tidy(db: Kysely<Database>): Promise<void> {
  await sql`vacuum (analyze) submissions, verdicts, shared_submissions, enrollments`.execute(db);
}

/** As `openStore`, but leaves the tables as they are. */
export async function connectStore({ dataDir, databaseUrl }: Place): Promise<Store> {
  if (databaseUrl) return openPostgres(databaseUrl);
  if (!dataDir) throw new Error("the store needs a data folder (dataDir) or a databaseUrl");
  const unlock = lockFolder(dataDir);
  try {
    if (existsSync(join(dataDir, MOVED)))
      throw new Error(
        `what is in ${dataDir} was moved to a Postgres server, and goes on there: set DATABASE_URL to it. (To go back to what was here at the move, and lose what came after, delete ${join(dataDir, MOVED)})`,
      );
    finishReplacing(dataDir);
    const store = await openFolder(join(dataDir, "pglite"));
    return {
      ...store,
      async close() {
        await store.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** From now on `dataDir` is refused: its content lives on a Postgres server. */
export function markMoved(dataDir: string): void {
  writeFileSync(join(dataDir, MOVED), JSON.stringify({ at: new Date().toISOString() }), {
    flush: true,
  });
}

/** PGlite in a folder of its own, made if it is not there. The caller holds the lock. */
export async function openFolder(dir: string): Promise<Store> {
  // Stands there until a new database is whole, so that one that broke off is begun again.
  const making = `${dir}.making`;
  if (existsSync(making)) rmSync(dir, { recursive: true, force: true });
  const isNew = !existsSync(dir) || readdirSync(dir).length === 0;
  if (isNew) writeFileSync(making, "");
  // PGlite's files can be read and written by everybody who gets to them: nobody else may.
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o700);
  const loadDataDir = isNew ? await initialFolder() : undefined;
  const pglite = await PGlite.create(dir, { ...(loadDataDir ? { loadDataDir } : {}) }).catch(
    (error: Error) => {
      throw new Error(
        `the database in ${dir} cannot be opened (${error.message}). If it is damaged, restore its backup (gradus admin restore), or move it away to begin with an empty one`,
        { cause: error },
      );
    },
  );
  rmSync(making, { force: true });
  return {
    kind: "pglite",
    db: new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) }),
    boss: { db: fromPglite(pglite), backend: "pglite" },
    async close() {
      if (!pglite.closed) await pglite.close();
    },
  };
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
