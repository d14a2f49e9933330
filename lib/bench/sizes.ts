/** What of the library a page loads: the files that the site serves, each gzipped. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { cutLibrary } from "../parts.ts";
import { withNeeds } from "../parts-index.ts";
import type { Bar } from "./summary.ts";

export interface Size {
  what: string;
  /** Gzipped. */
  bytes: number;
}

export interface Sizes {
  /** What is there before a cell runs: what trains, and the index of all parts. */
  core: Size;
  kernels: Size;
  /** What each further part adds to that, alone. */
  parts: Size[];
  /** All files once, without the kernels. */
  all: Size;
  /** What the cells of each chapter load, without the kernels. */
  chapters: Size[];
}

const root = path.join(import.meta.dirname, "../..");

export async function measureSizes(): Promise<Sizes> {
  const { index, texts, parts, kernels } = await cutLibrary(root);
  const sizeOf = (file: string): number => gzipped(texts.get(file)!);
  const total = (files: readonly string[]): number =>
    files.filter((file) => file !== kernels).reduce((sum, file) => sum + sizeOf(file), 0);
  const begin = withNeeds(index, index.core);
  const core = gzipped(JSON.stringify(index)) + total(begin);
  const fileOf = new Map(
    Object.entries(index.files)
      .filter(([file]) => file !== index.host)
      .flatMap(([file, { names }]) => names.map((name) => [name, file] as const)),
  );
  /** What must come, besides, before a cell can use these names. */
  const added = (names: readonly string[]): number => {
    const files = names.flatMap((name) => fileOf.get(name) ?? []);
    const needed = new Set(files.flatMap((file) => withNeeds(index, file)));
    return total([...needed].filter((file) => !begin.includes(file)));
  };
  return {
    core: { what: "core: what trains", bytes: core },
    kernels: { what: "kernels", bytes: sizeOf(kernels) },
    parts: [...parts]
      .filter(([part]) => part !== "core")
      .map(([what, names]) => ({ what, bytes: added(names) })),
    all: { what: "all of it", bytes: core + added([...parts.values()].flat()) },
    chapters: chapters().map(({ what, names }) => ({ what, bytes: core + added(names) })),
  };
}

const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length;

/** What the notebooks' cells import of the library. */
function chapters(): { what: string; names: string[] }[] {
  const folder = path.join(root, "notebooks");
  const notebooks = readdirSync(folder).filter((file) => file.endsWith(".ipynb"));
  return notebooks.sort().map((file) => {
    const { cells } = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as {
      cells: { cell_type: string; source: string | string[] }[];
    };
    const code = cells
      .filter((cell) => cell.cell_type === "code")
      .map(({ source }) => [source].flat().join(""));
    const lists = code.join("\n").matchAll(/import \{([^}]*)\} from "gradus"/g);
    const names = Array.from(lists, ([, list]) => list.match(/\w+/g) ?? []).flat();
    return { what: file.replace(/\.ipynb$/, ""), names };
  });
}

/** Gzipped, as it is downloaded, each may be so large: 60 KB, of 1000 bytes. */
const MOST = 60;

export function sizeBars({ core, kernels }: Sizes): Bar[] {
  return [
    { what: "what a page loads to train, without kernels: KB gzipped", value: core.bytes / 1000 },
    { what: "the kernels: KB gzipped", value: kernels.bytes / 1000 },
  ].map((one) => ({ ...one, bound: "≤" as const, bar: MOST, holds: one.value <= MOST }));
}

export function sizeTable({ core, kernels, parts, all, chapters }: Sizes): string {
  const line = ({ what, bytes }: Size, sign = " "): string =>
    `${what.padEnd(20)} ${`${sign}${(bytes / 1000).toFixed(1)}`.padStart(6)}`;
  return [
    "sizes: what of the library a page loads; KB, minified and gzipped",
    "",
    line(core),
    ...parts.map((part) => line(part, "+")),
    line(all),
    line(kernels),
    "",
    "what a chapter's cells load, without the kernels",
    ...chapters.map((chapter) => line(chapter)),
  ].join("\n");
}
