// Every route, for everyone who may knock: who gets in, and what they may see there.
import fs from "node:fs";
import path from "node:path";
import { createService, type Service } from "@gradus/grader/service";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  Client,
  dataDir as copyOfDataDir,
  exercisesRoot,
  makeDataDir,
  rightDouble,
} from "./helpers.ts";

const url = "http://localhost:3000";
let dataDir: string;
let log = "";
let service: Service;
const client = () => new Client(url, (request) => service.fetch(request));

let anonymous: Client;
let learner: Client;
let other: Client;
let instructor: Client;
let administrator: Client;
let mallory: Client;
let badToken: Client;
let revoked: Client;
let byToken: Client;
/** A submission of `learner`, not graded: this service has no worker. */
let submission: string;
const id = async (who: Client) => (await who.get("/api/v1/me")).body.user.id as string;

beforeAll(async () => {
  await makeDataDir();
  dataDir = copyOfDataDir();
  const logger = pino(
    { level: "trace" },
    {
      write(line: string) {
        log += line;
      },
    },
  );
  service = await createService({ dataDir, exercisesRoot, baseUrl: url, logger, concurrency: 0 });
  anonymous = client();
  administrator = await client().signUp("Ada");
  await administrator.becomeAdministrator(service.adminLink);
  learner = await client().signUp("Lin", "lin@example.org");
  other = await client().signUp("Otto");
  instructor = await client().signUp("Ines");
  await administrator.ask("PATCH", `/api/v1/members/${await id(instructor)}`, {
    role: "instructor",
  });
  // Signed in like anybody, but on a page of another site.
  mallory = await client().signUp("Mallory");
  mallory.headers = { origin: "https://evil.example" };
  badToken = client();
  badToken.headers = { authorization: "Bearer gradus_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  const made = (await learner.post("/api/v1/tokens", { name: "laptop" })).body;
  byToken = client();
  byToken.headers = { authorization: `Bearer ${made.token}` };
  const gone = (await learner.post("/api/v1/tokens", {})).body;
  await learner.ask("DELETE", `/api/v1/tokens/${gone.id}`);
  revoked = client();
  revoked.headers = { authorization: `Bearer ${gone.token}` };
  submission = (await learner.handIn("double", rightDouble())).id;
});
afterAll(async () => {
  await service?.close();
});

describe("every route, for everyone", () => {
  /** [route, request, statuses for: nobody, learner, other, instructor, administrator, by token, foreign page] */
  type Statuses = [number, number, number, number, number, number, number];
  const table: [string, (who: Client) => Promise<Answer>, Statuses][] = [
    ["GET /api/v1/me", (who) => who.get("/api/v1/me"), [401, 200, 200, 200, 200, 200, 200]],
    ["GET /api/v1/tokens", (who) => who.get("/api/v1/tokens"), [401, 200, 200, 200, 200, 200, 200]],
    [
      "POST /api/v1/tokens",
      (who) => who.post("/api/v1/tokens", { name: "one more" }),
      [401, 201, 201, 201, 201, 403, 403],
    ],
    [
      "DELETE /api/v1/tokens/:id",
      (who) => who.ask("DELETE", "/api/v1/tokens/00000000-0000-4000-8000-000000000000"),
      [401, 404, 404, 404, 404, 403, 403],
    ],
    [
      "GET /api/v1/setup/state",
      (who) => who.get("/api/v1/setup/state"),
      [200, 200, 200, 200, 200, 200, 200],
    ],
    [
      "POST /api/v1/setup",
      (who) => who.post("/api/v1/setup", { token: "guessed" }),
      [401, 409, 409, 409, 409, 403, 403],
    ],
    [
      "POST /api/v1/submissions",
      (who) => who.post("/api/v1/submissions", { exercise: "double", source: rightDouble() }),
      [401, 202, 202, 202, 202, 202, 403],
    ],
    [
      "GET /api/v1/submissions",
      (who) => who.get("/api/v1/submissions"),
      [401, 200, 200, 200, 200, 200, 200],
    ],
    [
      "GET /api/v1/submissions/:id",
      (who) => who.get(`/api/v1/submissions/${submission}`),
      [401, 200, 404, 200, 200, 200, 404],
    ],
    [
      "GET /api/v1/gradebook",
      (who) => who.get("/api/v1/gradebook"),
      [401, 403, 403, 200, 200, 403, 403],
    ],
    [
      "GET /api/v1/gradebook.csv",
      (who) => who.get("/api/v1/gradebook.csv"),
      [401, 403, 403, 200, 200, 403, 403],
    ],
    [
      "GET /api/v1/gradebook/submissions",
      (who) => who.get("/api/v1/gradebook/submissions"),
      [401, 403, 403, 200, 200, 403, 403],
    ],
    [
      "GET /api/v1/members",
      (who) => who.get("/api/v1/members"),
      [401, 403, 403, 403, 200, 403, 403],
    ],
    [
      "PATCH /api/v1/members/:id",
      (who) => who.ask("PATCH", "/api/v1/members/nobody", { role: "learner" }),
      [401, 403, 403, 403, 404, 403, 403],
    ],
    ["GET /api/v1/health", (who) => who.get("/api/v1/health"), [200, 200, 200, 200, 200, 200, 200]],
    [
      "GET /api/v1/openapi.json",
      (who) => who.get("/api/v1/openapi.json"),
      [200, 200, 200, 200, 200, 200, 200],
    ],
    [
      "DELETE /api/v1/tokens",
      // The learner's are needed still.
      (who) => (who === learner ? other : who).ask("DELETE", "/api/v1/tokens"),
      [401, 204, 204, 204, 204, 403, 403],
    ],
    [
      "GET /api/auth/get-session",
      (who) => who.get("/api/auth/get-session"),
      [200, 200, 200, 200, 200, 200, 200],
    ],
    // Nobody's password is changed by a wrong one; nobody is signed in without one.
    ...["change-password", "sign-in/email", "sign-up/email"].map((path): (typeof table)[number] => [
      `POST /api/auth/${path}`,
      (who) => who.post(`/api/auth/${path}`, { currentPassword: "x", newPassword: "short" }),
      [path === "change-password" ? 401 : 400, 400, 400, 400, 400, 403, 403],
    ]),
    [
      "POST /api/auth/update-user",
      (who) => who.post("/api/auth/update-user", { name: " " }),
      [401, 400, 400, 400, 400, 403, 403],
    ],
    [
      "POST /api/auth/sign-out",
      // Without their cookies, which are needed still.
      (who) =>
        client().ask("POST", "/api/auth/sign-out", {}, { origin: undefined, ...who.headers }),
      [200, 200, 200, 200, 200, 403, 403],
    ],
  ];

  test("the table below has every route there is", () => {
    // Those of a course stand in courses.test.ts, those of grading in grading.test.ts.
    const others = /\/(courses|audit|grading|feedback|solution)\b/;
    const routes = new Set(service.routes.filter((route) => !others.test(route)));
    expect(new Set(table.map(([route]) => route))).toEqual(routes);
  });

  test.each(table)("%s", async (route, request, statuses) => {
    const people = [anonymous, learner, other, instructor, administrator, byToken, mallory];
    const got = [];
    for (const who of people) got.push((await request(who)).status);
    expect(got).toEqual(statuses);
    // A token that is wrong or revoked opens nothing that is closed to a stranger, and says why.
    const open = statuses[0] !== 401;
    for (const who of [badToken, revoked]) {
      const answer = await request(who);
      if (route.includes("/api/auth/") || open) continue;
      expect(answer.status).toBe(401);
      expect(answer.body.error.code).toBe("invalid_token");
    }
  });

  test("an address that is none", async () => {
    const answer = await administrator.get("/api/v1/nothing");
    expect([answer.status, answer.body.error.code]).toEqual([404, "not_found"]);
    expect((await administrator.get("/api/v1/submissions/not-an-id")).status).toBe(404);
    expect(
      (await administrator.get("/api/v1/submissions/00000000-0000-4000-8000-000000000000")).status,
    ).toBe(404);
  });

  test.each([
    "%00",
    "a%00b",
    "%ff",
    "';drop table submissions;--",
    "..%2f..",
    "💥",
    "x".repeat(5000),
  ])("nothing in an address breaks the server: %.20s", async (text) => {
    const answers = [
      await administrator.get(`/api/v1/submissions/${text}`),
      await administrator.get(`/api/v1/submissions/${submission}?wait=${text}`),
      await administrator.get(`/api/v1/submissions?exercise=${text}`),
      await administrator.get(`/api/v1/gradebook/submissions?user=${text}&exercise=${text}`),
      await administrator.ask("DELETE", `/api/v1/tokens/${text}`),
      await administrator.ask("PATCH", `/api/v1/members/${text}`, { role: "learner" }),
      await administrator.get(`/api/${text}`),
    ];
    for (const answer of answers) expect(answer.status).toBeLessThan(500);
  });

  test("names are one line of text", async () => {
    for (const name of ["a\0b", "two\nlines", " ", "x".repeat(200)]) {
      expect((await learner.post("/api/v1/tokens", { name })).status).toBe(400);
      const body = { name, email: `n${Math.random()}@example.org`, password: "correct horse" };
      const answer = await client().post("/api/auth/sign-up/email", body);
      expect([answer.status, answer.body.message]).toEqual([
        400,
        expect.stringMatching(/one line/),
      ]);
      expect((await learner.post("/api/auth/update-user", { name })).status).toBe(400);
    }
  });

  test("what answers is never kept by a cache", async () => {
    for (const route of [
      "/api/v1/me",
      "/api/v1/gradebook.csv",
      "/api/v1/nothing",
      "/api/v1/health",
    ])
      expect((await administrator.get(route)).headers.get("cache-control")).toBe("no-store");
  });
});

describe("writes with a cookie come from our own pages only", () => {
  const body = { exercise: "double", source: rightDouble() };
  test.each([
    ["another origin", { origin: "https://evil.example" }, 403],
    ["no origin and no word of the browser", { origin: undefined }, 403],
    ["an opaque origin", { origin: "null" }, 403],
    ["the origin of another port", { origin: "http://localhost:3001" }, 403],
    ["our origin", { origin: url }, 202],
    [
      "no origin, but the browser says same-origin",
      { origin: undefined, "sec-fetch-site": "same-origin" },
      202,
    ],
    [
      "no origin, and the browser says cross-site",
      { origin: undefined, "sec-fetch-site": "cross-site" },
      403,
    ],
  ])("%s", async (_, headers, status) => {
    const answer = await learner.ask("POST", "/api/v1/submissions", body, headers);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.error.code).toBe("cross_origin");
  });

  test("a form of another site cannot sign anybody in or up", async () => {
    const answer = await client().ask(
      "POST",
      "/api/auth/sign-in/email",
      { email: "lin@example.org", password: "correct horse" },
      { origin: "https://evil.example", cookie: "gradus.session_token=x" },
    );
    expect(answer.status).toBe(403);
  });

  test("a wrong token does not fall back on the cookie", async () => {
    const answer = await learner.ask("GET", "/api/v1/me", undefined, {
      authorization: "Bearer nonsense",
    });
    expect(answer.status).toBe(401);
  });
});

