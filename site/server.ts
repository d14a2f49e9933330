/**
 * All of Gradus in one process: the pages by Next, everything under /api by the service.
 *
 * Environment
 *   PORT, HOST     where to listen (3000 on 127.0.0.1; port 0 takes any free one)
 *   GRADUS_DATA    the folder of accounts and submissions (.gradus at the root)
 *   DATABASE_URL   a Postgres to keep them in; then the folder holds only the session secret
 *   GRADUS_SIGN_UP "closed" lets only those on a roster make accounts
 *   GRADUS_URL     the address learners type, when a proxy stands in front
 *   GRADUS_PROXY   "1": that proxy writes X-Forwarded-For, and nobody gets past it
 *   GRADUS_CONCURRENCY    how many submissions are graded here at once (one a core; 0: workers do)
 *   GRADUS_METRICS_TOKEN  who shows it may read /metrics; without it nobody may
 *   GRADUS_LOG     the least that is logged (warn)
 *   GRADUS_EMBED   origins that may show the pages in a frame, with spaces between them
 *
 * A parent with an IPC channel is sent `{ ready: true, url, adminLink?, milliseconds }` once pages
 * are served. Exit codes: 0 stopped when asked, 1 could not start or stop, 98 the port is taken.
 */
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createService } from "@gradus/grader/service";
import { getRequestListener } from "@hono/node-server";
import { framePath, framePolicy } from "./isolate/frame.ts";

const PORT_TAKEN = 98;
/** One wish to stop may come by several ways (the terminal, the parent) within this, in ms. */
const ONE_WISH = 500;
/** How long open requests may take to finish once we are asked to stop, in milliseconds. */
const GRACE = 1_000;
/** After this the process ends, whatever is still open, in milliseconds. */
const LIMIT = 7_000;

// Set before Next is loaded, which reads both.
Object.assign(process.env, { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" });

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

const began = performance.now();
const site = dirname(fileURLToPath(import.meta.url));
const root = dirname(site);
// Pages read the course by paths from here, at the build as now.
process.chdir(site);
const host = process.env.HOST || "127.0.0.1";
const port = readPort(process.env.PORT || "3000");

// The port is taken first, so that a second start fails at once and touches no data. A request
// that comes before the rest is up waits for it.
let open: (handlers: { api: Handler; page: Handler }) => void;
const handlers = new Promise<{ api: Handler; page: Handler }>((resolve) => {
  open = resolve;
});
const headers = securityHeaders({
  "default-src": "'self'",
  // Next starts its pages with inline scripts.
  "script-src": "'self' 'unsafe-inline' 'wasm-unsafe-eval'",
  "style-src": "'self' 'unsafe-inline'",
  "img-src": "'self' data: blob:",
  "font-src": "'self' data:",
  "connect-src": "'self' data: blob:",
  "object-src": "'none'",
  "base-uri": "'self'",
  "form-action": "'self'",
});
// Learners' code is compiled in a frame of its own, so what might slip into a page as text can
// never become code there.
const frameHeaders = securityHeaders(framePolicy);
let stopping = 0;
const server = createServer(answer);
// A proxy in front keeps its connections for longer than Node's five seconds.
server.keepAliveTimeout = 65_000;
server.headersTimeout = 66_000;
const address = await listen();
if (!existsSync(join(site, ".next", "BUILD_ID")))
  fail("the pages are not built yet. `npm start` builds them; by hand: npm run build -w site");
const url = (process.env.GRADUS_URL || address).replace(/\/+$/, "");

const service = createService({
  dataDir: resolve(root, process.env.GRADUS_DATA || ".gradus"),
  databaseUrl: process.env.DATABASE_URL || undefined,
  exercisesRoot: join(root, "exercises"),
  baseUrl: url,
  behindProxy: process.env.GRADUS_PROXY === "1",
  concurrency: readConcurrency(),
  signUp: process.env.GRADUS_SIGN_UP === "closed" ? "closed" : "open",
});

process.on("SIGINT", stop);
process.on("SIGTERM", stop);
// JupyterLab comes up after the site; the parent tells where.
process.on("message", ({ labUrl }: { labUrl?: string }) => {
  if (labUrl) process.env.GRADUS_LAB_URL = labUrl;
});
// The parent is gone without a word: do not stay behind.
process.on("disconnect", () => stopping || stop());

try {
  await start();
} catch (error) {
  const { message, path } = error as NodeJS.ErrnoException;
  const where = path === undefined ? "" : ". GRADUS_DATA names the folder to keep things in";
  if (!stopping) fail(`Gradus could not start: ${message}${where}`);
}

async function start(): Promise<void> {
  const { fetch, adminLink } = await service;
  if (stopping) return;
  const { default: createNext } = await import("next");
  const next = createNext({ dev: false, dir: site, hostname: host, port });
  await next.prepare();
  open({
    // Next has patched fetch's classes for itself; the adapter must leave them alone.
    api: getRequestListener((request, env) => fetch(request, env), {
      overrideGlobalObjects: false,
    }),
    page: next.getRequestHandler(),
  });
  const milliseconds = Math.round(performance.now() - began);
  // A parent that listens does the talking.
  if (process.send) process.send({ ready: true, url, adminLink, milliseconds });
  else {
    console.log(`Gradus is at ${url}`);
    if (adminLink)
      console.log(`No administrator yet: whoever opens this link first becomes it.\n${adminLink}`);
  }
}

/** Answers one request: security headers on everything, then the API or a page. */
async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const path = (incoming.url ?? "/").split("?", 1)[0];
  for (const [name, value] of isFrame(path) ? frameHeaders : headers)
    outgoing.setHeader(name, value);
  if (stopping) outgoing.setHeader("Connection", "close");
  try {
    const { api, page } = await handlers;
    if (outgoing.destroyed) return;
    await (isService(path) ? api : page)(incoming, outgoing);
  } catch (error) {
    console.error(`${incoming.method} ${path}:`, error);
    if (!outgoing.headersSent) outgoing.writeHead(500, { "Content-Type": "text/plain" });
    outgoing.end("Something went wrong on the server; its log says what.\n");
  }
}

/** What the service answers: the API, and what balancers and Prometheus ask. */
function isService(path: string): boolean {
  return /^\/(api|health)(\/|$)|^\/metrics$/.test(path);
}

/** Next finds a page under every spelling of its address: the frame without its policy would be one of ours. */
function isFrame(path: string): boolean {
  try {
    return decodeURIComponent(path) === framePath;
  } catch {
    return false;
  }
}

/** Listens, and says under which address this machine reaches it. Ends the process if it cannot. */
function listen(): Promise<string> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        fail(`port ${port} on ${host} is taken. Choose another: PORT=${port + 1}`, PORT_TAKEN);
      if (error.code === "EACCES")
        fail(`port ${port} needs more rights than this user has. Choose one above 1023: PORT=3000`);
      fail(`cannot listen to ${host}:${port}: ${error.message}. HOST and PORT say where.`);
    });
    server.listen(port, host, () => {
      const { port } = server.address() as AddressInfo;
      const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
      resolve(`http://${name.includes(":") ? `[${name}]` : name}:${port}`);
    });
  });
}

