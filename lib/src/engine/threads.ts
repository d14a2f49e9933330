import type { Call } from "./jobs/job.ts";
import type { Machine } from "./wasm.ts";

/**
 * Threads that help with the calls of a job. They and the thread that runs the program (slot 0)
 * share two things: a few words by which they agree who does what, and the list of calls. Nobody
 * ever waits for a thread to start: whoever is there takes the next call that is left, and all
 * that is waited for is calls that somebody has begun. So a thread that is slow, late or absent
 * costs nothing but its help.
 */

/** The shared words. */
const WORDS = {
  /** Grows when there is something new; who has nothing to do waits for that. */
  wake: 0,
  /** The number of the next call, in the low bits; above them, that of the job. */
  ticket: 1,
  /** How many calls there are. */
  count: 2,
  /** How many helpers are at it. */
  active: 3,
  /** In which machine's memory. */
  machine: 4,
  /** How many threads have scratch, where that begins, and how much of it each has. */
  slots: 5,
  scratch: 6,
  scratchBytes: 7,
  /** Whether a helper's call has failed. */
  failed: 8,
  /** How many calls helpers have done so far. */
  helped: 9,
  /** How many letters were sent to each helper. */
  mail: 10,
} as const;

/** The low bits of the ticket; all of them set means that nothing is left. */
const CALLS = 1023;
/** A call in the list: the kernel's number, how many arguments, the arguments. */
const LENGTH = 20;
/** More threads than this no one has asked for. */
const MOST = 32;

interface Letter {
  start?: { words: Int32Array; list: Float64Array; slot: number };
  machine?: { id: number; module: object; memory: object };
}

/** A thread, on whichever host. */
interface Helper {
  send(letter: Letter): void;
  stop(): void;
}

let wanted: number | undefined;
let refused = false;
let pool: Pool | undefined;

/**
 * How many threads may work at the same time: as many as the machine has cores, or as
 * {@link setThreads} says; 1 where memory cannot be shared, as on most pages.
 */
export function threads(): number {
  if (!canShare()) return 1;
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return wanted ?? Math.min(navigator?.hardwareConcurrency ?? 1, 8);
}

/**
 * Chooses how many threads large operations share. The numbers that come out are the same for any
 * count. Throws a RangeError unless it is a whole number from 1 to 32.
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MOST)
    throw new RangeError(`setThreads: ${count} is not a whole number from 1 to ${MOST}`);
  wanted = count;
  pool?.stop();
  pool = undefined;
}

/** How many calls other threads have taken over so far. */
export function callsHelped(): number {
  return pool?.helped ?? 0;
}

/** From now on there is one thread: a memory to share was asked for, and not given. */
export function giveUpSharing(): void {
  refused = true;
}

/** Whether there is memory that threads can share. */
export function canShare(): boolean {
  return (
    !refused &&
    typeof (globalThis as { SharedArrayBuffer?: unknown }).SharedArrayBuffer === "function"
  );
}

/** Does the calls, which do not depend on each other, with the help of the threads that are there. */
export function runShared(
  machine: Machine,
  calls: readonly Call[],
  scratch: number,
  scratchBytes: number,
): void {
  pool ??= new Pool(machine.threads - 1);
  for (let i = 0; i < calls.length; i += CALLS)
    pool.run(machine, calls.slice(i, i + CALLS), scratch, scratchBytes);
}

/** The threads forget a machine, and its memory is free. */
export function dropMachine(id: number): void {
  pool?.drop(id);
}

class Pool {
  private readonly words = new Int32Array(new SharedArrayBuffer(4 * (WORDS.mail + MOST)));
  private readonly list = new Float64Array(new SharedArrayBuffer(8 * LENGTH * CALLS));
  private readonly helpers: Helper[];
  /** Machines that the helpers know. */
  private readonly known = new Set<number>();
  private readonly forgotten = new FinalizationRegistry<number>((id) => this.drop(id));
  private job = 0;

