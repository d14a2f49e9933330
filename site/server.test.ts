// The real server in a process of its own, on the site as built.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const children = new Set<ChildProcess>();
const folders: string[] = [];

interface Server {
  child: ChildProcess;
  /** What came over the channel, or undefined when it ended first. */
  ready: Promise<{ url: string; adminLink?: string } | undefined>;
  /** Exit code and everything that was printed. */
  ended: Promise<{ code: number | null; output: string }>;
}

function start(env: Record<string, string>): Server {
  const child = spawn(process.execPath, ["site/server.ts"], {
    cwd: root,
    env: { ...process.env, HOST: "", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on("close", (code) => {
      children.delete(child);
      resolve({ code, output });
    }),
  );
  const ready = new Promise<{ url: string; adminLink?: string } | undefined>((resolve) => {
    child.on("message", (message) => resolve(message as { url: string }));
    child.on("close", () => resolve(undefined));
  });
  return { child, ready, ended };
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "gradus-server-"));
  folders.push(made);
  return made;
}

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

test.each(["abc", "-1", "3.5", "70000"])("PORT=%s is refused with what it may be", async (PORT) => {
  const { code, output } = await start({ PORT, GRADUS_DATA: folder() }).ended;
  expect(code).toBe(1);
  expect(output).toContain(`PORT must be a number from 0 to 65535, not "${PORT}"`);
});

test("a taken port ends it with 98, says what to do, and touches no data", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  const GRADUS_DATA = folder();
  const { code, output } = await start({ PORT: String(port), GRADUS_DATA }).ended;
  other.close();
  expect(code).toBe(98);
  expect(output).toContain(`Port ${port} on 127.0.0.1 is taken. Choose another: PORT=${port + 1}`);
  expect(readdirSync(GRADUS_DATA)).toEqual([]);
});

describe("a running server", () => {
  const data = folder();
  let server: Server;
  let url = "";
  const ask = (path: string, init?: RequestInit) => fetch(url + path, init);

  beforeAll(async () => {
    server = start({ GRADUS_DATA: data, GRADUS_EMBED: "https://lms.example.org" });
    const ready = await server.ready;
    if (!ready) throw new Error((await server.ended).output);
    url = ready.url;
    expect(ready.adminLink).toMatch(`${url}/setup?token=`);
  });

  test("pages, files, the API and refusals all carry the security headers", async () => {
    const page = await ask("/sign-in");
    expect(page.status).toBe(200);
    const script = /\/_next\/static\/[^"]+\.js/.exec(await page.text())?.[0] ?? "no script";
    for (const path of ["/sign-in", script, "/api/v1/health", "/api/v1/me", "/no/such/page"]) {
      const { headers } = await ask(path);
      expect(Object.fromEntries(headers), path).toMatchObject({
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
      });
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, path).toContain("frame-ancestors 'self' https://lms.example.org");
      expect(policy, path).toMatch(/connect-src 'self'[^;]*;/);
      expect(policy, path).not.toContain("*");
      expect(policy, path).not.toContain("'unsafe-eval'");
    }
    // Text becomes code in the learners' frame alone, which has no origin and no network.
    for (const path of ["/workers/frame.html", "/workers/%66rame.html", "/workers/frame%2ehtml"]) {
      const { headers } = await ask(path);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, path).toContain("sandbox allow-scripts");
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).not.toContain("connect-src");
      expect(headers.get("cross-origin-embedder-policy"), path).toBe("require-corp");
    }
  });

  test("everything under /api is the service's, everything else Next's", async () => {
    expect((await ask("/api/v1/health")).status).toBe(200);
    for (const path of ["/api", "/api/", "/api/v1/nothing", "/api/../api/nothing"]) {
      const answer = await ask(path);
      expect(answer.status, path).toBe(404);
      expect(await answer.json(), path).toMatchObject({ error: { code: "not_found" } });
    }
    const page = await ask("/apis");
    expect(page.status).toBe(404);
    expect(page.headers.get("content-type")).toMatch("text/html");
  });

  test("a signed-in learner's request from elsewhere is refused, whatever address they opened", async () => {
    const origin = url.replace("127.0.0.1", "localhost");
    const account = { name: "Ada", email: "ada@example.org", password: "a long password" };
    const made = await fetch(`${origin}/api/auth/sign-up/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify(account),
    });
    expect(made.status).toBe(200);
    const cookie = made.headers
      .getSetCookie()
      .map((line) => line.split(";", 1)[0])
      .join("; ");
    const token = (from: string) =>
      fetch(`${origin}/api/v1/tokens`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: from, cookie },
        body: "{}",
      });
    expect((await token(origin)).status).toBe(201);
    expect((await token("https://evil.example")).status).toBe(403);
  });

  test("asked to stop, it ends within seconds although a request is held open, and lets the data go", async () => {
    // A body that never ends.
    const { port, host } = new URL(url);
    const client = connect(Number(port), "127.0.0.1");
    client.on("error", () => {});
    client.write(
      `POST /api/auth/sign-in/email HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${url}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    const dropped = new Promise((resolve) => client.on("close", resolve));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const asked = performance.now();
    server.child.kill("SIGTERM");
    server.child.kill("SIGINT"); // the same wish by another way
    const { code, output } = await server.ended;
    expect(code, output).toBe(0);
    expect(performance.now() - asked).toBeLessThan(5_000);
    await dropped;
    await expect(ask("/sign-in")).rejects.toThrow();

    const again = start({ GRADUS_DATA: data });
    expect(await again.ready, "a second start on the same data").toBeDefined();
    // Without its channel a child reports its exit only, not its close.
    const exit = new Promise((resolve) => again.child.on("exit", resolve));
    again.child.disconnect();
    expect(await exit, "ends by itself when its parent is gone").toBe(0);
    children.delete(again.child);
  });
});

test("a second wish to stop, later than the first, is not kept waiting", async () => {
  const { child, ready, ended } = start({ GRADUS_DATA: folder() });
  const { url = "" } = (await ready) ?? {};
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  client.on("error", () => {});
  const { host } = new URL(url);
  // A sign-in waits for the rest of its body.
  client.write(
    `POST /api/auth/sign-in/email HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${url}\r\n` +
      "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  // A busy server hears the first wish late, and takes what comes right behind it for the same one.
  const wishes = setInterval(() => child.kill("SIGINT"), 300);
  // Had it waited for the open request to be cut off, it would have ended in order.
  const { code } = await ended;
  clearInterval(wishes);
  expect(code).toBe(1);
});

test("it can be stopped while it starts", async () => {
  const GRADUS_DATA = folder();
  const { child, ended } = start({ GRADUS_DATA });
  await new Promise((resolve) => setTimeout(resolve, 900));
  child.kill("SIGTERM");
  const { code, output } = await ended;
  // The very first start makes a database; where that takes longer than a stop may, it is broken off.
  // On a busy machine it has not begun (no code: the signal itself ended it).
  if (code !== 0 && code !== null) expect(output).toContain("still open");
  const again = start({ GRADUS_DATA });
  expect(await again.ready, "the next start, on what the first one left").toBeDefined();
  again.child.kill("SIGTERM");
  expect((await again.ended).code).toBe(0);
});
