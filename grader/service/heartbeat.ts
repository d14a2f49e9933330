/**
 * Every process says every few seconds, in the database, that it is there and what it does. So one
 * that vanished is seen, a store that cannot be written is, and so is a database that was changed by
 * a newer Gradus while this one ran.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import { migrationNames } from "./store/migrations.ts";
import type { Database } from "./store/schema.ts";
import { checkVersion, OtherVersion } from "./store/version.ts";

/** How often, in milliseconds. */
const EVERY = 10_000;
/** Who was silent for longer counts as gone. */
export const ALIVE_SECONDS = 35;
/** Who was silent for longer than that is forgotten. */
const FORGET_SECONDS = 3600;

export const { version: VERSION } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string };

/** What a process says of itself. */
export interface Sign {
  state: "taking" | "waiting" | "stopping";
  concurrency: number;
  running: number;
}

export interface Heartbeat {
  /** What was wrong with the last one; undefined: nothing. */
  readonly problem: "store" | "version" | undefined;
  /** Says at once what has changed. */
  beat(): Promise<void>;
  /** The last one: this process is gone. */
  stop(): Promise<void>;
}

interface Options {
  db: Kysely<Database>;
  kind: "site" | "worker";
  log: Logger;
  sign(): Sign;
  /** The database was changed by another version of Gradus; called once. */
  onOtherVersion(error: OtherVersion): void;
}

export function startHeartbeat({ db, kind, log, sign, onOtherVersion }: Options): Heartbeat {
  const id = randomUUID();
  let problem: Heartbeat["problem"];
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = beat();

  async function beat(): Promise<void> {
    clearTimeout(timer);
    try {
      await checkVersion(db, migrationNames);
      const now = sign();
      await db
        .insertInto("workers")
        .values({ id, kind, host: hostname(), pid: process.pid, version: VERSION, ...now })
        .onConflict((conflict) =>
          conflict.column("id").doUpdateSet({ ...now, seen_at: sql<Date>`clock_timestamp()` }),
        )
        .execute();
      await db
        .deleteFrom("workers")
        .where(
          "seen_at",
          "<",
          sql<Date>`clock_timestamp() - make_interval(secs => ${FORGET_SECONDS})`,
        )
        .execute();
      if (problem === "store") log.info("the store can be written again");
      problem = undefined;
    } catch (error) {
      if (error instanceof OtherVersion) {
        if (problem !== "version") {
          log.fatal({ err: error }, "this process is of another version than the database");
          problem = "version";
          onOtherVersion(error);
        }
      } else if (!stopped && problem !== "version") {
        if (problem !== "store") log.error({ err: error }, "the store cannot be written");
        problem = "store";
      }
    }
    if (stopped) return;
    timer = setTimeout(() => {
      beating = beat();
    }, EVERY);
    timer.unref();
  }

  return {
    get problem() {
      return problem;
    },
    async beat() {
      await beating;
      if (!stopped) beating = beat();
      await beating;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beating;
      clearTimeout(timer);
      // Where that fails, its silence will say the same.
      await db
        .deleteFrom("workers")
        .where("id", "=", id)
        .execute()
        .catch(() => {});
    },
  };
}
