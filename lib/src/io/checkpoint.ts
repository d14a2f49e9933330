import { Tensor } from "../tensor.ts";
import { decodeUtf8, encodeUtf8 } from "../text/utf8.ts";
import { crc32 } from "./crc32.ts";
import { fromSafetensors, toSafetensors } from "./safetensors.ts";

/** Thrown when a checkpoint cannot be written, or a file is none, or is damaged. */
export class CheckpointError extends Error {
  override readonly name: string = "CheckpointError";
}

/**
 * Writes what training needs to go on to a file: tensors, numbers, texts, true, false and null in
 * plain objects and arrays, such as
 * `{ model: model.stateDict(), optimizer: optimizer.stateDict(), step }`.
 *
 * Whatever happens, even a power cut, the file is afterwards either the old one or the new one,
 * whole. It is in safetensors format, with tensors named as in `model.0.weight`. Only in Node.
 */
export function saveCheckpoint(path: string, state: object): void {
  const { fs, process } = node("saveCheckpoint");
  const bytes = pack(state);
  let temporary = "";
  try {
    // A link stays a link: what it leads to is replaced.
    const file = fs.existsSync(path) ? fs.realpathSync(path) : path;
    removeLeftovers(file);
    temporary = `${file}.${process.pid}.${process.hrtime.bigint()}.tmp`;
    const opened = fs.openSync(temporary, "wx");
    try {
      fs.writeFileSync(opened, bytes);
      fs.fsyncSync(opened);
    } finally {
      fs.closeSync(opened);
    }
    // The name passes on in one step, and only now that the bytes are on the disk.
    fs.renameSync(temporary, file);
  } catch (error) {
    if (temporary) fs.rmSync(temporary, { force: true });
    throw new CheckpointError(
      `saveCheckpoint: ${path} could not be written: ${(error as Error).message}\n` +
        "  hint: what was there before is still there",
      { cause: error },
    );
  }
}

/**
 * What {@link saveCheckpoint} wrote; say what that was:
 * `loadCheckpoint<{ model: Record<string, Tensor>; step: number }>(path)`. Throws
 * {@link CheckpointError} for a file that is no checkpoint, or in which any byte is damaged.
 */
