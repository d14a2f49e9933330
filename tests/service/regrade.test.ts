// When a check was wrong: trying the present checks on what was graded, looking, applying, taking back.
// Real processes, a real sandbox, both stores; what may die is killed.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Regrade } from "../../grader/service/regrade-types.ts";
import { changesOf, directionOf } from "../../grader/service/regrade-worker.ts";
import { openStore } from "../../grader/service/store/store.ts";
import {
  Client,
  dataDir,
  exercisesRoot,
  makeDataDir,
  type Postgres,
  rightDouble,
  root,
  Served,
  startPostgres,
  tempDir,
  until,
  wrongDouble,
} from "./helpers.ts";

const secret = "0123456789abcdef0123456789abcdef";
const servers: Served[] = [];
const workers: ChildProcess[] = [];
let postgres: Postgres;
/** The exercises after somebody mended `double`: it is asked for 4, and 16 is right as well as 8. */
let mended: string;

beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
  mended = courseWith((checks) =>
    checks.replace(
      /expect\([\s\S]*?\}\);/,
      'expect(await learner.call("double", 4), { input: "double(4)" }).toBeOneOf([8, 16]);',
    ),
  );
});
afterAll(() => postgres?.stop());
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.kill("SIGKILL");
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

/** The folder of the exercises in a copy of the course, with the public checks of `double` changed. */
function courseWith(change: (checks: string) => string): string {
  const dir = tempDir();
  fs.cpSync(exercisesRoot, path.join(dir, "exercises"), { recursive: true });
  fs.cpSync(path.join(exercisesRoot, "../solutions"), path.join(dir, "solutions"), {
    recursive: true,
  });
  fs.symlinkSync(path.join(root, "node_modules"), path.join(dir, "node_modules"));
  const file = path.join(dir, "exercises/double/checks.ts");
  const before = fs.readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error("the checks are as they were");
  fs.writeFileSync(file, after);
  return path.join(dir, "exercises");
}

async function serve(options: object): Promise<Served> {
  const server = await Served.start({ secret, concurrency: 2, ...options });
  servers.push(server);
  return server;
}

const at = "/api/v1/courses/gradus/regrades";
/** Wrong, and it takes its time. */
const slowDouble = (mark: unknown) =>
  `function double(x: number): number { for (const began = Date.now(); Date.now() - began < 600; ); return x + 1; } // ${mark}`;
const plusThree = "function double(x: number): number { return x + 3; }";

async function ready(who: Client, id: string, seconds = 120): Promise<Regrade> {
  return until(async () => {
    const { body } = await who.get(`${at}/${id}`);
    return body.state === "ready" && body;
  }, seconds * 1000);
}

const scores = async (who: Client, ids: string[]) =>
  Promise.all(ids.map(async (id) => (await who.get(`/api/v1/submissions/${id}`)).body.points));

