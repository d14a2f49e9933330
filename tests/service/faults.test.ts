// What may die, when, and that nothing is lost by it: on PGlite and on Postgres, with real
// processes, real kills and a real sandbox.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openQueue } from "../../grader/service/queue.ts";
import { openStore, type Store } from "../../grader/service/store/store.ts";
import { writeVerdict } from "../../grader/service/worker.ts";
import {
  Client,
  dataDir,
  endlessDouble,
  exercisesRoot,
  makeDataDir,
  type Postgres,
  rightDouble,
  root,
  Served,
  startPostgres,
  until,
  wrongDouble,
} from "./helpers.ts";

const silent = pino({ enabled: false });
const secret = "0123456789abcdef0123456789abcdef";
const servers: Served[] = [];
const workers: ChildProcess[] = [];
let postgres: Postgres;

beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.kill("SIGKILL");
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

async function serve(options: object): Promise<Served> {
  const server = await Served.start({ secret, ...options });
  servers.push(server);
  return server;
}

/** The same person on a server that has come back under another port. */
function at(server: Served, who: Client): Client {
  return who.at(server.url);
}

/** [submission, how many verdicts it has] for every submission there is. */
async function verdicts(where: object): Promise<Record<string, number>> {
  const store = await openStore(where);
  try {
    const { rows } = await sql<{ id: string; count: number }>`
      select s.id, count(v.submission_id)::int as count from submissions s
      left join verdicts v on v.submission_id = s.id group by s.id`.execute(store.db);
    return Object.fromEntries(rows.map((row) => [row.id, row.count]));
  } finally {
    await store.close();
  }
}

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  const place = () =>
    kind === "pglite" ? { dataDir: dataDir() } : { databaseUrl: postgres.database() };

  test("kill -9 in the middle of a job: it is graded after the next start, once", async () => {
    const where = place();
    const first = await serve(where);
    const lin = await new Client(first.url).signUp("Lin");
    const otto = await new Client(first.url).signUp("Otto");
    const slow = await lin.handIn("double", endlessDouble());
    const next = await lin.handIn("double", rightDouble("after the slow one"));
    const own = await otto.handIn("double", rightDouble("another's"));
    await otto.graded(own.id);
    await until(
      async () => (await lin.get(`/api/v1/submissions/${slow.id}`)).body.state === "running",
    );
    await first.kill("SIGKILL");

    const second = await serve(where);
    expect((await at(second, otto).graded(own.id)).points).toBe(3);
    const slowDone = await at(second, lin).graded(slow.id);
    const nextDone = await at(second, lin).graded(next.id);
    expect(slowDone.outcome).toBe("timed out");
    expect(nextDone.outcome).toBe("passed");
    // The learner's own order held, whatever died in between.
    expect(slowDone.gradedAt < nextDone.gradedAt).toBe(true);
    await second.kill("SIGTERM");
    expect(await verdicts(where)).toEqual({ [slow.id]: 1, [next.id]: 1, [own.id]: 1 });
  }, 120_000);

  test("kill -9 while submissions pour in: every acknowledged one is there and is graded", async () => {
    const where = place();
    const acknowledged: { who: Client; id: string }[] = [];
    let server = await serve(where);
    const people = await Promise.all(
      ["A", "B", "C"].map((name) => new Client(server.url).signUp(name)),
    );
    for (let round = 0; round < 2; round++) {
      const pouring = people.map(async (person) => {
        const who = at(server, person);
        for (let i = 0; ; i++) {
          try {
            const { id } = await who.handIn("double", wrongDouble(`${round} ${i}`));
            acknowledged.push({ who: person, id });
          } catch (error) {
            // The limit of thirty a minute, or the death of the server.
            if (!/429/.test(String(error))) return;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      });
      const before = acknowledged.length;
      await until(() => acknowledged.length >= before + 6);
      await server.kill("SIGKILL");
      await Promise.all(pouring);
      server = await serve(where);
    }
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const { who, id } of acknowledged)
      expect((await at(server, who).graded(id)).outcome).toBe("failed");
    await server.kill("SIGTERM");
    const all = await verdicts(where);
    for (const { id } of acknowledged) expect(all[id]).toBe(1);
  }, 180_000);

  test("a stop waits for the running job", async () => {
    const where = place();
    const server = await serve({ ...where, grace: 30_000 });
    const lin = await new Client(server.url).signUp("Lin");
    const slow = await lin.handIn("double", endlessDouble());
    await until(
      async () => (await lin.get(`/api/v1/submissions/${slow.id}`)).body.state === "running",
    );
    const waiting = lin.get(`/api/v1/submissions/${slow.id}?wait=30`).then(
      (answer) => answer.status,
      (error) => String(error),
    );
    expect(await server.kill("SIGTERM")).toBe(0);
    // The long poll was not left hanging.
    expect([200, 503]).toContain(await waiting);
    expect(await verdicts(where)).toEqual({ [slow.id]: 1 });
  }, 60_000);

  test("a stop that may not wait returns the job, and the next start grades it", async () => {
    const where = place();
    const server = await serve({ ...where, grace: 1000 });
    const lin = await new Client(server.url).signUp("Lin");
    const slow = await lin.handIn("double", endlessDouble());
    await until(
      async () => (await lin.get(`/api/v1/submissions/${slow.id}`)).body.state === "running",
    );
    const began = Date.now();
    expect(await server.kill("SIGTERM")).toBe(0);
    expect(Date.now() - began).toBeLessThan(4000);
    expect(await verdicts(where)).toEqual({ [slow.id]: 0 });
    const again = await serve(where);
    expect((await at(again, lin).graded(slow.id, 30)).outcome).toBe("timed out");
  }, 60_000);

  test("a submission whose job is gone gets one at the next start", async () => {
    const where = place();
    const server = await serve({ ...where, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const { id } = await lin.handIn("double", rightDouble());
    await server.kill("SIGTERM");
    await withStore(where, (store) =>
      sql`delete from pgboss.job where id = ${id}`.execute(store.db),
    );
    const again = await serve(where);
    expect((await at(again, lin).graded(id)).points).toBe(3);
  }, 60_000);

  test("what breaks the grader again and again ends in a verdict that says so, and may be handed in anew", async () => {
    const where = place();
    const server = await serve({ ...where, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const { id } = await lin.handIn("double", rightDouble());
    const behind = await lin.handIn("double", rightDouble("behind it"));
    await server.kill("SIGTERM");
    // As after five processes that died with it.
    await withStore(where, (store) =>
      sql`update pgboss.job set retry_count = 5 where id = ${id}`.execute(store.db),
    );
    const again = await serve(where);
    const done = await at(again, lin).graded(id);
    expect(done).toMatchObject({ outcome: "error", points: 0, max: 3 });
    expect(done.report.checks[0].message).toMatch(/fault of the grader, not a mistake of yours/);
    expect((await at(again, lin).graded(behind.id)).outcome).toBe("passed");
    const retry = await at(again, lin).handIn("double", rightDouble());
    expect(retry.duplicate).toBe(false);
    expect((await at(again, lin).graded(retry.id)).points).toBe(3);
  }, 60_000);

  test("a verdict is written once; a job that runs again changes nothing", async () => {
    const where = place();
    const server = await serve(where);
    const lin = await new Client(server.url).signUp("Lin");
    const { id } = await lin.handIn("double", rightDouble());
    const before = await lin.graded(id);
    await server.kill("SIGTERM");
    await withStore(where, async (store) => {
      const queue = await openQueue(store, silent);
      await writeVerdict(
        store.db,
        queue,
        id,
        { ...before.report, outcome: "failed", points: 0 },
        false,
      );
      // As if the job had not been marked as done when its worker died.
      await queue.boss.deleteJob("grade", id);
      await store.db.transaction().execute((trx) => queue.send(trx, id, "somebody"));
      await queue.close(1000);
    });
    const again = await serve(where);
    await until(async () => (await withoutJobs(again)) && true);
    expect(await at(again, lin).graded(id)).toEqual(before);
  }, 60_000);

  async function withStore(where: object, use: (store: Store) => Promise<unknown>): Promise<void> {
    const store = await openStore(where);
    try {
      await use(store);
    } finally {
      await store.close();
    }
  }
});

describe("workers of their own, on one Postgres", () => {
  function work(databaseUrl: string): ChildProcess & { log: string } {
    const child = Object.assign(
      spawn(process.execPath, [path.join(root, "grader/service/worker-main.ts")], {
        env: {
          ...process.env,
          DATABASE_URL: databaseUrl,
          GRADUS_EXERCISES: exercisesRoot,
          GRADUS_CONCURRENCY: "1",
        },
        stdio: ["ignore", "pipe", "inherit"],
      }),
      { log: "" },
    );
    child.stdout?.on("data", (chunk) => {
      child.log += chunk;
    });
    workers.push(child);
    return child;
  }

  test("share the queue, and wake those who wait at the site", async () => {
    const databaseUrl = postgres.database();
    const server = await serve({ databaseUrl, concurrency: 0 });
    const people = await Promise.all(
      Array.from({ length: 6 }, (_, i) => new Client(server.url).signUp(`P${i}`)),
    );
    const pair = [work(databaseUrl), work(databaseUrl)];
    await until(() => pair.every((worker) => worker.log.includes("takes submissions")));
    const receipts = await Promise.all(people.map((who) => who.handIn("double", rightDouble())));
    const began = performance.now();
    const done = await Promise.all(
      receipts.map(({ id }, i) => people[i].get(`/api/v1/submissions/${id}?wait=30`)),
    );
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(done.map((answer) => answer.body.points)).toEqual(receipts.map(() => 3));
    const graded = () => pair.map((worker) => worker.log.split('"msg":"graded"').length - 1);
    await until(() => graded()[0] + graded()[1] === 6);
    // One may be quick enough to take all six: then more follow, until the other had its turn.
    for (let round = 1; Math.min(...graded()) === 0 && round <= 10; round++) {
      const more = await Promise.all(people.map((who) => who.handIn("double", rightDouble(round))));
      await Promise.all(more.map(({ id }, i) => people[i].graded(id)));
      await until(() => graded()[0] + graded()[1] === 6 * (round + 1));
    }
    expect(Math.min(...graded())).toBeGreaterThan(0);
    // Asked to stop, a worker ends by itself.
    const ended = new Promise((resolve) => pair[0].once("exit", resolve));
    pair[0].kill("SIGTERM");
    expect(await ended).toBe(0);
  }, 60_000);

  test("what one takes into its grave another grades", async () => {
    const databaseUrl = postgres.database();
    const server = await serve({ databaseUrl, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const first = work(databaseUrl);
    const { id } = await lin.handIn("double", endlessDouble());
    await until(async () => (await lin.get(`/api/v1/submissions/${id}`)).body.state === "running");
    first.kill("SIGKILL");
    work(databaseUrl);
    expect((await lin.graded(id, 60)).outcome).toBe("timed out");
  }, 90_000);

  test("a database that was away for a moment", async () => {
    const databaseUrl = postgres.database();
    const server = await serve({ databaseUrl });
    const lin = await new Client(server.url).signUp("Lin");
    const early = await lin.handIn("double", rightDouble("before"));
    postgres.restart();
    await until(async () => (await lin.get("/api/v1/health")).status === 200);
    const late = await lin.handIn("double", rightDouble("after"));
    for (const { id } of [early, late]) expect((await lin.graded(id)).points).toBe(3);
    expect(server.child.exitCode).toBeNull();
  }, 60_000);

  test("say what they need when it is missing", async () => {
    const { DATABASE_URL: _, ...env } = process.env;
    const child = spawn(process.execPath, [path.join(root, "grader/service/worker-main.ts")], {
      env,
    });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(2);
    expect(said).toContain("DATABASE_URL");
  });
});

test("Ctrl-C in the terminal does not reach into the sandbox: the running job ends as it should", async () => {
  const where = { dataDir: dataDir(), secret };
  const server = await serve({ ...where, grace: 30_000 });
  const lin = await new Client(server.url).signUp("Lin");
  const { id } = await lin.handIn("double", endlessDouble());
  await until(async () => (await lin.get(`/api/v1/submissions/${id}`)).body.state === "running");
  expect(await server.interrupt()).toBe(0);
  const again = await serve({ ...where, concurrency: 0 });
  const { state, report } = (await at(again, lin).get(`/api/v1/submissions/${id}`)).body;
  expect(state).toBe("done");
  expect(report.checks.map((check: { outcome: string }) => check.outcome)).toEqual([
    "timed out",
    "timed out",
  ]);
}, 60_000);

test("without a sandbox nothing is graded and nothing is lost; with one, all of it is", async () => {
  const where = { dataDir: dataDir(), secret };
  // The machine as it is, but for bubblewrap, without which nothing can be sealed off.
  const bare = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/"];
  for (const dir of ["/usr/bin", "/bin", "/usr/local/bin"])
    if (fs.existsSync(`${dir}/bwrap`)) bare.push("--ro-bind", "/dev/null", `${dir}/bwrap`);
  const first = await Served.start(where, bare);
  servers.push(first);
  const lin = await new Client(first.url).signUp("Lin");
  const { id } = await lin.handIn("double", rightDouble());
  const kept = await until(async () => {
    const { body } = await lin.get(`/api/v1/submissions/${id}?wait=1`);
    return body.reason && body;
  });
  expect(kept).toMatchObject({ state: "queued", report: null });
  expect(kept.reason).toMatch(/cannot grade officially: bubblewrap is not installed.*is kept/);
  expect((await lin.get("/api/v1/submissions")).body.submissions[0].reason).toBe(kept.reason);
  const health = (await lin.get("/api/v1/health")).body;
  expect(health).toMatchObject({ waiting: 1, worker: { state: "waiting", reason: kept.reason } });
  await first.kill("SIGTERM");
  const second = await serve(where);
  const done = await at(second, lin).graded(id);
  expect(done.points).toBe(3);
  expect(done.reason).toBeUndefined();
}, 60_000);

test("a second server on one data folder is refused, and the first goes on", async () => {
  const dir = dataDir();
  const first = await serve({ dataDir: dir });
  await expect(Served.start({ dataDir: dir, secret })).rejects.toThrow(
    new RegExp(`${dir} is in use by process ${first.child.pid}`),
  );
  expect((await new Client(first.url).get("/api/v1/health")).status).toBe(200);
}, 60_000);

async function withoutJobs(server: Served): Promise<boolean> {
  const { body } = await new Client(server.url).get("/api/v1/health");
  return body.waiting === 0;
}
