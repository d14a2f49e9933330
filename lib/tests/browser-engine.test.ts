import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setEngine, setThreads } from "../src/index.ts";
import { differences, type Outcome, trainAll } from "./training.ts";

let browser: Browser;
let server: Server;
let origin: string;
let page: Page;
/** What the page had to complain about. */
let complaints: string[];

/** Pages under /isolated/ may share memory between threads, others may not. */
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "training.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    globalName: "training",
    platform: "browser",
    logOverride: { "empty-import-meta": "silent" },
  });
  const bundle = outputFiles[0].text;
  const worker = `${bundle}
    onmessage = ({ data: [count, compiled] }) => postMessage(training.trainAll(count, compiled));`;
  server = createServer(({ url = "" }, response) => {
    const headers = {
      ...(url.startsWith("/isolated/") && ISOLATED),
      ...(url.includes("/no-wasm/") && { "Content-Security-Policy": "script-src 'self'" }),
      ...(url.includes("/no-threads/") && { "Content-Security-Policy": "worker-src 'self'" }),
    };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const script = { "bundle.js": bundle, "worker.js": worker }[url.split("/").at(-1)!];
    response.setHeader("Content-Type", script ? "text/javascript" : "text/html");
    response.end(script ?? "<!doctype html><title>A page</title><link rel=icon href=data:,>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const executablePath = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ].find(existsSync);
  if (!executablePath) throw new Error("No Chromium was found: apt install chromium");
  browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

beforeEach(async () => {
  page = await browser.newPage();
  complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
});

afterEach(async () => {
  await page.close();
  setEngine("wasm");
  setThreads(1);
});

/** In a worker, where cells run and figures train. */
function inWorker(count: number, compiled: boolean): Promise<Outcome> {
  return page.evaluate(
    (args) =>
      new Promise<Outcome>((resolve, reject) => {
        const worker = new Worker("worker.js");
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage(args);
      }),
    [count, compiled] as const,
  );
}

async function onPage(count: number, compiled: boolean): Promise<Outcome> {
  await page.addScriptTag({ url: "bundle.js" });
  return page.evaluate(
    ([count, compiled]) =>
      (globalThis as unknown as { training: { trainAll: typeof trainAll } }).training.trainAll(
        count,
        compiled,
      ),
    [count, compiled] as const,
  );
}

/** In Node, with registers of 256 bits where it has them, or of 128. */
function inNode(wide: boolean, count: number, compiled: boolean): Outcome["bits"] {
  setEngine("wasm", { wide });
  return trainAll(count, compiled).bits;
}

const none = { mlp: 0, cnn: 0, gpt: 0 };

describe("training in a browser comes out as in Node, bit by bit", () => {
  test.each([false, true])(
    "compiled: %s; on a page that may not share memory: one thread",
    async (compiled) => {
      await page.goto(`${origin}/`);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      // As many threads as one asks for: there is one, and not a word of complaint.
      const there = await inWorker(2, compiled);
      expect(there.engine).toEqual({ name: "wasm", detail: "relaxed SIMD, 128 bits" });
      expect(there.threads).toBe(1);
      expect(there.bits.mlp.length).toBe(9614);
      for (const wide of [true, false])
        expect(differences(there.bits, inNode(wide, 1, compiled))).toEqual(none);
      expect(complaints).toEqual([]);
    },
  );

  test.each([false, true])(
    "compiled: %s; on an isolated page: two threads, or one",
    async (compiled) => {
      await page.goto(`${origin}/isolated/`);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      const two = await inWorker(2, compiled);
      expect(two.engine.name).toBe("wasm");
      expect(two.threads).toBe(2);
      const one = await inWorker(1, compiled);
      expect(one.threads).toBe(1);
      expect(differences(two.bits, one.bits)).toEqual(none);
      for (const wide of [true, false])
        for (const count of [1, 2])
          expect(differences(two.bits, inNode(wide, count, compiled))).toEqual(none);
      expect(complaints).toEqual([]);
    },
  );

  test("in the page's own thread too, which may not wait for others", async () => {
    await page.goto(`${origin}/isolated/`);
    expect(differences((await onPage(2, true)).bits, inNode(true, 1, true))).toEqual(none);
    await expect.poll(() => page.workers().length).toBe(1);
    await page.goto(`${origin}/`);
    expect(differences((await onPage(2, true)).bits, inNode(true, 1, true))).toEqual(none);
    expect(page.workers()).toHaveLength(0);
    expect(complaints).toEqual([]);
  });

  test("on a page whose policy forbids WebAssembly the plain kernels work, and engine() says why", async () => {
    await page.goto(`${origin}/no-wasm/`);
    const there = await inWorker(2, false);
    expect(there.engine.name).toBe("reference");
    expect(there.engine.detail).toMatch(/^WebAssembly did not start: .*Content Security Policy/);
    setEngine("reference");
    expect(differences(there.bits, trainAll(1, false).bits)).toEqual(none);
    expect(complaints).toEqual([]);
  });

  test("on a page whose policy forbids more threads one does it all", async () => {
    await page.goto(`${origin}/isolated/no-threads/`);
    expect(differences((await onPage(2, true)).bits, inNode(true, 1, true))).toEqual(none);
    expect(page.workers()).toHaveLength(0);
  });
});