/** Every verdict and every kept one, as the database has them. */
async function allVerdicts(where: object) {
  const store = await openStore(where);
  try {
    const { rows } = await sql`
      select submission_id, outcome, points, max, report::text as report, checks, graded_at::text, 'stands' as place
      from verdicts union all
      select submission_id, outcome, points, max, report::text, checks, graded_at::text, 'history'
      from verdict_history order by 1, 7, 8`.execute(store.db);
    return rows as { submission_id: string; points: number; checks: string; place: string }[];
  } finally {
    await store.close();
  }
}

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  const place = () =>
    kind === "pglite"
      ? { dataDir: dataDir() }
      : { dataDir: tempDir(), databaseUrl: postgres.database() };

  test("nothing is touched before it is applied; then it is, it is kept, and it can be taken back", async () => {
    const where = place();
    const first = await serve(where);
    const ada = await new Client(first.url).signUp("Ada");
    await ada.becomeAdministrator(first.adminLink);
    const lin = await new Client(first.url).signUp("Lin");
    const otto = await new Client(first.url).signUp("Otto");
    const ids = [
      (await lin.handIn("double", wrongDouble())).id,
      (await lin.handIn("double", rightDouble())).id,
      (await otto.handIn("double", plusThree)).id,
      (await otto.handIn("negate", "function negate(x: number): number { return -x; }")).id,
    ];
    for (const id of ids) await ada.graded(id);
    expect(await scores(ada, ids)).toEqual([0, 3, 2, 2]);
    await first.kill("SIGTERM");
    const original = await allVerdicts(where);
    expect(original.every(({ checks }) => /^[0-9a-f]{64}$/.test(checks))).toBe(true);

    const second = await serve({ ...where, exercisesRoot: mended });
    const [office, learner] = [ada.at(second.url), lin.at(second.url)];
    const started = await office.post(at, {});
    expect(started.status).toBe(201);
    // One at a time in a course.
    const another = await office.post(at, { exercise: "double" });
    expect([another.status, another.body.error.code]).toEqual([409, "wrong_state"]);
    const { id } = started.body;
    const done = await ready(office, id);
    expect(done).toMatchObject({
      total: 4,
      graded: 4,
      counts: { up: 1, down: 1, same: 2, other: 0, broken: 0 },
      learners: 2,
      policy: null,
    });
    expect(done.changes).toEqual([
      { exercise: "double", check: "twice three", from: "failed", to: "passed", count: 1 },
      { exercise: "double", check: "twice three", from: "passed", to: "failed", count: 1 },
    ]);
    const { items } = (await office.get(`${at}/${id}/items?direction=up,down`)).body;
    expect(items).toMatchObject([
      {
        submission: ids[0],
        learner: { name: "Lin" },
        from: { points: 0, outcome: "failed" },
        to: { points: 2 },
        direction: "up",
        changes: [
          { check: "twice three", from: "failed", to: "passed", fromPoints: 0, toPoints: 2 },
        ],
      },
      { submission: ids[2], learner: { name: "Otto" }, from: { points: 2 }, to: { points: 0 } },
    ]);
    const table = (await office.get(`${at}/${id}/changes.csv`)).text;
    expect(table.split("\r\n")).toHaveLength(4);
    expect(table).toContain("twice three: failed → passed");
    expect(await scores(learner.at(second.url), ids.slice(0, 2))).toEqual([0, 3]);
    expect(await scores(office, ids)).toEqual([0, 3, 2, 2]);

    // Only those that gain.
    const applied = await office.post(`${at}/${id}/apply`, { policy: "gains" });
    expect(applied.body).toMatchObject({ state: "applied", policy: "gains" });
    expect(await scores(office, ids)).toEqual([2, 3, 2, 2]);
    expect(await scores(learner, ids.slice(0, 1))).toEqual([2]);
    const history = (await office.get(`/api/v1/courses/gradus/submissions/${ids[0]}/verdicts`))
      .body;
    expect(history.verdicts).toMatchObject([
      { stands: true, points: 2, replaced: null },
      { stands: false, points: 0, replaced: { regrade: id } },
    ]);
    expect(history.verdicts[0].checks).not.toBe(history.verdicts[1].checks);
    const twice = await office.post(`${at}/${id}/apply`, { policy: "all" });
    expect([twice.status, twice.body.error.code]).toEqual([409, "wrong_state"]);

    // All of them, on top of that; then back, the later one first.
    const next = (await office.post(at, { exercise: "double" })).body.id;
    expect((await ready(office, next)).counts).toMatchObject({ up: 0, down: 1, same: 2 });
    expect((await office.post(`${at}/${id}/undo`, {})).body.error.message).toContain("under way");
    await office.post(`${at}/${next}/apply`, { policy: "all" });
    expect(await scores(office, ids)).toEqual([2, 3, 0, 2]);
    const early = await office.post(`${at}/${id}/undo`, {});
    expect([early.status, early.body.error.hint]).toEqual([409, "take that one back first"]);
    expect((await office.post(`${at}/${next}/undo`, {})).body.state).toBe("undone");
    expect(await scores(office, ids)).toEqual([2, 3, 2, 2]);
    expect((await office.post(`${at}/${id}/undo`, {})).body.state).toBe("undone");
    expect(await scores(office, ids)).toEqual([0, 3, 2, 2]);

    const { entries } = (await office.get("/api/v1/courses/gradus/audit")).body;
    const actions = entries.map((entry: { action: string }) => entry.action);
    expect(actions.filter((action: string) => action.startsWith("regrade"))).toEqual([
      "regrade.undo",
      "regrade.undo",
      "regrade.apply",
      "regrade.start",
      "regrade.apply",
      "regrade.start",
    ]);
    await second.kill("SIGTERM");
    // To the letter, and what stood in between is kept.
    const now = await allVerdicts(where);
    expect(now.filter((row) => row.place === "stands")).toEqual(original);
    expect(now.filter((row) => row.place === "history")).toHaveLength(2 * (1 + 3));
  }, 180_000);

  test("kill -9 in the middle: it goes on, and every submission gets one new verdict", async () => {
    const where = place();
    const first = await serve(where);
    const ada = await new Client(first.url).signUp("Ada");
    await ada.becomeAdministrator(first.adminLink);
    const lin = await new Client(first.url).signUp("Lin");
    const ids = [];
    for (let n = 0; n < 8; n++) ids.push((await lin.handIn("double", slowDouble(n))).id);
    for (let n = 0; n < 4; n++) ids.push((await lin.handIn("double", wrongDouble(n))).id);
    for (const id of ids) await ada.graded(id, 120);
    await first.kill("SIGTERM");
    const original = await allVerdicts(where);

    let server = await serve({ ...where, exercisesRoot: mended });
    const { id } = (await ada.at(server.url).post(at, {})).body;
    const graded = async () => (await ada.at(server.url).get(`${at}/${id}`)).body.graded as number;
    for (const enough of [1, 4]) {
      await until(async () => (await graded()) >= enough, 60_000);
      await server.kill("SIGKILL");
      server = await serve({ ...where, exercisesRoot: mended });
    }
    // What a learner hands in meanwhile does not wait for the rest.
    const otto = await new Client(server.url).signUp("Otto");
    const own = await otto.handIn("double", rightDouble());
    await otto.graded(own.id);
    const office = ada.at(server.url);
    const done = await ready(office, id);
    expect(done).toMatchObject({ total: 12, graded: 12, counts: { up: 4, broken: 0, down: 0 } });
    await office.post(`${at}/${id}/apply`, { policy: "all" });
    // A service that dies right after has applied all of it.
    await server.kill("SIGKILL");
    const now = await allVerdicts(where);
    expect(now.filter((row) => row.place === "history").map((row) => row.submission_id)).toEqual(
      original.map((row) => row.submission_id),
    );
    const points = Object.fromEntries(
      now.filter((row) => row.place === "stands").map((row) => [row.submission_id, row.points]),
    );
    expect(ids.map((one) => points[one])).toEqual([...Array(8).fill(0), ...Array(4).fill(2)]);
  }, 300_000);

  test("it can be stopped, goes on, and ends without effect", async () => {
    const where = place();
    const server = await serve({ ...where, concurrency: 1 });
    const ada = await new Client(server.url).signUp("Ada");
    await ada.becomeAdministrator(server.adminLink);
    const lin = await new Client(server.url).signUp("Lin");
    expect((await ada.post(at, {})).body.error.code).toBe("nothing_to_regrade");
    const ids = [];
    for (let n = 0; n < 4; n++) ids.push((await lin.handIn("double", slowDouble(n))).id);
    for (const id of ids) await ada.graded(id, 120);
    const { id } = (await ada.post(at, { exercise: "double" })).body;
    const early = await ada.post(`${at}/${id}/apply`, { policy: "all" });
    expect([early.status, early.body.error.hint]).toEqual([409, "wait until it is ready"]);
    const stopped = await ada.post(`${at}/${id}/stop`, {});
    expect([stopped.status, stopped.body.state]).toEqual([200, "stopped"]);
    // What was being graded may still come; nothing new begins.
    const own = await lin.handIn("negate", "function negate(x: number): number { return -x; }");
    await lin.graded(own.id);
    const after = (await ada.get(`${at}/${id}`)).body;
    expect(after.graded).toBeLessThan(4);
    expect((await ada.post(`${at}/${id}/resume`, {})).body.state).toBe("running");
    expect(await ready(ada, id)).toMatchObject({ graded: 4, counts: { same: 4 } });
    expect((await ada.post(`${at}/${id}/discard`, {})).body.state).toBe("discarded");
    expect((await ada.post(`${at}/${id}/resume`, {})).body.error.code).toBe("wrong_state");
    await server.kill("SIGTERM");
    expect((await allVerdicts(where)).filter(({ place }) => place === "history")).toEqual([]);
  }, 180_000);
});

