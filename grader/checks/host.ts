/**
 * The learner's side where it is sent source: `@gradus/grader/checks/host`. Apart from the checks,
 * because it brings the TypeScript stripper.
 */
import { DISPLAY_SINK, type DisplayMessage } from "gradus/host";
import { compile } from "./compile.ts";
import { createRealm, type Realm } from "./realm.ts";

export { CompileError, compile } from "./compile.ts";
export type { Realm, RealmConsole } from "./realm.ts";

/** A learner's side that takes TypeScript source. */
export function createHost(post: (frame: Uint8Array) => void): Realm {
  return createRealm({ post, compile });
}

/** Makes what code prints or displays in this realm part of the learner's output. */
export function captureOutput({ console, print }: Realm): void {
  const realm = globalThis as Record<PropertyKey, unknown>;
  realm.console = console;
  realm[DISPLAY_SINK] = ({ data }: DisplayMessage) => {
    const text = data["text/plain"];
    if (text !== undefined) print(`${Array.isArray(text) ? text.join("") : String(text)}\n`);
  };
}

/** As much of a worker's global scope as is needed. */
export interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

/** The whole script of a page's worker: `serveWorker(self)`. */
export function serveWorker(scope: WorkerScope): void {
  // Taken now: the learner's code shares this scope and may put something else in its place.
  const post = scope.postMessage.bind(scope);
  const host = createHost((frame) => post(frame));
  captureOutput(host);
  scope.addEventListener("message", ({ data }) => {
    void host.receive(data as Uint8Array);
  });
}
