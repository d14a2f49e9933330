// gradus grade: a folder of collected notebooks, through the real sandbox.
import fs from "node:fs";
import path from "node:path";
import { strToU8, zipSync } from "fflate";
import { beforeEach, describe, expect, test } from "vitest";
import { collect } from "../../grader/offline/collect.ts";
import { plan } from "../../grader/offline/grade.ts";
import { gradesCsv } from "../../grader/offline/output.ts";
import { graderVersion, versionOf } from "../../grader/sandbox/version.ts";
import { descendants } from "../sandbox/helpers.ts";
import { answer, gradus, notebook, put, root, small, tempDir, text } from "./helpers.ts";

const right = {
  double: "function double(x: number) { return 2 * x; }",
  negate: "const negate = (x: number) => -x;",
};
const wrong = "function double(x: number) { return x * x; }";
const solved = notebook([
  text("# Work"),
  answer("double", right.double),
  answer("negate", right.negate),
]);
const starter = fs.readFileSync(path.join(small, "double/starter.ts"), "utf8");

let dir: string;
let out: string;
beforeEach(() => {
  dir = path.join(tempDir(), "collected");
  fs.mkdirSync(dir);
  out = path.join(dir, "../graded");
});

const grade = (...args: string[]) =>
  gradus(["grade", dir, "--out", out, ...args], { env: { GRADUS_EXERCISES: small } });

const students = () => collect(dir).notebooks.map(({ student, file }) => [student, file]);
const csvRows = () =>
  fs.readFileSync(path.join(out, "grades.csv"), "utf8").replace("\uFEFF", "").trim().split("\r\n");