/** Takes no more requests, lets the open ones finish, closes the store. Called again, ends at once. */
async function stop(): Promise<void> {
  if (stopping) {
    if (performance.now() - stopping > ONE_WISH) process.exit(1);
    return;
  }
  stopping = performance.now();
  setTimeout(
    () => fail(`something was still open ${LIMIT / 1000} s after the stop`),
    LIMIT,
  ).unref();
  setTimeout(() => server.closeAllConnections(), GRACE).unref();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closed;
  try {
    await (await service).close();
  } catch (error) {
    fail(`the store did not close: ${(error as Error).message}`);
  }
  process.exit(0);
}

/**
 * What every answer carries. Cells need shared memory, so pages are cross-origin isolated; nothing
 * may be fetched from, or sent to, another origin, whatever runs in a cell.
 */
function securityHeaders(rules: Readonly<Record<string, string>>): [string, string][] {
  const embed = process.env.GRADUS_EMBED?.split(/\s+/).filter(Boolean) ?? [];
  const policy = { ...rules, "frame-ancestors": ["'self'", ...embed].join(" ") };
  const secure = process.env.GRADUS_URL?.startsWith("https://");
  return [
    [
      "Content-Security-Policy",
      Object.entries(policy)
        .map((entry) => entry.join(" "))
        .join("; "),
    ],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Cross-Origin-Embedder-Policy", "require-corp"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
    ["X-Content-Type-Options", "nosniff"],
    ["Referrer-Policy", "same-origin"],
    ["Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
    ...(secure ? [["Strict-Transport-Security", "max-age=31536000"] as [string, string]] : []),
  ];
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  fail(`PORT must be a number from 0 to 65535, not "${text}"`);
}

function readConcurrency(): number | undefined {
  const text = process.env.GRADUS_CONCURRENCY;
  if (!text) return undefined;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  fail(`GRADUS_CONCURRENCY must be a whole number from 0, not "${text}"`);
}

function fail(message: string, code = 1): never {
  console.error(message.charAt(0).toUpperCase() + message.slice(1));
  process.exit(code);
}
