/**
 * Finds the notebooks that were collected from a class, and says whose each is. Nothing is run here,
 * no link is followed, and what an archive holds is read into memory, never written anywhere. Of a
 * notebook in an archive only the cells' sources are kept: its pictures can be a thousand times as much.
 */
import {
  closeSync,
  type Dirent,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { Unzip, type UnzipFile, UnzipInflate } from "fflate";

/** A notebook as it was collected. */
export interface Collected {
  student: string;
  /** Where it lies, from the collected folder on; inside an archive: `archive.zip/notebook.ipynb`. */
  file: string;
  /** Its bytes, without outputs if it lay in an archive. @throws CollectError */
  read(): Uint8Array;
  /** Why it may be somebody else's: learners name what is inside of their folders and archives. */
  doubt?: string;
}

/** Something in the folder that cannot be graded. */
export interface Unreadable {
  student: string;
  file: string;
  why: string;
}

export interface Collection {
  /** By student, then by file. */
  notebooks: Collected[];
  problems: Unreadable[];
  /** How many files were passed over because they are no notebooks. */
  others: number;
}

/** Why a file cannot be read, in words for the instructor. */
export class CollectError extends Error {
  override readonly name = "CollectError";
}

/** A notebook with many pictures has some megabytes. */
export const LARGEST_NOTEBOOK = 64 * 2 ** 20;
/** All that one archive may unfold to. */
const LARGEST_ARCHIVE = 2 ** 30;
/** All that is kept of the notebooks in archives: some hundred times as much as a large class writes. */
const MOST_KEPT = 2 ** 29;
const MOST_ENTRIES = 50_000;
const DEEPEST = 8;
/** How much of an archive is unfolded at once: at most a thousand times as much comes out. */
const STEP = 2 ** 15;

/** While one is still looking, no download is known. */
const NONE: ReadonlySet<string> = new Set();

/** A file, or an entry of an archive, by the parts of its path. */
interface Found {
  file: string;
  parts: string[];
  read(): Uint8Array;
  /** Where it lies on disk, unless in an archive. */
  disk?: string;
}

/**
 * Looks through a folder or an archive.
 *
 * Layouts: nbgrader's `submitted/STUDENT/ASSIGNMENT/x.ipynb`; a folder a student; `STUDENT.ipynb` side by
 * side; what Moodle and Canvas give when all submissions are downloaded; and archives of any of these.
 * @param skip a folder inside that is not looked into
 * @param assignment only the folders of this name, in nbgrader's layout
 * @throws CollectError when there is no such place, or it cannot be read
 */
export function collect(
  place: string,
  { skip, assignment }: { skip?: string; assignment?: string } = {},
): Collection {
  const problems: Unreadable[] = [];
  const found: Found[] = [];
  let root = resolve(place);
  let isFolder: boolean;
  try {
    isFolder = statSync(root).isDirectory();
    const submitted = join(root, "submitted");
    if (isFolder && statSync(submitted, { throwIfNoEntry: false })?.isDirectory()) root = submitted;
  } catch (error) {
    throw new CollectError(`${place} cannot be read: ${reason(error)}`);
  }
  if (isFolder) walk(root, root, resolve(skip ?? join(root, ".none")), 0, found, problems);
  else if (/\.zip$/i.test(root))
    found.push({
      file: basename(root),
      parts: [basename(root)],
      read: () => readFileSync(root),
      disk: root,
    });
  else throw new CollectError(`${place} is neither a folder nor a zip file`);

  let room = MOST_KEPT;
  const keep = (bytes: number): void => {
    room -= bytes;
    if (room < 0)
      throw new CollectError(
        `the notebooks in archives hold more than ${MOST_KEPT / 2 ** 20} MiB of code: unpack the archives into a folder, from which one notebook is read at a time`,
      );
  };
  const files = found.flatMap((one) =>
    isZip(one.parts) ? unfold(one, problems, !isFolder, keep) : [one],
  );
  const downloads = downloadsIn(files);
  const owner = (parts: readonly string[]): string => ownerOf(parts, downloads);
  const notebooks: Taken[] = [];
  const others = new Map<string, string[]>();
  for (const { file, parts, read } of files) {
    const whose = owner(parts);
    if (assignment !== undefined && parts.length > 2 && parts[1] !== assignment) continue;
    if (isNotebook(parts)) {
      const inside = lms(parts.slice(1));
      const doubt =
        inside !== undefined && inside !== whose
          ? `its name says that it is of ${inside}; it lies where ${whose} may have put it, and counts for ${whose}`
          : undefined;
      const from = file.split("/")[0];
      // Named by what is inside of something that somebody packed or put there.
      const claimed =
        downloads.has(parts[0]) || (lms(parts.slice(0, 1)) !== undefined && from !== parts[0]);
      notebooks.push({ student: whose, file, read, from, claimed, ...(doubt ? { doubt } : {}) });
    }
    // A lone file beside the folders of students is nobody's.
    else if (parts.length > 1 && parts.at(-1) !== "timestamp.txt")
      others.set(whose, [...(others.get(whose) ?? []), parts.at(-1) ?? ""]);
  }
  const known = new Set([...notebooks, ...problems].map(({ student }) => student));
  let passed = 0;
  for (const [student, names] of others) {
    passed += names.length;
    if (!known.has(student))
      problems.push({
        student,
        file: student,
        why: `there is no notebook among what was collected: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`,
      });
  }
  const order = (a: { student: string; file: string }, b: { student: string; file: string }) =>
    compare(a.student, b.student) || compare(a.file, b.file);
  return {
    notebooks: notebooks.map((one) => withDoubt(one, notebooks)).sort(order),
    problems: problems.sort(order),
    others: passed,
  };
}

/**
 * The folders at the top that are a platform's download of several learners, and nothing else. A learner could make up such
 * a folder; so what comes from one, beside what lies elsewhere for the same learner, is doubted.
 */
function downloadsIn(files: readonly Found[]): Set<string> {
  const inside = new Map<string, Set<string | undefined>>();
  for (const { parts } of files)
    if (parts.length > 1 && !lms([parts[0]]))
      inside.set(parts[0], (inside.get(parts[0]) ?? new Set()).add(lms([parts[1]])));
  return new Set(
    [...inside].flatMap(([top, names]) => (names.size > 1 && !names.has(undefined) ? [top] : [])),
  );
}

function withDoubt({ from, claimed, ...one }: Taken, all: readonly Taken[]): Collected {
  const other = all.find((two) => two.student === one.student && two.from !== from);
  if (one.doubt || !claimed || !other) return one;
  return {
    ...one,
    doubt: `it lies in ${from}, and ${other.file} lies elsewhere: are both theirs?`,
  };
}

/** A notebook, with what it is doubted by. */
interface Taken extends Collected {
  /** The file or folder at the top in which it lies. */
  from: string;
  /** Whether its learner's name is from further inside. */
  claimed: boolean;
}

function walk(
  root: string,
  folder: string,
  skip: string,
  depth: number,
  found: Found[],
  problems: Unreadable[],
): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const file = named(root, folder);
    problems.push({ student: ownerOf([...file.split("/"), ""], NONE), file, why: reason(error) });
    return;
  }
  for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
    const full = join(folder, entry.name);
    const file = named(root, full);
    const parts = file.split("/");
    if (isClutter(entry.name) || full === skip) continue;
    if (entry.isDirectory() && depth < DEEPEST) walk(root, full, skip, depth + 1, found, problems);
    else if (entry.isFile())
      found.push({ file, parts, read: () => readSmall(full, isZip(parts)), disk: full });
    else
      problems.push({
        student: ownerOf(entry.isDirectory() ? [...parts, ""] : parts, NONE),
        file,
        why: entry.isSymbolicLink()
          ? "this is a link, and links are not followed: put the file itself here"
          : "this is no plain file",
      });
  }
}

