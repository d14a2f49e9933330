import { store, stored } from "../lib/storage.ts";
import type {
  CellFailure,
  CellOutput,
  FromWorker,
  Suppliers,
  Supplies,
  ToWorker,
} from "./protocol.ts";

export type CellStatus = "idle" | "waiting" | "running" | "done" | "failed" | "stopped";

export interface CellState {
  /** What stands in the cell now. */
  source: string;
  /** What the chapter put there. */
  original: string;
  status: CellStatus;
  outputs: CellOutput[];
  /** The outputs are the chapter's own, from the executed notebook. */
  fromNotebook: boolean;
  /** The source that made the outputs; when it differs from `source`, they are stale. */
  ranSource: string;
  failure?: CellFailure;
  /** How long the last run took, in milliseconds. */
  milliseconds?: number;
  /** What became of a run that did not end by itself. */
  note?: string;
}

/** The part of a worker that a session uses. */
export interface CellWorker {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: { data: FromWorker }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

/**
 * The cells of one page: what stands in them, what they put out, and the one worker that runs them
 * in turn. The worker starts with the first run; ending it loses what the cells have computed.
 */
export class Session {
  private readonly createWorker: () => CellWorker;
  private readonly suppliers: Suppliers;
  private readonly chapter: string;
  private readonly cells = new Map<string, CellState>();
  private readonly listeners = new Set<() => void>();
  private worker: CellWorker | null = null;
  private queue: { id: string; group: number }[] = [];
  private running: { id: string; run: number; group: number } | null = null;
  private runs = 0;
  private groups = 0;
  /** Which cell each finished run belonged to: late output still finds its place. */
  private readonly runCells = new Map<number, string>();
  /** What is on its way to the worker: each thing is fetched once at a time. */
  private fetching = new Set<string>();

  /** @param suppliers get what a worker cannot fetch itself */
  constructor(chapter: string, createWorker: () => CellWorker, suppliers: Suppliers) {
    this.chapter = chapter;
    this.createWorker = createWorker;
    this.suppliers = suppliers;
  }

  /** Adds a cell, in the order of the page. A cell that is there already keeps its state. */
  register(id: string, original: string, outputs: CellOutput[]): void {
    if (this.cells.has(id)) return;
    this.cells.set(id, {
      source: original,
      original,
      status: "idle",
      outputs,
      fromNotebook: true,
      ranSource: original,
    });
  }