export function loadCheckpoint<State extends object = Record<string, unknown>>(
  path: string,
): State {
  const { fs } = node("loadCheckpoint");
  try {
    return unpack(fs.readFileSync(path)) as State;
  } catch (error) {
    throw new CheckpointError(
      `loadCheckpoint: ${path} could not be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

// After the length of its header, a checkpoint begins with this and eight digits: the checksum of
// the whole while these digits are zeros.
const START = '{"__metadata__":{"crc32":"';
const DIGITS = 8;

/** The state as JSON, in which `{ $tensor: name }` stands for a tensor, and the tensors by name. */
function pack(state: object): Uint8Array {
  const tensors = new Map<string, Tensor>();
  const names = new Map<Tensor, string>();
  const strip = (value: unknown, path: readonly string[]): unknown => {
    const refuse = (what: string): never => {
      throw new CheckpointError(
        `saveCheckpoint: ${path.join(".") || "the state"} is ${what}\n` +
          "  hint: tensors, finite numbers, texts, true, false and null can be saved, in plain objects and arrays;\n" +
          "  of a model or an optimizer its stateDict(), of an Rng its state",
      );
    };
    if (value instanceof Tensor) {
      // A tensor that stands in two places is written once, and is one again when loaded.
      let name = names.get(value) ?? path.join(".");
      while ((tensors.get(name) ?? value) !== value) name += "'";
      tensors.set(name, value);
      names.set(value, name);
      return { $tensor: name };
    }
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : refuse(String(value));
    if (typeof value !== "object") return refuse(`a ${typeof value}`);
    if (path.length > 100) return refuse("too deep: does something contain itself?");
    if (Array.isArray(value)) return value.map((item, i) => strip(item, [...path, String(i)]));
    if ("toJSON" in value && typeof value.toJSON === "function") return strip(value.toJSON(), path);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
      return refuse(`an object of the class ${value.constructor.name}`);
    if ("$tensor" in value) return refuse("an object with a $tensor, which stands for a tensor");
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return Object.fromEntries(fields.map(([key, field]) => [key, strip(field, [...path, key])]));
  };
  const json = JSON.stringify(strip(state, []));
  const bytes = toSafetensors(Object.fromEntries(tensors), {
    crc32: "0".repeat(DIGITS),
    state: json,
  });
  bytes.set(encodeUtf8(checksum(bytes)), 8 + START.length);
  return bytes;
}

function unpack(bytes: Uint8Array): unknown {
  const at = 8 + START.length;
  if (decodeUtf8(bytes.subarray(8, at)) !== START)
    throw new CheckpointError(
      "it is no checkpoint\n  hint: a file of tensors alone is read with fromSafetensors(bytes)",
    );
  const expected = decodeUtf8(bytes.subarray(at, at + DIGITS));
  bytes.fill("0".charCodeAt(0), at, at + DIGITS);
  if (checksum(bytes) !== expected)
    throw new CheckpointError(
      "it is damaged, for its checksum is wrong\n  hint: go back to an older checkpoint",
    );
  const { tensors, metadata } = fromSafetensors(bytes);
  return JSON.parse(metadata.state, (_, value) => {
    if (value?.$tensor === undefined) return value;
    if (Object.hasOwn(tensors, value.$tensor)) return tensors[value.$tensor];
    throw new CheckpointError(`it lacks the tensor ${value.$tensor}`);
  });
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(DIGITS, "0");
}

/** Removes what was left beside the file by processes that were killed while they saved. */
function removeLeftovers(file: string): void {
  const { fs, paths, process } = node("saveCheckpoint");
  const isRunning = (pid: number): boolean => {
    try {
      return process.kill(pid, 0); // signal 0 does nothing but look
    } catch (error) {
      return (error as { code?: string }).code === "EPERM";
    }
  };
  const folder = paths.dirname(file);
  const start = `${paths.basename(file)}.`;
  for (const name of fs.readdirSync(folder)) {
    const [, pid] = /^(\d+)\.\d+\.tmp$/.exec(name.slice(start.length)) ?? [];
    if (!name.startsWith(start) || !pid) continue;
    // This process is not saving now: its own number was that of another before.
    if (Number(pid) === process.pid || !isRunning(Number(pid)))
      fs.rmSync(paths.join(folder, name), { force: true });
  }
}

/** What is used of Node. Its own types are not at hand, since the library also runs elsewhere. */
interface NodeParts {
  fs: {
    existsSync(path: string): boolean;
    realpathSync(path: string): string;
    readdirSync(path: string): string[];
    readFileSync(path: string): Uint8Array;
    openSync(path: string, flags: string): number;
    writeFileSync(file: number, bytes: Uint8Array): void;
    fsyncSync(file: number): void;
    closeSync(file: number): void;
    renameSync(from: string, to: string): void;
    rmSync(path: string, options: { force: boolean }): void;
  };
  paths: {
    basename(path: string): string;
    dirname(path: string): string;
    join(...parts: string[]): string;
  };
  process: {
    pid: number;
    hrtime: { bigint(): bigint };
    kill(pid: number, signal: number): boolean;
    getBuiltinModule?(name: string): unknown;
  };
}

function node(caller: string): NodeParts {
  const { process } = globalThis as unknown as Partial<NodeParts>;
  const fs = process?.getBuiltinModule?.("node:fs") as NodeParts["fs"] | undefined;
  const paths = process?.getBuiltinModule?.("node:path") as NodeParts["paths"] | undefined;
  if (!process || !fs || !paths)
    throw new CheckpointError(
      `${caller}: there are files only in Node\n` +
        "  hint: elsewhere, toSafetensors(tensors) and fromSafetensors(bytes) do without",
    );
  return { fs, paths, process };
}
