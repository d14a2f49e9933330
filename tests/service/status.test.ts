// `gradus status`: what is due, late days, and how a grade came about, from the real service.
import { spawn } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, dataDir, makeDataDir, rightDouble, root, Served, tempDir } from "./helpers.ts";

let server: Served;
let office: Client;
let learner: Client;
let env: Record<string, string>;
const at = "/api/v1/courses/dl";
const inHours = (hours: number) => new Date(Date.now() + hours * 3600 * 1000).toISOString();

beforeAll(async () => {
  await makeDataDir();
  server = await Served.start({ dataDir: dataDir() });
  office = await new Client(server.url).signUp("Ada");
  await office.becomeAdministrator(server.adminLink);
  learner = await new Client(server.url).signUp("Lin", "lin@example.org");
  const token = (await learner.post("/api/v1/tokens", {})).body.token;
  env = { GRADUS_URL: server.url, GRADUS_TOKEN: token };
}, 60_000);
afterAll(() => server?.kill("SIGTERM"));

function status(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { GRADUS_COURSE: _, CI: __, FORCE_COLOR: ___, ...rest } = process.env;
  const child = spawn(
    process.execPath,
    [path.join(root, "grader/bin/gradus.mjs"), "status", ...args],
    { env: { ...rest, HOME: tempDir(), ...env } },
  );
  const ran = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    ran.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ran.err += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...ran })));
}

test("what is due in every course one learns in, with late days and each grade's words", async () => {
  expect((await status()).out).toMatch(/^You have handed nothing in yet/);

  await office.post("/api/v1/courses", { id: "dl", name: "Deep learning", lateDays: 2 });
  await office.post(`${at}/enrollments`, { email: "lin@example.org" });
  await office.post(`${at}/assignments`, {
    name: "Homework 1",
    exercises: [{ exercise: "double", points: 20 }],
    dueAt: inHours(-30),
    lateSubmissionDeduction: 10,
    maximumLateDays: 1,
    allowedAttempts: 3,
    cooldownSeconds: 3600,
  });
  await office.post(`${at}/assignments`, {
    name: "Homework 2",
    exercises: [{ exercise: "negate" }],
    dueAt: inHours(49.5),
  });
  const { body } = await learner.post("/api/v1/submissions?course=dl", {
    exercise: "double",
    source: rightDouble("late"),
  });
  await learner.graded(body.submissions[0].id);

  const all = await status();
  expect(all).toMatchObject({ code: 0, err: "" });
  expect(all.out).toMatch(/^dl: 18 of 22 points, 1 of 2 late days left\n/);
  expect(all.out).toMatch(/Homework 1 +\d{4}-\d\d-\d\d \d\d:\d\d +1 day ago +1 of 1 +18 of 20\n/);
  expect(all.out).toMatch(/Homework 2 +\d{4}-\d\d-\d\d \d\d:\d\d +in 2 days +0 of 1 +– of 2\n/);
  expect(all.out).toMatch(/double +1 +\d{4}-\d\d-\d\d \d\d:\d\d +✓ passed +3\/3 /);

  const one = await status("--assignment", "Homework 1");
  expect(one.out).toContain(
    "1 late day used of 2, 1 day at 10 % are 10 % of 20 points: 2 points taken off",
  );
  expect(one.out).toMatch(/the next attempt can be made at \d{4}-/);

  const json = JSON.parse((await status("--json")).out);
  expect(json.submissions).toMatchObject([{ exercise: "double", points: 3 }]);
  expect(json.courses).toMatchObject([
    {
      course: "dl",
      score: 18,
      assignments: [
        {
          name: "Homework 1",
          next: [{ exercise: "double", attemptsLeft: 2, hindrance: { code: "cooling_down" } }],
        },
        { name: "Homework 2", next: [{ attemptsLeft: null, hindrance: null }] },
      ],
    },
  ]);

  const none = await status("-a", "Homework 9");
  expect(none).toMatchObject({ code: 2, out: "" });
  expect(none.err).toContain("there are: Homework 1, Homework 2");
}, 60_000);
