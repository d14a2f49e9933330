// What the tests of the instructor's commands share: the real command, and notebooks as learners return them.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** `double` (3 points, one of them hidden) and `negate` (2 points). */
export const small = path.join(root, "tests/service/fixtures/exercises");

const temporary: string[] = [];
afterAll(() => {
  for (const dir of temporary) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

/** A new folder, removed when the test file is done. */
export function tempDir(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-offline-"));
  temporary.push(dir);
  return dir;
}

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the command as a process of its own. */
export function gradus(
  args: string[],
  {
    cwd = root,
    env = {},
    bin = path.join(root, "grader/bin/gradus.mjs"),
    onOutput,
  }: {
    cwd?: string;
    env?: Record<string, string>;
    bin?: string;
    onOutput?: (child: ReturnType<typeof spawn>, so_far: string) => void;
  } = {},
): Promise<Ran> {
  const { CI, NO_COLOR, FORCE_COLOR, GRADUS_EXERCISES, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...inherited, ...env } });
  child.stdin.end();
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    ran.out += chunk;
    onOutput?.(child, ran.out);
  });
  child.stderr.on("data", (chunk) => {
    ran.err += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...ran, code })));
}

export type NotebookCell = Record<string, unknown> & { metadata: Record<string, unknown> };

/** A cell that answers an exercise, as the course gives it out. */
export const answer = (exercise: string, source: string): NotebookCell => ({
  cell_type: "code",
  id: `exercise-${exercise}`,
  execution_count: null,
  outputs: [],
  metadata: { gradus: { exercise } },
  source: source.split(/(?<=\n)/),
});

export const text = (source: string): NotebookCell => ({
  cell_type: "markdown",
  metadata: {},
  source: [source],
});

/** A notebook with these cells. */
export const notebook = (cells: NotebookCell[], more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "tslab", language: "typescript", display_name: "TypeScript" } },
    cells,
    ...more,
  });

/** Writes a file, and the folders that it lies in. */
export function put(dir: string, file: string, content: string | Uint8Array): string {
  const full = path.join(dir, file);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, content);
  return full;
}
