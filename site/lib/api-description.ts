/** Reads the description of the API (OpenAPI 3.1), as the service serves it, for the page that shows it. */
import { call } from "./api";

/** A JSON Schema; only what the service's description has of it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: boolean | Schema;
}

type Content = Record<string, { schema?: Schema }>;

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters: {
    name: string;
    in: "path" | "query" | "header";
    required: boolean;
    description: string;
    schema: Schema;
  }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content; "x-codes"?: string[] }>;
  security: Record<string, string[]>[];
  "x-who": string;
}

export interface Description {
  info: { version: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Route {
  method: string;
  path: string;
  operation: Operation;
}

export const getDescription = (signal?: AbortSignal) =>
  call<Description>("GET", "/api/v1/openapi.json", { signal });

/** The routes of each tag, in the order of the description. */
export function routesByTag({ tags, paths }: Description): { tag: string; routes: Route[] }[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  return tags.map(({ name }) => ({
    tag: name,
    routes: all.filter(({ operation }) => operation.tags.includes(name)),
  }));
}

/** The scope that a token needs: `any`; `session` where none will do; undefined where nobody is asked. */
export function scopeOf({ security }: Operation): string | undefined {
  if (security.length === 0) return undefined;
  const token = security.find((one) => one.token)?.token;
  return token ? (token[0] ?? "any") : "session";
}

/** A shape as TypeScript would write it; shapes with a name stay names. */
export function typeText(schema: Schema, indent = ""): string {
  const { $ref, anyOf, oneOf, properties, additionalProperties } = schema;
  if ($ref) return $ref.split("/").at(-1) ?? "unknown";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = anyOf ?? oneOf;
  if (either) return [...new Set(either.map((one) => typeText(one, indent)))].join(" | ");
  if (Array.isArray(schema.type))
    return schema.type.map((type) => typeText({ ...schema, type }, indent)).join(" | ");
  if (schema.type === "array") {
    const item = typeText(schema.items ?? {}, indent);
    return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
  }
  if (properties && Object.keys(properties).length > 0) {
    const inner = `${indent}  `;
    const lines = Object.entries(properties).map(([name, field]) => {
      const remark = field.description ? ` // ${field.description}` : "";
      const optional = schema.required?.includes(name) ? "" : "?";
      return `${inner}${name}${optional}: ${typeText(field, inner)};${remark}`;
    });
    return `{\n${lines.join("\n")}\n${indent}}`;
  }
  if (typeof additionalProperties === "object")
    return `{ [name: string]: ${typeText(additionalProperties, indent)} }`;
  if (schema.type === "integer") return "number";
  if (schema.type === "string" && schema.format === "date-time") return "time";
  return schema.type ?? "unknown";
}
