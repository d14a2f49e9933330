/** Speaks with the service, and says in plain words what went wrong. */
import { randomUUID } from "node:crypto";
import type {
  CourseGrades,
  Enrollment,
  ErrorBody,
  ExerciseStatistics,
  Gradebook,
  Invitation,
  LearnerGrades,
  Me,
  Receipts,
  Regrade,
  RegradeItem,
  RosterImport,
  Section,
  Statistics,
  Submission,
  SubmissionSummary,
} from "../service/types.ts";
import type { Account } from "./account.ts";
import { exitCodes, Problem, usage } from "./problem.ts";

/** How long a request may take that waits for nothing, in milliseconds. */
const PATIENCE = 15_000;
/** How much longer it may take where a whole class is concerned, in seconds. */
const LONG = 60;
/** How often a request is sent that may be sent twice. */
const TRIES = 3;
/** What may be over when it is sent again. */
const PASSING: ReadonlySet<string> = new Set(["connection_lost", "stopping"]);

export class Server {
  readonly #account: Account;

  /** @throws Problem when the token is none: with a line break, say, it could not even be sent */
  constructor(account: Account) {
    if (!/^[\x21-\x7e]+$/.test(account.token)) {
      throw usage(
        "invalid_token",
        "this is no access token: a token is one word that begins with gradus_",
        `copy it again, or make a new one at ${account.url}/account`,
      );
    }
    this.#account = account;
  }

  me(): Promise<Me> {
    return this.#ask("GET", "/me");
  }

  /** Ends this very token. */
  async endToken(): Promise<void> {
    await this.#ask("DELETE", "/tokens/current");
  }

  /** @param course undefined: the one that everybody has */
  handIn(body: object, course?: string): Promise<Receipts> {
    return this.#ask("POST", `/submissions${query({ course })}`, body, 0, randomUUID());
  }

  /** Comes back when graded, or after `wait` seconds. */
  submission(id: string, wait = 0): Promise<Submission> {
    const query = wait > 0 ? `?wait=${wait}` : "";
    return this.#ask("GET", `/submissions/${encodeURIComponent(id)}${query}`, undefined, wait);
  }

