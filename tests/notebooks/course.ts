// Small courses in temporary folders, and the commands that run on them.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { findRoot } from "../../course/src/root.ts";

export const repository = findRoot();

export const frontMatter = `---
number: 1
slug: tiny
title: A tiny chapter
question: Does it run?
summary: Two cells and a figure.
minutes: 5
objectives:
  - Run a cell
references:
  - key: rosenblatt1958
    text: "Rosenblatt, F. (1958). The perceptron: a probabilistic model."
  - key: minsky1969
    text: "Minsky, M., & Papert, S. (1969). Perceptrons."
    url: https://mitpress.mit.edu/
---
`;

/** Lines of the front matter above, after which a chapter's body begins. */
export const bodyLine = frontMatter.split("\n").length;

const still =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#56b4e9"/></svg>';

/** A course of one chapter, with one figure and the repository's exercises; its folder is returned. */
export function makeCourse(chapter: string, name = "01-tiny"): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-course-"));
  for (const folder of ["course", "site/figures/line", "site/figures/unfinished"])
    fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.cpSync(path.join(repository, "exercises"), path.join(root, "exercises"), { recursive: true });
  fs.symlinkSync(path.join(repository, "node_modules"), path.join(root, "node_modules"));
  fs.writeFileSync(path.join(root, "site/figures/line/still.svg"), still);
  fs.writeFileSync(path.join(root, `course/${name}.mdx`), chapter);
  return root;
}

export interface Ended {
  code: number | null;
  output: string;
}

/** Runs `npm run notebooks` as the script does, on another course; `watch` sees the output as it grows. */
export function notebooks(
  args: string[],
  {
    mark = randomUUID(),
    watch,
  }: {
    mark?: string;
    watch?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(repository, "course/src/cli.ts"), ...args], {
      cwd: repository,
      env: { ...process.env, GRADUS_RUN: mark },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        output += chunk;
        watch?.(output, (signal) => child.kill(signal));
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Processes that carry the mark in their environment and still live. */
export function marked(mark: string): string[] {
  return fs.readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark);
    } catch {
      return false;
    }
  });
}

/** Waits until `done` holds. Throws after `seconds`. */
export async function until(done: () => boolean, what: string, seconds = 15): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!done()) {
    if (performance.now() > end) throw new Error(`after ${seconds} s still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
