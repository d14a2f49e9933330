import { expect, test } from "vitest";
import { type Description, routesByTag, type Schema, scopeOf, typeText } from "./api-description";

test("shapes are told as TypeScript would write them", () => {
  const cases: [Schema, string][] = [
    [{ type: "string" }, "string"],
    [{ type: "integer" }, "number"],
    [{ type: ["string", "null"], format: "date-time" }, "time | null"],
    [{ enum: ["a", "b"], type: "string" }, '"a" | "b"'],
    [{ $ref: "#/components/schemas/Token" }, "Token"],
    [{ type: "array", items: { $ref: "#/x/Token" } }, "Token[]"],
    [
      { type: "array", items: { anyOf: [{ type: "string" }, { type: "null" }] } },
      "(string | null)[]",
    ],
    [{ type: "object", additionalProperties: { type: "number" } }, "{ [name: string]: number }"],
    [{ type: "object" }, "object"],
    [{}, "unknown"],
    [
      {
        type: "object",
        required: ["a"],
        properties: {
          a: { type: "object", properties: { b: { type: "boolean" } }, required: ["b"] },
          c: { type: "string", description: "What c is." },
        },
      },
      "{\n  a: {\n    b: boolean;\n  };\n  c?: string; // What c is.\n}",
    ],
  ];
  for (const [schema, text] of cases) expect(typeText(schema)).toBe(text);
});

test("routes stand with their tag, and say which scope they need", () => {
  const operation = (tag: string, security: Record<string, string[]>[]) =>
    ({ tags: [tag], security }) as Description["paths"][string][string];
  const description = {
    tags: [{ name: "A" }, { name: "B" }],
    paths: {
      "/x": {
        get: operation("B", []),
        post: operation("A", [{ session: [] }, { token: ["submit"] }]),
      },
      "/y": { get: operation("A", [{ session: [] }]), put: operation("A", [{ token: [] }]) },
    },
  } as unknown as Description;
  const found = routesByTag(description);
  expect(
    found.map(({ tag, routes }) => [tag, routes.map(({ method, path }) => method + path)]),
  ).toEqual([
    ["A", ["POST/x", "GET/y", "PUT/y"]],
    ["B", ["GET/x"]],
  ]);
  expect(found.flatMap(({ routes }) => routes.map((route) => scopeOf(route.operation)))).toEqual([
    "submit",
    "session",
    "any",
    undefined,
  ]);
});