describe("whose a notebook is", () => {
  test.each<[what: string, files: string[], students: string[]]>([
    [
      "nbgrader's layout",
      ["submitted/ada/ps1/a.ipynb", "submitted/bob/ps1/a.ipynb"],
      ["ada", "bob"],
    ],
    ["a folder a student", ["ada/work.ipynb", "bob/deep/er/work.ipynb"], ["ada", "bob"]],
    [
      "files side by side",
      ["ada.ipynb", "bob_01-perceptron.ipynb", "c.d.ipynb"],
      ["ada", "bob", "c.d"],
    ],
    [
      "Moodle's folders",
      ["Ada Lovelace_123_assignsubmission_file/a.ipynb", "Bob_9_assignsubmission_file_/b.ipynb"],
      ["Ada Lovelace_123", "Bob_9"],
    ],
    ["Moodle's files", ["Ada Ł_123_assignsubmission_file_a.ipynb"], ["Ada Ł_123"]],
    [
      "Canvas's files",
      ["lovelaceada_LATE_12_345_a-1.ipynb", "bob_13_346_a.ipynb"],
      ["bob_13", "lovelaceada_12"],
    ],
  ])("%s", (_, files, expected) => {
    for (const file of files) put(dir, file, solved);
    put(dir, files[0].replace(/[^/]+$/, ".ipynb_checkpoints/old.ipynb"), solved);
    expect(
      students()
        .map(([student]) => student)
        .sort(),
    ).toEqual(expected);
  });

  test("zip files: of a class, and of one student", () => {
    const bytes = strToU8(solved);
    const moodle = {
      "Ada_1_assignsubmission_file/a.ipynb": bytes,
      "Bob_2_assignsubmission_file/a.ipynb": bytes,
    };
    put(dir, "download.zip", zipSync(moodle));
    put(dir, "cyd.zip", zipSync({ "hw/work.ipynb": bytes, "__MACOSX/._work.ipynb": bytes }));
    put(dir, "dan/hw.zip", zipSync({ "work.ipynb": bytes }));
    // Several notebooks in one student's zip are that student's; Canvas names the student.
    put(dir, "eve.zip", zipSync({ "one.ipynb": bytes, "two.ipynb": bytes }));
    put(dir, "fay_3_4_hw.zip", zipSync({ "week1/a.ipynb": bytes, "week2/b.ipynb": bytes }));
    expect(students()).toEqual([
      ["Ada_1", "download.zip/Ada_1_assignsubmission_file/a.ipynb"],
      ["Bob_2", "download.zip/Bob_2_assignsubmission_file/a.ipynb"],
      ["cyd", "cyd.zip/hw/work.ipynb"],
      ["dan", "dan/hw.zip/work.ipynb"],
      ["eve", "eve.zip/one.ipynb"],
      ["eve", "eve.zip/two.ipynb"],
      ["fay_3", "fay_3_4_hw.zip/week1/a.ipynb"],
      ["fay_3", "fay_3_4_hw.zip/week2/b.ipynb"],
    ]);
    const sources = (text: string) =>
      JSON.parse(text).cells.map(({ source }: { source: string }) => source);
    expect(sources(Buffer.from(collect(dir).notebooks[3].read()).toString())).toEqual(
      sources(solved),
    );
    expect(collect(dir).notebooks.map(({ doubt }) => doubt)).toEqual(Array(8).fill(undefined));
    // The zip itself may be named in place of a folder.
    expect(collect(path.join(dir, "download.zip")).notebooks).toHaveLength(2);
  });

  test("a learner's own file does not make itself another's by its name", () => {
    const bytes = strToU8(solved);
    put(dir, "ada/Bob_2_assignsubmission_file/a.ipynb", solved);
    put(dir, "ada/hw1/bob_LATE_7_8_a.ipynb", solved);
    put(dir, "cyd.zip", zipSync({ "Bob_2_assignsubmission_file/a.ipynb": bytes }));
    put(dir, "Dan_4_assignsubmission_file/Bob_2_assignsubmission_file/a.ipynb", solved);
    // A real download, in a folder of its own, and one that somebody made up.
    put(dir, "moodle/Bob_2_assignsubmission_file/a.ipynb", solved);
    put(dir, "moodle/Eve_5_assignsubmission_file/a.ipynb", solved);
    const forged = {
      "Bob_2_assignsubmission_file/b.ipynb": bytes,
      "Gus_6_assignsubmission_file/b.ipynb": bytes,
    };
    put(dir, "fay.zip", zipSync(forged));
    const { notebooks } = collect(dir);
    expect(notebooks.map(({ student, file, doubt }) => [student, file, doubt])).toEqual([
      [
        "Bob_2",
        "fay.zip/Bob_2_assignsubmission_file/b.ipynb",
        "it lies in fay.zip, and moodle/Bob_2_assignsubmission_file/a.ipynb lies elsewhere: are both theirs?",
      ],
      [
        "Bob_2",
        "moodle/Bob_2_assignsubmission_file/a.ipynb",
        "it lies in moodle, and fay.zip/Bob_2_assignsubmission_file/b.ipynb lies elsewhere: are both theirs?",
      ],
      [
        "Dan_4",
        "Dan_4_assignsubmission_file/Bob_2_assignsubmission_file/a.ipynb",
        "its name says that it is of Bob_2; it lies where Dan_4 may have put it, and counts for Dan_4",
      ],
      ["Eve_5", "moodle/Eve_5_assignsubmission_file/a.ipynb", undefined],
      ["Gus_6", "fay.zip/Gus_6_assignsubmission_file/b.ipynb", undefined],
      [
        "ada",
        "ada/Bob_2_assignsubmission_file/a.ipynb",
        "its name says that it is of Bob_2; it lies where ada may have put it, and counts for ada",
      ],
      [
        "ada",
        "ada/hw1/bob_LATE_7_8_a.ipynb",
        "its name says that it is of bob_7; it lies where ada may have put it, and counts for ada",
      ],
      [
        "cyd",
        "cyd.zip/Bob_2_assignsubmission_file/a.ipynb",
        "its name says that it is of Bob_2; it lies where cyd may have put it, and counts for cyd",
      ],
    ]);
    // The instructor sees it where the grades are entered from.
    const { learners } = plan(collect(dir), []);
    const rows = gradesCsv(
      learners.map((one) => ({ ...one, results: [], points: 0 })),
      [],
      false,
    );
    expect(rows.match(/WHOSE IS THIS\? /g)).toHaveLength(6);
  });

  test("of a notebook in an archive its pictures are not kept", () => {
    const picture = { "image/png": "A".repeat(20 * 2 ** 20) };
    const heavy = JSON.parse(solved);
    heavy.cells[0].outputs = [{ output_type: "display_data", data: picture, metadata: {} }];
    for (let n = 0; n < 8; n++)
      put(
        dir,
        `s${n}.zip`,
        zipSync({ "work.ipynb": [strToU8(JSON.stringify(heavy)), { level: 1 }] }),
      );
    const { notebooks } = collect(dir);
    expect(notebooks).toHaveLength(8);
    for (const one of notebooks) expect(one.read().length).toBeLessThan(10_000);
  });

  test("archives that would unfold to more than a disk, lead out, or are none", () => {
    const zeros = zipSync({ "work.ipynb": [new Uint8Array(80 * 2 ** 20), { level: 1 }] });
    expect(zeros.length).toBeLessThan(2 ** 19);
    put(dir, "ada.zip", zeros);
    put(dir, "bob.zip", zipSync({ "../../out.ipynb": strToU8(solved) }));
    put(dir, "cyd.zip", "PK, not really");
    put(dir, "dan.zip", zipSync({ "in.zip": zeros }));
    const { notebooks, problems } = collect(dir);
    expect(() => notebooks[0].read()).toThrow("it has more than 64 MiB, the most that is read");
    expect(notebooks).toHaveLength(1);
    expect(problems.map(({ student, why }) => `${student}: ${why}`)).toEqual([
      "bob: its name leads out of the archive",
      "cyd: this archive cannot be opened: there is nothing in it, or it is no archive",
      "dan: an archive inside an archive is not opened",
    ]);
    expect(fs.readdirSync(path.join(dir, ".."))).toEqual(["collected"]);
  });

  test("a link is told, not followed", () => {
    const secret = put(tempDir(), "secret.ipynb", solved);
    fs.mkdirSync(path.join(dir, "ada"));
    fs.symlinkSync(secret, path.join(dir, "ada/work.ipynb"));
    fs.symlinkSync(path.dirname(secret), path.join(dir, "bob"));
    const { notebooks, problems } = collect(dir);
    expect(notebooks).toEqual([]);
    expect(problems.map(({ student }) => student)).toEqual(["ada", "bob"]);
    expect(problems[0].why).toContain("links are not followed");
  });
});

