// What who runs Gradus relies on: health, metrics, logs without people in them, workers that stop when
// asked and refuse what they do not know.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createService, type Service } from "@gradus/grader/service";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createLog, plainError, withoutPeople } from "../../grader/service/log.ts";
import { migrationNames } from "../../grader/service/store/migrations.ts";
import { connectStore, openStore, type Store } from "../../grader/service/store/store.ts";
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
  tempDir,
  until,
} from "./helpers.ts";

const secret = "0123456789abcdef0123456789abcdef";
const metricsToken = "a token of thirty-two characters";
const silent = pino({ enabled: false });
const running: { kill(signal?: NodeJS.Signals): unknown }[] = [];
const stores: Store[] = [];
let postgres: Postgres;

beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.kill("SIGKILL")));
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

async function serve(options: object): Promise<Served> {
  const server = await Served.start({ secret, ...options });
  running.push(server);
  return server;
}

async function open(databaseUrl: string): Promise<Store> {
  const store = await connectStore({ databaseUrl });
  stores.push(store);
  return store;
}

type Working = ChildProcess & { log: string; ended: Promise<number | null> };

function work(databaseUrl: string, env: Record<string, string> = {}): Working {
  const child = spawn(process.execPath, [path.join(root, "grader/service/worker-main.ts")], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      GRADUS_EXERCISES: exercisesRoot,
      GRADUS_CONCURRENCY: "1",
      ...env,
    },
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const worker = Object.assign(child, { log: "", ended });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      worker.log += chunk;
    });
  running.push(worker);
  return worker;
}

const taking = (worker: Working) => until(() => worker.log.includes("takes submissions"), 60_000);

