// The real `gradus` command, as a process, against the real service and sandbox.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Client,
  dataDir,
  exercisesRoot,
  makeDataDir,
  rightDouble,
  rightNegate,
  root,
  Served,
  tempDir,
  wrongDouble,
} from "./helpers.ts";

const bin = path.join(root, "grader/bin/gradus.mjs");
let server: Served;
let learner: Client;
let token: string;
/** The home of the person at the terminal, new for every test. */
let home: string;
/** Where their files are. */
let work: string;

beforeAll(async () => {
  await makeDataDir();
  server = await Served.start({ dataDir: dataDir() });
  learner = await new Client(server.url).signUp("Lin");
});
afterAll(() => server?.kill("SIGTERM"));
beforeEach(async () => {
  home = tempDir();
  work = path.join(home, "work");
  fs.mkdirSync(work);
  learner = await new Client(server.url).signUp("Lin");
  token = (await learner.post("/api/v1/tokens", {})).body.token;
});

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { CI, NO_COLOR, FORCE_COLOR, GRADUS_URL, GRADUS_TOKEN, XDG_CONFIG_HOME, ...env } =
    process.env;
  return { ...env, HOME: home, ...extra };
}

function gradus(
  args: string[],
  options: { env?: Record<string, string>; input?: string; node?: string } = {},
): Promise<Ran> {
  const child = spawn(options.node ?? process.execPath, [bin, ...args], {
    cwd: work,
    env: environment(options.env),
  });
  child.stdin.end(options.input ?? "");
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    ran.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ran.err += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...ran, code })));
}

