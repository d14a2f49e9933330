/**
 * A place for a learner's code, apart from the page: workers inside a sandboxed frame of no origin.
 * Code in it cannot reach the site's API with the reader's cookies, nor their storage, nor the
 * network. Browsers give such a frame a process of its own, so code that uses up its memory takes
 * down that process and not the page; the frame's silence then says so.
 */

import { loadCode } from "./code";
import { framePath } from "./frame";

/** The part of Worker that pages use. */
export interface IsolatedWorker {
  postMessage(message: unknown): void;
  /** Ends the worker at once, whatever it does. */
  terminate(): void;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of worker has messages of its own.
  onmessage: ((event: { data: any }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "error", listener: (event: { message?: string }) => void): void;
}

/** What the frame's own script is told, each through the port of one worker but for the first two. */
type ToFrame = { code: string } | { ping: true } | { spawn: true };

/** How often the frame is asked whether it lives, in milliseconds, and how many questions it may leave open. */
const beat = 1000;
const patience = 5;

export class Isolate {
  private readonly load: () => Promise<string>;
  private frame: HTMLIFrameElement | null = null;
  private ready = false;
  private live = new Set<Port>();
  private unanswered = 0;
  private timer: ReturnType<typeof setInterval> | null = null;

  /** @param load fetches the workers' code, one script that needs no other */
  constructor(load: () => Promise<string>) {
    this.load = load;
  }

  /** Starts a worker. Messages to it wait until it is there. */
  spawn(): IsolatedWorker {
    const port = new Port(() => this.live.delete(port));
    this.live.add(port);
    if (this.ready) this.start(port);
    else this.open();
    return port;
  }

  /** Makes the place ready, so that the first worker need not wait for it. */
  open(): void {
    if (this.frame) return;
    // On its way while the frame opens; "ready" takes it, and says so if it did not come.
    this.load().catch(() => {});
    const frame = document.createElement("iframe");
    frame.sandbox.add("allow-scripts");
    frame.allow = "cross-origin-isolated";
    frame.title = "Where your code runs";
    frame.tabIndex = -1;
    frame.ariaHidden = "true";
    // In view, if unseen: browsers slow down what is out of view.
    frame.style.cssText =
      "position:fixed;left:0;bottom:0;width:1px;height:1px;border:0;opacity:0;pointer-events:none";
    frame.src = framePath;
    this.frame = frame;
    window.addEventListener("message", this.hear);
    document.body.append(frame);
    this.timer = setInterval(this.ask, beat);
  }

  /** Ends all workers and the place. */
  close(): void {
    for (const port of this.live) port.terminate();
    this.drop();
  }

  private drop(): void {
    window.removeEventListener("message", this.hear);
    if (this.timer) clearInterval(this.timer);
    this.frame?.remove();
    this.frame = null;
    this.ready = false;
    this.unanswered = 0;
    this.live = new Set();
  }

  private readonly hear = async ({ source, data }: MessageEvent): Promise<void> => {
    const { frame } = this;
    if (!frame || source !== frame.contentWindow) return;
    this.unanswered = 0;
    if (data !== "ready") return;
    try {
      const code = await this.load();
      if (frame !== this.frame) return;
      this.tell({ code });
      this.ready = true;
      for (const port of this.live) this.start(port);
    } catch (error) {
      this.fail(
        `the code that runs your code could not be fetched (${(error as Error).message}). Reload the page`,
      );
    }
  };

  private tell(message: ToFrame, transfer: Transferable[] = []): void {
    // The frame has no origin that could be named.
    this.frame?.contentWindow?.postMessage(message, "*", transfer);
  }

  private start(port: Port): void {
    const end = port.takeOtherEnd();
    if (end) this.tell({ spawn: true }, [end]);
  }

  private readonly ask = (): void => {
    if (this.live.size === 0 || document.visibilityState !== "visible") return;
    if (++this.unanswered > patience) this.fail("out of memory");
    else this.tell({ ping: true });
  };

  /** The place is lost, and with it every worker in it. */
  private fail(message: string): void {
    const lost = [...this.live];
    this.drop();
    for (const port of lost) port.fail(message);
  }
}

/** The page's end of one worker. */
class Port implements IsolatedWorker {
  onmessage: IsolatedWorker["onmessage"] = null;
  onerror: IsolatedWorker["onerror"] = null;
  private readonly channel = new MessageChannel();
  private readonly target = new EventTarget();
  private readonly forget: () => void;
  private otherEnd: MessagePort | null = this.channel.port2;

  constructor(forget: () => void) {
    this.forget = forget;
    this.channel.port1.onmessage = ({ data }) => {
      if ("error" in data) this.fail(data.error);
      else {
        this.onmessage?.({ data: data.message });
        this.target.dispatchEvent(new MessageEvent("message", { data: data.message }));
      }
    };
  }

  takeOtherEnd(): MessagePort | null {
    const end = this.otherEnd;
    this.otherEnd = null;
    return end;
  }

  postMessage(message: unknown): void {
    this.channel.port1.postMessage({ message });
  }

  terminate(): void {
    this.channel.port1.postMessage({ end: true });
    this.channel.port1.onmessage = null;
    this.forget();
  }

  addEventListener(type: "message" | "error", listener: (event: never) => void): void {
    this.target.addEventListener(type, listener as unknown as EventListener);
  }

  fail(message: string): void {
    this.onerror?.({ message });
    this.target.dispatchEvent(Object.assign(new Event("error"), { message }));
  }
}

/** Where a chapter's cells run: with what trains; a cell that imports more waits for it. */
export const cellsIsolate = new Isolate(() => loadCode("cells", "core"));

/** Where an exercise's code is held while it is checked: with all that it may import. */
export const checksIsolate = new Isolate(() => loadCode("checks", "host"));
