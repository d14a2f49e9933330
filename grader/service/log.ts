/**
 * The log: a line of JSON an event, about ids and never about people. Whoever logs names what they
 * log; errors of the database, which carry what was asked with all its values, are cut to what
 * happened and where; and what still looks like an address or a key is taken out of every line.
 */
import { type Logger, pino } from "pino";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LEVELS)[number];

/** The level in GRADUS_LOG. @throws Error when it is none */
export function logLevel(fallback: LogLevel): LogLevel {
  const asked = process.env.GRADUS_LOG || fallback;
  if ((LEVELS as readonly string[]).includes(asked)) return asked as LogLevel;
  throw new Error(`GRADUS_LOG is one of ${LEVELS.join(", ")}, not ${JSON.stringify(asked)}`);
}

/** @param to the file descriptor, standard error by default; written at once: a death loses no line */
export function createLog(name: string, level: LogLevel, to = 2): Logger {
  return pino(
    { name, level, serializers: { err: plainError }, hooks: { streamWrite: withoutPeople } },
    pino.destination({ dest: to, sync: true }),
  );
}

interface PlainError {
  type: string;
  message: string;
  code?: string;
  /** What the database says it was about. */
  table?: string;
  constraint?: string;
  stack?: string[];
  cause?: PlainError;
}

/** An error without what it was told by others: no values, no queries. */
export function plainError(error: unknown, depth = 0): PlainError {
  if (!(error instanceof Error))
    return { type: typeof error, message: "something that is no error was thrown" };
  const { code, table, constraint } = error as Error & Record<string, unknown>;
  const stack = error.stack
    ?.split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim().slice(3));
  return {
    type: error.name,
    message: withoutValues(error),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof table === "string" ? { table } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
    ...(stack?.length ? { stack } : {}),
    ...(error.cause instanceof Error && depth < 3
      ? { cause: plainError(error.cause, depth + 1) }
      : {}),
  };
}

/** Wrong data is quoted by databases ("invalid input syntax …: "Lin"") and by JSON.parse. */
function withoutValues({ name, message, ...rest }: Error & { code?: unknown }): string {
  const quotes = name === "SyntaxError" || /^(22|23)/.test(String(rest.code));
  return (quotes ? message.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '"…"') : message).slice(0, 500);
}

const ADDRESS = /[^\s"'<>(),:;\\@]+@[^\s"'<>(),:;\\@]+\.[^\s"'<>(),:;\\@]+/g;
const KEY =
  /\bgradus_[\w-]{8,}|\b(bearer|token=|password=)\s*[^\s"'&\\]+|\/\/[^\s"'/@]+:[^\s"'/@]+@/gi;

/** The last net, under every line. */
export function withoutPeople(line: string): string {
  // What stands in addresses of databases goes before what looks like an e-mail address.
  return line.replace(KEY, "[secret]").replace(ADDRESS, "[address]");
}
