// Lists in pages, on both stores: everything once and in order, whatever comes in or goes in between.
import { createService, type Service } from "@gradus/grader/service";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Client,
  dataDir,
  exercisesRoot,
  makeDataDir,
  type Postgres,
  rightDouble,
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

// biome-ignore lint/suspicious/noExplicitAny: things of every list
type Thing = any;

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  let service: Service;
  let office: Client;
  let learner: Client;
  const at = "/api/v1/courses/dl";
  const made: Record<string, number> = {};
  const join = async (name: string) =>
    new Client(url, (request) => service.fetch(request)).signUp(name, `${name}@example.org`);
  const roster = (rows: string[]) =>
    office.ask("POST", `${at}/roster`, ["email", ...rows].join("\n"), {
      "content-type": "text/csv",
    });

  beforeAll(async () => {
    service = await createService({
      ...(kind === "pglite"
        ? { dataDir: dataDir() }
        : { dataDir: tempDir(), databaseUrl: postgres.database() }),
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
    });
    office = await join("ada");
    await office.becomeAdministrator(service.adminLink);
    for (const id of ["dl", "b", "c", "d"])
      await office.post("/api/v1/courses", { id, name: "A course like the others" });
    // Names that sort in their own way, of which several are the same.
    const people = ["Ömer", "omer", "Omer", "Zoë", "zoe", "Ada", "ädä"];
    await roster([
      ...people.map((_, index) => `p${index}@example.org`),
      ...Array.from({ length: 6 }, (_, index) => `guest${index}@example.org`),
    ]);
    for (const [index, name] of people.entries()) {
      const who = new Client(url, (request) => service.fetch(request));
      await who.signUp(index < 3 ? "The same name" : name, `p${index}@example.org`);
      learner = who;
    }
    for (let n = 0; n < 7; n++) {
      await learner.handIn("double", rightDouble(n));
      await learner.post("/api/v1/submissions?course=dl", {
        exercise: "double",
        source: rightDouble(n),
      });
      await office.post("/api/v1/tokens", { name: "one of several" });
      await office.post(`${at}/sections`, { name: `Section ${n}` });
      await office.post(`${at}/group-sets`, { name: `Set ${n}`, groups: [] });
    }
    for (const exercise of ["double", "negate"])
      await office.post(`${at}/assignments`, { name: exercise, exercises: [{ exercise }] });
    const { assignments } = (await office.get(`${at}/assignments`)).body;
    const enrolled = (await office.get(`${at}/enrollments`)).body.enrollments;
    for (const { user } of enrolled)
      await office.ask("PUT", `${at}/assignments/${assignments[0].id}/extensions/${user.id}`, {
        extraAttempts: 1,
      });
    made.assignment = assignments[0].id;
  });
  afterAll(() => service?.close());

  /** Every list: its address, its name, how many are in it at least, and what tells one from another. */
  const lists: [string, () => string, string, number, (one: Thing) => string, () => Client][] = [
    ["tokens", () => "/api/v1/tokens", "tokens", 7, (one) => one.id, () => office],
    ["courses", () => "/api/v1/courses", "courses", 5, (one) => one.id, () => office],
    ["members", () => "/api/v1/members", "members", 8, (one) => one.id, () => office],
    [
      "one's submissions",
      () => "/api/v1/submissions",
      "submissions",
      7,
      (one) => one.id,
      () => learner,
    ],
    [
      "a course's submissions",
      () => "/api/v1/gradebook/submissions?course=dl&exercise=double",
      "submissions",
      7,
      (one) => one.id,
      () => office,
    ],
    ["sections", () => `${at}/sections`, "sections", 7, (one) => one.id, () => office],
    ["sets of groups", () => `${at}/group-sets`, "groupSets", 7, (one) => one.id, () => office],
    ["assignments", () => `${at}/assignments`, "assignments", 2, (one) => one.id, () => office],
    [
      "assignments for a learner",
      () => `${at}/assignments`,
      "assignments",
      2,
      (one) => one.id,
      () => learner,
    ],
    [
      "extensions",
      () => `${at}/assignments/${made.assignment}/extensions`,
      "extensions",
      7,
      (one) => one.user.id,
      () => office,
    ],
    ["people", () => `${at}/enrollments`, "enrollments", 8, (one) => one.user.id, () => office],
    ["a course's changes", () => `${at}/audit`, "entries", 30, (one) => one.id, () => office],
    ["all changes", () => "/api/v1/audit", "entries", 30, (one) => one.id, () => office],
  ];

  /** All pages of a list, by the link to the next. */
  async function walk(who: Client, first: string, limit: number, between?: () => Promise<unknown>) {
    const pages: Thing[] = [];
    let address: string | undefined = `${first}${first.includes("?") ? "&" : "?"}limit=${limit}`;
    while (address) {
      const answer = await who.get(address);
      if (answer.status !== 200) throw new Error(answer.text);
      pages.push(answer.body);
      const link = answer.headers.get("link")?.match(/^<([^>]+)>; rel="next"$/)?.[1];
      expect(link === undefined).toBe(answer.body.next === null);
      if (link) expect(new URL(link, url).searchParams.get("cursor")).toBe(answer.body.next);
      address = link;
      await between?.();
    }
    return pages;
  }

  test.each(lists)(
    "%s: pages of every size hold what one page holds",
    async (_, address, name, least, key, who) => {
      const whole = (await who().get(address())).body;
      expect(whole.next).toBeNull();
      const keys = whole[name].map(key);
      expect(keys.length).toBeGreaterThanOrEqual(least);
      expect(new Set(keys).size).toBe(keys.length);
      for (const limit of [1, 3, 4]) {
        const pages = await walk(who(), address(), limit);
        expect(pages.flatMap((page) => page[name].map(key))).toEqual(keys);
        for (const page of pages) expect(page[name].length).toBeLessThanOrEqual(limit);
        const guests = pages.flatMap((page) => page.invitations ?? []);
        expect(guests).toEqual(whole.invitations ?? []);
      }
    },
  );

  test("what is handed in while one turns pages shifts nothing", async () => {
    let n = 100;
    const before = (await learner.get("/api/v1/submissions")).body.submissions.map(
      (one: Thing) => one.id,
    );
    const pages = await walk(learner, "/api/v1/submissions", 2, () =>
      learner.handIn("double", rightDouble(n++)),
    );
    expect(pages.flatMap((page) => page.submissions.map((one: Thing) => one.id))).toEqual(before);
    expect(n).toBeGreaterThan(103);
  });

  test("what is revoked or deleted while one turns pages makes none of the others be missed", async () => {
    const tokens = (await office.get("/api/v1/tokens")).body.tokens.map((one: Thing) => one.id);
    const seen: string[] = [];
    let address = "/api/v1/tokens?limit=2";
    for (;;) {
      const { body } = await office.get(address);
      seen.push(...body.tokens.map((one: Thing) => one.id));
      if (!body.next) break;
      // The very one that the next page begins after.
      await office.ask("DELETE", `/api/v1/tokens/${seen.at(-1)}`);
      address = `/api/v1/tokens?limit=2&cursor=${body.next}`;
    }
    expect(seen).toEqual(tokens);

    const all = (await office.get(`${at}/sections`)).body.sections.map((one: Thing) => one.id);
    const first = (await office.get(`${at}/sections?limit=3`)).body;
    await office.ask("DELETE", `${at}/sections/${first.sections[2].id}`);
    const rest = (await office.get(`${at}/sections?cursor=${first.next}`)).body;
    expect([...first.sections, ...rest.sections].map((one: Thing) => one.id)).toEqual(all);
  });

  test("there is a most, and what is no cursor of this list is refused", async () => {
    const guests = Array.from(
      { length: 601 },
      (_, index) => `g${String(index).padStart(3, "0")}@example.org`,
    );
    const csv = { "content-type": "text/csv" };
    const import_ = "/api/v1/courses/b/roster";
    expect((await office.ask("POST", import_, ["email", ...guests].join("\n"), csv)).status).toBe(
      200,
    );
    const people = "/api/v1/courses/b/enrollments";
    const count = async (query: string) => {
      const { enrollments, invitations } = (await office.get(people + query)).body;
      return enrollments.length + invitations.length;
    };
    expect([await count(""), await count("?limit=100000")]).toEqual([100, 500]);
    const pages = await walk(office, people, 250);
    expect(pages.flatMap((page) => page.invitations.map((one: Thing) => one.email))).toEqual(
      guests,
    );
    const of = (key: unknown) => Buffer.from(JSON.stringify(key)).toString("base64url");
    for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1.5"])
      expect((await office.get(`/api/v1/members?${query}`)).status).toBe(400);
    for (const cursor of [
      "",
      "x",
      of({}),
      of([]),
      of([1]),
      of(["a"]),
      of(["1", "2", "3", "4", "5"]),
      of(["a\0", "b", "c"]),
      of(["1", "99999999999999999999"]),
    ])
      for (const address of [
        "/api/v1/members",
        "/api/v1/tokens",
        "/api/v1/submissions",
        `${at}/enrollments`,
        `${at}/sections`,
        `${at}/audit`,
      ]) {
        const answer = await office.get(`${address}?cursor=${cursor}`);
        expect([answer.status, answer.body.error?.code], `${address} ${cursor}`).toEqual([
          400,
          "bad_request",
        ]);
      }
    // Quotes and statements in a cursor are text like any other.
    const text = await office.get(
      `/api/v1/members?cursor=${of(["'; drop table tokens;--", "", ""])}`,
    );
    expect(text.status).toBe(200);
  });
});
