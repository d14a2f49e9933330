/** What can be counted and timed, for Prometheus. No label is about a person. */
import { createHash, timingSafeEqual } from "node:crypto";
import { statfs } from "node:fs/promises";
import { type Kysely, sql } from "kysely";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { ALIVE_SECONDS } from "./heartbeat.ts";
import { QUEUE } from "./queue.ts";
import type { Database } from "./store/schema.ts";

export interface Metrics {
  /** A request was answered; `route` is a pattern, without ids. */
  answered(method: string, route: string, status: number, milliseconds: number): void;
  /** A submission has its verdict. */
  graded(outcome: string, milliseconds: number, sinceHandedIn: number, fault: boolean): void;
  /** A try at grading broke off. */
  brokeOff(): void;
  /** All of it, in Prometheus's text form. */
  text(): Promise<{ type: string; body: string }>;
}

export interface MetricsOptions {
  db: Kysely<Database>;
  store: string;
  version: string;
  migration: string;
  dataDir?: string | undefined;
}

/** The store is asked at most this often, however many ask us, in milliseconds. */
const FRESH = 5_000;

export function createMetrics({ db, store, version, migration, dataDir }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "gradus_" });

  new Gauge({
    name: "gradus_info",
    help: "Always 1; the labels say what runs here.",
    labelNames: ["version", "store", "migration"],
    registers,
  }).set({ version, store, migration }, 1);
  const requests = new Histogram({
    name: "gradus_http_request_seconds",
    help: "Answered requests of the API. Those that wait for a verdict take as long as it does.",
    labelNames: ["method", "route", "status"],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  });
  const verdicts = new Counter({
    name: "gradus_verdicts_total",
    help: "Verdicts that this process has written.",
    labelNames: ["outcome"],
    registers,
  });
  const faults = new Counter({
    name: "gradus_faults_total",
    help: "Verdicts that say that the grader, not the learner's code, failed.",
    registers,
  });
  const broken = new Counter({
    name: "gradus_tries_broken_off_total",
    help: "Tries at grading that broke off; the submission is tried again.",
    registers,
  });
  const grading = new Histogram({
    name: "gradus_grading_seconds",
    help: "From taking a submission out of the queue to its verdict.",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const waited = new Histogram({
    name: "gradus_submit_to_verdict_seconds",
    help: "From handing in to the verdict.",
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });

  const up = new Gauge({ name: "gradus_store_up", help: "1 when the store answers.", registers });
  const jobs = new Gauge({
    name: "gradus_queue_jobs",
    help: "Jobs that wait for a worker, and that wait for another try.",
    labelNames: ["state"],
    registers,
  });
  const oldest = new Gauge({
    name: "gradus_queue_oldest_seconds",
    help: "For how long the oldest waiting job has waited; 0 when none waits.",
    registers,
  });
  const workers = new Gauge({
    name: "gradus_workers",
    help: "Processes that said within the last half minute that they are there.",
    labelNames: ["state"],
    registers,
  });
  const slots = new Gauge({
    name: "gradus_worker_slots",
    help: "How many submissions can be graded at once, and how many are.",
    labelNames: ["state"],
    registers,
  });
  const size = new Gauge({
    name: "gradus_store_bytes",
    help: "The size of the database.",
    registers,
  });
  const free = dataDir
    ? new Gauge({
        name: "gradus_data_free_bytes",
        help: "What is free on the disk of the data folder.",
        registers,
      })
    : undefined;

  let asked = Number.NEGATIVE_INFINITY;
  async function ask(): Promise<void> {
    if (performance.now() - asked < FRESH) return;
    asked = performance.now();
    if (dataDir && free) {
      const { bavail, bsize } = await statfs(dataDir);
      free.set(bavail * bsize);
    }
    try {
      const queue = await sql<{ state: string; count: number; oldest: number }>`
        select state::text as state, count(*)::int as count,
          extract(epoch from clock_timestamp() - min(created_on))::float8 as oldest
        from pgboss.job where name = ${QUEUE} and state < 'active' and priority >= 0 group by state`.execute(
        db,
      );
      for (const [state, own] of [
        ["waiting", "created"],
        ["retry", "retry"],
      ])
        jobs.set({ state }, queue.rows.find((row) => row.state === own)?.count ?? 0);
      oldest.set(Math.max(0, ...queue.rows.map((row) => row.oldest)));

      const alive = await sql<{ state: string; count: number; slots: number; running: number }>`
        select state, count(*)::int as count, sum(concurrency)::int as slots,
          sum(running)::int as running
        from workers where concurrency > 0
          and seen_at > clock_timestamp() - make_interval(secs => ${ALIVE_SECONDS})
        group by state`.execute(db);
      for (const state of ["taking", "waiting", "stopping"])
        workers.set({ state }, alive.rows.find((row) => row.state === state)?.count ?? 0);
      const sum = (of: "slots" | "running") => alive.rows.reduce((all, row) => all + row[of], 0);
      slots.set({ state: "all" }, sum("slots"));
      slots.set({ state: "running" }, sum("running"));
      const { rows } = await sql<{ bytes: string }>`
        select pg_database_size(current_database())::text as bytes`.execute(db);
      size.set(Number(rows[0].bytes));
      up.set(1);
    } catch {
      // What is not known is not said: old numbers would look like good ones.
      up.set(0);
      for (const gauge of [jobs, oldest, workers, slots, size]) gauge.reset();
    }
  }

  return {
    answered(method, route, status, milliseconds) {
      requests.observe({ method, route, status: String(status) }, milliseconds / 1000);
    },
    graded(outcome, milliseconds, sinceHandedIn, fault) {
      verdicts.inc({ outcome });
      if (fault) faults.inc();
      grading.observe(milliseconds / 1000);
      waited.observe(Math.max(0, sinceHandedIn) / 1000);
    },
    brokeOff: () => broken.inc(),
    async text() {
      await ask();
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** The shortest token that is long enough not to be guessed. */
const SHORTEST = 16;

/** @throws Error when GRADUS_METRICS_TOKEN could be guessed */
export function metricsToken(given: string | undefined): string | undefined {
  if (!given) return undefined;
  if (given.length >= SHORTEST) return given;
  throw new Error(
    `GRADUS_METRICS_TOKEN has ${given.length} characters; it needs at least ${SHORTEST}. One way to make one: openssl rand -hex 24`,
  );
}

/** Whether a request's Authorization is the token's. */
export function mayRead(authorization: string | null, token: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(authorization ?? ""), hash(`Bearer ${token}`));
}
