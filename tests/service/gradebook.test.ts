// The gradebook's pages, on both stores: the same grades as learners see, whichever way they are found.
import { randomUUID } from "node:crypto";
import { createService, type Service } from "@gradus/grader/service";
import { parse } from "csv-parse/sync";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bookRequest, gradebookPage } from "../../grader/service/gradebook-page.ts";
import type { BookPage } from "../../grader/service/gradebook-types.ts";
import { courseGrades, learnerGrades } from "../../grader/service/grades.ts";
import { openStore, type Store } from "../../grader/service/store/store.ts";
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
const HOUR = 3600 * 1000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();
let postgres: Postgres;
beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());

const place = (kind: "pglite" | "postgres") =>
  kind === "pglite"
    ? { dataDir: dataDir() }
    : { dataDir: tempDir(), databaseUrl: postgres.database() };
const good = (answer: Answer) => {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
};

describe.each(["pglite", "postgres"] as const)("a class on %s", (kind) => {
  let service: Service;
  let ines: Client;
  const people: Record<string, Client> = {};
  const at = "/api/v1/courses/dl";
  const ids: Record<string, string> = {};
  const from = () => new Client(url, (request) => service.fetch(request));
  const book = async (query = ""): Promise<BookPage> =>
    good(await ines.get(`${at}/gradebook${query}`));
  const names = (page: BookPage) => page.rows.map(({ user }) => user.name);
  const handIn = async (who: string, exercise: string, source: string) => {
    const { submissions } = good(
      await people[who].post("/api/v1/submissions?course=dl", { exercise, source }),
    );
    await people[who].graded(submissions[0].id);
    return submissions[0].id as string;
  };

  beforeAll(async () => {
    service = await createService({
      ...place(kind),
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 1,
    });
    ines = await from().signUp("Ines");
    await ines.becomeAdministrator(service.adminLink);
    good(await ines.post("/api/v1/courses", { id: "dl", name: "Deep learning", lateDays: 1 }));
    for (const name of ["Åsa", "ben", "Cleo", "Dora"])
      people[name] = await from().signUp(name, `${name.charCodeAt(0)}@example.org`);
    const roster = Object.keys(people).map(
      (name, index) => `${name.charCodeAt(0)}@example.org,${index < 2 ? "A" : "B"},n${index}`,
    );
    good(
      await ines.ask("POST", `${at}/roster`, ["email,section,student_id", ...roster].join("\n"), {
        "content-type": "text/csv",
      }),
    );
    for (const [name, who] of Object.entries(people))
      ids[name] = good(await who.get("/api/v1/me")).user.id;
  }, 60_000);
  afterAll(() => service?.close());

  test("without assignments: the best points at every exercise", async () => {
    const best = await handIn("ben", "double", rightDouble("free"));
    const page = await book();
    expect(page).toMatchObject({ view: "free", assignments: [], free: 2, learners: 4, pages: 1 });
    expect(page.columns.map(({ id, maxScore }) => [id, maxScore])).toEqual([
      ["double", 3],
      ["negate", 2],
    ]);
    expect(names(page)).toEqual(["Åsa", "ben", "Cleo", "Dora"]);
    expect(page.rows[1]).toMatchObject({
      score: 3,
      section: "A",
      cells: [
        { score: 3, attempts: 1, missing: 0, submission: best },
        { score: null, attempts: 0, submission: null },
      ],
    });
    expect(page.rows[0].score).toBeNull();
  });

  test("with assignments: late, missing, extended, in groups, dropped, as the rules have it", async () => {
    const set = good(
      await ines.post(`${at}/group-sets`, {
        name: "Pairs",
        groups: [{ name: "Red", members: [ids.Cleo, ids.Dora] }],
      }),
    );
    const first = good(
      await ines.post(`${at}/assignments`, {
        name: "First",
        exercises: [{ exercise: "double", points: 10 }],
        dueAt: inHours(-36),
        lateSubmissionDeduction: 10,
      }),
    );
    const second = good(
      await ines.post(`${at}/assignments`, {
        name: "Second",
        exercises: [{ exercise: "negate", points: 4 }],
        dueAt: inHours(-1),
        groupSet: set.id,
      }),
    );
    good(
      await ines.ask("PUT", `${at}/assignments/${second.id}/extensions/${ids.ben}`, {
        dueAt: inHours(5),
      }),
    );
    await handIn("Åsa", "double", wrongDouble("late"));
    const late = await handIn("Åsa", "double", rightDouble("late"));
    const shared = await handIn("Dora", "negate", rightNegate);

    const page = await book();
    expect(page).toMatchObject({ view: "all", free: 0, maxScore: 14, lateDays: 1 });
    expect(page.columns.map(({ id }) => id)).toEqual([first.id, second.id]);
    const row = (name: string) => page.rows.find(({ user }) => user.name === name)!;
    // Two days late, one of them a late day; handed in for free before: on time.
    expect(row("Åsa")).toMatchObject({
      score: 9,
      lateDaysUsed: 1,
      cells: [
        { score: 9, daysLate: 2, deducted: 1, attempts: 2, submission: late, missing: 0 },
        { score: null, missing: 1, attempts: 0, submission: null, group: null },
      ],
    });
    expect(row("ben").cells[1]).toMatchObject({ extended: true, missing: 0 });
    // Cleo never handed in herself.
    for (const name of ["Cleo", "Dora"])
      expect(row(name).cells[1]).toMatchObject({ score: 4, group: "Red", submission: shared });

    // Every filter and order, and what a learner sees is the same.
    expect(names(await book("?show=missing"))).toEqual(["Åsa", "Cleo", "Dora"]);
    expect(names(await book("?show=late"))).toEqual(
      ["Åsa", "ben", "Cleo", "Dora"].filter((name) =>
        row(name).cells.some(({ daysLate }) => daysLate > 0),
      ),
    );
    expect(names(await book("?show=grading"))).toEqual([]);
    expect(names(await book("?search=asa"))).toEqual(["Åsa"]);
    expect(names(await book("?search=N2"))).toEqual(["Cleo"]);
    expect(names(await book(`?section=${page.sections[1].id}`))).toEqual(["Cleo", "Dora"]);
    expect(names(await book("?order=desc"))).toEqual(["Dora", "Cleo", "ben", "Åsa"]);
    expect(names(await book(`?sort=${second.id}&order=desc`)).slice(0, 2)).toEqual([
      "Cleo",
      "Dora",
    ]);
    for (const name of Object.keys(people)) {
      const own = good(await people[name].get(`${at}/grades/me`));
      expect(row(name).score ?? 0).toBe(own.score);
    }
    const scores = (await book("?sort=score&order=desc")).rows.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => (b ?? -1) - (a ?? -1)));

    const one = await book(`?view=${first.id}`);
    expect(one.columns).toMatchObject([{ id: "double", maxScore: 10 }]);
    expect(one.rows[0].score).toBe(9);

    // Who was dropped is in a list of their own.
    good(await ines.ask("PATCH", `${at}/enrollments/${ids.Dora}`, { active: false }));
    expect(await book()).toMatchObject({ learners: 3, matching: 3 });
    expect((await book("?show=dropped")).rows).toMatchObject([
      { user: { name: "Dora" }, active: false },
    ]);
  });

  test("pages, one after the other; a page beyond the last is the last", async () => {
    const all = names(await book());
    const cut = [await book("?limit=2"), await book("?limit=2&page=2")];
    expect(cut.flatMap(names)).toEqual(all);
    expect(cut.map(({ page, pages, matching }) => [page, pages, matching])).toEqual([
      [1, 2, 3],
      [2, 2, 3],
    ]);
    expect((await book("?limit=2&page=99")).page).toBe(2);
  });

  test("what is asked for wrongly is refused in words", async () => {
    const refused = async (query: string) => {
      const { status, body } = await ines.get(`${at}/gradebook?${query}`);
      return [status, body.error.message];
    };
    expect(await refused("sort=grade")).toEqual([
      400,
      'sort must be name, section, score or the id of a column, not "grade"',
    ]);
    expect((await refused("show=nobody"))[0]).toBe(400);
    expect((await refused("page=0"))[1]).toMatch(/whole number from 1/);
    expect((await refused("page=1&surprise=1"))[0]).toBe(400);
    expect(await refused(`view=${randomUUID()}`)).toEqual([
      404,
      "there is no such assignment in this course",
    ]);
    expect((await refused(`section=${randomUUID()}`))[0]).toBe(404);
    expect((await ines.get(`${at}/gradebook?search=%00`)).status).toBe(400);
  });

  test("the files of the page and of the command line are the same ones", async () => {
    const table = (text: string): string[][] => parse(text, { bom: true });
    const csv = await ines.get(`${at}/grades.csv`);
    expect(csv.headers.get("content-disposition")).toMatch(/dl-grades-csv-\d{4}-\d\d-\d\d\.csv/);
    const rows = table(csv.text);
    expect(rows[0].slice(0, 6)).toEqual([
      "Name",
      "Email",
      "Student ID",
      "Section",
      "First (10)",
      "Second (4)",
    ]);
    expect(rows.find(([name]) => name === "Åsa")?.slice(4)).toEqual(["9", "", "9", "1"]);
    const [first] = (await book()).columns;
    const canvas = table(
      (await ines.get(`${at}/grades.csv?format=canvas&assignment=${first.id}`)).text,
    );
    expect(canvas[0].slice(-2)).toEqual(["Section", "First"]);
    expect(canvas[1][0]).toBe("Points Possible");
    expect((await ines.get(`${at}/grades.csv?format=excel`)).status).toBe(400);
    expect((await ines.get(`${at}/grades.csv?assignment=${randomUUID()}`)).status).toBe(404);
  });
});

