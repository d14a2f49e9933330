// gradus release: the learner's copy, searched for secrets and used as a learner would.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import { listExercises } from "../../grader/exercises/index.ts";
import { gradus, put, root, tempDir } from "./helpers.ts";

const exercises = listExercises(path.join(root, "exercises"));
let copy: string;
let files: string[];

const under = (dir: string): string[] =>
  fs
    .readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((file) => fs.statSync(path.join(dir, file)).isFile())
    .map((file) => file.split(path.sep).join("/"))
    .sort();
const hash = (dir: string, names = under(dir)) =>
  createHash("sha256")
    .update(
      names.map((name) => `${name}\0${fs.readFileSync(path.join(dir, name), "latin1")}`).join("\0"),
    )
    .digest("hex");
/** A course to spoil: the real one, with what is large or built left out. */
function course(): string {
  const dir = tempDir();
  for (const place of [
    "course",
    "exercises",
    "solutions",
    "notebooks",
    "lib/src",
    "grader/checks",
    "grader/cli",
    "package.json",
    "package-lock.json",
    "lib/package.json",
    "grader/package.json",
  ])
    fs.cpSync(path.join(root, place), path.join(dir, place), { recursive: true });
  fs.symlinkSync(path.join(root, "node_modules"), path.join(dir, "node_modules"));
  return dir;
}
const releaseOf = (dir: string, ...args: string[]) =>
  gradus(["release", "--out", path.join(dir, "out"), ...args], {
    env: { GRADUS_EXERCISES: path.join(dir, "exercises") },
  });

beforeAll(async () => {
  copy = path.join(tempDir(), "copy");
  const { code, err, out } = await gradus(["release", "--out", copy]);
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out).toContain(`${exercises.length} exercises`);
  files = under(copy);
});

test("no line of a secret file is in it, wherever one looks", () => {
  const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();
  // What every learner reads anyway: prompts with their hints, starters, public checks, chapters.
  const open = [
    ...exercises.flatMap(({ dir }) =>
      ["exercise.mdx", "starter.ts", "checks.ts"].map((file) => path.join(dir, file)),
    ),
    ...fs
      .readdirSync(path.join(root, "course"))
      .filter((name) => name.endsWith(".mdx"))
      .map((name) => path.join(root, "course", name)),
  ]
    .map((file) => squeeze(fs.readFileSync(file, "utf8")))
    .join("\n");
  const secretFiles = [
    ...exercises.map(({ solutionPath }) => solutionPath),
    ...exercises.flatMap(({ dir }) =>
      under(dir)
        .filter((file) => !["exercise.mdx", "starter.ts", "checks.ts"].includes(file))
        .map((file) => path.join(dir, file)),
    ),
  ];
  expect(secretFiles.length).toBeGreaterThan(50);
  const lines = new Map(
    secretFiles.flatMap((file) =>
      fs
        .readFileSync(file, "utf8")
        .split("\n")
        .map(squeeze)
        .filter((line) => !open.includes(line))
        .map((line) => [line, file] as const),
    ),
  );
  expect(lines.size).toBeGreaterThan(300);
  const texts = new Map(
    files
      .filter((file) => !file.endsWith(".gz"))
      .map((file) => {
        const raw = fs.readFileSync(path.join(copy, file), "utf8");
        const cells = file.endsWith(".ipynb")
          ? JSON.parse(raw)
              .cells.map((cell: { source: string[] }) => cell.source.join(""))
              .join("\n")
          : "";
        return [file, squeeze(`${raw}\n${cells}`)];
      }),
  );
  const found: { file: string; secret: string; line: string }[] = [];
  for (const [line, secret] of lines)
    for (const [file, text] of texts) {
      // Short lines are anybody's; in what the course's authors wrote they would still be told apart.
      const authored = /^(exercises|notebooks)\//.test(file);
      if (
        line.replaceAll(" ", "").length >= (authored ? 18 : 20) &&
        !line.startsWith("import ") &&
        text.includes(line)
      )
        found.push({ file, secret, line });
    }
  // One or two lines of a solution stand by chance in the library, which was there before: its idioms.
  const idioms = (one: { file: string; secret: string }) =>
    /^(lib|grader)\//.test(one.file) &&
    found.filter(({ file, secret }) => file === one.file && secret === one.secret).length <= 2;
  expect(found.filter((one) => !idioms(one))).toEqual([]);
});

