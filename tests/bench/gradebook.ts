// npm run bench:gradebook [-- --json]: how long an instructor waits for a page of a large course's
// gradebook, on both stores: 2,000 learners, 12 exercises in 6 assignments, 240,000 submissions.
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import type { Exercises } from "../../grader/service/exercises.ts";
import { gradebook } from "../../grader/service/gradebook.ts";
import { bookRequest, gradebookPage } from "../../grader/service/gradebook-page.ts";
import { courseGrades } from "../../grader/service/grades.ts";
import { openStore, type Store } from "../../grader/service/store/store.ts";
import { type Postgres, startPostgresIn } from "../service/postgres.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    runs: { type: "string", default: "5" },
    learners: { type: "string", default: "2000" },
    attempts: { type: "string", default: "10" },
    store: { type: "string" },
  },
});
const runs = Number(options.runs);
const learners = Number(options.learners);
const attempts = Number(options.attempts);
const EXERCISES = 12;
const say = (text: string): void => {
  if (!options.json) process.stderr.write(`${text}\n`);
};

/** What a class leaves behind in a term: most of it on time, some late, a little not graded yet. */
async function fill({ db }: Store): Promise<void> {
  await sql`insert into "user" (id, name, email, "emailVerified", "updatedAt")
    select 'u' || n, 'Learner ' || md5(n::text), 'learner' || n || '@example.org', false, now()
    from generate_series(1, ${learners}) as n`.execute(db);
  await sql`insert into courses (id, name, late_days) values ('big', 'Big', 3)`.execute(db);
  await sql`insert into enrollments (course, user_id, role)
    select 'big', 'u' || n, 'learner' from generate_series(1, ${learners}) as n`.execute(db);
  for (let number = 0; number < EXERCISES / 2; number++) {
    const id = randomUUID();
    await sql`insert into assignments (id, course, name, due_at, late_submission_deduction)
      values (${id}, 'big', ${`Homework ${number + 1}`}, '2026-09-01'::timestamptz + ${number} * interval '7 days', 10)`.execute(
      db,
    );
    for (const half of [0, 1])
      await sql`insert into assignment_exercises (assignment_id, course, exercise, position, points)
        values (${id}, 'big', ${`exercise-${2 * number + half}`}, ${half}, 10)`.execute(db);
  }
  // Sources and reports as long as real ones are: 600 and 1,500 characters.
  await sql`insert into submissions
      (id, course, user_id, exercise, attempt, source, sha256, seed, received_at)
    select gen_random_uuid(), 'big', 'u' || learner, 'exercise-' || exercise, attempt,
      repeat(md5(random()::text), 19), md5(random()::text), 'seed',
      '2026-09-01'::timestamptz + (exercise / 2) * interval '7 days'
        - interval '5 days' + attempt * interval '11 hours' + random() * interval '1 day'
    from generate_series(1, ${attempts}) as attempt,
      generate_series(0, ${EXERCISES - 1}) as exercise,
      generate_series(1, ${learners}) as learner`.execute(db);
  await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
    select id, 'failed', floor(random() * 11), 10,
      json_build_object('checks', json_build_array(json_build_object('name', 'a check',
        'visibility', 'hidden', 'outcome', 'failed', 'message', repeat(md5(random()::text), 47)))), false
    from submissions where random() < 0.999`.execute(db);
  // What Postgres does by itself in the night, and PGlite when it is opened.
  await sql`vacuum analyze`.execute(db);
}

interface Row {
  store: string;
  what: string;
  milliseconds: number[];
  /** Of the processor, in this process: what PGlite takes on a machine that does nothing else. */
  processor: number[];
}
const rows: Row[] = [];

async function measure(store: Store): Promise<void> {
  say(`${store.kind}: filling …`);
  await fill(store);
  const { db } = store;
  const course = {
    id: "big",
    name: "Big",
    timeZone: "Europe/Berlin",
    lateDays: 3,
    selfEnrollment: false,
  };
  const exercises = Array.from({ length: EXERCISES }, (_, n) => ({
    name: `exercise-${n}`,
    title: `Exercise ${n}`,
    points: 10,
  }));
  const all = exercises as unknown as Exercises["all"];
  const page = (asked: object) => () =>
    gradebookPage(db, course, { all } as Exercises, bookRequest.parse(asked), new Date());
  const questions: [string, () => Promise<unknown>][] = [
    ["a page by name", page({})],
    ["the last page", page({ page: "40" })],
    ["a page that a search finds", page({ search: "learner77" })],
    ["a page by total, most first", page({ sort: "score", order: "desc" })],
    ["a page of who is late", page({ show: "late" })],
    ["a page of who waits for a verdict", page({ show: "grading" })],
    ["everything, raw points", () => gradebook(db, "big", all)],
    ["everybody's grades", () => courseGrades(db, course)],
  ];
  for (const [what, ask] of questions) {
    say(`${store.kind}: ${what}, ${runs} times …`);
    const milliseconds: number[] = [];
    const processor: number[] = [];
    for (let run = 0; run < runs; run++) {
      const began = performance.now();
      const used = process.cpuUsage();
      await ask();
      milliseconds.push(performance.now() - began);
      const { user, system } = process.cpuUsage(used);
      processor.push((user + system) / 1000);
    }
    rows.push({ store: store.kind, what, milliseconds, processor });
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-bench-"));
// Postgres may run as somebody else.
fs.chmodSync(folder, 0o755);
let server: Postgres | undefined;
try {
  for (const kind of ["pglite", "postgres"] as const) {
    if (options.store !== undefined && options.store !== kind) continue;
    const dataDir = path.join(folder, kind);
    fs.mkdirSync(dataDir);
    if (kind === "postgres") server = startPostgresIn(dataDir);
    const store = await openStore(server ? { databaseUrl: server.database() } : { dataDir });
    try {
      await measure(store);
    } finally {
      await store.close();
    }
  }
} finally {
  server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
}

const middle = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
if (options.json) console.log(JSON.stringify({ learners, attempts, rows }));
else
  for (const { store, what, milliseconds, processor } of rows)
    console.log(
      `${store.padEnd(9)} ${what.padEnd(36)} median ${middle(milliseconds).toFixed(0).padStart(6)} ms, slowest ${Math.max(
        ...milliseconds,
      )
        .toFixed(0)
        .padStart(6)} ms, processor ${middle(processor).toFixed(0).padStart(6)} ms`,
    );
