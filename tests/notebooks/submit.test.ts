// A notebook's cell that hands in: the real kernel, the real service, the login of `gradus login`.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, Served, tempDir } from "../service/helpers.ts";
import { repository } from "./course.ts";
import { type Executed, errorText, Kernel } from "./kernel.ts";

const config = tempDir();
let server: Served;
let office: Client;
let ada: Client;
let course: string;
let kernel: Kernel;

const solution = (name: string): string =>
  fs
    .readFileSync(path.join(repository, "solutions", `${name}.ts`), "utf8")
    .replace(/^export /gm, "");
const starter = (name: string): string =>
  fs.readFileSync(path.join(repository, "exercises", name, "starter.ts"), "utf8").trimEnd();

/** What a cell shows in the end, and everything that it showed on the way there. */
function shown({ outputs, reply }: Executed): { text: string; html: string; all: string[] } {
  expect(reply.status, errorText({ outputs, reply, seconds: 0 })).toBe("ok");
  const views = outputs.filter(({ type }) => /display_data$/.test(type));
  // One place, in which one thing follows the other.
  expect(new Set(views.map(({ transient }) => transient?.display_id)).size).toBe(1);
  const all = views.map(({ data }) => String(data?.["text/plain"]));
  return { text: all.at(-1)!, html: String(views.at(-1)?.data?.["text/html"]), all };
}

const submit = async (name: string, options = "") =>
  shown(
    await kernel.execute(
      `import { submit } from "@gradus/grader/notebook";\nawait submit("${name}"${options});`,
    ),
  );

function gradus(...args: string[]): string {
  return execFileSync(process.execPath, [path.join(repository, "grader/bin/gradus.mjs"), ...args], {
    encoding: "utf8",
    env: { ...process.env, XDG_CONFIG_HOME: config },
  });
}

beforeAll(async () => {
  for (const name of ["GRADUS_URL", "GRADUS_TOKEN", "GRADUS_COURSE"])
    Reflect.deleteProperty(process.env, name);
  process.env.XDG_CONFIG_HOME = config;
  server = await Served.start({
    dataDir: tempDir(),
    exercisesRoot: path.join(repository, "exercises"),
  });
  kernel = await Kernel.start(path.join(repository, "notebooks"), tempDir());
  office = await new Client(server.url).signUp("Office");
  await office.becomeAdministrator(server.adminLink);
  ada = await new Client(server.url).signUp("Ada");
  course = (await ada.get("/api/v1/me")).body.course;
});

afterAll(async () => {
  await kernel?.close();
  await server?.kill("SIGTERM");
});

test("before the answer's cell has run, and while it is the starter, nothing is sent", async () => {
  const early = await submit("perceptron-predict");
  expect(early.text).toMatch(
    /Not handed in\.\n {2}The cell with your answer has not run yet: no cell that ran defines score and predict\./,
  );
  await kernel.execute(starter("perceptron-predict"));
  expect((await submit("perceptron-predict")).text).toMatch(
    /Nothing to hand in yet\.\n {2}Write your answer and run its cell; then this one hands in what ran\./,
  );
  // Neither needed a login.
  expect(fs.existsSync(path.join(config, "gradus"))).toBe(false);
});

test("a cell that failed is not handed in, nor the answer before it", async () => {
  await kernel.execute(solution("perceptron-predict"));
  await kernel.execute(`${solution("perceptron-predict")}\nthrow new Error("unfinished");`);
  expect((await submit("perceptron-predict")).text).toContain(
    "ended with an error when it ran last",
  );
});