function readSmall(file: string, archive: boolean): Uint8Array {
  const { size } = lstatSync(file);
  const most = archive ? LARGEST_ARCHIVE : LARGEST_NOTEBOOK;
  if (size > most) throw tooLarge(most);
  return readFileSync(file);
}

/**
 * What an archive holds. What is wrong with it is told, and the rest goes on. One that is `alone` is
 * of a whole class; one among others is a student's, unless a learning platform has named what is in it.
 */
function unfold(
  archive: Found,
  problems: Unreadable[],
  alone: boolean,
  keep: (bytes: number) => void,
): Found[] {
  const own = archive.parts.slice(0, -1);
  const last = archive.parts.at(-1) ?? "";
  const name = lms([last]) ?? last.replace(/\.zip$/i, "");
  const entries: Found[] = [];
  let seen = 0;
  let room = LARGEST_ARCHIVE;
  const take = (bytes: number): void => {
    room -= bytes;
    if (room < 0) throw tooLarge(LARGEST_ARCHIVE);
  };
  try {
    const reader = new Unzip((entry) => {
      if (++seen > MOST_ENTRIES) throw new CollectError(`it has more than ${MOST_ENTRIES} files`);
      const parts = entry.name.split(/[\\/]+/).filter((part) => part !== "" && part !== ".");
      if (entry.name.endsWith("/") || parts.length === 0 || parts.some(isClutter)) return;
      const file = `${archive.file}/${parts.join("/")}`;
      const student = ownerOf([...own, name, ...parts], NONE);
      if (parts.includes(".."))
        problems.push({ student, file, why: "its name leads out of the archive" });
      else if (isZip(parts))
        problems.push({ student, file, why: "an archive inside an archive is not opened" });
      else
        entries.push({
          file,
          parts,
          read: isNotebook(parts) ? inflate(entry, take, keep) : () => new Uint8Array(),
        });
    });
    reader.register(UnzipInflate);
    // In small steps, so that what unfolds to a thousand times its size is noticed early.
    for (const { bytes, last } of pieces(archive)) reader.push(bytes, last);
    if (seen === 0) throw new CollectError("there is nothing in it, or it is no archive");
  } catch (error) {
    const why = `this archive cannot be opened: ${reason(error)}`;
    problems.push({ student: ownerOf(archive.parts, NONE), file: archive.file, why });
    return [];
  }
  // A download of a whole class, or what one student packed?
  const named = new Set(entries.flatMap(({ parts }) => lms(parts) ?? []));
  const isClass =
    own.length === 0 &&
    (named.size > (alone ? 0 : 1) ||
      (alone &&
        (entries.filter(({ parts }) => parts.length === 1 && isNotebook(parts)).length > 1 ||
          (entries.length > 1 && entries.every(({ parts }) => parts.length > 1)))));
  if (!isClass) return entries.map((one) => ({ ...one, parts: [...own, name, ...one.parts] }));
  const isSubmitted = entries.every(({ parts }) => parts[0] === "submitted");
  return entries.map((one) => (isSubmitted ? { ...one, parts: one.parts.slice(1) } : one));
}