test("a server with other checks than a regrade stops it, says so, and applies nothing of it", async () => {
  const where = { dataDir: dataDir() };
  const first = await serve({ ...where, concurrency: 1 });
  const ada = await new Client(first.url).signUp("Ada");
  await ada.becomeAdministrator(first.adminLink);
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push((await ada.handIn("double", slowDouble(n))).id);
  for (const id of ids) await ada.graded(id, 120);
  const { id } = (await ada.post(at, {})).body;
  await first.kill("SIGKILL");
  const second = await serve({ ...where, exercisesRoot: mended });
  const office = ada.at(second.url);
  const found: Regrade = (await office.get(`${at}/${id}`)).body;
  expect(found).toMatchObject({
    state: "stopped",
    exercises: [{ name: "double", present: false }],
  });
  expect(found.reason).toContain("other checks");
  expect((await office.post(`${at}/${id}/resume`, {})).body.error.code).toBe("wrong_state");
  expect((await office.post(`${at}/${id}/discard`, {})).body.state).toBe("discarded");
}, 120_000);

test("workers on another machine: one is killed in the middle, one has other checks", async () => {
  const databaseUrl = postgres.database();
  const where = { dataDir: tempDir(), databaseUrl, concurrency: 0 };
  const worker = (exercises: string) => {
    const child = spawn(process.execPath, [path.join(root, "grader/service/worker-main.ts")], {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        GRADUS_EXERCISES: exercises,
        GRADUS_CONCURRENCY: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const log = { text: "" };
    child.stdout.on("data", (chunk) => {
      log.text += chunk;
    });
    workers.push(child);
    return { child, log };
  };
  const first = await serve(where);
  const ada = await new Client(first.url).signUp("Ada");
  await ada.becomeAdministrator(first.adminLink);
  const lin = await new Client(first.url).signUp("Lin");
  const old = worker(exercisesRoot);
  const ids = [];
  for (let n = 0; n < 4; n++) ids.push((await lin.handIn("double", wrongDouble(n))).id);
  ids.push((await lin.handIn("double", slowDouble("the last"))).id);
  for (const id of ids) await ada.graded(id, 120);
  await first.kill("SIGTERM");

  const server = await serve({ ...where, exercisesRoot: mended });
  const office = ada.at(server.url);
  const { id } = (await office.post(at, {})).body;
  // The worker that still has the old checks forms no verdict of it.
  await until(() => old.log.text.includes("a regrade tries other checks"), 60_000);
  expect((await office.get(`${at}/${id}`)).body.graded).toBe(0);
  old.child.kill("SIGKILL");
  const killed = worker(mended);
  await until(() => killed.log.text.includes('"regraded"'), 60_000);
  killed.child.kill("SIGKILL");
  worker(mended);
  const done = await ready(office, id);
  expect(done).toMatchObject({ total: 5, graded: 5, counts: { up: 4, broken: 0 } });
}, 240_000);

test("gradus regrade and gradus statistics", async () => {
  const where = { dataDir: dataDir() };
  const first = await serve(where);
  const ada = await new Client(first.url).signUp("Ada");
  await ada.becomeAdministrator(first.adminLink);
  const lin = await new Client(first.url).signUp("Lin", "lin@example.org");
  const ids = [
    (await lin.handIn("double", wrongDouble())).id,
    (await lin.handIn("double", plusThree)).id,
  ];
  for (const id of ids) await ada.graded(id);
  const { token } = (await ada.post("/api/v1/tokens", { scopes: ["read", "course:read", "grade"] }))
    .body;
  await first.kill("SIGTERM");
  const server = await serve({ ...where, exercisesRoot: mended });
  const office = ada.at(server.url);
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const child = spawn(process.execPath, [path.join(root, "grader/bin/gradus.mjs"), ...args], {
        env: { ...process.env, GRADUS_URL: server.url, GRADUS_TOKEN: token, NO_COLOR: "1" },
      });
      const ran = { code: null as number | null, out: "", err: "" };
      child.stdout.on("data", (chunk) => {
        ran.out += chunk;
      });
      child.stderr.on("data", (chunk) => {
        ran.err += chunk;
      });
      child.on("close", (code) => resolve({ ...ran, code }));
    });

  const dry = await run("regrade", "double");
  expect([dry.code, dry.err]).toEqual([0, ""]);
  expect(dry.out).toContain("1 × double, twice three: failed → passed");
  expect(dry.out).toMatch(/▲ +Lin <lin@example.org> +double +0 +2 +3/);
  expect(dry.out).toContain("2 submissions of double: 1 up, 1 down, 0 as before.");
  expect(dry.out).toContain("Dry run, nothing was changed.");
  expect(await scores(office, ids)).toEqual([0, 2]);
  // Another is not begun while one is open; the same one is found again, and applied.
  const other = await run("regrade", "negate", "--json");
  expect([other.code, JSON.parse(other.out).error.code]).toEqual([2, "regrade_under_way"]);
  const applied = await run("regrade", "double", "--apply", "gains", "--json");
  expect(JSON.parse(applied.out)).toMatchObject({
    state: "applied",
    policy: "gains",
    items: [{ direction: "up" }, { direction: "down" }],
  });
  expect(await scores(office, ids)).toEqual([2, 2]);
  expect((await run("regrade", "--undo")).out).toContain("Taken back");
  expect(await scores(office, ids)).toEqual([0, 2]);
  const nothing = await run("regrade", "--discard");
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining("no regrade of gradus")]);
  expect((await run("regrade", "--apply", "gains", "--dry-run")).code).toBe(2);

  const all = await run("statistics");
  expect(all.out).toMatch(/double +1 of \d+ +0 of 1 +– +– +67 % +a number you cannot know \(1\)/);
  const one = await run("statistics", "double", "--csv");
  expect(one.out.split("\r\n")[1]).toMatch(/^double,twice three,public,2,2,1,1,1,0,/);
  expect(JSON.parse((await run("statistics", "double", "--json")).out).tried).toBe(1);
  expect((await run("statistics", "triple")).code).toBe(2);
  expect((await run("statistics", "--section", "X")).err).toContain("there is no section");
}, 240_000);

