/**
 * npm run bench:grader [-- --quick] [-- --only latency,kills,…] [-- --minutes N] [-- --json]
 *
 * The grader as it is run: the service and workers as processes of their own, Postgres 15 with fsync,
 * the sandbox with all its layers, an exercise of the course. Prints each number beside its bar; ends
 * with 1 when one is missed.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { pino } from "pino";
import { openQueue } from "../../grader/service/queue.ts";
import { standing } from "../../grader/service/roles.ts";
import { openStore, type Store } from "../../grader/service/store/store.ts";
import { accept } from "../../grader/service/submissions.ts";
import { type Postgres, startPostgresIn } from "../service/postgres.ts";
import {
  answers,
  atEnd,
  beQuiet,
  cleanUp,
  exercise,
  Person,
  quantile,
  row,
  rows,
  Service,
  say,
  sleep,
  tempDir,
  until,
  Worker,
} from "./grader-parts.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    only: { type: "string" },
    minutes: { type: "string" },
  },
});
const quick = options.quick ?? false;
/** Without --minutes, a whole run ends within so many, whatever the machine. */
const ALL_MINUTES = 11.3;
const minutes = options.minutes === undefined ? undefined : Number(options.minutes);
if (minutes !== undefined && !(minutes > 0)) {
  console.error("--minutes is a number above 0");
  process.exit(2);
}
if (options.json) beQuiet();

const cores = os.availableParallelism();
const silent = pino({ enabled: false });
let postgres: Postgres;
const database = () => postgres.database();

const parts: Record<string, () => Promise<void>> = {
  latency,
  throughput,
  pglite,
  "full-disk": fullDisk,
  "postgres-away": postgresAway,
  "old-worker": oldWorker,
  kills,
};
const wanted = options.only?.split(",") ?? Object.keys(parts);
const unknown = wanted.filter((name) => !parts[name]);
if (unknown.length > 0) {
  console.error(`--only takes ${Object.keys(parts).join(", ")}, not ${unknown.join(", ")}`);
  process.exit(2);
}

const began = performance.now();
try {
  const dir = tempDir();
  postgres = startPostgresIn(dir, { fsync: true });
  atEnd(() => postgres.stop());
  for (const name of wanted) {
    const since = performance.now();
    await parts[name]();
    say(`  (${((performance.now() - since) / 1000).toFixed(0)} s)`);
  }
} finally {
  await cleanUp();
}
const seconds = Math.round((performance.now() - began) / 1000);
if (options.json)
  console.log(JSON.stringify({ node: process.version, cores, quick, seconds, rows }, null, 2));
else {
  console.log(
    `\n${cores} cores, Node ${process.version}, ${seconds} s${quick ? ", --quick" : ""}\n`,
  );
  console.log("| what | measured | bar | |\n|---|---|---|---|");
  for (const { what, got, bar, holds } of rows)
    console.log(`| ${what} | ${got} | ${bar} | ${holds ? "holds" : "**MISSED**"} |`);
}
process.exit(rows.every(({ holds }) => holds) ? 0 : 1);

/** One learner after the other, nobody else there: from handing in to the verdict, worker warm. */
async function latency(): Promise<void> {
  const runs = quick ? 20 : 100;
  say(`latency: ${runs} times from handing in to the verdict …`);
  const service = await Service.start({ databaseUrl: database() });
  const learners: Person[] = [];
  const milliseconds: number[] = [];
  for (let run = -3; run < runs; run++) {
    // Nobody may hand in more than thirty a minute.
    if ((run + 3) % 25 === 0) learners.unshift(await Person.signUp(service));
    const [who] = learners;
    const since = performance.now();
    const outcome = await who.outcome(await who.handIn(answers.right(run)));
    if (outcome !== "passed") throw new Error(`the reference got: ${outcome}`);
    if (run >= 0) milliseconds.push(performance.now() - since);
  }
  await service.kill("SIGTERM");
  const [p50, p95] = [quantile(milliseconds, 0.5), quantile(milliseconds, 0.95)].map(Math.round);
  row("handing in to verdict, p50", `${p50} ms`, "≤ 500 ms", p50 <= 500);
  row("handing in to verdict, p95", `${p95} ms`, "≤ 1000 ms", p95 <= 1000);
}

