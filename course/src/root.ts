import fs from "node:fs";
import path from "node:path";

const isRoot = (folder: string): boolean =>
  fs.existsSync(path.join(folder, "course")) && fs.existsSync(path.join(folder, "exercises"));

/**
 * The repository's folder: the one this file lies in, or, where a bundler has moved the code, the nearest one above
 * the working directory. Throws when neither is one.
 */
export function findRoot(): string {
  const here = import.meta.dirname && path.resolve(import.meta.dirname, "..", "..");
  if (here && isRoot(here)) return here;
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    if (isRoot(folder)) return folder;
    if (path.dirname(folder) === folder) break;
  }
  throw new Error(
    `No course found in ${process.cwd()} or above it. Run this inside the repository, or pass { root }.`,
  );
}

/** Names of the folders in `folder` that hold `file`, sorted. */
export function foldersWith(folder: string, file: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => fs.existsSync(path.join(folder, name, file)))
    .sort();
}
