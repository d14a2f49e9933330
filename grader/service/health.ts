/**
 * What a balancer, a supervisor and Prometheus ask: /health/live (this process answers), /health/ready
 * (it can do its work) and /metrics. The first two are for everybody and say no more than that; who
 * reads the third shows GRADUS_METRICS_TOKEN, and without that setting there is none.
 */
import { type Kysely, sql } from "kysely";
import type { Heartbeat } from "./heartbeat.ts";
import { type Metrics, mayRead } from "./metrics.ts";
import { QUEUE } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import type { Database } from "./store/schema.ts";

/** How long the store may take to answer before it counts as away, in milliseconds. */
const PATIENCE = 3_000;
/** The store is asked at most this often, in milliseconds. */
const FRESH = 1_000;

/** Why a process is not ready. */
export type Problem = "store" | "version" | "sandbox" | "stopping";

interface HealthOptions {
  db: Kysely<Database>;
  metrics: Metrics;
  metricsToken: string | undefined;
  heartbeat: Heartbeat;
  stopping(): boolean;
  /** Whether something could not be written lately although the store answers: its disk is full. */
  unwritten?: () => boolean;
  /** For a process that is there to grade: whether it can. */
  grades?: () => boolean;
}

/** @returns what answers one request; undefined where the address is none of these */
export function createHealth(
  options: HealthOptions,
): (request: Request) => Promise<Response | undefined> {
  const { db, metrics, metricsToken, heartbeat, stopping, unwritten, grades } = options;
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<boolean> = Promise.resolve(true);

  function storeAnswers(): Promise<boolean> {
    if (performance.now() - asked > FRESH) {
      asked = performance.now();
      const query = sql`select 1`.execute(db).then(
        () => true,
        () => false,
      );
      const late = new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(false), PATIENCE).unref();
      });
      answer = Promise.race([query, late]);
    }
    return answer;
  }

  async function problems(): Promise<Problem[]> {
    const found: Problem[] = [];
    if (stopping()) found.push("stopping");
    if (heartbeat.problem === "version") found.push("version");
    if (!(await storeAnswers())) found.push("store");
    if (grades && !grades()) found.push("sandbox");
    return found;
  }

  return async (request) => {
    const { pathname } = new URL(request.url);
    if (!["/health/live", "/health/ready", "/metrics"].includes(pathname)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    if (pathname === "/health/live") return json(200, { live: true });
    if (pathname === "/health/ready") {
      const found = await problems();
      if (found.length > 0) return json(503, { ready: false, problems: found });
      // Where the disk is full people can still read: so this is no reason to send them away.
      const full = heartbeat.problem === "store" || unwritten?.();
      return json(200, { ready: true, ...(full ? { warnings: ["writes"] } : {}) });
    }
    // As if there were nothing here: whoever has no token learns nothing.
    if (!metricsToken || !mayRead(request.headers.get("authorization"), metricsToken))
      return new Refusal(404, "not_found", "there is nothing at this address").toResponse();
    const { type, body } = await metrics.text();
    return new Response(body, { headers: { "content-type": type, "cache-control": "no-store" } });
  };
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

/**
 * How many submissions wait for a worker; from an index, however many were graded before. What a regrade
 * does comes behind them, and is not counted.
 */
export async function waitingJobs(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pgboss.job
    where name = ${QUEUE} and state < 'active' and priority >= 0`.execute(db);
  return rows[0].count;
}
