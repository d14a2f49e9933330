// How the command speaks with a server that is slow to answer, loses answers, or has many pages. The server
// is a real one on a port of its own, which answers as it is told; the service itself cannot be made to.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Server } from "../../grader/cli/server.ts";

type Reply = (request: IncomingMessage, response: ServerResponse) => void;
let replies: Reply[] = [];
let asked: { line: string; key: string | undefined }[] = [];
let server: Server;
const http = createServer((request, response) => {
  const key = request.headers["idempotency-key"] as string | undefined;
  asked.push({ line: `${request.method} ${request.url}`, key });
  (replies.length > 1 ? replies.shift() : replies[0])?.(request, response);
});
const say =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (_, response) =>
    response.writeHead(status, headers).end(JSON.stringify(body));
const cut: Reply = (request) => request.socket.destroy();
const refused = (status: number, code: string, headers = {}) =>
  say(status, { error: { code, message: code } }, headers);

beforeEach(async () => {
  [replies, asked] = [[], []];
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  server = new Server({ url, token: "gradus_x" });
});
afterEach(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

test("all pages of a list are put together", async () => {
  const page = (id: string, next: string | null) => say(200, { submissions: [{ id }], next });
  replies = [page("a", "x/y"), page("b", "z"), page("c", null)];
  const found = await server.submissions({ exercise: "double" });
  expect(found.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(asked.map(({ line }) => line)).toEqual([
    "GET /api/v1/submissions?exercise=double&limit=500",
    "GET /api/v1/submissions?exercise=double&limit=500&cursor=x%2Fy",
    "GET /api/v1/submissions?exercise=double&limit=500&cursor=z",
  ]);
});

test("people and invitations come from the same pages", async () => {
  replies = [
    say(200, { enrollments: [1, 2], invitations: [], next: "n" }),
    say(200, { enrollments: [3], invitations: [4], next: null }),
  ];
  expect(await server.roster("dl")).toEqual({ enrollments: [1, 2, 3], invitations: [4] });
});

test("a hand-in whose answer was lost is sent again, with the same key", async () => {
  replies = [cut, refused(503, "stopping"), say(202, { submissions: [], skipped: [] })];
  await server.handIn({ exercise: "double", source: "" });
  expect(asked).toHaveLength(3);
  expect(asked[0].key).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
  replies = [say(202, { submissions: [], skipped: [] })];
  await server.handIn({ exercise: "double", source: "" });
  expect(asked[3].key).not.toBe(asked[0].key);
});

test("not for ever, and nothing that is not safe to send twice", async () => {
  replies = [cut];
  await expect(server.me()).rejects.toMatchObject({ code: "connection_lost", exit: 3 });
  expect(asked).toHaveLength(3);
  await expect(server.endToken()).rejects.toMatchObject({ code: "connection_lost" });
  expect(asked).toHaveLength(4);
  replies = [refused(403, "closed")];
  await expect(server.handIn({})).rejects.toMatchObject({ code: "closed", exit: 2 });
  expect(asked).toHaveLength(5);
});

test("reading waits as long as it is told to; who hands in too fast is told", async () => {
  const busy = refused(429, "rate_limited", { "retry-after": "1" });
  replies = [busy, say(200, { user: {} })];
  const began = performance.now();
  await server.me();
  expect(performance.now() - began).toBeGreaterThanOrEqual(990);
  replies = [busy];
  await expect(server.handIn({})).rejects.toMatchObject({ code: "rate_limited", exit: 3 });
  expect(asked).toHaveLength(3);
});
