// Grading by hand: comments, rubric, points, overrides and release, for every role, on both stores.
import { createService, type Service } from "@gradus/grader/service";
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

const url = "http://localhost:3000";
const at = "/api/v1/courses/dl";
const grading = `${at}/grading`;
const none = "00000000-0000-4000-8000-000000000000";
let postgres: Postgres;
beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());

const from = (service: Service) => new Client(url, (request) => service.fetch(request));
const idOf = async (who: Client) => (await who.get("/api/v1/me")).body.user.id as string;
/** The body of an answer that must be a good one. */
const good = (answer: Answer) => {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
};
const refusal = ({ status, body }: Answer) => [status, body.error.code, body.error.message];
const handIn = async (who: Client, exercise: string, source: string) =>
  good(await who.post("/api/v1/submissions?course=dl", { exercise, source })).submissions[0]
    .id as string;

/** A course with two sections, an assistant, an instructor and some learners. */
async function furnish(service: Service, learners: Record<string, string>) {
  const people: Record<string, Client> = {};
  for (const name of ["ada", "ines", "tim", ...Object.keys(learners)])
    people[name] = await from(service).signUp(
      name[0].toUpperCase() + name.slice(1),
      `${name}@example.org`,
    );
  await people.ada.becomeAdministrator(service.adminLink);
  good(await people.ada.post("/api/v1/courses", { id: "dl", name: "Deep learning", lateDays: 3 }));
  const rows = Object.entries(learners).map(
    ([name, section]) => `${name}@example.org,learner,${section}`,
  );
  const csv = [
    "email,role,section",
    "ines@example.org,instructor,",
    "tim@example.org,assistant,",
    ...rows,
  ].join("\n");
  good(await people.ada.ask("POST", `${at}/roster`, csv, { "content-type": "text/csv" }));
  return people;
}

