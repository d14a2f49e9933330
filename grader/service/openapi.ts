/**
 * The description of the API (OpenAPI 3.1), made from the routes' descriptions and the zod schemas that
 * read what comes in. Tests hold it to the routes there are and to what they really answer.
 */
import { z } from "zod";
import type { Described } from "./described.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { ErrorBody, names } from "./openapi-shapes.ts";
import { PAGE } from "./pagination.ts";
import { scopes } from "./scopes.ts";
import type { Role, Scope } from "./types.ts";

/** Who gets an answer: anyone; whoever is signed in; who has at least this role, in the course or on the site. */
export type Who = "anyone" | "account" | Role;

/** What a body or an answer is, where it is not JSON. */
export interface Media {
  type: string;
  description: string;
  schema?: z.ZodType;
}

export interface Description {
  tag: string;
  /** What it does, in a line. */
  summary: string;
  /** What else one must know. */
  description?: string;
  who: Who;
  /**
   * What a token must be made for; `any`: every token will do; `session`: none will. Needless where anyone
   * gets an answer.
   */
  scope?: Scope | "any" | "session";
  /** The parts of the address, and what they are. */
  path?: Record<string, string>;
  query?: Record<string, Parameter>;
  headers?: Record<string, Parameter>;
  /** JSON of this shape, or one of several kinds. */
  body?: z.ZodType | readonly Media[];
  answers: Record<number, z.ZodType | Media | "nothing">;
  /** Refusals of its own; those that follow from all of the above are added. */
  errors?: readonly ErrorCode[];
  /** It is a list that comes in pages: adds `limit`, `cursor` and the header `Link`. */
  paged?: boolean;
  /** Answers have an ETag, and a change may say `If-Match`. */
  versioned?: boolean;
}

export interface Parameter {
  description: string;
  schema: z.ZodType;
}

/** By route, as Hono names it: `GET /api/v1/me`. */
export type Descriptions = Readonly<Record<string, Description>>;

export const VERSION = "1";

type Json = Record<string, unknown>;

