/**
 * The client of /api: typed calls, and errors that say what happened and what to do.
 * Every function throws ApiError and nothing else, except when its own signal aborts it.
 */
import type {
  ErrorBody,
  GradebookSubmission,
  LineError,
  Me,
  Member,
  NewToken,
  Receipts,
  Role,
  Scope,
  SetupState,
  Submission,
  SubmissionSummary,
  Token,
} from "@gradus/grader/service";

/**
 * What kind of refusal it was, for the page to choose its words and its next step:
 * `offline` no answer came · `signed-out` no session, or it ended · `forbidden` not this role ·
 * `missing` no such thing · `busy` too fast, or the server is stopping · `invalid` the request is
 * wrong and sending it again will not help · `server` the server failed.
 */
export type Trouble =
  | "offline"
  | "signed-out"
  | "forbidden"
  | "missing"
  | "busy"
  | "invalid"
  | "server";

/** Troubles that may be over when one tries again. */
const PASSING: ReadonlySet<Trouble> = new Set(["offline", "busy", "server"]);

export class ApiError extends Error {
  override name = "ApiError";
  readonly trouble: Trouble;
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The server's own word for it, such as `rate_limited`. */
  readonly code: string;
  /** What to do about it, where there is something to do. */
  readonly hint?: string;
  /** After how many seconds another try makes sense. */
  readonly retryAfter?: number;
  /** Of a file: what is wrong in which line. */
  readonly lines?: readonly LineError[];

  constructor(
    message: string,
    detail: {
      trouble: Trouble;
      status: number;
      code: string;
      hint?: string;
      retryAfter?: number;
      lines?: readonly LineError[];
    },
  ) {
    super(message);
    this.trouble = detail.trouble;
    this.status = detail.status;
    this.code = detail.code;
    this.hint = detail.hint;
    this.retryAfter = detail.retryAfter;
    this.lines = detail.lines;
  }
}

/** The largest source the service takes, in bytes of UTF-8. */
export const MAX_SOURCE = 1024 * 1024;

// ---------- Accounts ----------

/** Who is signed in; null when nobody is. */
export async function whoAmI(signal?: AbortSignal): Promise<Me | null> {
  // Asked first because it answers "nobody" with 200: a reader without an account causes no error.
  const session = await call<object | null>("GET", "/api/auth/get-session", { signal });
  if (!session) return null;
  try {
    return await call<Me>("GET", "/api/v1/me", { signal });
  } catch (error) {
    if (error instanceof ApiError && error.trouble === "signed-out") return null;
    throw error;
  }
}

export const signIn = (email: string, password: string) =>
  call("POST", "/api/auth/sign-in/email", { json: { email, password, rememberMe: true } });

export const signUp = (name: string, email: string, password: string) =>
  call("POST", "/api/auth/sign-up/email", { json: { name, email, password } });

/** Signs every other device out as well. */
export const changePassword = (currentPassword: string, newPassword: string) =>
  call("POST", "/api/auth/change-password", {
    json: { currentPassword, newPassword, revokeOtherSessions: true },
  });

export const signOut = () => call("POST", "/api/auth/sign-out", { json: {} });

export const setupState = (signal?: AbortSignal) =>
  call<SetupState>("GET", "/api/v1/setup/state", { signal });

/** Makes the signed-in person the administrator, with the token of the one-time link. */
export const claimAdministrator = (token: string) =>
  call("POST", "/api/v1/setup", { json: { token } });

export const listTokens = async (signal?: AbortSignal) =>
  (await callAll<{ tokens: Token[] }>("/api/v1/tokens", ["tokens"], signal)).tokens;

/** @param expiresInDays null: never */
export const createToken = (name: string, scopes: Scope[], expiresInDays: number | null) =>
  call<NewToken>("POST", "/api/v1/tokens", { json: { name, scopes, expiresInDays } });

export const revokeToken = (id: string) =>
  call("DELETE", `/api/v1/tokens/${encodeURIComponent(id)}`);

