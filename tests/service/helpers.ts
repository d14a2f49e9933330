// What the service's tests share: temporary folders, a Postgres server of their own, the service
// as a process, and a client that keeps its cookies.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { openStore } from "../../grader/service/store/store.ts";
import { misfit } from "./api.ts";
import { type Postgres, startPostgresIn } from "./postgres.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** Two tiny exercises: `double` (3 points, one hidden check) and `negate` (2 points). */
export const exercisesRoot = path.join(import.meta.dirname, "fixtures/exercises");

/** A right answer to `double`; a different `mark` makes a different source. */
export const rightDouble = (mark: unknown = "") =>
  `function double(x: number): number { return 2 * x; } // ${mark}`;
export const wrongDouble = (mark: unknown = "") =>
  `function double(x: number): number { return x * x; } // ${mark}`;
export const rightNegate = "function negate(x: number): number { return -x; }";
/** Keeps the worker busy until the sandbox stops it. */
export const endlessDouble = (mark: unknown = "") =>
  `function double(x: number): number { for (;;) x++; } // ${mark}`;

const temporary: string[] = [];
// Hooks run from the last to the first, so this one comes when all others are done.
afterAll(() => {
  for (const dir of temporary) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

/** A new folder, removed when the test file is done. */
export function tempDir(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-service-"));
  temporary.push(dir);
  return dir;
}

let made: string | undefined;

/**
 * A data folder whose database is made already: a copy, since making one takes seconds.
 * Only after `makeDataDir`.
 */
export function dataDir(): string {
  if (!made) throw new Error("call makeDataDir in beforeAll");
  const dir = tempDir();
  fs.cpSync(path.join(made, "pglite"), path.join(dir, "pglite"), { recursive: true });
  return dir;
}

export async function makeDataDir(): Promise<void> {
  made = tempDir();
  const store = await openStore({ dataDir: made });
  await store.close();
}

export type { Postgres };

export const startPostgres = (): Postgres => startPostgresIn(tempDir());

/** The service in a process of its own. */
export class Served {
  url = "";
  adminLink: string | undefined;
  log = "";
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  private constructor(options: object, under: string[]) {
    const script = path.join(import.meta.dirname, "fixtures/serve.ts");
    const [command, ...args] = [...under, process.execPath, script];
    this.child = spawn(command, args, {
      env: { ...process.env, SERVE: JSON.stringify({ exercisesRoot, ...options }) },
      // A group of its own, as in a terminal of its own. When we are gone, its input ends.
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.child.stderr?.on("data", (chunk) => {
      this.log += chunk;
    });
    this.ended = new Promise((resolve) => this.child.on("close", resolve));
  }

  /**
   * @param under a command that runs the process in its own way
   * @throws with its log when it ends instead of listening
   */
  static async start(options: object, under: string[] = []): Promise<Served> {
    const served = new Served(options, under);
    const ready = new Promise<string>((resolve) =>
      createInterface({ input: served.child.stdout! }).once("line", resolve),
    );
    const line = await Promise.race([ready, served.ended]);
    if (typeof line !== "string") throw new Error(`ended with ${line}: ${served.log}`);
    Object.assign(served, JSON.parse(line));
    return served;
  }

  /** Ctrl-C in a terminal: everything that was started there gets the signal. */
  interrupt(): Promise<number | null> {
    process.kill(-this.child.pid!, "SIGINT");
    return this.ended;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

type Fetch = (request: Request) => Promise<Response>;

/** A browser, near enough: it keeps cookies and sends its page's origin. */
export class Client {
  readonly url: string;
  readonly #fetch: Fetch;
  readonly #cookies = new Map<string, string>();
  /** Sent with every request; an undefined value leaves the header away. */
  headers: Record<string, string | undefined>;

  constructor(url: string, send: Fetch = fetch) {
    this.url = url;
    this.#fetch = send;
    this.headers = { origin: new URL(url).origin };
  }

  /** The same browser at another address, with the same cookies. */
  at(url: string): Client {
    const other = new Client(url, this.#fetch);
    for (const [name, value] of this.#cookies) other.#cookies.set(name, value);
    return other;
  }

  async ask(
    method: string,
    route: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(cookie ? { cookie } : {}),
      ...this.headers,
      ...headers,
    };
    const response = await this.#fetch(
      new Request(this.url + route, {
        method,
        headers: Object.entries(all).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        ),
        ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
      }),
    );
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(";", 1)[0].split("=", 2);
      this.#cookies.set(name, value);
    }
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {}
    const answer = { status: response.status, headers: response.headers, text, body: parsed };
    // Whatever a test asks, the answer is one that the API's description has.
    const wrong = misfit(method, route, answer);
    if (wrong) throw new Error(wrong);
    return answer;
  }

  get = (route: string) => this.ask("GET", route);
  post = (route: string, body: unknown) => this.ask("POST", route, body);

  async signUp(name: string, email = `${randomUUID()}@example.org`): Promise<this> {
    const answer = await this.post("/api/auth/sign-up/email", {
      name,
      email,
      password: "correct horse",
    });
    if (answer.status !== 200) throw new Error(`sign-up: ${answer.status} ${answer.text}`);
    return this;
  }

  async becomeAdministrator(link: string | undefined): Promise<void> {
    const token = new URL(link ?? "").searchParams.get("token");
    const answer = await this.post("/api/v1/setup", { token });
    if (answer.status !== 200) throw new Error(`set-up: ${answer.status} ${answer.text}`);
  }

  /** Hands in one source; gives the receipt. */
  async handIn(exercise: string, source: string) {
    const answer = await this.post("/api/v1/submissions", { exercise, source });
    if (answer.status !== 202) throw new Error(`hand-in: ${answer.status} ${answer.text}`);
    return answer.body.submissions[0] as {
      id: string;
      state: string;
      sha256: string;
      duplicate: boolean;
    };
  }

  /** The submission once it is graded. @throws when that takes longer than `seconds` */
  async graded(id: string, seconds = 60) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const { body } = await this.get(`/api/v1/submissions/${id}?wait=10`);
      if (body.state === "done") return body;
      if (Date.now() > deadline)
        throw new Error(`not graded in ${seconds} s: ${JSON.stringify(body)}`);
    }
  }
}

/** Waits until `probe` gives a value that is not undefined or false. */
export async function until<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 20_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`not in ${ms} ms: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
