// Two processes of the service on one Postgres, asked at the same moment: limits hold, what is sent twice
// counts once, of two who change the same thing one is told, and a token that ends, ends on both.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../grader/service/limiter.ts";
import {
  type Answer,
  Client,
  type Postgres,
  rightDouble,
  Served,
  startPostgres,
  tempDir,
} from "./helpers.ts";

let postgres: Postgres;
let sides: [Served, Served];
let databaseUrl: string;
let office: Client;

beforeAll(async () => {
  postgres = startPostgres();
  databaseUrl = postgres.database();
  const secret = "a secret that both processes have, long enough";
  const start = () =>
    Served.start({ databaseUrl, dataDir: tempDir(), secret, concurrency: 0, behindProxy: true });
  const first = await start();
  sides = [first, await start()];
  office = await new Client(first.url).signUp("Ada", "ada@example.org");
  await office.becomeAdministrator(first.adminLink);
});
afterAll(async () => {
  await Promise.all(sides?.map((side) => side.kill("SIGTERM")) ?? []);
  postgres?.stop();
});

/** The same browser, at both. */
const both = (who: Client) => sides.map(({ url }) => who.at(url));
/** Asks `count` times at the same moment, one side after the other. */
const atOnce = (
  who: Client,
  count: number,
  ask: (who: Client, index: number) => Promise<Answer>,
) => {
  const clients = both(who);
  return Promise.all(Array.from({ length: count }, (_, index) => ask(clients[index % 2], index)));
};
const statuses = (answers: Answer[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const store = async <T>(statement: string, values: unknown[] = []): Promise<T[]> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(statement, values)).rows as T[];
  } finally {
    await client.end();
  }
};

