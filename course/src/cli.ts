// npm run notebooks: builds the notebooks from the chapters, runs them in the real kernel and keeps their outputs.
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Chapter, chapterFiles, loadChapter } from "./chapter.ts";
import { formatNotebook, type Notebook } from "./nbformat.ts";
import { buildNotebook } from "./notebook.ts";
import { notebookFile, readNotebook } from "./outputs.ts";
import { CourseError, unknown } from "./problem.ts";
import { findRoot } from "./root.ts";
import { type RunProgress, runNotebook } from "./run.ts";
import { HAND_CHANGED, machineryKey, staleness } from "./stale.ts";

const help = `Usage: npm run notebooks [-- [chapter …] [options]]

Builds notebooks/ from course/ and runs them in the real kernel. A notebook whose chapter, exercises and library have
not changed since it last ran here is left alone. A chapter is named by its number, slug or file: 1, perceptron,
01-perceptron.

  --force      build and run even what has not changed
  --check      change nothing; say what is stale
  --root DIR   another course than this repository's
  -h, --help   this text

Exit code: 0 when all is well, 1 when a chapter was refused or a notebook is stale, 2 for a wrong command line.
`;

function usage(message: string): never {
  console.error(`${message}\n\n${help}`);
  process.exit(2);
}

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        force: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        root: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
}

const { values: options, positionals } = commandLine();
if (options.help) {
  console.log(help);
  process.exit(0);
}
if (options.check && options.force)
  usage("--check changes nothing, so --force has no meaning with it.");
const root = options.root ? path.resolve(options.root) : findRoot();

const nameOf = (file: string): string => path.basename(file, ".mdx");

function chosen(): string[] {
  const files = chapterFiles({ root });
  if (positionals.length === 0) return files;
  const picked = positionals.map((wish) => {
    const file = files.find((one) => {
      const name = nameOf(one);
      return [name, name.replace(/^\d+-/, ""), String(Number.parseInt(name, 10))].includes(
        wish.replace(/\.(mdx|ipynb)$/, ""),
      );
    });
    return file ?? usage(unknown("chapter", wish, files.map(nameOf)));
  });
  return files.filter((file) => picked.includes(file));
}

const tty = process.stdout.isTTY;
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** One moving line on a terminal; where output goes to a file, only what stays. */
class Line {
  private timer: NodeJS.Timeout | undefined;
  private progress: RunProgress | undefined;
  private readonly began = performance.now();
  private readonly label: string;

  constructor(label: string) {
    this.label = label;
    if (tty) this.timer = setInterval(() => this.draw(), 200);
    this.draw();
  }

  update(progress: RunProgress): void {
    this.progress = progress;
    this.draw();
  }

  private draw(): void {
    if (!tty) return;
    const { done = 0, total = 0, cell } = this.progress ?? {};
    const width = 20;
    const full = total > 0 ? Math.round((done / total) * width) : 0;
    const bar = "█".repeat(full) + "░".repeat(width - full);
    const what = cell
      ? `${done}/${total} cells · ${seconds(this.began)} · ${cell}`
      : `${seconds(this.began)} · starting the kernel`;
    const text = `${this.label}  ${bar}  ${what}`;
    process.stdout.write(`\r\x1b[2K${text.slice(0, (process.stdout.columns ?? 100) - 1)}`);
  }

  end(text: string): void {
    clearInterval(this.timer);
    console.log(`${tty ? "\r\x1b[2K" : ""}${this.label}  ${text}`);
  }
}

/** With what each notebook last ran on this machine. */
const memory = path.join(root, ".gradus", "notebooks.json");
function remembered(): Record<string, string> {
  try {
    return JSON.parse(fs.readFileSync(memory, "utf8"));
  } catch {
    return {};
  }
}
function remember(name: string, key: string): void {
  fs.mkdirSync(path.dirname(memory), { recursive: true });
  fs.writeFileSync(memory, `${JSON.stringify({ ...remembered(), [name]: key }, null, 1)}\n`);
}

/**
 * A notebook that somebody has worked in is never lost: it is copied away before it is built anew.
 * @returns what to say about it; undefined where there was nobody's work in it
 */
function keepWork(name: string, built: Notebook, before: Notebook | undefined): string | undefined {
  if (!before) return;
  const starters = new Map(
    built.cells.map((cell) => [cell.metadata.gradus?.exercise, cell.source]),
  );
  const answered = before.cells.some(({ source, metadata: { gradus } }) => {
    const starter = gradus?.exercise && starters.get(gradus.exercise);
    return starter && starter !== source;
  });
  if (!answered && staleness(built, before) !== HAND_CHANGED) return;
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const copy = path.join(root, ".gradus", "notebooks", `${name}.${time}.ipynb`);
  fs.mkdirSync(path.dirname(copy), { recursive: true });
  fs.copyFileSync(notebookFile(name, root), copy);
  return `somebody has worked in notebooks/${name}.ipynb; as it was, it is kept in ${path.relative(root, copy)}`;
}

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => abort.abort());

/** Brings one notebook up to date. Returns whether all is well. */
async function update(file: string, label: string): Promise<boolean> {
  const chapter: Chapter = loadChapter(file, { root });
  const committed = readNotebook(chapter.name, root);
  const built = await buildNotebook(chapter, { root, previous: committed });
  const stale = staleness(built, committed);
  if (options.check) {
    console.log(`${label}  ${stale ? `stale: ${stale}` : "up to date"}`);
    return stale === null;
  }
  const key = machineryKey(chapter, root);
  const before = remembered()[chapter.name];
  if (!stale && !options.force && (before === undefined || before === key)) {
    if (before === undefined) remember(chapter.name, key);
    console.log(`${label}  unchanged`);
    return true;
  }
  const line = new Line(label);
  const began = performance.now();
  try {
    const ran = await runNotebook(built, chapter, {
      root,
      onProgress: (progress) => line.update(progress),
      signal: abort.signal,
    });
    const place = notebookFile(chapter.name, root);
    const text = formatNotebook(ran);
    const same = fs.existsSync(place) && fs.readFileSync(place, "utf8") === text;
    fs.mkdirSync(path.dirname(place), { recursive: true });
    const kept = keepWork(chapter.name, built, committed);
    fs.writeFileSync(`${place}.new`, text);
    fs.renameSync(`${place}.new`, place);
    remember(chapter.name, key);
    const count = ran.cells.filter((cell) => cell.cell_type === "code").length;
    line.end(`${count} cells ran in ${seconds(began)}${same ? ", nothing changed" : ""}`);
    if (kept) console.log(`${" ".repeat(label.length)}  ${kept}`);
    return true;
  } catch (error) {
    line.end(abort.signal.aborted ? "stopped" : `refused after ${seconds(began)}`);
    throw error;
  }
}

const files = chosen();
if (files.length === 0) console.log(`No chapters in ${path.join(root, "course")}.`);
const widest = Math.max(...files.map((file) => nameOf(file).length));
let well = true;
for (const [index, file] of files.entries()) {
  const label = `[${index + 1}/${files.length}] ${nameOf(file).padEnd(widest)}`;
  try {
    if (!(await update(file, label))) well = false;
  } catch (error) {
    if (abort.signal.aborted) process.exit(130);
    well = false;
    // A refused chapter is the author's business and needs no stack; anything else is ours.
    const known = error instanceof CourseError || (error as Error).message?.includes("\n→");
    console.error(known ? (error as Error).message : error);
  }
}
if (!well && options.check) console.log("→ npm run notebooks brings them up to date.");
process.exitCode = well ? 0 : 1;