  async submissions(filter: {
    exercise?: string | undefined;
    course?: string | undefined;
  }): Promise<SubmissionSummary[]> {
    const { submissions } = await this.#all<{ submissions: SubmissionSummary[] }>(
      `/submissions${query(filter)}`,
      "submissions",
    );
    return submissions;
  }

  /** @param course undefined: the one that everybody has */
  gradebook(course?: string): Promise<Gradebook> {
    return this.#ask("GET", `/gradebook${query({ course })}`, undefined, LONG);
  }

  /** One's own grades in a course, and its assignments as they are for oneself. */
  ownGrades(course: string): Promise<LearnerGrades> {
    return this.#ask("GET", `/courses/${encodeURIComponent(course)}/grades/me`);
  }

  grades(course: string): Promise<CourseGrades> {
    return this.#ask("GET", `/courses/${encodeURIComponent(course)}/grades`, undefined, LONG);
  }

  roster(course: string): Promise<{ enrollments: Enrollment[]; invitations: Invitation[] }> {
    const path = `/courses/${encodeURIComponent(course)}/enrollments`;
    return this.#all(path, "enrollments", "invitations");
  }

  /** @param text a CSV file */
  importRoster(
    course: string,
    text: string,
    { dryRun, dropMissing }: { dryRun: boolean; dropMissing: boolean },
  ): Promise<RosterImport> {
    const path = `/courses/${encodeURIComponent(course)}/roster?dry_run=${dryRun}&drop_missing=${dropMissing}`;
    return this.#ask("POST", path, text, LONG);
  }

  async sections(course: string): Promise<Section[]> {
    const path = `/courses/${encodeURIComponent(course)}/sections`;
    return (await this.#all<{ sections: Section[] }>(path, "sections")).sections;
  }

  /** The newest first. */
  async regrades(course: string): Promise<Regrade[]> {
    const path = `/courses/${encodeURIComponent(course)}/regrades`;
    return (await this.#all<{ regrades: Regrade[] }>(path, "regrades")).regrades;
  }

  startRegrade(course: string, wanted: { exercise?: string; section?: string }): Promise<Regrade> {
    return this.#ask("POST", `/courses/${encodeURIComponent(course)}/regrades`, wanted, LONG);
  }

  regrade(course: string, id: string): Promise<Regrade> {
    return this.#ask("GET", `/courses/${encodeURIComponent(course)}/regrades/${id}`);
  }

  changeRegrade(
    course: string,
    id: string,
    what: "stop" | "discard" | "apply" | "undo",
    body: object = {},
  ): Promise<Regrade> {
    const path = `/courses/${encodeURIComponent(course)}/regrades/${encodeURIComponent(id)}/${what}`;
    return this.#ask("POST", path, body, LONG);
  }

  /** What a regrade changes, in the order it was handed in. */
  async regradeItems(course: string, id: string): Promise<RegradeItem[]> {
    const path = `/courses/${encodeURIComponent(course)}/regrades/${id}/items?direction=up,down,other,broken`;
    return (await this.#all<{ items: RegradeItem[] }>(path, "items")).items;
  }

  statistics(course: string, section?: string): Promise<Statistics> {
    const path = `/courses/${encodeURIComponent(course)}/statistics${query({ section })}`;
    return this.#ask("GET", path, undefined, LONG);
  }

  exerciseStatistics(
    course: string,
    exercise: string,
    section?: string,
  ): Promise<ExerciseStatistics> {
    const path = `/courses/${encodeURIComponent(course)}/statistics/${encodeURIComponent(exercise)}${query({ section })}`;
    return this.#ask("GET", path, undefined, LONG);
  }

  /** Every page of the lists that an address has, put together. */
  async #all<T extends Record<string, unknown[]>>(path: string, ...names: (keyof T)[]): Promise<T> {
    const all = Object.fromEntries(names.map((name) => [name, [] as unknown[]])) as T;
    const mark = path.includes("?") ? "&" : "?";
    for (let cursor: string | null = ""; cursor !== null; ) {
      const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: T & { next: string | null } = await this.#ask(
        "GET",
        `${path}${mark}limit=500${after}`,
      );
      for (const name of names) all[name].push(...page[name]);
      cursor = page.next;
    }
    return all;
  }

  /**
   * One request. What changes nothing, or has a key by which the server knows it again, is sent once more
   * when the answer was lost on the way.
   * @param body JSON, or the text of a CSV file
   */
  async #ask<T>(
    method: string,
    path: string,
    body?: object | string,
    wait = 0,
    key?: string,
  ): Promise<T> {
    const repeatable = method === "GET" || key !== undefined;
    for (let tries = 1; ; tries++)
      try {
        return await this.#askOnce<T>(method, path, body, wait, key);
      } catch (error) {
        // Reading much takes as long as it may; whoever hands in too fast is told.
        const busy = method === "GET" && error instanceof Busy ? error.seconds * 1000 : 0;
        const passing = error instanceof Problem && PASSING.has(error.code);
        if (!repeatable || !(busy || passing) || tries === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, busy || 500 * tries));
      }
  }

  async #askOnce<T>(
    method: string,
    path: string,
    body: object | string | undefined,
    wait: number,
    key: string | undefined,
  ): Promise<T> {
    const { url, token } = this.#account;
    const csv = typeof body === "string";
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body ? { "content-type": csv ? "text/csv" : "application/json" } : {}),
          ...(key ? { "idempotency-key": key } : {}),
        },
        ...(body ? { body: csv ? body : JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(PATIENCE + wait * 1000),
      });
      text = await response.text();
    } catch (error) {
      throw new Problem(
        exitCodes.server,
        wasLost(error) ? "connection_lost" : "unreachable",
        `no answer from ${url}: ${reason(error)}`,
        "is Gradus running there? `npm start` starts it; gradus login --url names another address",
      );
    }
    const answer = parse(text);
    if (response.ok && (answer !== undefined || response.status === 204)) return answer as T;
    const refused = (answer as Partial<ErrorBody> | undefined)?.error;
    if (!refused) {
      throw new Problem(
        exitCodes.server,
        "not_gradus",
        `${url} answered ${response.status}, but not as Gradus does`,
        "check the address: gradus login --url",
      );
    }
    // Too fast, or its own fault: the server's. Anything else: what was asked, or by whom.
    const exit =
      response.status === 429 || response.status >= 500 ? exitCodes.server : exitCodes.usage;
    const hint =
      response.status === 401 || refused.code === "insufficient_scope"
        ? `${refused.hint}; then run: gradus login --url ${url}`
        : refused.hint;
    const said = [exit, refused.code, refused.message, hint, refused.lines] as const;
    const seconds = Number(response.headers.get("retry-after"));
    if (response.status === 429 && seconds > 0) throw new Busy(seconds, ...said);
    throw new Problem(...said);
  }
}

/** Too much was asked in too short a time. */
class Busy extends Problem {
  readonly seconds: number;

  constructor(seconds: number, ...said: ConstructorParameters<typeof Problem>) {
    super(...said);
    this.seconds = Math.min(seconds, LONG);
  }
}

/** What is given, as the part of an address behind the question mark. */
function query(all: Record<string, string | undefined>): string {
  const given = Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when a connection broke that was there. */
function wasLost(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === "ECONNRESET" || code === "UND_ERR_SOCKET" || code === "EPIPE";
}

function reason(error: unknown): string {
  const cause = (error as Error).cause as
    | (NodeJS.ErrnoException & Partial<AggregateError>)
    | undefined;
  const code = cause?.code ?? (cause?.errors?.[0] as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ECONNREFUSED") return "nothing listens at this address (connection refused)";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "this host name is not known";
  if ((error as Error).name === "TimeoutError") return "it took too long";
  return cause?.message || code || (error as Error).message;
}