/** One worker with a slot a core, and enough waiting. */
async function throughput(): Promise<void> {
  const number = quick ? 60 : 400;
  say(`throughput: one worker, ${number} waiting …`);
  const databaseUrl = database();
  await withStore(databaseUrl, async (store, handIn) => {
    const learners = await addLearners(store, number / 4);
    for (const [i, learner] of learners.entries())
      for (let k = 0; k < 4; k++) await handIn(learner, answers.right(`${i} ${k}`));
    const worker = new Worker(databaseUrl, cores);
    await until(async () => (await count(store)).verdicts === number, 300_000);
    const { rows: found } = await sql<{ seconds: number }>`
      select extract(epoch from max(graded_at) - min(graded_at))::float8 as seconds
      from verdicts`.execute(store.db);
    const rate = (number - 1) / found[0].seconds;
    row("verdicts a second, one worker", rate.toFixed(1), "≥ 15 on 2 cores", rate >= 15);
    await worker.kill("SIGTERM");
  });
}

/** Ten thousand waiting, three workers, of which one is killed every few seconds. */
async function kills(): Promise<void> {
  const total = quick ? 400 : 10_000;
  const many = quick ? 60 : 1000;
  const single = quick ? 15 : 100;
  const each = 10;
  say(`kills: ${total} queued, three workers, one killed every four seconds …`);
  const databaseUrl = database();
  await withStore(databaseUrl, async (store, handIn) => {
    const wanted = new Map<string, keyof typeof answers>();
    const kinds = ["right", "wrong", "broken"] as const;
    const put = async (learner: string, n: number) => {
      const kind = kinds[n % 3];
      wanted.set(await handIn(learner, answers[kind](n)), kind);
    };
    const [greedy, ...others] = await addLearners(
      store,
      1 + single + Math.ceil((total - many - single) / each),
    );
    for (let n = 0; n < many; n++) await put(greedy, n);
    const singles = others.splice(0, single);
    for (const [n, learner] of singles.entries()) await put(learner, n);
    // The rest, from several at once as a class does.
    let left = total - many - single;
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let learner = others.pop(); learner; learner = others.pop())
          for (let n = 0; n < each && left > 0; n++) {
            left -= 1;
            await put(learner, n);
          }
      }),
    );
    say(`  ${wanted.size} are queued`);

    const all: Worker[] = [];
    const start = () => {
      const worker = new Worker(databaseUrl, 1);
      all.push(worker);
      return worker;
    };
    const working = [start(), start(), start()];
    await until(() => working.every((worker) => worker.takes));
    // What is not worked off by then must still be queued.
    const own =
      minutes ?? (quick ? 1 : Math.max(1, ALL_MINUTES - (performance.now() - began) / 60_000));
    const deadline = performance.now() + own * 60_000;
    let killed = 0;
    let graded = 0;
    for (let turn = 0; graded < total && performance.now() < deadline; turn++) {
      await sleep(4000);
      graded = (await count(store)).verdicts;
      const which = turn % working.length;
      // One that is still starting is given time: the bench is of work that dies, not of starts.
      if (!working[which].takes) continue;
      await working[which].kill("SIGKILL");
      killed += 1;
      working[which] = start();
      if (turn % 10 === 0) say(`  ${graded} graded, ${killed} killed`);
    }
    await Promise.all(working.map((worker) => worker.kill("SIGTERM")));

    const { verdicts, submissions, queued } = await count(store);
    const lost = total - submissions + (submissions - verdicts - queued);
    row(
      `${total} queued, ${killed} kills: lost`,
      `${lost} (${verdicts} graded, ${queued} still queued)`,
      "0",
      lost === 0 && wanted.size === total && killed > 0 && verdicts > 0,
    );

    // Every verdict must be the one that its source deserves, whoever formed it how often.
    const found = await sql<{ id: string; outcome: string; points: number; max: number }>`
      select submission_id as id, outcome, points, max from verdicts`.execute(store.db);
    const unjust = found.rows.filter(({ id, outcome, points, max }) => {
      const kind = wanted.get(id);
      if (kind === "right") return outcome !== "passed" || points !== max;
      if (kind === "wrong") return outcome !== "failed" || points >= max;
      return kind !== "broken" || outcome === "passed" || points !== 0;
    });
    row("verdicts that are not what the source deserves", unjust.length, "0", unjust.length === 0);
    const formed = new Map<string, Set<string>>();
    let again = 0;
    for (const worker of all)
      for (const [id, verdict] of worker.verdicts()) {
        const known = formed.get(id);
        if (known) again += 1;
        formed.set(id, (known ?? new Set()).add(verdict));
      }
    const twice = [...formed.values()].filter((verdicts) => verdicts.size > 1).length;
    row(
      "graded to two different verdicts",
      `${twice} (${again} were graded again after a kill, to the same)`,
      "0",
      twice === 0,
    );

    const order = await sql<{ out: number }>`
      select count(*)::int as out from (
        select s.number, lag(s.number) over (partition by s.user_id order by v.graded_at) as before
        from submissions s join verdicts v on v.submission_id = s.id
      ) as pairs where before > number`.execute(store.db);
    row(
      "graded before an earlier one of the same learner",
      order.rows[0].out,
      "0",
      order.rows[0].out === 0,
    );
    // Whoever comes after the one with the many waits for a few of theirs, not for all.
    const fair = await sql<{ done: number; ahead: number }>`
      with last as (
        select max(v.graded_at) as at, count(*)::int as done from submissions s
        join verdicts v on v.submission_id = s.id where s.user_id = any(${singles}::text[]))
      select last.done, (select count(*)::int from submissions s
        join verdicts v on v.submission_id = s.id
        where s.user_id = ${greedy} and v.graded_at <= last.at) as ahead from last`.execute(
      store.db,
    );
    const { done, ahead } = fair.rows[0];
    row(
      `one has ${many} waiting; of theirs were graded before ${single} others who came after had their one`,
      `${ahead} (${done} of ${single} had it)`,
      `≤ ${single} of ${many}`,
      done === single && ahead <= single,
    );
    const theirs = await sql<{ done: number }>`
      select count(*)::int as done from submissions s join verdicts v on v.submission_id = s.id
      where s.user_id = ${greedy}`.execute(store.db);
    const ownGraded = theirs.rows[0].done;
    row("  and in the end, of theirs were graded", ownGraded, "> 0", ownGraded > 0);
  });
}

