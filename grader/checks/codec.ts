/**
 * What crosses between the checks and the learner's code: data only, as bytes. A frame is
 *
 *     [header length: uint32 LE] [header: JSON in ASCII] [raw numbers, each block 8-byte aligned]
 *
 * The header is `{ m: message, b: lengths of the blocks in bytes }`. Inside a message, values are
 * written by {@link encodeValue}: JSON's own scalars stand for themselves, everything else is an
 * array that begins with a tag. The reading side believes nothing: every length, tag and shape is
 * checked, and whatever does not fit throws {@link FrameError}.
 */
import { Tensor } from "gradus";

/** Limits of one frame. A learner's answer beyond them arrives as an {@link Opaque}. */
export const limits = {
  /** Bytes of the JSON header. */
  headerBytes: 4 * 1024 * 1024,
  /** Bytes of the raw numbers. */
  bodyBytes: 32 * 1024 * 1024,
  /** How deep arrays and objects may be nested. */
  depth: 64,
  /** How many values one frame may hold, not counting raw numbers. */
  values: 100_000,
} as const;

/** Bytes that are no frame, or hold what no encoder writes. */
export class FrameError extends Error {
  override readonly name: string = "FrameError";
}

/** Stands for a value that cannot cross: a function, an instance of a class, a cycle. */
export class Opaque {
  /** What it was, in words: `a function named relu`. */
  readonly description: string;

  constructor(description: string) {
    this.description = description;
  }

  toString(): string {
    return this.description;
  }
}

/** Names an object that stays on the learner's side. */
export class Reference {
  readonly id: number;
  readonly className: string;

  constructor(id: number, className: string) {
    this.id = id;
    this.className = className;
  }
}

/** Anything JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const typedArrays = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type TypedArrayName = keyof typeof typedArrays;

/** Any of JavaScript's typed arrays. */
export type AnyTypedArray = InstanceType<(typeof typedArrays)[TypedArrayName]>;

const tensorArrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

// An array of numbers this long or longer crosses as raw float64.
const RAW_FROM = 8;

/** Collects the raw numbers of one frame while its values are written. */
class Writer {
  readonly blocks: Uint8Array[] = [];
  bytes = 0;
  values = 0;
  readonly open = new Set<object>();
  readonly refer: ((value: object) => Reference | undefined) | undefined;

  constructor(refer?: (value: object) => Reference | undefined) {
    this.refer = refer;
  }

  block(data: ArrayBufferView): number {
    this.bytes += align(data.byteLength);
    if (this.bytes > limits.bodyBytes) throw new TooMuch("more numbers than can be compared");
    this.blocks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return this.blocks.length - 1;
  }
}

/** Thrown inside the encoder only; the whole value becomes an {@link Opaque}. */
class TooMuch extends Error {}

const align = (bytes: number): number => (bytes + 7) & ~7;

function write(value: unknown, w: Writer, depth: number): Json {
  if (++w.values > limits.values) throw new TooMuch("more parts than can be compared");
  switch (typeof value) {
    case "string":
      if (value.length > limits.headerBytes / 8) throw new TooMuch("a text too long to compare");
      return value;
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return ["n", Object.is(value, -0) ? "-0" : String(value)];
    case "undefined":
      return ["u"];
    case "bigint": {
      const digits = String(value);
      if (digits.length > 10_000) throw new TooMuch("a bigint too long to compare");
      return ["i", digits];
    }
    case "symbol":
      return ["x", "a symbol"];
    case "function":
      return ["x", describeFunction(value)];
  }
  if (value === null) return null;
  if (depth >= limits.depth) return ["x", `something nested more than ${limits.depth} deep`];
  const object = value as object;
  if (w.open.has(object)) return ["x", "a cycle: it contains itself"];
  const reference = w.refer?.(object);
  if (reference) return ["h", reference.id, reference.className];
  if (object instanceof Opaque) return ["x", object.description];
  if (object instanceof Tensor) {
    const { dtype, shape, data } = object;
    if (!ArrayBuffer.isView(data) || sizeOf(shape) !== data.length)
      return ["x", "a tensor whose shape does not fit its numbers"];
    return ["T", dtype, [...shape], w.block(data)];
  }
  if (ArrayBuffer.isView(object)) {
    const name = typedArrayName(object);
    return name ? ["t", name, w.block(object)] : ["x", "a DataView"];
  }
  w.open.add(object);
  try {
    if (Array.isArray(object)) return writeArray(object, w, depth);
    if (object instanceof Map)
      return ["m", ...Array.from(object, (pair) => pair.map((part) => write(part, w, depth + 1)))];
    if (object instanceof Set)
      return ["s", ...Array.from(object, (part) => write(part, w, depth + 1))];
    return writeObject(object, w, depth);
  } finally {
    w.open.delete(object);
  }
}

