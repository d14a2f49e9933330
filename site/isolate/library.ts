/**
 * The library inside a worker, in parts (lib/parts.ts). A worker has no network: it begins with the
 * files that the page put in front of its own code, and takes further ones as text.
 */
import type { Part, Parts } from "../../lib/parts.ts";

type Exports = Record<string, unknown>;
type Named = (value: unknown, name: string) => void;
type File = (need: (file: string) => Exports, named: Named) => Exports;

/** Where a worker's first script puts {@link Handed}: at this symbol of the registry. */
export const HANDED = "gradus.library";

export interface Handed {
  readonly index: Parts;
  /** The files with which the worker begins. */
  readonly files: Record<string, File>;
}

export class Library {
  /** Everything that can be imported. */
  readonly names: readonly string[];
  private readonly index: Parts;
  private readonly files = new Map<string, File>();
  private readonly made = new Map<string, Exports>();
  private readonly partOf = new Map<string, string>();

  constructor({ index, files }: Handed) {
    this.index = index;
    this.files = new Map(Object.entries(files));
    for (const [part, { exports }] of Object.entries(index.parts))
      for (const [own, name = own] of Object.values(exports).flat()) this.partOf.set(name, part);
    this.names = [...this.partOf.keys()].sort();
  }

  /** The parts that have these names; a name that nothing has is left out. */
  partsOf(names: readonly string[]): string[] {
    const parts = names.map((name) => this.partOf.get(name));
    return [...new Set(parts)].filter((part) => part !== undefined);
  }

  /** Whether all files of a part are here. */
  has(part: string): boolean {
    return this.index.parts[part].files.every((file) => this.files.has(file));
  }

  /** Takes the text of files. Those that are here already stay. */
  add(texts: Record<string, string>): void {
    // biome-ignore lint/security/noGlobalEval: the page's own code, which the worker cannot fetch
    const evaluate = eval;
    for (const [file, text] of Object.entries(texts))
      if (!this.files.has(file)) this.files.set(file, evaluate(`(${text})`));
  }

  /** What these parts export, as `import * as gradus` would have it. */
  take(parts: readonly string[] = Object.keys(this.index.parts)): Exports {
    return this.join(parts.map((part) => this.index.parts[part]));
  }

  /** What `gradus/host` exports. */
  host(): Exports {
    return this.join([this.index.host]);
  }

  private join(parts: readonly Part[]): Exports {
    const all = parts.flatMap(({ exports }) =>
      Object.entries(exports).flatMap(([file, pairs]) =>
        pairs.map(([own, name = own]) => [name, this.need(file)[own]] as const),
      ),
    );
    // The cutter shortened the names of functions.
    for (const [name, value] of all) if (typeof value === "function") named(value, name);
    return Object.freeze(Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  private readonly need = (file: string): Exports => {
    let exports = this.made.get(file);
    if (!exports) {
      const make = this.files.get(file);
      if (!make) throw new Error(`${file} is not here`);
      exports = make(this.need, named);
      this.made.set(file, exports);
    }
    return exports;
  };
}

const named: Named = (value, name) =>
  void Object.defineProperty(value, "name", { value: name, configurable: true });
