import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ApiError, followSubmission, handIn, signIn, signUp, whoAmI } from "./api";

// A real server that answers as told, and the real fetch; only the page's origin is filled in.
type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let answers: Answer[] = [];
let asked: string[] = [];
const realFetch = globalThis.fetch;
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  answer?.(request, response);
});

const say =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
const cut: Answer = (request) => request.socket.destroy();

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  globalThis.fetch = (path, init) => realFetch(new URL(path as string, origin), init);
});
afterEach(async () => {
  globalThis.fetch = realFetch;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const refused = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => Promise.reject(new Error("it was not refused")),
    (error) => error,
  );

test("the service's refusals become sentences with what to do", async () => {
  answers = [
    say(
      429,
      {
        error: {
          code: "rate_limited",
          message: "too many submissions: at most 30 in 60 seconds",
          hint: "try again in 12 seconds",
        },
      },
      { "retry-after": "12" },
    ),
  ];
  const error = await refused(handIn("update", "code"));
  expect(error).toMatchObject({
    trouble: "busy",
    message: "Too many submissions: at most 30 in 60 seconds.",
    hint: "Try again in 12 seconds.",
    retryAfter: 12,
  });
});

test.each([
  [401, "signed-out"],
  [403, "forbidden"],
  [404, "missing"],
  [413, "invalid"],
  [500, "server"],
  [502, "server"],
  [503, "busy"],
])("status %i is trouble of kind %s, even where the body is not ours", async (status, trouble) => {
  answers = [say(status, "<html>proxy</html>")];
  const error = await refused(handIn("update", "code"));
  expect(error.trouble).toBe(trouble);
  expect(error.message).toMatch(/^[A-Z].*\.$/);
});

test("a failing server's own words stay in its log", async () => {
  answers = [say(500, { error: { code: "internal", message: "stack trace" } })];
  expect((await refused(handIn("update", "code"))).message).toBe("The server failed.");
});

test("no answer at all says so", async () => {
  answers = [cut];
  expect(await refused(handIn("update", "code"))).toMatchObject({ trouble: "offline", status: 0 });
});

test("an answer that is no JSON says so, instead of looking like success", async () => {
  answers = [say(200, "<html>hotel wifi</html>")];
  expect(await refused(handIn("update", "code"))).toMatchObject({ code: "bad_answer" });
});

test("a wrong password and a taken e-mail are told at the form, not as a lost session", async () => {
  answers = [say(401, { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password" })];
  expect(await refused(signIn("a@b.c", "x"))).toMatchObject({
    trouble: "invalid",
    message: "The e-mail or the password is wrong.",
  });
  answers = [say(422, { code: "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", message: "…" })];
  expect((await refused(signUp("A", "a@b.c", "x"))).message).toMatch(/already an account/);
});

test("a reader without an account is asked about once, and causes no refusal", async () => {
  answers = [say(200, "null")];
  expect(await whoAmI()).toBeNull();
  expect(asked).toEqual(["GET /api/auth/get-session"]);
});

const submission = (state: string) => ({ id: "s", exercise: "update", state, report: null });

test("following waits troubles out, and ends with the verdict", async () => {
  answers = [
    say(200, submission("queued")),
    cut,
    say(503, { error: { code: "stopping", message: "the server is stopping" } }),
    say(200, submission("running")),
    say(200, submission("done")),
  ];
  const states: string[] = [];
  const troubles: string[] = [];
  const signal = new AbortController().signal;
  for await (const seen of followSubmission("s", signal, (error) => troubles.push(error.trouble)))
    states.push(seen.state);
  expect(states).toEqual(["queued", "running", "done"]);
  // One hiccup is not worth a word; the second in a row is.
  expect(troubles).toEqual(["busy"]);
  expect(asked[0]).toBe("GET /api/v1/submissions/s");
  expect(asked[1]).toBe("GET /api/v1/submissions/s?wait=1");
});

test("following stops at what waiting cannot mend", async () => {
  answers = [say(404, { error: { code: "not_found", message: "there is no such submission" } })];
  const following = followSubmission("s", new AbortController().signal).next();
  expect(await refused(following)).toMatchObject({ trouble: "missing" });
  expect(asked).toHaveLength(1);
});

test("following ends when the page is left", async () => {
  answers = [say(200, submission("queued"))];
  const controller = new AbortController();
  const seen: string[] = [];
  await expect(async () => {
    for await (const one of followSubmission("s", controller.signal)) {
      seen.push(one.state);
      if (seen.length === 2) controller.abort(new Error("left"));
    }
  }).rejects.toThrow("left");
  const count = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(asked).toHaveLength(count);
});
