/**
 * How long statistics take for a large course: `node tests/bench/statistics.ts [submissions]` (240,000),
 * of 10,000 learners in 24 exercises, on PGlite and on a Postgres of its own.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { sql } from "kysely";
import type { Exercises } from "../../grader/service/exercises.ts";
import { exerciseStatistics, statistics } from "../../grader/service/statistics.ts";
import { openStore, type Store } from "../../grader/service/store/store.ts";
import { startPostgresIn } from "../service/postgres.ts";

const total = Number(process.argv[2] ?? 240_000);
const names = Array.from(
  { length: 24 },
  (_, index) => `exercise-${String(index + 1).padStart(2, "0")}`,
);
const find = (name: string) => ({ name, title: name, points: 8 });
const exercises = { all: names.map(find), get: find, version: () => "" } as unknown as Exercises;
const course = { id: "big", name: "Big", timeZone: "UTC", lateDays: 0, selfEnrollment: false };

async function fill({ db }: Store): Promise<void> {
  const learners = Math.min(10_000, total);
  await sql`insert into courses (id, name) values ('big', 'Big')`.execute(db);
  await sql`insert into "user" ("id", "name", "email", "emailVerified")
    select 'u' || n, 'U' || n, 'u' || n || '@example.org', false from generate_series(1, ${sql.lit(learners)}) as n`.execute(
    db,
  );
  await sql`insert into enrollments (course, user_id, role)
    select 'big', 'u' || n, 'learner' from generate_series(1, ${sql.lit(learners)}) as n`.execute(
    db,
  );
  // One to a few attempts at each of 24 exercises, of which about half pass; failing ones stop at one of 8 checks.
  for (let from = 0; from < total; from += 20_000) {
    const until = Math.min(total, from + 20_000);
    await sql`with made as (
        insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed, received_at)
        select gen_random_uuid(), 'big', 'u' || (n % ${sql.lit(learners)} + 1),
          'exercise-' || lpad(((n / ${sql.lit(learners)} + n % 5) % 24 + 1)::text, 2, '0'), 1,
          repeat('const x = 1; ', 40), n::text, 'seed', timestamptz '2026-01-01' + n * interval '7 seconds'
        from generate_series(${sql.lit(from)}::int, ${sql.lit(until - 1)}::int) as n returning id, number)
      insert into verdicts (submission_id, outcome, points, max, report, fault)
      select id, case when number % 2 = 0 then 'passed' else 'failed' end,
        case when number % 2 = 0 then 8 else number % 8 end, 8,
        json_build_object('checks', (select json_agg(json_build_object(
          'name', 'check ' || c, 'visibility', case when c < 6 then 'public' else 'hidden' end,
          'outcome', case when number % 2 = 1 and c > number % 8 then 'failed' else 'passed' end,
          'points', 1, 'max', 1, 'milliseconds', 3, 'input', 'f(' || c || ')', 'expected', '12',
          'got', (number % 7)::text, 'message', 'f gave ' || number % 7 || ', which is not what was asked for'))
          from generate_series(1, 8) as c)), false
      from made`.execute(db);
  }
  await sql`analyze`.execute(db);
}

async function measure(kind: string, store: Store): Promise<void> {
  const began = performance.now();
  await fill(store);
  console.log(
    `${kind}: ${total} submissions written in ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  for (const [what, ask] of [
    ["all exercises", () => statistics(store.db, exercises, course)],
    ["one exercise", () => exerciseStatistics(store.db, exercises, course, names[0])],
  ] as const) {
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const start = performance.now();
      await ask();
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    console.log(
      `${kind}: ${what}: median ${Math.round(times[2])} ms, slowest ${Math.round(times[4])} ms`,
    );
  }
}

const dir = mkdtempSync(join(tmpdir(), "gradus-statistics-"));
// Postgres may run as another user, who must get to it.
chmodSync(dir, 0o755);
const postgres = startPostgresIn(mkdtempSync(join(dir, "postgres-")));
try {
  for (const [kind, where] of [
    ["Postgres", { databaseUrl: postgres.database() }],
    ["PGlite", { dataDir: join(dir, "data") }],
  ] as const) {
    const store = await openStore(where);
    await measure(kind, store);
    await store.close();
  }
} finally {
  postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
