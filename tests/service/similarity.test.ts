// Comparisons of answers as a job of the service: a real process that compares, real copies among real
// answers, on both stores; it can be stopped, has its limits, and goes on after kill -9.
import fs from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../grader/service/store/store.ts";
import type { SimilarityPair, SimilarityReport } from "../../grader/service/types.ts";
import { CompareLimit, compareApart } from "../../grader/similarity/run.ts";
import {
  Client,
  dataDir,
  makeDataDir,
  type Postgres,
  root,
  Served,
  startPostgres,
  tempDir,
  until,
} from "./helpers.ts";

const secret = "0123456789abcdef0123456789abcdef";
const exercisesRoot = path.join(root, "exercises");
const fixtures = path.join(root, "tests/offline/fixtures/train");
const answers = fs
  .readdirSync(fixtures)
  .sort()
  .map((file) => ({
    who: path.basename(file, ".ts"),
    source: fs.readFileSync(path.join(fixtures, file), "utf8"),
  }));
const at = "/api/v1/courses/gradus/similarity";
const servers: Served[] = [];
let postgres: Postgres;

beforeAll(async () => {
  postgres = startPostgres();
  await makeDataDir();
});
afterAll(() => postgres?.stop());
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

async function serve(options: object): Promise<Served> {
  const server = await Served.start({ secret, exercisesRoot, concurrency: 1, ...options });
  servers.push(server);
  return server;
}

/** Puts answers into a store as if they had been handed in, and graded: all passed. */
async function handInAll(where: object, sources: { who: string; source: string }[]) {
  const store = await openStore(where);
  for (const [index, { who, source }] of sources.entries()) {
    const id = `00000000-0000-4000-8000-${String(index + 1).padStart(12, "0")}`;
    await sql`insert into "user" ("id", "name", "email", "emailVerified")
      values (${who}, ${who}, ${`${who}@example.org`}, false)`.execute(store.db);
    await sql`insert into enrollments (course, user_id, role) values ('gradus', ${who}, 'learner')`.execute(
      store.db,
    );
    await sql`insert into submissions (id, course, user_id, exercise, attempt, source, sha256, seed)
      values (${id}, 'gradus', ${who}, 'perceptron-train', 1, ${source}, ${who}, 'seed')`.execute(
      store.db,
    );
    await sql`insert into verdicts (submission_id, outcome, points, max, report, fault)
      values (${id}, 'passed', 1, 1, '{"checks": []}', false)`.execute(store.db);
  }
  await store.close();
}

/** So much to compare that one can do something meanwhile. */
const many = Array.from({ length: 60 }, (_, index) => ({
  who: `learner-${index}`,
  source: Array.from(
    { length: 400 },
    (_, line) =>
      `if (${(line * 7 + index) % 13} > weights.at(${line % 5}) * ${line}) { total += ${line % 3} - inputs[${(line + index) % 9}] / ${line + 1}; }`,
  ).join("\n"),
}));

const state = async (who: Client, id: string): Promise<SimilarityReport> =>
  (await who.get(`${at}/${id}`)).body;
const ended = (who: Client, id: string) =>
  until(async () => {
    const found = await state(who, id);
    return found.state !== "queued" && found.state !== "running" && found;
  }, 120_000);

/** Processes that compare, by what they were started with. */
const comparing = () =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return fs
          .readFileSync(`/proc/${pid}/cmdline`, "utf8")
          .includes(path.join(root, "grader/similarity/main.ts"));
      } catch {
        return false;
      }
    });

