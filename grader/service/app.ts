/** The HTTP face: every route, who may use it, and what it answers. Shapes are in types.ts. */
import { type Context, Hono } from "hono";
import { matchedRoutes } from "hono/route";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { z } from "zod";
import { ADDRESS_HEADER, type Auth } from "./auth.ts";
import { BODY_LIMIT, fit, jsonText, mediaType, parseJson, readJson, readText } from "./body.ts";
import { COURSE } from "./course.ts";
import { courseRoutes } from "./course-routes.ts";
import { coursesOf } from "./courses.ts";
import { describeRequest } from "./described.ts";
import { isInvited } from "./enrollments.ts";
import type { Exercises } from "./exercises.ts";
import { gradebook, gradebookCsv, gradebookSubmissions } from "./gradebook.ts";
import { gradebookRoutes } from "./gradebook-routes.ts";
import { gradingRoutes } from "./grading-routes.ts";
import { checkSource, readFile, readNotebook, type Work } from "./handed-in.ts";
import { waitingJobs } from "./health.ts";
import { once } from "./idempotency.ts";
import { createIdentity, crossOrigin, mayReadOthers, sessionOnly } from "./identity.ts";
import { Limiter, limits } from "./limiter.ts";
import { openapi, readsOf, scopeOf } from "./openapi.ts";
import {
  descriptions,
  fileRequest,
  roleRequest,
  setupRequest,
  sourceRequest,
} from "./openapi-routes.ts";
import { readPage, sendPage } from "./pagination.ts";
import { noNul, query, uuid } from "./params.ts";
import type { Queue } from "./queue.ts";
import { Refusal } from "./refusal.ts";
import { regradeRoutes } from "./regrade-routes.ts";
import { atLeast, countAdministrators, members, setRole, standing } from "./roles.ts";
import { useAdminLink } from "./setup.ts";
import { similarityRoutes } from "./similarity-routes.ts";
import { statisticsRoutes } from "./statistics-routes.ts";
import { outageOf } from "./store/outage.ts";
import type { Database } from "./store/schema.ts";
import type { Store } from "./store/store.ts";
import { accept, find, forLearner, listOwn } from "./submissions.ts";
import { createToken, deleteToken, deleteTokens, listTokens, tokenRequest } from "./tokens.ts";
import type { Health, Me, Receipts, SetupState, Submission } from "./types.ts";
import type { Worker } from "./worker.ts";

export interface AppOptions {
  store: Store;
  queue: Queue;
  auth: Auth;
  exercises: Exercises;
  log: Logger;
  signUp: "open" | "closed";
  behindProxy: boolean;
  worker(): Worker | undefined;
  /** Told when a request failed because the store is away or full. */
  outage?(kind: "away" | "full"): void;
  /** Told of every answer; `route` is a pattern, without ids. */
  answered?(method: string, route: string, status: number, milliseconds: number): void;
  /** True when a request's Origin is one of ours. */
  trusted(request: Request): boolean;
}

/** What Hono's Node adapter passes along with a request. */
interface NodeBindings {
  incoming?: { socket?: { remoteAddress?: string | undefined } } | undefined;
}

/** The longest a request waits for a verdict, in seconds. */
const LONGEST_WAIT = 30;

