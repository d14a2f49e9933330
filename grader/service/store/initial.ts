/**
 * The folder of an empty database, ready made: for PGlite to make one takes several seconds, to
 * unpack this a fraction of one. `npm run initial -w grader` makes it, for the PGlite that is installed.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";

/** Another PGlite may want another folder, so its version is in the name. */
export const initialFile = join(import.meta.dirname, `initial-${pgliteVersion()}.tar.zst`);

/** @returns the folder as a tar file; undefined when none came with this PGlite */
export async function initialFolder(): Promise<Blob | undefined> {
  try {
    return new Blob([await promisify(zstdDecompress)(await readFile(initialFile))]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function pgliteVersion(): string {
  const main = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const { version } = createRequire(import.meta.url)(join(dirname(main), "..", "package.json")) as {
    version: string;
  };
  return version;
}