/** PGlite in a folder, the service killed again and again while people hand in. */
async function pglite(): Promise<void> {
  const rounds = quick ? 3 : 20;
  say(`pglite: ${rounds} rounds of kill -9 while people hand in …`);
  const dataDir = tempDir();
  const taken: [Person, string][] = [];
  let service = await Service.start({ dataDir });
  for (let round = 0; round < rounds; round++) {
    const people = await Promise.all([1, 2, 3].map(() => Person.signUp(service)));
    const before = taken.length;
    const pouring = people.map(async (who) => {
      for (let i = 0; i < 25; i++)
        try {
          taken.push([who, await who.handIn(answers.right(i))]);
        } catch {
          // Its death: what was not acknowledged may be lost.
          return;
        }
    });
    await until(() => taken.length >= before + 8 + (round % 7));
    await service.kill("SIGKILL");
    await Promise.all(pouring);
    service = await Service.start({ dataDir });
    for (const who of people) who.service = service;
  }
  for (const [who] of taken) who.service = service;
  let lost = 0;
  let passed = 0;
  for (const [who, id] of taken) {
    const outcome = await who.outcome(id, 300);
    if (outcome === undefined) lost += 1;
    if (outcome === "passed") passed += 1;
  }
  await service.kill("SIGTERM");
  row(
    `PGlite, ${rounds} rounds of kill -9: acknowledged and lost`,
    `${lost} of ${taken.length}`,
    "0",
    lost === 0 && taken.length >= rounds * 8,
  );
  row(
    "  and graded after the last one",
    `${passed} of ${taken.length}`,
    "all",
    passed === taken.length,
  );
}