export function createApp(options: AppOptions): Hono {
  const { store, queue, auth, exercises, log, trusted } = options;
  const db: Kysely<Database> = store.db;
  const app = new Hono();
  const limiter = new Limiter(db, log);
  const identity = createIdentity({
    db,
    auth,
    limiter,
    trusted,
    addressOf,
    scopeOf: (route) => scopeOf(descriptions, route),
  });
  const { person, session, administrator, member } = identity;
  const waiting = () => options.worker()?.reason;

  app.onError((error, c) => {
    if (error instanceof Refusal) return error.toResponse();
    // A client that went away in mid-request is no fault of ours.
    if (!c.req.raw.signal.aborted)
      log.error({ err: error, method: c.req.method, route: c.req.routePath }, "a request failed");
    const outage = outageOf(error);
    if (outage) {
      options.outage?.(outage);
      return new Refusal(
        503,
        "unavailable",
        outage === "full"
          ? "the server has no room left to write this down; nothing was handed in or changed"
          : "the server's database does not answer at the moment; nothing was handed in or changed",
        "try again in a few minutes",
        { "retry-after": "30" },
      ).toResponse();
    }
    return new Refusal(
      500,
      "internal",
      "something went wrong on the server; its log says what",
    ).toResponse();
  });
  app.notFound(() =>
    new Refusal(404, "not_found", "there is nothing at this address").toResponse(),
  );
  app.use("/api/*", async (c, next) => {
    const began = performance.now();
    await next();
    const route = matchedRoutes(c).findLast((one) => one.method !== "ALL")?.path ?? "none";
    options.answered?.(c.req.method, route, c.res.status, performance.now() - began);
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });
  app.use("/api/v1/*", async (c, next) => {
    const path = matchedRoutes(c).findLast((route) => route.method !== "ALL")?.path;
    const method = c.req.method === "HEAD" ? "GET" : c.req.method;
    const described = descriptions[`${method} ${path}`];
    if (described) describeRequest(c.req.raw, readsOf(described));
    await next();
  });

  app.get("/api/v1/openapi.json", (c) => {
    c.header("cache-control", "no-cache");
    return c.json(openapi(descriptions));
  });

  // Accounts

  app.get("/api/auth/get-session", async (c) => {
    await limiter.take(limits.accounts, addressOf(c));
    return auth.handler(forAuth(c));
  });
  for (const path of [
    "change-password",
    "sign-in/email",
    "sign-out",
    "sign-up/email",
    "update-user",
  ])
    app.post(`/api/auth/${path}`, async (c) => {
      const address = addressOf(c);
      await limiter.take(limits.accounts, address);
      if (!trusted(c.req.raw)) throw crossOrigin();
      const body = await readText(c.req.raw, 64 * 1024);
      if (path === "sign-in/email") {
        await limiter.take(limits.signIn, address);
        await limiter.take(limits.signInHere, `${address} ${emailIn(body)}`);
        await limiter.take(limits.signInAnywhere, emailIn(body));
      }
      if (path === "sign-up/email") {
        await limiter.take(limits.signUp, address);
        if ((await signUpState()) !== "open" && !(await isInvited(db, emailIn(body)))) {
          throw new Refusal(
            403,
            "sign_up_closed",
            "this server does not let people make their own accounts",
            "whose address is on a roster can: ask your instructor to put yours there",
          );
        }
      }
      return auth.handler(forAuth(c, body));
    });

  app.get("/api/v1/me", async (c) => {
    const { user } = await person(c);
    return c.json(await me(user));
  });

  app.get("/api/v1/tokens", async (c) => {
    const { user } = await person(c);
    return sendPage(c, "tokens", await listTokens(db, user.id, readPage(c)));
  });
  app.post("/api/v1/tokens", async (c) => {
    const { user } = await session(c);
    return c.json(await createToken(db, user.id, await readJson(c.req.raw, tokenRequest)), 201);
  });
  app.delete("/api/v1/tokens", async (c) => {
    const { user } = await session(c);
    await deleteTokens(db, user.id);
    return c.body(null, 204);
  });
  app.delete("/api/v1/tokens/:id", async (c) => {
    const { user, token } = await person(c);
    const asked = c.req.param("id");
    // A token may end itself (gradus logout), nothing more.
    const id = asked === "current" && token ? token.id : uuid(asked, "you have no such token");
    if (token && id !== token.id) throw sessionOnly();
    await deleteToken(db, user.id, id);
    return c.body(null, 204);
  });

  // Set-up

  app.get("/api/v1/setup/state", async (c) => {
    const needsAdministrator = (await countAdministrators(db)) === 0;
    return c.json({ needsAdministrator, signUp: await signUpState() } satisfies SetupState);
  });
  app.post("/api/v1/setup", async (c) => {
    const { user } = await session(c);
    await limiter.take(limits.setup, user.id);
    const { token } = await readJson(c.req.raw, setupRequest);
    await useAdminLink(db, user.id, token);
    log.info({ user: user.id }, "the set-up link was used: there is an administrator now");
    return c.json(await me(user));
  });

  // Submissions

  app.post("/api/v1/submissions", async (c) => {
    const { user, course, role, dropped } = await member(c, "learner", query(c, "course"));
    await limiter.take(limits.submissions, user.id);
    if (dropped) {
      throw new Refusal(
        403,
        "not_enrolled",
        `you are no longer in ${course.name}, so nothing can be handed in there`,
        "if that is a mistake, your instructor can put you back; what you handed in is still there",
      );
    }
    const { works, fromNotebook, text } = await readSubmission(c.req.raw);
    const skipped: Receipts["skipped"] = [];
    const wanted: Work[] = [];
    for (const work of works) {
      const { starter } = exercises.get(work.exercise);
      if (fromNotebook && work.source.trim() === starter.trim())
        skipped.push({ exercise: work.exercise, reason: "it is still the starter, unchanged" });
      else wanted.push(work);
    }
    if (wanted.length === 0) {
      throw new Refusal(
        400,
        "nothing_written",
        "every exercise in this notebook is still its starter, so there is nothing to grade",
        "write an answer, save the notebook, and hand it in again",
      );
    }
    for (const work of wanted) checkSource(work);
    const submissions = await accept(
      db,
      queue,
      { id: user.id, course, teaches: atLeast(role, "assistant") },
      wanted,
      once(c, `${course.id} ${text}`),
    );
    for (const { id, exercise, duplicate } of submissions)
      log.info({ submission: id, user: user.id, exercise, duplicate }, "handed in");
    return c.json({ submissions, skipped } satisfies Receipts, 202);
  });

  app.get("/api/v1/submissions", async (c) => {
    const { user, course } = await member(c, "learner", query(c, "course"));
    const whose = { course: course.id, user: user.id, exercise: query(c, "exercise") };
    return sendPage(c, "submissions", await listOwn(db, whose, readPage(c), waiting()));
  });

  app.get("/api/v1/submissions/:id", async (c) => {
    const asking = await person(c);
    const { user } = asking;
    const none = "there is no such submission, or it is not yours";
    const id = uuid(c.req.param("id"), none);
    const wait = waitOf(query(c, "wait"));
    let teaches: boolean | undefined;
    const deadline = performance.now() + wait * 1000;
    for (;;) {
      // Listening begins before reading, so that a verdict between the two is not missed.
      const done = new AbortController();
      const left = deadline - performance.now();
      const graded =
        left > 0
          ? queue.graded(id, left, AbortSignal.any([c.req.raw.signal, done.signal]))
          : Promise.resolve(false);
      const found = await find(db, id, user.id, waiting());
      if (found && teaches === undefined) {
        const place = await standing(db, user.id, found.course);
        teaches = place !== undefined && atLeast(place.role, "assistant") && mayReadOthers(asking);
      }
      if (!found || (!found.own && !teaches)) {
        done.abort();
        throw new Refusal(404, "not_found", none);
      }
      if (found.state === "done" || !(await graded)) {
        done.abort();
        // What came while we waited is in the store, so read once more when the time was up.
        const last =
          found.state === "done" ? found : ((await find(db, id, user.id, waiting())) ?? found);
        const { learner, report, course: _course, own: _own, ...rest } = last;
        const answer: Submission = teaches
          ? { ...rest, report, learner }
          : {
              ...rest,
              report: report && forLearner(report),
              ...(learner.id === user.id ? {} : { handedInBy: learner.name }),
            };
        return c.json(answer);
      }
    }
  });

  // For those who teach

  app.get("/api/v1/gradebook", async (c) => {
    const { course } = await member(c, "assistant", query(c, "course"));
    return c.json(await gradebook(db, course.id, exercises.all));
  });
  app.get("/api/v1/gradebook.csv", async (c) => {
    const { course } = await member(c, "assistant", query(c, "course"));
    const day = new Date().toISOString().slice(0, 10);
    return c.body(gradebookCsv(await gradebook(db, course.id, exercises.all)), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${course.id}-gradebook-${day}.csv"`,
    });
  });
  app.get("/api/v1/gradebook/submissions", async (c) => {
    const { course } = await member(c, "assistant", query(c, "course"));
    const filter = { user: query(c, "user"), exercise: query(c, "exercise") };
    const page = await gradebookSubmissions(db, course.id, filter, readPage(c), waiting());
    return sendPage(c, "submissions", page);
  });

  // For administrators

  app.get("/api/v1/members", async (c) => {
    await administrator(c);
    return sendPage(c, "members", await members(db, readPage(c)));
  });
  app.patch("/api/v1/members/:id", async (c) => {
    const by = await administrator(c);
    const { role } = await readJson(c.req.raw, roleRequest);
    const member = await setRole(db, by.user.id, noNul(c.req.param("id")), role);
    log.info({ user: member.id, role, by: by.user.id }, "a role was changed");
    return c.json(member);
  });

  courseRoutes(app, db, exercises, identity);
  gradebookRoutes(app, db, exercises, identity);
  gradingRoutes(app, db, exercises, identity, waiting);
  regradeRoutes(app, db, queue, exercises, identity);
  statisticsRoutes(app, db, exercises, identity);
  similarityRoutes(app, db, queue, exercises, identity);

  app.get("/api/v1/health", async (c) => {
    const waiting = await waitingJobs(db);
    const worker = options.worker()?.status ?? { state: "off" };
    const health: Health = { ok: true, store: store.kind, worker, waiting };
    return c.json(health);
  });

  return app;

  /** A person, and everything they are. */
  async function me(user: Me["user"]): Promise<Me> {
    const [place, courses] = [await standing(db, user.id, COURSE), await coursesOf(db, user.id)];
    return { user, role: place?.role ?? "learner", course: COURSE, courses };
  }

  /** The caller's address as the connection, or our own proxy, has it; others could claim anything. */
  function addressOf(c: Context): string {
    const forwarded = c.req.header("x-forwarded-for")?.split(",").pop()?.trim();
    if (options.behindProxy && forwarded) return forwarded;
    const { incoming } = (c.env ?? {}) as NodeBindings;
    return incoming?.socket?.remoteAddress ?? "unknown";
  }

  /** The request as better-auth gets it: the body once more, and the caller's true address. */
  function forAuth(c: Context, body?: string): Request {
    const headers = new Headers(c.req.raw.headers);
    headers.set(ADDRESS_HEADER, addressOf(c));
    return new Request(c.req.url, { method: c.req.method, headers, ...(body ? { body } : {}) });
  }

  /** With sign-up closed, the first account may still be made: somebody must use the link. */
  async function signUpState(): Promise<SetupState["signUp"]> {
    if (options.signUp === "open" || (await countAdministrators(db)) === 0) return "open";
    return (await isInvited(db)) ? "roster" : "closed";
  }
}