describe.each(["pglite", "postgres"] as const)("grading on %s", (kind) => {
  let service: Service;
  let ines: Client;
  let tim: Client;
  let lin: Client;
  let mo: Client;
  let assignment: string;
  let sections: Record<string, string>;
  let first: string;
  let second: string;

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
    ({ ines, tim, lin, mo } = await furnish(service, { lin: "A", mo: "B" }));
    const list = good(await ines.get(`${at}/sections`)).sections;
    sections = Object.fromEntries(
      list.map((one: { name: string; id: string }) => [one.name, one.id]),
    );
    const made = await ines.post(`${at}/assignments`, {
      name: "Homework",
      released: false,
      exercises: [{ exercise: "double", points: 10, handPoints: 4 }],
    });
    assignment = good(made).id;
    expect(made.body).toMatchObject({
      released: false,
      exercises: [{ points: 10, handPoints: 4 }],
    });
    // Two of three points by the checks, then all.
    first = await handIn(lin, "double", wrongDouble("lin"));
    await lin.graded(first);
    second = await handIn(lin, "double", rightDouble("lin"));
    await lin.graded(second);
    await mo.graded(await handIn(mo, "double", rightDouble("mo")));
  });
  afterAll(() => service?.close());

  const read = async (id: string, who = tim) =>
    good(await who.get(`/api/v1/submissions/${id}/grading`));
  const grade = async (id: string, change: object, who = tim) =>
    good(await who.ask("PATCH", `/api/v1/submissions/${id}/grading`, change));
  const criterion = async (description: string, points: number) =>
    good(await tim.post(`${grading}/double/criteria`, { description, points })).id as string;
  const mine = async (who: Client) =>
    good(await who.get(`${at}/grades/me`)).assignments.find(
      (one: { id: string }) => one.id === assignment,
    );
  const feedback = async (who: Client, id: string) =>
    good(await who.get(`/api/v1/submissions/${id}/feedback`));
  const release = async (released: boolean, section?: string) =>
    good(
      await ines.ask("PUT", `${grading}/assignments/${assignment}/release`, {
        released,
        ...(section ? { section } : {}),
      }),
    );

  test("a reader gets the code, the reference, every check's outcome and the attempts", async () => {
    const reading = await read(second);
    expect(reading).toMatchObject({
      submission: { id: second, source: rightDouble("lin"), attempt: 2, outcome: "passed" },
      exercise: { name: "double" },
      assignment: { id: assignment, name: "Homework", points: 10, handPoints: 4 },
      attempts: [
        { id: first, attempt: 1, read: false, comments: 0 },
        { id: second, attempt: 2 },
      ],
      learners: [{ name: "Lin", section: "A", released: false, grade: { score: 6, maxScore: 10 } }],
      criteria: [],
      grading: { read: null, marks: [], points: null, note: null },
      comments: [],
    });
    expect(reading.reference).toContain("export function double");
    const hidden = reading.submission.report.checks.find(
      (check: { visibility: string }) => check.visibility === "hidden",
    );
    expect(hidden.outcome).toBe("passed");
    const wrong = await read(first);
    expect(wrong.submission.report.checks[0]).toMatchObject({ expected: "6", got: "9" });
    expect(wrong.learners[0].grade.explanation).toBe(
      "attempt 2 of 2 counts, the best: 6 of 10 points; 4 points are given by hand, not yet",
    );
  });

  test("rubric, points and checks make the score, in words; an attempt graded by hand counts before others", async () => {
    const clear = await criterion("The code is clear", 3);
    const named = await criterion("Names say nothing", -1.5);
    expect(good(await tim.get(`${grading}/double/criteria`)).criteria).toEqual([
      { id: clear, description: "The code is clear", points: 3, submissions: 0 },
      { id: named, description: "Names say nothing", points: -1.5, submissions: 0 },
    ]);
    const after = await grade(second, {
      marks: { [clear]: true, [named]: true },
      points: 0.5,
      note: "A nice comment",
    });
    expect(after).toEqual({
      read: { by: { id: await idOf(tim), name: "Tim" }, at: expect.any(String) },
      marks: [clear, named],
      points: 0.5,
      note: "A nice comment",
    });
    let [learner] = (await read(second)).learners;
    expect(learner.grade).toMatchObject({
      score: 8,
      maxScore: 10,
      hand: { checks: 6, rubric: 1.5, manual: 0.5 },
      explanation:
        "attempt 2 of 2 counts, the best of those graded by hand: 8 of 10 points (checks 6, rubric +1.5, by hand +0.5)",
    });
    // A change of the rubric changes every grade that rests on it, and says how many.
    const changed = good(
      await tim.ask("PATCH", `${grading}/double/criteria/${clear}`, { points: 1 }),
    );
    expect(changed).toMatchObject({ points: 1, submissions: 1 });
    [learner] = (await read(second)).learners;
    expect(learner.grade.score).toBe(6);
    // What a reader takes off is not had back by an attempt that nobody read.
    await grade(second, { marks: { [clear]: false }, points: -3, note: null });
    [learner] = (await read(second)).learners;
    expect([learner.grade.score, learner.grade.attempt]).toEqual([1.5, 2]);
    const book = good(await ines.get(`${at}/grades`)).learners;
    expect(book.find((one: { user: { name: string } }) => one.user.name === "Lin").score).toBe(1.5);
    // A criterion that goes is gone everywhere.
    good(await tim.ask("DELETE", `${grading}/double/criteria/${named}`));
    expect((await read(second)).grading.marks).toEqual([]);
    expect((await read(second)).learners[0].grade.score).toBe(3);
  });

  test("comments: on a line and on the whole, changed, deleted and brought back", async () => {
    const on = `/api/v1/submissions/${second}/grading/comments`;
    const whole = good(await tim.post(on, { body: "Well done.\nRead on." }));
    const line = good(await tim.post(on, { line: 1, body: "Why times two?" }));
    expect(line).toMatchObject({ line: 1, body: "Why times two?", author: { name: "Tim" } });
    expect(refusal(await tim.post(on, { line: 2, body: "x" }))).toEqual([
      400,
      "bad_request",
      "there is no line 2: the submission has 1 line",
    ]);
    expect((await ines.ask("PATCH", `${on}/${line.id}`, { body: "Mine" })).status).toBe(403);
    const edited = good(await tim.ask("PATCH", `${on}/${line.id}`, { body: "Why twice?" }));
    expect([edited.body, edited.editedAt]).toEqual(["Why twice?", expect.any(String)]);
    good(await tim.ask("DELETE", `${on}/${line.id}`));
    expect((await read(second)).comments.map((one: { id: string }) => one.id)).toEqual([whole.id]);
    expect((await tim.ask("DELETE", `${on}/${line.id}`)).status).toBe(404);
    good(await tim.post(`${on}/${line.id}/restore`, {}));
    expect((await read(second)).comments.map((one: { id: string }) => one.id)).toEqual([
      whole.id,
      line.id,
    ]);
    // An instructor may take away what an assistant wrote; not the other way round.
    const word = good(await ines.post(on, { body: "From Ines" }));
    expect((await tim.ask("DELETE", `${on}/${word.id}`)).status).toBe(403);
    good(await ines.ask("DELETE", `${on}/${word.id}`));
    // A comment is found under its own submission only.
    const other = `/api/v1/submissions/${first}/grading/comments/${line.id}`;
    expect((await tim.ask("DELETE", other)).status).toBe(404);
  });

  test("until its release a learner sees nothing of it; a section can be first, and it can be taken back", async () => {
    expect((await read(second)).learners[0].grade.score).toBe(3);
    const blank = {
      released: false,
      comments: [],
      marks: [],
      points: null,
      note: null,
      grade: null,
      counts: false,
    };
    expect(await feedback(lin, second)).toEqual(blank);
    const before = await mine(lin);
    expect(before).toMatchObject({
      released: false,
      grade: { score: null, maxScore: 10, explanation: "not released yet" },
    });
    expect(before.grade.exercises[0]).toMatchObject({ score: null, submission: null, deducted: 0 });
    for (const field of ["hand", "override"])
      expect(before.grade.exercises[0]).not.toHaveProperty(field);
    expect(good(await lin.get(`${at}/grades/me`))).toMatchObject({ score: 0, lateDaysUsed: 0 });

    expect(await release(true, sections.B)).toEqual({
      released: false,
      sections: [
        { id: sections.A, name: "A", released: false },
        { id: sections.B, name: "B", released: true },
      ],
    });
    expect(await feedback(lin, second)).toEqual(blank);
    expect((await mine(mo)).grade.score).toBe(6);

    await release(true);
    const seen = await feedback(lin, second);
    expect(seen).toMatchObject({
      released: true,
      points: -3,
      counts: true,
      grade: { score: 3, hand: { checks: 6, rubric: 0, manual: -3 } },
    });
    expect(seen.comments.map((one: { body: string }) => one.body)).toEqual([
      "Well done.\nRead on.",
      "Why twice?",
    ]);
    expect((await mine(lin)).grade.score).toBe(3);
    expect((await feedback(lin, first)).counts).toBe(false);

    await release(false, sections.A);
    expect(await feedback(lin, second)).toEqual(blank);
    expect((await mine(mo)).grade.score).toBe(6);
    await release(true);
    expect((await mine(lin)).grade.score).toBe(3);
    const log = good(await ines.get(`${at}/audit?subject=${assignment}`)).entries;
    expect(
      log
        .filter((one: { action: string }) => one.action === "release.update")
        .map((one: { after: object }) => one.after),
    ).toEqual([
      { except: [] },
      { except: ["A"] },
      { except: [], released: true },
      { except: ["B"] },
    ]);
  });

  test("a score can be set otherwise, with a reason that the learner reads, and taken back", async () => {
    const user = await idOf(lin);
    const place = `${grading}/double/overrides/${user}`;
    expect((await tim.ask("PUT", place, { score: 9 })).status).toBe(400);
    expect((await tim.ask("PUT", place, { score: 9, reason: "  " })).status).toBe(400);
    good(await tim.ask("PUT", place, { score: 9, reason: "Explained it in the oral." }));
    expect((await read(second)).learners[0]).toMatchObject({
      override: { score: 9, reason: "Explained it in the oral.", by: { name: "Tim" } },
      grade: { score: 9 },
    });
    expect((await feedback(lin, second)).grade).toMatchObject({
      score: 9,
      override: { score: 9, instead: 3 },
      explanation: "set to 9 of 10 points, in place of 3: Explained it in the oral.",
    });
    expect((await mine(lin)).grade.score).toBe(9);
    good(await tim.ask("DELETE", place));
    expect((await tim.ask("DELETE", place)).status).toBe(404);
    expect((await mine(lin)).grade.score).toBe(3);
    const log = good(await ines.get(`${at}/audit?subject=${user}`)).entries;
    expect(log.slice(0, 2).map((one: { action: string }) => one.action)).toEqual([
      "override.delete",
      "override.create",
    ]);
    expect(log[1].after).toEqual({
      exercise: "double",
      score: 9,
      reason: "Explained it in the oral.",
    });
  });

  test("the list says who is to be read, and how far it has come", async () => {
    const list = good(await tim.get(`${grading}/double`));
    expect(list.entries).toMatchObject([
      {
        submission: second,
        learners: [{ name: "Lin", section: "A" }],
        attempts: 2,
        state: "done",
        read: true,
        score: 3,
        maxScore: 10,
        comments: 2,
      },
      { learners: [{ name: "Mo" }], attempts: 1, read: false, score: 6 },
    ]);
    const one = good(await tim.get(`${grading}/double?section=${sections.B}`)).entries;
    expect(one.map((entry: { learners: { name: string }[] }) => entry.learners[0].name)).toEqual([
      "Mo",
    ]);
    expect(good(await tim.get(grading)).assignments).toMatchObject([
      { id: assignment, exercises: [{ exercise: "double", submitted: 2, read: 1, criteria: 1 }] },
    ]);
    await grade(second, { read: false });
    expect(good(await tim.get(`${grading}/double`)).entries[0].read).toBe(false);
  });

  test("work of a group is read once, and is everybody's", async () => {
    const set = good(
      await ines.post(`${at}/group-sets`, {
        name: "Pairs",
        groups: [{ name: "One", members: ["lin@example.org", "mo@example.org"] }],
      }),
    ).id;
    const together = good(
      await ines.post(`${at}/assignments`, {
        name: "Together",
        groupSet: set,
        exercises: [{ exercise: "negate", points: 4 }],
      }),
    ).id;
    const id = await handIn(lin, "negate", rightNegate);
    await lin.graded(id);
    await grade(id, { points: -1, note: "Too short" });
    good(await tim.post(`/api/v1/submissions/${id}/grading/comments`, { body: "Both of you" }));
    const { entries } = good(await tim.get(`${grading}/negate`));
    expect(entries).toMatchObject([
      { submission: id, learners: [{ name: "Lin" }, { name: "Mo" }], score: 3 },
    ]);
    expect((await read(id)).learners).toMatchObject([
      { name: "Lin", grade: { score: 3 } },
      { name: "Mo", grade: { score: 3 } },
    ]);
    for (const who of [lin, mo])
      expect(await feedback(who, id)).toMatchObject({
        note: "Too short",
        comments: [{ body: "Both of you" }],
        grade: { score: 3 },
      });
    // One of them did less.
    const place = `${grading}/negate/overrides/${await idOf(mo)}`;
    good(await tim.ask("PUT", place, { score: 1, reason: "Was away" }));
    expect((await feedback(lin, id)).grade.score).toBe(3);
    expect((await feedback(mo, id)).grade.score).toBe(1);
    // Hidden from one section, it is hidden from one of the group.
    good(
      await ines.ask("PUT", `${grading}/assignments/${together}/release`, {
        released: false,
        section: sections.B,
      }),
    );
    expect((await feedback(lin, id)).released).toBe(true);
    expect((await feedback(mo, id)).released).toBe(false);
  });
});

