/**
 * Tries, inside a sandbox, what the sandbox must not allow, and says what went through. Run once
 * when the grader starts.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import { packHead } from "./pipe.ts";

/** What went through, in words; empty when all layers hold. */
async function leaks(): Promise<string[]> {
  const found: string[] = [];
  const refused = (what: string, attempt: () => unknown): void => {
    try {
      const result = attempt();
      found.push(`${what}${result === undefined ? "" : ` (${String(result)})`}`);
    } catch {
      // As it should be.
    }
  };
  refused("files outside can be read", () => fs.readdirSync("/etc").length);
  refused("files can be written", () => fs.writeFileSync("/app/probe", "x"));
  refused("the root folder can be written", () => fs.writeFileSync("/probe", "x"));
  refused("processes can be seen", () => fs.readdirSync("/proc").length);
  refused("other programs can be started", () => {
    const { error } = spawnSync("/node", ["--version"]);
    if (error) throw error;
  });
  refused("other processes can be sent signals", () => process.kill(1, 0));
  refused("memory is not limited", () => new Uint8Array(2 ** 30 * 3).fill(1).length);
  const environment = Object.keys(process.env).filter((name) => !/^(MALLOC_|UV_|PWD$)/.test(name));
  if (environment.length > 0) found.push(`the environment is visible (${environment.join(", ")})`);
  if (os.hostname() !== "gradus") found.push("the machine's name is visible");
  if (process.getuid?.() === 0) found.push("the program runs as root");
  const connected = await new Promise<boolean>((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port: 9 });
    socket.on("connect", () => resolve(true));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EPERM"));
  });
  if (connected) found.push("sockets can be opened");
  return found;
}

void leaks().then((found) => {
  const bytes = Buffer.from(JSON.stringify(found));
  fs.writeSync(1, Buffer.concat([packHead(0, bytes.length), bytes]));
});