/** The works in the body of POST /submissions, and its text. @throws Refusal */
async function readSubmission(
  request: Request,
): Promise<{ works: Work[]; fromNotebook: boolean; text: string }> {
  if (mediaType(request) === "application/x-ipynb+json") {
    const text = await readText(request, BODY_LIMIT);
    return { works: readNotebook(text), fromNotebook: true, text };
  }
  const text = await jsonText(request);
  const body = parseJson(text, z.looseObject({}));
  if (!("filename" in body))
    return { works: [fit(body, sourceRequest)], fromNotebook: false, text };
  const { filename, content, exercise } = fit(body, fileRequest);
  const fromNotebook = /\.ipynb$/i.test(filename);
  return { works: readFile(filename, content, exercise), fromNotebook, text };
}

function emailIn(body: string): string {
  try {
    const { email } = parseJson(body, z.looseObject({ email: z.string().max(320) }));
    return email.trim().toLowerCase();
  } catch {
    return "";
  }
}

function waitOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && Number.isFinite(seconds))
    return Math.min(seconds, LONGEST_WAIT);
  throw new Refusal(
    400,
    "bad_request",
    `wait must be a number of seconds from 0 to ${LONGEST_WAIT}, not ${JSON.stringify(text.slice(0, 20))}`,
  );
}
