// Where everything is kept: the lock on the folder, the migrations, and rows that stay as they are.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FolderInUse, lockFolder } from "../../grader/service/store/lock.ts";
import { migrate, migrationNames } from "../../grader/service/store/migrations.ts";
import { connectStore, openStore, type Store } from "../../grader/service/store/store.ts";
import { dataDir, makeDataDir, type Postgres, startPostgres, tempDir } from "./helpers.ts";

let postgres: Postgres;
beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());

const opened: Store[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

describe("the lock on the data folder", () => {
  test("one process cannot take it twice", () => {
    const dir = tempDir();
    const unlock = lockFolder(dir);
    expect(() => lockFolder(dir)).toThrow(FolderInUse);
    unlock();
    unlock();
    lockFolder(dir)();
  });

  test("another process is named, and kill -9 lets go", async () => {
    const dir = tempDir();
    const script = `
      const { lockFolder } = await import(${JSON.stringify(new URL("../../grader/service/store/lock.ts", import.meta.url).href)});
      lockFolder(${JSON.stringify(dir)});
      console.log("held");
      setInterval(() => {}, 1000);
    `;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    let message = "";
    try {
      lockFolder(dir);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(dir);
    expect(message).toContain(`process ${holder.pid}`);
    expect(message).toContain("DATABASE_URL");
    const gone = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await gone;
    lockFolder(dir)();
  });

  test("it is given back when the store cannot be opened", async () => {
    const dir = tempDir();
    fs.writeFileSync(path.join(dir, "pglite"), "a file where the folder should be");
    await expect(openStore({ dataDir: dir })).rejects.toThrow();
    lockFolder(dir)();
  });
});

test("a Postgres server that is not there is an error, not a wait", async () => {
  const began = Date.now();
  await expect(openStore({ databaseUrl: "postgres://gradus@127.0.0.1:1/none" })).rejects.toThrow(
    /cannot be used \(.*ECONNREFUSED.*\)\. Is it running/,
  );
  expect(Date.now() - began).toBeLessThan(15_000);
});

test("an address of something else is told as that", async () => {
  for (const databaseUrl of ["nonsense", "mysql://gradus@127.0.0.1/gradus"])
    await expect(openStore({ databaseUrl })).rejects.toThrow(/begins with postgres:\/\//);
});

test("a damaged database is named with its folder, and the folder is let go", async () => {
  const dir = tempDir();
  fs.cpSync(dataDir(), dir, { recursive: true });
  fs.writeFileSync(path.join(dir, "pglite/global/pg_control"), "not this");
  await expect(openStore({ dataDir: dir })).rejects.toThrow(`in ${dir}/pglite cannot be opened`);
  lockFolder(dir)();
});

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  const place = () =>
    kind === "pglite" ? { dataDir: dataDir() } : { databaseUrl: postgres.database() };
  const open = async (where = place()) => {
    const store = await openStore(where);
    opened.push(store);
    return store;
  };

  test("every migration applies on the one before, and none twice", async () => {
    const store = await open();
    const { rows } = await sql<{
      name: string;
    }>`select name from kysely_migration order by name`.execute(store.db);
    expect(rows.map((row) => row.name)).toEqual(migrationNames);
    expect(await migrate(store.db)).toEqual([]);
    for (const table of [
      "user",
      "session",
      "courses",
      "sections",
      "administrators",
      "enrollments",
      "invitations",
      "group_sets",
      "groups",
      "group_members",
      "assignments",
      "assignment_exercises",
      "extensions",
      "shared_submissions",
      "section_releases",
      "comments",
      "rubric_criteria",
      "rubric_marks",
      "gradings",
      "overrides",
      "audit_log",
      "workers",
      "tokens",
      "setup_links",
      "submissions",
      "verdicts",
    ])
      await sql`select * from ${sql.table(table)}`.execute(store.db);
  });

  test("a database from before courses and rules is brought up to date, with everything in it", async () => {
    const where = place();
    if (where.dataDir) fs.rmSync(path.join(where.dataDir, "pglite"), { recursive: true });
    const { db: old, close } = await openOld(where, "0003-submissions-and-verdicts");
    for (const [id, role] of [
      ["ada", "administrator"],
      ["ines", "instructor"],
      ["lin", "learner"],
    ]) {
      await addUser({ db: old }, id);
      await sql`insert into memberships (course, user_id, role, joined_at)
        values ('gradus', ${id}, ${role}, '2026-01-02T03:04:05.678Z')`.execute(old);
    }
    await sql`insert into memberships (course, user_id, role) values ('other', 'lin', 'instructor')`.execute(
      old,
    );
    await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
      values ('00000000-0000-4000-8000-000000000001', 'gradus', 'lin', 'double', 1, 'code', 'sum', 'seed')`.execute(
      old,
    );
    await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
      values ('00000000-0000-4000-8000-000000000001', 'passed', 3, 3, '{"a":1}', false)`.execute(
      old,
    );
    const before = {
      submissions: await sql`select * from submissions`.execute(old),
      verdicts: await sql`select * from verdicts`.execute(old),
    };
    await close();

    const { db } = await open(where);
    // Later migrations may add columns; what was there stays as it was.
    for (const [table, rows] of Object.entries(before))
      expect((await sql`select * from ${sql.table(table)}`.execute(db)).rows).toMatchObject(
        rows.rows,
      );
    const courses = db.selectFrom("courses").select(["id", "name", "self_enrollment", "late_days"]);
    expect(await courses.orderBy("id").execute()).toEqual([
      { id: "gradus", name: "Gradus", self_enrollment: true, late_days: 0 },
      { id: "other", name: "other", self_enrollment: true, late_days: 0 },
    ]);
    const joined_at = new Date("2026-01-02T03:04:05.678Z");
    const people = db.selectFrom("enrollments").select(["course", "user_id", "role", "joined_at"]);
    expect(await people.orderBy("course").orderBy("user_id").execute()).toEqual([
      { course: "gradus", user_id: "ada", role: "instructor", joined_at },
      { course: "gradus", user_id: "ines", role: "instructor", joined_at },
      { course: "gradus", user_id: "lin", role: "learner", joined_at },
      { course: "other", user_id: "lin", role: "instructor", joined_at: expect.any(Date) },
    ]);
    expect(await db.selectFrom("administrators").select("user_id").execute()).toEqual([
      { user_id: "ada" },
    ]);
  });

  test("an assignment from before grading by hand stays as it was: seen at once, and by checks alone", async () => {
    const where = place();
    if (where.dataDir) fs.rmSync(path.join(where.dataDir, "pglite"), { recursive: true });
    const { db: old, close } = await openOld(where, "0004-courses-and-rules");
    const id = "00000000-0000-4000-8000-000000000001";
    await sql`insert into assignments (id, course, name) values (${id}, 'gradus', 'Homework')`.execute(
      old,
    );
    await sql`insert into assignment_exercises (assignment_id, course, exercise, position, points)
      values (${id}, 'gradus', 'double', 0, 10)`.execute(old);
    await close();
    const { db } = await open(where);
    expect(await db.selectFrom("assignments").select(["name", "released"]).execute()).toEqual([
      { name: "Homework", released: true },
    ]);
    const parts = db.selectFrom("assignment_exercises").select(["points", "hand_points"]);
    expect(await parts.execute()).toEqual([{ points: 10, hand_points: 0 }]);
    await expect(sql`update assignment_exercises set hand_points = 11`.execute(db)).rejects.toThrow(
      /hand_points_fit/,
    );
  });

  test("several processes may bring it up to date at once", async () => {
    if (kind === "pglite") return; // one process only, which the lock sees to
    const where = place();
    await Promise.all([open(where), open(where), open(where)]);
  });

  test("what was handed in and what was decided cannot be changed or deleted", async () => {
    const store = await open();
    await addUser(store, "u");
    await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
      values ('00000000-0000-4000-8000-000000000001', 'gradus', 'u', 'double', 1, 'code', 'sum', 'seed')`.execute(
      store.db,
    );
    await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
      values ('00000000-0000-4000-8000-000000000001', 'passed', 3, 3, '{}', false)`.execute(
      store.db,
    );
    await sql`insert into audit_log (action, subject) values ('course.create', 'x')`.execute(
      store.db,
    );
    for (const statement of [
      sql`update submissions set source = 'other'`,
      sql`delete from submissions`,
      sql`update verdicts set points = 0`,
      sql`delete from verdicts`,
      sql`truncate verdicts`,
      sql`truncate submissions cascade`,
      sql`update audit_log set subject = 'other'`,
      sql`delete from audit_log`,
      sql`truncate audit_log`,
    ])
      await expect(statement.execute(store.db)).rejects.toThrow(/written once/);
    await expect(
      sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
        values ('00000000-0000-4000-8000-000000000001', 'failed', 0, 3, '{}', false)`.execute(
        store.db,
      ),
    ).rejects.toThrow(/duplicate key/);
    await expect(sql`delete from "user"`.execute(store.db)).rejects.toThrow();
  });

  test("no points above the most there are", async () => {
    const store = await open();
    await addUser(store, "u");
    await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
      values ('00000000-0000-4000-8000-000000000001', 'gradus', 'u', 'double', 1, 'code', 'sum', 'seed')`.execute(
      store.db,
    );
    await expect(
      sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
        values ('00000000-0000-4000-8000-000000000001', 'passed', 4, 3, '{}', false)`.execute(
        store.db,
      ),
    ).rejects.toThrow(/check constraint/);
  });
});

/** A database as an earlier Gradus left it: the migrations up to `until`, which never change. */
async function openOld(where: { dataDir?: string; databaseUrl?: string }, until: string) {
  const { db, close } = await connectStore(where);
  await migrate(db, until);
  return { db, close };
}

async function addUser(store: Pick<Store, "db">, id: string) {
  await sql`insert into "user" ("id", "name", "email", "emailVerified") values (${id}, ${id}, ${`${id}@example.org`}, false)`.execute(
    store.db,
  );
}