export const revokeAllTokens = () => call("DELETE", "/api/v1/tokens");

// ---------- Handing in ----------

export const handIn = (exercise: string, source: string, signal?: AbortSignal) =>
  call<Receipts>("POST", "/api/v1/submissions", { json: { exercise, source }, signal });

/** The signed-in person's own submissions, newest first. */
export const listSubmissions = async (signal?: AbortSignal) =>
  (
    await callAll<{ submissions: SubmissionSummary[] }>(
      "/api/v1/submissions",
      ["submissions"],
      signal,
    )
  ).submissions;

/** One submission; with `wait`, in seconds, the answer comes once it is graded or time is up. */
export const getSubmission = (id: string, signal?: AbortSignal, wait?: number) =>
  call<Submission>(
    "GET",
    `/api/v1/submissions/${encodeURIComponent(id)}${wait ? `?wait=${wait}` : ""}`,
    { signal },
  );

/**
 * Follows a submission until it is graded, and yields every state it is seen in. Troubles that
 * pass (no network, a busy server) are waited out and told to `onTrouble`; others are thrown.
 */
export async function* followSubmission(
  id: string,
  signal: AbortSignal,
  onTrouble: (error: ApiError) => void = () => {},
): AsyncGenerator<Submission> {
  let wait = 0;
  for (let failures = 0; ; ) {
    try {
      const asked = performance.now();
      const submission = await getSubmission(id, signal, wait);
      yield submission;
      if (submission.state === "done") return;
      // The first waits are short, so that "running" shows; then the server holds the line.
      wait = wait === 0 ? 1 : Math.min(wait * 2, 25);
      failures = 0;
      // A server that answers at once although asked to wait must not be asked in a tight loop.
      if (performance.now() - asked < 250) await pause(250, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || !PASSING.has(error.trouble)) throw error;
      failures++;
      if (failures > 1) onTrouble(error);
      const seconds = error.retryAfter ?? Math.min(2 ** failures / 2, 15);
      await pause(seconds * 1000, signal);
    }
  }
}

// ---------- Teaching ----------

/** Everything one person handed in for one exercise, newest first. */
export const listAttempts = async (user: string, exercise: string, signal?: AbortSignal) =>
  (
    await callAll<{ submissions: GradebookSubmission[] }>(
      `/api/v1/gradebook/submissions?${new URLSearchParams({ user, exercise })}`,
      ["submissions"],
      signal,
    )
  ).submissions;

export const listMembers = async (signal?: AbortSignal) =>
  (await callAll<{ members: Member[] }>("/api/v1/members", ["members"], signal)).members;

export const setRole = (id: string, role: Role) =>
  call<Member>("PATCH", `/api/v1/members/${encodeURIComponent(id)}`, { json: { role } });

// ---------- The wire ----------

interface Call {
  json?: unknown;
  /** Sent as a CSV file instead. */
  csv?: string;
  signal?: AbortSignal;
  as?: "json" | "blob";
}

/** One request. @throws ApiError */
export async function call<T = unknown>(
  method: string,
  path: string,
  options: Call = {},
): Promise<T> {
  const { json, csv, signal, as = "json" } = options;
  const type = csv !== undefined ? "text/csv" : json === undefined ? undefined : "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: type === undefined ? undefined : { "content-type": type },
      body: csv ?? (json === undefined ? undefined : JSON.stringify(json)),
      cache: "no-store",
    });
    if (response.ok) {
      if (as === "blob") return (await response.blob()) as T;
      const text = await response.text();
      return (text ? JSON.parse(text) : null) as T;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof SyntaxError)
      throw new ApiError("The server's answer could not be read.", {
        trouble: "server",
        status: 200,
        code: "bad_answer",
        hint: "If a proxy or a sign-in page stands before Gradus, it may have answered instead.",
      });
    throw offline();
  }
  throw await refusal(response);
}

