/**
 * The library inside a worker, in files (lib/parts.ts). A worker has no network: it begins with the
 * files that the page put in front of its own code, and takes further ones as text.
 */
import { type Index, withNeeds } from "../../lib/parts-index.ts";

type Named = (value: unknown, name: string) => void;
type Make = (need: (file: string) => readonly unknown[], named: Named) => readonly unknown[];

/** Where a worker's first script puts {@link Handed}: at this symbol of the registry. */
export const HANDED = "gradus.library";

export interface Handed {
  readonly index: Index;
  /** The files with which the worker begins. */
  readonly files: Record<string, Make>;
}

export class Library {
  /** Everything that can be imported. */
  readonly names: readonly string[];
  private readonly index: Index;
  private readonly files: Map<string, Make>;
  private readonly made = new Map<string, readonly unknown[]>();
  private readonly fileOf = new Map<string, string>();

  constructor({ index, files }: Handed) {
    this.index = index;
    this.files = new Map(Object.entries(files));
    for (const [file, { names }] of Object.entries(index.files))
      if (file !== index.host) for (const name of names) this.fileOf.set(name, file);
    this.names = [...this.fileOf.keys()].sort();
  }

  /** The files that have to come before these names can be taken. */
  missing(names: readonly string[]): string[] {
    const { core } = this.index;
    const files = names.flatMap((name) => withNeeds(this.index, this.fileOf.get(name) ?? core));
    return [...new Set(files)].filter((file) => !this.files.has(file));
  }

  /** Takes the text of a file. One that is here already stays. */
  add(file: string, text: string): void {
    // biome-ignore lint/security/noGlobalEval: the page's own code, which the worker cannot fetch
    const evaluate = eval;
    if (!this.files.has(file)) this.files.set(file, evaluate(`(${text})`));
  }

  /** What goes by these names, or everything, as `import * as gradus` would have it. */
  take(names: readonly string[] = this.names): Record<string, unknown> {
    const known = names.filter((name) => this.fileOf.has(name));
    return Object.freeze(
      Object.fromEntries(known.map((name) => [name, this.find(name, this.fileOf.get(name)!)])),
    );
  }

  /** What `gradus/host` exports. */
  host(): Record<string, unknown> {
    const { host, files } = this.index;
    return Object.fromEntries(files[host].names.map((name) => [name, this.find(name, host)]));
  }

  private find(name: string, file: string): unknown {
    const value = this.need(file)[this.index.files[file].names.indexOf(name)];
    // The names of functions were shortened with all others.
    if (typeof value === "function") named(value, name);
    return value;
  }

  private readonly need = (file: string): readonly unknown[] => {
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
