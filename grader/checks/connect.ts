/** Ways to reach a learner's side that need no sandbox. */
import { createRealm, type Definitions } from "./realm.ts";
import type { Connect } from "./types.ts";

/**
 * The learner's side in this very process, for a notebook: the learner has run the code already and
 * hands over what it defined. Still only data crosses. A loop that never ends cannot be stopped
 * from here; the notebook's interrupt can.
 */
export function connectInProcess(definitions: Definitions): Connect {
  return () => {
    let deliver: ((frame: Uint8Array) => void) | undefined;
    const realm = createRealm({ definitions, post: (frame) => deliver?.(frame) });
    return {
      listen: (onFrame) => {
        deliver = onFrame;
      },
      send: (frame) => void realm.receive(frame),
      close: () => {
        deliver = undefined;
      },
    };
  };
}

/** As much of a browser's Worker as is needed. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "error", listener: (event: { message?: string }) => void): void;
}

/**
 * The learner's side in a worker of its own, one for each check. The worker's script calls
 * `serveWorker()` of `@gradus/grader/checks/host`.
 */
export function connectWorker(createWorker: () => WorkerLike): Connect {
  return () => {
    const worker = createWorker();
    return {
      listen: (onFrame, onEnd) => {
        worker.addEventListener("message", ({ data }) => {
          if (data instanceof Uint8Array) onFrame(data);
          else onEnd({ kind: "protocol", message: "the program broke the protocol: no frame" });
        });
        worker.addEventListener("error", ({ message }) =>
          onEnd({
            kind: "ended",
            message: `your code stopped answering${message ? `: ${message}` : ""}`,
          }),
        );
      },
      send: (frame) => worker.postMessage(frame),
      close: () => worker.terminate(),
    };
  };
}
