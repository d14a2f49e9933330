// The description of the API as a judge: whether an answer is one that is described.
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { errorCodes } from "../../grader/service/error-codes.ts";
import { openapi } from "../../grader/service/openapi.ts";
import { descriptions } from "../../grader/service/openapi-routes.ts";

// biome-ignore lint/suspicious/noExplicitAny: a document that is read by its own rules
type Json = any;

export const document: Json = openapi(descriptions);

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
// In the document a client finds what it must understand; here nothing may come that is not in it.
const closed = JSON.parse(JSON.stringify(document), (_, value) =>
  value?.type === "object" && value.properties && value.additionalProperties === undefined
    ? { ...value, additionalProperties: false }
    : value,
);
ajv.addSchema(closed, "api");

const paths = Object.keys(document.paths).map((path) => ({
  path,
  fixed: path.split("{").length,
  pattern: new RegExp(
    `^${path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+")}$`,
  ),
}));

/** The described operation of a request; undefined: none is. */
export function operationOf(method: string, address: string): [path: string, Json] | undefined {
  const { pathname } = new URL(address, "http://localhost");
  const found = paths
    .filter(({ pattern }) => pattern.test(pathname))
    .sort((a, b) => a.fixed - b.fixed)
    .map(({ path }) => [path, document.paths[path][method.toLowerCase()]] as [string, Json])
    .find(([, operation]) => operation);
  return found;
}

/** What is wrong with an answer by the description; undefined: nothing. */
export function misfit(
  method: string,
  address: string,
  answer: { status: number; headers: Headers; text: string; body: unknown },
): string | undefined {
  const found = operationOf(method, address);
  // Addresses that are none answer 404; routes that are not described fail a test of their own.
  if (!found) return undefined;
  const [path, operation] = found;
  const { status, headers, body, text } = answer;
  const where = `${method} ${path} answered ${status}`;
  const response = operation.responses[status];
  if (!response) return `${where}, which is not described: ${text.slice(0, 300)}`;
  const type = (headers.get("content-type") ?? "").split(";", 1)[0];
  if (!response.content) return text === "" ? undefined : `${where} with a body: none is described`;
  if (!response.content[type]) return `${where} with ${type || "no type"}: not described`;
  if (response["x-codes"]) {
    const { code } = (body as { error?: { code?: string } })?.error ?? {};
    if (!response["x-codes"].includes(code))
      return `${where} with the code ${code}, which is not described for it`;
    const [own] = errorCodes[code as keyof typeof errorCodes];
    if (own !== status) return `${where} with the code ${code}, whose status is ${own}`;
  }
  if (type !== "application/json") return undefined;
  const pointer = [
    "paths",
    path,
    method.toLowerCase(),
    "responses",
    status,
    "content",
    type,
    "schema",
  ]
    .map((part) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  const validate = ajv.getSchema(`api#/${pointer}`);
  if (!validate) return `${where}: there is no schema at ${pointer}`;
  if (validate(body)) return undefined;
  const said = validate.errors
    ?.slice(0, 5)
    .map((one) => `${one.instancePath} ${one.message} ${JSON.stringify(one.params)}`);
  return `${where} otherwise than described (grader/service/openapi-*.ts): ${said?.join("; ")} in ${text.slice(0, 500)}`;
}