  /** Brings back what the reader wrote here before. */
  restore(): void {
    for (const [id, cell] of this.cells) {
      const kept = stored(this.key(id));
      if (kept !== null && kept !== cell.original && cell.source === cell.original)
        this.update(id, { source: kept });
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  state(id: string): CellState {
    const cell = this.cells.get(id);
    if (!cell) throw new Error(`no cell "${id}" on this page`);
    return cell;
  }

  get busy(): boolean {
    return this.running !== null;
  }

  isFirst(id: string): boolean {
    return this.cells.keys().next().value === id;
  }

  edit(id: string, source: string): void {
    const { original } = this.state(id);
    this.update(id, { source });
    store(this.key(id), source === original ? null : source);
  }

  /** Back to the chapter's code. */
  reset(id: string): void {
    this.edit(id, this.state(id).original);
  }

  run(id: string): void {
    this.enqueue([id]);
  }

  /** Runs every cell from the top down to this one; stops where one fails. */
  runThrough(id: string): void {
    const ids = [...this.cells.keys()];
    this.enqueue(ids.slice(0, ids.indexOf(id) + 1));
  }

  /** Ends the worker, whatever it does. */
  stop(): void {
    this.end(
      "stopped",
      "Stopped. What the cells above had computed is gone with it: run them again before this one.",
    );
  }

  /** The page goes away. */
  dispose(): void {
    this.worker?.terminate();
    this.worker = null;
    this.running = null;
    this.queue = [];
  }

  private key(id: string): string {
    return `gradus.cell.${this.chapter}.${id}`;
  }

  private enqueue(ids: string[]): void {
    const group = ++this.groups;
    for (const id of ids) {
      if (this.running?.id === id || this.queue.some((item) => item.id === id)) continue;
      this.queue.push({ id, group });
      this.update(id, { status: "waiting", note: undefined });
    }
    this.next();
  }

  private next(): void {
    if (this.running || this.queue.length === 0) return;
    const { id, group } = this.queue.shift() as { id: string; group: number };
    const worker = this.worker ?? this.start();
    const run = ++this.runs;
    const { source } = this.state(id);
    this.running = { id, run, group };
    this.runCells.set(run, id);
    this.update(id, {
      status: "running",
      outputs: [],
      fromNotebook: false,
      ranSource: source,
      failure: undefined,
      milliseconds: undefined,
      note: undefined,
    });
    worker.postMessage({ type: "run", run, id, source });
  }

  private start(): CellWorker {
    const worker = this.createWorker();
    worker.onmessage = ({ data }) => this.receive(data);
    // The worker itself broke: it could not be loaded, or the machine gave it no more memory.
    worker.onerror = ({ message }) => this.end("failed", crashNote(message));
    this.worker = worker;
    this.fetching = new Set();
    return worker;
  }

  private receive(message: FromWorker): void {
    if (message.type === "output") {
      const id = this.runCells.get(message.run);
      if (id) this.takeOutputs(id, message.outputs);
    } else if (message.type === "done") {
      const { running } = this;
      if (running?.run !== message.run) return;
      this.running = null;
      const { failure, milliseconds } = message;
      this.update(running.id, { status: failure ? "failed" : "done", failure, milliseconds });
      if (failure) this.cancel(running.group);
      this.next();
    } else if (message.type !== "ready") void this.supply(message.type, message.name);
  }

  /** Workers have no network: the page fetches for them. */
  private async supply(type: keyof Supplies, name: string): Promise<void> {
    const { worker, fetching } = this;
    const key = `${type} ${name}`;
    if (!worker || fetching.has(key)) return;
    fetching.add(key);
    const outcome = await this.suppliers[type](name).then(
      (answer) => ({ answer }),
      (error: Error) => ({ error: error.message }),
    );
    fetching.delete(key);
    if (worker === this.worker) worker.postMessage({ type, name, ...outcome } as ToWorker);
  }

  /** The cells that wait behind a failed one do not run. */
  private cancel(group: number): void {
    const dropped = this.queue.filter((item) => item.group === group);
    this.queue = this.queue.filter((item) => item.group !== group);
    for (const { id } of dropped)
      this.update(id, { status: "idle", note: "Not run: a cell above failed." });
  }

  private end(status: "stopped" | "failed", note: string): void {
    this.worker?.terminate();
    this.worker = null;
    this.runCells.clear();
    const { running, queue } = this;
    this.running = null;
    this.queue = [];
    for (const { id } of queue) this.update(id, { status: "idle", note: undefined });
    if (running) this.update(running.id, { status, note });
  }

  private takeOutputs(id: string, incoming: CellOutput[]): void {
    for (const output of incoming) {
      if (output.kind === "display" && output.update && output.displayId !== undefined) {
        this.replaceDisplay(output);
        continue;
      }
      const { outputs } = this.state(id);
      const last = outputs.at(-1);
      const merged =
        output.kind === "stream" && last?.kind === "stream" && last.name === output.name
          ? [...outputs.slice(0, -1), { ...last, text: last.text + output.text }]
          : [...outputs, output];
      this.update(id, { outputs: merged });
    }
  }

  private replaceDisplay(update: Extract<CellOutput, { kind: "display" }>): void {
    for (const [id, { outputs }] of this.cells) {
      const at = outputs.findIndex(
        (item) => item.kind === "display" && item.displayId === update.displayId,
      );
      if (at >= 0) this.update(id, { outputs: outputs.with(at, { ...update, update: undefined }) });
    }
  }

  private update(id: string, change: Partial<CellState>): void {
    this.cells.set(id, { ...this.state(id), ...change });
    for (const listener of this.listeners) listener();
  }
}

function crashNote(message = ""): string {
  const lost = "What the cells above had computed is gone: run them again before this one.";
  if (/memory|heap/i.test(message))
    return `This cell used up all the memory that it may have, and was ended. ${lost}`;
  return `This cell's worker broke: ${message}. ${lost}`;
}
