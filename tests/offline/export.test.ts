// gradus export and gradus similar, against the real service.
import fs from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Client,
  dataDir,
  makeDataDir,
  rightDouble,
  Served,
  wrongDouble,
} from "../service/helpers.ts";
import { gradus, small, tempDir } from "./helpers.ts";

let server: Served;
let office: Record<string, string>;
let learner: Record<string, string>;
const course = "dl";

beforeAll(async () => {
  await makeDataDir();
  server = await Served.start({ dataDir: dataDir() });
  const admin = await new Client(server.url).signUp("Ada", "ada@example.org");
  await admin.becomeAdministrator(server.adminLink);
  await admin.post("/api/v1/courses", { id: course, name: "Deep learning" });
  const roster =
    'email,name,section,student_id\nlin@example.org,"=HYPERLINK(""http://evil"")",@A,+1234\nmo@example.org,"Mo, ""the"" One",B,77\n';
  await admin.ask("POST", `/api/v1/courses/${course}/roster`, roster, {
    "content-type": "text/csv",
  });
  const token = async (who: Client) => ({
    GRADUS_URL: server.url,
    GRADUS_TOKEN: (await who.post("/api/v1/tokens", { scopes: ["read", "submit", "course:read"] }))
      .body.token as string,
    GRADUS_COURSE: course,
    GRADUS_EXERCISES: small,
  });
  office = await token(admin);
  const lin = await new Client(server.url).signUp("Lin", "lin@example.org");
  const mo = await new Client(server.url).signUp("Mo", "mo@example.org");
  learner = await token(lin);
  for (const [name, exercise] of [
    ["-Homework 1", "double"],
    ["Homework 2", "negate"],
  ])
    await admin.post(`/api/v1/courses/${course}/assignments`, { name, exercises: [{ exercise }] });
  for (const [who, source] of [
    [lin, rightDouble("a")],
    [mo, wrongDouble("b")],
  ] as const) {
    const { body } = await who.post(`/api/v1/submissions?course=${course}`, {
      exercise: "double",
      source,
    });
    await who.graded(body.submissions[0].id);
  }
}, 120_000);
afterAll(() => server?.kill("SIGTERM"));

const table = (text: string): string[][] => parse(text, { bom: true });

test("for Canvas: its columns, the points possible, and no formula", async () => {
  const { code, out, err } = await gradus(["export", "--format", "canvas"], { env: office });
  expect([code, err]).toEqual([0, ""]);
  expect(table(out)).toEqual([
    ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "'-Homework 1", "Homework 2"],
    ["Points Possible", "", "", "", "", "3", "2"],
    ['\'=HYPERLINK("http://evil")', "", "'+1234", "lin@example.org", "'@A", "3", ""],
    ['Mo, "the" One', "", "77", "mo@example.org", "B", "0", ""],
  ]);
});

test("for Moodle, and for a spreadsheet, into a file", async () => {
  const file = path.join(tempDir(), "moodle.csv");
  const moodle = await gradus(
    ["export", "-f", "moodle", "-a", "Homework 2", "-o", file, "--json"],
    { env: office },
  );
  expect(JSON.parse(moodle.out)).toMatchObject({
    learners: 2,
    assignments: ["Homework 2"],
    waiting: 0,
  });
  expect(table(fs.readFileSync(file, "utf8"))).toEqual([
    ["Email address", "ID number", "Full name", "Homework 2"],
    ["lin@example.org", "'+1234", '\'=HYPERLINK("http://evil")', ""],
    ["mo@example.org", "77", 'Mo, "the" One', ""],
  ]);
  const { out } = await gradus(["export"], { env: office });
  expect(table(out)[1].slice(-4)).toEqual(["3", "", "3", "0"]);
});

test("a learner may not, and a wrong name is told with the right ones", async () => {
  expect(await gradus(["export"], { env: learner })).toMatchObject({ code: 2, out: "" });
  const wrong = await gradus(["export", "-a", "Homework 3"], { env: office });
  expect(wrong).toMatchObject({
    code: 2,
    err: expect.stringContaining("there are: -Homework 1, Homework 2"),
  });
  expect(await gradus(["export", "-f", "excel"], { env: office })).toMatchObject({ code: 2 });
  expect(await gradus(["similar", "double"], { env: learner, cwd: tempDir() })).toMatchObject({
    code: 2,
  });
});

test("similar compares what the service has", async () => {
  const cwd = tempDir();
  const { code, out } = await gradus(["similar", "double", "--json", "-t", "0"], {
    env: office,
    cwd,
  });
  expect(code).toBe(0);
  const { compared, tooShort, page } = JSON.parse(out);
  expect(compared + tooShort.length).toBe(2);
  expect(page).toBe(path.join(fs.realpathSync(cwd), "similar-double.html"));
  expect(fs.existsSync(page)).toBe(true);
});