test("who is not signed in, or meets no service, is told what to do, and the cell goes on", async () => {
  await kernel.execute(solution("perceptron-predict"));
  const out = await submit("perceptron-predict");
  expect(out.text).toMatch(
    /Not handed in\.\n {2}you are not signed in at http:\/\/localhost:3000/i,
  );
  expect(out.text).toContain("gradus login --url");
  expect(out.text).toContain("Your code stays as it is");
  const { body } = await ada.post("/api/v1/tokens", { name: "notebook" });
  expect(gradus("login", "--url", server.url, "--token", body.token)).toContain("Signed in");
  const file = path.join(config, "gradus/account.json");
  const account = fs.readFileSync(file, "utf8");
  fs.writeFileSync(file, account.replace(server.url, "http://127.0.0.1:9"));
  expect((await submit("perceptron-predict")).text).toMatch(
    /no answer from http:\/\/127\.0\.0\.1:9[\s\S]*is Gradus running there/i,
  );
  fs.writeFileSync(file, account.replace(/"gradus_[^"]*"/, '"gradus_wrong"'));
  expect((await submit("perceptron-predict")).text).toMatch(/token[\s\S]*gradus login/);
  fs.writeFileSync(file, account);
  expect((await ada.get("/api/v1/submissions")).body.submissions).toEqual([]);
});

test("it is handed in, followed, and its verdict shown with every check", async () => {
  const source = solution("perceptron-predict");
  const { all, text, html } = await submit("perceptron-predict");
  expect(all[0]).toContain("Handing in …");
  expect(all.some((view) => /Handed in\.\n {2}(Waiting to be|Being) graded/.test(view))).toBe(true);
  expect(text).toMatch(/Graded\. All \d checks passed: \d of \d points\./);
  expect(text).toMatch(/✓ .* \(hidden\) \(passed, /);
  const { submissions } = (await ada.get("/api/v1/submissions")).body;
  expect(submissions).toHaveLength(1);
  expect(text).toContain(`${server.url}/submissions/${submissions[0].id}`);
  expect(html).toContain(`href="${server.url}/submissions/${submissions[0].id}"`);
  // What ran is what was handed in, to the letter.
  const { body } = await ada.get(`/api/v1/submissions/${submissions[0].id}`);
  expect(body.source).toBe(source);
  // Again: it is known, and nothing is used up.
  expect((await submit("perceptron-predict")).text).toContain(
    "You had handed in this very code before.",
  );
  expect((await ada.get("/api/v1/submissions")).body.submissions).toHaveLength(1);
});

test("a wrong answer hears why, and what the compiler has to say, with the line marked", async () => {
  const wrong = fs
    .readFileSync(
      path.join(repository, "exercises/perceptron-predict/mutants/bias-forgotten.ts"),
      "utf8",
    )
    .replace(/^export /gm, "");
  // The notebook's own compiler knows Node; the grader's does not.
  await kernel.execute(
    `${wrong}\nconst where = typeof process === "object" ? process.version : "";`,
  );
  const { text, html } = await submit("perceptron-predict");
  expect(text).toMatch(/Graded\. \d of \d checks passed/);
  expect(text).toMatch(/✗ [\s\S]*expected:/);
  expect(text).toMatch(/line \d+, column \d+: TS\d+ Cannot find name 'process'/);
  expect(html).toMatch(/underline wavy[^"]*">process</);
  expect(html).not.toMatch(/<script|onerror/);
});

describe("an assignment's rules", () => {
  const name = "perceptron-update";
  const assign = async (change: object) => {
    const { status, text } = await office.post(`/api/v1/courses/${course}/assignments`, change);
    expect(status, text).toBe(201);
  };

  test("attempts are told before they count, and the next one needs a word of its own", async () => {
    await assign({
      name: "Week 1",
      exercises: [{ exercise: name }],
      allowedAttempts: 2,
      cooldownSeconds: 3600,
    });
    await kernel.execute(`${solution(name)}\n// first`);
    const asked = await submit(name);
    expect(asked.text).toMatch(
      /Not handed in yet\.\n {2}It would be attempt 1 of 2 \(Week 1\)\. The next one can follow after 1 hour\./,
    );
    expect(asked.text).toContain(`await submit("${name}", { attempt: 1 });`);
    expect((await ada.get(`/api/v1/submissions?exercise=${name}`)).body.submissions).toEqual([]);
    const first = await submit(name, ", { attempt: 1 }");
    expect(first.text).toMatch(/All \d checks passed[\s\S]*1 attempt is left\./);
    // The same cell, run once more after a change, uses nothing up by itself.
    await kernel.execute(`${solution(name)}\n// second`);
    expect((await submit(name, ", { attempt: 1 }")).text).toContain("It would be attempt 2 of 2");
    const hasty = await submit(name, ", { attempt: 2 }");
    expect(hasty.text).toMatch(
      /Not handed in\.\n {2}perceptron-update \(Week 1\) cannot be handed in now/i,
    );
    expect((await ada.get(`/api/v1/submissions?exercise=${name}`)).body.submissions).toHaveLength(
      1,
    );
  });

  test("a penalty for being late is told before, and the grade explains it after", async () => {
    const late = "perceptron-gradient";
    const due = new Date(Date.now() - 3_600_000).toISOString();
    await assign({
      name: "Week 2",
      exercises: [{ exercise: late }],
      dueAt: due,
      lateSubmissionDeduction: 10,
      lateSubmissionMaximumDeduction: 50,
    });
    await kernel.execute(solution(late));
    const asked = await submit(late);
    expect(asked.text).toMatch(
      /It was due on .* and would be 1 hour.* late: each begun day takes off 10 % of its points, at most 50 %/,
    );
    const { text } = await submit(late, ", { attempt: 1 }");
    expect(text).toMatch(/Handed in, 1 hour.* late\. All \d checks passed/);
    expect(text).toMatch(/Week 2: .*late/);
  });
});

test("an exercise that there is not is an error of the call", async () => {
  const result = await kernel.execute(`await submit("perceptron-updat");`);
  expect(errorText(result)).toMatch(/submit: there is no exercise "perceptron-updat"\n {2}known: /);
});
