import { allocate, type DType } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { describe, Tensor } from "../tensor.ts";
import { decodeUtf8, encodeUtf8 } from "../text/utf8.ts";

/**
 * Thrown when bytes are not a safetensors file, or when something cannot be put into one or read
 * from it without loss.
 */
export class SafetensorsError extends Error {
  override readonly name: string = "SafetensorsError";
}

/** What a safetensors file holds. */
export interface Safetensors {
  tensors: Record<string, Tensor>;
  /** Remarks: any text under any name. */
  metadata: Record<string, string>;
}

/** How one kind of number lies in a file, little end first, and the dtype it is read as. */
interface Format {
  bytes: number;
  dtype: DType;
  read(view: DataView, at: number): number;
}

const FORMATS = new Map<string, Format>([
  ["F64", { bytes: 8, dtype: "float32", read: (v, at) => v.getFloat64(at, true) }],
  ["F32", { bytes: 4, dtype: "float32", read: (v, at) => v.getFloat32(at, true) }],
  ["F16", { bytes: 2, dtype: "float32", read: (v, at) => float(v.getUint16(at, true), 5, 10) }],
  ["BF16", { bytes: 2, dtype: "float32", read: (v, at) => float(v.getUint16(at, true), 8, 7) }],
  ["I64", { bytes: 8, dtype: "int32", read: (v, at) => Number(v.getBigInt64(at, true)) }],
  ["U64", { bytes: 8, dtype: "int32", read: (v, at) => Number(v.getBigUint64(at, true)) }],
  ["I32", { bytes: 4, dtype: "int32", read: (v, at) => v.getInt32(at, true) }],
  ["U32", { bytes: 4, dtype: "int32", read: (v, at) => v.getUint32(at, true) }],
  ["I16", { bytes: 2, dtype: "int32", read: (v, at) => v.getInt16(at, true) }],
  ["U16", { bytes: 2, dtype: "int32", read: (v, at) => v.getUint16(at, true) }],
  ["I8", { bytes: 1, dtype: "int32", read: (v, at) => v.getInt8(at) }],
  ["U8", { bytes: 1, dtype: "int32", read: (v, at) => v.getUint8(at) }],
  ["BOOL", { bytes: 1, dtype: "bool", read: (v, at) => v.getUint8(at) }],
]);

/** A floating-point number of few bits: its sign, then its exponent, then its fraction (IEEE 754). */
function float(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
  const highest = 2 ** exponentBits - 1;
  const exponent = (bits >> fractionBits) & highest;
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  if (exponent === highest) return fraction ? Number.NaN : sign * Infinity;
  const one = 2 ** (Math.max(exponent, 1) - (highest >> 1));
  return sign * one * (exponent === 0 ? fraction : 1 + fraction);
}

/** What each dtype is written as; the widest numbers first, so that all lie at a multiple of their width. */
const WRITTEN: Record<DType, string> = { float32: "F32", int32: "I32", bool: "BOOL" };
const LONGEST_HEADER = 100e6;

/**
 * The bytes of a safetensors file, which PyTorch and others read, made of tensors by name, such as
 * a model's `stateDict()`. The format: 8 bytes that tell the length of a header; the header, JSON
 * that tells each tensor's dtype, shape and place; then their numbers, without gaps.
 *
 * Format: Hugging Face, "safetensors" (2022).
 */
