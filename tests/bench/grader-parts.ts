// What the grader's bench is made of: the real service and real workers as processes, a real Postgres,
// people who hand in, and the table of what was measured.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const exercise = "perceptron-update";
const solution = fs.readFileSync(path.join(root, "solutions", `${exercise}.ts`), "utf8");

/** A right answer, a wrong one and one that does not even compile; a `mark` makes it another source. */
export const answers = {
  right: (mark: unknown) => `${solution}\n// ${mark}\n`,
  wrong: (mark: unknown) =>
    `${solution.replace("answer === label", "answer !== label")}\n// ${mark}\n`,
  broken: (mark: unknown) => `export function update( { // ${mark}\n`,
};

// ---- what was measured ---------------------------------------------------------------------

export interface Row {
  what: string;
  got: string;
  bar: string;
  holds: boolean;
}
export const rows: Row[] = [];

export function row(what: string, got: number | string, bar: string, holds: boolean): void {
  rows.push({ what, got: String(got), bar, holds });
  say(`  ${holds ? "holds " : "MISSED"}  ${what}: ${got} (${bar})`);
}

let quiet = false;
export function beQuiet(): void {
  quiet = true;
}
export function say(text: string): void {
  if (!quiet) process.stderr.write(`${text}\n`);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits until `probe` is true. @returns after how many milliseconds; undefined when it never was */
export async function until(
  probe: () => Promise<boolean> | boolean,
  limit = 60_000,
): Promise<number | undefined> {
  const began = performance.now();
  for (;;) {
    if (await probe()) return performance.now() - began;
    if (performance.now() - began > limit) return undefined;
    await sleep(100);
  }
}

// ---- folders and processes, all gone at the end ------------------------------------------------

const cleaning: (() => unknown)[] = [];
export function atEnd(clean: () => unknown): void {
  cleaning.unshift(clean);
}
export async function cleanUp(): Promise<void> {
  for (const clean of cleaning.splice(0))
    try {
      await clean();
    } catch (error) {
      say(`clean-up: ${(error as Error).message}`);
    }
}

export function tempDir(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "gradus-bench-"));
  atEnd(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

class Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** All it has said. */
  log = "";

  constructor(script: string, env: Record<string, string>) {
    const { DATABASE_URL: _, GRADUS_DATA: __, ...rest } = process.env;
    this.child = spawn(process.execPath, [path.join(root, script)], {
      env: { ...rest, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk) => {
        this.log += chunk;
      });
    this.ended = new Promise((done) => this.child.on("close", done));
    atEnd(() => this.kill("SIGKILL"));
  }

  get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.over) this.child.kill(signal);
    return this.ended;
  }
}

/** A worker, as `npm run worker` starts it. */
export class Worker extends Process {
  constructor(databaseUrl: string, concurrency: number) {
    super("grader/service/worker-main.ts", {
      DATABASE_URL: databaseUrl,
      GRADUS_CONCURRENCY: String(concurrency),
    });
  }

  get takes(): boolean {
    return this.log.includes("takes submissions");
  }

  /** [submission, outcome and points] of every verdict that it formed. */
  *verdicts(): Generator<[string, string]> {
    for (const line of this.log.split("\n")) {
      if (!line.includes('"msg":"graded"')) continue;
      const { submission, outcome, points } = JSON.parse(line);
      yield [submission, `${outcome} ${points}`];
    }
  }
}

/** The service, without the pages of the site. */
export class Service extends Process {
  url = "";

  static async start(options: object): Promise<Service> {
    const service = new Service("tests/service/fixtures/serve.ts", {
      SERVE: JSON.stringify({
        exercisesRoot: path.join(root, "exercises"),
        secret: "0123456789abcdef0123456789abcdef",
        // People come from many addresses; here each says its own.
        behindProxy: true,
        ...options,
      }),
    });
    const line = await Promise.race([
      new Promise<string>((done) =>
        createInterface({ input: service.child.stdout! }).once("line", done),
      ),
      service.ended,
    ]);
    if (typeof line !== "string") throw new Error(`the service ended: ${service.log}`);
    service.url = JSON.parse(line).url;
    return service;
  }

  async ready(): Promise<{ status: number; problems: string[]; warnings: string[] }> {
    try {
      const answer = await fetch(`${this.url}/health/ready`, {
        signal: AbortSignal.timeout(20_000),
      });
      const { problems = [], warnings = [] } = (await answer.json()) as {
        problems?: string[];
        warnings?: string[];
      };
      return { status: answer.status, problems, warnings };
    } catch {
      return { status: 0, problems: [], warnings: [] };
    }
  }
}

let people = 0;

/** Somebody with an account. */
export class Person {
  service: Service;
  readonly #address = `10.${(people >> 16) & 255}.${(people >> 8) & 255}.${people++ & 255}`;
  #cookie = "";

  constructor(service: Service) {
    this.service = service;
  }

  static async signUp(service: Service): Promise<Person> {
    const person = new Person(service);
    const answer = await person.ask("POST", "/api/auth/sign-up/email", {
      name: "Bench",
      email: `${randomUUID()}@example.org`,
      password: "a long enough password",
    });
    if (!answer.ok) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`);
    person.#cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
    return person;
  }

  ask(method: string, route: string, body?: unknown): Promise<Response> {
    return fetch(this.service.url + route, {
      method,
      headers: {
        "content-type": "application/json",
        origin: this.service.url,
        "x-forwarded-for": this.#address,
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
  }

  /** The id of what was handed in. @throws Error with the status when it was not taken */
  async handIn(source: string): Promise<string> {
    const answer = await this.ask("POST", "/api/v1/submissions", { exercise, source });
    const text = await answer.text();
    if (answer.status !== 202) throw new Error(`${answer.status} ${text}`);
    return JSON.parse(text).submissions[0].id;
  }

  /** Its outcome, as soon as it has one; undefined: it is not there any more. */
  async outcome(id: string, seconds = 120): Promise<string | undefined> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const answer = await this.ask("GET", `/api/v1/submissions/${id}?wait=10`);
      if (answer.status === 404) return undefined;
      const { state, outcome } = (await answer.json()) as { state?: string; outcome?: string };
      if (state === "done") return outcome;
      if (performance.now() > deadline) throw new Error(`no verdict in ${seconds} s`);
    }
  }
}
