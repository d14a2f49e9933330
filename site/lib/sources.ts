import "server-only";
import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { cache } from "react";
import { root } from "./chapters";

const sources = join(root, "lib", "src");

export interface SourceFile {
  /** Its place in `lib/src`: `ops/matmul.ts`. */
  file: string;
  folder: string;
  name: string;
  lines: number;
}

export const readSource = (file: string): string => readFileSync(join(sources, file), "utf8");

/** The files of the library that people wrote to be read: no tests, and nothing generated. */
export const sourceFiles = cache((): SourceFile[] =>
  globSync("**/*.ts", { cwd: sources })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !/\.(test|generated|d)\.ts$|^testing\.ts$/.test(file))
    .map((file) => ({
      file,
      folder: file.includes("/") ? posix.dirname(file) : "",
      name: posix.basename(file),
      lines: readSource(file).trimEnd().split("\n").length,
    }))
    .sort((a, b) =>
      a.folder === b.folder ? (a.name < b.name ? -1 : 1) : a.folder < b.folder ? -1 : 1,
    ),
);

const shown = cache(() => new Set(sourceFiles().map(({ file }) => file)));

/** Whether the file has a page. */
export const isShown = (file: string): boolean => shown().has(file);