describe("limits", () => {
  test("exactly as many submissions as may be, whichever process they come to", async () => {
    const lin = await new Client(sides[0].url).signUp("Lin");
    const { max, seconds } = limits.submissions;
    const answers = await atOnce(lin, max + 20, (who, index) =>
      who.post("/api/v1/submissions", { exercise: "double", source: rightDouble(index) }),
    );
    expect(statuses(answers)).toEqual({ 202: max, 429: 20 });
    const refused = answers.find(({ status }) => status === 429)!;
    const wait = Number(refused.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(seconds);
    expect(refused.headers.get("ratelimit-policy")).toBe(`"submissions";q=${max};w=${seconds}`);
    expect(refused.headers.get("ratelimit")).toBe(`"submissions";r=0;t=${wait}`);
    // It is Lin who has to wait.
    const mo = await new Client(sides[1].url).signUp("Mo");
    expect((await mo.handIn("double", rightDouble())).duplicate).toBe(false);
    // Another span: as many again. The clock is the store's, so it is set there.
    await store("update rate_limits set ends_at = now()");
    const later = await lin.post("/api/v1/submissions", {
      exercise: "double",
      source: rightDouble("z"),
    });
    expect(later.status).toBe(202);
  });

  test("passwords: few guesses from one address, some from all together, and others are let alone", async () => {
    const sam = await new Client(sides[0].url).signUp("Sam", "sam@example.org");
    const guess = (email: string, address: string) => (who: Client) =>
      who.ask(
        "POST",
        "/api/auth/sign-in/email",
        { email, password: "wrong wrong" },
        {
          "x-forwarded-for": address,
        },
      );
    const nobody = new Client(sides[0].url);
    const here = await atOnce(
      nobody,
      limits.signInHere.max + 4,
      guess("sam@example.org", "192.0.2.1"),
    );
    expect(statuses(here)).toEqual({ 401: limits.signInHere.max, 429: 4 });
    // From many addresses: set near its end, since a hundred passwords take a while to be refused.
    await store("update rate_limits set count = $1 where count = $2", [
      limits.signInAnywhere.max - 2,
      limits.signInHere.max,
    ]);
    const elsewhere = await Promise.all(
      [2, 3, 4, 5].map((n) => guess("sam@example.org", `192.0.2.${n}`)(nobody)),
    );
    expect(statuses(elsewhere)).toEqual({ 401: 2, 429: 2 });
    expect((await guess("other@example.org", "192.0.2.9")(nobody)).status).toBe(401);
    // Who is signed in already stays so.
    expect((await sam.get("/api/v1/me")).status).toBe(200);
  });

  test("who guesses tokens is counted by address; an account, by itself", async () => {
    const guessing = new Client(sides[0].url);
    guessing.headers = { authorization: "Bearer gradus_no", "x-forwarded-for": "198.51.100.7" };
    const { max } = limits.strangers;
    const answers: Answer[] = [];
    for (let done = 0; done < max + 10; done += 62)
      answers.push(
        ...(await Promise.all(
          sides.flatMap(({ url }) => {
            const who = new Client(url);
            who.headers = guessing.headers;
            return Array.from({ length: 31 }, () => who.get("/api/v1/me"));
          }),
        )),
      );
    expect(statuses(answers)).toEqual({ 401: max, 429: answers.length - max });
    const me = await office.get("/api/v1/me");
    const { max: most, seconds } = limits.requests;
    expect(me.headers.get("ratelimit-policy")).toBe(`"requests";q=${most};w=${seconds}`);
    const left = (answer: Answer) => Number(answer.headers.get("ratelimit")?.match(/r=(\d+)/)?.[1]);
    expect(left(await office.at(sides[1].url).get("/api/v1/me"))).toBe(left(me) - 1);
  });

  test("nothing that was counted is lost, nor anybody's address kept", async () => {
    const before = left(await office.get("/api/v1/me"));
    await atOnce(office, 100, (who) => who.get("/api/v1/me"));
    expect(left(await office.get("/api/v1/me"))).toBe(before - 101);
    const rows = await store<{ key: string }>("select key from rate_limits");
    for (const { key } of rows) expect(key).toMatch(/^[\w-]{43}$/);
    function left(answer: Answer) {
      return Number(answer.headers.get("ratelimit")?.match(/r=(\d+)/)?.[1]);
    }
  });

  test("while nothing can be counted, reading goes on and guessing does not", async () => {
    await store("alter table rate_limits rename to rate_limits_away");
    try {
      expect((await office.get("/api/v1/me")).status).toBe(200);
      const guess = { email: "sam@example.org", password: "wrong wrong" };
      const refused = await new Client(sides[0].url).post("/api/auth/sign-in/email", guess);
      expect([refused.status, refused.body.error.code]).toEqual([503, "unavailable"]);
      expect(refused.headers.get("retry-after")).toBe("10");
    } finally {
      await store("alter table rate_limits_away rename to rate_limits");
    }
    expect(sides[0].log).toContain("the store cannot count requests");
  });
});

describe("tokens", () => {
  const made = async (who: Client, wanted: object = {}) => {
    const { body } = await who.post("/api/v1/tokens", wanted);
    const clients = sides.map(({ url }) => {
      const client = new Client(url);
      client.headers = { authorization: `Bearer ${body.token}` };
      return client;
    });
    return { id: body.id as string, clients };
  };
  const codes = (clients: Client[]) =>
    Promise.all(
      clients.map(async (client) => {
        const { status, body } = await client.get("/api/v1/me");
        return status === 200 ? 200 : body.error.code;
      }),
    );

  test("one that is revoked is refused at once, everywhere; the others go on", async () => {
    const who = await new Client(sides[0].url).signUp("Tok");
    const [first, second, third] = [await made(who), await made(who), await made(who)];
    expect(await codes(first.clients)).toEqual([200, 200]);
    expect((await who.ask("DELETE", `/api/v1/tokens/${first.id}`)).status).toBe(204);
    expect(await codes(first.clients)).toEqual(["invalid_token", "invalid_token"]);
    expect(await codes(second.clients)).toEqual([200, 200]);
    // All at once, at the other process.
    expect((await who.at(sides[1].url).ask("DELETE", "/api/v1/tokens")).status).toBe(204);
    for (const { clients } of [second, third])
      expect(await codes(clients)).toEqual(["invalid_token", "invalid_token"]);
    expect((await who.get("/api/v1/tokens")).body.tokens).toEqual([]);
  });

  test("one whose time is over is refused at once, everywhere, and says so", async () => {
    const who = await new Client(sides[0].url).signUp("Tik");
    const day = await made(who, { expiresInDays: 1 });
    const ever = await made(who, { expiresInDays: null });
    const usual = await made(who);
    const { tokens } = (await who.get("/api/v1/tokens")).body;
    const days = (one: { createdAt: string; expiresAt: string | null }) =>
      one.expiresAt && (Date.parse(one.expiresAt) - Date.parse(one.createdAt)) / 86_400_000;
    expect(tokens.map(days)).toEqual([180, null, 1]);
    await store("update tokens set expires_at = now() where id = any($1)", [[day.id]]);
    expect(await codes(day.clients)).toEqual(["token_expired", "token_expired"]);
    for (const { clients } of [ever, usual]) expect(await codes(clients)).toEqual([200, 200]);
    // A month after its end it leaves the list, when another is made.
    await store("update tokens set expires_at = now() - interval '31 days' where id = $1", [
      day.id,
    ]);
    await made(who);
    expect((await who.get("/api/v1/tokens")).body.tokens).toHaveLength(3);
  });

  test("however many are made at once, nobody has more than fifty", async () => {
    const who = await new Client(sides[0].url).signUp("Many");
    const answers = await atOnce(who, 60, (one) => one.post("/api/v1/tokens", {}));
    expect(statuses(answers)).toEqual({ 201: 50, 409: 10 });
  });
});

describe("sent twice, counted once", () => {
  const submit = (who: Client, source: string, key: string) =>
    who.ask(
      "POST",
      "/api/v1/submissions",
      { exercise: "double", source },
      { "idempotency-key": key },
    );

  test("at the same moment, at both processes: one submission, and the same answer to all", async () => {
    const who = await new Client(sides[0].url).signUp("Twice");
    const key = randomUUID();
    const answers = await atOnce(who, 12, (one) => submit(one, rightDouble("once"), key));
    expect(statuses(answers)).toEqual({ 202: 12 });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0].body.submissions).toMatchObject([{ state: "queued", duplicate: false }]);
    expect((await who.get("/api/v1/submissions")).body.submissions).toHaveLength(1);
    // Without the key the same source is told as handed in before.
    expect((await who.handIn("double", rightDouble("once"))).duplicate).toBe(true);
  });

  test("a key stands for one request of one person", async () => {
    const who = await new Client(sides[0].url).signUp("Keys");
    const key = randomUUID();
    const first = await submit(who, rightDouble("a"), key);
    const other = await submit(who.at(sides[1].url), rightDouble("b"), key);
    expect([other.status, other.body.error.code]).toEqual([422, "idempotency_key_reused"]);
    const somebody = await new Client(sides[1].url).signUp("Else");
    const theirs = await submit(somebody, rightDouble("a"), key);
    expect(theirs.body.submissions[0].id).not.toBe(first.body.submissions[0].id);
    expect((await submit(who, rightDouble("a"), "two words")).status).toBe(400);
    // What was refused is not kept: it can be right the next time.
    const empty = randomUUID();
    expect((await submit(who, "", empty)).status).toBe(400);
    expect((await submit(who, rightDouble("c"), empty)).status).toBe(202);
  });
});