export function toSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== "string" || !isName(key) || !isText(value))
      refuse(`metadata are texts by name, but ${show(key)} is none`);
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!(tensor instanceof Tensor)) refuse(`${show(name)} is not a tensor`);
    if (!isName(name)) refuse(`no tensor can have the name ${show(name)}`);
  }
  const order = Object.keys(WRITTEN);
  const sorted = Object.entries(tensors).sort(
    ([a, x], [b, y]) => order.indexOf(x.dtype) - order.indexOf(y.dtype) || (a < b ? -1 : 1),
  );
  let end = 0;
  const entries: [string, object][] = sorted.map(([name, { dtype, shape, size }]) => {
    const start = end;
    end += size * FORMATS.get(WRITTEN[dtype])!.bytes;
    return [name, { dtype: WRITTEN[dtype], shape, data_offsets: [start, end] }];
  });
  if (Object.keys(metadata).length > 0) entries.unshift(["__metadata__", metadata]);
  // Written out, as an object would put a name like "0" before all others.
  const fields = entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const json = encodeUtf8(`{${fields}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > LONGEST_HEADER) refuse(`the header would have ${length} bytes, more than 100 MB`);

  const bytes = new Uint8Array(8 + length + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  bytes.fill(0x20, 8, 8 + length);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const [, { dtype, data }] of sorted)
    if (dtype === "bool") {
      bytes.set(data, at);
      at += data.length;
    } else
      for (let i = 0; i < data.length; i++, at += 4)
        if (dtype === "int32") view.setInt32(at, data[i], true);
        else view.setFloat32(at, data[i], true);
  return bytes;
}

/**
 * The tensors and remarks of a safetensors file. Floating-point numbers are read as float32, whole
 * numbers as int32. The file is not trusted: all that is not exactly as the format has it, and any
 * number that does not fit, throws {@link SafetensorsError}.
 */
export function fromSafetensors(bytes: Uint8Array): Safetensors {
  if (!ArrayBuffer.isView(bytes))
    refuse(`${describe(bytes)} is not the bytes of a file`, "fromSafetensors(readFileSync(path))");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) refuse(`a file of ${bytes.length} bytes cannot hold the header's length`);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > LONGEST_HEADER)
    refuse(`the header would have ${length} bytes, more than 100 MB`, "is it a safetensors file?");
  const first = 8 + length;
  if (first > bytes.length)
    refuse(`the header would have ${length} bytes, but only ${bytes.length - 8} follow`, CUT);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, first));
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    refuse("__metadata__ is not texts by name");

  const places = Object.entries(entries).map(([name, entry]) => checkEntry(name, entry));
  places.sort((a, b) => a.start - b.start || a.end - b.end);
  let expected = 0;
  for (const { name, start, end } of places) {
    if (start !== expected)
      refuse(
        `tensors follow on one another, but ${show(name)} begins at byte ${start}, not ${expected}`,
      );
    expected = end;
  }
  const there = bytes.length - first;
  if (expected > there) refuse(`the data should have ${expected} bytes, but has ${there}`, CUT);
  if (expected < there) refuse(`after the last tensor follow ${there - expected} more bytes`);

  const tensors: Record<string, Tensor> = {};
  for (const { name, format, shape, start } of places) {
    const data = allocate(format.dtype, sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      const value = format.read(view, first + start + i * format.bytes);
      data[i] = value;
      const changed =
        format.dtype === "float32"
          ? Number.isFinite(value) && !Number.isFinite(data[i])
          : data[i] !== value || (format.dtype === "bool" && value > 1);
      if (changed) refuse(`${show(name)} holds ${value}, which does not fit ${format.dtype}`);
    }
    tensors[name] = new Tensor(data, shape);
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

const CUT = "the file was probably cut short: fetch or copy it again";

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  const text = decodeUtf8(bytes);
  if (bytes[0] !== 0x7b) refuse("the header does not begin with {", "is it a safetensors file?");
  if (!encodeUtf8(text).every((byte, i) => byte === bytes[i])) refuse("the header is not UTF-8");
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text);
  } catch (error) {
    return refuse(`the header is not JSON: ${(error as Error).message}`);
  }
  // JSON.parse keeps the last of two equal names without a word.
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/[{}]|"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (token.endsWith(":")) {
      const name: string = JSON.parse(token.slice(0, -1));
      if (!isName(name) && name !== "__metadata__")
        refuse(`no tensor can have the name ${show(name)}`);
      if (open.at(-1)!.has(name)) refuse(`the name ${show(name)} is there twice`);
      open.at(-1)!.add(name);
    }
  }
  return header;
}

interface Place {
  name: string;
  format: Format;
  shape: number[];
  start: number;
  end: number;
}

function checkEntry(name: string, entry: unknown): Place {
  if (!isObject(entry)) return refuse(`${show(name)} has no dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const format = FORMATS.get(dtype as string);
  if (!format)
    return refuse(
      `${show(name)} has ${typeof dtype === "string" ? `the unknown dtype ${show(dtype)}` : "no dtype"}`,
      `known are ${[...FORMATS.keys()].join(", ")}`,
    );
  if (!isSizes(shape)) return refuse(`${show(name)} has a shape that is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    return refuse(`${show(name)} has data_offsets that are not where it begins and ends`);
  const [start, end] = offsets;
  const size = sizeOf(shape) * format.bytes;
  if (end - start !== size)
    refuse(`${show(name)} has room for ${end - start} bytes, but its shape and dtype need ${size}`);
  return { name, format, shape, start, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0))
  );
}

/** Names that the format keeps for itself, or that are not a field like others in JavaScript. */
function isName(name: string): boolean {
  return name !== "__metadata__" && name !== "__proto__" && isText(name);
}

/** Whether it can be written in UTF-8: half of a surrogate pair cannot. */
function isText(text: string): boolean {
  return decodeUtf8(encodeUtf8(text)) === text;
}

function show(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

function refuse(why: string, hint?: string): never {
  throw new SafetensorsError(`${why}${hint ? `\n  hint: ${hint}` : ""}`);
}
