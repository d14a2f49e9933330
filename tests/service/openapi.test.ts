// The description of the API: that it is one, that every route is in it and nothing else, and that who
// may use a route, with which token, is as it says. What is answered is checked wherever a test asks.
import { createService, type Service } from "@gradus/grader/service";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Hono } from "hono";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readJson } from "../../grader/service/body.ts";
import { describeRequest } from "../../grader/service/described.ts";
import { descriptions } from "../../grader/service/openapi-routes.ts";
import { query } from "../../grader/service/params.ts";
import { scopeNames } from "../../grader/service/scopes.ts";
import type { Scope } from "../../grader/service/types.ts";
import { document, misfit } from "./api.ts";
import { Client, dataDir, exercisesRoot, makeDataDir, rightDouble } from "./helpers.ts";

const url = "http://localhost:3000";
const none = "00000000-0000-4000-8000-000000000000";
let service: Service;
const client = () => new Client(url, (request) => service.fetch(request));
const levels = [
  "anyone",
  "account",
  "learner",
  "assistant",
  "instructor",
  "administrator",
] as const;
const people = {} as Record<(typeof levels)[number], Client>;
let submission: string;

beforeAll(async () => {
  await makeDataDir();
  const logger = pino({ enabled: false });
  service = await createService({
    dataDir: dataDir(),
    exercisesRoot,
    baseUrl: url,
    logger,
    concurrency: 0,
  });
  people.anyone = client();
  for (const level of levels.slice(1))
    people[level] = await client().signUp(level, `${level}@example.org`);
  const { administrator, learner } = people;
  await administrator.becomeAdministrator(service.adminLink);
  await administrator.post("/api/v1/courses", { id: "dl", name: "Deep learning" });
  const staff = "assistant@example.org,assistant\ninstructor@example.org,instructor\n";
  const roster = `email,role\nlearner@example.org,learner\n${staff}`;
  const csv = { "content-type": "text/csv" };
  await administrator.ask("POST", "/api/v1/courses/dl/roster", roster, csv);
  const source = rightDouble();
  const made = await learner.post("/api/v1/submissions?course=dl", { exercise: "double", source });
  submission = made.body.submissions[0].id;
});
afterAll(() => service?.close());

const routes = Object.entries(descriptions);
/** A request of a route: what it is about is there where that decides who may, else it is nothing. */
function request(route: string): [method: string, address: string, body?: unknown] {
  const [method, path] = route.split(" ", 2);
  const of: Record<string, string> = {
    course: "dl",
    user: path.endsWith("/grades/:user") ? "me" : "nobody",
    email: "nobody@example.org",
    exercise: "double",
    id: path.startsWith("/api/v1/submissions/") ? submission : none,
  };
  const address = path.replace(/:(\w+)/g, (_, name: string) => of[name] ?? none);
  const query = descriptions[route].query?.course ? "?course=dl" : "";
  return [method, address + query, method === "GET" || method === "DELETE" ? undefined : {}];
}
const code = (answer: { body?: { error?: { code?: string } } }) => answer.body?.error?.code;

describe("the document", () => {
  test("is OpenAPI 3.1, by its own schema", async () => {
    const served = (await people.anyone.get("/api/v1/openapi.json")).body;
    expect(served).toEqual(document);
    const validator = new Validator();
    expect(await validator.validate(served)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("has every route there is, and none that is not", () => {
    expect([...new Set(service.routes)].sort()).toEqual(Object.keys(descriptions).sort());
  });

  test("names each operation once, and refers to nothing that is not there", () => {
    const operations = Object.values(document.paths).flatMap((path) =>
      Object.values(path as object),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, part, name] of JSON.stringify(document).matchAll(
      /"#\/components\/(\w+)\/([^"]+)"/g,
    ))
      expect(document.components[part], name).toHaveProperty([name]);
  });

  test("says of every part of an address what it is", () => {
    for (const [route, { path = {} }] of routes)
      expect(Object.keys(path), route).toEqual(
        [...route.matchAll(/:(\w+)/g)].map(([, name]) => name),
      );
  });

  test("would be found out, were an answer or a body another", async () => {
    const answer = (body: object, status = 200) => ({
      status,
      headers: new Headers({ "content-type": "application/json" }),
      text: JSON.stringify(body),
      body,
    });
    const good = { needsAdministrator: true, signUp: "open" };
    const at = (body: object, status?: number) =>
      misfit("GET", "/api/v1/setup/state", answer(body, status));
    expect(at(good)).toBeUndefined();
    expect(at({ ...good, more: 1 })).toMatch(/additional/);
    expect(at({ signUp: "open" })).toMatch(/required/);
    expect(at({ ...good, signUp: "perhaps" })).toMatch(/signUp/);
    expect(at(good, 201)).toMatch(/201, which is not described/);
    expect(at({ error: { code: "taken", message: "" } }, 500)).toMatch(/code taken/);

    const sent = () => {
      const headers = { "content-type": "application/json" };
      return new Request(url, { method: "POST", headers, body: "{}" });
    };
    const [shape, other] = [z.object({}), z.object({})];
    const reads = { body: shape, query: new Set(["wait"]) };
    const asDescribed = sent();
    describeRequest(asDescribed, reads);
    expect(await readJson(asDescribed, shape)).toEqual({});
    const otherwise = sent();
    describeRequest(otherwise, reads);
    await expect(readJson(otherwise, other)).rejects.toThrow(/another shape/);
    const app = new Hono();
    app.get("/:name", (c) => {
      describeRequest(c.req.raw, reads);
      return c.text(query(c, c.req.param("name")) ?? "not there");
    });
    app.onError((error, c) => c.text(error.message, 500));
    expect(await (await app.request("/wait?wait=3")).text()).toBe("3");
    expect(await (await app.request("/other?other=3")).text()).toMatch(/reads other, which is not/);
  });
});

