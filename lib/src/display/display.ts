import { type MimeBundle, PLOTLY, toMimeBundle } from "./bundle.ts";

/** What a host is asked to show. */
export interface DisplayMessage {
  data: MimeBundle;
  metadata?: Record<string, unknown>;
  /** Names this output, so that it can be replaced later. */
  displayId?: string;
  /** Replace the output of this name instead of adding one. */
  update?: boolean;
}

/** A host's way of showing things, found at `globalThis[Symbol.for("gradus.display")]`. */
export type DisplaySink = (message: DisplayMessage) => void;

/** Where a host puts its {@link DisplaySink}. */
export const DISPLAY_SINK = Symbol.for("gradus.display");

/** Something on show that can be replaced where it stands. */
export interface DisplayHandle {
  readonly id: string;
  /** Shows another value in its place. Cheap enough to call many times a second. */
  update(value: unknown): void;
  /** Like `update`, for the last time: a chart becomes one that can be zoomed and read off. */
  finish(value: unknown): void;
}

/**
 * Shows a value: in a notebook or page as picture, table or text, in a terminal as text.
 *
 * ```ts
 * const curve = display(chart({ series: [] }));
 * curve.update(chart({ series: [{ kind: "line", y: losses }] }));
 * ```
 */
export function display(value: unknown, options: { id?: string } = {}): DisplayHandle {
  const id = options.id ?? nextId();
  show(value, { displayId: id });
  return {
    id,
    update(next) {
      show(next, { displayId: id, update: true }, [PLOTLY]);
    },
    finish(next) {
      show(next, { displayId: id, update: true });
    },
  };
}

/** `without`: an interactive chart would be built anew at each update, or ignore it. */
function show(value: unknown, message: Omit<DisplayMessage, "data">, without: string[] = []): void {
  const data = { ...toMimeBundle(value) };
  for (const type of without) delete data[type];
  const sink = (globalThis as { [DISPLAY_SINK]?: DisplaySink })[DISPLAY_SINK];
  if (sink) sink({ data, ...message });
  else terminal.console?.log(data["text/plain"]);
}

// The library is compiled without the types of any host, browser or Node; this much they share.
const terminal = globalThis as { console?: { log(text: unknown): void } };

let count = 0;

/** Distinct also from those of an earlier run, whose outputs may still be on show. */
function nextId(): string {
  return `gradus-${Date.now().toString(36)}-${++count}`;
}