function writeArray(array: readonly unknown[], w: Writer, depth: number): Json {
  const { length } = array;
  if (length * 8 > limits.bodyBytes) throw new TooMuch("more parts than can be compared");
  // Each element is read once: a getter may answer differently the second time.
  const elements: unknown[] = [];
  let numeric = length >= RAW_FROM;
  for (let i = 0; i < length; i++) {
    elements[i] = array[i];
    if (typeof elements[i] === "number") continue;
    numeric = false;
    if (length > limits.values) throw new TooMuch("more parts than can be compared");
  }
  if (numeric) return ["f", w.block(Float64Array.from(elements as number[]))];
  const out: Json[] = ["a"];
  for (let i = 0; i < length; i++) out[i + 1] = write(elements[i], w, depth + 1);
  return out;
}

function writeObject(object: object, w: Writer, depth: number): Json {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && prototype !== Object.prototype) return ["x", describeInstance(object)];
  const out: Json[] = ["o"];
  for (const key of Object.keys(object)) {
    if (key.length > 10_000) throw new TooMuch("a field name too long to compare");
    out.push([key, write((object as Record<string, unknown>)[key], w, depth + 1)]);
  }
  return out;
}

function typedArrayName(view: ArrayBufferView): TypedArrayName | undefined {
  return (Object.keys(typedArrays) as TypedArrayName[]).find(
    (name) => view instanceof typedArrays[name],
  );
}

function describeFunction(value: unknown): string {
  const name = ownName(value);
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  const kind = isClass ? "a class" : "a function";
  return name ? `${kind} named ${name}` : `${kind} without a name`;
}

function describeInstance(object: object): string {
  if (object instanceof Error) return `an ${object.name}: ${object.message}`.slice(0, 200);
  if (typeof (object as PromiseLike<unknown>).then === "function") return "a promise";
  const name = ownName((object as { constructor?: unknown }).constructor);
  return name ? `an object of class ${name}` : "an object of a class of its own";
}

function ownName(value: unknown): string {
  const name: unknown = (value as { name?: unknown } | undefined)?.name;
  return typeof name === "string" ? name.slice(0, 100) : "";
}

/** Writes a value; what cannot cross as a whole becomes an {@link Opaque}. */
function writeWhole(value: unknown, w: Writer): Json {
  const { blocks, bytes, values } = { blocks: w.blocks.length, bytes: w.bytes, values: w.values };
  try {
    return write(value, w, 0);
  } catch (error) {
    // Getters and proxy traps are the learner's code: they may throw, and that is an answer too.
    w.blocks.length = blocks;
    w.bytes = bytes;
    w.values = values;
    w.open.clear();
    if (error instanceof TooMuch) return ["x", error.message];
    return ["x", "something that throws when it is read"];
  }
}

/** A message to send: plain JSON, with values to encode in the places that `values` names. */
export interface Outgoing {
  /** The parts that are plain JSON already. */
  message: Record<string, Json>;
  /** The parts that are values: each is encoded on its own. */
  values?: Record<string, unknown>;
}

/**
 * Writes one frame.
 * @param refer names the objects that stay where they are and cross as references.
 */