describe("accounts", () => {
  test("a session ends with signing out", async () => {
    const who = await client().signUp("Short");
    expect((await who.get("/api/v1/me")).body).toMatchObject({
      user: { name: "Short" },
      role: "learner",
      course: "gradus",
    });
    expect((await who.post("/api/auth/sign-out", {})).status).toBe(200);
    expect((await who.get("/api/v1/me")).status).toBe(401);
  });

  test("a short password and a used e-mail address are refused with a reason", async () => {
    const short = await client().post("/api/auth/sign-up/email", {
      name: "A",
      email: "a@example.org",
      password: "short",
    });
    expect([short.status, short.body.message]).toEqual([400, expect.stringMatching(/too short/i)]);
    const twice = await client().post("/api/auth/sign-up/email", {
      name: "L",
      email: "lin@example.org",
      password: "correct horse",
    });
    expect(twice.status).toBe(422);
  });

  test("cookies are out of scripts' reach, and secure where the site is https", async () => {
    const send = (made: Service, base: string) =>
      new Client(base, (request) => made.fetch(request)).post("/api/auth/sign-up/email", {
        name: "C",
        email: `c-${Math.random()}@example.org`,
        password: "correct horse",
      });
    const [plain] = (await send(service, url)).headers.getSetCookie();
    expect(plain).toMatch(/HttpOnly; SameSite=Lax/);
    expect(plain).not.toMatch(/Secure/);
    const https = "https://gradus.example.org";
    const dir = copyOfDataDir();
    const secure = await createService({
      dataDir: dir,
      exercisesRoot,
      baseUrl: https,
      logger: pino({ enabled: false }),
      concurrency: 0,
    });
    try {
      const [cookie] = (await send(secure, https)).headers.getSetCookie();
      expect(cookie).toMatch(/^__Secure-gradus\.session_token=.*HttpOnly; Secure; SameSite=Lax/);
      // A page of the same host that came by http may be anybody's.
      const onTheLine = new Client(https, (request) => secure.fetch(request));
      onTheLine.headers = { origin: "http://gradus.example.org", host: "gradus.example.org" };
      expect((await onTheLine.post("/api/auth/sign-in/email", {})).status).toBe(403);
      expect(secure.adminLink).toMatch(/^https:\/\/gradus\.example\.org\/setup\?token=/);
    } finally {
      await secure.close();
    }
  });

  test("guessing one account's password is slowed down, other accounts are not", async () => {
    const guess = (email: string) =>
      client().post("/api/auth/sign-in/email", { email, password: "wrong wrong" });
    const statuses = [];
    for (let i = 0; i < 11; i++) statuses.push((await guess("lin@example.org")).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
    const last = await guess(" LIN@example.org ");
    expect(last.status).toBe(429);
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await guess("someone-else@example.org")).status).toBe(401);
  });

  test("a claimed address counts only behind a proxy of ours", async () => {
    const statuses = async (behindProxy: boolean, header: (i: number) => string) => {
      const dir = copyOfDataDir();
      const logger = pino({ enabled: false });
      const made = await createService({
        dataDir: dir,
        exercisesRoot,
        baseUrl: url,
        logger,
        concurrency: 0,
        behindProxy,
      });
      try {
        const got = new Set<number>();
        for (let i = 0; i < 61; i++) {
          const who = new Client(url, (request) => made.fetch(request));
          const body = { email: `nobody ${i}`, password: "" };
          const headers = { "x-forwarded-for": header(i) };
          got.add((await who.ask("POST", "/api/auth/sign-in/email", body, headers)).status);
        }
        return got.has(429);
      } finally {
        await made.close();
      }
    };
    // Whoever writes the header himself is not the last to write it behind a proxy.
    expect(await statuses(false, (i) => `10.0.0.${i}`)).toBe(true);
    expect(await statuses(true, (i) => `10.0.0.${i}, 192.0.2.1`)).toBe(true);
    expect(await statuses(true, (i) => `192.0.2.1, 10.0.0.${i}`)).toBe(false);
  });

  test("sign-up can be closed; the first account can still be made", async () => {
    const dir = copyOfDataDir();
    const closed = await createService({
      dataDir: dir,
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
      signUp: "closed",
    });
    try {
      const fresh = () => new Client(url, (request) => closed.fetch(request));
      expect((await fresh().get("/api/v1/setup/state")).body).toEqual({
        needsAdministrator: true,
        signUp: "open",
      });
      const first = await fresh().signUp("First");
      await first.becomeAdministrator(closed.adminLink);
      expect((await fresh().get("/api/v1/setup/state")).body).toEqual({
        needsAdministrator: false,
        signUp: "closed",
      });
      const second = await fresh().post("/api/auth/sign-up/email", {
        name: "S",
        email: "s@example.org",
        password: "correct horse",
      });
      expect([second.status, second.body.error.code]).toEqual([403, "sign_up_closed"]);
    } finally {
      await closed.close();
    }
  });
});

