/**
 * Puts a restored database in the place of the one that is there. A folder cannot be exchanged for
 * another in one step, so what is to be done is written down first, and done again after a death.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const NOTE = "restore.json";

/** Where a restored database is made, within a data folder. */
export const newFolder = (dataDir: string): string => join(dataDir, "pglite.restored");

/**
 * Puts `newFolder` in the place of the database; what was there is kept beside it.
 * The caller holds the lock. @returns where that is, if there was one
 */
export function replaceFolder(dataDir: string): string | undefined {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const keep = `pglite.before-${stamp}`;
  const had = existsSync(join(dataDir, "pglite"));
  // PGlite leaves it to the operating system when it writes; here everything is on the disk first.
  syncTree(newFolder(dataDir));
  writeFileSync(join(dataDir, NOTE), JSON.stringify({ keep }), { flush: true });
  sync(dataDir);
  finishReplacing(dataDir);
  return had ? join(dataDir, keep) : undefined;
}

/** Finishes a replacing that broke off. The caller holds the lock. */
export function finishReplacing(dataDir: string): void {
  const note = join(dataDir, NOTE);
  if (!existsSync(note)) return;
  const { keep } = JSON.parse(readFileSync(note, "utf8")) as { keep: string };
  const [now, restored] = [join(dataDir, "pglite"), newFolder(dataDir)];
  if (existsSync(restored)) {
    // A second run through here finds the old one kept already.
    if (existsSync(now)) renameSync(now, join(dataDir, keep));
    renameSync(restored, now);
    sync(dataDir);
  }
  rmSync(note);
}

function syncTree(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) sync(path);
  }
  sync(dir);
}

/** Waits until a file, or a folder's list of names, is on the disk. */
export function sync(path: string): void {
  // Windows cannot do it for folders.
  if (process.platform === "win32") return;
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
