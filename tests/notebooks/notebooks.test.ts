// The committed notebooks: each says what its chapter says, and shows what the real kernel shows.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cellsOf, listChapters, loadChapter } from "../../course/src/chapter.ts";
import { formatNotebook } from "../../course/src/nbformat.ts";
import { buildNotebook } from "../../course/src/notebook.ts";
import {
  loadOutputs,
  notebookFile,
  readNotebook,
  withoutAnswers,
} from "../../course/src/outputs.ts";
import { runNotebook } from "../../course/src/run.ts";
import { staleness } from "../../course/src/stale.ts";
import { jupyterEnvironment, python } from "../../jupyter/lab.mjs";
import {
  bodyLine,
  frontMatter,
  makeCourse,
  marked,
  notebooks,
  repository,
  until,
} from "./course.ts";

const chapters = listChapters();

test("there are chapters, and every notebook belongs to one", () => {
  expect(chapters.length).toBeGreaterThan(0);
  const committed = fs
    .readdirSync(path.join(repository, "notebooks"))
    .filter((name) => name.endsWith(".ipynb"));
  expect(committed).toEqual(chapters.map(({ name }) => `${name}.ipynb`));
});

describe.each(chapters.map((chapter) => [chapter.name, chapter] as const))(
  "%s",
  (name, chapter) => {
    test("is not stale (if it is: npm run notebooks)", async () => {
      const committed = readNotebook(name, repository);
      const built = await buildNotebook(chapter, { previous: committed });
      expect(staleness(built, committed)).toBeNull();
    });

    test("shows in the real kernel what is committed, byte for byte", {
      timeout: 110_000,
    }, async () => {
      const built = await buildNotebook(chapter, { previous: readNotebook(name, repository) });
      const ran = await runNotebook(built, chapter);
      expect(formatNotebook(ran)).toBe(fs.readFileSync(notebookFile(name, repository), "utf8"));
    });

    test("shows something in it, and nothing went wrong", () => {
      const outputs = loadOutputs(chapter.front.slug);
      expect(Object.keys(outputs)).toEqual(cellsOf(chapter).map(({ id }) => id));
      const all = Object.values(outputs).flat();
      const kinds = all.flatMap((output) => ("data" in output ? Object.keys(output.data) : []));
      expect(kinds).toEqual(
        expect.arrayContaining(["text/plain", "text/html", "application/vnd.plotly.v1+json"]),
      );
      expect(all.filter((output) => output.output_type === "error")).toEqual([]);
      expect(
        all.filter((output) => output.output_type === "stream" && output.name === "stderr"),
      ).toEqual([]);
    });

    test("is stale once it is changed by hand, or has not run", async () => {
      const committed = readNotebook(name, repository)!;
      const built = await buildNotebook(chapter, { previous: committed });
      const changed = structuredClone(committed);
      changed.cells[1].source += " More.";
      expect(staleness(built, changed)).toBe("it was changed by hand");
      const idle = structuredClone(committed);
      const first = idle.cells.find((cell) => cell.cell_type === "code");
      if (first?.cell_type === "code") first.execution_count = null;
      expect(staleness(built, idle)).toBe("1 of its cells have not run");
      expect(staleness(built, undefined)).toBe("it has not been built yet");
    });
  },
);

