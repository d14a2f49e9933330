// A Postgres server for tests and benches.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** A Postgres server in a temporary folder, reachable by a Unix socket only. */
export interface Postgres {
  /** The address of a fresh database on it. */
  database(): string;
  /** Kills it and starts it again. */
  restart(): void;
  /** Starts it after `stop`. */
  start(): void;
  stop(): void;
}

/**
 * Starts one that keeps everything in `dir`.
 * @param fsync whether it waits for the disk; the machine will not lose power within a test
 */
export function startPostgresIn(dir: string, { fsync = false } = {}): Postgres {
  const bin = [
    "/usr/lib/postgresql/15/bin",
    ...(process.env.PATH ?? "").split(path.delimiter),
  ].find((dir) => fs.existsSync(path.join(dir, "initdb")));
  if (!bin)
    throw new Error("these tests need PostgreSQL (initdb, pg_ctl): apt-get install postgresql");
  // Postgres refuses to run as root: then it runs as nobody.
  const ids = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
  if (ids) fs.chownSync(dir, ids.uid, ids.gid);
  const run = (program: string, ...args: string[]) =>
    execFileSync(path.join(bin, program), args, {
      ...ids,
      cwd: dir,
      stdio: ["ignore", "pipe", "pipe"],
    });
  const data = path.join(dir, "data");
  run("initdb", "-D", data, "-U", "gradus", "-A", "trust", "-E", "UTF8", "--no-sync");
  const options = `${fsync ? "" : "-F "}-k ${dir} -c listen_addresses=''`;
  const start = () =>
    run("pg_ctl", "-D", data, "-w", "-l", path.join(dir, "log"), "-o", options, "start");
  start();
  return {
    database() {
      const name = `t${randomUUID().replaceAll("-", "")}`;
      run("psql", "-h", dir, "-U", "gradus", "-d", "postgres", "-c", `create database ${name}`);
      return `postgres://gradus@/${name}?host=${dir}`;
    },
    restart() {
      run("pg_ctl", "-D", data, "-w", "-m", "immediate", "-l", path.join(dir, "log"), "restart");
    },
    start,
    stop() {
      run("pg_ctl", "-D", data, "-m", "immediate", "stop");
    },
  };
}
