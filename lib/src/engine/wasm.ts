import { ARRAYS, type DType, type TensorData } from "../dtype.ts";
import type { Call } from "./jobs/job.ts";
import { type Kernels, plain, relaxed } from "./kernels.generated.ts";
import { canShare, dropMachine, giveUpSharing, runShared, threads } from "./threads.ts";
import { canCompileWide, compileWide } from "./wide.ts";

/** The part of WebAssembly's own interface that is used here; this library names no host's types. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface Wasm {
  Memory: new (size: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  validate(bytes: Uint8Array): boolean;
}

const PAGE = 65_536;
/** Below this lie the module's own constants. */
export const BASE = PAGE;

/** So many bytes, rounded up to whole lines of the cache: what lies there begins where one does. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** 4 GiB, all that 32-bit addresses reach. */
const MOST = 65_536;

let lastId = 0;

/** The kernels, started, and the memory that they work in. */
export class Machine {
  /** Threads know it by this number. */
  readonly id: number = ++lastId;
  readonly kernels: Kernels;
  /** Compiled, to be started once more in a thread. */
  readonly module: object;
  readonly memory: WasmMemory;
  /** From this address on, anyone may write. */
  readonly free: number;
  private readonly fixed: boolean;
  /** How many threads may work in this memory. */
  threads: number;

  /** `free`: below this lie numbers that stay; without it the memory may grow. */
  constructor({ wasm, module, shared }: Program, pages: number, free?: number) {
    this.free = free ?? BASE;
    this.fixed = free !== undefined;
    this.module = module;
    this.threads = threads();
    // What threads share is set aside up to its maximum.
    const maximum = this.fixed ? pages : MOST;
    this.memory = new wasm.Memory({ initial: pages, maximum, shared });
    const env = { memory: this.memory, abort: () => {} };
    this.kernels = new wasm.Instance(module, { env }).exports as Kernels;
  }

  get buffer(): ArrayBuffer {
    return this.memory.buffer;
  }

  /** Into how many calls a job is best cut: so many that a thread that comes late finds some left. */
  get parts(): number {
    return this.threads === 1 ? 1 : 2 * this.threads;
  }

  /** Makes the memory at least so many bytes large; false where that cannot be. */
  reserve(bytes: number): boolean {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing <= 0) return true;
    if (this.fixed) return false;
    try {
      this.memory.grow(Math.ceil(missing / PAGE));
      return true;
    } catch {
      noteTooLarge(bytes);
      return false;
    }
  }

  /** So many numbers at an address. Where memory is not shared, growing it empties every view: take them anew. */
  view(dtype: DType, address: number, length: number): TensorData {
    return new ARRAYS[dtype](this.memory.buffer, address, length);
  }

  /** {@link run} for calls that are always the same: what can be done once is done now. */
  prepare(
    stages: readonly (readonly Call[])[],
    scratch: number,
    scratchBytes: number,
  ): readonly (() => void)[] {
    return stages.flatMap((calls) => {
      if (this.threads > 1 && calls.length > 1)
        return () => runShared(this, calls, scratch, scratchBytes);
      return calls.map(([kernel, ...args]): (() => void) => {
        if (scratchBytes > 0) args.push(scratch);
        return (this.kernels[kernel] as (...args: number[]) => void).bind(null, ...args);
      });
    });
  }

  /**
   * Does all calls, stage by stage, in as many threads as there are. Each thread has `scratchBytes`
   * of its own, from `scratch` on, whose address goes to each call as its last argument.
   */
  run(stages: readonly (readonly Call[])[], scratch: number, scratchBytes: number): void {
    for (const calls of stages) {
      if (this.threads > 1 && calls.length > 1) {
        runShared(this, calls, scratch, scratchBytes);
        continue;
      }
      for (const [kernel, ...args] of calls) {
        if (scratchBytes > 0) args.push(scratch);
        (this.kernels[kernel] as (...args: number[]) => void)(...args);
      }
    }
  }
}

/** The kernels, compiled. */
interface Program {
  readonly wasm: Wasm;
  readonly module: object;
  readonly relaxed: boolean;
  /** Whether the memory is one that threads can share. */
  readonly shared: boolean;
}

let wide = true;
let trouble = "";
/** What was compiled, by `wide` and `shared`; null where that failed. */
const programs = new Map<string, Program | null>();
let eager: Machine | undefined;

/**
 * Whether kernels are compiled for registers of 256 bits where that can be; what runs already goes on,
 * and what failed is tried anew. True if anything will be other than before.
 */
export function setWide(on: boolean): boolean {
  const failed = [...programs].filter(([, program]) => !program);
  for (const [key] of failed) programs.delete(key);
  if (on === wide) return failed.length > 0;
  wide = on;
  dropEager();
  return true;
}

