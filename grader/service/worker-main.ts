/**
 * A worker of its own: `npm run worker`. Any number of them, on any number of
 * machines, take submissions from the one queue of a Postgres server.
 *
 * Environment
 *   DATABASE_URL          the Postgres server that the site uses
 *   GRADUS_EXERCISES      the folder of exercises; default: exercises/ of this copy of Gradus
 *   GRADUS_CONCURRENCY    how many submissions at once; default: one a processor core
 *   GRADUS_GRACE          for how long running submissions may go on after SIGTERM, in seconds (20)
 *   GRADUS_HEALTH_PORT    answers /health/live, /health/ready and /metrics there; default: nowhere
 *   GRADUS_HEALTH_HOST    and at this address (127.0.0.1)
 *   GRADUS_METRICS_TOKEN  who shows it may read /metrics
 *   GRADUS_LOG            the least that is logged (info)
 *
 * Exit codes: 0 stopped when asked (SIGINT, SIGTERM), 1 could not start or stop, 2 wrong settings,
 * 3 the database belongs to another version of Gradus: update this copy, or the site.
 */
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { openExercises } from "./exercises.ts";
import { createHealth } from "./health.ts";
import { startHeartbeat, VERSION } from "./heartbeat.ts";
import { createLog, type LogLevel, logLevel } from "./log.ts";
import { createMetrics, metricsToken } from "./metrics.ts";
import { openQueue } from "./queue.ts";
import { openSimilarity, startSimilarityWorker } from "./similarity-worker.ts";
import { migrationNames } from "./store/migrations.ts";
import { connectStore } from "./store/store.ts";
import { checkVersion, OtherVersion } from "./store/version.ts";
import { startWorker } from "./worker.ts";

const OTHER_VERSION = 3;
/** One wish to stop may come by several ways (the terminal, the parent) within this, in ms. */
const ONE_WISH = 500;
/** How much longer than the grace everything may take before the process ends regardless, in ms. */
const LIMIT = 10_000;

const { DATABASE_URL, GRADUS_EXERCISES, GRADUS_HEALTH_HOST, GRADUS_METRICS_TOKEN } = process.env;
if (!DATABASE_URL) {
  refuse(
    "a worker of its own needs DATABASE_URL, the Postgres server of the site. (Without Postgres, the site grades in its own process: npm start.)",
  );
}
const concurrency = whole("GRADUS_CONCURRENCY", availableParallelism(), 1);
const grace = whole("GRADUS_GRACE", 20, 0) * 1000;
const healthPort = whole("GRADUS_HEALTH_PORT", -1, 0);
const [level, token] = settings();
// A worker has no other output, and what starts it keeps it.
const log = createLog("gradus-worker", level, 1);
const root = GRADUS_EXERCISES || join(import.meta.dirname, "../../exercises");

try {
  const exercises = await openExercises(root);
  const store = await connectStore({ databaseUrl: DATABASE_URL });
  // Tables are the site's business: a worker that came first, or too late, says so and goes.
  await checkVersion(store.db, migrationNames);
  const queue = await openQueue(store, log, { makesTables: false });
  await queue.restore();
  await openSimilarity(store, queue);
  await startSimilarityWorker({ db: store.db, queue, exercises, log });
  const metrics = createMetrics({
    db: store.db,
    store: store.kind,
    version: VERSION,
    migration: migrationNames.at(-1)!,
  });
  const worker = startWorker({ db: store.db, queue, exercises, log, metrics, concurrency });

  let stopping = 0;
  const heartbeat = startHeartbeat({
    db: store.db,
    kind: "worker",
    log,
    sign: () => ({
      state: stopping ? "stopping" : worker.status.state === "taking" ? "taking" : "waiting",
      concurrency,
      running: worker.running,
    }),
    onOtherVersion: () => void stop(OTHER_VERSION),
  });
  const server = healthPort < 0 ? undefined : await serveHealth();

  async function stop(code: number): Promise<void> {
    if (stopping) return;
    stopping = performance.now();
    log.info("stopping: running submissions are finished or returned to the queue");
    setTimeout(() => {
      log.error("could not stop in time; another worker takes over what ran here");
      process.exit(code || 1);
    }, grace + LIMIT).unref();
    try {
      await worker.stop();
      void heartbeat.beat();
      await queue.close(grace);
      await worker.close();
      await heartbeat.stop();
      await store.close();
      server?.close();
      log.info("stopped");
      process.exit(code);
    } catch (error) {
      log.error({ err: error }, "could not stop in order");
      process.exit(code || 1);
    }
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      // Asked a second time, nothing is waited for; the queue gives the work to others.
      if (stopping && performance.now() - stopping > ONE_WISH) process.exit(1);
      void stop(0);
    });

  async function serveHealth() {
    const health = createHealth({
      db: store.db,
      metrics,
      metricsToken: token,
      heartbeat,
      stopping: () => stopping > 0,
      grades: () => worker.status.state === "taking",
    });
    const server = createServer(
      getRequestListener(
        async (request) => (await health(request)) ?? new Response(null, { status: 404 }),
      ),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(healthPort, GRADUS_HEALTH_HOST || "127.0.0.1", resolve);
    });
    log.info({ address: server.address() }, "health and metrics are answered here");
    return server;
  }
} catch (error) {
  log.fatal({ err: error }, "the worker could not start");
  process.exit(error instanceof OtherVersion ? OTHER_VERSION : 1);
}

function whole(name: string, fallback: number, least: number): number {
  const text = process.env[name];
  if (!text) return fallback;
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    refuse(`${name} must be a whole number from ${least}, not ${text}`);
  return number;
}

function settings(): [LogLevel, string | undefined] {
  try {
    return [logLevel("info"), metricsToken(GRADUS_METRICS_TOKEN)];
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