/** @param site where the API is, such as `https://gradus.example.org` */
export function openapi(routes: Descriptions, site = ""): Json {
  const incoming = new Map<string, z.ZodType>();
  const outgoing = new Map<string, z.ZodType>([["error", ErrorBody]]);
  for (const [route, one] of Object.entries(routes)) {
    for (const [key, schema] of schemasOf(route, one, "in")) incoming.set(key, schema);
    for (const [key, schema] of schemasOf(route, one, "out")) outgoing.set(key, schema);
  }
  const read = convert(incoming, "input");
  const written = convert(outgoing, "output");
  const schema = (key: string) => read.schemas[key] ?? written.schemas[key] ?? {};
  const paths: Record<string, Json> = {};
  for (const [route, one] of Object.entries(routes)) {
    const [method, path] = split(route);
    paths[path] ??= {};
    paths[path][method] = operation(route, one, schema);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Gradus",
      version: VERSION,
      summary: "Hand in exercises, follow their verdicts, and run a course.",
      description:
        "What is described here stays as it is for as long as addresses begin with /api/v1: fields, parameters and routes may be added, so ignore those you do not know. Times are ISO 8601 in UTC.",
      license: { name: "MIT", identifier: "MIT" },
    },
    ...(site ? { servers: [{ url: site }] } : { servers: [{ url: "/" }] }),
    tags: [...new Set(Object.values(routes).map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...read.named, ...written.named },
      headers: {
        "RateLimit-Policy": header(
          'How much is allowed: `"requests";q=1200;w=60` is 1200 in a minute.',
        ),
        RateLimit: header('What is left of it: `"requests";r=1180;t=42`, anew after 42 seconds.'),
        "Retry-After": header("After how many seconds another try makes sense."),
        Link: header('The next page of a list: `<…>; rel="next"`. Absent on the last.'),
        ETag: header("The version of what was answered, for `If-Match`."),
      },
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "gradus_…",
          description: `An access token, made on the account page. Scopes: ${Object.entries(scopes)
            .map(([name, allows]) => `\`${name}\` (${allows})`)
            .join(", ")}.`,
        },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "gradus.session_token",
          description:
            "The cookie of whoever signed in; on https its name begins with `__Secure-`. What changes something is taken from our own pages only.",
        },
      },
    },
  };
}

/** The scope that a token needs for a route; undefined: tokens may not use it. */
export function scopeOf(routes: Descriptions, route: string): Scope | "any" | undefined {
  const scope = routes[route]?.scope;
  return scope === "session" ? undefined : scope;
}

/** What a route may read of a request. */
export function readsOf({ body, query, paged }: Description): Described {
  return {
    body: body instanceof z.ZodType ? body : undefined,
    query: new Set([...Object.keys(query ?? {}), ...(paged ? ["limit", "cursor"] : [])]),
  };
}

/** Why a route refuses: what is said of it, and what follows from how it works. */
export function refusalsOf(route: string, one: Description): ErrorCode[] {
  const codes = new Set<ErrorCode>(["internal", "stopping", "unavailable", ...(one.errors ?? [])]);
  const add = (...more: ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  if (one.who !== "anyone") {
    add("unauthenticated", "invalid_token", "token_expired", "rate_limited");
    if (one.scope === "session") add("session_only");
    else if (one.scope !== "any") add("insufficient_scope");
    if (!route.startsWith("GET ")) add("cross_origin");
  }
  if (one.who !== "anyone" && one.who !== "account") {
    if (one.who !== "learner") add("forbidden");
    if (one.who !== "administrator") add("not_found");
  }
  if (one.path) add("not_found", "bad_request");
  if (one.query || one.paged || one.headers) add("bad_request");
  if (one.versioned && !route.startsWith("GET ")) add("changed_meanwhile");
  if (one.body) {
    add("bad_request", "body_too_large", "content_type", "not_utf8");
    if (one.body instanceof z.ZodType || one.body.some(({ type }) => /json/.test(type)))
      add("bad_json");
  }
  return [...codes].sort();
}

function operation(route: string, one: Description, schema: (key: string) => Json): Json {
  const refusals = new Map<number, ErrorCode[]>();
  for (const code of refusalsOf(route, one)) {
    const [status] = errorCodes[code];
    refusals.set(status, [...(refusals.get(status) ?? []), code]);
  }
  const limited = one.who !== "anyone";
  const success = Object.entries(one.answers).map(([status, answer]): [string, Response] => [
    status,
    {
      description:
        typeof answer === "object" && !(answer instanceof z.ZodType)
          ? answer.description
          : "As asked.",
      headers: references([
        ...(limited ? ["RateLimit-Policy", "RateLimit"] : []),
        ...(one.paged ? ["Link"] : []),
        ...(one.versioned ? ["ETag"] : []),
      ]),
      ...content(answer, (type) => schema(`${route} ${status} ${type}`)),
    },
  ]);
  const own = Object.fromEntries(success);
  const refused = [...refusals].map(([status, codes]) => {
    const told = codes.map((code) => `\`${code}\`: ${errorCodes[code][1]}`).join(" ");
    const error = { $ref: "#/components/schemas/Error" };
    const other = own[status]?.content?.["application/json"]?.schema;
    return [
      status,
      {
        description: other ? `${own[status]?.description} Or ${told}` : told,
        ...(status === 429 ? { headers: references(["Retry-After"]) } : {}),
        content: { "application/json": { schema: other ? { anyOf: [other, error] } : error } },
        ...(other ? {} : { "x-codes": codes }),
      },
    ];
  });
  const { body } = one;
  return {
    operationId: idOf(route),
    tags: [one.tag],
    summary: one.summary,
    ...(one.description ? { description: one.description } : {}),
    parameters: parametersOf(route, one).map(({ key, schema: _, ...rest }) => ({
      ...rest,
      schema: schema(key),
    })),
    ...(body
      ? {
          requestBody: {
            required: true,
            content:
              body instanceof z.ZodType
                ? { "application/json": { schema: schema(`${route} body application/json`) } }
                : Object.fromEntries(
                    body.map(({ type }) => [type, { schema: schema(`${route} body ${type}`) }]),
                  ),
          },
        }
      : {}),
    responses: { ...own, ...Object.fromEntries(refused) },
    security:
      one.who === "anyone"
        ? []
        : [
            { session: [] },
            ...(one.scope && one.scope !== "session"
              ? [{ token: one.scope === "any" ? [] : [one.scope] }]
              : []),
          ],
    "x-who": one.who,
  };
}