describe("two who change the same thing", () => {
  const at = "/api/v1/courses/dl";
  beforeAll(async () => {
    await office.post("/api/v1/courses", { id: "dl", name: "Deep learning" });
  });
  const things: [string, string, () => Promise<string>, (n: number) => object][] = [
    ["a course", "PATCH", async () => at, (n) => ({ lateDays: n })],
    [
      "an assignment",
      "PATCH",
      async () => {
        const body = { name: "Homework", exercises: [{ exercise: "double" }] };
        return `${at}/assignments/${(await office.post(`${at}/assignments`, body)).body.id}`;
      },
      (n) => ({ cooldownSeconds: n }),
    ],
    [
      "a set of groups",
      "PUT",
      async () => {
        const { body } = await office.post(`${at}/group-sets`, { name: "Pairs", groups: [] });
        return `${at}/group-sets/${body.id}`;
      },
      (n) => ({ name: `Pairs ${n}`, groups: [] }),
    ],
  ];

  test.each(things)(
    "%s: one is first, and the others are told",
    async (_, method, make, change) => {
      const address = await make();
      const read = await office.get(address);
      const version = read.headers.get("etag")!;
      expect(version).toMatch(/^"[\w-]{22}"$/);
      expect((await office.at(sides[1].url).get(address)).headers.get("etag")).toBe(version);
      const answers = await atOnce(office, 8, (who, index) =>
        who.ask(method, address, change(index + 1), { "if-match": version }),
      );
      expect(statuses(answers)).toEqual({ 200: 1, 412: 7 });
      const won = answers.find(({ status }) => status === 200)!;
      const lost = answers.find(({ status }) => status === 412)!;
      expect(lost.body.error.code).toBe("changed_meanwhile");
      const now = await office.get(address);
      expect(now.body).toMatchObject(won.body);
      for (const answer of [won, lost, now])
        expect(answer.headers.get("etag")).toBe(now.headers.get("etag"));
      // With the version that is there now it goes; without one, it always does.
      const weak = `"old", W/${now.headers.get("etag")}`;
      expect((await office.ask(method, address, change(20), { "if-match": weak })).status).toBe(
        200,
      );
      expect((await office.ask(method, address, change(21))).status).toBe(200);
    },
  );
});
