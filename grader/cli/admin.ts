/** `gradus admin …`: for who runs Gradus, on the machine where its data folder is. */
import {
  closeSync,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  BadBackup,
  backup,
  checkBackup,
  Impossible,
  Mismatch,
  moveToPostgres,
  restore,
  rowsIn,
} from "../service/backup.ts";
import { askForBackup } from "../service/backup-control.ts";
import { FolderInUse } from "../service/store/lock.ts";
import { sync } from "../service/store/replace.ts";
import { connectStore, type Place, type Store } from "../service/store/store.ts";
import { OtherVersion } from "../service/store/version.ts";
import { exitCodes, Problem, usage } from "./problem.ts";
import { count } from "./terminal.ts";

interface Options {
  json?: boolean;
}

/** The folder that a start without settings uses, too. */
function dataFolder(): string {
  const root = join(import.meta.dirname, "../..");
  return resolve(root, process.env.GRADUS_DATA || ".gradus");
}

function place(): Place & { said: string } {
  const { DATABASE_URL: databaseUrl } = process.env;
  if (databaseUrl) return { databaseUrl, said: "the Postgres database that DATABASE_URL names" };
  const dataDir = dataFolder();
  return { dataDir, said: dataDir };
}

export async function adminBackup(
  file: string,
  { overwrite, json }: Options & { overwrite?: boolean },
): Promise<void> {
  if (!overwrite && existsSync(file))
    throw usage("file_exists", `${file} is there already`, "--overwrite replaces it");
  const where = place();
  await told(async () => {
    // Whoever looks sees the old file or the whole new one, never a half.
    const partial = `${file}.${process.pid}.partial`;
    try {
      await bytesOf(where, (bytes) => write(bytes, partial));
      const { tally, migrations } = await checkBackup(partial);
      renameSync(partial, file);
      sync(dirname(resolve(file)));
      const bytes = statSync(file).size;
      if (json)
        console.log(JSON.stringify({ file, bytes, migration: migrations.at(-1), tables: tally }));
      else
        console.log(
          `${file}: ${count(rowsIn(tally), "row")} of ${where.said} (${count(tally["public.submissions"]?.rows ?? 0, "submission")}), ${size(bytes)}, read back and whole.`,
        );
    } finally {
      rmSync(partial, { force: true });
    }
  });
}

async function bytesOf(where: Place, use: (bytes: Readable) => Promise<void>): Promise<void> {
  const { dataDir } = where;
  if (!where.databaseUrl && dataDir && !existsSync(join(dataDir, "pglite")))
    throw new Impossible(
      `there is no database in ${dataDir}. GRADUS_DATA names another folder, DATABASE_URL a Postgres server`,
    );
  let store: Store;
  try {
    store = await connectStore(where);
  } catch (error) {
    if (!(error instanceof FolderInUse && dataDir)) throw error;
    return use(await askForBackup(dataDir));
  }
  try {
    await backup(store.db, use);
  } finally {
    await store.close();
  }
}

async function write(bytes: Readable, file: string): Promise<void> {
  // It holds everything about everybody.
  await pipeline(bytes, createWriteStream(file, { mode: 0o600, flags: "wx" }));
  const written = openSync(file, "r+");
  fsyncSync(written);
  closeSync(written);
}

export async function adminRestore(
  file: string,
  { replace, check, json }: Options & { replace?: boolean; check?: boolean },
): Promise<void> {
  if (!existsSync(file)) throw usage("no_file", `there is no file ${file}`);
  const where = place();
  await told(async () => {
    const done = check
      ? { ...(await checkBackup(file)), kept: undefined }
      : await restore(file, where, { replace: replace ?? false });
    const { made, tally, kept } = done;
    if (json) {
      const migration = done.migrations.at(-1);
      console.log(JSON.stringify({ file, made, migration, tables: tally, kept, restored: !check }));
      return;
    }
    const what = `${count(rowsIn(tally), "row")}, ${count(tally["public.submissions"]?.rows ?? 0, "submission")}, as of ${made}`;
    console.log(
      check ? `${file} is whole: ${what}.` : `${file} is restored to ${where.said}: ${what}.`,
    );
    if (kept) console.log(`What was there before is in ${kept}. Delete it when all is well.`);
  });
}

export async function adminToPostgres({ json }: Options): Promise<void> {
  const { DATABASE_URL: databaseUrl } = process.env;
  if (!databaseUrl)
    throw usage(
      "no_database_url",
      "DATABASE_URL is not set: it says to which Postgres server the data goes",
      "DATABASE_URL=postgres://user:password@host:5432/gradus gradus admin to-postgres",
    );
  const dataDir = dataFolder();
  if (!existsSync(join(dataDir, "pglite")))
    throw usage("no_database", `there is no database in ${dataDir}`, "GRADUS_DATA names another");
  await told(async () => {
    const { tally, again } = await moveToPostgres(dataDir, databaseUrl);
    if (json) {
      console.log(JSON.stringify({ from: dataDir, tables: tally, again }));
      return;
    }
    for (const [table, { rows }] of Object.entries(tally))
      if (rows > 0) console.log(`  ${String(rows).padStart(9)}  ${table}`);
    console.log(
      `${again ? "An earlier run had moved everything already" : "Everything was moved"}: ${count(rowsIn(tally), "row")}, counted and compared on both sides. Start Gradus with DATABASE_URL from now on; ${dataDir} is kept as it was, and refused.`,
    );
  });
}

/** Errors of the stores, as the person at the terminal gets them. */
async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BadBackup) throw usage("bad_backup", error.message);
    if (error instanceof FolderInUse)
      throw usage("folder_in_use", error.message, "stop Gradus first");
    if (error instanceof Impossible || error instanceof OtherVersion)
      throw usage("impossible", error.message);
    if (error instanceof Mismatch)
      throw new Problem(exitCodes.server, "mismatch", `nothing was changed: ${error.message}`);
    if (error instanceof Problem) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    throw new Problem(exitCodes.server, code ?? "store", message);
  }
}

function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
