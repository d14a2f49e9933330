/** Builds the code that runs in workers: theirs, each in one file, and the library in files. */
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { type CutLibrary, cutLibrary } from "../../lib/parts.ts";

export interface WorkerCode {
  library: CutLibrary;
  /** The workers' own code, by name. */
  workers: ReadonlyMap<"cells" | "checks", string>;
}

/** @param root the folder of the repository */
export async function buildWorkers(root: string): Promise<WorkerCode> {
  const own = async (name: "cells" | "checks") => [name, await bundle(root, name)] as const;
  const [library, ...workers] = await Promise.all([cutLibrary(root), own("cells"), own("checks")]);
  return { library, workers: new Map(workers) };
}

async function bundle(root: string, name: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, "site", "isolate", `${name}.worker.ts`)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2023",
    minify: true,
    // Errors name their classes; learners read those names.
    keepNames: true,
    legalComments: "none",
    logLevel: "silent",
    plugins: [libraryInParts(root)],
  });
  return outputFiles[0].text;
}

/** `gradus` is what the page hands to the worker, in one copy for all. */
const libraryInParts = (root: string): Plugin => ({
  name: "library in parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^gradus(\/host)?$/ }, ({ path }) => ({ path, namespace: "handed" }));
    onLoad({ filter: /.*/, namespace: "handed" }, ({ path }) => ({
      contents: `const { library } = require("./handed.ts");
        const own = library.${path === "gradus" ? "take" : "host"}();
        module.exports = Object.defineProperty({ ...own }, "__esModule", { value: true });`,
      resolveDir: join(root, "site", "isolate"),
    }));
  },
});