describe.each(["pglite", "postgres"] as const)("on %s", (kind) => {
  const place = () =>
    kind === "pglite"
      ? { dataDir: dataDir() }
      : { dataDir: tempDir(), databaseUrl: postgres.database() };

  test("copies are found, honest answers are not, and what one says of a pair stays", async () => {
    const where = place();
    await handInAll(where, answers);
    const server = await serve(where);
    const ada = await new Client(server.url).signUp("Ada");
    await ada.becomeAdministrator(server.adminLink);
    const verdicts = async () =>
      (await ada.get("/api/v1/gradebook/submissions?exercise=perceptron-train")).text;
    const before = await verdicts();
    const started = await ada.post(at, { exercise: "perceptron-train" });
    expect(started.status).toBe(201);
    const done = await ended(ada, started.body.id);
    expect(done).toMatchObject({ state: "done", exercises: [{ name: "perceptron-train" }] });
    expect(done.done).toMatchObject([{ exercise: "perceptron-train", compared: answers.length }]);
    const { pairs } = (await ada.get(`${at}/${done.id}/pairs`)).body as { pairs: SimilarityPair[] };
    const names = (pair: SimilarityPair) =>
      [pair.left.learner.name, pair.right.learner.name].sort().join(" ");
    expect(
      pairs
        .filter(({ similarity }) => similarity > 0.9)
        .map(names)
        .sort(),
    ).toEqual(["bob renamed-bob", "commented-fay fay", "cyd reordered-cyd"]);
    expect(
      pairs.every((pair, index) => index === 0 || pair.similarity <= pairs[index - 1].similarity),
    ).toBe(true);

    const [first] = pairs;
    const detail = (await ada.get(`${at}/${done.id}/pairs/${first.id}`)).body;
    const source = (who: string) => answers.find((one) => one.who === who)?.source;
    expect(detail.sources).toEqual({
      left: source(first.left.learner.name),
      right: source(first.right.learner.name),
    });
    for (const { left, right, tokens } of detail.passages) {
      expect(tokens).toBeGreaterThan(5);
      for (const [side, span] of [
        ["left", left],
        ["right", right],
      ] as const) {
        const before = detail.sources[side].slice(0, span.start);
        expect(before.split("\n")).toHaveLength(span.firstLine);
        expect(span.end).toBeGreaterThan(span.start);
      }
    }

    const review = `${at}/${done.id}/pairs/${first.id}/review`;
    expect(first.review).toBe(null);
    const said = await ada.ask("PUT", review, {
      state: "dismissed",
      note: "worked together, as they said",
    });
    expect(said.body.review).toMatchObject({
      state: "dismissed",
      note: "worked together, as they said",
      by: { name: "Ada" },
    });
    expect((await ada.ask("PUT", review, { state: "guilty" })).status).toBe(400);
    // It stays when the report goes, and is there in the next.
    expect((await ada.ask("DELETE", `${at}/${done.id}`)).status).toBe(204);
    expect((await ada.get(`${at}/${done.id}`)).status).toBe(404);
    const again = await ended(ada, (await ada.post(at, { exercise: "perceptron-train" })).body.id);
    expect((await ada.get(`${at}/${again.id}/pairs?limit=1`)).body.next).not.toBe(null);
    // Pairs that are equally alike may change places.
    const sameAgain = async (): Promise<SimilarityPair | undefined> =>
      (await ada.get(`${at}/${again.id}/pairs`)).body.pairs.find(
        (one: SimilarityPair) => names(one) === names(first),
      );
    const same = await sameAgain();
    expect(same?.review?.note).toBe("worked together, as they said");
    const back = `${at}/${again.id}/pairs/${same?.id}/review`;
    expect((await ada.ask("DELETE", back)).status).toBe(204);
    expect((await sameAgain())?.review).toBe(null);
    const { entries } = (await ada.get("/api/v1/courses/gradus/audit")).body;
    expect(
      entries
        .map((entry: { action: string }) => entry.action)
        .filter((one: string) => one.startsWith("similarity")),
    ).toEqual([
      "similarity.review",
      "similarity.start",
      "similarity.delete",
      "similarity.review",
      "similarity.start",
    ]);
    // No verdict comes of it.
    expect(await verdicts()).toBe(before);
    // Not for those whose answers they are, and not by the address of another course.
    const lin = await new Client(server.url).signUp("Lin");
    expect((await lin.get(`${at}/${again.id}/pairs`)).status).toBe(403);
    await ada.post("/api/v1/courses", { id: "other", name: "Another" });
    for (const way of ["", "/pairs", `/pairs/${same?.id}`])
      expect((await ada.get(`/api/v1/courses/other/similarity/${again.id}${way}`)).status).toBe(
        404,
      );
    const foreign = `/api/v1/courses/other/similarity/${again.id}`;
    expect((await ada.ask("DELETE", foreign)).status).toBe(404);
  }, 180_000);

  test("it can be stopped while it runs, and the process that compares ends", async () => {
    const where = place();
    await handInAll(where, many);
    const server = await serve(where);
    const ada = await new Client(server.url).signUp("Ada");
    await ada.becomeAdministrator(server.adminLink);
    const { id } = (await ada.post(at, { exercise: "perceptron-train" })).body;
    await until(() => comparing().length > 0, 60_000);
    expect((await state(ada, id)).state).toBe("running");
    // The service answers meanwhile.
    expect((await ada.get("/api/v1/health")).status).toBe(200);
    expect((await ada.ask("DELETE", `${at}/${id}`)).status).toBe(204);
    expect((await state(ada, id)).state).toBe("canceled");
    await until(() => comparing().length === 0, 60_000);
    expect((await ada.get(`${at}/${id}/pairs`)).body.pairs).toEqual([]);
  }, 180_000);
});

/** A little less, to wait for. */
const some = many.slice(0, 16);

test("kill -9 while it compares: it is done after the next start, once", async () => {
  const where = { dataDir: dataDir() };
  await handInAll(where, some);
  const first = await serve(where);
  const ada = await new Client(first.url).signUp("Ada");
  await ada.becomeAdministrator(first.adminLink);
  const { id } = (await ada.post(at, { exercise: "perceptron-train" })).body;
  await until(() => comparing().length > 0, 60_000);
  await first.kill("SIGKILL");
  const second = await serve(where);
  const done = await ended(ada.at(second.url), id);
  expect(done).toMatchObject({ state: "done", done: [{ compared: some.length }] });
}, 240_000);

describe("limits", () => {
  const request = {
    candidates: many,
    known: { starter: "", reference: "" },
    least: 0,
    most: 10,
  };
  const none = new AbortController().signal;

  test("of memory", async () => {
    const limits = { memoryMb: 40, timeoutMs: 120_000, signal: none };
    await expect(compareApart(request, limits)).rejects.toThrow(CompareLimit);
    await expect(compareApart(request, limits)).rejects.toThrow(
      "comparing 60 answers takes more than 40 MiB of memory",
    );
  }, 180_000);

  test("of time, and being stopped", async () => {
    const late = compareApart(request, { memoryMb: 1024, timeoutMs: 300, signal: none });
    await expect(late).rejects.toThrow(CompareLimit);
    const stop = AbortSignal.timeout(300);
    const stopped = compareApart(request, { memoryMb: 1024, timeoutMs: 60_000, signal: stop });
    await expect(stopped).rejects.toThrow(/timeout/i);
    await until(() => comparing().length === 0, 10_000);
  }, 60_000);
});
