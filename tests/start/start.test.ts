// The two commands as a newcomer meets them: in a fresh clone, with nothing done before.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const minutes = 60_000;

/** Everything these tests write lies in here. */
let ground: string;
let clone: string;
const running = new Set<Start>();

/** One `npm start` (or another script) in the clone, with all that it prints. */
class Start {
  output = "";
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly #mark = `GRADUS_TEST=${Math.random().toString(36).slice(2)}`;

  constructor(script: string, env: Record<string, string> = {}) {
    const [name, value] = this.#mark.split("=");
    const inherited = { ...process.env };
    // Vitest's and npm's own variables must not reach the newcomer's shell.
    for (const key of Object.keys(inherited))
      if (/^(npm_|VITEST|NODE_ENV|NODE_OPTIONS|INIT_CWD)/i.test(key) && key !== "npm_config_cache")
        delete inherited[key];
    this.child = spawn("npm", ["run", script], {
      cwd: clone,
      env: { ...inherited, [name]: value, ...env },
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk) => {
        this.output += chunk;
      });
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
    running.add(this);
  }

  /** Waits until the output matches; fails with all of the output when the command ends first. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    let over = false;
    this.ended.then(() => {
      over = true;
    });
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (over) throw new Error(`ended without ${pattern}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What Ctrl-C in a terminal does: SIGINT to the foreground process group. Then npm has to be gone, and all of ours. */
  async interrupt(): Promise<void> {
    process.kill(-this.child.pid!, "SIGINT");
    const code = await this.ended;
    // npm dies by the signal itself, or reports what our script said.
    expect([0, null]).toContain(code);
    expect(this.output).toContain("Stopping");
    expect(this.leftovers()).toEqual([]);
  }

  /** Processes that this start began and that still live, by command line. */
  leftovers(): string[] {
    return fs
      .readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap((pid) => {
        try {
          if (!fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(this.#mark)) return [];
          const state = /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
          return state === "Z"
            ? []
            : [`${pid}: ${fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
        } catch {
          return [];
        }
      });
  }

  kill(): void {
    running.delete(this);
    for (const line of this.leftovers()) {
      try {
        process.kill(Number.parseInt(line, 10), "SIGKILL");
      } catch {
        // It ended in the meantime.
      }
    }
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ports = async () => ({ PORT: String(await freePort()), LAB_PORT: String(await freePort()) });
const page = async (url: string): Promise<string> => {
  const response = await fetch(url);
  expect(response.status, url).toBe(200);
  return response.text();
};

/** A folder with node and npm in it and nothing else of this machine's: a PATH without Python. */
function pathWithoutPython(): string {
  const folder = fs.mkdtempSync(path.join(ground, "path-"));
  for (const tool of [
    "node",
    "npm",
    "sh",
    "bash",
    "env",
    "git",
    "uname",
    "dirname",
    "basename",
    "sed",
    "readlink",
  ]) {
    const found = (process.env.PATH ?? "")
      .split(":")
      .filter((place) => !place.includes("node_modules"))
      .map((place) => path.join(place, tool))
      .find((file) => fs.existsSync(file));
    if (found) fs.symlinkSync(fs.realpathSync(found), path.join(folder, tool));
  }
  return folder;
}

beforeAll(() => {
  ground = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-start-"));
  clone = path.join(ground, "clone");
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, clone]);
});

afterEach(() => {
  for (const start of running) start.kill();
});

afterAll(() => fs.rmSync(ground, { recursive: true, force: true }));

describe("npm start in a fresh clone", () => {
  test(
    "offline, before anything is installed: says so and what to do",
    async () => {
      const start = new Start("start", {
        npm_config_registry: "http://127.0.0.1:9",
        npm_config_cache: path.join(ground, "empty-cache"),
        npm_config_fetch_retries: "0",
      });
      expect(await start.ended).toBe(1);
      expect(start.output).toContain("The package registry could not be reached.");
      expect(start.output).toContain("Connect to the network once and start again");
    },
    2 * minutes,
  );

  test(
    "without Python: the site works, and a line says what is missing",
    async () => {
      const env = await ports();
      const start = new Start("start", { ...env, PATH: pathWithoutPython() });
      await start.until(/Ctrl-C stops everything/);
      expect(start.output).toContain(
        "Python 3.10 or later was not found, so JupyterLab cannot run.",
      );
      expect(await page(`http://127.0.0.1:${env.PORT}/`)).toContain("Gradus");
      await start.interrupt();
    },
    10 * minutes,
  );

  test(
    "both addresses are printed and answer; Ctrl-C leaves no process behind",
    async () => {
      const env = await ports();
      const start = new Start("start", env);
      const [, site] = await start.until(/Site\s+(http:\/\/\S+)/);
      const [, lab] = await start.until(/Lab\s+(http:\/\/\S+)/);
      await start.until(/Ctrl-C stops everything/);
      expect(await page(site)).toContain("Gradus");
      expect(await page(lab)).toContain("JupyterLab");
      // The page's "Open in JupyterLab" finds it; the token stays in the terminal.
      const { url } = (await (await fetch(`${site}/lab.json`)).json()) as { url: string };
      expect(url).toBe(lab.split("?")[0]);
      // A kernel runs while Ctrl-C comes: it has to go too.
      const { origin, searchParams } = new URL(lab);
      const began = await fetch(`${origin}/api/kernels?token=${searchParams.get("token")}`, {
        method: "POST",
        body: JSON.stringify({ name: "tslab" }),
      });
      expect(began.status).toBe(201);
      await start.interrupt();
    },
    10 * minutes,
  );

  test(
    "a second start sets nothing up again, also offline",
    async () => {
      const env = await ports();
      const start = new Start("site", { ...env, npm_config_registry: "http://127.0.0.1:9" });
      const [, site] = await start.until(/Site\s+(http:\/\/\S+)/);
      expect(start.output).not.toMatch(/\[\d+\/\d+\]/);
      expect(await page(site)).toContain("Gradus");
      await start.interrupt();
    },
    2 * minutes,
  );

  test(
    "the site's port is taken: JupyterLab works, and a line says what to do",
    async () => {
      const env = await ports();
      const taken = net.createServer().listen(Number(env.PORT), "127.0.0.1");
      try {
        const start = new Start("start", env);
        await start.until(/Lab\s+http/);
        expect(start.output).toContain(`the site was not started: port ${env.PORT} is in use.`);
        expect(start.output).toContain(`PORT=${Number(env.PORT) + 1} npm start`);
        await start.interrupt();
      } finally {
        taken.close();
      }
    },
    2 * minutes,
  );

  test(
    "two on one database: the second says who holds it and loses nothing",
    async () => {
      const first = new Start("site", await ports());
      const [, site] = await first.until(/Site\s+(http:\/\/\S+)/);
      const second = new Start("site", await ports());
      expect(await second.ended).not.toBe(0);
      expect(second.output).toMatch(/in use|locked|already/i);
      expect(await page(site)).toContain("Gradus");
      await first.interrupt();
    },
    2 * minutes,
  );

  test(
    "a port that is no port, and an unknown option",
    async () => {
      const start = new Start("site", { PORT: "many" });
      expect(await start.ended).toBe(1);
      expect(start.output).toContain("PORT=many is not a port: give a number from 1 to 65535.");
    },
    2 * minutes,
  );
});
