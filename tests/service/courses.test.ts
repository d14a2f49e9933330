// Courses: people, rules, dates, groups and grades, for every role, on both stores.
import { createService, type Service } from "@gradus/grader/service";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  Client,
  dataDir,
  exercisesRoot,
  makeDataDir,
  type Postgres,
  rightDouble,
  rightNegate,
  startPostgres,
  tempDir,
  wrongDouble,
} from "./helpers.ts";
import { insightTable } from "./insight-table.ts";

const url = "http://localhost:3000";
const HOUR = 3600 * 1000;
let postgres: Postgres;
beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());

const from = (service: Service) => new Client(url, (request) => service.fetch(request));
const idOf = async (who: Client) => (await who.get("/api/v1/me")).body.user.id as string;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
const csv = (who: Client, course: string, text: string, query = "") =>
  who.ask("POST", `/api/v1/courses/${course}/roster${query}`, text, { "content-type": "text/csv" });
/** The body of an answer that must be a good one. */
const good = (answer: Answer) => {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
};
const refusal = ({ status, body }: Answer) => [status, body.error.code, body.error.message];

describe.each(["pglite", "postgres"] as const)("a class on %s", (kind) => {
  let service: Service;
  let office: Client;
  let ines: Client;
  let lin: Client;
  let mo: Client;
  const at = "/api/v1/courses/dl";

  beforeAll(async () => {
    const where =
      kind === "pglite"
        ? { dataDir: dataDir() }
        : { dataDir: tempDir(), databaseUrl: postgres.database() };
    service = await createService({
      ...where,
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 1,
    });
    office = await from(service).signUp("Ada", "ada@example.org");
    await office.becomeAdministrator(service.adminLink);
    ines = await from(service).signUp("Ines", "ines@example.org");
    lin = await from(service).signUp("Lin", "lin@example.org");
    good(
      await office.post("/api/v1/courses", {
        id: "dl",
        name: "Deep learning",
        timeZone: "Europe/Berlin",
        lateDays: 5,
      }),
    );
    good(await csv(office, "dl", "email,role\nines@example.org,instructor\n"));
  });
  afterAll(() => service?.close());

  const handIn = (who: Client, exercise: string, source: string) =>
    who.post("/api/v1/submissions?course=dl", { exercise, source });
  const myGrades = async (who: Client) => good(await who.get(`${at}/grades/me`));
  const assign = async (change: object) =>
    good(await ines.post(`${at}/assignments`, { name: `Homework ${Math.random()}`, ...change }));

  test("a roster enrolls who has an account and invites who has none; they are in when they sign up", async () => {
    expect((await lin.get(at)).status).toBe(404);
    const roster =
      "email,name,section,student_id\nlin@example.org,Lin Wu,A,1\nmo@example.org,Mo,B,2\n";
    const dry = good(await csv(ines, "dl", roster, "?dry_run=true"));
    expect(dry).toMatchObject({ dryRun: true, unchanged: 0, sectionsCreated: ["A", "B"] });
    expect(dry.changes.map((one: { action: string }) => one.action)).toEqual(["enroll", "invite"]);
    expect((await lin.get(at)).status).toBe(404);
    expect(good(await ines.get(`${at}/sections`)).sections).toEqual([]);

    const done = good(await csv(ines, "dl", roster));
    expect({ ...done, dryRun: true }).toEqual(dry);
    expect(good(await lin.get(at))).toMatchObject({ id: "dl", role: "learner", lateDays: 5 });
    expect(good(await lin.get("/api/v1/me")).courses).toEqual([
      { id: "gradus", name: "Gradus", role: "learner" },
      { id: "dl", name: "Deep learning", role: "learner" },
    ]);
    mo = await from(service).signUp("Mo of the site", "Mo@Example.org");
    expect(good(await mo.get(at)).role).toBe("learner");
    const { enrollments, invitations } = good(await ines.get(`${at}/enrollments`));
    expect(invitations).toEqual([]);
    expect(enrollments).toContainEqual({
      user: { id: await idOf(mo), name: "Mo of the site", email: "mo@example.org" },
      role: "learner",
      section: "B",
      rosterName: "Mo",
      studentId: "2",
      joinedAt: expect.any(String),
      active: true,
    });
    // Again, and as it is exported: nothing to do.
    for (const text of [roster, (await ines.get(`${at}/roster.csv`)).text]) {
      const again = good(await csv(ines, "dl", text));
      expect(again.changes).toEqual([]);
    }
    expect(good(await ines.get(`${at}/sections`)).sections).toMatchObject([
      { name: "A", learners: 1 },
      { name: "B", learners: 1 },
    ]);
  });

  test("who signs up while the roster is imported is in, whichever comes first", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `both${i}`);
    const text = ["email", ...names.map((name) => `${name}@example.org`)].join("\n");
    const signUps = names.map((name) => from(service).signUp(name, `${name}@example.org`));
    // In the middle of the sign-ups, which take their time over passwords.
    await signUps[0];
    const [imported] = await Promise.all([csv(ines, "dl", text), ...signUps]);
    good(imported);
    const { enrollments, invitations } = good(await ines.get(`${at}/enrollments`));
    expect(invitations).toEqual([]);
    const there = enrollments.filter((one: { user: { name: string } }) =>
      /^both/.test(one.user.name),
    );
    expect(there).toHaveLength(8);
    expect(good(await csv(ines, "dl", text)).unchanged).toBe(8);
    // Gone again, for the tests that count.
    good(await csv(ines, "dl", "email\nlin@example.org\nmo@example.org\n", "?drop_missing=true"));
  });

  test("a roster with a wrong line changes nothing; who is dropped keeps their work and can come back", async () => {
    const bad = await csv(ines, "dl", "email,section\nnew@example.org,C\nlin@example,A\n");
    expect(bad.body.error).toMatchObject({
      code: "bad_roster",
      lines: [{ line: 3, message: '"lin@example" is not an e-mail address' }],
    });
    const staff = await csv(
      ines,
      "dl",
      "email,role\nlin@example.org,assistant\nboss@example.org,assistant\n",
    );
    expect(staff.body.error.lines).toMatchObject([{ line: 3, message: /has no account yet/ }]);
    expect((await ines.get(`${at}/enrollments`)).text).not.toMatch(/new@|boss@|assistant/);

    const receipt = good(await handIn(mo, "double", rightDouble("mo"))).submissions[0];
    const left = good(await csv(ines, "dl", "email\nlin@example.org\n"));
    expect(left).toMatchObject({ changes: [], missing: ["mo@example.org"] });
    const gone = good(await csv(ines, "dl", "email\nlin@example.org\n", "?drop_missing=true"));
    expect(gone.changes).toMatchObject([{ email: "mo@example.org", action: "drop", line: null }]);
    expect(refusal(await handIn(mo, "double", rightDouble("again")))).toEqual([
      403,
      "not_enrolled",
      "you are no longer in Deep learning, so nothing can be handed in there",
    ]);
    expect((await mo.graded(receipt.id)).points).toBe(3);
    expect(good(await mo.get("/api/v1/submissions?course=dl")).submissions).toHaveLength(1);
    const back = good(await csv(ines, "dl", "email\nlin@example.org\nmo@example.org\n"));
    expect(back.changes).toMatchObject([{ email: "mo@example.org", action: "restore" }]);
    expect(good(await handIn(mo, "double", rightDouble("mo"))).submissions[0]).toMatchObject({
      id: receipt.id,
      duplicate: true,
    });
    const one = good(
      await ines.ask("PATCH", `${at}/enrollments/${await idOf(mo)}`, {
        active: false,
        section: "A",
      }),
    );
    expect(one).toMatchObject({ active: false, section: "A" });
    good(await ines.ask("PATCH", `${at}/enrollments/${await idOf(mo)}`, { active: true }));
  });

  test("before it opens and after it closes nothing is taken; a hidden one is not even named", async () => {
    const first = await assign({
      name: "Homework 1",
      exercises: [{ exercise: "negate" }],
      unlockAt: inHours(1),
      dueAt: inHours(2),
      lockAt: inHours(3),
      hiddenUntilUnlocked: true,
    });
    expect(first).toMatchObject({ maxScore: 2, exercises: [{ exercise: "negate", points: 2 }] });
    const route = `${at}/assignments/${first.id}`;
    expect(refusal(await handIn(lin, "negate", rightNegate))).toEqual([
      403,
      "not_open_yet",
      "negate cannot be handed in yet",
    ]);
    expect((await lin.get(route)).status).toBe(404);
    expect((await lin.get(`${at}/assignments`)).text).not.toContain("Homework 1");
    expect((await lin.get(`${at}/grades/me`)).text).not.toContain("Homework 1");

    good(await ines.ask("PATCH", route, { hiddenUntilUnlocked: false }));
    expect(good(await lin.get(route))).toMatchObject({ name: "Homework 1", open: false });
    const early = await handIn(lin, "negate", rightNegate);
    expect(early.body.error.message).toMatch(
      /^negate \(Homework 1\) cannot be handed in now: it opens on \w+, .* \(Europe\/Berlin\)$/,
    );
    // Those who teach may try it; elsewhere it is an exercise like any other.
    good(await handIn(ines, "negate", rightNegate));
    good(await lin.post("/api/v1/submissions", { exercise: "negate", source: rightNegate }));

    good(
      await ines.ask("PATCH", route, {
        unlockAt: inHours(-3),
        dueAt: inHours(-2),
        lockAt: inHours(-1),
      }),
    );
    const late = await handIn(lin, "negate", rightNegate);
    expect([late.status, late.body.error.code]).toEqual([403, "closed"]);
    expect(late.body.error.message).toMatch(/it closed on/);
    // A notebook is taken whole or not at all.
    const notebook = {
      nbformat: 4,
      cells: ["double", "negate"].map((exercise) => ({
        cell_type: "code",
        source: exercise === "double" ? rightDouble("notebook") : rightNegate,
        metadata: { gradus: { exercise } },
      })),
    };
    const before = good(await lin.get("/api/v1/submissions?course=dl")).submissions;
    const both = await lin.ask("POST", "/api/v1/submissions?course=dl", JSON.stringify(notebook), {
      "content-type": "application/x-ipynb+json",
    });
    expect(both.status).toBe(403);
    expect(good(await lin.get("/api/v1/submissions?course=dl")).submissions).toEqual(before);

    // An extension opens it for one.
    const extended = good(
      await ines.ask("PUT", `${route}/extensions/${await idOf(lin)}`, {
        dueAt: inHours(1),
        reason: "ill",
      }),
    );
    expect(extended).toMatchObject({ lockAt: null, extraAttempts: 0, reason: "ill" });
    const mine = good(await lin.get(route));
    expect(mine).toMatchObject({
      open: true,
      extended: true,
      dueAt: extended.dueAt,
      lockAt: extended.dueAt,
    });
    expect(JSON.stringify(mine)).not.toContain("ill");
    const { id } = good(await handIn(lin, "negate", rightNegate)).submissions[0];
    await lin.graded(id);
    expect(good(await lin.get(route)).grade).toMatchObject({
      score: 2,
      exercises: [{ explanation: "2 of 2 points; handed in on time" }],
    });
    expect((await handIn(mo, "negate", rightNegate)).status).toBe(403);
    good(await ines.ask("DELETE", `${route}/extensions/${await idOf(lin)}`));
    expect(good(await lin.get(route)).extended).toBe(false);
    good(await ines.ask("DELETE", route));
    expect((await lin.get(route)).status).toBe(404);
    expect((await lin.graded(id)).points).toBe(2);
  });

  test("attempts and the pause between them; what is known already is no attempt", async () => {
    const { id } = await assign({
      exercises: [{ exercise: "double", points: 10 }],
      allowedAttempts: 2,
      cooldownSeconds: 3600,
    });
    const route = `${at}/assignments/${id}`;
    good(await handIn(lin, "double", wrongDouble("first")));
    const soon = await handIn(lin, "double", rightDouble("second"));
    expect([soon.status, soon.body.error.code]).toEqual([429, "cooling_down"]);
    expect(soon.body.error.message).toMatch(
      /the next attempt may be made in 59 minutes \d+ seconds, at/,
    );
    const wait = Number(soon.headers.get("retry-after"));
    expect(wait > 3500 && wait <= 3600).toBe(true);
    expect(good(await handIn(lin, "double", wrongDouble("first"))).submissions[0].duplicate).toBe(
      true,
    );
    good(await ines.ask("PATCH", route, { cooldownSeconds: 0 }));
    // From two windows at one moment: one attempt is left.
    const both = await Promise.all(
      ["a", "b"].map((mark) => handIn(lin, "double", rightDouble(mark))),
    );
    expect(both.map((answer) => answer.status).sort()).toEqual([202, 403]);
    expect(refusal(both.find((answer) => answer.status === 403)!).slice(1)).toEqual([
      "no_attempts_left",
      expect.stringMatching(/cannot be handed in now: all 2 attempts have been made$/),
    ]);
    good(await ines.ask("PUT", `${route}/extensions/${await idOf(lin)}`, { extraAttempts: 1 }));
    good(await handIn(lin, "double", rightDouble("third")));
    expect((await handIn(lin, "double", rightDouble("fourth"))).status).toBe(403);
    good(await ines.ask("DELETE", route));
  });

  test("late work: late days, deductions, and the words for it, for learner and teacher alike", async () => {
    const somebody = await from(service).signUp("Late", "late@example.org");
    good(await ines.post(`${at}/enrollments`, { email: "LATE@example.org", section: "C" }));
    const { id } = await assign({
      exercises: [{ exercise: "double", points: 10 }],
      dueAt: inHours(-27),
      lateSubmissionDeduction: 10,
      maximumLateDays: 1,
    });
    const receipt = good(await handIn(somebody, "double", rightDouble("late"))).submissions[0];
    expect(receipt.late).toMatch(/^1 day [23] hours$/);
    await somebody.graded(receipt.id);
    const mine = await myGrades(somebody);
    expect(mine).toMatchObject({
      course: "dl",
      lateDays: 5,
      lateDaysUsed: 1,
      score: 9,
      maxScore: 10,
    });
    expect(mine.user).toBeUndefined();
    expect(mine.assignments[0].grade).toMatchObject({
      score: 9,
      lateDaysUsed: 1,
      explanation: "9 of 10 points; 1 late day used of 5, 4 left",
    });
    expect(mine.assignments[0].grade.exercises[0].explanation).toMatch(
      /^9 of 10 points; handed in 1 day [23] hours late: 1 late day used of 5, 1 day at 10 % are 10 % of 10 points: 1 point taken off$/,
    );
    const theirs = good(await ines.get(`${at}/grades/${await idOf(somebody)}`));
    expect(theirs.assignments).toEqual(mine.assignments);
    const all = good(await ines.get(`${at}/grades`));
    expect(
      all.learners.find((one: { user: { name: string } }) => one.user.name === "Late"),
    ).toMatchObject({
      section: "C",
      score: 9,
      grades: { [id]: { score: 9, maxScore: 10 } },
    });
    const section = good(await ines.get(`${at}/sections`)).sections.at(-1);
    const some = good(await ines.get(`${at}/grades?section=${section.id}`));
    expect([some.learners.length, all.learners.length]).toEqual([1, 3]);
    // The budget is the course's.
    good(await ines.ask("PATCH", at, { lateDays: 0 }));
    expect((await myGrades(somebody)).score).toBe(8);
    good(await ines.ask("PATCH", at, { lateDays: 5 }));
    good(await ines.ask("DELETE", `${at}/assignments/${id}`));
  });

  test("a group: one hands in, all who are in it have the grade and the attempt, nobody else", async () => {
    const [eve, kim] = [
      await from(service).signUp("Eve", "eve@example.org"),
      await from(service).signUp("Kim", "kim@example.org"),
    ];
    good(await csv(ines, "dl", "email\neve@example.org\nkim@example.org\n"));
    const groups = [{ name: "Red", members: ["EVE@example.org", await idOf(mo)] }];
    const set = good(await ines.post(`${at}/group-sets`, { name: "Pairs", groups }));
    expect(set.groups).toMatchObject([
      { name: "Red", members: [{ name: "Eve" }, { name: "Mo of the site" }] },
    ]);
    const { id } = await assign({
      exercises: [{ exercise: "negate", points: 4 }],
      groupSet: set.id,
      allowedAttempts: 1,
    });
    const receipt = good(await handIn(eve, "negate", rightNegate)).submissions[0];
    await eve.graded(receipt.id);
    // Mo had never handed it in himself.
    const mine = good(await mo.get(`${at}/assignments/${id}`));
    expect(mine.group).toEqual({ name: "Red", members: ["Eve", "Mo of the site"] });
    expect(mine.grade).toMatchObject({
      score: 4,
      exercises: [{ submission: receipt.id, attempts: 1 }],
    });
    expect(good(await mo.get(`/api/v1/submissions/${receipt.id}`))).toMatchObject({
      handedInBy: "Eve",
      points: 2,
    });
    expect(
      good(await mo.get("/api/v1/submissions?course=dl&exercise=negate")).submissions,
    ).toHaveLength(1);
    expect((await handIn(mo, "negate", `${rightNegate} `)).body.error.code).toBe(
      "no_attempts_left",
    );
    expect((await kim.get(`/api/v1/submissions/${receipt.id}`)).status).toBe(404);
    expect(good(await kim.get(`${at}/assignments/${id}`))).toMatchObject({
      group: null,
      grade: { score: null },
    });
    const book = good(await ines.get("/api/v1/gradebook?course=dl"));
    const row = (name: string) => book.rows.find((one: { name: string }) => one.name === name);
    expect(row("Mo of the site").cells.negate).toMatchObject({ points: 2, submission: receipt.id });
    expect(row("Kim").cells.negate).toBeUndefined();

    // Groups change; what was handed in stays with those who were in them.
    const changed = {
      name: "Pairs",
      groups: [{ name: "Red", members: ["eve@example.org", "kim@example.org"] }],
    };
    const saved = good(await ines.ask("PUT", `${at}/group-sets/${set.id}`, changed));
    expect(saved.groups[0].id).toBe(set.groups[0].id);
    expect(good(await mo.get(`${at}/assignments/${id}`)).grade.score).toBe(4);
    expect(good(await kim.get(`${at}/assignments/${id}`)).grade.score).toBeNull();
    // Two at one moment, and the group has one attempt.
    const pair = [await from(service).signUp("Pat"), await from(service).signUp("Sam")];
    const emails = await Promise.all(
      pair.map(async (who) => good(await who.get("/api/v1/me")).user.email as string),
    );
    good(await csv(ines, "dl", ["email", ...emails].join("\n")));
    const blue = { name: "Pairs", groups: [{ name: "Blue", members: emails }] };
    good(await ines.ask("PUT", `${at}/group-sets/${set.id}`, blue));
    const both = await Promise.all(pair.map((who) => handIn(who, "negate", rightNegate)));
    // With the same source, the second one finds it handed in already; with another it is refused.
    expect(both.map((answer) => answer.body.submissions[0].duplicate).sort()).toEqual([
      false,
      true,
    ]);
    const more = await Promise.all(
      pair.map((who, i) => handIn(who, "negate", `${rightNegate}// ${i}`)),
    );
    expect(more.map((answer) => answer.status)).toEqual([403, 403]);
    expect((await ines.ask("DELETE", `${at}/group-sets/${set.id}`)).body.error.code).toBe("in_use");
    good(await ines.ask("PATCH", `${at}/assignments/${id}`, { groupSet: null }));
    good(await ines.ask("DELETE", `${at}/group-sets/${set.id}`));
    good(await ines.ask("DELETE", `${at}/assignments/${id}`));
  });

  test("what does not fit is refused with a reason, and nothing is half done", async () => {
    const { id } = await assign({ name: "Taken", exercises: [{ exercise: "double" }] });
    const count = async () => good(await ines.get(`${at}/assignments`)).assignments.length;
    const before = [await count(), (await ines.get(`${at}/audit`)).text];
    const cases: [object, number, RegExp][] = [
      [{ name: "X", exercises: [] }, 400, /exercises/],
      [{ name: "X", exercises: [{ exercise: "triple" }] }, 404, /no exercise "triple"/],
      [
        { name: "X", exercises: [{ exercise: "negate" }, { exercise: "negate" }] },
        400,
        /stands twice/,
      ],
      [
        { name: "X", exercises: [{ exercise: "negate" }, { exercise: "double" }] },
        409,
        /belongs to the assignment "Taken"/,
      ],
      [{ name: "Taken", exercises: [{ exercise: "negate" }] }, 409, /already/],
      [{ name: "X", exercises: [{ exercise: "negate", points: -1 }] }, 400, /points/],
      [
        { name: "X", exercises: [{ exercise: "negate" }], dueAt: "tomorrow" },
        400,
        /^dueAt: "tomorrow" is not a time/,
      ],
      [
        { name: "X", exercises: [{ exercise: "negate" }], dueAt: "2026-03-29T02:30" },
        400,
        /clocks in Europe\/Berlin skip/,
      ],
      [
        {
          name: "X",
          exercises: [{ exercise: "negate" }],
          dueAt: "2026-03-01T12:00",
          lockAt: "2026-02-01T12:00",
        },
        400,
        /lockAt .* lies before dueAt/,
      ],
      [
        { name: "X", exercises: [{ exercise: "negate" }], allowedAttempts: 0 },
        400,
        /allowedAttempts/,
      ],
      [
        { name: "X", exercises: [{ exercise: "negate" }], lateSubmissionDeduction: 101 },
        400,
        /lateSubmission/,
      ],
      [
        { name: "X", exercises: [{ exercise: "negate" }], scoringPolicy: "average" },
        400,
        /keep_highest/,
      ],
      [
        { name: "X", exercises: [{ exercise: "negate" }], groupSet: crypto.randomUUID() },
        404,
        /set of groups/,
      ],
      [{ name: "X\nY", exercises: [{ exercise: "negate" }] }, 400, /one line/],
      [{ name: "X", exercises: [{ exercise: "negate" }], dueDate: null }, 400, /dueDate/],
      [{ exercises: [{ exercise: "negate" }] }, 400, /name/],
    ];
    for (const [body, status, message] of cases) {
      const answer = await ines.post(`${at}/assignments`, body);
      expect(refusal(answer)).toEqual([status, expect.any(String), expect.stringMatching(message)]);
    }
    const extension = (body: object, user: string) =>
      ines.ask("PUT", `${at}/assignments/${id}/extensions/${user}`, body);
    expect((await extension({ extraAttempts: -1 }, await idOf(lin))).status).toBe(400);
    expect((await extension({}, "nobody")).status).toBe(404);
    expect((await extension({}, await idOf(office))).status).toBe(200);
    good(await ines.ask("DELETE", `${at}/assignments/${id}/extensions/${await idOf(office)}`));
    const member = (members: string[], more: object[] = []) =>
      ines.post(`${at}/group-sets`, { name: "Bad", groups: [{ name: "1", members }, ...more] });
    for (const answer of [
      await member(["nobody@example.org"]),
      await member(["ines@example.org"]),
      await member(["lin@example.org"], [{ name: "2", members: ["LIN@example.org"] }]),
      await member([], [{ name: "1", members: [] }]),
    ])
      expect(answer.status).toBe(400);
    for (const body of [
      { timeZone: "Europe/Atlantis" },
      { lateDays: -1 },
      { name: "" },
      { id: "x" },
    ])
      expect((await ines.ask("PATCH", at, body)).status).toBe(400);
    for (const id of ["dl", "DL", "a b", "", "-x"])
      expect([400, 409]).toContain(
        (await office.post("/api/v1/courses", { id, name: "X" })).status,
      );
    expect((await csv(ines, "dl", "email\n", "?dry_run=perhaps")).status).toBe(400);
    const wrongType = await ines.post(`${at}/roster`, { email: "x" });
    expect(refusal(wrongType).slice(0, 2)).toEqual([415, "content_type"]);
    expect([await count(), good(await ines.get(`${at}/assignments`)).assignments.length]).toEqual([
      before[0],
      before[0],
    ]);
    good(await ines.ask("DELETE", `${at}/assignments/${id}`));
  });

  test("times without an offset are the course's; dates are kept in UTC", async () => {
    const made = await assign({ exercises: [{ exercise: "double" }], dueAt: "2026-07-01T23:59" });
    expect(made.dueAt).toBe("2026-07-01T21:59:00.000Z");
    const changed = good(
      await ines.ask("PATCH", `${at}/assignments/${made.id}`, {
        dueAt: "2026-12-01T23:59:59.999-05:00",
      }),
    );
    expect(changed).toEqual({ ...made, dueAt: "2026-12-02T04:59:59.999Z" });
    good(await ines.ask("DELETE", `${at}/assignments/${made.id}`));
  });

  test("the audit log says who changed what, from what to what, and pages go back to the beginning", async () => {
    const newest = good(await ines.get(`${at}/audit?limit=3`));
    expect(newest.entries.map((one: { action: string }) => one.action)).toEqual([
      "assignment.delete",
      "assignment.update",
      "assignment.create",
    ]);
    expect(newest.entries[1]).toMatchObject({
      actor: { id: await idOf(ines), name: "Ines" },
      course: "dl",
      before: { dueAt: "2026-07-01T21:59:00.000Z" },
      after: { dueAt: "2026-12-02T04:59:59.999Z" },
    });
    expect(Object.keys(newest.entries[1].after)).toEqual(["dueAt"]);
    const all = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = good(await ines.get(`${at}/audit?limit=7${cursor && `&cursor=${cursor}`}`));
      all.push(...page.entries);
      cursor = page.next;
    }
    expect(all.at(-1)).toMatchObject({ action: "course.create", after: { name: "Deep learning" } });
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
    const about = good(await ines.get(`${at}/audit?subject=${await idOf(mo)}`)).entries.reverse();
    expect(about.slice(0, 3)).toMatchObject([
      {
        action: "enrollment.create",
        actor: { name: "Mo of the site" },
        after: { invitedAs: "mo@example.org" },
      },
      { action: "enrollment.update", before: { active: true }, after: { active: false } },
      { action: "enrollment.update", before: { active: false }, after: { active: true } },
    ]);
    const site = good(await office.get("/api/v1/audit?limit=500")).entries;
    expect(site).toContainEqual(
      expect.objectContaining({
        action: "administrator.add",
        subject: await idOf(office),
        course: null,
      }),
    );
  });

  test("a course is a place of its own: work in one is nothing in the other", async () => {
    const receipt = await lin.handIn("double", rightDouble("elsewhere"));
    await lin.graded(receipt.id);
    const inCourse = good(await lin.get("/api/v1/submissions?course=dl")).submissions;
    expect(inCourse.map((one: { id: string }) => one.id)).not.toContain(receipt.id);
    // Ines teaches there, not here.
    expect((await ines.get(`/api/v1/submissions/${receipt.id}`)).status).toBe(404);
    expect((await ines.get("/api/v1/gradebook")).status).toBe(403);
    expect((await ines.get("/api/v1/gradebook?course=dl")).status).toBe(200);
    expect(
      (await ines.get("/api/v1/gradebook.csv?course=dl")).headers.get("content-disposition"),
    ).toContain("dl-gradebook-");
  });
});

