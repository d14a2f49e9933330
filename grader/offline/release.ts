/**
 * The learner's copy of the course: what is needed to read, run, check and hand in, and nothing that
 * gives an answer away. It is put together from what may be in it, never by leaving out what may not;
 * before anything is written, all of it is searched for the secrets all the same.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript-api";
import { type Exercise, listExercises } from "../exercises/index.ts";
import { findLeaks, type Leak } from "./leaks.ts";
import { pruneLockfile } from "./lockfile.ts";
import { releaseNotebook } from "./release-notebook.ts";

/** Why no copy was made. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
  readonly leaks: readonly Leak[];

  constructor(message: string, leaks: readonly Leak[] = []) {
    super(message);
    this.leaks = leaks;
  }
}

/** The copy in memory: the bytes of each file by its path, paths in order. */
export type Copy = Map<string, Uint8Array>;

/** What of the machinery a learner needs: folders, and which of their files. */
const machinery: [place: string, files: RegExp][] = [
  [".npmrc", /./],
  ["LICENSE", /./],
  ["course/LICENSE.md", /./],
  ["tsconfig.base.json", /./],
  ["datasets", /(\.gz|\.csv|source\.json|README\.md)$/],
  ["grader/bin", /\.mjs$/],
  ["grader/checks", /\.ts$/],
  ["grader/cli", /\.ts$/],
  ["grader/exercises", /\.ts$/],
  ["grader/notebook", /\.ts$/],
  ["grader/offline", /\.ts$/],
  ["grader/sandbox", /\.ts$/],
  ["grader/service", /\.ts$/],
  ["grader/similarity", /\.ts$/],
  ["grader/tsconfig.build.json", /./],
  ["jupyter", /\.(cjs|mjs|mts|d\.ts|sh|json|py|svg|txt)$/],
  ["lib/README.md", /./],
  ["lib/src", /\.ts$/],
  ["lib/tsconfig.build.json", /./],
  ["scripts", /\/(start|setup|steps)\.mjs$/],
];
const never = /(^|\/)(\.(?!npmrc$)[^/]*|node_modules|dist|__pycache__|fixtures)(\/|$)|\.test\.ts$/;

/** The packages that the copy installs for itself. */
const ownDependencies = {
  dependencies: ["tslab"],
  devDependencies: ["@types/node", "typescript"],
};

/**
 * Makes the learner's copy in memory.
 * @param root the folder of the course
 * @param chapters the names of its notebooks; by default all, and with them every exercise
 * @param url where learners hand in, for the copy's README
 * @throws ReleaseError
 */
export function makeCopy(
  root: string,
  { chapters, url }: { chapters?: readonly string[]; url?: string } = {},
): Copy {
  const files: Copy = new Map();
  const text = (file: string, content: string) => files.set(file, Buffer.from(content));
  for (const [place, pattern] of machinery)
    for (const file of filesIn(root, place))
      if (pattern.test(file) && !never.test(file)) files.set(file, readFileSync(join(root, file)));

  const all = listExercises(join(root, "exercises"));
  const byName = new Map(all.map((exercise) => [exercise.name, exercise]));
  const notebooks = chosen(root, chapters);
  const libraries = new Set<string>();
  const wanted = new Set(chapters ? [] : all.map(({ name }) => name));
  for (const name of notebooks) {
    const file = `notebooks/${name}.ipynb`;
    const made = releaseNotebook(readFileSync(join(root, file), "utf8"), (exercise) => {
      const found = byName.get(exercise);
      if (!found)
        throw new ReleaseError(`${file} has a cell for ${exercise}, and there is no such exercise`);
      wanted.add(exercise);
      return found.starter;
    });
    if (!made)
      throw new ReleaseError(
        `${file} is not what its chapter gives: somebody has worked in it, or the chapter has changed since it was built. Build it anew with \`npm run notebooks\`, which keeps a copy of that work`,
      );
    text(file, made);
    for (const library of librariesOf(made)) libraries.add(library);
  }
  for (const exercise of all.filter(({ name }) => wanted.has(name)))
    for (const [file, content] of exerciseFiles(exercise))
      text(`exercises/${exercise.name}/${file}`, content);

  const manifests = manifestsOf(root, libraries);
  for (const [file, manifest] of Object.entries(manifests)) text(file, json(manifest));
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  text("package-lock.json", json(pruneLockfile(lock, manifests)));
  text("README.md", readme(url));
  text(".gitignore", "node_modules/\ndist/\n.venv/\n.gradus/\n.ipynb_checkpoints/\n__pycache__/\n");

  const sorted: Copy = new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const leaks = findLeaks(root, sorted);
  if (leaks.length > 0)
    throw new ReleaseError("the copy would give something away, so it was not made", leaks);
  return sorted;
}

