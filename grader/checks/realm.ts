/**
 * The learner's side: holds the learner's code, answers the trusted side's questions with data. The
 * same code runs in a notebook's process, in a page's worker and inside the sandbox. Nothing here
 * is trusted: the code it holds may change anything around it.
 */
import * as gradus from "gradus";
import { ForbiddenError, forbid } from "gradus/host";
import { decodeFrame, encodeFrame, type Incoming, isCount, type Json } from "./codec.ts";
import type { LearnerErrorKind } from "./errors.ts";
import { OUTPUT_KEPT } from "./learner.ts";
import { show } from "./show.ts";

/** Functions, classes and values by name. */
export type Definitions = Record<string, unknown>;

export interface RealmOptions {
  /** Carries a frame to the trusted side. */
  post: (frame: Uint8Array) => void;
  /** TypeScript to CommonJS, for sides that are sent source. */
  compile?: (source: string) => string;
  /** The learner's definitions, for sides that have them already. */
  definitions?: Definitions;
}

export interface Realm {
  /** Answers one frame of the trusted side. Rejects if the bytes are no frame. */
  receive(frame: Uint8Array): Promise<void>;
  /** Tells the trusted side what the learner's code printed. */
  print(text: string): void;
  /** A console that prints there. */
  readonly console: RealmConsole;
}

/** The part of a console that learners' code has. */
export type RealmConsole = Record<
  "log" | "info" | "warn" | "error" | "debug",
  (...values: unknown[]) => void
>;

/** A problem with the learner's code, on its way to the trusted side. */
class Problem extends Error {
  readonly kind: LearnerErrorKind;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(kind: LearnerErrorKind, message: string, line?: number, column?: number) {
    super(message);
    this.kind = kind;
    this.line = line;
    this.column = column;
  }
}

const FILE = "your-code.ts";

// Running code is what this side is for. Called by another name, eval sees no scope but the global.
// biome-ignore lint/security/noGlobalEval: see above
const evaluateGlobally = globalThis.eval;
const OUTPUT_FRAMES = 2000;

/** Makes a learner's side. */
export function createRealm({ post, compile, definitions }: RealmOptions): Realm {
  let scope: Definitions = {};
  let forbids: string[] = [];
  const objects = new Map<number, Record<string, unknown>>();
  let kept = 0;
  let frames = 0;
  let unseen = 0;

  const print = (text: string): void => {
    const part = frames < OUTPUT_FRAMES ? text.slice(0, OUTPUT_KEPT - kept) : "";
    kept += part.length;
    unseen += text.length - part.length;
    if (part === "") return;
    frames += 1;
    post(encodeFrame({ message: { output: part } }));
  };

  const write = (...parts: unknown[]): void => {
    // A loop that prints for ever must not spend its time on formatting what nobody will see.
    if (kept >= OUTPUT_KEPT || frames >= OUTPUT_FRAMES) {
      unseen += 1;
      return;
    }
    const texts = parts.map((part) => {
      const text = typeof part === "string" ? part : showSafely(part);
      const seen = text.slice(0, OUTPUT_KEPT);
      unseen += text.length - seen.length;
      return seen;
    });
    print(`${texts.join(" ")}\n`);
  };
  const console = { log: write, info: write, warn: write, error: write, debug: write };

  const object = (id: Json | undefined): Record<string, unknown> => {
    const found = isCount(id) ? objects.get(id) : undefined;
    if (!found) throw new Problem("threw", "an object that does not exist");
    return found;
  };

  const named = (name: string): unknown => {
    if (Object.hasOwn(scope, name) && scope[name] !== undefined) return scope[name];
    throw new Problem("missing", `your code does not define ${name}`);
  };

  /** The definitions as a driver sees them: what is missing says so, as it does to a call. */
  const defined = (): Definitions =>
    new Proxy(scope, { get: (_, name) => (typeof name === "string" ? named(name) : undefined) });

  const callable = (name: string, kind: string): ((...args: unknown[]) => unknown) => {
    const found = named(name);
    if (typeof found === "function") return found as (...args: unknown[]) => unknown;
    throw new Problem("missing", `${name} should be a ${kind}, but it is ${typeof found}`);
  };

  /** Runs the learner's code with what the exercise forbids forbidden. */
  const guarded = async (run: () => unknown): Promise<unknown> =>
    await (forbids.length > 0 ? forbid(forbids, run) : run());

  const load = async (incoming: Incoming): Promise<void> => {
    const { source, defines, forbids: names } = incoming.message;
    forbids = texts(names);
    if (typeof source !== "string") {
      scope = definitions ?? {};
      return;
    }
    if (!compile) throw new Problem("syntax", "this side takes no source");
    const load = evaluate(source, compile, texts(defines));
    const requireModule = (name: string): unknown => {
      if (name === "gradus") return library(forbids);
      throw new Problem(
        "import",
        `"${name}" cannot be imported: an exercise has "gradus" and nothing else`,
        lineOf(source, name),
      );
    };
    scope = {};
    scope = (await guarded(() => load(requireModule, scope, console))) as Definitions;
  };

  const answer = async (incoming: Incoming): Promise<unknown> => {
    const { message } = incoming;
    const name = String(message.name);
    const args = (): unknown[] => incoming.value("args") as unknown[];
    switch (message.do) {
      case "load":
        return load(incoming);
      case "get":
        return named(name);
      case "call":
        return guarded(() => callable(name, "function")(...args()));
      case "run": {
        const driver = evaluateGlobally(`(${String(message.driver)})`) as (
          ...args: unknown[]
        ) => unknown;
        return guarded(() => driver(defined(), gradus, ...args()));
      }
      case "create": {
        const Class = callable(name, "class") as unknown as new (...args: unknown[]) => object;
        const made = await guarded(() => ({ made: new Class(...args()) }));
        objects.set(message.id as number, (made as { made: Record<string, unknown> }).made);
        return undefined;
      }
      case "invoke": {
        const target = object(message.on);
        const method = target[name];
        if (typeof method !== "function")
          throw new Problem("missing", `your object has no method ${name}`);
        return guarded(() => method.apply(target, args()));
      }
      case "read": {
        const target = object(message.on);
        if (!(name in target)) throw new Problem("missing", `your object has no field ${name}`);
        return guarded(() => target[name]);
      }
      case "write":
        object(message.on)[name] = incoming.value("value");
        return undefined;
      default:
        throw new Problem("threw", `an unknown question: ${String(message.do)}`);
    }
  };

  return {
    print,
    console,
    async receive(frame) {
      const incoming = decodeFrame(frame, { resolve: (id) => object(id) });
      const { id } = incoming.message;
      let reply: Uint8Array;
      try {
        reply = encodeFrame({ message: { id }, values: { value: await answer(incoming) } });
      } catch (error) {
        reply = encodeFrame({ message: { id, error: describe(error) } });
      }
      if (unseen > 0) post(encodeFrame({ message: { output: "", unseen } }));
      post(reply);
    },
  };
}