export function encodeFrame(
  { message, values = {} }: Outgoing,
  refer?: (value: object) => Reference | undefined,
): Uint8Array {
  const w = new Writer(refer);
  const m: Record<string, Json> = { ...message };
  for (const key of Object.keys(values)) m[key] = writeWhole(values[key], w);
  let header = ascii(JSON.stringify({ m, b: w.blocks.map((block) => block.byteLength) }));
  if (header.length > limits.headerBytes) {
    for (const key of Object.keys(values)) m[key] = ["x", "more than can be compared"];
    w.blocks.length = 0;
    w.bytes = 0;
    header = ascii(JSON.stringify({ m, b: [] }));
  }
  if (header.length > limits.headerBytes) throw new FrameError("the message is too long to send");
  const start = align(4 + header.length);
  const frame = new Uint8Array(start + w.bytes);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  for (let i = 0; i < header.length; i++) frame[4 + i] = header.charCodeAt(i);
  let at = start;
  for (const block of w.blocks) {
    frame.set(block, at);
    at += align(block.byteLength);
  }
  return frame;
}

// A bare realm has no TextEncoder, so the header keeps to ASCII.
const ascii = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A frame as read: the message, and what its values need to be read. */
export interface Incoming {
  readonly message: Readonly<Record<string, Json>>;
  /** Reads the value under this key; throws {@link FrameError} where it is malformed. */
  value(key: string): unknown;
}

/** How to read values. */
export interface DecodeOptions {
  /**
   * Objects without a prototype, so that no key can reach one: for the side that must not trust.
   * The learner's side wants ordinary objects.
   */
  bare?: boolean;
  /** Turns a reference back into an object. Without it, a reference is malformed. */
  resolve?: (id: number, className: string) => unknown;
}

/** Reads one frame; throws {@link FrameError} if the bytes are no frame. */
export function decodeFrame(frame: Uint8Array, options: DecodeOptions = {}): Incoming {
  if (frame.byteLength < 4) throw new FrameError("shorter than its own length");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const headerBytes = view.getUint32(0, true);
  if (headerBytes > limits.headerBytes) throw new FrameError("the header is too long");
  if (4 + headerBytes > frame.byteLength) throw new FrameError("the header is cut off");
  const header = parse(frame.subarray(4, 4 + headerBytes));
  if (!isRecord(header) || !isRecord(header.m) || !Array.isArray(header.b))
    throw new FrameError("the header has no message");
  if (header.b.length > limits.values) throw new FrameError("too many blocks of numbers");
  const blocks: Uint8Array[] = [];
  let at = align(4 + headerBytes);
  for (const length of header.b) {
    if (!isCount(length) || at + length > frame.byteLength)
      throw new FrameError("a block of numbers is cut off");
    blocks.push(frame.subarray(at, at + length));
    at += align(length);
  }
  if (at !== align(frame.byteLength)) throw new FrameError("there are bytes behind the frame");
  const message = header.m;
  const reader: Reader = { blocks, read: new Set(), values: 0, options };
  return {
    message,
    value(key) {
      if (!Object.hasOwn(message, key)) throw new FrameError(`the message has no ${key}`);
      return read(message[key], reader, 0);
    },
  };
}

function parse(bytes: Uint8Array): Json {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new FrameError("the header is no JSON");
  }
}

interface Reader {
  readonly blocks: readonly Uint8Array[];
  /** The blocks that a value was made of. */
  readonly read: Set<number>;
  values: number;
  readonly options: DecodeOptions;
}

