// A real JupyterLab, started as npm start does, in a real browser.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { labCommand } from "../../jupyter/lab.mjs";
import { repository } from "../notebooks/course.ts";

/** Where pictures of what was seen are kept. */
export const pictures = path.join(repository, "test-results");

const chromiumPath = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((file) => fs.existsSync(file));

function listen(server: net.Server | http.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as net.AddressInfo).port));
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Lab {
  readonly url: string;
  readonly state: string;
  /** Everything that page or server asked of another address than JupyterLab's own. */
  foreign: string[] = [];
  /** What the page reported as an error. */
  readonly complaints: string[] = [];
  private readonly token: string;
  private readonly server: ChildProcess;
  private readonly proxy: http.Server;
  private browser: Browser | undefined;
  private output = "";

  private constructor(
    port: number,
    proxy: http.Server,
    proxyPort: number,
    notebooks: string,
    commandOf: typeof labCommand,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.token = randomBytes(16).toString("hex");
    this.state = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-lab-"));
    const { command, args, env } = commandOf({
      port,
      token: this.token,
      notebooks,
      state: this.state,
      args: ["--LabApp.expose_app_in_browser=True"],
    });
    // The server's own requests, if it made any, would come to this proxy, which writes them down.
    const outward = `http://127.0.0.1:${proxyPort}`;
    const proxies = {
      http_proxy: outward,
      https_proxy: outward,
      all_proxy: outward,
      no_proxy: "127.0.0.1,localhost",
    };
    this.proxy = proxy;
    this.server = spawn(command, args, {
      env: { ...process.env, ...proxies, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.server.stdout, this.server.stderr])
      stream?.on("data", (chunk) => {
        this.output = (this.output + chunk).slice(-20_000);
      });
  }

  /** Starts JupyterLab on a folder of notebooks. @param commandOf how another copy of the course does it */
  static async start(notebooks: string, commandOf = labCommand): Promise<Lab> {
    const asked: string[] = [];
    const proxy = http.createServer((request, response) => {
      asked.push(`server: ${request.url}`);
      response.writeHead(502).end();
    });
    proxy.on("connect", (request, socket) => {
      asked.push(`server: ${request.url}`);
      socket.end("HTTP/1.1 502 No way out\r\n\r\n");
    });
    const proxyPort = await listen(proxy);
    const lab = new Lab(await freePort(), proxy, proxyPort, notebooks, commandOf);
    lab.foreign = asked;
    const end = performance.now() + 60_000;
    while (performance.now() < end && lab.server.exitCode === null) {
      const answer = await fetch(`${lab.url}/api/status?token=${lab.token}`).catch(() => null);
      if (answer?.ok) return lab;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await lab.close();
    throw new Error(`JupyterLab did not start:\n${lab.output}`);
  }

  /** Opens a notebook and waits until its kernel is ready. */
  async open(notebook: string, colorScheme: "light" | "dark" = "light"): Promise<Page> {
    this.browser ??= await chromium.launch({
      executablePath: chromiumPath,
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    });
    const context: BrowserContext = await this.browser.newContext({
      viewport: { width: 1280, height: 1500 },
      colorScheme,
    });
    const page = await context.newPage();
    const own = (url: string) => new URL(url).host === new URL(this.url).host;
    page.on("request", (request) => {
      if (/^https?:/.test(request.url()) && !own(request.url()))
        this.foreign.push(`page: ${request.url()}`);
    });
    page.on("websocket", (socket) => {
      if (!own(socket.url())) this.foreign.push(`page: ${socket.url()}`);
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // Before JupyterLab puts an attached picture in its place, the browser has tried its address.
      if (message.type() === "error" && !message.text().includes("ERR_UNKNOWN_URL_SCHEME"))
        this.complaints.push(message.text());
    });
    await page.goto(
      `${this.url}/lab/workspaces/${colorScheme}/tree/${notebook}?token=${this.token}`,
    );
    await page.waitForSelector(".jp-Notebook .jp-MarkdownOutput", { timeout: 60_000 });
    await page.waitForFunction(
      () => {
        const { jupyterapp } = window as unknown as { jupyterapp: JupyterApp };
        return jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle";
      },
      undefined,
      { timeout: 60_000 },
    );
    return page;
  }

  async close(): Promise<void> {
    await this.browser?.close();
    const closed = new Promise((resolve) => this.server.once("close", resolve));
    if (this.server.exitCode === null) {
      this.server.kill("SIGTERM");
      await closed;
    }
    await new Promise((resolve) => this.proxy.close(resolve));
    fs.rmSync(this.state, { recursive: true, force: true });
  }
}

/** The little of JupyterLab's application object that is used here. */
interface JupyterApp {
  commands: { execute(name: string, args?: object): Promise<unknown> };
  shell: {
    currentWidget?: {
      sessionContext?: { session?: { kernel?: { status: string } } };
      content: {
        activeCellIndex: number;
        mode: string;
        scrollToItem(index: number, align: string): Promise<void>;
        widgets: { model: CellModel }[];
      };
    };
  };
}

interface CellModel {
  type: string;
  toJSON(): CellJson;
  sharedModel: { setSource(text: string): void };
}

export interface CellJson {
  id: string;
  cell_type: string;
  source: string;
  metadata: { gradus?: { cell?: string; exercise?: string; check?: string } };
  execution_count?: number | null;
  outputs?: {
    output_type: string;
    name?: string;
    text?: string;
    data?: Record<string, unknown>;
    ename?: string;
    evalue?: string;
  }[];
}

/** The notebook's cells as they are now. */
export const cells = (page: Page): Promise<CellJson[]> =>
  page.evaluate(() => {
    const { jupyterapp } = window as unknown as { jupyterapp: JupyterApp };
    return jupyterapp.shell.currentWidget!.content.widgets.map(({ model }) => model.toJSON());
  });

export const command = (page: Page, name: string): Promise<unknown> =>
  page.evaluate((which) => {
    const { jupyterapp } = window as unknown as { jupyterapp: JupyterApp };
    return jupyterapp.commands.execute(which).then(() => null);
  }, name);

/** Replaces the text of a cell. */
export const rewrite = (page: Page, id: string, source: string): Promise<void> =>
  page.evaluate(
    ([which, text]) => {
      const { jupyterapp } = window as unknown as { jupyterapp: JupyterApp };
      const { widgets } = jupyterapp.shell.currentWidget!.content;
      widgets.find(({ model }) => model.toJSON().id === which)!.model.sharedModel.setSource(text);
    },
    [id, source] as const,
  );

/** Makes a cell the active one and brings it into view. */
export const goTo = (page: Page, id: string): Promise<void> =>
  page.evaluate(async (which) => {
    const { jupyterapp } = window as unknown as { jupyterapp: JupyterApp };
    const { content } = jupyterapp.shell.currentWidget!;
    const index = content.widgets.findIndex(({ model }) => model.toJSON().id === which);
    if (index < 0) throw new Error(`no cell ${which}`);
    content.activeCellIndex = index;
    await content.scrollToItem(index, "start");
  }, id);

/** All that a cell shows as text. */
export const textOf = ({ outputs = [] }: CellJson): string =>
  outputs
    .map((output) => output.text ?? String(output.data?.["text/plain"] ?? output.evalue ?? ""))
    .join("\n");