test("nor the name of a hidden check, nor a place where an answer could hide", async () => {
  const names: string[] = [];
  for (const exercise of exercises)
    names.push(...((await exercise.hiddenChecks())?.checks ?? []).map(({ name }) => name));
  expect(names.length).toBeGreaterThan(5);
  for (const file of files.filter((file) => !file.endsWith(".gz"))) {
    const raw = fs.readFileSync(path.join(copy, file), "utf8");
    for (const name of names) {
      expect(raw, file).not.toContain(JSON.stringify(name));
      expect(raw, file).not.toContain(JSON.stringify(JSON.stringify(name)).slice(1, -1));
    }
    expect(/sourceMappingURL=data:[^\s,]*,[\w+/=]{40}/.test(raw), file).toBe(false);
  }
  expect(
    files.filter((file) =>
      /(^|\/)(hidden|mutants|solutions|tests|dist|node_modules|\.git|\.next|\.gradus|__pycache__)(\/|\.ts|$)|\.map$|\.test\.ts$/.test(
        file,
      ),
    ),
  ).toEqual([]);
  for (const { name } of exercises)
    expect(files.filter((file) => file.startsWith(`exercises/${name}/`))).toEqual(
      ["checks.ts", "exercise.mdx", "starter.ts"].map((file) => `exercises/${name}/${file}`),
    );
});

test("the same course gives the same bytes, as a folder and as a zip", async () => {
  const other = path.join(tempDir(), "other");
  const [one, two] = [path.join(other, "../1.zip"), path.join(other, "../2.zip")];
  await gradus(["release", "--out", other, "--zip", one], { env: { TZ: "Asia/Kolkata" } });
  await gradus(["release", "--out", other, "--zip", two], { env: { TZ: "America/Lima" } });
  expect(hash(other)).toBe(hash(copy));
  expect(fs.readFileSync(one).equals(fs.readFileSync(two))).toBe(true);
  const inside = Object.keys(unzipSync(fs.readFileSync(one)));
  expect(inside.sort()).toEqual(
    files
      .filter((file) => file !== "release.json")
      .map((file) => `gradus/${file}`)
      .sort(),
  );
});