  constructor(count: number) {
    this.close();
    this.helpers = Array.from({ length: count }, () => startHelper()).filter((one) => one !== null);
    this.helpers.forEach((_, i) => {
      this.send(i, { start: { words: this.words, list: this.list, slot: i + 1 } });
    });
  }

  get helped(): number {
    return Atomics.load(this.words, WORDS.helped);
  }

  stop(): void {
    for (const helper of this.helpers) helper.stop();
  }

  /**
   * A thread holds the memory that it knows until its own garbage is collected, which never happens,
   * since it makes none: so the threads go, and others come when they are needed.
   */
  drop(id: number): void {
    if (!this.known.has(id)) return;
    this.stop();
    if (pool === this) pool = undefined;
  }

  run(machine: Machine, calls: readonly Call[], scratch: number, scratchBytes: number): void {
    const { words, list } = this;
    // If the last run was broken off, somebody may still be at it.
    this.close();
    this.waitForHelpers();
    if (!this.known.has(machine.id)) {
      const { id, module, memory } = machine;
      this.known.add(id);
      this.forgotten.register(machine, id);
      this.sendAll({ machine: { id, module, memory } });
    }
    const names = namesOf(machine);
    calls.forEach(([kernel, ...args], i) => {
      if (scratchBytes > 0) args.push(0);
      list[LENGTH * i] = names.indexOf(kernel);
      list[LENGTH * i + 1] = args.length;
      list.set(args, LENGTH * i + 2);
    });
    words[WORDS.machine] = machine.id;
    words[WORDS.slots] = machine.threads;
    words[WORDS.scratch] = scratch;
    words[WORDS.scratchBytes] = scratchBytes;
    words[WORDS.count] = calls.length;
    words[WORDS.failed] = 0;
    Atomics.store(words, WORDS.ticket, ++this.job * (CALLS + 1));
    this.wake();
    const own = Object.values(machine.kernels);
    takeCalls(words, list, 0, () => own, WORDS, LENGTH, CALLS);
    this.close();
    this.waitForHelpers();
    if (words[WORDS.failed]) throw new Error("a kernel failed in another thread");
  }

  /** No call is left. */
  private close(): void {
    Atomics.or(this.words, WORDS.ticket, CALLS);
  }

  private wake(): void {
    Atomics.add(this.words, WORDS.wake, 1);
    Atomics.notify(this.words, WORDS.wake);
  }

  private waitForHelpers(): void {
    for (let turns = 0; ; turns++) {
      const active = Atomics.load(this.words, WORDS.active);
      if (active === 0) return;
      if (turns < 10_000) continue;
      try {
        Atomics.wait(this.words, WORDS.active, active, 1);
      } catch {
        // A page's own thread may not wait, only look.
      }
    }
  }

  private sendAll(letter: Letter): void {
    this.helpers.forEach((_, i) => {
      this.send(i, letter);
    });
  }

  private send(i: number, letter: Letter): void {
    this.helpers[i].send(letter);
    Atomics.add(this.words, WORDS.mail + i + 1, 1);
    this.wake();
  }
}

const nameLists = new WeakMap<object, string[]>();

function namesOf({ kernels }: Machine): string[] {
  const names = nameLists.get(kernels) ?? Object.keys(kernels);
  nameLists.set(kernels, names);
  return names;
}

/**
 * Takes calls until none is left. It runs in every thread, so it uses nothing but what it is given.
 * The ticket is taken only if it is still the one that was looked at: then all that was read since,
 * the machine too, belongs to it. A thread may well become active just as a new job is written
 * down, and would take its calls to the machine of the last one. Returns how many it took.
 */
