import { plain, relaxed } from "./kernels.generated.ts";

/** What lib/kernels exports. Addresses and sizes in bytes, steps in numbers. */
export interface Exports {
  gemmScratch(): number;
  gemm(
    m: number,
    n: number,
    k: number,
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bColumn: number,
    c: number,
    cRow: number,
    accumulate: boolean,
    scratch: number,
  ): void;
  adam(
    n: number,
    w: number,
    g: number,
    mean: number,
    square: number,
    rate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    grown: number,
    eps: number,
    decay: number,
    shrink: number,
  ): void;
  sgd(
    n: number,
    w: number,
    g: number,
    velocity: number,
    lr: number,
    momentum: number,
    decay: number,
    nesterov: boolean,
  ): void;
  binary(op: number, walk: number, a: number, b: number, out: number): void;
  unary(op: number, n: number, x: number, out: number): void;
  softmax(rows: number, width: number, x: number, out: number): void;
  logSoftmax(rows: number, width: number, x: number, out: number): void;
  sumRows(rows: number, width: number, scale: number, x: number, out: number): void;
  sumColumns(rows: number, width: number, x: number, out: number, sums: number): void;
  normalize(
    rows: number,
    width: number,
    eps: number,
    centered: boolean,
    x: number,
    out: number,
  ): void;
  convForward(sizes: number, x: number, w: number, out: number, scratch: number): void;
  convInput(sizes: number, g: number, w: number, dx: number, scratch: number): void;
  convWeight(sizes: number, x: number, g: number, dw: number, scratch: number): void;
}

/** The part of WebAssembly's own interface that is used here; this library names no host's types. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface Wasm {
  Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  validate(bytes: Uint8Array): boolean;
}

const PAGE = 65_536;
/** Below this lie the module's own constants. */
export const BASE = PAGE;
/** 4 GiB, all that 32-bit addresses reach. */
const MOST = 65_536;

/** The kernels, started, and the memory that they work in. */
export class Machine {
  readonly exports: Exports;
  readonly relaxed: boolean;
  private readonly memory: WasmMemory;

  constructor({ wasm, module, relaxed }: Program, pages: number) {
    this.relaxed = relaxed;
    this.memory = new wasm.Memory({ initial: pages, maximum: MOST });
    const env = { memory: this.memory, abort: () => {} };
    this.exports = new wasm.Instance(module, { env }).exports as Exports;
  }

  get buffer(): ArrayBuffer {
    return this.memory.buffer;
  }

  /** Makes the memory at least so many bytes large; false where the machine has no more. */
  reserve(bytes: number): boolean {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing <= 0) return true;
    try {
      this.memory.grow(Math.ceil(missing / PAGE));
      return true;
    } catch {
      return false;
    }
  }

  /** So many numbers at an address. Growing the memory empties every view: take them anew. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}

/** The kernels, compiled. */
interface Program {
  readonly wasm: Wasm;
  readonly module: object;
  readonly relaxed: boolean;
}

let program: Program | null | undefined;
let shared: Machine | undefined;
let trouble = "";

function compileKernels(): Program | null {
  if (program !== undefined) return program;
  try {
    const wasm = (globalThis as { WebAssembly?: Wasm }).WebAssembly;
    if (!wasm) throw new Error("there is no WebAssembly here");
    const bytes = decode(relaxed);
    const has = wasm.validate(bytes);
    program = { wasm, module: new wasm.Module(has ? bytes : decode(plain)), relaxed: has };
  } catch (error) {
    program = null;
    trouble = error instanceof Error ? error.message : String(error);
  }
  return program;
}

/** Starts the kernels at the first call; null where that cannot be, and {@link whyNot} says why. */
export function startMachine(): Machine | null {
  const compiled = compileKernels();
  if (!compiled) return null;
  shared ??= new Machine(compiled, 2);
  return shared;
}

/** The most memory that is kept for the next operation, in bytes. */
const KEPT = 2 ** 28;

/** Lets the memory of {@link startMachine} go if one large operation has made it large. */
export function shrinkMachine(): void {
  if (shared && shared.buffer.byteLength > KEPT) shared = undefined;
}

/** The kernels with a memory of their own, of so many bytes; null where that cannot be. */
export function ownMachine(bytes: number): Machine | null {
  const compiled = compileKernels();
  try {
    return compiled && new Machine(compiled, Math.ceil(bytes / PAGE));
  } catch {
    return null;
  }
}

/** Why the kernels could not be started. */
export function whyNot(): string {
  return trouble;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 to bytes; not every realm has atob. */
function decode(base64: string): Uint8Array {
  const text = base64.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    bits = (bits << 6) | ALPHABET.indexOf(letter);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 255;
  }
  return bytes;
}