test("npm takes its lockfile, and what the site alone needs is not in it", () => {
  const said = execFileSync("npm", ["ci", "--dry-run", "--offline", "--ignore-scripts"], {
    cwd: copy,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(said).toMatch(/added \d+ packages/);
  const { packages } = JSON.parse(fs.readFileSync(path.join(copy, "package-lock.json"), "utf8"));
  for (const name of ["next", "react", "vitest", "playwright-core", "sharp"])
    expect(packages, name).not.toHaveProperty(`node_modules/${name}`);
  // What the notebooks import beside gradus, and nothing that none of them does.
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  const cells = fs
    .readdirSync(path.join(copy, "notebooks"))
    .map((name) => fs.readFileSync(path.join(copy, "notebooks", name), "utf8"))
    .join("\n");
  for (const name of Object.keys(dependencies).filter((one) =>
    /^(ml-|libsvm|@tensorflow)/.test(one),
  ))
    expect([name, `node_modules/${name}` in packages]).toEqual([
      name,
      // A library may bring along another.
      cells.includes(`from \\"${name}`) || name === "ml-matrix",
    ]);
  for (const name of ["tslab", "typescript", "esbuild", "@gradus/grader", "gradus"])
    expect(packages, name).toHaveProperty(`node_modules/${name}`);
});

test("in it the library compiles, and the public checks run on a learner's notebook", async () => {
  const place = path.join(tempDir(), "learner");
  fs.cpSync(copy, place, { recursive: true });
  // What npm ci would install, without the network: our packages are the copy's own.
  const packages = path.join(place, "node_modules");
  fs.mkdirSync(path.join(packages, "@gradus"), { recursive: true });
  for (const name of fs.readdirSync(path.join(root, "node_modules")))
    if (!["gradus", "@gradus", ".bin", ".package-lock.json", ".cache"].includes(name))
      fs.symlinkSync(path.join(root, "node_modules", name), path.join(packages, name));
  fs.symlinkSync(path.join(place, "lib"), path.join(packages, "gradus"));
  fs.symlinkSync(path.join(place, "grader"), path.join(packages, "@gradus/grader"));
  // npm puts there what two workspaces need in different versions.
  fs.symlinkSync(path.join(root, "grader/node_modules"), path.join(place, "grader/node_modules"));
  for (const folder of ["lib", "grader"])
    execFileSync(process.execPath, [
      path.join(packages, "typescript/bin/tsc"),
      "-p",
      path.join(place, folder, "tsconfig.build.json"),
    ]);

  const file = path.join(place, "notebooks/01-perceptron.ipynb");
  const bin = path.join(place, "grader/bin/gradus.mjs");
  const book = JSON.parse(fs.readFileSync(file, "utf8"));
  const marks = book.cells.map(
    (cell: { metadata: { gradus?: { exercise?: string } } }) => cell.metadata.gradus?.exercise,
  );
  const own = exercises.filter(({ name }) => marks.includes(name));
  expect(own.length).toBeGreaterThan(2);
  const untouched = await gradus(["check", file, "--json"], { cwd: place, bin });
  expect(
    JSON.parse(untouched.out).reports.map((report: { outcome: string }) => report.outcome),
  ).toEqual(own.map(() => "not attempted"));
  for (const { name, solutionPath } of own) {
    const cell = book.cells.find(
      (one: { metadata: { gradus?: { exercise?: string } } }) =>
        one.metadata.gradus?.exercise === name,
    );
    cell.source = fs.readFileSync(solutionPath, "utf8").replace(/^export /gm, "");
  }
  fs.writeFileSync(file, JSON.stringify(book));
  const solved = await gradus(["check", file, "--json"], { cwd: place, bin });
  expect(solved.err).toBe("");
  expect(solved.code).toBe(0);
  const { reports } = JSON.parse(solved.out);
  expect(reports).toHaveLength(own.length);
  for (const report of reports) expect(report).toMatchObject({ outcome: "passed", practice: true });
  // And the instructor's command says why it cannot.
  const graded = await gradus(
    ["grade", path.join(place, "notebooks"), "--out", path.join(place, "graded")],
    { cwd: place, bin },
  );
  expect(graded).toMatchObject({
    code: 2,
    err: expect.stringContaining("In a learner's copy of the course the hidden checks are missing"),
  });
}, 120_000);

test("cells come back: exercise cells cannot be deleted, and nothing that ran is left", () => {
  const { cells } = JSON.parse(
    fs.readFileSync(path.join(copy, "notebooks/01-perceptron.ipynb"), "utf8"),
  );
  for (const cell of cells) {
    if (cell.cell_type === "code") expect([cell.outputs, cell.execution_count]).toEqual([[], null]);
    const { exercise, check, submit } = cell.metadata.gradus ?? {};
    expect(cell.metadata.deletable).toBe(exercise || check || submit ? false : undefined);
    expect(cell.metadata.editable).toBe(check ? false : undefined);
    if (exercise)
      expect(cell.source.join("")).toBe(
        exercises.find(({ name }) => name === exercise)?.starter.trimEnd(),
      );
  }
});

test("what an instructor left in a notebook or a comment does not come along", async () => {
  const dir = course();
  const file = path.join(dir, "notebooks/01-perceptron.ipynb");
  const book = JSON.parse(fs.readFileSync(file, "utf8"));
  const cell = book.cells.find((one: { id: string }) => one.id === "exercise-perceptron-update");
  cell.source = ["const update = () => 'my answer';"];
  cell.outputs = [{ output_type: "stream", name: "stdout", text: ["my output"] }];
  cell.metadata.note = "my note";
  fs.writeFileSync(file, JSON.stringify(book));
  const update = path.join(dir, "exercises/perceptron-update");
  fs.appendFileSync(
    path.join(update, "exercise.mdx"),
    "\n<!-- told: my secret -->\n{/* my other\nsecret */}\n\n```html\n<!-- shown -->\n```\n",
  );
  const front = fs.readFileSync(path.join(update, "exercise.mdx"), "utf8");
  fs.writeFileSync(
    path.join(update, "exercise.mdx"),
    front.replace("points: 7", "# my front secret\npoints: 7 # and more of my secret"),
  );
  fs.appendFileSync(path.join(update, "checks.ts"), "// the mutant with my secret passes this\n");
  const { code, err } = await releaseOf(dir);
  expect(err).toBe("");
  expect(code).toBe(0);
  const out = path.join(dir, "out");
  const all = under(out)
    .map((name) => fs.readFileSync(path.join(out, name), "latin1"))
    .join("\n");
  expect(all).not.toMatch(/my (answer|output|note|front|other|secret)|mutant with/);
  const prompt = fs.readFileSync(
    path.join(out, "exercises/perceptron-update/exercise.mdx"),
    "utf8",
  );
  expect(prompt).toContain("<!-- shown -->");
  expect(prompt).toMatch(/^points: 7$/m);
}, 60_000);

test("a secret in a place that is copied is found, and nothing is written", async () => {
  const dir = course();
  const solution = fs.readFileSync(path.join(dir, "solutions/perceptron-train.ts"), "utf8");
  fs.appendFileSync(path.join(dir, "lib/src/index.ts"), `/*\n${solution}*/\n`);
  put(dir, "grader/cli/notes.ts", 'export const todo = ["random points that can be separated"];\n');
  const { code, out, err } = await releaseOf(dir, "--json");
  expect(code).toBe(1);
  expect(JSON.parse(out).error.code).toBe("leak");
  expect(err).toContain("lib/src/index.ts: ");
  expect(err).toContain("(from solutions/perceptron-train.ts)");
  expect(err).toContain('grader/cli/notes.ts: "random points that can be separated"');
  expect(fs.existsSync(path.join(dir, "out"))).toBe(false);
}, 60_000);

test("a notebook that somebody wrote into is refused; a folder that is no copy is left alone", async () => {
  const dir = course();
  const file = path.join(dir, "notebooks/01-perceptron.ipynb");
  const text = fs.readFileSync(file, "utf8");
  fs.writeFileSync(
    file,
    text.replace("# 1. The perceptron", "# 1. The perceptron (answer to 2: add the label)"),
  );
  expect(await releaseOf(dir)).toMatchObject({
    code: 2,
    err: expect.stringContaining("is not what its chapter gives"),
  });
  fs.writeFileSync(file, text);
  put(dir, "out/thesis.txt", "mine");
  expect(await releaseOf(dir)).toMatchObject({
    code: 2,
    err: expect.stringContaining("is not empty"),
  });
  fs.rmSync(path.join(dir, "out/thesis.txt"));
  put(dir, "out/.git/HEAD", "ref: refs/heads/main");
  expect((await releaseOf(dir, "perceptron", "--url", "https://gradus.example.org")).code).toBe(0);
  expect(fs.readFileSync(path.join(dir, "out/README.md"), "utf8")).toContain(
    "--url https://gradus.example.org",
  );
  // Brought up to date: what is gone from the course goes from the copy, what is not ours stays.
  fs.rmSync(path.join(dir, "lib/src/random.ts"));
  put(dir, "out/notes.txt", "mine");
  expect((await releaseOf(dir)).out).toMatch(/\(\d+ new or changed, 1 removed\)/);
  expect(fs.existsSync(path.join(dir, "out/lib/src/random.ts"))).toBe(false);
  expect(fs.readFileSync(path.join(dir, "out/notes.txt"), "utf8")).toBe("mine");
  expect(fs.existsSync(path.join(dir, "out/.git/HEAD"))).toBe(true);
  expect(await releaseOf(dir, "optics")).toMatchObject({
    code: 2,
    err: expect.stringContaining("there are: 01-perceptron"),
  });
}, 60_000);
