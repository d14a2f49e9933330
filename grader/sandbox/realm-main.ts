/**
 * The script that runs in each fresh realm of the sandboxed program: the learner's side with the
 * library. Bundled into one script whose value is the function `start`. The realm is bare: it has
 * the language and what is set up here.
 */
import { decodeFrame, encodeFrame, Opaque } from "../checks/codec.ts";
import { captureOutput, createHost } from "../checks/host.ts";

/** What the program around the realm lends it. Learner's code never gets hold of these. */
export interface Lent {
  post(frame: Uint8Array): void;
  setTimer(run: () => void, ms: number): number;
  clearTimer(timer: number): void;
  now(): number;
}

/** Sets the realm up; returns what takes in a frame. */
export function start({ post, setTimer, clearTimer, now }: Lent): (frame: ArrayBuffer) => void {
  const host = createHost((frame) => post(frame));
  captureOutput(host);
  const whole = (delay: unknown): number => Math.min(Math.max(Number(delay) || 0, 0), 2 ** 31 - 1);
  Object.assign(globalThis, {
    setTimeout: (run: (...args: unknown[]) => void, delay?: unknown, ...args: unknown[]) =>
      setTimer(() => {
        try {
          run(...args);
        } catch (error) {
          host.console.error(`uncaught in a timer: ${String(error)}`);
        }
      }, whole(delay)),
    clearTimeout: (timer?: unknown) => clearTimer(Number(timer)),
    queueMicrotask: (run: () => void) => {
      void Promise.resolve().then(() => run());
    },
    performance: { now: () => now() },
    structuredClone: (value: unknown) => {
      const copy = decodeFrame(encodeFrame({ message: {}, values: { value } })).value("value");
      if (copy instanceof Opaque)
        throw new TypeError(`structuredClone: cannot copy ${copy.description}`);
      return copy;
    },
  });
  return (frame) => {
    // The buffer comes from outside; a copy in a view of this realm's own.
    const bytes = new Uint8Array(frame.byteLength);
    bytes.set(new Uint8Array(frame));
    void host.receive(bytes);
  };
}