test("a class: each learner is graded or told why not, and the rest goes on", async () => {
  const copy = { ...answer("double", wrong), id: "copied" };
  const lost = { ...answer("double", right.double), metadata: {} };
  put(dir, "submitted/ada/ps1/work.ipynb", solved);
  put(
    dir,
    "submitted/bob/ps1/work.ipynb",
    notebook([answer("double", wrong), answer("negate", right.negate)]),
  );
  put(dir, "submitted/cyd/ps1/work.ipynb", notebook([answer("double", starter)]));
  put(dir, "submitted/dan/ps1/work.ipynb", notebook([copy, answer("double", right.double)]));
  put(dir, "submitted/eve/ps1/work.ipynb", '{"cells": [');
  put(dir, "submitted/fay/ps1/essay.pdf", "%PDF");
  put(dir, "submitted/gus/ps1/work.ipynb", notebook([lost]));
  put(dir, "submitted/hal/ps1/work.ipynb", notebook([{ ...lost, id: "new" }]));
  put(
    dir,
    "submitted/ida/ps1/work.ipynb",
    notebook([{ ...answer("double", ""), source: 7 }, answer("double", right.double)]),
  );
  put(
    dir,
    "submitted/jo/ps1/work.ipynb",
    notebook([
      answer("triple", "1"),
      answer("double", "let a = 2;"),
      answer("double", "function double(x: number) { return a * x; }"),
    ]),
  );
  put(dir, "submitted/kim/ps1/work.ipynb", JSON.stringify({ nbformat: 3, worksheets: [] }));
  put(
    dir,
    "submitted/lou/ps1/work.ipynb",
    notebook([answer("double", right.double)], {
      metadata: { kernelspec: { language: "python", display_name: "Python 3" } },
    }),
  );
  put(dir, "submitted/mo/ps1/work.ipynb", Buffer.from([0xff, 0xfe, 0x00]));
  put(dir, "submitted/ned/ps1/work.ipynb", notebook([answer("double", "x\0y")]));
  put(dir, "submitted/oz/ps1/a.ipynb", notebook([answer("double", wrong)]));
  put(dir, "submitted/oz/ps1/b.ipynb", notebook([answer("double", right.double)]));
  put(dir, "submitted/=pat|cmd/ps1/work.ipynb", notebook([answer("double", "for (;;) {}")]));

  const { code, out: said, err } = await grade();
  expect(err).toBe("");
  expect(code).toBe(1);
  expect(csvRows().map((row) => row.split(",").slice(0, 4).join(","))).toEqual([
    "Student,Twice as much (3),The other side of zero (2),Total (5)",
    "'=pat|cmd,0,,0",
    "ada,3,2,5",
    "bob,0,2,2",
    "cyd,,,0",
    "dan,3,,3",
    "eve,,,",
    "fay,,,",
    "gus,3,,3",
    "hal,3,,3",
    "ida,3,,3",
    "jo,3,,3",
    "kim,,,",
    "lou,3,,3",
    "mo,,,",
    "ned,,,",
    "oz,3,,3",
  ]);
  const lines = said.split("\n").filter((line) => /^[!·] /.test(line));
  expect(lines.map((line) => line.replace(/submitted\//g, ""))).toMatchInlineSnapshot(`
    [
      "· dan: dan/ps1/work.ipynb: double: cells 1 and 2 answer it; the last one counts",
      "! eve: eve/ps1/work.ipynb: this is not a notebook: it is not JSON (Unexpected end of JSON input)",
      "! fay: fay: there is no notebook among what was collected: essay.pdf",
      "· gus: gus/ps1/work.ipynb: double: its cell was found by its id alone",
      "· hal: hal/ps1/work.ipynb: double: its cell has lost its mark; cell 1 is taken, which defines double",
      "· ida: ida/ps1/work.ipynb: cell 1 is broken: its source is no text",
      "· jo: jo/ps1/work.ipynb: there is no exercise "triple" in this course",
      "· jo: jo/ps1/work.ipynb: double: cells 2 and 3 together are the answer",
      "! kim: kim/ps1/work.ipynb: this is not a notebook: it is of the old format 3: open it in Jupyter and save it again",
      "· lou: lou/ps1/work.ipynb: it was last saved with another kernel ("Python 3"); its cells are read as TypeScript",
      "! mo: mo/ps1/work.ipynb: this is not a notebook: its bytes are not UTF-8 text",
      "! ned: ned/ps1/work.ipynb: the source of double is not text: it has a NUL character in line 1",
      "· oz: double is answered in oz/ps1/a.ipynb and oz/ps1/b.ipynb; the better answer counts (oz/ps1/b.ipynb)",
    ]
  `);

  // A page each, that any browser shows and that runs nothing.
  const pages = fs.readdirSync(path.join(out, "feedback"));
  expect(pages).toHaveLength(16);
  expect(pages).toContain("-pat-cmd.html");
});

test("feedback holds every check, keeps hidden ones shut, and shows code as text", async () => {
  const evil =
    "function double(x: number) { console.log('<img src=x onerror=alert(1)>'); return x > 1000 ? 77123 : 2 * x; } // </code><script>alert(1)</script>";
  put(dir, "<b>ada.ipynb", notebook([answer("double", evil)]));
  expect((await grade()).code).toBe(0);
  const [page] = fs.readdirSync(path.join(out, "feedback"));
  expect(page).toBe("-b-ada.html");
  const html = fs.readFileSync(path.join(out, "feedback", page), "utf8");
  expect(html).not.toMatch(/<script|<img|<b>/);
  expect(html).toContain("&lt;script&gt;alert(1)");
  const { learners } = JSON.parse(fs.readFileSync(path.join(out, "results.json"), "utf8"));
  const { checks } = learners[0].results[0].report;
  expect(checks).toMatchObject([
    { name: "twice three", outcome: "passed" },
    { name: "a number you cannot know", outcome: "failed", got: "77123" },
  ]);
  expect(html).toMatch(/twice three<\/span> <span class="word">passed, 2\/2/);
  expect(html).toMatch(
    /a number you cannot know <small>\(hidden\)<\/small><\/span> <span class="word">failed, 0\/1/,
  );
  expect(html).not.toContain("<dd>");
});

test("a dry run says the same and executes, and writes, nothing", async () => {
  put(dir, "ada.ipynb", solved);
  put(dir, "bob.ipynb", "{");
  const { code, out: said } = await grade("--dry-run", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(said)).toMatchObject({
    dryRun: true,
    exercises: ["double", "negate"],
    learners: [
      { student: "ada", answers: [{ state: "written" }, { state: "written" }], problems: [] },
      { student: "bob", answers: [], problems: [expect.stringContaining("not JSON")] },
    ],
  });
  expect(fs.existsSync(out)).toBe(false);
});

test("what was graded is kept: a run goes on, and a changed check is run again", async () => {
  const exercises = path.join(dir, "../course/exercises");
  fs.cpSync(small, exercises, { recursive: true });
  fs.cpSync(path.join(small, "../solutions"), path.join(exercises, "../solutions"), {
    recursive: true,
  });
  fs.symlinkSync(path.join(root, "node_modules"), path.join(exercises, "../node_modules"));
  const run = () => gradus(["grade", dir, "--out", out], { env: { GRADUS_EXERCISES: exercises } });
  put(dir, "ada.ipynb", solved);
  put(dir, "bob.ipynb", notebook([answer("double", wrong)]));
  expect((await run()).out).toContain("3 answers of 2 learners");
  const first = fs.readFileSync(path.join(out, "results.json"), "utf8");
  // As if it had been killed in the middle of a line.
  const ledger = path.join(out, "graded.jsonl");
  const lines = fs.readFileSync(ledger, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(4);
  fs.writeFileSync(ledger, `${lines.slice(0, 3).join("\n")}\n${lines[3].slice(0, 40)}`);
  expect((await run()).out).toMatch(/3 answers .*2 of them graded before/);
  const { learners } = JSON.parse(fs.readFileSync(path.join(out, "results.json"), "utf8"));
  expect(learners.map((one: { points: number }) => one.points)).toEqual(
    JSON.parse(first).learners.map((one: { points: number }) => one.points),
  );
  // The course's instructor mends a check: answers to that exercise, and only those, are graded anew.
  fs.appendFileSync(path.join(exercises, "negate/checks.ts"), "\n");
  expect((await run()).out).toMatch(/3 answers .*2 of them graded before/);
  expect((await run()).out).toMatch(/3 answers .*3 of them graded before/);
}, 120_000);

test("Ctrl-C stops it, nothing is left running, and the next run goes on", async () => {
  for (let n = 0; n < 6; n++)
    put(dir, `s${n}.ipynb`, notebook([answer("double", `for (;;) {} // ${n}`)]));
  const before = descendants().length;
  const ledger = path.join(out, "graded.jsonl");
  const running = gradus(["grade", dir, "--out", out], {
    env: { GRADUS_EXERCISES: small },
  });
  const graded = () =>
    fs.existsSync(ledger) ? fs.readFileSync(ledger, "utf8").trimEnd().split("\n").length - 1 : 0;
  const timer = setInterval(() => {
    if (graded() === 0) return;
    clearInterval(timer);
    const command = descendants().find(({ pid }) =>
      fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`grade\0${dir}`),
    );
    process.kill(command!.pid, "SIGINT");
  }, 20);
  const { code, err } = await running;
  clearInterval(timer);
  expect(code).toBe(130);
  expect(err).toContain("the same command goes on from there");
  expect(fs.existsSync(path.join(out, "grades.csv"))).toBe(false);
  const kept = graded();
  expect(kept).toBeLessThan(6);
  expect(descendants().length).toBe(before);
  const { code: again, out: said } = await grade();
  expect(again).toBe(0);
  expect(said).toContain(`${kept} of them graded before`);
}, 120_000);

test("without a sandbox nothing is executed, unless practice was asked for, and that is no grade", async () => {
  put(dir, "ada.ipynb", solved);
  const env = { GRADUS_EXERCISES: small, PATH: tempDir() };
  const refused = await gradus(["grade", dir, "--out", out, "--json"], { env });
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.out).error).toMatchObject({ code: "no_sandbox" });
  expect(refused.err).toContain("--practice");
  const practiced = await gradus(["grade", dir, "--out", out, "--practice"], { env });
  expect(practiced.code).toBe(0);
  expect(practiced.out).toContain("These are no grades.");
  expect(csvRows()[0]).toContain("practice: no grades");
  expect(fs.readFileSync(path.join(out, "feedback/ada.html"), "utf8")).toContain("It is no grade.");
  // And it does not count where there is a sandbox.
  expect((await grade()).out).not.toContain("graded before");
  expect(csvRows()[1]).toBe("ada,3,2,5,");
});

