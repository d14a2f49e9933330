// Handing in over real HTTP, with a real sandbox behind: what is right, what is wrong, and what
// nobody should send. Nothing may be lost, and every refusal says why.
import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Client,
  exercisesRoot,
  rightDouble,
  rightNegate,
  Served,
  tempDir,
  wrongDouble,
} from "./helpers.ts";

const dataDir = tempDir();
let server: Served;
let learner: Client;
let instructor: Client;

beforeAll(async () => {
  server = await Served.start({ dataDir });
  instructor = await new Client(server.url).signUp("Ines");
  await instructor.becomeAdministrator(server.adminLink);
  learner = await new Client(server.url).signUp("Lin");
});
afterAll(async () => {
  await server?.kill("SIGTERM");
});

const starter = (exercise: string) =>
  fs.readFileSync(path.join(exercisesRoot, exercise, "starter.ts"), "utf8");
const cell = (source: string | string[], gradus?: object, cell_type = "code") => ({
  cell_type,
  source,
  metadata: gradus ? { gradus } : {},
  outputs: [],
});
const notebook = (...cells: object[]) => ({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
const asNotebook = { "content-type": "application/x-ipynb+json" };
const fresh = () => new Client(server.url).signUp("Somebody");

describe("what is right", () => {
  test("a source: written down with its hash, graded, seen by both", async () => {
    const source = rightDouble("ü, 数, 🐧");
    const receipt = await learner.handIn("double", source);
    expect(receipt).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      exercise: "double",
      state: "queued",
      sha256: createHash("sha256").update(source).digest("hex"),
      duplicate: false,
    });
    const mine = await learner.graded(receipt.id);
    expect(mine).toMatchObject({
      state: "done",
      outcome: "passed",
      points: 3,
      max: 3,
      source,
      attempt: 1,
    });
    expect(mine.learner).toBeUndefined();
    const theirs = (await instructor.get(`/api/v1/submissions/${receipt.id}`)).body;
    expect(theirs).toMatchObject({ source, points: 3, learner: { name: "Lin" } });
    expect(
      (await learner.get("/api/v1/submissions?exercise=double")).body.submissions[0],
    ).toMatchObject({
      id: receipt.id,
      state: "done",
      outcome: "passed",
    });
    expect((await learner.get("/api/v1/submissions?exercise=negate")).body.submissions).toEqual([]);
  });

  test("a wrong answer: the public check explains, the hidden one only says how it ended", async () => {
    // Tries to carry hidden inputs out by every way there is.
    const spy = `function double(x: number): number {
      console.log("spied", x); console.error("spied", x);
      if (x !== 3) throw new Error("spied " + x);
      return 9;
    }`;
    const { id } = await learner.handIn("double", spy);
    const mine = await learner.graded(id);
    expect(mine).toMatchObject({ outcome: "error", points: 0 });
    const [open, hidden] = mine.report.checks;
    expect(open).toMatchObject({
      name: "twice three",
      visibility: "public",
      outcome: "failed",
      input: "double(3)",
      usually: "This is the square.",
    });
    expect(hidden).toEqual({
      name: "a number you cannot know",
      visibility: "hidden",
      outcome: expect.stringMatching(/failed|error/),
      points: 0,
      max: 1,
      milliseconds: 0,
    });
    // The instructor sees what it was, the learner nowhere.
    const theirs = (await instructor.get(`/api/v1/submissions/${id}`)).body;
    const secret = /double\((\d{6})\)|spied (\d{6})/.exec(JSON.stringify(theirs.report));
    const number = secret?.[1] ?? secret?.[2];
    expect(number).toMatch(/^\d{6}$/);
    expect(JSON.stringify(mine)).not.toContain(number);
    expect(JSON.stringify((await learner.get("/api/v1/submissions")).body)).not.toContain(number);
    expect(JSON.stringify(theirs)).not.toMatch(/"seed"/);
  });

  test("the very same source twice is one submission", async () => {
    const first = await learner.handIn("double", rightDouble("twice"));
    const second = await learner.handIn("double", rightDouble("twice"));
    expect(second).toMatchObject({ id: first.id, duplicate: true });
    await learner.graded(first.id);
    expect(await learner.handIn("double", rightDouble("twice"))).toMatchObject({
      id: first.id,
      duplicate: true,
      state: "done",
    });
    // Five at once, too.
    const who = await fresh();
    const all = await Promise.all(
      Array.from({ length: 5 }, () => who.handIn("double", rightDouble("at once"))),
    );
    expect(new Set(all.map((one) => one.id)).size).toBe(1);
    expect(all.filter((one) => !one.duplicate)).toHaveLength(1);
    // Another learner's is another submission.
    const other = await fresh();
    expect((await other.handIn("double", rightDouble("twice"))).duplicate).toBe(false);
  });

  test("ten in a second: all in, all graded, in their order", async () => {
    const who = await fresh();
    const began = performance.now();
    const receipts = [];
    for (let i = 0; i < 10; i++)
      receipts.push(await who.handIn("double", i % 2 ? rightDouble(i) : wrongDouble(i)));
    expect(performance.now() - began).toBeLessThan(3000);
    const done = [];
    for (const { id } of receipts) done.push(await who.graded(id));
    expect(done.map((one) => one.outcome)).toEqual(
      receipts.map((_, i) => (i % 2 ? "passed" : "failed")),
    );
    expect(done.map((one) => one.attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const times = done.map((one) => one.gradedAt);
    expect(times).toEqual([...times].sort());
    const listed = (await who.get("/api/v1/submissions")).body.submissions;
    expect(listed.map((one: { id: string }) => one.id)).toEqual(
      receipts.map((one) => one.id).reverse(),
    );
  });

  test("ten at the same moment: all in, all graded", async () => {
    const who = await fresh();
    const receipts = await Promise.all(
      Array.from({ length: 10 }, (_, i) => who.handIn("double", rightDouble(i))),
    );
    for (const { id } of receipts) expect((await who.graded(id)).points).toBe(3);
    const listed = (await who.get("/api/v1/submissions")).body.submissions;
    expect(listed.map((one: { attempt: number }) => one.attempt)).toEqual([
      10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ]);
  });

  test("a notebook: its exercise cells in their order, what is still the starter left out", async () => {
    const who = await fresh();
    const body = notebook(
      cell("# Chapter", undefined, "markdown"),
      cell("const unrelated = 1;"),
      cell(["function negate(x: number): number {\n", "  return -x;\n", "}"], {
        exercise: "negate",
      }),
      cell(`${starter("double")}\n\n`, { exercise: "double" }),
      cell('await check("negate", { negate })', { check: "negate" }),
    );
    const answer = await who.ask("POST", "/api/v1/submissions", JSON.stringify(body), asNotebook);
    expect(answer.status).toBe(202);
    expect(answer.body.skipped).toEqual([
      { exercise: "double", reason: "it is still the starter, unchanged" },
    ]);
    expect(answer.body.submissions).toHaveLength(1);
    const done = await who.graded(answer.body.submissions[0].id);
    expect(done).toMatchObject({
      exercise: "negate",
      points: 2,
      source: "function negate(x: number): number {\n  return -x;\n}",
    });
  });

  test("cells of one exercise belong together, and the same works as a named file", async () => {
    const who = await fresh();
    const body = notebook(
      cell("const two = 2;", { exercise: "double" }),
      cell(rightNegate, { exercise: "negate" }),
      cell("function double(x: number): number { return two * x; }", { exercise: "double" }),
    );
    const content = JSON.stringify(body);
    const answer = await who.post("/api/v1/submissions", { filename: "01-chapter.ipynb", content });
    expect(answer.body.submissions.map((one: { exercise: string }) => one.exercise)).toEqual([
      "double",
      "negate",
    ]);
    for (const { id } of answer.body.submissions)
      expect((await who.graded(id)).outcome).toBe("passed");
    const one = await who.post("/api/v1/submissions", {
      filename: "x.ipynb",
      content,
      exercise: "negate",
    });
    expect(one.body.submissions).toMatchObject([{ exercise: "negate", duplicate: true }]);
  });

  test("a .ts file says by its name or in a line which exercise it answers", async () => {
    const who = await fresh();
    const byName = await who.post("/api/v1/submissions", {
      filename: "double.ts",
      content: rightDouble(1),
    });
    const byLine = await who.post("/api/v1/submissions", {
      filename: "homework.ts",
      content: `// exercise: double\n${rightDouble(2)}`,
    });
    expect([byName, byLine].map((one) => one.body.submissions[0].exercise)).toEqual([
      "double",
      "double",
    ]);
  });

  test("waiting for a verdict comes back as soon as it is there", async () => {
    const who = await fresh();
    const { id } = await who.handIn("double", rightDouble("wait"));
    const began = performance.now();
    const answer = await who.get(`/api/v1/submissions/${id}?wait=30`);
    expect(answer.body.state).toBe("done");
    expect(performance.now() - began).toBeLessThan(10_000);
    const wrong = await who.get(`/api/v1/submissions/${id}?wait=soon`);
    expect([wrong.status, wrong.body.error.code]).toEqual([400, "bad_request"]);
  });
});

describe("what is wrong is refused, and says why", () => {
  const cases: [string, unknown, Record<string, string> | undefined, number, string, RegExp][] = [
    [
      "an unknown exercise",
      { exercise: "dubble", source: "x" },
      undefined,
      404,
      "unknown_exercise",
      /"dubble".*|double, negate/,
    ],
    [
      "an exercise outside of the folder",
      { exercise: "../double", source: "x" },
      undefined,
      404,
      "unknown_exercise",
      /\.\.\/double/,
    ],
    [
      "an empty source",
      { exercise: "double", source: "" },
      undefined,
      400,
      "empty_source",
      /nothing to grade/,
    ],
    [
      "only blanks",
      { exercise: "double", source: " \n\t\n" },
      undefined,
      400,
      "empty_source",
      /nothing to grade/,
    ],
    [
      "a NUL character",
      { exercise: "double", source: "a\nb\0c" },
      undefined,
      400,
      "not_text",
      /NUL character in line 2/,
    ],
    [
      "half of a surrogate pair",
      { exercise: "double", source: "a\ud800" },
      undefined,
      400,
      "not_text",
      /surrogate/,
    ],
    [
      "bytes that are no text",
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x80, 0x7d]),
      undefined,
      400,
      "not_utf8",
      /not UTF-8/,
    ],
    ["no JSON", "hello", undefined, 400, "bad_json", /not JSON/],
    ["nothing at all", "", undefined, 400, "bad_json", /not JSON/],
    ["JSON of another shape", { exercise: "double" }, undefined, 400, "bad_request", /source/],
    [
      "a field too many",
      { exercise: "double", source: "x", points: 3 },
      undefined,
      400,
      "bad_request",
      /points/,
    ],
    [
      "a number for a source",
      { exercise: "double", source: 5 },
      undefined,
      400,
      "bad_request",
      /source/,
    ],
    [
      "JSON a hundred thousand levels deep",
      "[".repeat(100_000) + "]".repeat(100_000),
      undefined,
      400,
      "bad_request",
      /object/,
    ],
    [
      "no content type",
      JSON.stringify({ exercise: "double", source: "x" }),
      { "content-type": "text/plain" },
      415,
      "content_type",
      /text\/plain/,
    ],
    ["a notebook that is no JSON", "# my notebook", asNotebook, 400, "not_notebook", /not JSON/],
    ["a notebook without cells", "{}", asNotebook, 400, "not_notebook", /no cells/],
    ["a notebook that is a list", "[1]", asNotebook, 400, "not_notebook", /no cells/],
    [
      "a notebook of format 3",
      JSON.stringify({ nbformat: 3, worksheets: [], cells: [] }),
      asNotebook,
      400,
      "not_notebook",
      /nbformat is 3/,
    ],
    [
      "cells that are no list",
      JSON.stringify({ nbformat: 4, cells: {} }),
      asNotebook,
      400,
      "not_notebook",
      /not a list/,
    ],
    [
      "a cell that is no cell",
      JSON.stringify(notebook({ a: 1 })),
      asNotebook,
      400,
      "not_notebook",
      /cell 1/,
    ],
    [
      "a notebook without exercises",
      JSON.stringify(notebook(cell("1 + 1"))),
      asNotebook,
      400,
      "no_exercises",
      /no exercise cells/,
    ],
    [
      "a notebook nested a hundred thousand levels deep",
      `{"nbformat":4,"cells":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      asNotebook,
      400,
      "not_notebook",
      /cell 1/,
    ],
    [
      "a notebook with an unknown exercise",
      JSON.stringify(notebook(cell("x", { exercise: "nope" }))),
      asNotebook,
      404,
      "unknown_exercise",
      /nope/,
    ],
    [
      "a file of another kind",
      { filename: "double.py", content: "x" },
      undefined,
      400,
      "unsupported_file",
      /double\.py/,
    ],
    [
      "a .ts file that names nothing",
      { filename: "My Homework.ts", content: "x" },
      undefined,
      400,
      "no_exercises",
      /does not say/,
    ],
  ];

  let who: Client;
  let count = 0;
  test.each(cases)("%s", async (_, body, headers, status, code, message) => {
    // A new learner before the limit of the old one is reached.
    if (count++ % 20 === 0) who = await fresh();
    const answer = await who.ask("POST", "/api/v1/submissions", body, headers);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).toMatch(message);
    expect((await who.get("/api/v1/submissions")).body.submissions).toEqual([]);
  });

  test("an unchanged notebook", async () => {
    const body = notebook(
      cell(starter("double"), { exercise: "double" }),
      cell(starter("negate"), { exercise: "negate" }),
    );
    const answer = await who.ask("POST", "/api/v1/submissions", JSON.stringify(body), asNotebook);
    expect([answer.status, answer.body.error.code]).toEqual([400, "nothing_written"]);
  });

  test("one bad cell keeps the whole notebook out: nothing is half handed in", async () => {
    const body = notebook(
      cell(rightNegate, { exercise: "negate" }),
      cell("a\0", { exercise: "double" }),
    );
    const answer = await who.ask("POST", "/api/v1/submissions", JSON.stringify(body), asNotebook);
    expect([answer.status, answer.body.error.code]).toEqual([400, "not_text"]);
    expect((await who.get("/api/v1/submissions")).body.submissions).toEqual([]);
  });

  test("5 MB of source are refused at their announcement", async () => {
    const began = performance.now();
    const answer = await who.post("/api/v1/submissions", {
      exercise: "double",
      source: "x".repeat(5_000_000),
    });
    expect([answer.status, answer.body.error.code]).toEqual([413, "body_too_large"]);
    expect(answer.body.error.message).toContain("1 MiB");
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test("a flood without an announced length is cut off before it is read", async () => {
    const token = (await who.post("/api/v1/tokens", {})).body.token;
    let sent = 0;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(`${server.url}/api/v1/submissions`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
      request.on("response", (response) => {
        resolve(response.statusCode);
        response.resume();
        request.destroy();
      });
      request.on("error", reject);
      const chunk = Buffer.alloc(64 * 1024, "x");
      const pour = () => {
        if (request.destroyed || sent > 1e9) return;
        sent += chunk.length;
        if (request.write(chunk)) setImmediate(pour);
        else request.once("drain", pour);
      };
      pour();
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(50e6);
  });

  test("the largest source there may be is taken and graded, one longer is not", async () => {
    const source = rightDouble("x".repeat(262_144 - rightDouble().length));
    const { id } = await who.handIn("double", source);
    expect(await who.graded(id)).toMatchObject({ state: "done", report: { outcome: "passed" } });
    const longer = rightDouble("x".repeat(262_145));
    const answer = await who.post("/api/v1/submissions", { exercise: "double", source: longer });
    expect([answer.status, answer.body.error.code]).toEqual([413, "source_too_large"]);
  });

  test("more than thirty in a minute", async () => {
    const fast = await fresh();
    const statuses = [];
    for (let i = 0; i < 31; i++)
      statuses.push(
        (await fast.post("/api/v1/submissions", { exercise: "double", source: rightDouble() }))
          .status,
      );
    expect(statuses).toEqual([...Array(30).fill(202), 429]);
    const refused = await fast.post("/api/v1/submissions", {
      exercise: "double",
      source: rightDouble(),
    });
    expect(refused.body.error.code).toBe("rate_limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    // Others are not slowed down.
    await (await fresh()).handIn("double", rightDouble());
  });
});

test("whatever the code does ends in a clear outcome, and the server goes on as if nothing were", async () => {
  const double = (body: string) => `function double(x: number): number { ${body} }`;
  const cases: [name: string, source: string, outcome: RegExp, words: RegExp][] = [
    ["a syntax error", "function double(x: number {", /error/, /cannot be read \(line 1/],
    [
      "a type error, which costs no points",
      double("const y: string = x; return 2 * x;"),
      /passed/,
      /not assignable to type 'string'/,
    ],
    ["no such function", "const other = 1;", /error|failed|not attempted/, /double/],
    ["an endless loop", double("for (;;) x++;"), /timed out/, /never ends/],
    [
      "endless memory",
      double("const all: number[][] = []; for (;;) all.push(new Array(1e6).fill(x));"),
      /error|timed out/,
      /memory|never ends/,
    ],
    [
      "endless output",
      double('for (;;) console.log("x".repeat(1e5));'),
      /error|timed out|failed/,
      /./,
    ],
    ["an early exit", "process.exit(0);\nfunction double() {}", /error|failed/, /./],
    [
      "a promise that is never kept",
      "async function double() { await new Promise(() => {}); }",
      /timed out/,
      /./,
    ],
  ];
  const who = await Promise.all(cases.map(fresh));
  const receipts = await Promise.all(cases.map(([, source], i) => who[i].handIn("double", source)));
  const right = await fresh();
  const good = await right.handIn("double", rightDouble("in between"));
  let slowest = 0;
  let over = false;
  const watch = (async () => {
    while (!over) {
      const began = performance.now();
      expect((await learner.get("/api/v1/health")).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    for (const [i, [name, , outcome, words]] of cases.entries()) {
      const done = await who[i].graded(receipts[i].id, 120);
      expect(done.outcome, name).toMatch(outcome);
      expect(done.points, name).toBe(done.outcome === "passed" ? 3 : 0);
      const { checks, diagnostics } = done.report;
      expect(JSON.stringify({ checks, diagnostics }), name).toMatch(words);
      expect(JSON.stringify(done).length, name).toBeLessThan(500_000);
    }
    expect((await right.graded(good.id)).points).toBe(3);
  } finally {
    over = true;
    await watch;
  }
  expect(slowest).toBeLessThan(3000);
  // And the next one comes through as fast as ever.
  const next = await right.handIn("double", rightDouble("afterwards"));
  expect((await right.graded(next.id, 10)).points).toBe(3);
}, 180_000);

describe("the gradebook", () => {
  test("shows the best points of everyone, the code behind them, and goes into a spreadsheet", async () => {
    const who = await new Client(server.url).signUp(
      '=HYPERLINK("http://evil.example","Lin"), "the 2nd"',
    );
    const best = await who.handIn("double", rightDouble("best"));
    const worse = await who.handIn("double", wrongDouble("worse"));
    const again = await who.handIn("double", rightDouble("as good"));
    for (const { id } of [best, worse, again]) await who.graded(id);
    const { body } = await instructor.get("/api/v1/gradebook");
    expect(body.exercises).toEqual([
      { name: "double", title: "Twice as much", points: 3 },
      { name: "negate", title: "The other side of zero", points: 2 },
    ]);
    const row = body.rows.find((one: { name: string }) => one.name.startsWith("=HYPERLINK"));
    expect(row).toMatchObject({
      role: "learner",
      points: 3,
      cells: {
        double: { points: 3, outcome: "passed", attempts: 3, submission: best.id, waiting: 0 },
      },
    });
    expect(Object.keys(row.cells)).toEqual(["double"]);
    const all = (
      await instructor.get(`/api/v1/gradebook/submissions?user=${row.id}&exercise=double`)
    ).body.submissions;
    expect(all.map((one: { id: string }) => one.id)).toEqual([again.id, worse.id, best.id]);

    const csv = await instructor.get("/api/v1/gradebook.csv");
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(csv.headers.get("content-disposition")).toMatch(
      /^attachment; filename="gradus-gradebook-\d{4}-\d\d-\d\d\.csv"$/,
    );
    // `text()` takes the byte order mark away; Excel needs it.
    const token = (await instructor.post("/api/v1/tokens", { scopes: ["course:read"] })).body.token;
    const raw = await fetch(`${server.url}/api/v1/gradebook.csv`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const bytes = new Uint8Array(await raw.arrayBuffer());
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(csv.text.split("\r\n")[0]).toBe(
      "Name,Email,Role,Twice as much (3),The other side of zero (2),Total (5)",
    );
    expect(csv.text).toContain(
      `"'=HYPERLINK(""http://evil.example"",""Lin""), ""the 2nd""",${row.email},learner,3,,3\r\n`,
    );
  });
});