/** An archive's bytes, a step at a time. @throws CollectError */
function* pieces({ disk = "" }: Found): Generator<{ bytes: Uint8Array; last: boolean }> {
  const { size } = lstatSync(disk);
  if (size > LARGEST_ARCHIVE) throw tooLarge(LARGEST_ARCHIVE);
  const file = openSync(disk, "r");
  try {
    for (let at = 0; at < size; ) {
      const bytes = new Uint8Array(Math.min(STEP, size - at));
      const length = readSync(file, bytes);
      if (length === 0) throw new CollectError("it became shorter while it was read");
      at += length;
      yield { bytes: bytes.subarray(0, length), last: at >= size };
    }
  } finally {
    closeSync(file);
  }
}

/** A notebook without its outputs; what is no notebook stays as it is, to be refused in words later. */
function bare(bytes: Uint8Array): Uint8Array {
  try {
    const { cells, ...notebook } = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    );
    const kept = cells.map(
      ({ outputs: _, attachments: __, ...cell }: Record<string, unknown>) => cell,
    );
    return Buffer.from(JSON.stringify({ ...notebook, cells: kept }));
  } catch {
    return bytes;
  }
}

/** Unfolds one entry as it comes, as far as a notebook can go. */
function inflate(
  entry: UnzipFile,
  take: (bytes: number) => void,
  keep: (bytes: number) => void,
): () => Uint8Array {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let failed: CollectError | undefined;
  const fail = (why: CollectError): void => {
    failed = why;
    pieces = [];
  };
  entry.ondata = (error, piece, last) => {
    if (error) return fail(new CollectError(`it is damaged: ${error.message}`));
    take(piece.length);
    size += piece.length;
    if (size > LARGEST_NOTEBOOK) fail(tooLarge(LARGEST_NOTEBOOK));
    else if (!failed) pieces.push(piece.slice());
    if (!last || failed) return;
    const kept = bare(Buffer.concat(pieces));
    keep(kept.length);
    pieces = [kept];
  };
  try {
    entry.start();
  } catch (error) {
    fail(new CollectError(`it cannot be unfolded: ${reason(error)}`));
  }
  return () => {
    if (failed) throw failed;
    return Buffer.concat(pieces);
  };
}

/**
 * Whose a file is, by the parts of its path. What a platform names stands at the top, or right inside of
 * one of its downloads; further inside it is the learner who gives names.
 */
function ownerOf(parts: readonly string[], downloads: ReadonlySet<string>): string {
  const download =
    lms(parts.slice(0, 1)) ?? (downloads.has(parts[0]) ? lms(parts.slice(1, 2)) : undefined);
  if (download) return download;
  if (parts.length > 1) return parts[0];
  const name = parts[0].replace(/\.(ipynb|zip)$/i, "");
  // The chapter's own name may stand behind the student's.
  return /^(.+?)[ _.-]+\d\d-[a-z][a-z0-9-]*$/.exec(name)?.[1] ?? name;
}

/** The student, where a learning platform named the file or folder. */
function lms(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    const moodle = /^(.+?_\d+)_assignsubmission_(?:file|onlinetext)(?:_|$)/.exec(part);
    if (moodle) return moodle[1];
    const canvas = /^(\p{Ll}[\p{Ll}\d-]*)(?:_LATE)?_(\d+)_\d+_.+\.(?:ipynb|zip)$/u.exec(part);
    if (canvas) return `${canvas[1]}_${canvas[2]}`;
  }
  return undefined;
}

const isNotebook = (parts: readonly string[]): boolean => /\.ipynb$/i.test(parts.at(-1) ?? "");
const isZip = (parts: readonly string[]): boolean => /\.zip$/i.test(parts.at(-1) ?? "");
const isClutter = (name: string): boolean => /^(\.(?!\.$)|__MACOSX$|node_modules$)/.test(name);
const named = (root: string, full: string): string => relative(root, full).split(sep).join("/");
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const tooLarge = (most: number): CollectError =>
  new CollectError(`it has more than ${most / 2 ** 20} MiB, the most that is read`);

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file or folder";
  if (code === "EACCES") return "permission denied";
  return message;
}