describe("the set-up link", () => {
  test("is made at a start without an administrator, works once, and is kept as a hash", async () => {
    const dir = copyOfDataDir();
    const options = {
      dataDir: dir,
      exercisesRoot,
      baseUrl: url,
      logger: pino({ enabled: false }),
      concurrency: 0,
    };
    const first = await createService(options);
    const early = first.adminLink;
    await first.close();
    const again = await createService(options);
    const who = await new Client(url, (request) => again.fetch(request)).signUp("One");
    const two = await new Client(url, (request) => again.fetch(request)).signUp("Two");
    expect(again.adminLink).not.toBe(early);
    const wrong = await who.post("/api/v1/setup", { token: "wrong" });
    expect([wrong.status, wrong.body.error.code]).toEqual([403, "setup_token"]);
    // Two people with one link at one moment: one of them wins.
    const token = new URL(again.adminLink!).searchParams.get("token")!;
    const both = await Promise.all([who, two].map((one) => one.post("/api/v1/setup", { token })));
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 409]);
    // The earlier link died with it.
    await two.post("/api/v1/setup", { token: new URL(early!).searchParams.get("token") });
    const roles = await Promise.all(
      [who, two].map(async (one) => (await one.get("/api/v1/me")).body.role),
    );
    expect(roles.sort()).toEqual(["administrator", "learner"]);
    await again.close();
    const third = await createService(options);
    expect(third.adminLink).toBeUndefined();
    await third.close();
  });
});

