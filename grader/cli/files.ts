/** Reads the file that is to be checked or handed in. */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { BODY_LIMIT } from "../service/body.ts";
import { readFile, type Work } from "../service/handed-in.ts";
import { usage } from "./problem.ts";

/** No notebook of ours comes near this, in bytes; what is larger is a mistake. */
const LARGEST_NOTEBOOK = 200 * 1024 * 1024;

/**
 * The exercises in a file.
 * @throws Problem or Refusal that says what is wrong with the file
 */
export function readWorks(file: string, exercise: string | undefined): Work[] {
  const notebook = /\.ipynb$/i.test(file);
  const text = readText(file, notebook ? LARGEST_NOTEBOOK : BODY_LIMIT, "a .ts or .ipynb file");
  return readFile(basename(file), text, exercise);
}

/**
 * The text of a file.
 * @param limit the most bytes it may have
 * @param kind what it should be
 * @throws Problem that says what is wrong with the file
 */
export function readText(file: string, limit: number, kind: string): string {
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > limit) {
      throw usage(
        "file_too_large",
        `${file} has ${(size / 1024 / 1024).toFixed(1)} MiB; at most ${limit / 1024 / 1024} MiB can be handed in`,
        "is it the right file?",
      );
    }
    bytes = readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw usage("no_file", `there is no file ${file}`);
    if (code === "EISDIR") throw usage("no_file", `${file} is a folder; name ${kind}`);
    if (code === "EACCES") throw usage("no_file", `${file} may not be read (permission denied)`);
    throw error;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usage("not_utf8", `${file} is not text: its bytes are not UTF-8`, "save it as UTF-8");
  }
}

/**
 * Does what writes a file or folder.
 * @throws Problem where it cannot be written
 */
export function writing<T>(place: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code, message, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    const why: Record<string, string> = {
      ENOENT: "there is no such folder",
      ENOTDIR: "a part of its path is a file, not a folder",
      EEXIST: "a file is in its place",
      EISDIR: "it is a folder",
      EACCES: "permission denied",
      EPERM: "permission denied",
      EROFS: "the disk may not be written",
      ENOSPC: "the disk is full",
    };
    throw usage("cannot_write", `${place} cannot be written: ${why[code] ?? message}`);
  }
}

/** The works of a notebook as a notebook with nothing else: outputs can be many megabytes. */
export function bareNotebook(works: readonly Work[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: works.map(({ exercise, source }) => ({
      cell_type: "code",
      source,
      metadata: { gradus: { exercise } },
    })),
  });
}