type Load = (
  require: (name: string) => unknown,
  exports: Definitions,
  console: Realm["console"],
) => Promise<Definitions>;

// Parses a function body without running it, whatever the body says.
const AsyncFunction = (async () => {}).constructor as new (
  ...code: string[]
) => () => Promise<void>;

/** The learner's source as a function that runs it and returns its definitions, live. */
function evaluate(source: string, compile: (source: string) => string, defines: string[]): Load {
  let code: string;
  try {
    code = compile(source);
  } catch (error) {
    const { message, line, column } = error as Error & { line?: number; column?: number };
    throw new Problem("syntax", message, line, column);
  }
  const parse = (text: string): string | undefined => {
    try {
      new AsyncFunction(text);
    } catch (error) {
      return (error as Error).message;
    }
  };
  const problem = parse(code);
  if (problem !== undefined)
    throw new Problem("syntax", problem, firstBadLine(code, problem, parse));
  const fields = defines
    .filter((name) => /^[A-Za-z_$][\w$]*$/.test(name))
    .map((name) => `get ${name}(){return typeof ${name}==="undefined"?exports.${name}:${name}}`);
  // One function in another, so that the learner may name something `require`; all on the first
  // line, so that line numbers in errors are the learner's own.
  return evaluateGlobally(
    `(function(require,exports,console){return(async()=>{${code}\n;return{${fields.join(",")}}})()})\n//# sourceURL=${FILE}`,
  ) as Load;
}

/**
 * V8 does not tell where a syntax error is. The parser stops at the first error, so every text that
 * contains it gives the same message, and every shorter one another.
 */
function firstBadLine(
  code: string,
  problem: string,
  parse: (text: string) => string | undefined,
): number {
  const lines = code.split("\n");
  let [low, high] = [1, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (parse(lines.slice(0, middle).join("\n")) === problem) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The library as the learner imports it: what is not there, or forbidden, says so. */
function library(forbids: readonly string[]): object {
  return new Proxy(gradus as unknown as Record<string | symbol, unknown>, {
    get(target, name) {
      if (name === "__esModule") return true;
      if (typeof name === "symbol" || name === "default") return target[name];
      if (forbids.includes(name)) throw new ForbiddenError(name);
      if (Object.hasOwn(target, name)) return target[name];
      throw new Problem("import", `gradus has no ${name}${suggestion(name, Object.keys(target))}`);
    },
  });
}

function suggestion(name: string, names: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll("_", "");
  const near = names.find((other) => plain(other) === plain(name));
  return near ? `: did you mean ${near}?` : "";
}

function lineOf(source: string, moduleName: string): number | undefined {
  const at = source
    .split("\n")
    .findIndex((line) => /["'`]/.test(line) && line.includes(moduleName));
  return at < 0 ? undefined : at + 1;
}

const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];

function showSafely(value: unknown): string {
  try {
    return value instanceof gradus.Tensor ? String(value) : show(value, { room: 10_000 });
  } catch {
    return "something that throws when it is read";
  }
}

/** An error in words. Reading one may run the learner's code, which may throw again. */
function describe(error: unknown): Json {
  try {
    if (error instanceof Problem) {
      const { kind, message, line = lineIn(error.stack), column } = error;
      return { kind, thrown: "Error", message, line: line ?? null, column: column ?? null };
    }
    if (!(error instanceof Error))
      return { kind: "threw", thrown: typeof error, message: showSafely(error).slice(0, 500) };
    const kind: LearnerErrorKind =
      error.name === "NotWrittenYet"
        ? "unwritten"
        : error.name === "ForbiddenError"
          ? "forbidden"
          : "threw";
    return {
      kind,
      thrown: String(error.name).slice(0, 100),
      message: String(error.message).slice(0, 2000),
      line: lineIn(error.stack) ?? null,
    };
  } catch {
    return { kind: "threw", thrown: "Error", message: "an error that throws when it is read" };
  }
}

/** The innermost line of the learner's code on a stack. */
function lineIn(stack: unknown): number | undefined {
  const found = typeof stack === "string" && new RegExp(`${FILE}:(\\d+)`).exec(stack);
  return found ? Number(found[1]) : undefined;
}