describe("roles", () => {
  test("the last administrator cannot step down", async () => {
    const own = await id(administrator);
    const answer = await administrator.ask("PATCH", `/api/v1/members/${own}`, { role: "learner" });
    expect([answer.status, answer.body.error.code]).toEqual([409, "last_administrator"]);
    const otto = await id(other);
    expect(
      (await administrator.ask("PATCH", `/api/v1/members/${otto}`, { role: "administrator" })).body,
    ).toMatchObject({ id: otto, role: "administrator" });
    // Now both may go, but not both.
    const both = await Promise.all([
      administrator.ask("PATCH", `/api/v1/members/${own}`, { role: "learner" }),
      other.ask("PATCH", `/api/v1/members/${otto}`, { role: "learner" }),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
    const [left, lost] = both[0].status === 409 ? [administrator, other] : [other, administrator];
    await left.ask("PATCH", `/api/v1/members/${await id(lost)}`, { role: "administrator" });
    await administrator.ask("PATCH", `/api/v1/members/${otto}`, { role: "learner" });
    expect((await other.get("/api/v1/me")).body.role).toBe("learner");
  });

  test("only roles that exist", async () => {
    const answer = await administrator.ask("PATCH", `/api/v1/members/${await id(other)}`, {
      role: "king",
    });
    expect([answer.status, answer.body.error.code]).toEqual([400, "bad_request"]);
    expect(answer.body.error.message).toContain("learner");
  });

  test("a role that is taken away is gone with the next request", async () => {
    const who = await client().signUp("Temp");
    const own = await id(who);
    await administrator.ask("PATCH", `/api/v1/members/${own}`, { role: "instructor" });
    expect((await who.get("/api/v1/gradebook")).status).toBe(200);
    await administrator.ask("PATCH", `/api/v1/members/${own}`, { role: "learner" });
    expect((await who.get("/api/v1/gradebook")).status).toBe(403);
  });
});

describe("tokens", () => {
  test("are shown once, listed without their secret, and end when deleted", async () => {
    const who = await client().signUp("Tok");
    const made = await who.post("/api/v1/tokens", { name: "laptop" });
    expect(made.status).toBe(201);
    expect(made.body.token).toMatch(/^gradus_[\w-]{43}$/);
    const listed = await who.get("/api/v1/tokens");
    expect(listed.body.tokens).toEqual([
      {
        id: made.body.id,
        name: "laptop",
        start: made.body.token.slice(0, 11),
        scopes: ["read", "submit"],
        createdAt: expect.any(String),
        lastUsedAt: null,
        expiresAt: expect.any(String),
      },
    ]);
    const shell = client();
    shell.headers = { authorization: `Bearer ${made.body.token}` };
    expect((await shell.get("/api/v1/me")).body.user.name).toBe("Tok");
    expect((await who.get("/api/v1/tokens")).body.tokens[0].lastUsedAt).not.toBeNull();
    // Nobody else can end it; it can end itself, but no other.
    const second = await who.post("/api/v1/tokens", {});
    expect((await other.ask("DELETE", `/api/v1/tokens/${made.body.id}`)).status).toBe(404);
    expect((await shell.ask("DELETE", `/api/v1/tokens/${second.body.id}`)).status).toBe(403);
    expect((await shell.ask("DELETE", "/api/v1/tokens/current")).status).toBe(204);
    expect((await shell.get("/api/v1/me")).status).toBe(401);
  });

  test("fifty are enough", async () => {
    const who = await client().signUp("Many");
    const statuses = [];
    for (let i = 0; i < 51; i++) statuses.push((await who.post("/api/v1/tokens", {})).status);
    expect(statuses).toEqual([...Array(50).fill(201), 409]);
  });
});

describe("what is kept and what is told", () => {
  test("no secret stands in the log or in the data folder, and the session secret is the owner's alone", async () => {
    const link = new URL(service.adminLink!).searchParams.get("token")!;
    const token = (byToken.headers.authorization as string).slice("Bearer ".length);
    const secret = fs.readFileSync(path.join(dataDir, "secret"), "utf8");
    expect(fs.statSync(path.join(dataDir, "secret")).mode & 0o777).toBe(0o600);
    expect(secret.length).toBeGreaterThanOrEqual(64);
    for (const private_ of [link, token, secret, "correct horse", "@example.org", "return 2 * x"])
      expect(log, private_).not.toContain(private_);
    expect(log).toContain("handed in");
    if (process.platform !== "win32")
      expect(fs.statSync(path.join(dataDir, "pglite")).mode & 0o777).toBe(0o700);
    const files = fs.readdirSync(dataDir, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile() && entry.name !== "secret")) {
      const bytes = fs.readFileSync(path.join(file.parentPath, file.name));
      for (const private_ of [link, token, secret, "correct horse"])
        expect(bytes.includes(private_), `${private_} in ${file.name}`).toBe(false);
    }
  });

  test("health says what is going on", async () => {
    const { body } = await anonymous.get("/api/v1/health");
    expect(body).toEqual({
      ok: true,
      store: "pglite",
      worker: { state: "off" },
      waiting: expect.any(Number),
    });
    expect(body.waiting).toBeGreaterThan(0);
  });
});
