/// <reference lib="webworker" />
/**
 * Runs a page's cells, one after another, in one global scope. It can be ended at any moment from
 * outside; nothing in it matters to the page but the messages it sends.
 */
import * as gradus from "gradus";
import { PACK_PROVIDER } from "gradus/host";
import { format, inspect } from "../cells/inspect.ts";
import { Outbox } from "../cells/outbox.ts";
import {
  type CellOutput,
  type FromWorker,
  limits,
  type MimeBundle,
  type ToWorker,
} from "../cells/protocol.ts";
import { createRuntime } from "../cells/runtime.ts";

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

/** The data that cells wait for, by name. */
const awaited = new Map<string, (answer: Uint8Array | Promise<never>) => void>();

// The library asks here for a data pack: there is no network, but the page has one.
(globalThis as Record<symbol, unknown>)[PACK_PROVIDER] = (name: string): Promise<Uint8Array> =>
  new Promise((settle) => {
    awaited.set(name, settle);
    post({ type: "pack", name });
  });

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
  modules: { gradus: gradus as unknown as Record<string, unknown> },
  show(value) {
    // What display() returned: it is on show already.
    const { update, finish, toMimeBundle } = Object(value);
    if (typeof update === "function" && typeof finish === "function") return;
    // As in the notebook: what knows how it wants to be shown is shown so.
    if (typeof toMimeBundle === "function") {
      gradus.display(value);
      return;
    }
    outbox.text("stdout", `${typeof value === "string" ? value : inspect(value)}\n`);
  },
});

self.addEventListener("message", async ({ data }: MessageEvent<ToWorker>) => {
  if (data?.type === "pack") {
    awaited.get(data.name)?.("bytes" in data ? data.bytes : Promise.reject(new Error(data.error)));
    awaited.delete(data.name);
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
