/** Who takes part, and how to start them. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { engine } from "../src/index.ts";

/** One line of the tables. */
export interface Engine {
  name: string;
  command: string;
  args: string[];
  /** What it can do; by default everything. */
  workloads?: string[];
}

const here = (file: string): string => path.join(import.meta.dirname, file);

/** From here the packages are found. */
const built = here("../node_modules/.cache/bench");

/**
 * Writes the engines as JavaScript, as their users would run them: Node's own translator of types
 * would stay in each process, with 40 MB.
 */
function translate(): void {
  const common = { bundle: true, logLevel: "error" } as const;
  buildSync({
    ...common,
    entryPoints: ["gradus", "chromium", "tensorflow", "jax", "peak"].map((one) =>
      here(`${one}.ts`),
    ),
    outdir: built,
    outExtension: { ".js": ".mjs" },
    packages: "external",
    format: "esm",
    platform: "node",
  });
  buildSync({
    ...common,
    entryPoints: [here("tasks.ts")],
    outfile: path.join(built, "tasks.browser.js"),
    format: "iife",
    globalName: "tasks",
    platform: "browser",
    logOverride: { "empty-import-meta": "silent" },
  });
}

/** Chromium or Chrome, where Linux keeps it. */
export function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"]
    .map((name) => `/usr/bin/${name}`)
    .find(existsSync);
}

function ours(name: string, file: string, ...args: string[]): Engine {
  return { name, command: process.execPath, args: [path.join(built, `${file}.mjs`), ...args] };
}

/** The Python that GRADUS_PYTHON names, or else the one on the path, if it has PyTorch. */
export function findTorch(): string | undefined {
  const command = process.env.GRADUS_PYTHON ?? "python3";
  return spawnSync(command, ["-c", "import torch"]).status === 0 ? command : undefined;
}

/** Whether V8 makes 256-bit operations of pairs of 128-bit ones here. */
function isWide(): boolean {
  return engine().detail.includes("256");
}

/** All engines that are here; PyTorch if it is found. */
export function findEngines(): Engine[] {
  translate();
  const python = findTorch();
  const peak = (bits: number) => ({
    ...ours(`${bits}-bit peak`, "peak", String(bits)),
    workloads: ["matmul"],
  });
  const compiled = (name: string, ...how: string[]) =>
    ours(name, "gradus", "wasm", "compiled", ...how);
  return [
    peak(128),
    ...(isWide() ? [peak(256)] : []),
    ours("Gradus, reference", "gradus", "reference"),
    ours("Gradus, eager", "gradus", "wasm"),
    ours("Gradus, eager, 2 threads", "gradus", "wasm", "2"),
    compiled("Gradus, compiled"),
    compiled("Gradus, compiled, 2 threads", "2"),
    ...(isWide() ? [compiled("Gradus, compiled, 128 bit", "narrow")] : []),
    ...(findChromium() ? [ours("Gradus, compiled, Chromium", "chromium", "wasm", "compiled")] : []),
    ours("TensorFlow.js, cpu", "tensorflow", "cpu"),
    ours("TensorFlow.js, wasm", "tensorflow", "wasm"),
    ours("jax-js, wasm", "jax"),
    ...(python
      ? [1, 2].map((threads) => ({
          name: `PyTorch, ${threads} ${threads === 1 ? "thread" : "threads"}`,
          command: python,
          args: [here("pytorch.py"), String(threads)],
        }))
      : []),
  ];
}