function read(json: Json, r: Reader, depth: number): unknown {
  if (++r.values > 2 * limits.values) throw new FrameError("too many values");
  if (json === null || typeof json !== "object") return json;
  if (depth > limits.depth) throw new FrameError("nested too deep");
  if (!Array.isArray(json)) throw new FrameError("an object without a tag");
  const [tag, ...rest] = json;
  const [first, second] = rest;
  switch (tag) {
    case "u":
      return undefined;
    case "n":
      return readNumber(first);
    case "i":
      if (typeof first !== "string" || !/^-?\d{1,10001}$/.test(first))
        throw new FrameError("a malformed bigint");
      return BigInt(first);
    case "x":
      if (typeof first !== "string" || first.length > 1000)
        throw new FrameError("a malformed description");
      return new Opaque(first);
    case "h":
      if (!isCount(first) || typeof second !== "string" || !r.options.resolve)
        throw new FrameError("a reference out of place");
      return r.options.resolve(first, second);
    case "f":
      return readList(readBlock(first, r, Float64Array));
    case "t": {
      if (typeof first !== "string" || !Object.hasOwn(typedArrays, first))
        throw new FrameError("an unknown kind of array");
      return readBlock(second, r, typedArrays[first as TypedArrayName] as ArrayType<AnyTypedArray>);
    }
    case "T":
      return readTensor(rest, r);
    case "a":
      return rest.map((part) => read(part, r, depth + 1));
    case "m":
      return new Map(rest.map((pair) => readPair(pair, r, depth)));
    case "s":
      return new Set(rest.map((part) => read(part, r, depth + 1)));
    case "o":
      return readObject(rest, r, depth);
    default:
      throw new FrameError("an unknown tag");
  }
}

function readNumber(name: Json | undefined): number {
  switch (name) {
    case "NaN":
      return Number.NaN;
    case "Infinity":
      return Number.POSITIVE_INFINITY;
    case "-Infinity":
      return Number.NEGATIVE_INFINITY;
    case "-0":
      return -0;
    default:
      throw new FrameError("a malformed number");
  }
}

function readPair(pair: Json, r: Reader, depth: number): [unknown, unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) throw new FrameError("a malformed pair");
  return [read(pair[0], r, depth + 1), read(pair[1], r, depth + 1)];
}

function readObject(fields: Json[], r: Reader, depth: number): object {
  const out: object = r.options.bare ? Object.create(null) : {};
  let length: unknown;
  for (const field of fields) {
    if (!Array.isArray(field) || field.length !== 2 || typeof field[0] !== "string")
      throw new FrameError("a malformed field");
    const value = read(field[1], r, depth + 1);
    if (field[0] === "length") length = value;
    // Defined, not assigned: `__proto__` must become a field like any other.
    Object.defineProperty(out, field[0], {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  // Whoever reads it as a list would be at it for ever, and a check runs where everybody's checks run.
  const endless = typeof length === "number" && length > limits.values;
  return r.options.bare && endless ? new Opaque(`an object with a length of ${length}`) : out;
}

interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): T;
}

function readBlock<T>(index: Json | undefined, r: Reader, type: ArrayType<T>): T {
  if (!isCount(index) || index >= r.blocks.length) throw new FrameError("numbers that are missing");
  // Each reading copies: a few bytes that name one large block again and again would fill all memory.
  if (r.read.has(index)) throw new FrameError("numbers that are used twice");
  r.read.add(index);
  const block = r.blocks[index];
  if (block.byteLength % type.BYTES_PER_ELEMENT !== 0)
    throw new FrameError("numbers that are cut off");
  // Copied into a buffer of its own: the frame may be aligned anyhow, and is shared.
  // Not block.slice(): of a Node Buffer that is no copy.
  const { buffer, byteOffset, byteLength } = block;
  return new type(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

/** As Array.from(), which takes four times as long. */
function readList(numbers: Float64Array): number[] {
  const list = new Array<number>(numbers.length);
  for (let i = 0; i < numbers.length; i++) list[i] = numbers[i];
  return list;
}

function readTensor([dtype, shape, index]: Json[], r: Reader): Tensor {
  if (typeof dtype !== "string" || !Object.hasOwn(tensorArrays, dtype))
    throw new FrameError("a tensor of unknown dtype");
  if (!Array.isArray(shape) || shape.length > 32 || !shape.every(isCount))
    throw new FrameError("a tensor of malformed shape");
  const name = dtype as keyof typeof tensorArrays;
  const data = readBlock<Float32Array | Int32Array | Uint8Array>(index, r, tensorArrays[name]);
  if (sizeOf(shape) !== data.length)
    throw new FrameError("a tensor whose shape does not fit its numbers");
  return new Tensor(data, shape);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);

function isRecord(value: Json | undefined): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number from 0 that can be a length, an index or an id. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
