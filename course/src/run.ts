// Runs built notebooks in the real kernel.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { executor, jupyterEnvironment, labInstalled, python } from "../../jupyter/lab.mjs";
import { type Chapter, type CourseOptions, cellsOf } from "./chapter.ts";
import {
  type CodeCell,
  formatNotebook,
  type Notebook,
  type Output,
  parseNotebook,
} from "./nbformat.ts";
import { CourseError, type Problem } from "./problem.ts";
import { findRoot } from "./root.ts";

export interface RunProgress {
  /** Cells that have run, of how many. */
  done: number;
  total: number;
  /** Id of the cell that runs now. */
  cell: string;
}

type Event =
  | { event: "start" | "done"; total: number }
  | { event: "cell"; cell: string; done: number; total: number }
  | {
      event: "failed";
      cell: string;
      name: string;
      message: string;
      /** The whole error as text, where the kernel gave one. */
      text?: string;
      /** Where in the cell, counted from 1. */
      place?: { line: number; column: number } | null;
    };

/** The failed cell's place in the source it came from. */
function problemOf(failed: Extract<Event, { event: "failed" }>, chapter: Chapter): Problem {
  const { name, message, place } = failed;
  const cell = cellsOf(chapter).find(({ id }) => id === failed.cell);
  if (cell)
    return {
      file: chapter.file,
      line: cell.line + (place?.line ?? 1) - 1,
      column: place?.column ?? 1,
      message: `cell "${cell.id}": ${name}: ${message}`,
    };
  const exercise = failed.cell?.replace(/^(exercise|check)-/, "");
  const block = chapter.blocks.find((one) => one.kind === "exercise" && one.name === exercise);
  if (!block) return { file: chapter.file, line: 1, column: 1, message: `${name}: ${message}` };
  if (failed.cell.startsWith("exercise-"))
    return {
      file: `exercises/${exercise}/starter.ts`,
      line: place?.line ?? 1,
      column: place?.column ?? 1,
      message: `the starter does not run in a notebook: ${name}: ${message}`,
    };
  const what = `the check of exercise "${exercise}" failed to run: ${name}: ${message}`;
  return { file: chapter.file, line: block.line, column: 1, message: what };
}

/** The outputs as they are kept: nothing in them may tell of this machine. */
function kept(cell: CodeCell, chapter: Chapter, root: string): Output[] {
  const text = JSON.stringify(cell.outputs);
  if (text.includes(JSON.stringify(root).slice(1, -1))) {
    const line = cellsOf(chapter).find(({ id }) => id === cell.id)?.line ?? 1;
    throw new CourseError([
      {
        file: chapter.file,
        line,
        column: 1,
        message: `cell "${cell.id}" shows a path of this machine (${root}): outputs are committed, so show none`,
      },
    ]);
  }
  return cell.outputs;
}

/**
 * Runs a notebook in a kernel of its own and returns it with its outputs; twice the same notebook, twice the same
 * bytes.
 * @param cwd the folder in which the kernel runs; the repository's notebooks by default
 * @param signal ends the run, and the kernel with it
 * @throws CourseError where a cell throws, naming file, line and column in the chapter
 */
export async function runNotebook(
  notebook: Notebook,
  chapter: Chapter,
  {
    root = findRoot(),
    cwd = path.join(root, "notebooks"),
    onProgress,
    signal,
  }: CourseOptions & {
    cwd?: string;
    onProgress?: (progress: RunProgress) => void;
    signal?: AbortSignal;
  } = {},
): Promise<Notebook> {
  if (!labInstalled())
    throw new Error(
      `Jupyter is not installed (looked for ${python}).\n→ npm run lab sets it up; it needs Python 3.10 or later.`,
    );
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-notebook-"));
  const file = path.join(folder, `${chapter.name}.ipynb`);
  fs.writeFileSync(file, formatNotebook(notebook));
  fs.mkdirSync(cwd, { recursive: true });
  let child: ChildProcess | undefined;
  const stop = () => child?.kill("SIGTERM");
  try {
    child = spawn(python, [executor, "--cwd", cwd, file], {
      // Color is for terminals; what a library prints must not depend on who runs it.
      env: {
        ...process.env,
        ...jupyterEnvironment({ state: folder }),
        NO_COLOR: "1",
        FORCE_COLOR: "0",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    signal?.addEventListener("abort", stop);
    const closed = new Promise<number | null>((resolve, reject) => {
      child?.once("error", reject);
      child?.once("close", resolve);
    });
    let errors = "";
    child.stderr?.on("data", (chunk) => {
      errors = (errors + chunk).slice(-8000);
    });
    let failed: Extract<Event, { event: "failed" }> | undefined;
    for await (const line of createInterface({ input: child.stdout! })) {
      if (!line.startsWith("{")) continue;
      const event = JSON.parse(line) as Event;
      if (event.event === "cell") onProgress?.(event);
      if (event.event === "failed") failed = event;
    }
    const code = await closed;
    signal?.throwIfAborted();
    if (failed) throw new CourseError([problemOf(failed, chapter)]);
    if (code !== 0) throw new Error(`jupyter/execute.py ended with ${code}:\n${errors}`);
    const ran = parseNotebook(fs.readFileSync(file, "utf8"));
    const results = new Map(ran.cells.map((cell) => [cell.id, cell]));
    const cells = notebook.cells.map((cell) => {
      const result = results.get(cell.id);
      if (cell.cell_type !== "code" || result?.cell_type !== "code") return cell;
      return {
        ...cell,
        execution_count: result.execution_count,
        outputs: kept(result, chapter, root),
      };
    });
    return { ...notebook, cells };
  } finally {
    signal?.removeEventListener("abort", stop);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