describe("health and metrics", () => {
  const url = "http://localhost:3000";
  let service: Service;
  const client = () => new Client(url, (request) => service.fetch(request));
  beforeAll(async () => {
    const options = { exercisesRoot, baseUrl: url, logger: silent, secret, metricsToken };
    service = await createService({ ...options, dataDir: dataDir(), concurrency: 1 });
  });
  afterAll(() => service?.close());

  test("everybody may ask whether it lives and is ready, and learns no more than that", async () => {
    const learner = await client().signUp("Lin");
    for (const who of [client(), learner]) {
      expect((await who.get("/health/live")).body).toEqual({ live: true });
      const ready = await who.get("/health/ready");
      expect([ready.status, ready.body]).toEqual([200, { ready: true }]);
    }
    for (const address of ["/health", "/health/other", "/metrics/more"])
      expect((await client().get(address)).status).toBe(404);
    expect((await client().post("/health/live", {})).status).toBe(405);
  });

  test("the metrics are for who shows the token of the settings, and for nobody else", async () => {
    const administrator = await client().signUp("Ada");
    await administrator.becomeAdministrator(service.adminLink);
    const { token } = (await administrator.post("/api/v1/tokens", {})).body;
    const asked = async (authorization?: string, who = client()) =>
      (await who.ask("GET", "/metrics", undefined, { authorization })).status;
    expect(await asked()).toBe(404);
    expect(await asked(undefined, administrator)).toBe(404);
    expect(await asked(`Bearer ${token}`)).toBe(404);
    expect(await asked(`Bearer ${metricsToken.slice(0, -1)}`)).toBe(404);
    expect(await asked(`Bearer ${metricsToken}x`)).toBe(404);
    expect(await asked(metricsToken)).toBe(404);
    expect(await asked(`Bearer ${metricsToken}`)).toBe(200);
  });

  test("they count what happened, in Prometheus's form, and name nobody", async () => {
    const lin = await client().signUp("Linnea Quark", "linnea.quark@mail.example");
    const { id } = await lin.handIn("double", rightDouble("counted"));
    await lin.graded(id);
    const { id: user } = (await lin.get("/api/v1/me")).body.user;
    const { text, headers } = await client().ask("GET", "/metrics", undefined, {
      authorization: `Bearer ${metricsToken}`,
    });
    expect(headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const line =
      /^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? (-?[\d.e+-]+|NaN|\+Inf))$/;
    expect(text.split("\n").filter((one) => one !== "" && !line.test(one))).toEqual([]);
    const value = (name: string) =>
      Number(
        text
          .split("\n")
          .find((one) => one.startsWith(`${name} `))
          ?.slice(name.length + 1),
      );
    expect(value('gradus_verdicts_total{outcome="passed"}')).toBe(1);
    expect(value("gradus_grading_seconds_count")).toBe(1);
    expect(value("gradus_submit_to_verdict_seconds_count")).toBe(1);
    expect(value("gradus_store_up")).toBe(1);
    expect(value('gradus_queue_jobs{state="waiting"}')).toBe(0);
    expect(value('gradus_workers{state="taking"}')).toBeLessThanOrEqual(1);
    expect(value("gradus_store_bytes")).toBeGreaterThan(1_000_000);
    expect(value("gradus_data_free_bytes")).toBeGreaterThan(0);
    const handedIn =
      'gradus_http_request_seconds_count{method="POST",route="/api/v1/submissions",status="202"}';
    expect(value(handedIn)).toBeGreaterThanOrEqual(1);
    expect(text).toContain('route="/api/v1/submissions/:id"');
    for (const about of ["Linnea", "Quark", "mail.example", id, user])
      expect(text).not.toContain(about);
  });

  test("a token that can be guessed is refused", async () => {
    const options = { exercisesRoot, baseUrl: url, logger: silent, secret, dataDir: tempDir() };
    await expect(createService({ ...options, metricsToken: "secret" })).rejects.toThrow(
      /GRADUS_METRICS_TOKEN has 6 characters; it needs at least 16/,
    );
  });

  test("a site whose database is away is alive, not ready, and says which", async () => {
    const own = startPostgres();
    let up = true;
    try {
      const server = await serve({ databaseUrl: own.database(), concurrency: 0, metricsToken });
      const who = new Client(server.url);
      expect((await who.get("/health/ready")).status).toBe(200);
      own.stop();
      up = false;
      const ready = await until(async () => {
        const answer = await who.get("/health/ready");
        return answer.status === 503 && answer;
      }, 30_000);
      expect(ready.body).toEqual({ ready: false, problems: ["store"] });
      expect((await who.get("/health/live")).status).toBe(200);
      const refused = await who.get("/api/v1/setup/state");
      expect(refused.status).toBe(503);
      expect(refused.body.error).toMatchObject({ code: "unavailable" });
      const authorization = `Bearer ${metricsToken}`;
      const { text } = await who.ask("GET", "/metrics", undefined, { authorization });
      expect(text).toContain("gradus_store_up 0");
      expect(text).not.toMatch(/^gradus_queue_jobs\{/m);
      own.start();
      up = true;
      await until(async () => (await who.get("/health/ready")).status === 200, 30_000);
    } finally {
      if (up) own.stop();
    }
  }, 120_000);
});

describe("the log", () => {
  /** What may be in no line. */
  const people = {
    name: "Linnéa Quarkstein",
    email: "linnea.quarkstein@post.example",
    password: "Quarkstein's long password",
    code: "quarksteinian",
  };

  test.each(["pglite", "postgres"] as const)(
    "of a whole run on %s holds nobody",
    async (kind) => {
      const databaseUrl = kind === "postgres" ? postgres.database() : undefined;
      const where = databaseUrl ? { databaseUrl } : { dataDir: dataDir() };
      process.env.GRADUS_LOG = "trace";
      const server = await serve(where).finally(() => {
        delete process.env.GRADUS_LOG;
      });
      const lin = new Client(server.url);
      const account = { name: people.name, email: people.email, password: people.password };
      expect((await lin.post("/api/auth/sign-up/email", account)).status).toBe(200);
      await lin.becomeAdministrator(server.adminLink);
      // Twice the same address, a wrong password, bodies that are none.
      await new Client(server.url).post("/api/auth/sign-up/email", account);
      const wrong = { email: people.email, password: `${people.password} no` };
      expect((await new Client(server.url).post("/api/auth/sign-in/email", wrong)).status).toBe(
        401,
      );
      await lin.post("/api/v1/submissions", `{ "${people.code}": ${people.name}`);
      await lin.post("/api/v1/submissions", { exercise: people.code, source: people.code });
      await lin.get(`/api/v1/submissions?exercise=${people.code}&course=${people.code}`);
      const made = (await lin.post("/api/v1/tokens", { name: people.code })).body;
      const program = new Client(server.url);
      program.headers = { authorization: `Bearer ${made.token}` };
      await program.get("/api/v1/me");
      program.headers = { authorization: `Bearer ${made.token}x` };
      expect((await program.get("/api/v1/me")).status).toBe(401);
      // Code that says something, that fails, that ends its process.
      for (const source of [
        `function double(x: number) { console.log("${people.code}"); return 2 * x; }`,
        `function double(x: number) { throw new Error("${people.code}"); }`,
        `const ${people.code}: string = 1;`,
        `process.exit(1); // ${people.code}`,
      ])
        await lin.graded((await lin.handIn("double", source)).id);
      if (databaseUrl) {
        // A database that fails in mid-request tells the program everything that it was asked with.
        const store = await open(databaseUrl);
        await sql`alter table submissions rename column sha256 to gone`.execute(store.db);
        const failed = await lin.post("/api/v1/submissions", {
          exercise: "double",
          source: people.code,
        });
        expect(failed.status).toBe(500);
        await sql`alter table submissions rename column gone to sha256`.execute(store.db);
        await until(() => server.log.includes("a request failed"));
      }
      await server.kill("SIGTERM");
      // It is a log: it says what happened.
      for (const event of ["handed in", '"msg":"graded"']) expect(server.log).toContain(event);
      for (const [what, text] of Object.entries({ ...people, token: made.token }))
        expect(server.log.includes(text), what).toBe(false);
      expect(server.log).not.toMatch(/quarkstein|@post|password":|gradus_[\w-]{8}/i);
      for (const line of server.log.trim().split("\n")) JSON.parse(line);
    },
    120_000,
  );

  test("errors of both databases are told without what they were asked with", async () => {
    for (const store of [
      await openStore({ dataDir: dataDir() }),
      await openStore({ databaseUrl: postgres.database() }),
    ]) {
      stores.push(store);
      const insert = sql`insert into "user" (id, name, email, "emailVerified")
        values (${people.code}, ${people.name}, ${people.email}, false)`;
      await insert.execute(store.db);
      const errors = [
        await insert.execute(store.db).catch((error) => error),
        await sql`select ${people.code}::uuid`.execute(store.db).catch((error) => error),
        await sql`select 'quarksteinian'::uuid`.execute(store.db).catch((error) => error),
      ];
      for (const error of errors) {
        expect(error).toBeInstanceOf(Error);
        // What would be there without us.
        const file = path.join(tempDir(), "log");
        const fd = fs.openSync(file, "w");
        createLog("test", "info", fd).error({ err: error }, "it failed");
        fs.closeSync(fd);
        const line = fs.readFileSync(file, "utf8");
        expect(line).not.toMatch(/quark/i);
        const { err } = JSON.parse(line);
        expect(err.code).toMatch(/^(23505|22P02)$/);
        expect(err.message).toMatch(/duplicate key value|invalid input syntax for type uuid/);
        expect(err.stack.length).toBeGreaterThan(0);
      }
    }
  });

  test("what a line could still hold is taken out", () => {
    expect(withoutPeople('{"msg":"hello ada@example.org, bye"}')).toBe(
      '{"msg":"hello [address], bye"}',
    );
    expect(withoutPeople("postgres://gradus:hunter2@db/gradus")).toBe("postgres:[secret]db/gradus");
    expect(withoutPeople("gradus_AbCdEf0123456789")).toBe("[secret]");
    expect(withoutPeople('{"route":"/api/v1/me","id":"4f3a"}')).toBe(
      '{"route":"/api/v1/me","id":"4f3a"}',
    );
    const json = plainError(new SyntaxError(`Unexpected token 'L', "Linnea" is not valid JSON`));
    expect(json.message).toBe(`Unexpected token "…", "…" is not valid JSON`);
    expect(plainError("a thrown text").message).not.toContain("a thrown text");
  });
});

describe("a worker of its own", () => {
  test("asked to stop, it finishes what runs, takes nothing more and leaves no trace", async () => {
    const databaseUrl = postgres.database();
    const server = await serve({ databaseUrl, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const otto = await new Client(server.url).signUp("Otto");
    const worker = work(databaseUrl);
    await taking(worker);
    const store = await open(databaseUrl);
    const alive = async () =>
      (await store.db.selectFrom("workers").select("state").where("kind", "=", "worker").execute())
        .length;
    await until(async () => (await alive()) === 1);
    const slow = await lin.handIn("double", endlessDouble());
    await until(
      async () => (await lin.get(`/api/v1/submissions/${slow.id}`)).body.state === "running",
    );
    const behind = await otto.handIn("double", rightDouble());
    worker.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect((await lin.get(`/api/v1/submissions/${slow.id}`)).body.state).toBe("done");
    expect((await otto.get(`/api/v1/submissions/${behind.id}`)).body.state).toBe("queued");
    expect(await alive()).toBe(0);
    expect(worker.log).toContain('"msg":"stopped"');
  }, 120_000);

  test("without time to finish it hands the job back, and another grades it", async () => {
    const databaseUrl = postgres.database();
    const server = await serve({ databaseUrl, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const first = work(databaseUrl, { GRADUS_GRACE: "0" });
    const { id } = await lin.handIn("double", endlessDouble());
    await until(
      async () => (await lin.get(`/api/v1/submissions/${id}`)).body.state === "running",
      60_000,
    );
    first.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    expect((await lin.get(`/api/v1/submissions/${id}`)).body.state).toBe("queued");
    work(databaseUrl);
    expect((await lin.graded(id, 60)).outcome).toBe("timed out");
  }, 120_000);

  test("answers a supervisor and Prometheus where it is told to", async () => {
    const databaseUrl = postgres.database();
    await serve({ databaseUrl, concurrency: 0 });
    const worker = work(databaseUrl, {
      GRADUS_HEALTH_PORT: "0",
      GRADUS_METRICS_TOKEN: metricsToken,
    });
    await taking(worker);
    const { port } = JSON.parse(
      worker.log.split("\n").find((line) => line.includes("answered here"))!,
    ).address;
    const ask = (address: string, headers = {}) =>
      fetch(`http://127.0.0.1:${port}${address}`, { headers });
    await until(async () => (await ask("/health/ready")).status === 200);
    expect((await ask("/metrics")).status).toBe(404);
    // It says what it does every ten seconds.
    await until(async () => {
      const metrics = await ask("/metrics", { authorization: `Bearer ${metricsToken}` });
      return /^gradus_workers\{state="taking"\} 1$/m.test(await metrics.text());
    }, 60_000);
    expect((await ask("/api/v1/me")).status).toBe(404);
  }, 120_000);

  test("that is newer than the database refuses, and changes nothing", async () => {
    const databaseUrl = postgres.database();
    const worker = work(databaseUrl);
    expect(await worker.ended).toBe(3);
    expect(worker.log).toContain("update and start the site first");
    const store = await open(databaseUrl);
    const { rows } = await sql`select 1 from pg_tables
      where schemaname in ('public', 'pgboss')`.execute(store.db);
    expect(rows).toEqual([]);
  }, 60_000);

  test("that is older refuses; one that is overtaken leaves; a site that is takes no more jobs", async () => {
    const databaseUrl = postgres.database();
    const server = await serve({ databaseUrl, concurrency: 1 });
    const lin = await new Client(server.url).signUp("Lin");
    const worker = work(databaseUrl);
    await taking(worker);
    const store = await open(databaseUrl);
    // As a newer Gradus leaves the database.
    await sql`insert into kysely_migration (name, timestamp) values ('9999-newer', 'now')`.execute(
      store.db,
    );
    const { id } = await lin.handIn("double", rightDouble());
    expect(await worker.ended).toBe(3);
    const late = work(databaseUrl);
    expect(await late.ended).toBe(3);
    for (const one of [worker, late])
      expect(one.log).toContain(
        `a newer Gradus has changed this database (9999-newer); this one knows it up to ${migrationNames.at(-1)}`,
      );
    const ready = await until(async () => {
      const answer = await lin.get("/health/ready");
      return answer.status === 503 && answer;
    }, 30_000);
    expect(ready.body.problems).toEqual(["version"]);
    const { body } = await lin.get(`/api/v1/submissions/${id}?wait=1`);
    expect(body.state).not.toBe("done");
    await expect(openStore({ databaseUrl })).rejects.toThrow(
      /a newer Gradus has changed this database/,
    );
    await server.kill("SIGTERM");
    // The newer one is taken back: what was waiting is graded, once, and nobody's tries were used up.
    await sql`delete from kysely_migration where name = '9999-newer'`.execute(store.db);
    const again = await serve({ databaseUrl });
    expect((await lin.at(again.url).graded(id)).points).toBe(3);
  }, 120_000);
});