describe("who may is as described", () => {
  test.each(routes.filter(([route]) => !route.includes("/api/auth/")))(
    "%s",
    async (route, { who }) => {
      const [method, address, body] = request(route);
      for (const level of levels) {
        const answer = await people[level].ask(method, address, body);
        const may = levels.indexOf(level) >= levels.indexOf(who);
        if (may) {
          expect([answer.status, code(answer)], level).not.toEqual([401, "unauthenticated"]);
          expect(code(answer), level).not.toBe("forbidden");
        } else if (level === "anyone")
          expect([answer.status, code(answer)]).toEqual([401, "unauthenticated"]);
        else
          expect([403, 404], `${level}: ${answer.status} ${answer.text}`).toContain(answer.status);
        if (!may) expect(answer.text, level).not.toMatch(/learner@example|function double/);
      }
    },
  );
});

describe("a token does what it was made for, and nothing else", () => {
  const token = async (scopes: readonly Scope[]) => {
    const { body } = await people.administrator.post("/api/v1/tokens", { scopes });
    const who = client();
    who.headers = { authorization: `Bearer ${body.token}` };
    return who;
  };
  const only = {} as Record<Scope, Client>;
  const allBut = {} as Record<Scope, Client>;
  let all: Client;
  beforeAll(async () => {
    all = await token(scopeNames);
    for (const scope of scopeNames) {
      only[scope] = await token([scope]);
      allBut[scope] = await token(scopeNames.filter((other) => other !== scope));
    }
  });

  test("every route that asks who is there says which scope it needs", () => {
    for (const [route, { who, scope }] of routes)
      expect(scope === undefined, route).toBe(who === "anyone");
  });

  const asked = routes.filter(([, { who }]) => who !== "anyone");
  test.each(asked)("%s", async (route, { scope }) => {
    const [method, address, body] = request(route);
    if (scope === "session") {
      const answer = await all.ask(method, address, body);
      expect([answer.status, code(answer)]).toEqual([403, "session_only"]);
      return;
    }
    if (!scope) throw new Error("no scope");
    if (scope === "any") {
      // Ending is tried below, with a token that is there for it.
      if (method === "GET")
        for (const one of Object.values(only))
          expect((await one.ask(method, address)).status).toBe(200);
      return;
    }
    const refused = await allBut[scope].ask(method, address, body);
    expect([refused.status, code(refused)]).toEqual([403, "insufficient_scope"]);
    expect(refused.headers.get("www-authenticate")).toContain(`scope="${scope}"`);
    const in_ = await only[scope].ask(method, address, body);
    expect([401, 500]).not.toContain(in_.status);
    expect(["insufficient_scope", "session_only", "forbidden"]).not.toContain(code(in_));
  });

  test("a token may end itself, and no other", async () => {
    const own = await token(["submit"]);
    const { tokens } = (await people.administrator.get("/api/v1/tokens")).body;
    const other = await own.ask("DELETE", `/api/v1/tokens/${tokens.at(-1).id}`);
    expect(code(other)).toBe("session_only");
    expect((await own.ask("DELETE", "/api/v1/tokens/current")).status).toBe(204);
    expect(code(await own.get("/api/v1/me"))).toBe("invalid_token");
  });

  test("no route answers a token that is none", async () => {
    const guessed = client();
    guessed.headers = { authorization: `Bearer gradus_${"A".repeat(43)}` };
    for (const [route] of asked) {
      const answer = await guessed.ask(...request(route));
      expect([answer.status, code(answer)], route).toEqual([401, "invalid_token"]);
    }
  });

  test("whoever teaches is like a learner with a token made to read their own", async () => {
    const address = `/api/v1/submissions/${submission}`;
    expect((await only.read.get(address)).status).toBe(404);
    expect((await all.get(address)).body.learner.email).toBe("learner@example.org");
    const grades = `/api/v1/courses/dl/grades/${(await people.learner.get("/api/v1/me")).body.user.id}`;
    expect(code(await only.read.get(grades))).toBe("forbidden");
    expect((await all.get(grades)).status).toBe(200);
  });
});