const RECORD = "release.json";

/**
 * Writes the copy. An earlier copy in the same place is brought up to date; what else lies there, such as
 * a git repository, is left alone.
 * @returns how many files are new or changed, and how many were removed
 * @throws ReleaseError when something lies there that is no copy
 */
export function writeCopy(copy: Copy, out: string): { written: number; removed: number } {
  const before = readRecord(out);
  if (!before && existsSync(out) && readdirSync(out).some((name) => name !== ".git"))
    throw new ReleaseError(
      `${out} is not empty, and it is no copy made by gradus release: name another folder`,
    );
  const after: Record<string, string> = {};
  let written = 0;
  for (const [file, bytes] of copy) {
    after[file] = createHash("sha256").update(bytes).digest("hex");
    const place = join(out, file);
    const same = existsSync(place) && readFileSync(place).equals(Buffer.from(bytes));
    if (!same) {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, bytes);
      written++;
    }
    chmodSync(place, modeOf(file));
  }
  const gone = Object.keys(before ?? {}).filter((file) => !(file in after));
  for (const file of gone) rmSync(join(out, file), { force: true });
  writeFileSync(join(out, RECORD), json({ format: 1, files: after }));
  return { written, removed: gone.length };
}

/** Whether a file of the copy is a program. */
export const modeOf = (file: string): number =>
  /^grader\/bin\/|^jupyter\/.*\.sh$/.test(file) ? 0o755 : 0o644;

function readRecord(out: string): Record<string, string> | undefined {
  try {
    const { format, files } = JSON.parse(readFileSync(join(out, RECORD), "utf8"));
    // A path that leads elsewhere was not written by us.
    return format === 1 && Object.keys(files).every((file) => !/(^|\/)\.\.(\/|$)|^\//.test(file))
      ? files
      : undefined;
  } catch {
    return undefined;
  }
}

function chosen(root: string, chapters: readonly string[] | undefined): string[] {
  const folder = join(root, "notebooks");
  const all = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".ipynb"))
        .map((name) => basename(name, ".ipynb"))
        .sort()
    : [];
  if (!chapters) return all;
  const picked = chapters.map((wish) => {
    const name = all.find((one) =>
      [one, one.replace(/^\d+-/, ""), String(Number.parseInt(one, 10))].includes(
        wish.replace(/\.ipynb$/, ""),
      ),
    );
    if (name) return name;
    throw new ReleaseError(`there is no notebook ${wish}; there are: ${all.join(", ")}`);
  });
  return all.filter((name) => picked.includes(name));
}

/** What a learner may have of an exercise. What its author noted in comments stays at home. */
function exerciseFiles({ dir, starter }: Exercise): [file: string, content: string][] {
  const checks = readFileSync(join(dir, "checks.ts"), "utf8");
  const source = ts.createSourceFile("checks.ts", checks, ts.ScriptTarget.ES2022, true);
  return [
    ["exercise.mdx", withoutNotes(readFileSync(join(dir, "exercise.mdx"), "utf8"))],
    ["starter.ts", starter],
    ["checks.ts", ts.createPrinter({ removeComments: true }).printFile(source)],
  ];
}