interface Place extends Parameter {
  key: string;
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
}

function parametersOf(route: string, one: Description): Place[] {
  const place =
    (where: Place["in"], required: boolean) =>
    ([name, parameter]: [string, Parameter]) => ({
      key: `${route} ${where} ${name}`,
      name,
      in: where,
      required,
      ...parameter,
    });
  const parts = Object.entries(one.path ?? {}).map(([name, description]) => [
    name,
    { description, schema: z.string() },
  ]) as [string, Parameter][];
  const query: Record<string, Parameter> = {
    ...one.query,
    ...(one.paged
      ? {
          limit: {
            description: `How many at most (usually ${PAGE.usual}); more than ${PAGE.most} is as ${PAGE.most}.`,
            schema: z.int().min(1),
          },
          cursor: { description: "The `next` of the page before.", schema: z.string() },
        }
      : {}),
  };
  const headers: Record<string, Parameter> = {
    ...one.headers,
    ...(one.versioned && !route.startsWith("GET ")
      ? {
          "If-Match": {
            description: "Change it only if its ETag is still this one.",
            schema: z.string(),
          },
        }
      : {}),
  };
  return [
    ...parts.map(place("path", true)),
    ...Object.entries(query).map(place("query", false)),
    ...Object.entries(headers).map(place("header", false)),
  ];
}

function* schemasOf(
  route: string,
  one: Description,
  way: "in" | "out",
): Generator<[string, z.ZodType]> {
  if (way === "in") {
    for (const { key, schema } of parametersOf(route, one)) yield [key, schema];
    const { body } = one;
    if (body instanceof z.ZodType) yield [`${route} body application/json`, body];
    else
      for (const { type, schema = z.string() } of body ?? [])
        yield [`${route} body ${type}`, schema];
    return;
  }
  for (const [status, answer] of Object.entries(one.answers)) {
    if (answer === "nothing") continue;
    if (answer instanceof z.ZodType) yield [`${route} ${status} application/json`, answer];
    else yield [`${route} ${status} ${answer.type}`, answer.schema ?? z.string()];
  }
}

/** An answer of one status, as the document has it. */
interface Response {
  description: string;
  headers?: Json;
  content?: Record<string, { schema: Json }>;
}

function content(
  answer: Description["answers"][number],
  schema: (type: string) => Json,
): Pick<Response, "content"> {
  if (answer === "nothing") return {};
  const type = answer instanceof z.ZodType ? "application/json" : answer.type;
  return { content: { [type]: { schema: schema(type) } } };
}

/** All at once, so that what has a name is written down once. */
function convert(schemas: ReadonlyMap<string, z.ZodType>, io: "input" | "output") {
  const all = z.toJSONSchema(z.object(Object.fromEntries(schemas)), {
    io,
    metadata: names,
    override({ jsonSchema }) {
      // What we read may not have fields that we do not know; what we write may get more with time.
      if (io === "output" && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
      // The largest number that is safe is no rule of ours.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      delete jsonSchema.id;
    },
  });
  const { properties = {}, $defs = {} } = JSON.parse(
    JSON.stringify(all).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as { properties?: Record<string, Json>; $defs?: Record<string, Json> };
  return { schemas: properties, named: $defs };
}

/** `GET /api/v1/courses/:course` → `get`, `/api/v1/courses/{course}` */
function split(route: string): [method: string, path: string] {
  const [method, path] = route.split(" ", 2);
  return [method.toLowerCase(), path.replace(/:(\w+)/g, "{$1}")];
}

/** `PATCH /api/v1/courses/:course` → `patchCoursesCourse` */
function idOf(route: string): string {
  return route
    .toLowerCase()
    .replace(/\/api\/(v1\/)?/, "")
    .replace(/[^a-z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase());
}

function references(headers: readonly string[]): Json {
  return Object.fromEntries(
    headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

function header(description: string): Json {
  return { description, schema: { type: "string" } };
}