function takeCalls(
  words: Int32Array,
  list: Float64Array,
  slot: number,
  kernelsOf: (machine: number) => ((...args: number[]) => void)[] | undefined,
  at: typeof WORDS,
  length: number,
  mask: number,
): number {
  for (let taken = 0; ; taken++) {
    const ticket = Atomics.load(words, at.ticket);
    const place = ticket & mask;
    const kernels = kernelsOf(Atomics.load(words, at.machine));
    if (!kernels || place >= words[at.count] || slot >= words[at.slots]) return taken;
    if (Atomics.compareExchange(words, at.ticket, ticket, ticket + 1) !== ticket) {
      taken--;
      continue;
    }
    const from = length * place + 2;
    const args = [...list.subarray(from, from + list[from - 1])];
    const bytes = words[at.scratchBytes];
    if (bytes > 0) args[args.length - 1] = words[at.scratch] + slot * bytes;
    kernels[list[from - 2]](...args);
  }
}

/** What a helper does all its life. Like {@link takeCalls}, it is sent to another realm as text. */
function help(
  receive: (listen: (letter: Letter) => void) => void,
  take: typeof takeCalls,
  at: typeof WORDS,
  length: number,
  mask: number,
): void {
  const machines = new Map<number, ((...args: number[]) => void)[]>();
  let words: Int32Array;
  let list: Float64Array;
  let slot: number;
  let read = 0;
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Instance: new (module: object, imports: object) => { exports: object } };
  };
  const work = (): void => {
    let seen = 0;
    while (Atomics.load(words, at.mail + slot) === read) {
      // Jobs come in quick succession: look for 50 µs or so before going to sleep, and being waked.
      for (let i = 0; i < 50_000 && Atomics.load(words, at.wake) === seen; i++);
      Atomics.wait(words, at.wake, seen);
      seen = Atomics.load(words, at.wake);
      Atomics.add(words, at.active, 1);
      try {
        const kernelsOf = (machine: number) => machines.get(machine);
        Atomics.add(words, at.helped, take(words, list, slot, kernelsOf, at, length, mask));
      } catch {
        words[at.failed] = 1;
      }
      Atomics.sub(words, at.active, 1);
      Atomics.notify(words, at.active);
    }
  };
  receive(({ start, machine }) => {
    read++;
    if (start) ({ words, list, slot } = start);
    if (machine) {
      const env = { memory: machine.memory, abort: () => {} };
      const { exports } = new WebAssembly.Instance(machine.module, { env });
      machines.set(machine.id, Object.values(exports));
    }
    work();
  });
}

/** Both functions as a program. Some compilers wrap functions into __name(). */
function helperSource(receive: string): string {
  return `const __name = (f) => f; (${help})(${receive}, ${takeCalls}, ${JSON.stringify(WORDS)}, ${LENGTH}, ${CALLS});`;
}

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  on(event: "error", listener: () => void): void;
  unref(): void;
}
interface PageWorker {
  postMessage(message: unknown): void;
  terminate(): void;
}
interface Host {
  process?: {
    getBuiltinModule?(name: "node:worker_threads"): {
      Worker: new (source: string, options: object) => NodeWorker;
    };
  };
  Worker?: new (url: string) => PageWorker;
  Blob?: new (parts: string[], options: object) => object;
  URL?: { createObjectURL(blob: object): string };
}

/** A thread; null where there can be none, and then everything is done by those that are there. */
function startHelper(): Helper | null {
  const { process, Worker, Blob, URL } = globalThis as Host;
  try {
    const node = process?.getBuiltinModule?.("node:worker_threads");
    if (node) {
      const source = helperSource(
        `(listen) => process.getBuiltinModule("node:worker_threads").parentPort.on("message", listen)`,
      );
      const worker = new node.Worker(source, { eval: true, execArgv: [], env: {} });
      worker.on("error", () => {});
      // It must not keep the process alive.
      worker.unref();
      return { send: (letter) => worker.postMessage(letter), stop: () => worker.terminate() };
    }
    if (!Worker || !Blob || !URL) return null;
    const source = helperSource("(listen) => { onmessage = ({ data }) => listen(data); }");
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    return { send: (letter) => worker.postMessage(letter), stop: () => worker.terminate() };
  } catch {
    return null;
  }
}
