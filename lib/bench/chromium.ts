/**
 * Gradus's side in a browser: `node chromium.ts wasm|reference [compiled] [THREADS]`. It runs in a
 * worker of a page that may share memory, as cells and figures do.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { chromium } from "playwright-core";
import { findChromium } from "./engines.ts";
import type { Task } from "./task.ts";
import type * as tasks from "./tasks.ts";
import { type DistantTask, serve } from "./worker.ts";
import type { Work } from "./workloads.ts";

/** What the worker's script leaves there. */
interface Scope {
  tasks: typeof tasks;
  task: Task;
}

const script = readFileSync(path.join(import.meta.dirname, "tasks.browser.js"));
const server = createServer(({ url }, response) => {
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  response.setHeader("Content-Type", url === "/tasks.js" ? "text/javascript" : "text/html");
  response.end(url === "/tasks.js" ? script : "<!doctype html><title>bench</title>");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
const [worker] = await Promise.all([
  page.waitForEvent("worker"),
  page.evaluate(() => void new Worker("tasks.js")),
]);

async function prepare(work: Work): Promise<DistantTask> {
  await worker.evaluate((work) => {
    const scope = globalThis as unknown as Scope;
    scope.task = scope.tasks.prepare(work);
  }, work);
  return {
    repeat: (times) =>
      worker.evaluate(async (times) => {
        const { task } = globalThis as unknown as Scope;
        let loss: number | undefined;
        const began = performance.now();
        for (let i = 0; i < times; i++) loss = await task.run();
        return { milliseconds: performance.now() - began, loss };
      }, times),
    result: () => worker.evaluate(() => (globalThis as unknown as Scope).task.result?.() ?? []),
  };
}

const [engineName, ...how] = process.argv.slice(2);
const said = await worker.evaluate(
  ([name, ...how]) => (globalThis as unknown as Scope).tasks.start(name, ...how),
  [engineName, ...how],
);
await serve(`Chromium ${browser.version()}, ${said}`, prepare);
