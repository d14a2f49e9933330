// Backup, restore and the move to Postgres, by the command that who runs Gradus types: with a service
// that goes on meanwhile, files that are none, and kills in the middle.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openQueue } from "../../grader/service/queue.ts";
import { atOneMoment, type Tally, tallyOf } from "../../grader/service/store/content.ts";
import { initialFile } from "../../grader/service/store/initial.ts";
import { migrate, migrationNames } from "../../grader/service/store/migrations.ts";
import { connectStore, openFolder, openStore } from "../../grader/service/store/store.ts";
import { appliedMigrations } from "../../grader/service/store/version.ts";
import {
  Client,
  dataDir,
  makeDataDir,
  type Postgres,
  rightDouble,
  root,
  Served,
  startPostgres,
  tempDir,
  until,
} from "./helpers.ts";

type Where = { dataDir?: string; databaseUrl?: string };
const secret = "0123456789abcdef0123456789abcdef";
const running = new Set<{ kill(): unknown }>();
let postgres: Postgres;

beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());
afterEach(async () => {
  await Promise.all([...running].map((one) => one.kill()));
  running.clear();
});

async function serve(options: object): Promise<Served> {
  const server = await Served.start({ secret, ...options });
  running.add(server);
  return server;
}

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function admin(where: Where, ...args: string[]): ChildProcess & { ended: Promise<Ended> } {
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [path.join(root, "grader/cli/main.ts"), "admin", ...args], {
    env: {
      ...env,
      ...(where.dataDir ? { GRADUS_DATA: where.dataDir } : {}),
      ...(where.databaseUrl ? { DATABASE_URL: where.databaseUrl } : {}),
    },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) => resolve({ code, out, err })),
  );
  return Object.assign(child, { ended });
}

async function contentOf(where: Where): Promise<Tally> {
  const store = await connectStore(where);
  try {
    return await atOneMoment(store.db, tallyOf);
  } finally {
    await store.close();
  }
}