/** The command in a terminal (a pseudo-terminal, by Python): what is typed, after which words. */
function inTerminal(
  args: string[],
  typed: [after: string, text: string][],
  env: Record<string, string> = {},
): Promise<Ran> {
  const script = `
import json, os, pty, select, sys
argv, typed = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(argv[0], argv)
seen = b""
while True:
    try:
        chunk = os.read(fd, 4096)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    sys.stdout.buffer.write(chunk)
    sys.stdout.flush()
    if typed and typed[0][0].encode() in seen:
        seen = b""
        os.write(fd, typed.pop(0)[1].encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const child = spawn(
    "python3",
    ["-c", script, JSON.stringify([[process.execPath, bin, ...args], typed])],
    {
      cwd: work,
      env: environment({ TERM: "xterm-256color", ...env }),
    },
  );
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    ran.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ran.err += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ ...ran, code })));
}

const write = (name: string, text: string | Uint8Array) =>
  fs.writeFileSync(path.join(work, name), text);
const signIn = () => gradus(["login", "--url", server.url, "--token", token]);
const notebook = (...cells: [exercise: string, source: string][]) =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: cells.map(([exercise, source]) => ({
      cell_type: "code",
      source,
      metadata: { gradus: { exercise } },
      // As a notebook with pictures: more than may be handed in.
      outputs: [{ output_type: "stream", name: "stdout", text: "x".repeat(2_000_000) }],
    })),
  });

describe("signing in", () => {
  test("keeps address and token for the owner alone, and logout ends the token", async () => {
    const ran = await signIn();
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain("as Lin (learner)");
    const file = path.join(home, ".config/gradus/account.json");
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({ url: server.url, token });
    expect((await gradus(["status"])).code).toBe(0);
    const out = await gradus(["logout"]);
    expect(out).toMatchObject({ code: 0, err: "" });
    expect(out.out).toContain("no longer valid");
    expect(fs.existsSync(file)).toBe(false);
    expect(
      (await gradus(["status"], { env: { GRADUS_URL: server.url, GRADUS_TOKEN: token } })).code,
    ).toBe(2);
  });

  test("a file that others may read is closed to them", async () => {
    const file = path.join(home, ".config/gradus/account.json");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, "{}", { mode: 0o644 });
    await signIn();
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  test("what could never be a token is told as that, and not sent", async () => {
    for (const bad of ["two words", "gradus_é", "gradus_a\nb"]) {
      const ran = await gradus(["login", "--url", server.url, "--token", bad]);
      expect(ran).toMatchObject({ code: 2, out: "" });
      expect(ran.err).toContain("no access token");
    }
  });

  test("whoever reads only the beginning of what is printed gets no stack trace", async () => {
    // Closed before the command has begun to print.
    const child = spawn(process.execPath, [bin, "--help"], { cwd: work, env: environment() });
    child.stdout.destroy();
    let err = "";
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(err).toBe("");
  });

  test("takes the token from standard input", async () => {
    expect(
      await gradus(["login", "--url", `${server.url}/`], { input: `${token}\n` }),
    ).toMatchObject({ code: 0 });
    expect(JSON.parse((await gradus(["status", "--json"])).out).submissions).toEqual([]);
  });

  test("in a terminal, asks; what is secret does not appear", async () => {
    const ran = await inTerminal(
      ["login"],
      [
        ["Address [http://localhost:3000]: ", `${server.url}\r`],
        ["Token: ", `${token}\r`],
      ],
    );
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(`${server.url}/account`);
    expect(ran.out).toContain("Signed in");
    expect(ran.out).not.toContain(token);
  });

  test("in a terminal, names the page with machine and scopes filled in; --help says what there is", async () => {
    const ran = await inTerminal(
      ["login", "--url", server.url, "--scopes", "read, course:read"],
      [["Token: ", `${token}\r`]],
    );
    expect(ran.code).toBe(0);
    const page = new URL(ran.out.match(/paste it: (\S+)/)![1]);
    expect([page.origin, page.pathname]).toEqual([server.url, "/account"]);
    expect(Object.fromEntries(page.searchParams)).toEqual({
      token: os.hostname(),
      scopes: "read,course:read",
    });
    const wrong = await gradus(["login", "--scopes", "root"]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("there is no scope root, only read, submit");
    expect((await gradus(["login", "--help"])).out).toMatch(/course:write +change the people/);
  });

  test("a token that was made for less says which scope is missing, and where to get it", async () => {
    await signIn();
    const ran = await gradus(["roster"]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("it would need the scope course:read");
    expect(ran.err).toContain(`gradus login --url ${server.url}`);
  });

  test("a wrong token is not kept", async () => {
    const ran = await gradus(["login", "--url", server.url, "--token", "gradus_wrong"]);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/not valid/);
    expect(fs.existsSync(path.join(home, ".config"))).toBe(false);
  });

  test("the environment comes first; a kept token is not sent to another address", async () => {
    await signIn();
    write("double.ts", rightDouble());
    const elsewhere = await gradus(["status"], { env: { GRADUS_URL: "http://127.0.0.1:9" } });
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.err).toContain("not signed in at http://127.0.0.1:9");
    const byName = await gradus(["status"], { env: { GRADUS_TOKEN: "gradus_other" } });
    expect(byName.err).toMatch(/not valid/);
  });
});

describe("handing in", () => {
  beforeEach(signIn);

  test("a right answer: each check with a symbol and a word, exit code 0", async () => {
    write("double.ts", rightDouble());
    const ran = await gradus(["submit", "double.ts"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toMatch(/double: handed in \(submission [0-9a-f-]{36}, sha256 [0-9a-f]{12}…\)/);
    expect(ran.out).toContain("double  ✓ passed, 3 of 3 points");
    expect(ran.out).toMatch(/✓ passed +2\/2 {2}twice three/);
    expect(ran.out).toMatch(/✓ passed +1\/1 {2}a number you cannot know \(hidden\)/);
    const again = await gradus(["submit", "double.ts"]);
    expect(again.out).toContain("handed in already");
    expect(again.code).toBe(0);
  });

  test("a wrong answer: what was given, expected and got, exit code 1", async () => {
    write("mine.ts", `// exercise: double\n${wrongDouble()}`);
    const ran = await gradus(["submit", "mine.ts"]);
    expect(ran).toMatchObject({ code: 1, err: "" });
    expect(ran.out).toContain("double  ✗ failed, 0 of 3 points");
    for (const line of [
      /input +double\(3\)/,
      /expected +6/,
      /got +9/,
      /usually +This is the square\./,
    ])
      expect(ran.out).toMatch(line);
    const { submissions } = JSON.parse((await gradus(["status", "--json"])).out);
    expect(submissions).toMatchObject([{ exercise: "double", outcome: "failed", attempt: 1 }]);
    const shown = await gradus(["status", submissions[0].id]);
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/got +9/);
    const table = await gradus(["status"]);
    expect(table.out).toMatch(/^Exercise +Try +Handed in +Result +Points +Id\n/);
    expect(table.out).toMatch(/double +1 +\d{4}-\d\d-\d\d \d\d:\d\d +✗ failed +0\/3 /);
  });

  test("code that cannot be read: said once, with its line", async () => {
    write("double.ts", "function double(x: number {");
    const ran = await gradus(["submit", "double.ts"]);
    expect(ran.code).toBe(1);
    expect(ran.out.match(/cannot be read \(line 1/g)).toHaveLength(1);
    expect(ran.out).toMatch(/compiler remarks .*\n +line 1, column \d+: /);
  });

  test("a notebook, large outputs and all; one exercise of it", async () => {
    write("01.ipynb", notebook(["double", rightDouble()], ["negate", rightNegate]));
    const one = await gradus(["submit", "01.ipynb", "--exercise", "negate"]);
    expect(one.code).toBe(0);
    expect(one.out).not.toContain("double");
    const ran = await gradus(["submit", "01.ipynb", "--json"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    const { submissions, skipped } = JSON.parse(ran.out);
    expect(submissions).toMatchObject([
      { exercise: "double", state: "done", points: 3 },
      { exercise: "negate", state: "done", points: 2 },
    ]);
    expect(skipped).toEqual([]);
  });

  test("what is still the starter is left out", async () => {
    const starter = fs.readFileSync(path.join(exercisesRoot, "double/starter.ts"), "utf8");
    write("01.ipynb", notebook(["double", starter], ["negate", rightNegate]));
    const ran = await gradus(["submit", "01.ipynb"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("double: left out, it is still the starter");
  });

  test("without waiting", async () => {
    write("double.ts", rightDouble());
    const ran = await gradus(["submit", "double.ts", "--no-wait", "--json"]);
    expect(ran.code).toBe(0);
    const { submissions } = JSON.parse(ran.out);
    expect(submissions).toMatchObject([{ exercise: "double", duplicate: false }]);
    expect((await learner.graded(submissions[0].id)).points).toBe(3);
  });

  test("a verdict that does not come in time is not lost", async () => {
    const idle = await Served.start({ dataDir: dataDir(), concurrency: 0 });
    try {
      const lin = await new Client(idle.url).signUp("Lin");
      const own = (await lin.post("/api/v1/tokens", {})).body.token;
      write("double.ts", rightDouble());
      const ran = await gradus(["submit", "double.ts", "--wait", "1"], {
        env: { GRADUS_URL: idle.url, GRADUS_TOKEN: own },
      });
      expect(ran.code).toBe(3);
      expect(ran.out).toContain("Nothing is lost");
    } finally {
      await idle.kill("SIGTERM");
    }
  });

  test("in a terminal there is progress and color, unless NO_COLOR says no", async () => {
    write("double.ts", rightDouble("color"));
    const colored = await inTerminal(["submit", "double.ts"], []);
    expect(colored.code).toBe(0);
    expect(colored.out).toContain("\u001b[32m✓ passed");
    expect(colored.out).toMatch(/double: (queued|running)… \d+ s/);
    const plain = await inTerminal(["submit", "double.ts"], [], { NO_COLOR: "1" });
    expect(plain.out).toContain("✓ passed");
    expect(plain.out).not.toContain("\u001b[3");
  });

  test("what a learner's code prints cannot rewrite the terminal", async () => {
    write(
      "double.ts",
      `function double(x: number) { console.log("\\u001b[2J\\u0007gone"); return 2 * x; }`,
    );
    const ran = await gradus(["submit", "double.ts"]);
    expect(ran.out).toContain("\\x1b[2J\\x07gone");
    expect(ran.out).not.toContain("\u001b");
  });
});

describe("the roster", () => {
  let office: Client;
  let environment: Record<string, string>;
  beforeAll(async () => {
    office = await new Client(server.url).signUp("Ada", "ada@example.org");
    await office.becomeAdministrator(server.adminLink);
    await office.post("/api/v1/courses", { id: "dl-2026", name: "Deep learning" });
    const scopes = ["read", "course:read", "course:write"];
    const own = (await office.post("/api/v1/tokens", { scopes })).body.token;
    environment = { GRADUS_URL: server.url, GRADUS_TOKEN: own, GRADUS_COURSE: "dl-2026" };
  });
  const csv = "email,name,section\nmo@example.org,Mo,A\nADA@example.org,Ada,\n";

  test("a dry run says what would change, the import does it, a second one finds nothing", async () => {
    write("class.csv", csv);
    const dry = await gradus(["roster", "import", "class.csv", "--dry-run"], { env: environment });
    expect(dry).toMatchObject({ code: 0, err: "" });
    expect(dry.out).toBe(
      `+ invite    mo@example.org (Mo): role learner, section A
~ update    ada@example.org (Ada)
New: 1 section (A)
Dry run, nothing was changed: 2 changes in dl-2026, 0 lines as before.
`,
    );
    expect((await gradus(["roster"], { env: environment })).out).not.toContain("mo@example.org");
    const done = await gradus(["roster", "import", "class.csv", "--json"], { env: environment });
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      course: "dl-2026",
      dryRun: false,
      sectionsCreated: ["A"],
    });
    const again = await gradus(["roster", "import", "class.csv"], { env: environment });
    expect(again.out).toBe("Done: 0 changes in dl-2026, 2 lines as before.\n");
    const shown = await gradus(["roster"], { env: environment });
    expect(shown.out).toMatch(/^E-mail +Name +Section +Student id +Role\n/);
    expect(shown.out).toMatch(/mo@example.org +Mo +A +invited/);
    write("class.csv", "email\nada@example.org\n");
    const left = await gradus(["roster", "import", "class.csv"], { env: environment });
    expect(left.out).toContain("left as they are: 1 person (--drop-missing drops them)");
    const dropped = await gradus(["roster", "import", "class.csv", "--drop-missing"], {
      env: environment,
    });
    expect(dropped.out).toContain("- uninvite  mo@example.org (Mo)\n");
  });

  test("what is handed in goes to the course that is named, by its rules", async () => {
    const { email } = (await learner.get("/api/v1/me")).body.user;
    await office.post("/api/v1/courses/dl-2026/enrollments", { email });
    const assignment = {
      name: "Homework 1",
      exercises: [{ exercise: "negate" }],
      lockAt: "2026-01-01T12:00Z",
    };
    expect((await office.post("/api/v1/courses/dl-2026/assignments", assignment)).status).toBe(201);
    const env = { GRADUS_URL: server.url, GRADUS_TOKEN: token };
    write("negate.ts", rightNegate);
    write("double.ts", rightDouble());
    const closed = await gradus(["submit", "negate.ts", "--course", "dl-2026"], { env });
    expect(closed.code).toBe(2);
    expect(closed.err).toMatch(
      /negate \(Homework 1\) cannot be handed in now: it closed on Thu, Jan 1, 2026, 12:00:00 \(UTC\)\n {2}hint: an instructor/,
    );
    expect((await gradus(["submit", "double.ts", "-c", "dl-2026"], { env })).code).toBe(0);
    const inCourse = await gradus(["status", "--json"], {
      env: { ...env, GRADUS_COURSE: "dl-2026" },
    });
    expect(JSON.parse(inCourse.out).submissions).toMatchObject([{ exercise: "double" }]);
    const elsewhere = await gradus(["status", "--json", "-c", "gradus"], { env });
    expect(JSON.parse(elsewhere.out).submissions).toEqual([]);
    // Without a course, what was handed in to any.
    const all = await gradus(["status", "--json"], { env });
    expect(JSON.parse(all.out).submissions).toMatchObject([{ exercise: "double" }]);
  });

  test("what is wrong is told line by line, and nothing is changed", async () => {
    write("class.csv", "email,role\nfine@example.org,\nwrong,\nnew@example.org,assistant\n");
    const ran = await gradus(["roster", "import", "class.csv", "--json"], { env: environment });
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('line 3: "wrong" is not an e-mail address');
    expect(JSON.parse(ran.out).error).toMatchObject({ code: "bad_roster", lines: [{ line: 3 }] });
    expect((await gradus(["roster"], { env: environment })).out).not.toContain("fine@");
    const none = await gradus(["roster", "import", "none.csv"], { env: environment });
    expect([none.code, none.err]).toEqual([2, expect.stringContaining("no file none.csv")]);
    // A learner, and a course that is not there.
    const scopes = ["read", "course:read"];
    const wide = (await learner.post("/api/v1/tokens", { scopes })).body.token;
    const env = { GRADUS_URL: server.url, GRADUS_TOKEN: wide };
    const mine = await gradus(["roster"], { env });
    expect([mine.code, mine.err]).toEqual([
      2,
      expect.stringContaining("only instructors and assistants"),
    ]);
    const other = await gradus(["roster", "--course", "dl-2026"], { env });
    expect([other.code, other.err]).toEqual([2, expect.stringContaining("no such course")]);
  });
});

describe("checking here", () => {
  test("runs the public checks only, with nobody signed in and no server", async () => {
    write("double.ts", rightDouble());
    const env = { GRADUS_EXERCISES: exercisesRoot, GRADUS_URL: "http://127.0.0.1:9" };
    const ran = await gradus(["check", "double.ts"], { env });
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain("✓ passed");
    expect(ran.out).toContain("2 of 2 points");
    expect(ran.out).not.toContain("cannot know");
    write("wrong.ts", wrongDouble());
    const wrong = await gradus(["check", "wrong.ts", "-e", "double", "--json"], { env });
    expect(wrong.code).toBe(1);
    const { reports } = JSON.parse(wrong.out);
    expect(reports).toMatchObject([{ exercise: "double", points: 0, max: 2 }]);
    expect(reports[0].checks.map((check: { name: string }) => check.name)).toEqual(["twice three"]);
  });

  test("a notebook of the course, with the course's exercises found by themselves", async () => {
    const starter = fs.readFileSync(
      path.join(root, "exercises/perceptron-predict/starter.ts"),
      "utf8",
    );
    const answer = fs
      .readFileSync(path.join(root, "solutions/perceptron-predict.ts"), "utf8")
      .replaceAll("export ", "");
    write("01.ipynb", notebook(["perceptron-update", starter], ["perceptron-predict", answer]));
    const ran = await gradus(["check", "01.ipynb", "--exercise", "perceptron-predict"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toMatch(/perceptron-predict {2}✓ passed/);
  });

  test("an unknown exercise", async () => {
    write("nope.ts", "x");
    const ran = await gradus(["check", "nope.ts"], { env: { GRADUS_EXERCISES: exercisesRoot } });
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/no exercise "nope".*double, negate/s);
  });
});

describe("what goes wrong is explained", () => {
  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    ["nobody signed in", ["submit", "double.ts"], {}, 2, /not signed in.*\/account.*gradus login/s],
    [
      "no server",
      ["status"],
      { GRADUS_URL: "http://127.0.0.1:9", GRADUS_TOKEN: "gradus_x" },
      3,
      /no answer from http:\/\/127\.0\.0\.1:9.*npm start/s,
    ],
    [
      "no such host",
      ["status"],
      { GRADUS_URL: "http://nowhere.invalid", GRADUS_TOKEN: "gradus_x" },
      3,
      /no answer from http:\/\/nowhere\.invalid/,
    ],
    ["no command", ["frobnicate"], {}, 2, /unknown command 'frobnicate'/],
    ["a mistyped command", ["sumbit", "x.ts"], {}, 2, /submit/],
    ["an unknown option", ["status", "--all"], {}, 2, /unknown option '--all'/],
    ["no file named", ["submit"], {}, 2, /missing required argument 'file'/],
    [
      "a wait that is no number",
      ["submit", "double.ts", "--wait", "long"],
      {},
      2,
      /number of seconds/,
    ],
    [
      "an address that is none",
      ["login", "--url", "gradus.example.org", "--token", "x"],
      {},
      2,
      /not an address/,
    ],
    ["no token at all", ["login", "--url", "http://127.0.0.1:9"], {}, 2, /no token was given/],
  ])("%s", async (_, args, env, code, message) => {
    write("double.ts", rightDouble());
    const ran = await gradus(args, { env });
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(code);
    expect(ran.err).not.toMatch(/ {4}at /);
  });

  test.each<[string, string, string | Uint8Array | undefined, RegExp]>([
    ["a file that is not there", "gone.ts", undefined, /there is no file gone\.ts/],
    ["a file of another kind", "notes.txt", "x", /neither a TypeScript file/],
    ["bytes that are no text", "double.ts", Uint8Array.of(0x66, 0xff, 0xfe), /not UTF-8/],
    ["an empty file", "double.ts", "", /nothing to grade/],
    ["a NUL character", "double.ts", "a\0b", /NUL character in line 1/],
    ["5 MB of source", "double.ts", "x".repeat(5_000_000), /4\.8 MiB/],
    ["a file that names no exercise", "Homework 1.ts", "x", /does not say which exercise/],
    ["an exercise that is not there", "triple.ts", "x", /no exercise "triple".*double, negate/s],
    ["a notebook that is none", "a.ipynb", "hello", /not a notebook/],
    ["a notebook without exercises", "a.ipynb", '{"nbformat":4,"cells":[]}', /no exercise cells/],
  ])("%s", async (_, name, content, message) => {
    await signIn();
    if (content !== undefined) write(name, content);
    const ran = await gradus(["submit", name, "--json"]);
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.out).error.message).toBeTruthy();
    expect(JSON.parse((await gradus(["status", "--json"])).out).submissions).toEqual([]);
  });

  test("wrong use of the command is told in JSON too", async () => {
    for (const args of [["check"], ["submit", "a.ts", "--wait", "soon"], ["status", "--nothing"]]) {
      const ran = await gradus([...args, "--json"]);
      expect(ran.code).toBe(2);
      expect(JSON.parse(ran.out).error).toMatchObject({
        code: "usage",
        message: expect.stringMatching(/./),
      });
      expect(ran.err).toContain(JSON.parse(ran.out).error.message);
    }
  });

  test("a folder", async () => {
    await signIn();
    fs.mkdirSync(path.join(work, "double.ts"));
    const ran = await gradus(["submit", "double.ts"]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("is a folder")]);
  });

  test("somebody else's submission does not exist", async () => {
    await signIn();
    const other = await new Client(server.url).signUp("Otto");
    const { id } = await other.handIn("double", rightDouble());
    const ran = await gradus(["status", id]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("no such submission")]);
  });
});

test("help and version", async () => {
  const help = await gradus(["--help"]);
  expect(help).toMatchObject({ code: 0, err: "" });
  for (const command of [
    "login",
    "roster",
    "check",
    "submit",
    "status",
    "logout",
    "Exit codes",
    "GRADUS_TOKEN",
  ])
    expect(help.out).toContain(command);
  expect((await gradus(["--version"])).out).toBe("0.1.0\n");
});

const older = (process.env.PATH ?? "")
  .split(path.delimiter)
  .map((dir) => path.join(dir, os.platform() === "win32" ? "node.exe" : "node"))
  .concat("/usr/bin/node")
  .find(
    (file) => fs.existsSync(file) && fs.realpathSync(file) !== fs.realpathSync(process.execPath),
  );
test.skipIf(!older)("an older Node hands over to the one that came with Gradus", async () => {
  await signIn();
  write("double.ts", wrongDouble());
  const ran = await gradus(["submit", "double.ts"], { node: older });
  expect(ran.err).toBe("");
  expect(ran.code).toBe(1);
  expect(ran.out).toContain("✗ failed");
});