/** Numbers by chance that are the same at every run. */
function chance(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe.each(["pglite", "postgres"] as const)("a term by chance, on %s", (kind) => {
  let store: Store;
  const course = {
    id: "chance",
    name: "Chance",
    timeZone: "Europe/Berlin",
    lateDays: 3,
    selfEnrollment: false,
  };
  const learners = Array.from({ length: 24 }, (_, n) => `u${n}`);
  const exercises = Array.from({ length: 8 }, (_, n) => `e${n}`);
  // Clocks go forward in between.
  const start = Date.UTC(2026, 2, 27, 12);
  const day = 24 * HOUR;

  beforeAll(async () => {
    store = await openStore(place(kind));
    const { db } = store;
    const roll = chance(7);
    const some = <T>(list: readonly T[]): T => list[roll(list.length)];
    for (const id of learners)
      await sql`insert into "user" (id, name, email, "emailVerified", "updatedAt")
        values (${id}, ${id}, ${`${id}@example.org`}, false, now())`.execute(db);
    await db
      .insertInto("courses")
      .values({
        id: course.id,
        name: course.name,
        time_zone: course.timeZone,
        late_days: 3,
        self_enrollment: false,
      })
      .execute();
    await db
      .insertInto("enrollments")
      .values(learners.map((user_id) => ({ course: course.id, user_id, role: "learner" as const })))
      .execute();
    for (let number = 0; number < 4; number++) {
      const id = randomUUID();
      await sql`insert into assignments (id, course, name, due_at, lock_at, scoring_policy,
          late_submission_deduction, late_submission_maximum_deduction, maximum_late_days)
        values (${id}, ${course.id}, ${`a${number}`},
          ${number === 3 ? null : new Date(start + number * 2 * day)}, null,
          ${number === 1 ? "keep_latest" : "keep_highest"}, ${[10, 15, 33.3, 5][number]}, ${[100, 100, 50, 100][number]},
          ${number === 2 ? 1 : null})`.execute(db);
      for (const half of [0, 1])
        await sql`insert into assignment_exercises (assignment_id, course, exercise, position, points, hand_points)
          values (${id}, ${course.id}, ${exercises[2 * number + half]}, ${half}, ${half === 0 ? 10 : 7}, ${half === 0 ? 2 : 0})`.execute(
          db,
        );
      for (let i = 0; i < 4; i++)
        await sql`insert into extensions (assignment_id, user_id, due_at)
          values (${id}, ${some(learners)}, ${new Date(start + (number * 2 + roll(5) - 1) * day)})
          on conflict do nothing`.execute(db);
    }
    for (let i = 0; i < 1200; i++) {
      const id = randomUUID();
      // Some at the very millisecond of a due date.
      const at = roll(12) === 0 ? start + roll(4) * 2 * day : start - 2 * day + roll(11 * day);
      await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed, received_at)
        values (${id}, ${course.id}, ${some(learners)}, ${some(exercises)}, 1, '', '', '', ${new Date(at)})`.execute(
        db,
      );
      if (roll(9) === 0)
        await sql`insert into shared_submissions (submission_id, user_id)
          select ${id}, ${some(learners)} where not exists (
            select from submissions where id = ${id} and user_id = ${some(learners)})`.execute(db);
      if (roll(10) > 0) {
        const max = some([0, 3, 6, 10]);
        await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
          values (${id}, 'failed', ${max === 0 ? 0 : roll(max + 1)}, ${max}, '{"checks":[]}', ${roll(12) === 0})`.execute(
          db,
        );
      }
      if (roll(25) === 0)
        await sql`insert into gradings (submission_id, points) values (${id}, ${roll(5) - 2})`.execute(
          db,
        );
    }
    for (let i = 0; i < 5; i++)
      await sql`insert into overrides (course, exercise, user_id, score, reason, set_by)
        values (${course.id}, ${some(exercises)}, ${some(learners)}, ${roll(10)}, 'chance', 'u0')
        on conflict do nothing`.execute(db);
  }, 120_000);
  afterAll(() => store?.close());

  test("the attempts that can decide give every learner the grades that all of them give", async () => {
    const catalog = {
      all: [],
      get: () => expect.unreachable(),
      version: () => expect.unreachable(),
    };
    const now = new Date(start + 30 * day);
    const few = await courseGrades(store.db, course);
    expect(few.learners).toHaveLength(learners.length);
    const kinds = { late: 0, waiting: 0, scored: 0 };
    for (const learner of few.learners) {
      const all = await learnerGrades(store.db, course, catalog, learner.user.id, false, now);
      expect(learner.lateDaysUsed).toBe(all.lateDaysUsed);
      expect(learner.score).toBe(all.score);
      for (const { id, grade } of all.assignments) {
        const { exercises: _, ...whole } = grade;
        expect(learner.grades[id]).toEqual(whole);
        kinds.late += Number(grade.lateDaysUsed > 0);
        kinds.waiting += Number(grade.waiting > 0);
        kinds.scored += Number((grade.score ?? 0) > 0);
      }
    }
    // Chance has made all kinds of them.
    for (const many of Object.values(kinds)) expect(many).toBeGreaterThan(5);
  });

  test("sorted and filtered pages have the same cells as the plain one", async () => {
    const catalog = {
      all: [],
      get: () => expect.unreachable(),
      version: () => expect.unreachable(),
    };
    const now = new Date(start + 30 * day);
    const page = (asked: object) =>
      gradebookPage(store.db, course, catalog, bookRequest.parse(asked), now);
    const plain = await page({});
    const byId = new Map(plain.rows.map((row) => [row.user.id, row]));
    const sorted = await page({ sort: "score", order: "desc" });
    expect(sorted.rows.map(({ score }) => score)).toEqual(
      plain.rows.map(({ score }) => score).sort((a, b) => (b ?? -1) - (a ?? -1)),
    );
    for (const row of sorted.rows) expect(row).toEqual(byId.get(row.user.id));
    for (const [show, has] of [
      ["missing", (cell) => cell.missing > 0],
      ["late", (cell) => cell.daysLate > 0],
      ["grading", (cell) => cell.waiting + cell.unread > 0],
    ] as [string, (cell: BookPage["rows"][number]["cells"][number]) => boolean][])
      expect((await page({ show })).rows.map(({ user }) => user.id)).toEqual(
        plain.rows.filter(({ cells }) => cells.some(has)).map(({ user }) => user.id),
      );
  });
});