/** The text without the comments of YAML, Markdown and MDX; code in it is left alone. */
function withoutNotes(text: string): string {
  const [, front = "", body = text] = /^(---\r?\n[\s\S]*?\r?\n---)([\s\S]*)$/.exec(text) ?? [];
  const code = /(^(`{3,}|~{3,})[\s\S]*?^\2|`[^`\n]+`)/m;
  const parts = body.split(new RegExp(code, "gm"));
  let kept = "";
  // Of each match the split gives text, code, and the mark of its fence.
  for (let i = 0; i < parts.length; i += 3)
    kept +=
      parts[i].replace(/<!--[\s\S]*?-->|\{\s*\/\*[\s\S]*?\*\/\s*\}/g, "") + (parts[i + 1] ?? "");
  return front.replace(/^[ \t]*#.*\r?\n/gm, "").replace(/[ \t]+#.*$/gm, "") + kept;
}

/** The package.json files of the copy, by path. */
/** The packages that a notebook's cells import, besides our own. */
function librariesOf(notebook: string): string[] {
  const { cells } = JSON.parse(notebook) as { cells: { cell_type: string; source: string[] }[] };
  return cells
    .filter(({ cell_type }) => cell_type === "code")
    .flatMap(({ source }) => ts.preProcessFile(source.join("")).importedFiles)
    .map(({ fileName }) => /^(@[^/]+\/)?[^/]+/.exec(fileName)?.[0] ?? "")
    .filter((name) => !/^(gradus$|@gradus\/|node:|\.|$)/.test(name));
}

/** @param libraries the packages that the notebooks import */
function manifestsOf(
  root: string,
  libraries: ReadonlySet<string>,
): Record<string, Record<string, unknown>> {
  const read = (file: string): Record<string, Record<string, string>> =>
    JSON.parse(readFileSync(join(root, file), "utf8"));
  const {
    scripts: _scripts,
    devDependencies,
    dependencies,
    description,
    ...own
  } = read("package.json");
  const { devDependencies: _dev, scripts: _tasks, ...lib } = read("lib/package.json");
  const { devDependencies: _types, scripts: _own, ...grader } = read("grader/package.json");
  const pick = (from: Record<string, string>, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, from[name]]));
  return {
    "package.json": {
      ...own,
      description: `${description} The learner's copy.`,
      workspaces: ["lib", "grader"],
      scripts: { start: "node scripts/start.mjs --lab" },
      dependencies: pick(dependencies, [...ownDependencies.dependencies, ...libraries].sort()),
      devDependencies: pick(devDependencies, ownDependencies.devDependencies),
    },
    "lib/package.json": lib,
    "grader/package.json": grader,
  };
}

const readme = (url: string | undefined): string => `# Gradus, your copy

Notebooks, exercises, and all that it takes to run and check them on your own machine. You need Node 20
or later, and Python 3.10 or later for JupyterLab.

\`\`\`sh
npm start                                       # JupyterLab; the first start installs what it needs
npx gradus check notebooks/NAME.ipynb           # the public checks; nothing is sent
npx gradus login${url ? ` --url ${url}` : " --url ADDRESS"}
npx gradus submit notebooks/NAME.ipynb          # hands in, and waits for the verdict
npx gradus status                               # what you handed in, and what came of it
\`\`\`

After the login, the cell below an exercise's checks hands it in, too: \`await submit("NAME")\`.

Write your answers into the exercise cells of the notebooks, and leave those cells in their place: they are
found again by a mark that a copied cell may lack. The cell under each one checks it; more checks run when
you hand in.

Code: MIT (LICENSE). Text, figures and exercises: CC BY 4.0 (course/LICENSE.md). Each pack in datasets/ names
its own source and license.
`;

function* filesIn(root: string, place: string): Generator<string> {
  const full = join(root, place);
  if (!existsSync(full)) return;
  let names: string[];
  try {
    names = readdirSync(full);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOTDIR") throw error;
    return yield place;
  }
  for (const name of names.sort())
    if (!never.test(`${place}/${name}`)) yield* filesIn(root, `${place}/${name}`);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