/** Many submissions, half of them graded, so that there is a middle to be killed in. */
async function fill(where: Where, number: number): Promise<void> {
  const store = await openStore(where);
  try {
    await sql`insert into "user" (id, name, email, "emailVerified")
      values ('lin', 'Lin', 'lin@example.org', false)`.execute(store.db);
    await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
      select gen_random_uuid(), 'gradus', 'lin', 'double', n,
        -- Text that does not shrink, and characters that must be written with care.
        (select string_agg(md5(random()::text || i), e'\\n"\\\\ü\t' || n) from generate_series(1, 60) i),
        'sum', 'seed' from generate_series(1, ${number}::integer) n`.execute(store.db);
    await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
      select id, 'failed', 1.0 / 3, 1, '{"a": [1,  2]}', false from submissions where number % 2 = 0`.execute(
      store.db,
    );
    // What has no verdict gets its job.
    const queue = await openQueue(store, pino({ enabled: false }));
    await queue.restore();
    await queue.close(0);
  } finally {
    await store.close();
  }
}

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  const place = (): Where =>
    kind === "pglite" ? { dataDir: dataDir() } : { databaseUrl: postgres.database() };
  const emptyPlace = (): Where =>
    kind === "pglite" ? { dataDir: tempDir() } : { databaseUrl: postgres.database() };

  test("a backup of a running Gradus holds what was acknowledged before it, and is restored to the last row", async () => {
    const where = place();
    const server = await serve({ ...where, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const before = [1, 2, 3].map(() => "");
    for (const i of before.keys()) before[i] = (await lin.handIn("double", rightDouble(i))).id;
    // Others hand in all the while.
    const others = await Promise.all(["A", "B"].map((name) => new Client(server.url).signUp(name)));
    let pouring = true;
    const poured = others.map(async (who) => {
      for (let i = 0; pouring && i < 25; i++) await who.handIn("double", rightDouble(`more ${i}`));
    });
    const file = path.join(tempDir(), "backup.gz");
    const made = await admin(where, "backup", file, "--json").ended;
    pouring = false;
    await Promise.all(poured);
    expect(made).toMatchObject({ code: 0, err: "" });
    const { tables } = JSON.parse(made.out);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    await server.kill("SIGTERM");

    const there = emptyPlace();
    const restored = await admin(there, "restore", file, "--json").ended;
    expect(restored).toMatchObject({ code: 0, err: "" });
    expect(await contentOf(there)).toEqual(tables);
    const second = await serve(there);
    // Her session, her submissions and their jobs came along; what may not change still may not.
    for (const id of before) expect((await lin.at(second.url).graded(id)).points).toBe(3);
    const another = await lin.at(second.url).handIn("double", rightDouble("after"));
    expect((await lin.at(second.url).graded(another.id)).points).toBe(3);
    await second.kill("SIGTERM");
    const store = await openStore(there);
    try {
      await expect(sql`delete from submissions`.execute(store.db)).rejects.toThrow(/written once/);
      await expect(
        sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
          values (gen_random_uuid(), 'passed', 1, 1, '{}', false)`.execute(store.db),
      ).rejects.toThrow(/foreign key/);
    } finally {
      await store.close();
    }
  }, 120_000);

  test("kill -9 in the middle of a backup leaves the file of before", async () => {
    const where = place();
    await fill(where, 3000);
    const dir = tempDir();
    const file = path.join(dir, "backup.gz");
    fs.writeFileSync(file, "the backup of yesterday");
    const refused = await admin(where, "backup", file).ended;
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("is there already");
    const child = admin(where, "backup", file, "--overwrite");
    const partial = await until(() => {
      const name = fs.readdirSync(dir).find((one) => one.endsWith(".partial"));
      return name && fs.statSync(path.join(dir, name)).size > 100_000 && name;
    }, 60_000);
    child.kill("SIGKILL");
    await child.ended;
    expect(fs.readFileSync(file, "utf8")).toBe("the backup of yesterday");
    const half = await admin(emptyPlace(), "restore", path.join(dir, partial)).ended;
    expect(half.code).toBe(2);
    expect(half.err).toContain("breaks off: only a part of the backup was written");
    // The dead process holds nothing up.
    const again = await admin(where, "backup", file, "--overwrite").ended;
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toContain("3000 submissions");
  }, 120_000);

  test("kill -9 in the middle of a restore: nothing is there, or what was there before; then it is done again", async () => {
    const where = place();
    await fill(where, 3000);
    const file = path.join(tempDir(), "backup.gz");
    expect((await admin(where, "backup", file).ended).code).toBe(0);
    const there: Where = place();
    const child = admin(there, "restore", file, "--replace");
    // While rows come in: PGlite into a folder beside, Postgres into a transaction.
    if (there.dataDir) {
      const folder = path.join(there.dataDir, "pglite.restored");
      await until(() => fs.existsSync(path.join(folder, "PG_VERSION")), 60_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
    } else {
      const store = await connectStore(there);
      await until(async () => {
        const { rows } = await sql`select 1 from pg_stat_activity
          where datname = current_database() and query like 'insert into "public"."submissions"%'`.execute(
          store.db,
        );
        return rows.length > 0;
      }, 60_000);
      await store.close();
    }
    child.kill("SIGKILL");
    expect((await child.ended).code).toBeNull();
    const store = await openStore(there);
    const left = await sql`select 1 from submissions`.execute(store.db);
    await store.close();
    expect(left.rows).toEqual([]);
    const done = await admin(there, "restore", file, "--replace").ended;
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(await contentOf(there)).toEqual(await contentOf(where));
  }, 120_000);

  test("what is in use is not overwritten", async () => {
    const where = place();
    await fill(where, 3);
    const file = path.join(tempDir(), "backup.gz");
    expect((await admin(where, "backup", file).ended).code).toBe(0);
    const before = await contentOf(where);
    const refused = await admin(where, "restore", file).ended;
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(
      kind === "pglite" ? "there is a database in" : "is not overwritten. Make a new one",
    );
    const server = await serve(where);
    const inUse = await admin(where, "restore", file, "--replace").ended;
    expect(inUse.code).toBe(2);
    expect(inUse.err).toMatch(
      kind === "pglite" ? /in use by process \d+.*\n.*stop Gradus first/ : /is not overwritten/,
    );
    await server.kill("SIGTERM");
    const after = await contentOf(where);
    expect(after["public.submissions"]).toEqual(before["public.submissions"]);
  }, 60_000);
});

test("a backup of an earlier version is restored and brought up to date", async () => {
  const where = { dataDir: tempDir() };
  const old = await connectStore(where);
  await migrate(old.db, "0004-courses-and-rules");
  const queue = await openQueue(old, pino({ enabled: false }));
  await sql`insert into "user" (id, name, email, "emailVerified")
    values ('lin', 'Lin', 'lin@example.org', false)`.execute(old.db);
  await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
    values (gen_random_uuid(), 'gradus', 'lin', 'double', 1, ${rightDouble()}, 'sum', 'seed')`.execute(
    old.db,
  );
  await queue.close(0);
  await old.close();
  const file = path.join(tempDir(), "backup.gz");
  expect((await admin(where, "backup", file).ended).code).toBe(0);
  const there = { databaseUrl: postgres.database() };
  const restored = await admin(there, "restore", file, "--json").ended;
  expect(restored).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(restored.out).migration).toBe("0004-courses-and-rules");
  const store = await connectStore(there);
  expect(await appliedMigrations(store.db)).toEqual(migrationNames);
  const { rows } = await sql`select user_id, source from submissions`.execute(store.db);
  expect(rows).toEqual([{ user_id: "lin", source: rightDouble() }]);
  await store.close();
}, 60_000);

describe("a file that cannot be restored is refused before anything changes", () => {
  let good: Buffer;
  let lines: string[];
  beforeAll(async () => {
    const where = { dataDir: dataDir() };
    await fill(where, 20);
    const file = path.join(tempDir(), "backup.gz");
    expect((await admin(where, "backup", file).ended).code).toBe(0);
    good = fs.readFileSync(file);
    lines = gunzipSync(good).toString().trimEnd().split("\n");
  });

  const header = () => JSON.parse(lines[0]);
  const zipped = (...changed: string[]) => gzipSync(`${changed.join("\n")}\n`);
  const bad: [string, () => Buffer, RegExp][] = [
    ["a picture", () => Buffer.from("89504e470d0a1a0a", "hex"), /not a backup of Gradus/],
    ["nothing at all", () => Buffer.alloc(0), /not a backup of Gradus/],
    ["another's gzip", () => gzipSync("some log\nof some server\n"), /not a backup of Gradus/],
    ["its first half", () => good.subarray(0, good.length / 2), /breaks off/],
    ["all but its last line", () => zipped(...lines.slice(0, -1)), /breaks off/],
    ["a bit that fell over", () => flip(good), /damaged|breaks off/],
    [
      "a row too few",
      () => zipped(...lines.filter((_, i) => i !== lines.findIndex(isSubmission))),
      /damaged: public.submissions: 20 rows there, 19 here/,
    ],
    [
      "a row that was changed",
      () =>
        zipped(
          ...lines.map((line) => (isSubmission(line) ? line.replace("gradus", "other") : line)),
        ),
      /damaged: public.submissions: 20 rows in both, but not the same/,
    ],
    ["lines after its end", () => zipped(...lines, lines[1]), /goes on after its end/],
    [
      "a later format",
      () => zipped(JSON.stringify({ ...header(), format: 2 }), ...lines.slice(1)),
      /written by a newer Gradus \(format 2/,
    ],
    [
      "later tables",
      () =>
        zipped(
          JSON.stringify({ ...header(), migrations: [...migrationNames, "9999-later"] }),
          ...lines.slice(1),
        ),
      /written by a newer Gradus \(its tables: 9999-later/,
    ],
    [
      "a later queue",
      () => zipped(JSON.stringify({ ...header(), queue: 9999 }), ...lines.slice(1)),
      /newer Gradus \(its queue is of version 9999/,
    ],
    [
      "a table of somebody else's",
      () =>
        zipped(
          ...lines.slice(0, 1),
          JSON.stringify({ table: "public.pg_shadow; drop table", columns: ["a"] }),
          ...lines.slice(1, -1),
          JSON.stringify({
            complete: {
              ...JSON.parse(lines.at(-1)!).complete,
              "public.pg_shadow; drop table": { rows: 0, sum: "0".repeat(64) },
            },
          }),
        ),
      /there is no table/,
    ],
  ];
  const isSubmission = (line: string) => line.startsWith("[") && line.includes('"double"');
  const flip = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[copy.length >> 1] ^= 0x10;
    return copy;
  };

  test.each(bad)(
    "%s",
    async (_, make, message) => {
      const where = { dataDir: dataDir() };
      const file = path.join(tempDir(), "backup.gz");
      fs.writeFileSync(file, make());
      const { code, err, out } = await admin(where, "restore", file, "--replace").ended;
      expect(err).toMatch(message);
      expect(code).toBeGreaterThan(0);
      expect(out).toBe("");
      expect(fs.readdirSync(where.dataDir).filter((name) => name.startsWith("pglite"))).toEqual([
        "pglite",
      ]);
    },
    60_000,
  );

  test("--check says so of a good one, and changes nothing", async () => {
    const file = path.join(tempDir(), "backup.gz");
    fs.writeFileSync(file, good);
    const nowhere = path.join(tempDir(), "none");
    const { code, out } = await admin({ dataDir: nowhere }, "restore", file, "--check").ended;
    expect(code).toBe(0);
    expect(out).toContain("is whole:");
    expect(out).toContain("20 submissions");
    expect(fs.existsSync(nowhere)).toBe(false);
  });
});

describe("a database that takes another's place", () => {
  /** A data folder as a death has left it; a file in each database says which one it is. */
  function left(...databases: string[]): string {
    const dir = tempDir();
    for (const name of databases) {
      fs.mkdirSync(path.join(dir, name));
      fs.writeFileSync(path.join(dir, name, "which"), name);
    }
    fs.writeFileSync(path.join(dir, "restore.json"), JSON.stringify({ keep: "pglite.before-1" }));
    return dir;
  }
  const which = (dir: string, name: string) =>
    fs.readFileSync(path.join(dir, name, "which"), "utf8");

  test.each([
    ["before anything was moved", ["pglite", "pglite.restored"]],
    ["between the two moves", ["pglite.before-1", "pglite.restored"]],
  ])("death %s: the next start finishes it", async (_, folders) => {
    const { finishReplacing } = await import("../../grader/service/store/replace.ts");
    const dir = left(...folders);
    finishReplacing(dir);
    expect(which(dir, "pglite")).toBe("pglite.restored");
    expect(which(dir, "pglite.before-1")).toBe(folders[0]);
    expect(fs.readdirSync(dir).sort()).toEqual(["pglite", "pglite.before-1"]);
    finishReplacing(dir);
    expect(which(dir, "pglite")).toBe("pglite.restored");
  });

  test("death after both moves: nothing is moved twice", async () => {
    const { finishReplacing } = await import("../../grader/service/store/replace.ts");
    const dir = left("pglite", "pglite.before-1");
    finishReplacing(dir);
    expect(fs.readdirSync(dir).sort()).toEqual(["pglite", "pglite.before-1"]);
    expect(which(dir, "pglite")).toBe("pglite");
  });
});

describe("from a folder to Postgres", () => {
  test("everything moves, with sessions and jobs; the folder is kept and refused", async () => {
    const where = { dataDir: dataDir() };
    const server = await serve({ ...where, concurrency: 0 });
    const lin = await new Client(server.url).signUp("Lin");
    const waiting = await lin.handIn("double", rightDouble("still queued"));
    const databaseUrl = postgres.database();
    const inUse = await admin({ ...where, databaseUrl }, "to-postgres").ended;
    expect(inUse).toMatchObject({ code: 2 });
    expect(inUse.err).toContain("stop Gradus first");
    await server.kill("SIGTERM");
    const before = await contentOf(where);
    expect(before["pgboss.job"].rows).toBe(1);

    const moved = await admin({ ...where, databaseUrl }, "to-postgres").ended;
    expect(moved).toMatchObject({ code: 0, err: "" });
    expect(moved.out).toMatch(/1 {2}public\.submissions/);
    expect(await contentOf({ databaseUrl })).toEqual(before);
    await expect(Served.start({ ...where, secret })).rejects.toThrow(
      /was moved to a Postgres server/,
    );
    const after = await serve({ databaseUrl });
    expect((await lin.at(after.url).graded(waiting.id)).points).toBe(3);
    // A second time, or to a database that others use, it is refused.
    fs.rmSync(path.join(where.dataDir, "moved-to-postgres.json"));
    const again = await admin({ ...where, databaseUrl }, "to-postgres").ended;
    expect(again.code).toBe(2);
    expect(again.err).toContain("is not overwritten");
  }, 90_000);

  test("kill -9 in the middle: Postgres has nothing, the folder everything; the next run moves it", async () => {
    const where = { dataDir: dataDir() };
    await fill(where, 3000);
    const databaseUrl = postgres.database();
    const child = admin({ ...where, databaseUrl }, "to-postgres");
    const store = await connectStore({ databaseUrl });
    try {
      await until(async () => {
        const { rows } = await sql`select 1 from pg_stat_activity
          where datname = current_database() and query like 'insert into "public"."submissions"%'`.execute(
          store.db,
        );
        return rows.length > 0;
      }, 60_000);
      child.kill("SIGKILL");
      expect((await child.ended).code).toBeNull();
      // As soon as Postgres has seen that nobody is there.
      const { rows } = await sql`select count(*)::int as count from submissions`.execute(store.db);
      expect(rows).toEqual([{ count: 0 }]);
    } finally {
      await store.close();
    }
    const before = await contentOf(where);
    const again = await admin({ ...where, databaseUrl }, "to-postgres").ended;
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(await contentOf({ databaseUrl })).toEqual(before);
    // Had it died after the last row, before it could say so: it sees that all is there.
    fs.rmSync(path.join(where.dataDir, "moved-to-postgres.json"));
    const third = await admin({ ...where, databaseUrl }, "to-postgres").ended;
    expect(third.code).toBe(0);
    expect(third.out).toContain("An earlier run had moved everything already");
  }, 90_000);
});

describe("a first start", () => {
  test("unpacks the folder that came with this PGlite", async () => {
    // After an update of PGlite: npm run initial -w grader
    expect(fs.existsSync(initialFile)).toBe(true);
    const dir = path.join(tempDir(), "pglite");
    const store = await openFolder(dir);
    // Two databases made apart from each other never have the same number.
    const { rows } = await sql<{ id: string }>`
      select system_identifier::text as id from pg_control_system()`.execute(store.db);
    const other = await openFolder(path.join(tempDir(), "pglite"));
    const { rows: others } = await sql<{ id: string }>`
      select system_identifier::text as id from pg_control_system()`.execute(other.db);
    expect(rows).toEqual(others);
    await other.close();
    await store.close();
  });

  test("that broke off is begun again", async () => {
    const dir = path.join(tempDir(), "pglite");
    fs.mkdirSync(dir);
    fs.writeFileSync(path.join(dir, "PG_VERSION"), "18\n");
    fs.writeFileSync(`${dir}.making`, "");
    const store = await openFolder(dir);
    expect((await sql<{ one: number }>`select 1 as one`.execute(store.db)).rows[0].one).toBe(1);
    await store.close();
    expect(fs.existsSync(`${dir}.making`)).toBe(false);
  });
});
