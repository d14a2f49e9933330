/** The worker's half of running a cell: globals, imports, errors. No DOM, no messages: tests run it in Node. */

import type { CellFailure } from "./protocol.ts";
import { CellError, type CellRuntime, compileCell, sourceName } from "./transform.ts";

type Scope = Record<string, unknown>;

/** What the worker needs for itself; a cell may not replace it. */
const ours = new Set([
  "globalThis",
  "self",
  "postMessage",
  "onmessage",
  "NaN",
  "Infinity",
  "undefined",
  "eval",
  "arguments",
]);

export interface Runtime {
  /** Runs a cell to its end, awaiting its top level. Never throws: a failure is returned. */
  run(id: string, source: string): Promise<CellFailure | undefined>;
}

/** What a cell may import; it may have to be fetched first. */
export interface CellModule {
  /** Of everything that it exports. */
  readonly names: readonly string[];
  /** At least these of its exports, or all. Rejects, in words for the learner, where they cannot be had. */
  take(names?: readonly string[]): Promise<Record<string, unknown>>;
}

export interface RuntimeOptions {
  /** What a cell may import, by name. */
  modules: Record<string, CellModule>;
  /** Shows the value of a cell's last expression. */
  show(value: unknown): void | Promise<void>;
  scope?: Scope;
}

export function createRuntime({
  modules,
  show,
  scope = globalThis as unknown as Scope,
}: RuntimeOptions): Runtime {
  // Indirect: the script sees the global scope and nothing of ours.
  // biome-ignore lint/security/noGlobalEval: running the learner's code is what this worker is for.
  const evaluate = eval;

  const find = (name: string, line: number): CellModule => {
    if (Object.hasOwn(modules, name)) return modules[name];
    throw new CellError("ImportError", explainModule(name), line || undefined);
  };
  const take = (module: CellModule, line: number, names?: string[]) =>
    module.take(names).catch((error: Error) => {
      throw new CellError("ImportError", error.message, line || undefined);
    });

  const runtime: CellRuntime & { value: unknown } = {
    value: undefined,
    module: (name, line) => take(find(name, line), line),
    async named(name, wanted, line) {
      const module = find(name, line);
      // A type was taken out with all other types, and nothing reads the name.
      for (const { name: exported, used } of wanted)
        if (used && !module.names.includes(exported))
          throw new CellError("ImportError", explainName(name, exported, module.names), line);
      const names = wanted.map((one) => one.name);
      const exports = await take(module, line, names);
      return names.map((exported) => exports[exported]);
    },
    declare(names) {
      for (const name of names) {
        if (ours.has(name))
          throw new CellError(
            "SyntaxError",
            `the name "${name}" belongs to the page. Choose another.`,
          );
        define(scope, name, undefined, true);
      }
    },
    seal(names) {
      for (const name of names) define(scope, name, scope[name], false);
    },
    last(value) {
      runtime.value = value;
    },
  };

  return {
    async run(id, source) {
      try {
        const { code } = compileCell(source, id);
        runtime.value = undefined;
        await (evaluate(code) as (runtime: CellRuntime) => Promise<void>)(runtime);
        const value = await runtime.value;
        if (value !== undefined) await show(value);
        return undefined;
      } catch (error) {
        return failure(error, id);
      } finally {
        runtime.value = undefined;
      }
    },
  };
}

function define(scope: Scope, name: string, value: unknown, writable: boolean): void {
  try {
    Object.defineProperty(scope, name, { value, writable, configurable: true, enumerable: true });
  } catch {
    throw new CellError(
      "SyntaxError",
      `the name "${name}" cannot be declared here. Choose another.`,
    );
  }
}

function explainModule(name: string): string {
  if (name === "@gradus/grader/notebook" || name === "@gradus/grader/checks")
    return "on this page, an exercise's own Check button runs its checks. Importing them works in the notebook.";
  if (
    /^(node:)?(fs|path|os|util|process|child_process|http|https|crypto|worker_threads)(\/|$)/.test(
      name,
    )
  )
    return `"${name}" belongs to Node; this cell runs in a browser. In the notebook it works.`;
  if (name.startsWith(".") || name.startsWith("/"))
    return `"${name}" is a file; cells in a page have none. What another cell declares is there without an import.`;
  return `there is no "${name}" here: a cell can import "gradus" and nothing else.`;
}

function explainName(module: string, name: string, known: readonly string[]): string {
  if (name === "default")
    return `"${module}" has no default export. Name what you need: import { … } from "${module}"`;
  const near = nearest(name, known);
  return `"${module}" has nothing called ${name}${near ? `. Did you mean ${near}?` : "."}`;
}

/** The known name that takes the fewest edits, if it is near enough to be a slip. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

/** An error as the learner should read it: name, message, their own line, and a hint where one helps. */
export function failure(error: unknown, id: string): CellFailure {
  if (error instanceof CellError)
    return { name: error.name, message: error.message, line: error.line, column: error.column };
  if (!(error instanceof Error))
    return { name: "Thrown", message: `the cell threw ${String(error)}, which is not an Error` };
  const place = placeOf(error, id);
  return { name: error.name, message: rephrase(error), ...place, hint: hintFor(error) };
}

/** The first line of the stack that is a cell's. Chromium, Firefox and Safari write it alike. */
function placeOf(error: Error, id: string): Pick<CellFailure, "line" | "column" | "cell"> {
  const match = new RegExp(`${sourceName("")}([\\w-]+):(\\d+):(\\d+)`).exec(error.stack ?? "");
  if (!match) return {};
  return {
    line: Number(match[2]),
    column: Number(match[3]),
    ...(match[1] === id ? {} : { cell: match[1] }),
  };
}

/** Engines name the object that refused; the learner wrote a name. */
function rephrase(error: Error): string {
  const name = /read only property '([^']+)'|^"(\w+)" is read-only/
    .exec(error.message)
    ?.slice(1)
    .find(Boolean);
  if (name && Object.getOwnPropertyDescriptor(globalThis, name)?.writable === false)
    return `${name} is a constant: it cannot be given another value. Declare it with let.`;
  return error.message;
}

function hintFor(error: Error): string | undefined {
  const missing = /^(?:Can't find variable: )?(\w+)(?: is not defined)?$/.exec(error.message);
  if (error.name === "ReferenceError" && missing)
    return `Nothing named ${missing[1]} has been declared yet. If it comes from a cell above, run that one first.`;
  if (error.name === "RangeError" && /call stack/i.test(error.message))
    return "A function calls itself without an end.";
  if (
    error.name === "RangeError" &&
    /(array buffer allocation|invalid (typed )?array length)/i.test(error.message)
  )
    return "More memory was asked for than there is.";
  if (/^(Failed to fetch|NetworkError|Load failed)/.test(error.message))
    return "Code in this page has no network. What a cell needs comes with the library.";
  return undefined;
}
