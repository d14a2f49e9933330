import type { Provenance } from "./dataset.ts";

/** What a pack's generated module says of it. The sha256 is that of its bytes, unpacked. */
export interface Pack extends Provenance {
  readonly name: string;
}

/** A host's way to packs, found at `globalThis[Symbol.for("gradus.packs")]`: a pack's file by its name. */
export type PackProvider = (name: string) => Promise<Uint8Array>;

/** Where a host puts its {@link PackProvider}. */
export const PACK_PROVIDER = Symbol.for("gradus.packs");

/** What may be there; the library is compiled without the types of any host, browser or Node. */
interface Host {
  readonly [PACK_PROVIDER]?: PackProvider;
  readonly process?: { cwd(): string; getBuiltinModule?(name: string): unknown };
  readonly crypto?: { subtle?: { digest(name: string, bytes: Uint8Array): Promise<ArrayBuffer> } };
  readonly DecompressionStream?: new (format: "gzip") => object;
  readonly Blob: new (parts: Uint8Array[]) => { stream(): Stream };
  readonly Response: new (body: Stream) => { arrayBuffer(): Promise<ArrayBuffer> };
  readonly TextDecoder: new () => { decode(bytes: Uint8Array): string };
}
interface Stream {
  pipeThrough(transform: object): Stream;
}
const host = globalThis as unknown as Host;

const loaded = new Map<string, Promise<Uint8Array>>();

/** The bytes of a pack, unpacked and checked; they are shared, so leave them as they are. */
export function loadBytes(pack: Pack): Promise<Uint8Array> {
  const before = loaded.get(pack.name);
  if (before) return before;
  const bytes = load(pack);
  loaded.set(pack.name, bytes);
  // What failed may work the next time.
  bytes.catch(() => loaded.delete(pack.name));
  return bytes;
}

/** The same, as text. */
export async function loadText(pack: Pack): Promise<string> {
  return new host.TextDecoder().decode(await loadBytes(pack));
}

async function load({ name, sha256 }: Pack): Promise<Uint8Array> {
  const bytes = await unpack(name, await (host[PACK_PROVIDER] ?? readFile)(name));
  // Browsers have it only on pages that came over a safe connection.
  const digest = await host.crypto?.subtle?.digest("SHA-256", bytes);
  if (!digest) return bytes;
  const got = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  if (got.join("") !== sha256)
    throw damaged(name, `sha256 expected: ${sha256}\n  sha256 got:      ${got.join("")}`);
  return bytes;
}

/** Packs are gzipped; a host may have unpacked them already. */
async function unpack(name: string, file: Uint8Array): Promise<Uint8Array> {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
  if (!host.DecompressionStream)
    throw new Error(`${name}: nothing here unpacks gzip\n  hint: hand over the bytes unpacked`);
  const stream = new host.Blob([file]).stream().pipeThrough(new host.DecompressionStream("gzip"));
  try {
    return new Uint8Array(await new host.Response(stream).arrayBuffer());
  } catch (error) {
    throw damaged(name, `it does not unpack: ${(error as Error).message}`);
  }
}

function damaged(name: string, how: string): Error {
  return new Error(
    `${name}: the data is damaged, or of another version than the library\n  ${how}\n` +
      `  hint: git checkout datasets/${name} brings it back; in a page, reload`,
  );
}

/** The parts of Node that are used here. */
interface Node {
  "node:fs": {
    existsSync(file: string): boolean;
    promises: { readFile(file: string): Promise<Uint8Array> };
  };
  "node:path": { join(...parts: string[]): string; dirname(file: string): string };
  "node:url": { fileURLToPath(url: string): string };
}

/** In Node: from the folder datasets/ above the library, or above the folder one works in. */
async function readFile(name: string): Promise<Uint8Array> {
  const { process } = host;
  if (!process?.getBuiltinModule)
    throw new Error(
      `${name}: data cannot be loaded here\n` +
        "  hint: load it in a cell or in Node, and pass on what is needed",
    );
  const node = <Name extends keyof Node>(module: Name) =>
    process.getBuiltinModule!(module) as Node[Name];
  const { join, dirname } = node("node:path");
  const { existsSync, promises } = node("node:fs");
  const own = (import.meta as { url?: string }).url; // a bundle may have none
  const starts = [process.cwd()];
  if (own?.startsWith("file:")) starts.unshift(dirname(node("node:url").fileURLToPath(own)));
  for (const start of starts)
    for (let folder = start, below = ""; folder !== below; ) {
      const file = join(folder, "datasets", name, "pack.gz");
      if (existsSync(file)) return promises.readFile(file);
      [folder, below] = [dirname(folder), folder];
    }
  throw new Error(
    `${name}: there is no datasets/${name}/pack.gz\n` +
      `  looked in and above: ${starts.join(", ")}\n` +
      "  hint: run this in the folder of Gradus; git checkout datasets brings back what was deleted",
  );
}