function compileKernels(): Program | null {
  const shared = canShare();
  const key = `${wide} ${shared}`;
  let program = programs.get(key);
  if (program !== undefined) return program;
  try {
    const wasm = (globalThis as { WebAssembly?: Wasm }).WebAssembly;
    if (!wasm) throw new Error("there is none here");
    const has = wasm.validate(decode(relaxed));
    const bytes = decode(has ? relaxed : plain);
    if (!has && !wasm.validate(bytes))
      throw new Error(
        wasm.validate(Uint8Array.from(WITH_SIMD))
          ? "the kernels do not compile: this copy of the library is damaged"
          : "it has no SIMD here, which the kernels need",
      );
    if (shared) importShared(bytes);
    const compile = () => new wasm.Module(bytes);
    program = { wasm, module: wide ? compileWide(compile) : compile(), relaxed: has, shared };
  } catch (error) {
    program = null;
    trouble = messageOf(error);
  }
  programs.set(key, program);
  return program;
}

/** The smallest module with a vector in it: `i32.const 0, i8x16.splat`. */
const WITH_SIMD = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15, 0x0b],
];

/** "env", "memory", a memory, with a maximum: as the module's bytes ask for what they work in. */
const MEMORY_IMPORT = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1];
const SHARED_WITH_MAXIMUM = 3;

/** Has a module ask for a memory that threads can share; nothing else in it differs. */
function importShared(bytes: Uint8Array): void {
  const start = bytes.findIndex((_, i) => MEMORY_IMPORT.every((byte, j) => bytes[i + j] === byte));
  if (start < 0) throw new Error("the kernels do not ask for a memory");
  bytes[start + MEMORY_IMPORT.length - 1] = SHARED_WITH_MAXIMUM;
}

/** Starts the kernels with a memory; where none can be had that threads share, with one that they do not. */
function newMachine(pages: number, free?: number): Machine | null {
  const compiled = compileKernels();
  if (!compiled) return null;
  try {
    return new Machine(compiled, pages, free);
  } catch (error) {
    if (!compiled.shared) throw error;
    giveUpSharing();
    return newMachine(pages, free);
  }
}

/** The kernels with a memory that grows while the views of it stay good; null where that cannot be. */
export function growingMachine(): Machine | null {
  try {
    const machine = newMachine(2);
    return canShare() ? machine : null;
  } catch {
    return null;
  }
}

/** Starts the kernels at the first call; null where that cannot be, and {@link whyNot} says why. */
export function startMachine(): Machine | null {
  try {
    eager ??= newMachine(2) ?? undefined;
    if (eager) eager.threads = threads();
  } catch (error) {
    trouble = `it gets no memory: ${messageOf(error)}`;
    // It would fail at each operation anew, after a search through all garbage.
    for (const key of programs.keys()) programs.set(key, null);
  }
  return eager ?? null;
}

/** The most memory that is kept for the next operation, in bytes. */
const KEPT = 2 ** 28;

/** Lets the memory of {@link startMachine} go if one large operation has made it large. */
export function shrinkMachine(): void {
  if (eager && eager.buffer.byteLength > KEPT) dropEager();
}

function dropEager(): void {
  if (eager) dropMachine(eager.id);
  eager = undefined;
}

/** Machines in whose memory numbers stay, by it. */
const owners = new WeakMap<ArrayBufferLike, Machine>();

/** Numbers stay in the memory of a machine, as it shows now. */
export function noteOwner(machine: Machine): void {
  owners.set(machine.buffer, machine);
}

/**
 * The kernels with a memory of their own, of `kept` bytes for numbers that stay there, from
 * {@link BASE} on, and so many more for those that come and go; null where that cannot be.
 */
export function ownMachine(kept: number, passing = 0): Machine | null {
  try {
    const machine = newMachine(Math.ceil((kept + passing) / PAGE), kept);
    if (machine) noteOwner(machine);
    return machine;
  } catch {
    return null;
  }
}

/** The machine in whose memory numbers lie, if they lie in one. */
export function machineOf({ buffer }: TensorData): Machine | undefined {
  return owners.get(buffer);
}

/** What the kernels are compiled for, in words: "relaxed SIMD, 256 bits"; and what they had no memory for. */
export function describeMachine(): string {
  const bits = isWide() ? 256 : 128;
  const how = `${compileKernels()?.relaxed ? "relaxed SIMD" : "SIMD"}, ${bits} bits`;
  if (tooLarge === 0) return how;
  const megabytes = Math.ceil(tooLarge / 1e6);
  return `${how}; the plain kernels did what took more memory than there was: ${megabytes} MB`;
}

/** The most bytes that were asked for and not there. */
let tooLarge = 0;

/** Notes that the plain kernels had to do something, since there were not so many bytes. */
export function noteTooLarge(bytes: number): void {
  tooLarge = Math.max(tooLarge, bytes);
}

/** Whether kernels are compiled for registers of 256 bits. */
export function isWide(): boolean {
  return wide && canCompileWide();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why the kernels could not be started. */
export function whyNot(): string {
  return trouble;
}

/** Hexadecimal digits to bytes. */
function decode(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
