/**
 * A worker of its own: `npm run worker`. Any number of them, on any number of
 * machines, take submissions from the one queue of a Postgres server.
 *
 * Environment
 *   DATABASE_URL        the Postgres server that the site uses
 *   GRADUS_EXERCISES    the folder of exercises; default: exercises/ of this copy of Gradus
 *   GRADUS_CONCURRENCY  how many submissions at once; default: one a processor core
 *
 * Exit codes: 0 stopped when asked (SIGINT, SIGTERM), 1 could not start or stop, 2 wrong settings.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { openExercises } from "./exercises.ts";
import { openQueue } from "./queue.ts";
import { openStore } from "./store/store.ts";
import { startWorker } from "./worker.ts";

/** How long a submission may go on being graded when we are asked to stop, in milliseconds. */
const GRACE = 20_000;

const { DATABASE_URL, GRADUS_EXERCISES, GRADUS_CONCURRENCY } = process.env;
const concurrency = Number(GRADUS_CONCURRENCY || availableParallelism());
if (!DATABASE_URL) {
  refuse(
    "a worker of its own needs DATABASE_URL, the Postgres server of the site. (Without Postgres, the site grades in its own process: npm start.)",
  );
}
if (!Number.isInteger(concurrency) || concurrency < 1)
  refuse(`GRADUS_CONCURRENCY must be a whole number from 1, not ${GRADUS_CONCURRENCY}`);

const log = pino({ name: "gradus-worker" });
const root = GRADUS_EXERCISES || join(import.meta.dirname, "../../exercises");

try {
  const exercises = await openExercises(root);
  const store = await openStore({ databaseUrl: DATABASE_URL });
  const queue = await openQueue(store, log);
  await queue.restore();
  const worker = startWorker({ db: store.db, queue, exercises, log, concurrency });

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    log.info("stopping: running submissions are finished or returned to the queue");
    try {
      await worker.stop();
      await queue.close(GRACE);
      await worker.close();
      await store.close();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, "could not stop in order");
      process.exit(1);
    }
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
} catch (error) {
  log.fatal({ err: error }, "the worker could not start");
  process.exit(1);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