test("wrong use is told with what to do", async () => {
  expect(await gradus(["grade", path.join(dir, "none")])).toMatchObject({
    code: 2,
    err: expect.stringContaining("there is no such file or folder"),
  });
  const empty = await grade();
  expect(empty).toMatchObject({
    code: 2,
    err: expect.stringContaining("submitted/STUDENT/ASSIGNMENT/"),
  });
  put(dir, "ada.ipynb", solved);
  expect(await grade("-e", "triple")).toMatchObject({
    code: 2,
    err: expect.stringContaining("the exercises are: double, negate"),
  });
  expect(await grade("-j", "0")).toMatchObject({
    code: 2,
    err: expect.stringContaining("whole number"),
  });
  const inFile = path.join(put(dir, "notes.txt", ""), "graded");
  const unwritable = await grade("--out", inFile, "--json");
  expect(unwritable).toMatchObject({
    code: 2,
    err: expect.stringContaining(`${inFile} cannot be written: a part of its path is a file`),
  });
  expect(JSON.parse(unwritable.out).error.code).toBe("cannot_write");
}, 60_000);

test("a verdict is of one version of the grader: any file of it that changes makes another", () => {
  const [a, b] = ["checks/run.ts", "library/index.js"].map((file) =>
    put(dir, file, "const one = 1;"),
  );
  put(dir, "checks/run.test.ts", "");
  const folders = [path.dirname(a), path.dirname(b)];
  const seen = new Set([versionOf(folders)]);
  put(dir, "checks/run.test.ts", "test");
  expect(seen.has(versionOf(folders))).toBe(true);
  for (const file of [a, b]) {
    fs.appendFileSync(file, " ");
    seen.add(versionOf(folders));
  }
  put(dir, "library/more.js", "");
  seen.add(versionOf(folders));
  seen.add(versionOf(folders, "v25"));
  expect(seen.size).toBe(5);
  expect(graderVersion()).toMatch(/^[0-9a-f]{64}$/);
  expect(graderVersion()).toBe(graderVersion());
});