/** The disk of the store is full, for both stores; then there is room again. */
async function fullDisk(): Promise<void> {
  for (const kind of ["PGlite", "Postgres"] as const) {
    say(`full disk: ${kind} …`);
    const disk = smallDisk(kind === "PGlite" ? 160 : 260);
    if (!disk) {
      row(`full disk, ${kind}`, "not run: only root can mount a small disk", "runs", false);
      continue;
    }
    let own: Postgres | undefined;
    const where: { dataDir?: string; databaseUrl?: string } = {};
    if (kind === "PGlite") where.dataDir = path.join(disk.dir, "data");
    else {
      const dir = path.join(disk.dir, "postgres");
      fs.mkdirSync(dir);
      own = startPostgresIn(dir, { fsync: true });
      where.databaseUrl = own.database();
    }
    let service = await Service.start(where);
    const who = await Person.signUp(service);
    const early = await who.handIn(answers.right("early"));
    await who.outcome(early);
    const filler = disk.fill();
    // Until nothing more fits: what is refused must say why.
    const taken = [early];
    let refusal = "";
    for (let i = 0; i < 25 && !refusal; i++)
      try {
        taken.push(await who.handIn(`${answers.right(i)}// ${randomUUID().repeat(3000)}`));
      } catch (error) {
        refusal = (error as Error).message;
      }
    row(
      `full disk, ${kind}: what does not fit is refused`,
      refusal.slice(0, 60),
      "503 unavailable",
      /^503.*unavailable/.test(refusal),
    );
    const noticed = await until(
      async () => (await service.ready()).warnings.includes("writes"),
      30_000,
    );
    row(
      `  /health/ready says so`,
      noticed === undefined ? "no" : `after ${(noticed / 1000).toFixed(1)} s`,
      "≤ 30 s",
      noticed !== undefined,
    );
    fs.rmSync(filler);
    // Postgres stops itself when it cannot write its log; whoever watches it starts it again.
    own?.restart();
    const back = await until(async () => {
      if (service.over) service = await Service.start(where);
      who.service = service;
      return (await service.ready()).status === 200;
    });
    const late = await who.handIn(answers.right("late")).catch((error: Error) => error);
    const done = typeof late === "string" && (await who.outcome(late)) === "passed";
    row(
      `  work goes on when there is room again`,
      done && back !== undefined ? `after ${(back / 1000).toFixed(1)} s` : String(late),
      "≤ 60 s",
      done && back !== undefined,
    );
    let lost = 0;
    for (const id of taken) if ((await who.outcome(id)) === undefined) lost += 1;
    row(`  acknowledged and lost`, `${lost} of ${taken.length}`, "0", lost === 0);
    await service.kill("SIGTERM");
    own?.stop();
  }
}

/** Postgres is stopped while people hand in and workers work, and started again. */
async function postgresAway(): Promise<void> {
  say("postgres-away: Postgres stopped and started again …");
  const dir = tempDir();
  const own = startPostgresIn(dir, { fsync: true });
  let up = true;
  atEnd(() => up && own.stop());
  const databaseUrl = own.database();
  const service = await Service.start({ databaseUrl, concurrency: 0 });
  const worker = new Worker(databaseUrl, 1);
  await until(() => worker.takes);
  const who = await Person.signUp(service);
  const taken: string[] = [];
  for (let i = 0; i < 10; i++) taken.push(await who.handIn(answers.right(i)));
  own.stop();
  up = false;
  const refusal = await who.handIn(answers.right("away")).then(
    () => "taken",
    (error: Error) => error.message,
  );
  row(
    "Postgres stopped: what is handed in is refused",
    refusal.slice(0, 60),
    "503 unavailable",
    /^503.*unavailable/.test(refusal),
  );
  const noticed = await until(
    async () => (await service.ready()).problems.includes("store"),
    30_000,
  );
  row(
    "  /health/ready says so",
    noticed === undefined ? "no" : `after ${(noticed / 1000).toFixed(1)} s`,
    "≤ 30 s",
    noticed !== undefined,
  );
  own.start();
  up = true;
  const back = await until(async () => (await service.ready()).status === 200);
  taken.push(await who.handIn(answers.right("back")));
  let passed = 0;
  for (const id of taken) if ((await who.outcome(id)) === "passed") passed += 1;
  row(
    "  started again: graded of what was acknowledged",
    `${passed} of ${taken.length}`,
    "all",
    passed === taken.length,
  );
  const same = !service.over && !worker.over;
  row(
    "  by the same processes",
    same ? `yes, ready after ${((back ?? 0) / 1000).toFixed(1)} s` : "no",
    "yes",
    same && back !== undefined,
  );
  await Promise.all([service.kill("SIGTERM"), worker.kill("SIGTERM")]);
}