describe("every route, for everyone", () => {
  let service: Service;
  const people: Record<string, Client> = {};
  let submission: string;
  /** Ids of things in `dl`, and of the like in `other`. */
  let here: Record<"section" | "assignment" | "groupSet" | "learner", string>;
  let there: typeof here;

  const furnish = async (who: Client, course: string, learner: Client): Promise<typeof here> => {
    const at = `/api/v1/courses/${course}`;
    return {
      section: good(await who.post(`${at}/sections`, { name: "A" })).id,
      groupSet: good(await who.post(`${at}/group-sets`, { name: "Pairs", groups: [] })).id,
      assignment: good(
        await who.post(`${at}/assignments`, {
          name: "Homework",
          exercises: [{ exercise: "double" }],
        }),
      ).id,
      learner: await idOf(learner),
    };
  };

  beforeAll(async () => {
    service = await createService({
      dataDir: dataDir(),
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
    });
    const join = async (name: string) => {
      people[name] = await from(service).signUp(name, `${name}@example.org`);
      return people[name];
    };
    people.nobody = from(service);
    await (await join("administrator")).becomeAdministrator(service.adminLink);
    for (const name of [
      "outsider",
      "learner",
      "mate",
      "dropped",
      "assistant",
      "instructor",
      "elsewhere",
    ])
      await join(name);
    const { administrator, elsewhere, instructor, learner, outsider } = people;
    for (const id of ["dl", "other"])
      good(await administrator.post("/api/v1/courses", { id, name: `Course ${id}` }));
    const row = (name: string, role = "learner") => `${name}@example.org,${role}`;
    const staff = [row("assistant", "assistant"), row("instructor", "instructor")];
    good(
      await csv(
        administrator,
        "dl",
        ["email,role", ...staff, row("learner"), row("mate"), row("dropped")].join("\n"),
      ),
    );
    good(
      await csv(
        administrator,
        "other",
        ["email,role", row("elsewhere", "instructor"), row("outsider")].join("\n"),
      ),
    );
    here = await furnish(instructor, "dl", learner);
    there = await furnish(elsewhere, "other", outsider);
    submission = good(
      await learner.post("/api/v1/submissions?course=dl", {
        exercise: "double",
        source: rightDouble(),
      }),
    ).submissions[0].id;
    const droppedId = await idOf(people.dropped);
    good(
      await instructor.ask("PATCH", `/api/v1/courses/dl/enrollments/${droppedId}`, {
        active: false,
      }),
    );
    people.byToken = from(service);
    const { token } = good(await learner.post("/api/v1/tokens", {}));
    people.byToken.headers = { authorization: `Bearer ${token}` };
    // The instructor's own cookie, on a page of somebody else.
    people.foreign = instructor.at(url);
    people.foreign.headers = { origin: "https://evil.example" };
  });
  afterAll(() => service?.close());

  const at = "/api/v1/courses/dl";
  const none = "00000000-0000-4000-8000-000000000000";
  let fresh = 0;
  type Level = "account" | "learner" | "assistant" | "instructor" | "administrator";
  /** [route, who is let in, what they get, the request] */
  const table: [string, Level, number, (who: Client) => Promise<Answer>][] = [
    ["GET /api/v1/courses", "account", 200, (who) => who.get("/api/v1/courses")],
    [
      "POST /api/v1/courses",
      "administrator",
      201,
      (who) => who.post("/api/v1/courses", { id: `c${++fresh}`, name: "C" }),
    ],
    ["GET /api/v1/courses/:course", "learner", 200, (who) => who.get(at)],
    [
      "PATCH /api/v1/courses/:course",
      "instructor",
      200,
      (who) => who.ask("PATCH", at, { lateDays: 1 }),
    ],
    ["GET /api/v1/courses/:course/sections", "assistant", 200, (who) => who.get(`${at}/sections`)],
    [
      "POST /api/v1/courses/:course/sections",
      "instructor",
      201,
      (who) => who.post(`${at}/sections`, { name: `S${++fresh}` }),
    ],
    [
      "PATCH /api/v1/courses/:course/sections/:id",
      "instructor",
      200,
      (who) => who.ask("PATCH", `${at}/sections/${here.section}`, { name: "A" }),
    ],
    [
      "DELETE /api/v1/courses/:course/sections/:id",
      "instructor",
      404,
      (who) => who.ask("DELETE", `${at}/sections/${none}`),
    ],
    [
      "GET /api/v1/courses/:course/enrollments",
      "assistant",
      200,
      (who) => who.get(`${at}/enrollments`),
    ],
    [
      "POST /api/v1/courses/:course/enrollments",
      "instructor",
      201,
      (who) => who.post(`${at}/enrollments`, { email: `n${++fresh}@example.org` }),
    ],
    [
      "PATCH /api/v1/courses/:course/enrollments/:user",
      "instructor",
      200,
      (who) => who.ask("PATCH", `${at}/enrollments/${here.learner}`, { name: "Lin" }),
    ],
    [
      "DELETE /api/v1/courses/:course/invitations/:email",
      "instructor",
      404,
      (who) => who.ask("DELETE", `${at}/invitations/nobody@example.org`),
    ],
    [
      "POST /api/v1/courses/:course/roster",
      "instructor",
      200,
      (who) => csv(who, "dl", "email\nlearner@example.org\n"),
    ],
    [
      "GET /api/v1/courses/:course/roster.csv",
      "assistant",
      200,
      (who) => who.get(`${at}/roster.csv`),
    ],
    [
      "GET /api/v1/courses/:course/assignments",
      "learner",
      200,
      (who) => who.get(`${at}/assignments`),
    ],
    [
      "POST /api/v1/courses/:course/assignments",
      "instructor",
      409,
      (who) => who.post(`${at}/assignments`, { name: "X", exercises: [{ exercise: "double" }] }),
    ],
    [
      "GET /api/v1/courses/:course/assignments/:id",
      "learner",
      200,
      (who) => who.get(`${at}/assignments/${here.assignment}`),
    ],
    [
      "PATCH /api/v1/courses/:course/assignments/:id",
      "instructor",
      200,
      (who) => who.ask("PATCH", `${at}/assignments/${here.assignment}`, {}),
    ],
    [
      "DELETE /api/v1/courses/:course/assignments/:id",
      "instructor",
      404,
      (who) => who.ask("DELETE", `${at}/assignments/${none}`),
    ],
    [
      "GET /api/v1/courses/:course/assignments/:id/extensions",
      "assistant",
      200,
      (who) => who.get(`${at}/assignments/${here.assignment}/extensions`),
    ],
    [
      "PUT /api/v1/courses/:course/assignments/:id/extensions/:user",
      "instructor",
      200,
      (who) =>
        who.ask("PUT", `${at}/assignments/${here.assignment}/extensions/${here.learner}`, {}),
    ],
    [
      "DELETE /api/v1/courses/:course/assignments/:id/extensions/:user",
      "instructor",
      404,
      (who) => who.ask("DELETE", `${at}/assignments/${here.assignment}/extensions/nobody`),
    ],
    [
      "GET /api/v1/courses/:course/group-sets",
      "assistant",
      200,
      (who) => who.get(`${at}/group-sets`),
    ],
    [
      "POST /api/v1/courses/:course/group-sets",
      "instructor",
      201,
      (who) => who.post(`${at}/group-sets`, { name: `G${++fresh}`, groups: [] }),
    ],
    [
      "GET /api/v1/courses/:course/group-sets/:id",
      "assistant",
      200,
      (who) => who.get(`${at}/group-sets/${here.groupSet}`),
    ],
    [
      "PUT /api/v1/courses/:course/group-sets/:id",
      "instructor",
      200,
      (who) => who.ask("PUT", `${at}/group-sets/${here.groupSet}`, { name: "Pairs", groups: [] }),
    ],
    [
      "DELETE /api/v1/courses/:course/group-sets/:id",
      "instructor",
      404,
      (who) => who.ask("DELETE", `${at}/group-sets/${none}`),
    ],
    ["GET /api/v1/courses/:course/grades", "assistant", 200, (who) => who.get(`${at}/grades`)],
    [
      "GET /api/v1/courses/:course/grades/:user",
      "assistant",
      404,
      (who) => who.get(`${at}/grades/nobody`),
    ],
    [
      "GET /api/v1/courses/:course/gradebook",
      "assistant",
      200,
      (who) => who.get(`${at}/gradebook`),
    ],
    [
      "GET /api/v1/courses/:course/grades.csv",
      "assistant",
      200,
      (who) => who.get(`${at}/grades.csv?format=canvas`),
    ],
    ...insightTable(at, none),
    ["GET /api/v1/courses/:course/audit", "instructor", 200, (who) => who.get(`${at}/audit`)],
    ["GET /api/v1/audit", "administrator", 200, (who) => who.get("/api/v1/audit")],
  ];

  /** Routes that serve any course, and name it behind the question mark. */
  const anyCourse: typeof table = [
    [
      "GET /api/v1/gradebook?course",
      "assistant",
      200,
      (who) => who.get("/api/v1/gradebook?course=dl"),
    ],
    [
      "GET /api/v1/gradebook.csv?course",
      "assistant",
      200,
      (who) => who.get("/api/v1/gradebook.csv?course=dl"),
    ],
    [
      "GET /api/v1/gradebook/submissions?course",
      "assistant",
      200,
      (who) => who.get("/api/v1/gradebook/submissions?course=dl"),
    ],
    [
      "GET /api/v1/submissions?course",
      "learner",
      200,
      (who) => who.get("/api/v1/submissions?course=dl"),
    ],
  ];

  test("the table has every route there is", () => {
    // Those of grading stand in grading.test.ts.
    const routes = service.routes.filter(
      (route) => /\/(courses|audit)\b/.test(route) && !/\/grading\b/.test(route),
    );
    expect(table.map(([route]) => route).sort()).toEqual([...new Set(routes)].sort());
  });

  const rank = ["account", "learner", "assistant", "instructor", "administrator"];
  const level: Record<string, Level> = {
    outsider: "account",
    elsewhere: "account",
    learner: "learner",
    mate: "learner",
    dropped: "learner",
    byToken: "learner",
    assistant: "assistant",
    instructor: "instructor",
    foreign: "instructor",
    administrator: "administrator",
  };

  test.each([...table, ...anyCourse])("%s", async (route, needed, status, request) => {
    const expected: Record<string, number> = { nobody: 401 };
    const got: Record<string, number> = {};
    const ofSite = !/[:?]course/.test(route);
    for (const [name, mine] of Object.entries(level)) {
      const enough = rank.indexOf(mine) >= rank.indexOf(needed);
      expected[name] = enough ? status : mine === "account" && !ofSite ? 404 : 403;
      if (name === "foreign" && !route.startsWith("GET")) expected[name] = 403;
    }
    for (const name of Object.keys(expected)) {
      const answer = await request(people[name]);
      got[name] = answer.status;
      // A refusal says nothing of what is there.
      if (answer.status === 403 || answer.status === 404 || answer.status === 401)
        expect(answer.text).not.toMatch(/Course dl|Homework|Pairs|@example\.org/);
    }
    expect(got).toEqual(expected);
  });

  test("to who is not in it a course looks like one that is not there", async () => {
    for (const [route, , , request] of table) {
      if (!route.includes(":course")) continue;
      const real = await request(people.outsider);
      const method = route.split(" ")[0];
      const made = await people.outsider.ask(
        method,
        route.split(" ")[1].replace(":course", "no-such"),
      );
      expect([real.status, real.text]).toEqual([made.status, made.text]);
    }
    for (const query of ["?course=dl", "?course=no-such"])
      expect(
        refusal(
          await people.outsider.post(`/api/v1/submissions${query}`, {
            exercise: "double",
            source: rightDouble(),
          }),
        ),
      ).toEqual([404, "not_found", "there is no such course, or you are not in it"]);
  });

  test("ids of another course open nothing: not to read, not to change", async () => {
    const { instructor } = people;
    const answers = [
      await instructor.ask("PATCH", `${at}/sections/${there.section}`, { name: "Mine" }),
      await instructor.ask("DELETE", `${at}/sections/${there.section}`),
      await instructor.ask("PATCH", `${at}/enrollments/${there.learner}`, { active: false }),
      await instructor.get(`${at}/assignments/${there.assignment}`),
      await instructor.ask("PATCH", `${at}/assignments/${there.assignment}`, { name: "Mine" }),
      await instructor.ask("DELETE", `${at}/assignments/${there.assignment}`),
      await instructor.get(`${at}/assignments/${there.assignment}/extensions`),
      await instructor.ask(
        "PUT",
        `${at}/assignments/${there.assignment}/extensions/${here.learner}`,
        {},
      ),
      await instructor.ask(
        "PUT",
        `${at}/assignments/${here.assignment}/extensions/${there.learner}`,
        {},
      ),
      await instructor.ask("PUT", `${at}/group-sets/${there.groupSet}`, {
        name: "Mine",
        groups: [],
      }),
      await instructor.ask("DELETE", `${at}/group-sets/${there.groupSet}`),
      await instructor.ask("PATCH", `${at}/assignments/${here.assignment}`, {
        groupSet: there.groupSet,
      }),
      await instructor.get(`${at}/grades/${there.learner}`),
      await people.elsewhere.get(`/api/v1/submissions/${submission}`),
      await people.learner.get(`${at}/assignments/${there.assignment}`),
    ];
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 404));
    const untouched = good(
      await people.elsewhere.get(`/api/v1/courses/other/assignments/${there.assignment}`),
    );
    expect(untouched.name).toBe("Homework");
    const filtered = good(await instructor.get(`${at}/grades?section=${there.section}`));
    expect(filtered.learners).toEqual([]);
  });

  test("handing in is for those who are in the course now", async () => {
    const statuses: Record<string, number> = {};
    for (const name of [
      "nobody",
      "outsider",
      "elsewhere",
      "learner",
      "dropped",
      "assistant",
      "administrator",
      "foreign",
    ]) {
      const work = { exercise: "negate", source: `${rightNegate} // ${name}` };
      statuses[name] = (await people[name].post("/api/v1/submissions?course=dl", work)).status;
    }
    expect(statuses).toEqual({
      nobody: 401,
      outsider: 404,
      elsewhere: 404,
      learner: 202,
      dropped: 403,
      assistant: 202,
      administrator: 202,
      foreign: 403,
    });
  });

  test("a learner sees their own, and of others not even whether they exist", async () => {
    const mine = good(await people.learner.get(`${at}/grades/${here.learner}`));
    expect(mine).toEqual(good(await people.learner.get(`${at}/grades/me`)));
    const other = await people.learner.get(`${at}/grades/${await idOf(people.mate)}`);
    const nobody = await people.learner.get(`${at}/grades/nobody`);
    expect([other.status, other.text]).toEqual([403, nobody.text]);
    expect((await people.mate.get(`/api/v1/submissions/${submission}`)).status).toBe(404);
    expect((await people.assistant.get(`/api/v1/submissions/${submission}`)).status).toBe(200);
    expect(JSON.stringify(mine)).not.toMatch(/mate|seed/);
    for (const who of ["learner", "mate", "dropped"])
      expect((await people[who].get(`${at}/assignments`)).text).not.toMatch(/@example\.org/);
  });

  test("an instructor makes no instructors, and takes none out; nobody lifts themselves", async () => {
    const own = await idOf(people.instructor);
    const change = (who: string, user: string, body: object) =>
      people[who].ask("PATCH", `${at}/enrollments/${user}`, body);
    for (const body of [{ role: "learner" }, { active: false }])
      expect((await change("instructor", own, body)).status).toBe(403);
    expect((await change("instructor", here.learner, { role: "instructor" })).status).toBe(403);
    expect(
      (await change("assistant", await idOf(people.assistant), { role: "instructor" })).status,
    ).toBe(403);
    expect(
      (
        await people.instructor.post(`${at}/enrollments`, {
          email: "mate@example.org",
          role: "instructor",
        })
      ).status,
    ).toBe(400);
    expect((await change("instructor", here.learner, { role: "assistant" })).status).toBe(200);
    expect((await people.learner.get(`${at}/grades`)).status).toBe(200);
    expect((await change("instructor", here.learner, { role: "learner" })).status).toBe(200);
    expect((await people.learner.get(`${at}/grades`)).status).toBe(403);
    expect((await change("administrator", own, { role: "assistant" })).status).toBe(200);
    expect((await change("administrator", own, { role: "instructor" })).status).toBe(200);
  });

  test("no body breaks the server, whatever stands in its fields", async () => {
    const value = fc.constantFrom<unknown>(
      ...[
        null,
        "",
        "x",
        "a\0b",
        "two\nlines",
        "💥",
        "\ud800",
        -1,
        0,
        1,
        0.1,
        1e9,
        1e308,
        true,
        [],
        {},
      ],
      ...[
        "2026-11-30T23:59",
        "2999-12-31T23:59:59.999-23:59",
        "1970-01-01T00:00Z",
        "UTC",
        "Pacific/Apia",
      ],
      ...[
        "learner@example.org",
        "a@b.org",
        "assistant",
        "keep_latest",
        here.groupSet,
        there.groupSet,
      ],
      [{ exercise: "double" }],
      [{ exercise: "negate", points: 1e5 }],
      [{ exercise: "\0" }],
      [{ name: "1", members: ["\0", "learner@example.org"] }],
      [{ name: "2", members: [] }],
    );
    const some = (...fields: string[]) =>
      fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] });
    const rules = [
      "unlockAt",
      "dueAt",
      "lockAt",
      "hiddenUntilUnlocked",
      "allowedAttempts",
      "groupSet",
    ];
    const late = ["cooldownSeconds", "scoringPolicy", "lateSubmissionDeduction", "maximumLateDays"];
    const person = ["name", "section", "studentId"];
    const places: [string, string, string[]][] = [
      ["PATCH", at, ["name", "timeZone", "lateDays"]],
      ["POST", `${at}/sections`, ["name"]],
      ["POST", `${at}/enrollments`, ["email", "role", ...person]],
      ["PATCH", `${at}/enrollments/${here.learner}`, person],
      ["POST", `${at}/assignments`, ["name", "exercises", ...rules, ...late]],
      ["PATCH", `${at}/assignments/${here.assignment}`, ["name", "exercises"]],
      ["PATCH", `${at}/assignments/${here.assignment}`, [...rules, ...late]],
      [
        "PUT",
        `${at}/assignments/${here.assignment}/extensions/${here.learner}`,
        ["unlockAt", "dueAt", "lockAt", "extraAttempts", "reason"],
      ],
      ["POST", `${at}/group-sets`, ["name", "groups"]],
      ["PUT", `${at}/group-sets/${here.groupSet}`, ["name", "groups"]],
    ];
    const request = fc.oneof(
      ...places.map(([method, route, fields]) =>
        fc.tuple(fc.constant(method), fc.constant(route), some(...fields)),
      ),
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async ([method, route, body]) => {
        const { status, text } = await people.instructor.ask(method, route, body);
        seen.add(status);
        expect(status, text).toBeLessThan(500);
      }),
      { numRuns: 400 },
    );
    expect([...seen]).toEqual(expect.arrayContaining([200, 400]));
    for (const route of ["assignments", "grades", "enrollments", "group-sets", "audit"])
      expect((await people.instructor.get(`${at}/${route}`)).status).toBe(200);
    expect((await people.learner.get(`${at}/grades/me`)).status).toBe(200);
  });

  test.each(["%00", "a%00b", "%ff", "';drop table courses;--", "..%2f..", "💥", "x".repeat(5000)])(
    "nothing in an address breaks the server: %.20s",
    async (text) => {
      const { instructor } = people;
      for (const answer of [
        await instructor.get(`/api/v1/courses/${text}`),
        await instructor.get(`/api/v1/gradebook?course=${text}`),
        await instructor.get(`${at}/assignments/${text}`),
        await instructor.get(`${at}/grades/${text}`),
        await instructor.get(`${at}/grades?section=${text}`),
        await instructor.get(`${at}/audit?cursor=${text}&limit=${text}&subject=${text}`),
        await instructor.get(`${at}/audit?subject=${text}`),
        await instructor.ask("DELETE", `${at}/sections/${text}`),
        await instructor.ask("DELETE", `${at}/invitations/${text}`),
        await instructor.ask("PATCH", `${at}/enrollments/${text}`, { active: false }),
        await instructor.ask("PUT", `${at}/assignments/${here.assignment}/extensions/${text}`, {}),
        await csv(instructor, "dl", decodeURIComponent(text === "%ff" ? "x" : text)),
      ])
        expect(answer.status).toBeLessThan(500);
    },
  );

  test("the course that everybody has can be closed, and who was dropped from an open one stays out", async () => {
    const { administrator, mate } = people;
    const open = (selfEnrollment: boolean) =>
      administrator.ask("PATCH", "/api/v1/courses/gradus", { selfEnrollment });
    const work = { exercise: "double", source: rightDouble() };
    good(await open(false));
    const late = await from(service).signUp("Late");
    expect(good(await late.get("/api/v1/me"))).toMatchObject({ role: "learner", courses: [] });
    expect((await late.post("/api/v1/submissions", work)).status).toBe(404);
    good(await open(true));
    expect((await late.post("/api/v1/submissions", work)).status).toBe(202);
    expect(good(await late.get("/api/v1/me")).courses).toMatchObject([{ id: "gradus" }]);
    good(
      await administrator.ask("PATCH", `/api/v1/courses/gradus/enrollments/${await idOf(mate)}`, {
        active: false,
      }),
    );
    expect(good(await mate.get("/api/v1/me")).courses).toMatchObject([{ id: "dl" }]);
    expect((await mate.post("/api/v1/submissions", work)).body.error.code).toBe("not_enrolled");
    const book = good(await administrator.get("/api/v1/gradebook"));
    expect(JSON.stringify(book)).not.toContain("mate@");
  });

  test("where people do not make accounts themselves, those on a roster do", async () => {
    const closed = await createService({
      dataDir: dataDir(),
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
      signUp: "closed",
    });
    try {
      const first = await from(closed).signUp("First", "first@example.org");
      await first.becomeAdministrator(closed.adminLink);
      await expect(from(closed).signUp("Guest", "guest@example.org")).rejects.toThrow(
        "sign_up_closed",
      );
      good(await csv(first, "gradus", "email\nguest@example.org\n"));
      expect(good(await first.get("/api/v1/setup/state")).signUp).toBe("roster");
      await expect(from(closed).signUp("Other", "other@example.org")).rejects.toThrow(
        "sign_up_closed",
      );
      const guest = await from(closed).signUp("Guest", "Guest@example.org");
      expect(good(await guest.get("/api/v1/me"))).toMatchObject({ role: "learner" });
      expect(good(await first.get("/api/v1/setup/state")).signUp).toBe("closed");
    } finally {
      await closed.close();
    }
  });
});
