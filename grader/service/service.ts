/** Puts the service together: store, queue, accounts, worker and HTTP face. */
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { createAuth } from "./auth.ts";
import { serveBackups } from "./backup-control.ts";
import { openExercises } from "./exercises.ts";
import { createHealth } from "./health.ts";
import { startHeartbeat, VERSION } from "./heartbeat.ts";
import { createLog, logLevel } from "./log.ts";
import { createMetrics, metricsToken } from "./metrics.ts";
import { openQueue } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import { restoreRegrades } from "./regrade.ts";
import { sessionSecret } from "./secret.ts";
import { makeAdminLink } from "./setup.ts";
import { openSimilarity, startSimilarityWorker } from "./similarity-worker.ts";
import { migrationNames } from "./store/migrations.ts";
import { openStore } from "./store/store.ts";
import { startWorker, type Worker } from "./worker.ts";

export interface ServiceOptions {
  /** The folder of everything, with PGlite in it. With `databaseUrl`, only of the session secret. */
  dataDir?: string | undefined;
  /** A Postgres server, 15 or newer. */
  databaseUrl?: string | undefined;
  /** The folder with one folder an exercise. */
  exercisesRoot: string;
  /** Where people open the site, such as `https://gradus.example.org`. */
  baseUrl: string;
  /** Signs sessions; 32 characters or more. Default: GRADUS_SECRET, else one kept in `dataDir`. */
  secret?: string | undefined;
  /** Default: warnings and worse (GRADUS_LOG), to standard error. */
  logger?: Logger | undefined;
  /** Whether strangers may make an account. Default: open. */
  signUp?: "open" | "closed" | undefined;
  /**
   * A proxy stands in front and writes X-Forwarded-For: believe the last address in it. Without
   * this all callers seem to come from the proxy, and share the limits on signing in. Default: false.
   */
  behindProxy?: boolean | undefined;
  /** How many submissions this process grades at once; 0: none, other workers do. Default: one a core. */
  concurrency?: number | undefined;
  /** Who shows it may read /metrics; default: GRADUS_METRICS_TOKEN, without which nobody may. */
  metricsToken?: string | undefined;
  /** How long running jobs may go on when the service is closed, in milliseconds. Default: 4000. */
  grace?: number | undefined;
}

export interface Service {
  /** Answers everything under /api. `env` is what Hono's Node adapter passes: the caller's address. */
  fetch(request: Request, env?: object): Promise<Response>;
  /** Every route, such as `GET /api/v1/me`. */
  routes: readonly string[];
  worker: Worker | undefined;
  /** The one-time link that makes the administrator; only while there is none. */
  adminLink?: string;
  /** Lets running jobs finish or returns them, then closes the store. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens the store (making it at the first start) and starts everything.
 * @throws FolderInUse when another process has `dataDir`
 */
export async function createService(options: ServiceOptions): Promise<Service> {
  const log = options.logger ?? createLog("gradus", logLevel("warn"));
  const token = metricsToken(options.metricsToken ?? process.env.GRADUS_METRICS_TOKEN);
  const secret = sessionSecret(options.secret ?? process.env.GRADUS_SECRET, options.dataDir);
  const exercises = await openExercises(options.exercisesRoot);
  const store = await openStore(options);
  try {
    const queue = await openQueue(store, log);
    let worker: Worker | undefined;
    try {
      await queue.restore();
      await restoreRegrades(store.db, queue, exercises);
      await openSimilarity(store, queue);
      const trusted = (request: Request) => sameOrigin(request, options.baseUrl);
      const auth = createAuth({ db: store.db, baseUrl: options.baseUrl, secret, log, trusted });
      let closing: Promise<void> | undefined;
      let lastFull = Number.NEGATIVE_INFINITY;
      const metrics = createMetrics({
        db: store.db,
        store: store.kind,
        version: VERSION,
        migration: migrationNames.at(-1)!,
        dataDir: store.kind === "pglite" ? options.dataDir : undefined,
      });
      const app = createApp({
        store,
        queue,
        auth,
        exercises,
        log,
        trusted,
        signUp: options.signUp ?? "open",
        behindProxy: options.behindProxy ?? false,
        worker: () => worker,
        answered: metrics.answered,
        outage(kind) {
          if (kind === "full") lastFull = performance.now();
        },
      });
      const adminLink = await makeAdminLink(store.db, options.baseUrl);
      if (options.concurrency !== 0) {
        const { concurrency } = options;
        await startSimilarityWorker({ db: store.db, queue, exercises, log });
        worker = startWorker({ db: store.db, queue, exercises, log, metrics, concurrency });
      }
      const heartbeat = startHeartbeat({
        db: store.db,
        kind: "site",
        log,
        sign: () => ({
          state: closing ? "stopping" : worker?.status.state === "taking" ? "taking" : "waiting",
          concurrency: worker?.concurrency ?? 0,
          running: worker?.running ?? 0,
        }),
        onOtherVersion: (error) => worker?.quit(`${error.message}. What is handed in is kept`),
      });
      const health = createHealth({
        db: store.db,
        metrics,
        metricsToken: token,
        heartbeat,
        stopping: () => closing !== undefined,
        unwritten: () => performance.now() - lastFull < 60_000,
      });
      const control =
        store.kind === "pglite" && options.dataDir
          ? await serveBackups(options.dataDir, store.db, log)
          : undefined;
      return {
        async fetch(request, env) {
          const answer = await health(request);
          if (answer) return answer;
          if (closing) return stopping();
          return app.fetch(request, env);
        },
        routes: app.routes
          .filter((route) => route.method !== "ALL")
          .map((route) => `${route.method} ${route.path}`),
        worker,
        ...(adminLink ? { adminLink } : {}),
        close() {
          closing ??= close();
          return closing;
        },
      };
      async function close() {
        await control?.close();
        await worker?.stop();
        await heartbeat.stop();
        try {
          await queue.close(options.grace ?? 4000);
        } finally {
          await worker?.close();
          await store.close();
        }
      }
    } catch (error) {
      await queue.close(0);
      throw error;
    }
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * True when a page of ours made the request: its Origin is the site's own, or the very host that the
 * request was sent to. A page elsewhere can set neither.
 */
function sameOrigin(request: Request, baseUrl: string): boolean {
  const origin = request.headers.get("origin");
  if (origin === null) return request.headers.get("sec-fetch-site") === "same-origin";
  const own = new URL(baseUrl);
  if (origin === own.origin) return true;
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  // Whoever sits on the line can make a page of our host, but not one that came by https.
  if (own.protocol === "https:" && protocol !== "https:") return false;
  return host === (request.headers.get("host") ?? new URL(request.url).host);
}

function stopping(): Response {
  return new Refusal(503, "stopping", "the server is stopping", "try again in a moment", {
    "retry-after": "5",
  }).toResponse();
}