/** A worker that runs while a newer Gradus changes the database, and one that is started after. */
async function oldWorker(): Promise<void> {
  say("old-worker: the database becomes newer than the workers …");
  const databaseUrl = database();
  await withStore(databaseUrl, async (store, handIn) => {
    const [learner] = await addLearners(store, 1);
    const running = new Worker(databaseUrl, 1);
    await until(() => running.takes);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-newer', now()::text)`.execute(
      store.db,
    );
    const id = await handIn(learner, answers.right(1));
    const left = await until(() => running.over, 30_000);
    row(
      "a worker that is overtaken leaves",
      left === undefined
        ? "no"
        : `after ${(left / 1000).toFixed(1)} s, exit code ${running.child.exitCode}`,
      "≤ 30 s, exit code 3",
      running.child.exitCode === 3,
    );
    const late = new Worker(databaseUrl, 1);
    const code = await late.ended;
    const says = late.log.includes("a newer Gradus has changed this database");
    row(
      "an old worker is refused at its start",
      `exit code ${code}${says ? ", and says why" : ""}`,
      "exit code 3, and says why",
      code === 3 && says,
    );
    const { verdicts } = await count(store);
    await sql`delete from kysely_migration where name = '9999-newer'`.execute(store.db);
    const right = new Worker(databaseUrl, 1);
    const graded = await until(async () => (await count(store)).verdicts === 1);
    const { rows: found } = await sql<{ outcome: string }>`
      select outcome from verdicts where submission_id = ${id}`.execute(store.db);
    row(
      "  it wrote nothing, and the right one grades what was waiting",
      verdicts === 0 && graded !== undefined ? found[0]?.outcome : "no",
      "passed",
      verdicts === 0 && found[0]?.outcome === "passed",
    );
    await right.kill("SIGTERM");
  });
}

// ---- parts ---------------------------------------------------------------------------------

/** The store without a service: what is handed in goes in as the service puts it in. */
async function withStore(
  databaseUrl: string,
  use: (
    store: Store,
    handIn: (learner: string, source: string) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  const store = await openStore({ databaseUrl });
  const queue = await openQueue(store, silent);
  try {
    await use(store, async (learner, source) => {
      const place = await standing(store.db, learner, "gradus");
      if (!place) throw new Error("a learner is not in the course");
      const who = { id: learner, course: place.course, teaches: false };
      const [receipt] = await accept(store.db, queue, who, [{ exercise, source }]);
      return receipt.id;
    });
  } finally {
    await queue.close(0);
    await store.close();
  }
}

async function addLearners(store: Store, number: number): Promise<string[]> {
  const ids = Array.from({ length: number }, () => randomUUID() as string);
  await sql`insert into "user" (id, name, email, "emailVerified")
    select id, 'Bench', id || '@example.org', false from unnest(${ids}::text[]) as given(id)`.execute(
    store.db,
  );
  return ids;
}

async function count(store: Store) {
  const { rows: found } = await sql<{ submissions: number; verdicts: number; queued: number }>`
    select (select count(*)::int from submissions) as submissions,
      (select count(*)::int from verdicts) as verdicts,
      (select count(*)::int from pgboss.job j where j.name = 'grade' and j.state < 'completed'
        and not exists (select 1 from verdicts v where v.submission_id = j.id)) as queued`.execute(
    store.db,
  );
  return found[0];
}

/** A disk of its own, in memory; undefined where that is not allowed. */
function smallDisk(megabytes: number): { dir: string; fill(): string } | undefined {
  const dir = tempDir();
  try {
    execFileSync(
      "mount",
      ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "gradus-bench", dir],
      {
        stdio: "pipe",
      },
    );
  } catch {
    return undefined;
  }
  atEnd(() => execFileSync("umount", ["-l", dir]));
  return {
    dir,
    fill() {
      const file = path.join(dir, "filler");
      const written = fs.openSync(file, "w");
      const block = Buffer.alloc(64 * 1024);
      try {
        for (;;) fs.writeSync(written, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        fs.closeSync(written);
      }
      return file;
    },
  };
}