test("what a change is", () => {
  const check = (name: string, points: number, max = 2) => ({
    name,
    visibility: "public" as const,
    outcome: points === max ? ("passed" as const) : ("failed" as const),
    points,
    max,
    milliseconds: 1,
  });
  const report = (...checks: ReturnType<typeof check>[]) => ({
    exercise: "x",
    outcome: checks.every((one) => one.outcome === "passed")
      ? ("passed" as const)
      : ("failed" as const),
    points: checks.reduce((sum, one) => sum + one.points, 0),
    max: checks.reduce((sum, one) => sum + one.max, 0),
    checks,
    diagnostics: [],
    output: "",
  });
  const say = (from: ReturnType<typeof report>, to: ReturnType<typeof report>) => {
    const changes = changesOf(from, to);
    return [directionOf(from, to, changes), changes.map(({ check }) => check)];
  };
  const half = report(check("a", 2), check("b", 0));
  expect(say(half, report(check("a", 2), check("b", 0)))).toEqual(["same", []]);
  expect(say(half, report(check("a", 0), check("b", 2)))).toEqual(["other", ["a", "b"]]);
  expect(say(half, report(check("a", 2), check("b", 2)))).toEqual(["up", ["b"]]);
  expect(say(half, report(check("a", 0), check("b", 0)))).toEqual(["down", ["a"]]);
  // A check that went away: fewer points, but more of what there is.
  expect(say(half, report(check("a", 2)))).toEqual(["up", ["b"]]);
  // Twice the points, the same part of them.
  expect(
    say(report(check("a", 2), check("b", 0)), report(check("a", 4, 4), check("b", 0, 4))),
  ).toEqual(["other", ["a"]]);
});
