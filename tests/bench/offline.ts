/**
 * How long it takes from collected notebooks to grades and feedback, for one and for a hundred.
 *
 *   node tests/bench/offline.ts [--nbgrader PROGRAM] [--many NUMBER]
 *
 * With --nbgrader (pip install nbgrader), nbgrader grades as many notebooks of the same exercise in Python, with
 * a test cell for each of our checks: its autograde and generate_feedback together do what gradus grade does.
 * nbgrader runs a notebook with the rights of whoever grades; gradus grade runs it in the sandbox.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { values } = parseArgs({
  options: { nbgrader: { type: "string" }, many: { type: "string", default: "100" } },
});
const many = Number(values.many);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-bench-"));
const exercise = "perceptron-update";

function timed(command: string, args: string[], cwd: string): number {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stdout}\n${stderr}`);
  return (performance.now() - began) / 1000;
}

function put(file: string, content: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

function gradus(count: number): number {
  const solution = fs.readFileSync(path.join(root, `solutions/${exercise}.ts`), "utf8");
  const released = fs.readFileSync(path.join(root, "notebooks/01-perceptron.ipynb"), "utf8");
  for (let n = 0; n < count; n++) {
    const book = JSON.parse(released);
    for (const cell of book.cells)
      if (cell.metadata.gradus?.exercise === exercise)
        cell.source = `${solution.replace(/^export /gm, "")}// ${n}`;
    put(path.join(dir, `g${count}/submitted/s${n}/ps1/work.ipynb`), JSON.stringify(book));
  }
  const bin = path.join(root, "grader/bin/gradus.mjs");
  const out = path.join(dir, `g${count}/graded`);
  const took = timed(
    process.execPath,
    [bin, "grade", path.join(dir, `g${count}`), "-e", exercise, "-o", out],
    root,
  );
  const { learners } = JSON.parse(fs.readFileSync(path.join(out, "results.json"), "utf8"));
  if (learners.length !== count || learners.some((one: { points: number }) => one.points !== 7))
    throw new Error("not everybody got every point");
  return took;
}

/** The checks of the exercise, as nbgrader's test cells. */
const tests = [
  "assert update([0.5, -1], 0, [1, 2], 1)['weights'] == [1.5, 1]",
  "assert update([2, 1], 0, [1, 3], -1)['weights'] == [1, -2]",
  "assert update([0.5, -1], 0, [1, 2], 1)['bias'] == 1",
  "assert update([2, 1], 0, [1, 3], 1) == {'weights': [2, 1], 'bias': 0}",
  "assert update([0, 0], 0, [3, 4], -1)['weights'] == [-3, -4]",
  "w = [0.5, -1]\nupdate(w, 0, [1, 2], 1)\nassert w == [0.5, -1]",
  "import random\nfor n in range(1, 6):\n    w = [random.uniform(-1, 1) for _ in range(n)]\n    s = sum(w)\n    assert (update(w, 0, [1] * n, 1)['bias'] == 0) == (s >= 0)",
];
const answer = `def update(weights, bias, point, label):
    score = sum(w * x for w, x in zip(weights, point)) + bias
    if (1 if score >= 0 else -1) == label:
        return {"weights": list(weights), "bias": bias}
    return {"weights": [w + label * x for w, x in zip(weights, point)], "bias": bias + label}`;

function nbgrader(program: string, count: number): number {
  const course = path.join(dir, `n${count}`);
  const cell = (id: string, source: string, more: object) => ({
    cell_type: "code",
    id,
    execution_count: null,
    outputs: [],
    source,
    metadata: { nbgrader: { schema_version: 3, grade_id: id, task: false, ...more } },
  });
  const book = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } },
    cells: [
      cell("update", `### BEGIN SOLUTION\n${answer}\n### END SOLUTION`, {
        grade: false,
        solution: true,
        locked: false,
      }),
      ...tests.map((source, n) =>
        cell(`test-${n}`, source, { grade: true, solution: false, locked: true, points: 1 }),
      ),
    ],
  };
  put(
    path.join(course, "nbgrader_config.py"),
    "c = get_config()\nc.CourseDirectory.course_id = 'bench'\n",
  );
  put(path.join(course, "source/ps1/work.ipynb"), JSON.stringify(book));
  timed(program, ["generate_assignment", "ps1", "--create"], course);
  const released = fs.readFileSync(path.join(course, "release/ps1/work.ipynb"), "utf8");
  for (let n = 0; n < count; n++) {
    const own = JSON.parse(released);
    own.cells[0].source = `${answer}\n# ${n}`;
    put(path.join(course, `submitted/s${n}/ps1/work.ipynb`), JSON.stringify(own));
  }
  const graded = timed(program, ["autograde", "ps1"], course);
  const took = graded + timed(program, ["generate_feedback", "ps1"], course);
  timed(program, ["export", "--to", "grades.csv"], course);
  const rows = fs.readFileSync(path.join(course, "grades.csv"), "utf8").trim().split("\n");
  const score = rows[0].split(",").indexOf("score");
  const pages = fs.globSync(path.join(course, "feedback/*/ps1/work.html"));
  const whole = rows.slice(1).filter((row) => Number(row.split(",")[score]) === tests.length);
  if (whole.length !== count || pages.length !== count)
    throw new Error(
      `nbgrader gave ${whole.length} of ${count} every point, and ${pages.length} pages`,
    );
  return took;
}

try {
  const rows: [what: string, one: number, all: number][] = [
    ["gradus grade", gradus(1), gradus(many)],
  ];
  const { nbgrader: program } = values;
  if (program)
    rows.push(["nbgrader autograde + feedback", nbgrader(program, 1), nbgrader(program, many)]);
  console.log(`From collected notebooks to grades and feedback, in seconds:\n`);
  console.log(`${"".padEnd(32)}${"1".padStart(8)}${String(many).padStart(8)}`);
  for (const [what, one, all] of rows)
    console.log(`${what.padEnd(32)}${one.toFixed(1).padStart(8)}${all.toFixed(1).padStart(8)}`);
  if (!program) console.log("\n(--nbgrader PROGRAM puts nbgrader beside it.)");
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
