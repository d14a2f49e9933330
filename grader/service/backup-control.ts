/**
 * How `gradus admin backup` gets a backup of a folder that a running Gradus has locked: it asks that
 * process, on this machine, with a key that only who may read the data folder knows.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { backup } from "./backup.ts";
import type { Database } from "./store/schema.ts";

const noteIn = (dataDir: string): string => join(dataDir, "control.json");

/** Answers requests for a backup until it is closed. The caller holds the folder's lock. */
export async function serveBackups(
  dataDir: string,
  db: Kysely<Database>,
  log: Logger,
): Promise<{ close(): Promise<void> }> {
  const key = randomBytes(32).toString("base64url");
  const server = createServer(async (incoming, outgoing) => {
    if (!same(incoming.headers.authorization ?? "", `Bearer ${key}`)) {
      outgoing.writeHead(403).end();
      return;
    }
    try {
      const began = performance.now();
      // Held here, so that a reader who pauses does not hold up everybody who waits for the database.
      const chunks: Buffer[] = [];
      await backup(db, async (bytes) => {
        for await (const chunk of bytes) chunks.push(chunk as Buffer);
      });
      log.info({ milliseconds: Math.round(performance.now() - began) }, "a backup was made");
      await pipeline(chunks, outgoing);
    } catch (error) {
      log.error({ err: error }, "a backup failed");
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end((error as Error).message);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  rmSync(noteIn(dataDir), { force: true });
  writeFileSync(noteIn(dataDir), JSON.stringify({ port, key }), { mode: 0o600, flag: "wx" });
  return {
    async close() {
      rmSync(noteIn(dataDir), { force: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @throws Error when the process that has the folder cannot be asked, or could not do it */
export async function askForBackup(dataDir: string): Promise<Readable> {
  let note: { port: number; key: string };
  try {
    note = JSON.parse(readFileSync(noteIn(dataDir), "utf8"));
  } catch (error) {
    throw new Error(
      `${dataDir} is in use by a process that cannot be asked for a backup (${(error as Error).message}). Is it still starting, or did another user start it? Try again, as that user`,
      { cause: error },
    );
  }
  return new Promise((resolve, reject) => {
    const asking = request({
      host: "127.0.0.1",
      port: note.port,
      path: "/backup",
      method: "POST",
      headers: { authorization: `Bearer ${note.key}` },
    });
    asking.on("error", reject);
    asking.on("response", (answer) => {
      if (answer.statusCode === 200) return resolve(answer);
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () =>
        reject(
          new Error(`the running Gradus could not make a backup: ${text || answer.statusCode}`),
        ),
      );
    });
    asking.end();
  });
}

function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