describe("npm run notebooks", () => {
  const folders: string[] = [];
  const course = (body: string) => {
    const root = makeCourse(`${frontMatter}${body}`);
    folders.push(root);
    return root;
  };
  const cell = (id: string, code: string) => `\`\`\`ts cell id=${id}\n${code}\n\`\`\`\n\n`;
  afterAll(() => {
    for (const folder of folders) fs.rmSync(folder, { recursive: true });
  });

  let sound: string;
  beforeAll(() => {
    sound = course(
      `${cell("first", 'import { tensor } from "gradus";\nconst t = tensor([1, 2]);\nconsole.log(t.sum().item());')}` +
        '<Exercise name="perceptron-update" />\n',
    );
  });

  test("builds and runs, then only what changed", { timeout: 100_000 }, async () => {
    const file = path.join(sound, "course/01-tiny.mdx");
    expect(await notebooks(["--root", sound, "--check"])).toEqual({
      code: 1,
      output:
        "[1/1] 01-tiny  stale: it has not been built yet\n→ npm run notebooks brings them up to date.\n",
    });
    const first = await notebooks(["--root", sound]);
    expect(first.output).toMatch(/^\[1\/1\] 01-tiny {2}4 cells ran in [\d.]+ s\n$/);
    expect(first.code).toBe(0);
    const [output] = loadOutputs("tiny", { root: sound }).first;
    expect(output).toEqual({ output_type: "stream", name: "stdout", text: "3\n" });

    expect(await notebooks(["--root", sound])).toEqual({
      code: 0,
      output: "[1/1] 01-tiny  unchanged\n",
    });
    const forced = await notebooks(["1", "--root", sound, "--force"]);
    expect(forced.output).toMatch("nothing changed");

    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("t.sum()", "t.mul(2).sum()"));
    const stale = await notebooks(["tiny", "--root", sound, "--check"]);
    expect(stale).toEqual({
      code: 1,
      output:
        '[1/1] 01-tiny  stale: its source changed (first at the cell "first")\n→ npm run notebooks brings them up to date.\n',
    });
    expect((await notebooks(["01-tiny", "--root", sound])).code).toBe(0);
    expect(loadOutputs("01-tiny", { root: sound }).first).toMatchObject([{ text: "6\n" }]);
  });

  test("keeps a copy of a notebook in which somebody has worked", { timeout: 60_000 }, async () => {
    const file = path.join(sound, "notebooks/01-tiny.ipynb");
    const work = fs.readFileSync(file, "utf8").replace(/todo\(/, "myOwnAnswer(");
    fs.writeFileSync(file, work);
    const ran = await notebooks(["--root", sound]);
    expect(ran.code).toBe(0);
    const [, copy] = /it is kept in (\S+)/.exec(ran.output)!;
    expect(fs.readFileSync(path.join(sound, copy), "utf8")).toBe(work);
    expect(fs.readFileSync(file, "utf8")).not.toBe(work);
    expect((await notebooks(["--root", sound, "--force"])).output).not.toMatch("kept");
  });

  test("refuses a cell that throws, at its line of the chapter, and keeps the old notebook", {
    timeout: 60_000,
  }, async () => {
    const root = course(
      `${cell("fine", 'interface Unseen { a: number }\nfunction risky(n: number): number {\n  if (n > 1) throw new RangeError("too much: " + n);\n  return n;\n}')}` +
        cell(
          "bad",
          "// nothing wrong here\nconst one = risky(1);\nconst two = risky(one + 1);\nconsole.log(two);",
        ),
    );
    const { code, output } = await notebooks(["--root", root]);
    expect(code).toBe(1);
    // The cell "bad" begins eight lines below the first; its third line calls what throws.
    expect(output).toMatch(
      `course/01-tiny.mdx:${bodyLine + 11}:13: cell "bad": RangeError: too much: 2\n`,
    );
    expect(fs.existsSync(notebookFile("01-tiny", root))).toBe(false);
  });

  test("refuses a type error, and a promise that fails unseen", { timeout: 60_000 }, async () => {
    const typed = await notebooks([
      "--root",
      course(cell("a", "const n = 1;\nconst s: string = n;")),
    ]);
    expect(typed.code).toBe(1);
    expect(typed.output).toMatch(
      `course/01-tiny.mdx:${bodyLine + 2}:7: cell "a": TypeScript: Type 'number' is not assignable to type 'string'.`,
    );
    const unseen = await notebooks([
      "--root",
      course(
        cell(
          "a",
          'Promise.reject(new Error("nobody waits"));\nawait new Promise((done) => setTimeout(done, 100));',
        ),
      ),
    ]);
    expect(unseen.code).toBe(1);
    expect(unseen.output).toMatch(/course\/01-tiny\.mdx:\d+:1: cell "a": .*nobody waits/);
  });

  test("refuses outputs that tell of this machine", { timeout: 60_000 }, async () => {
    const { code, output } = await notebooks([
      "--root",
      course(cell("a", "console.log(process.cwd());")),
    ]);
    expect(code).toBe(1);
    expect(output).toMatch(
      `course/01-tiny.mdx:${bodyLine + 1}:1: cell "a" shows a path of this machine`,
    );
  });

  test("a chapter that cannot be read is refused before anything runs, and the others still run", async () => {
    const root = course('<Figure name="none" caption="c" alt="a" />\n');
    const { code, output } = await notebooks(["--root", root]);
    expect(code).toBe(1);
    expect(output).toBe(
      `course/01-tiny.mdx:${bodyLine}:1: unknown figure "none"; did you mean "line"? known: line\n`,
    );
  });

  test.runIf(process.platform === "linux")(
    "leaves no process behind, whether it ends by itself or is stopped",
    { timeout: 60_000 },
    async () => {
      const mark = `gradus-notebooks-${process.pid}-${Date.now()}`;
      const root = course(cell("endless", 'console.log("on");\nfor (;;) {}'));
      let sent = false;
      const ended = notebooks(["--root", root], { mark });
      await until(() => marked(mark).length >= 3, "the kernel runs", 20);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      for (const pid of marked(mark))
        if (
          !sent &&
          fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("course/src/cli.ts")
        ) {
          process.kill(Number(pid), "SIGTERM");
          sent = true;
        }
      expect(sent).toBe(true);
      expect((await ended).code).toBe(130);
      await until(() => marked(mark).length === 0, "all processes are gone", 15);
    },
  );

  test("a wrong command line", async () => {
    const none = await notebooks(["--root", sound, "perceptrn"]);
    expect(none.code).toBe(2);
    expect(none.output).toMatch('unknown chapter "perceptrn"; known: 01-tiny');
    expect((await notebooks(["--fast"])).code).toBe(2);
    expect((await notebooks(["--check", "--force"])).code).toBe(2);
    const help = await notebooks(["--help"]);
    expect(help.code).toBe(0);
    expect(help.output).toMatch(/^Usage: npm run notebooks/);
  });
});