describe("every route of grading, for everyone", () => {
  let service: Service;
  let people: Record<string, Client>;
  let submission: string;
  let other: string;
  let comment: string;
  let criterion: string;
  let elsewhere: string;
  let assignment: string;
  let learner: string;

  beforeAll(async () => {
    service = await createService({
      dataDir: dataDir(),
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
    });
    people = await furnish(service, { lin: "A", mo: "A", gone: "A" });
    people.nobody = from(service);
    people.outsider = await from(service).signUp("Outsider");
    people.other = await from(service).signUp("Other", "other@example.org");
    const { ada, ines, tim, lin, mo, gone, other: teacher } = people;
    good(await ada.post("/api/v1/courses", { id: "next", name: "Next door" }));
    const csv = "email,role\nother@example.org,instructor\n";
    const roster = "/api/v1/courses/next/roster";
    good(await ada.ask("POST", roster, csv, { "content-type": "text/csv" }));
    const exercises = [{ exercise: "double" }];
    assignment = good(
      await ines.post(`${at}/assignments`, { name: "Homework", released: false, exercises }),
    ).id;
    submission = await handIn(lin, "double", rightDouble("SECRET-SOURCE"));
    other = await handIn(mo, "double", rightDouble("mo"));
    learner = await idOf(lin);
    comment = good(
      await tim.post(`/api/v1/submissions/${submission}/grading/comments`, { body: "SECRET-WORD" }),
    ).id;
    criterion = good(
      await tim.post(`${grading}/double/criteria`, { description: "SECRET-CRITERION", points: 1 }),
    ).id;
    elsewhere = good(
      await teacher.post("/api/v1/courses/next/grading/double/criteria", {
        description: "Theirs",
        points: 1,
      }),
    ).id;
    const place = `${at}/enrollments/${await idOf(gone)}`;
    good(await ines.ask("PATCH", place, { active: false }));
    // The instructor's own cookie, on a page of somebody else.
    people.foreign = ines.at(url);
    people.foreign.headers = { origin: "https://evil.example" };
  });
  afterAll(() => service?.close());

  const one = () => `/api/v1/submissions/${submission}/grading`;
  /** Who is let in: "assistant" means assistant, instructor and administrator. */
  type Level = "own" | "assistant" | "instructor" | "staff of a course that has it";
  /** [route, who is let in, what they get, the request] */
  const table: [string, Level, number, (who: Client) => Promise<Answer>][] = [
    ["GET /api/v1/submissions/:id/grading", "assistant", 200, (who) => who.get(one())],
    [
      "PATCH /api/v1/submissions/:id/grading",
      "assistant",
      200,
      (who) => who.ask("PATCH", one(), { read: true }),
    ],
    [
      "POST /api/v1/submissions/:id/grading/comments",
      "assistant",
      201,
      (who) => who.post(`${one()}/comments`, { body: "One more" }),
    ],
    [
      "PATCH /api/v1/submissions/:id/grading/comments/:comment",
      "assistant",
      404,
      (who) => who.ask("PATCH", `${one()}/comments/${none}`, { body: "x" }),
    ],
    [
      "DELETE /api/v1/submissions/:id/grading/comments/:comment",
      "assistant",
      404,
      (who) => who.ask("DELETE", `${one()}/comments/${none}`),
    ],
    [
      "POST /api/v1/submissions/:id/grading/comments/:comment/restore",
      "assistant",
      404,
      (who) => who.post(`${one()}/comments/${comment}/restore`, {}),
    ],
    [
      "GET /api/v1/submissions/:id/feedback",
      "own",
      200,
      (who) => who.get(`/api/v1/submissions/${submission}/feedback`),
    ],
    [
      "GET /api/v1/exercises/:exercise/solution",
      "staff of a course that has it",
      200,
      (who) => who.get("/api/v1/exercises/double/solution"),
    ],
    ["GET /api/v1/courses/:course/grading", "assistant", 200, (who) => who.get(grading)],
    [
      "GET /api/v1/courses/:course/grading/assignments/:id/release",
      "assistant",
      200,
      (who) => who.get(`${grading}/assignments/${assignment}/release`),
    ],
    [
      "PUT /api/v1/courses/:course/grading/assignments/:id/release",
      "instructor",
      200,
      (who) => who.ask("PUT", `${grading}/assignments/${assignment}/release`, { released: false }),
    ],
    [
      "GET /api/v1/courses/:course/grading/:exercise",
      "assistant",
      200,
      (who) => who.get(`${grading}/double`),
    ],
    [
      "GET /api/v1/courses/:course/grading/:exercise/criteria",
      "assistant",
      200,
      (who) => who.get(`${grading}/double/criteria`),
    ],
    [
      "POST /api/v1/courses/:course/grading/:exercise/criteria",
      "assistant",
      201,
      (who) => who.post(`${grading}/negate/criteria`, { description: "Another", points: 1 }),
    ],
    [
      "PATCH /api/v1/courses/:course/grading/:exercise/criteria/:id",
      "assistant",
      200,
      (who) => who.ask("PATCH", `${grading}/double/criteria/${criterion}`, { points: 2 }),
    ],
    [
      "DELETE /api/v1/courses/:course/grading/:exercise/criteria/:id",
      "assistant",
      404,
      (who) => who.ask("DELETE", `${grading}/double/criteria/${none}`),
    ],
    [
      "PUT /api/v1/courses/:course/grading/:exercise/overrides/:user",
      "assistant",
      200,
      (who) =>
        who.ask("PUT", `${grading}/double/overrides/${learner}`, {
          score: 1,
          reason: "SECRET-WHY",
        }),
    ],
    [
      "DELETE /api/v1/courses/:course/grading/:exercise/overrides/:user",
      "assistant",
      404,
      (who) => who.ask("DELETE", `${grading}/double/overrides/nobody`),
    ],
  ];

  test("the table has every route there is", () => {
    const routes = service.routes.filter((route) => /\/(grading|feedback|solution)\b/.test(route));
    expect(table.map(([route]) => route).sort()).toEqual([...new Set(routes)].sort());
  });

  test.each(table)("%s", async (route, needed, status, request) => {
    const ofCourse = route.includes(":course");
    const staff = needed === "instructor" ? ["ines", "ada"] : ["tim", "ines", "ada"];
    const allowed = needed === "own" ? ["lin"] : staff;
    const expected: Record<string, number> = {};
    const got: Record<string, number> = {};
    // In no course's name: nobody but those who teach gets it, signed in or not.
    const ofAll = needed === "staff of a course that has it";
    for (const name of Object.keys(people)) {
      // Whose it is knows that it is there; in a course one knows that the course is there.
      const known = ofCourse ? ["lin", "mo", "gone", "tim"].includes(name) : name === "lin";
      expected[name] = allowed.includes(name) ? status : known ? 403 : 404;
      if (name === "nobody") expected[name] = 401;
      if (ofAll && expected[name] !== status) expected[name] = 403;
      // With the cookie of an instructor: a page elsewhere may not write, and cannot read the answer.
      if (name === "foreign")
        expected[name] = !route.startsWith("GET") ? 403 : needed === "own" ? 404 : status;
      const answer = await request(people[name]);
      got[name] = answer.status;
      if (answer.status >= 400)
        expect(answer.text).not.toMatch(/SECRET|Homework|@example\.org|Lin/);
    }
    expect(got).toEqual(expected);
  });

  test("before the release no route tells a learner what was said, nor the reference to anybody who does not teach", async () => {
    const { tim, lin, mo, ines } = people;
    good(
      await tim.ask("PATCH", one(), {
        marks: { [criterion]: true },
        points: 2,
        note: "SECRET-NOTE",
      }),
    );
    good(
      await tim.ask("PUT", `${grading}/double/overrides/${learner}`, {
        score: 1,
        reason: "SECRET-WHY",
      }),
    );
    const routes = service.routes.filter((route) => route.startsWith("GET /api/v1/"));
    const asked = routes.map((route) =>
      route
        .slice(4)
        .replace(":course", "dl")
        .replace(":exercise", "double")
        .replace(":user", learner)
        .replace("/submissions/:id", `/submissions/${submission}`)
        .replace("/assignments/:id", `/assignments/${assignment}`)
        .replace(/:\w+/g, none),
    );
    expect(asked.length).toBeGreaterThan(20);
    const secrets = /SECRET-(WORD|CRITERION|NOTE|WHY)|return 2 \* x;\\n/;
    for (const who of [lin, mo, people.gone, people.outsider, people.other, people.nobody])
      for (const route of asked) {
        const { text } = await who.get(route);
        expect(text, route).not.toMatch(secrets);
        if (who !== lin) expect(text, route).not.toMatch(/SECRET-SOURCE/);
      }
    // The same addresses do tell those who teach: so the test can fail.
    const told = [];
    for (const route of asked) told.push((await ines.get(route)).text);
    for (const secret of [
      "SECRET-WORD",
      "SECRET-CRITERION",
      "SECRET-NOTE",
      "SECRET-WHY",
      "export function double",
    ])
      expect(told.join("\n")).toContain(secret);
    // Released, it is the learner's own, and nobody else's.
    good(await ines.ask("PUT", `${grading}/assignments/${assignment}/release`, { released: true }));
    const feedback = `/api/v1/submissions/${submission}/feedback`;
    const mine = (await lin.get(feedback)).text;
    for (const secret of ["SECRET-WORD", "SECRET-CRITERION", "SECRET-NOTE", "SECRET-WHY"])
      expect(mine).toContain(secret);
    for (const who of [mo, people.outsider, people.other, ines])
      expect((await who.get(feedback)).status).toBe(404);
    for (const route of asked)
      expect((await lin.get(route)).text, route).not.toMatch(/export function double/);
    good(
      await ines.ask("PUT", `${grading}/assignments/${assignment}/release`, { released: false }),
    );
  }, 180_000);

  test("a solution is everybody's until the exercise is in an assignment, and again when that has closed", async () => {
    const { ines, lin, nobody } = people;
    const solution = (who: Client) => who.get("/api/v1/exercises/negate/solution");
    const place = `${at}/assignments`;
    const HOUR = 3600 * 1000;
    const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
    for (const who of [lin, nobody])
      expect(good(await solution(who)).source).toBe(
        "function negate(x: number): number {\n  return -x;\n}",
      );
    const { id } = good(
      await ines.post(place, {
        name: "Second",
        lockAt: inHours(1),
        exercises: [{ exercise: "negate" }],
      }),
    );
    for (const who of [lin, nobody])
      expect(refusal(await solution(who))).toEqual([
        403,
        "solution_locked",
        "the solution of negate is locked while the exercise is in an assignment",
      ]);
    expect((await solution(ines)).status).toBe(200);
    good(await ines.ask("PATCH", `${place}/${id}`, { lockAt: inHours(-1) }));
    expect((await solution(nobody)).status).toBe(200);
    // Somebody still works on it.
    const extension = `${place}/${id}/extensions/${await idOf(people.mo)}`;
    good(await ines.ask("PUT", extension, { dueAt: inHours(1) }));
    expect((await solution(lin)).status).toBe(403);
    good(await ines.ask("DELETE", extension));
    good(await ines.ask("DELETE", `${place}/${id}`));
    expect((await solution(nobody)).status).toBe(200);
    expect((await nobody.get("/api/v1/exercises/no-such/solution")).status).toBe(404);
  });

  test("ids of another course, exercise or submission open nothing", async () => {
    const { tim, ines, other: teacher } = people;
    const answers = [
      await tim.ask("PATCH", one(), { marks: { [elsewhere]: true } }),
      await tim.ask("PATCH", one(), { marks: { [none]: true } }),
      await tim.ask("PATCH", `${grading}/double/criteria/${elsewhere}`, { points: 9 }),
      await tim.ask("DELETE", `${grading}/double/criteria/${elsewhere}`),
      await tim.ask("PATCH", `${grading}/negate/criteria/${criterion}`, { points: 9 }),
      await teacher.get(one()),
      await teacher.ask("PATCH", one(), { points: 100 }),
      await teacher.ask("PUT", `/api/v1/courses/next/grading/assignments/${assignment}/release`, {
        released: true,
      }),
      await teacher.ask("PUT", `/api/v1/courses/next/grading/double/overrides/${learner}`, {
        score: 1,
        reason: "x",
      }),
      await ines.ask("PUT", `${grading}/assignments/${assignment}/release`, {
        released: true,
        section: none,
      }),
      await ines.get(`${grading}/no-such-exercise`),
      await tim.ask("DELETE", `/api/v1/submissions/${other}/grading/comments/${comment}`),
      await tim.get("/api/v1/submissions/x/grading"),
    ];
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 404));
    expect(good(await ines.get(one())).grading.points).toBe(2);
  });

  test("no body breaks the server", async () => {
    const { tim, ines } = people;
    const on = `${one()}/comments`;
    const bodies = [{}, [], null, { body: 1 }, { body: "a\0b" }, { body: "x".repeat(10_001) }];
    for (const body of [...bodies, { body: "x", line: 0 }, { body: "x", line: 1.5 }, "{"])
      expect((await tim.post(on, body)).status, JSON.stringify(body)?.slice(0, 60)).toBe(400);
    for (const body of [{ points: "1" }, { points: 1e9 }, { note: "\0" }, { marks: { x: true } }])
      expect((await tim.ask("PATCH", one(), body)).status).toBe(400);
    for (const body of [
      { description: "", points: 1 },
      { description: "two\nlines", points: 1 },
    ])
      expect((await tim.post(`${grading}/double/criteria`, body)).status).toBe(400);
    for (const body of [{ score: -1, reason: "x" }, { score: 1, reason: "" }, { reason: "x" }])
      expect((await tim.ask("PUT", `${grading}/double/overrides/${learner}`, body)).status).toBe(
        400,
      );
    for (const body of [{}, { released: "yes" }, { released: true, section: "A" }])
      expect(
        (await ines.ask("PUT", `${grading}/assignments/${assignment}/release`, body)).status,
      ).toBe(400);
    const hand = [{ exercise: "double", points: 3, handPoints: 4 }];
    expect(
      refusal(await ines.ask("PATCH", `${at}/assignments/${assignment}`, { exercises: hand })),
    ).toEqual([400, "bad_request", "double has 3 points, so 4 of them cannot be given by hand"]);
  });
});
