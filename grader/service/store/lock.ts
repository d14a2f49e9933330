/**
 * An exclusive hold on a data folder. PGlite has no lock of its own, and two processes on one folder
 * lose data without a word. SQLite's file lock belongs to the operating system, which releases it
 * however the process ends, kill -9 included.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another process holds the data folder. */
export class FolderInUse extends Error {
  override readonly name = "FolderInUse";
}

/**
 * Takes the lock on `dir`, making the folder if needed.
 * @returns the function that gives the lock back
 * @throws FolderInUse when another process (or this one, already) holds it
 */
export function lockFolder(dir: string): () => void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const note = join(dir, "in-use-by.json");
  const lock = new DatabaseSync(join(dir, "lock.sqlite"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    throw new FolderInUse(
      `the data folder ${dir} is in use by ${holder(note)}: two processes on one folder would lose data. Stop that one, or give this one another folder (GRADUS_DATA), or let both use a Postgres server (DATABASE_URL)`,
    );
  }
  writeFileSync(note, JSON.stringify({ pid: process.pid, host: hostname() }));
  let held = true;
  return () => {
    if (held) lock.close();
    held = false;
  };
}

function holder(note: string): string {
  try {
    const { pid, host } = JSON.parse(readFileSync(note, "utf8")) as { pid: number; host: string };
    return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  } catch {
    return "another process";
  }
}