test("a chapter without a notebook has no outputs, and the error says what to do", () => {
  expect(() => loadOutputs("no-such-chapter")).toThrow(
    "build it with npm run notebooks -- no-such-chapter",
  );
});

test("a port that is taken before the kernel listens: the kernel ends, and another is started", {
  timeout: 120_000,
}, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-ports-"));
  const file = path.join(folder, "tiny.ipynb");
  const code = {
    cell_type: "code",
    id: "one",
    metadata: {},
    execution_count: null,
    outputs: [],
    source: "1 + 1",
  };
  fs.writeFileSync(
    file,
    JSON.stringify({ cells: [code], metadata: {}, nbformat: 4, nbformat_minor: 5 }),
  );
  const run = (held: number) =>
    spawnSync(python, ["tests/notebooks/ports.py", String(held), folder, file], {
      cwd: repository,
      env: { ...process.env, ...jupyterEnvironment({ state: folder }) },
      encoding: "utf8",
    });
  const taken = run(3);
  expect(taken.status).toBe(1);
  expect(taken.stderr).toMatch(/The kernel cannot listen on port \d+: Address already in use/);
  const second = run(1);
  expect(second.stdout).toContain('"event": "done"');
  expect(second.status).toBe(0);
  fs.rmSync(folder, { recursive: true });
});

test("saving in Jupyter changes nothing: its own writer gives the same bytes", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-save-"));
  try {
    for (const { name } of chapters) {
      const file = notebookFile(name, repository);
      const copy = path.join(folder, `${name}.ipynb`);
      const script =
        "import sys, nbformat; n = nbformat.read(sys.argv[1], as_version=4); nbformat.validate(n); nbformat.write(n, sys.argv[2])";
      const { status, stderr } = spawnSync(python, ["-c", script, file, copy], {
        encoding: "utf8",
      });
      expect(status, stderr).toBe(0);
      expect(fs.readFileSync(copy, "utf8")).toBe(fs.readFileSync(file, "utf8"));
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("chapters are named as their notebooks", () => {
  for (const { name } of chapters)
    expect(loadChapter(path.join(repository, "course", `${name}.mdx`)).name).toBe(
      readNotebook(name, repository)?.metadata.gradus.chapter,
    );
});

test("a notebook that is handed on has no answers in it", () => {
  const root = path.resolve(import.meta.dirname, "../..");
  const committed = readNotebook("01-perceptron", root)!;
  const starterOf = (name: string): string =>
    fs.readFileSync(path.join(root, "exercises", name, "starter.ts"), "utf8");
  expect(withoutAnswers(committed, starterOf)).toEqual(committed);
  const worked = structuredClone(committed);
  for (const cell of worked.cells)
    if (cell.metadata.gradus?.exercise === "perceptron-update") cell.source = "my answer";
  worked.cells.push({
    ...structuredClone(worked.cells.at(-1)!),
    cell_type: "code",
    id: "own",
    metadata: {},
    source: "my notes",
    outputs: [],
    execution_count: 1,
  });
  const text = JSON.stringify(withoutAnswers(worked, starterOf));
  expect(text).not.toContain("my answer");
  expect(text).not.toContain("my notes");
  expect(text).toContain("todo(");
});
