// The real site for tests: its own server process, its own empty database, and a real Chromium.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
  type Request,
} from "playwright-core";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where pictures of pages are kept, for people to look at. */
export const pictures = path.join(root, "test-results", "site");

export interface Site {
  url: string;
  /** The one-time link that makes the administrator. */
  adminLink: string;
  data: string;
  process: ChildProcess;
  stop(): Promise<number | null>;
}

/** Starts the server with an empty database, or with the one in `data`. */
export async function startSite(data?: string, env: Record<string, string> = {}): Promise<Site> {
  const folder = data ?? fs.mkdtempSync(path.join(os.tmpdir(), "gradus-site-"));
  const child = spawn(process.execPath, ["site/server.ts"], {
    cwd: root,
    env: { ...process.env, PORT: "0", GRADUS_DATA: folder, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  const ready = await new Promise<{ url: string; adminLink: string }>((resolve, reject) => {
    child.on(
      "message",
      (message: { ready?: boolean; url: string; adminLink: string }) =>
        message.ready && resolve(message),
    );
    closed.then((code) => reject(new Error(`the site ended with ${code}:\n${output}`)));
  });
  return {
    ...ready,
    data: folder,
    process: child,
    stop() {
      child.kill("SIGTERM");
      return closed;
    },
  };
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ].find((file) => fs.existsSync(file));
  if (!executablePath) throw new Error("No Chromium was found: apt install chromium");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** What a page must never do, gathered while it is used. */
export interface Misdeeds {
  errors: string[];
  foreign: string[];
}

/** A page that notes console errors, uncaught errors and requests to another origin. */
export async function openPage(
  context: BrowserContext,
  site: Site,
): Promise<{ page: Page; misdeeds: Misdeeds; settled(): Promise<void> }> {
  const page = await context.newPage();
  const underway = new Set<Request>();
  const misdeeds: Misdeeds = { errors: [], foreign: [] };
  page.on("console", (message) => {
    if (message.type() === "error")
      misdeeds.errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => misdeeds.errors.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!/^https?:$/.test(url.protocol)) return;
    underway.add(request);
    if (url.origin !== site.url) misdeeds.foreign.push(request.url());
  });
  page.on("requestfinished", (request) => underway.delete(request));
  page.on("requestfailed", (request) => underway.delete(request));
  return {
    page,
    misdeeds,
    // "networkidle" also waits for the blobs that workers start from: for ever, where a worker ends first.
    async settled() {
      const end = performance.now() + 20_000;
      for (let still = 0; still < 6; still = underway.size === 0 ? still + 1 : 0) {
        if (performance.now() > end)
          throw new Error(`still underway: ${[...underway].map((request) => request.url())}`);
        await page.waitForTimeout(50);
      }
    },
  };
}

/** Makes an account through the page and leaves the browser signed in. */
export async function signUp(
  page: Page,
  site: Site,
  person: { name: string; email: string; password: string },
): Promise<void> {
  await page.goto(`${site.url}/sign-up`);
  await page.getByLabel("Name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-up"));
}
