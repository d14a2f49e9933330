// How exercises go: a class small enough to count by hand, on both stores.
import { createService, type Service } from "@gradus/grader/service";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../grader/service/store/schema.ts";
import { openStore } from "../../grader/service/store/store.ts";
import type { CheckResult, ExerciseStatistics, Outcome } from "../../grader/service/types.ts";
import {
  Client,
  dataDir,
  exercisesRoot,
  makeDataDir,
  type Postgres,
  startPostgres,
  tempDir,
} from "./helpers.ts";

const url = "http://localhost:3000";
let postgres: Postgres;
beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());

const MINUTE = 60_000;
const began = Date.UTC(2026, 0, 5, 9);
const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** A report of `double`: the check that one may read (2 points) and the hidden one (1 point). */
function report(open: Partial<CheckResult> | Outcome, hidden: Partial<CheckResult> | Outcome) {
  const check = (
    name: string,
    visibility: CheckResult["visibility"],
    max: number,
    said: Partial<CheckResult> | Outcome,
  ): CheckResult => {
    const all = typeof said === "string" ? { outcome: said } : said;
    const outcome = all.outcome ?? "failed";
    return {
      name,
      visibility,
      outcome,
      points: outcome === "passed" ? max : 0,
      max,
      milliseconds: 1,
      ...all,
    };
  };
  const checks = [check("open", "public", 2, open), check("hidden", "hidden", 1, hidden)];
  const outcomes = checks.map(({ outcome }) => outcome);
  const outcome =
    outcomes.every((one) => one === outcomes[0]) || !outcomes.includes("error")
      ? (outcomes.find((one) => one !== "passed") ?? "passed")
      : "error";
  const points = checks.reduce((sum, { points }) => sum + points, 0);
  return { exercise: "double", outcome, points, max: 3, checks, diagnostics: [], output: "" };
}
const nine = { input: "double(3)", expected: "6", got: "9", usually: "This is the square." };
const drawn = (x: number) => ({
  message: `double(${x}) gave ${x * x}, which is not ${2 * x}`,
  input: `double(${x})`,
  expected: String(2 * x),
  got: String(x * x),
});

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  let service: Service;
  let ada: Client;
  let sections: Record<string, string>;
  const at = "/api/v1/courses/dl";

  beforeAll(async () => {
    const where =
      kind === "pglite"
        ? { dataDir: dataDir() }
        : { dataDir: tempDir(), databaseUrl: postgres.database() };
    const options = {
      ...where,
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
    };
    const first = await createService(options);
    const from = (service: Service) => new Client(url, (request) => service.fetch(request));
    const office = await from(first).signUp("Ada", "ada@example.org");
    await office.becomeAdministrator(first.adminLink);
    await office.post("/api/v1/courses", { id: "dl", name: "Deep learning" });
    const people = ["ann", "bob", "cyd", "dan", "eve", "fay", "gus"];
    const ids: Record<string, string> = {};
    for (const name of people) {
      const who = await from(first).signUp(name, `${name}@example.org`);
      ids[name] = (await who.get("/api/v1/me")).body.user.id;
    }
    const roster = people.map((name) => `${name}@example.org,${name < "cz" ? "A" : "B"}`);
    await office.ask("POST", `${at}/roster`, ["email,section", ...roster].join("\n"), {
      "content-type": "text/csv",
    });
    await office.ask("PATCH", `${at}/enrollments/${ids.eve}`, { active: false });
    await first.close();

    const store = await openStore(where);
    let number = 0;
    const attempt = async (
      who: string,
      minutes: number,
      verdict: ReturnType<typeof report> | null,
      fault = false,
    ) => {
      await add(store.db, ++number, ids[who], new Date(began + minutes * MINUTE), verdict, fault);
      return uuid(number);
    };
    // Passes at the second attempt, an hour after the first.
    await attempt("ann", 0, report(nine, drawn(7)));
    await attempt("ann", 60, report("passed", "passed"));
    // At once. What failed before that was the grader.
    await attempt("bob", 1, report("error", "error"), true);
    await attempt("bob", 2, report("passed", "passed"));
    // Gets half way, and stops at the hidden check; the first of these was dan's too.
    const shared = await attempt("cyd", 3, report(nine, drawn(123456)));
    await sql`insert into shared_submissions values (${shared}, ${ids.dan})`.execute(store.db);
    await attempt("cyd", 5, report("passed", drawn(8)));
    // No longer in the course.
    await attempt("eve", 0, report("passed", "passed"));
    // Never ran; then was still the starter; then waits.
    await attempt(
      "fay",
      0,
      report(
        { outcome: "error", message: "it cannot be read" },
        { outcome: "error", message: "it cannot be read" },
      ),
    );
    await attempt("fay", 1, report("not attempted", "not attempted"));
    await attempt("fay", 2, null);
    await store.close();

    service = await createService(options);
    ada = office;
    ada = new Client(url, (request) => service.fetch(request));
    await ada.post("/api/auth/sign-in/email", {
      email: "ada@example.org",
      password: "correct horse",
    });
    const found = (await ada.get(`${at}/sections`)).body.sections;
    sections = Object.fromEntries(
      found.map((one: { name: string; id: string }) => [one.name, one.id]),
    );
  });
  afterAll(() => service?.close());

  test("who tried, who passed, after how many attempts and how long", async () => {
    const { body, status } = await ada.get(`${at}/statistics`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ course: "dl", section: null, learners: 6 });
    expect(body.exercises).toEqual([
      {
        exercise: "double",
        title: "Twice as much",
        points: 3,
        tried: 5,
        passed: 2,
        // ann 2, bob 1, cyd 2, dan 1, fay 3
        attempts: 9,
        waiting: 1,
        attemptsToPass: { lower: 1.25, median: 1.5, upper: 1.75 },
        secondsToPass: { lower: 900, median: 1800, upper: 2700 },
        // 1, 1, 2/3, 0, 0
        mean: expect.closeTo(8 / 15, 9),
        scores: [2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2],
        // fay's newest that is graded is the starter, and stops at the first check as dan's does.
        stuck: [
          { check: "open", learners: 2 },
          { check: "hidden", learners: 1 },
        ],
      },
      expect.objectContaining({
        exercise: "negate",
        tried: 0,
        passed: 0,
        mean: null,
        scores: Array(11).fill(0),
      }),
    ]);
  });

  test("one section", async () => {
    const { body } = await ada.get(`${at}/statistics?section=${sections.A}`);
    expect(body).toMatchObject({ section: { name: "A" }, learners: 3 });
    expect(body.exercises[0]).toMatchObject({ tried: 3, passed: 2, attempts: 5 });
    const other = await ada.get(`${at}/statistics?section=${uuid(1)}`);
    expect(other.status).toBe(404);
    expect((await ada.get(`${at}/statistics?section=A`)).status).toBe(404);
  });

  test("check by check: where they stop, and what comes out wrong", async () => {
    const one: ExerciseStatistics = (await ada.get(`${at}/statistics/double`)).body;
    expect(one.attemptCounts).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    // An hour is no longer less than an hour.
    expect(one.times.map(({ learners }) => learners)).toEqual([0, 0, 0, 1, 0, 0, 0]);
    expect(one.sections).toMatchObject([
      { section: { name: "A" }, tried: 3, passed: 2 },
      { section: { name: "B" }, tried: 2, passed: 0, mean: 0, attemptsToPass: null },
    ]);
    expect([one.erred, one.untouched]).toEqual([1, 1]);
    expect(one.checks).toMatchObject([
      {
        check: "open",
        visibility: "public",
        max: 2,
        present: true,
        failures: 2,
        learners: 3,
        first: 2,
        stuck: 2,
      },
      {
        check: "hidden",
        visibility: "hidden",
        max: 1,
        present: true,
        failures: 3,
        learners: 3,
        first: 1,
        stuck: 1,
      },
    ]);
    // A group's attempt is one attempt of two learners.
    expect(one.checks[0].wrong).toEqual([
      {
        outcome: "failed",
        message: "This is the square.",
        input: "double(3)",
        expected: "6",
        got: "9",
        attempts: 2,
        learners: 3,
      },
    ]);
    // Of hidden checks the numbers, which are drawn for each attempt, say nothing: the mistake is one.
    expect(one.checks[1].wrong).toEqual([
      {
        outcome: "failed",
        message: "double(…) gave …, which is not …",
        input: null,
        expected: null,
        got: null,
        attempts: 3,
        learners: 3,
      },
    ]);
    expect((await ada.get(`${at}/statistics/triple`)).body.error.code).toBe("unknown_exercise");
  });

  test("as tables", async () => {
    const all = await ada.get(`${at}/statistics.csv`);
    expect(all.headers.get("content-type")).toContain("text/csv");
    expect(all.text.split("\r\n")[1]).toBe("double,Twice as much,3,6,5,2,9,1.5,30,53.3,open,2");
    const one = await ada.get(`${at}/statistics/double/checks.csv`);
    expect(one.text.split("\r\n").slice(1, 3)).toEqual([
      'double,open,public,2,9,2,3,2,2,"double(3) gave 9, not 6: This is the square.",2',
      'double,hidden,hidden,1,9,3,3,1,1,"double(…) gave …, which is not …",3',
    ]);
  });
});

async function add(
  db: Kysely<Database>,
  number: number,
  user: string,
  at: Date,
  verdict: ReturnType<typeof report> | null,
  fault: boolean,
) {
  await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed, received_at)
    values (${uuid(number)}, 'dl', ${user}, 'double', 1, 'code', ${String(number)}, 'seed', ${at})`.execute(
    db,
  );
  if (!verdict) return;
  await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
    values (${uuid(number)}, ${verdict.outcome}, ${verdict.points}, 3, ${JSON.stringify(verdict)}, ${fault})`.execute(
    db,
  );
}