/** Every page of the lists that an address has, put together. @throws ApiError */
export async function callAll<T extends { [name: string]: unknown[] }>(
  path: string,
  names: readonly (keyof T & string)[],
  signal?: AbortSignal,
): Promise<T> {
  const all = Object.fromEntries(names.map((name) => [name, [] as unknown[]])) as T;
  const mark = path.includes("?") ? "&" : "?";
  for (let cursor: string | null = ""; cursor !== null; ) {
    const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: T & { next: string | null } = await call("GET", `${path}${mark}limit=500${after}`, {
      signal,
    });
    for (const name of names) all[name].push(...page[name]);
    cursor = page.next ?? null;
  }
  return all;
}

function offline(): ApiError {
  const disconnected = typeof navigator !== "undefined" && navigator.onLine === false;
  return new ApiError(disconnected ? "You are offline." : "The server does not answer.", {
    trouble: "offline",
    status: 0,
    code: "offline",
    hint: disconnected
      ? "Try again once the connection is back."
      : "It may be restarting, or the connection is down. Try again in a moment.",
  });
}

async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  // The service answers { error: { code, message, hint } }; better-auth { code, message }.
  const body = (await response.json().catch(() => null)) as
    | (Partial<ErrorBody> & { code?: string; message?: string })
    | null;
  const said = body?.error ?? body ?? {};
  const code = said.code ?? `http_${status}`;
  const hint = sentence(body?.error?.hint);
  const seconds = Number(
    response.headers.get("retry-after") ?? response.headers.get("x-retry-after") ?? Number.NaN,
  );
  const retryAfter = seconds >= 0 ? seconds : undefined;
  const known = ACCOUNT_WORDS[code];
  if (known) return new ApiError(known.message, { trouble: "invalid", status, code, ...known });
  const words = STATUS_WORDS[status] ?? (status >= 500 ? STATUS_WORDS[500] : STATUS_WORDS[400]);
  // What a failing server says of itself is for its log, not for the learner.
  const message =
    (status >= 500 && status !== 503 ? undefined : sentence(said.message)) ?? words.message;
  return new ApiError(message, {
    trouble: words.trouble,
    status,
    code,
    hint: hint ?? (message === words.message ? words.hint : undefined),
    retryAfter,
    lines: body?.error?.lines,
  });
}

const STATUS_WORDS: Record<number, { trouble: Trouble; message: string; hint?: string }> = {
  400: { trouble: "invalid", message: "The server could not use what was sent." },
  401: {
    trouble: "signed-out",
    message: "You are not signed in, or your session has ended.",
    hint: "Sign in and try again.",
  },
  403: { trouble: "forbidden", message: "Your role does not allow this." },
  404: { trouble: "missing", message: "There is nothing at this address." },
  413: { trouble: "invalid", message: "This is larger than the server takes." },
  429: {
    trouble: "busy",
    message: "That was too many requests in a short time.",
    hint: "Wait a minute and try again.",
  },
  500: {
    trouble: "server",
    message: "The server failed.",
    hint: "Its log says why. Try again; if it stays, tell whoever runs this Gradus.",
  },
  503: {
    trouble: "busy",
    message: "The server is starting or stopping.",
    hint: "Try again in a moment.",
  },
};

/** better-auth's refusals, in words for the person at the form. */
const ACCOUNT_WORDS: Record<string, { message: string; hint?: string }> = {
  INVALID_EMAIL_OR_PASSWORD: {
    message: "The e-mail or the password is wrong.",
    hint: "Look for a typing mistake; capital letters count in the password.",
  },
  USER_ALREADY_EXISTS: { message: "There is already an account with this e-mail." },
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: {
    message: "There is already an account with this e-mail.",
  },
  INVALID_EMAIL: { message: "This is not a full e-mail address, like ada@example.org." },
  INVALID_PASSWORD: { message: "The current password is wrong." },
  PASSWORD_TOO_SHORT: { message: "The password is too short." },
  PASSWORD_TOO_LONG: { message: "The password is too long." },
};

/** The service speaks in clauses, as a terminal wants them; a page wants sentences. */
function sentence(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…:]$/.test(capital) ? capital : `${capital}.`;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
