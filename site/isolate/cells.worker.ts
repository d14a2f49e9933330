/// <reference lib="webworker" />
/**
 * Runs a page's cells, one after another, in one global scope. It can be ended at any moment from
 * outside; nothing in it matters to the page but the messages it sends.
 */
import { format, inspect } from "../cells/inspect.ts";
import { Outbox } from "../cells/outbox.ts";
import {
  type CellOutput,
  type FromWorker,
  limits,
  type MimeBundle,
  type Supplies,
  type ToWorker,
} from "../cells/protocol.ts";
import { createRuntime } from "../cells/runtime.ts";
import { library } from "./handed.ts";

interface DisplayMessage {
  data: MimeBundle;
  metadata?: Record<string, unknown>;
  displayId?: string;
  update?: boolean;
}

// Kept before any cell runs: a cell may declare a global of the same name.
const post = self.postMessage.bind(self) as (message: FromWorker) => void;
const now = performance.now.bind(performance);

let current = 0;
const outbox = new Outbox((outputs) => post({ type: "output", run: current, outputs }));

const write =
  (name: "stdout" | "stderr") =>
  (...values: unknown[]): void =>
    outbox.text(name, `${format(values)}\n`);

Object.assign(console, {
  log: write("stdout"),
  info: write("stdout"),
  debug: write("stdout"),
  dir: write("stdout"),
  warn: write("stderr"),
  error: write("stderr"),
  trace: write("stderr"),
  clear: () => {},
});

// The library's displays come here, as they go to Jupyter in the notebook.
(globalThis as Record<symbol, unknown>)[Symbol.for("gradus.display")] = (
  message: DisplayMessage,
): void => {
  outbox.display(carried(message));
};

interface Question {
  answer: Promise<unknown>;
  settle(answer: unknown): void;
}

/** What the page was asked for and has not answered. */
const open = new Map<string, Question>();

/** There is no network here, but the page has one. */
function ask<Kind extends keyof Supplies>(type: Kind, name: string): Promise<Supplies[Kind]> {
  const key = `${type} ${name}`;
  let question = open.get(key);
  if (!question) {
    let settle: Question["settle"] = () => {};
    const answer = new Promise((resolve) => {
      settle = resolve;
    });
    question = { answer, settle };
    open.set(key, question);
    post({ type, name });
  }
  return question.answer as Promise<Supplies[Kind]>;
}

// The library asks here for a data pack.
(globalThis as Record<symbol, unknown>)[Symbol.for("gradus.packs")] = (name: string) =>
  ask("pack", name);

/** What the library has by these names, or all of it. Files that are not here yet are asked for. */
async function take(names: readonly string[] = library.names): Promise<Record<string, unknown>> {
  await Promise.all(
    library.missing(names).map(async (file) => library.add(file, await ask("code", file))),
  );
  return library.take(names);
}

/** Only plain data can cross; what is no data, or too much, arrives as a line that says so. */
function carried({
  data,
  metadata,
  displayId,
  update,
}: DisplayMessage): Extract<CellOutput, { kind: "display" }> {
  const base = { kind: "display", displayId, update } as const;
  let size: number;
  try {
    size = JSON.stringify(data).length;
  } catch (error) {
    return { ...base, data: { "text/plain": `This cannot be shown: ${(error as Error).message}` } };
  }
  if (size > limits.display)
    return {
      ...base,
      data: {
        "text/plain": `This is too large to show: ${(size / 1e6).toFixed(1)} MB; ${limits.display / 1e6} MB fit.`,
      },
    };
  return { ...base, data: JSON.parse(JSON.stringify(data)) as MimeBundle, metadata };
}

const runtime = createRuntime({
  modules: { gradus: { names: library.names, take } },
  async show(value) {
    // What display() returned: it is on show already.
    const { update, finish, toMimeBundle } = Object(value);
    if (typeof update === "function" && typeof finish === "function") return;
    // As in the notebook: what knows how it wants to be shown is shown so.
    if (typeof toMimeBundle === "function") {
      const { display } = (await take(["display"])) as Pick<typeof import("gradus"), "display">;
      display(value);
      return;
    }
    outbox.text("stdout", `${typeof value === "string" ? value : inspect(value)}\n`);
  },
});

self.addEventListener("message", async ({ data }: MessageEvent<ToWorker>) => {
  if (data?.type === "pack" || data?.type === "code") {
    const key = `${data.type} ${data.name}`;
    open.get(key)?.settle("error" in data ? Promise.reject(new Error(data.error)) : data.answer);
    open.delete(key);
  }
  if (data?.type !== "run") return;
  outbox.start();
  current = data.run;
  const began = now();
  const failed = await runtime.run(data.id, data.source);
  const milliseconds = now() - began;
  outbox.flush();
  post({ type: "done", run: data.run, milliseconds, failure: failed });
});

// A promise nobody awaited: say it where the learner looks, as the notebook does.
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  outbox.text("stderr", `Unhandled rejection: ${inspect(event.reason)}\n`);
});

post({ type: "ready" });
