/** The library's reference as data: what `npm run reference` writes and the site's pages show. */
export interface Reference {
  readonly themes: readonly Theme[];
}

/** Exports that belong together, in the order in which `index.ts` has them. */
export interface Theme {
  readonly id: string;
  readonly title: string;
  readonly items: readonly Item[];
}

export type Kind = "class" | "function" | "namespace" | "interface" | "type" | "constant";

/** One export. */
export interface Item {
  readonly name: string;
  /** Its page's name, distinct also where upper and lower case are not told apart. */
  readonly slug: string;
  readonly kind: Kind;
  /** What one imports it from. */
  readonly from: string;
  /** As TypeScript writes its declaration; several for overloads. */
  readonly signatures: readonly Signature[];
  readonly source: Source;
  /** Of classes, interfaces and namespaces, under their headings. */
  readonly sections: readonly Section[];
  /** What comes from the classes above, by class. */
  readonly inherited: readonly { readonly from: string; readonly names: readonly string[] }[];
  /** The names of the exports built on it. */
  readonly extendedBy: readonly string[];
}

export interface Section {
  readonly title: string;
  readonly members: readonly Member[];
}

export interface Member {
  readonly name: string;
  readonly anchor: string;
  readonly kind: "constructor" | "method" | "function" | "property" | "type";
  readonly signatures: readonly Signature[];
  readonly source: Source;
}

/** One way to use or to call something. All texts but `code` are markdown. */
export interface Signature {
  readonly code: string;
  readonly doc: string;
  readonly parameters: readonly Parameter[];
  readonly returns: string;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
}

/** A parameter, or `options.name`, a part of one. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** As code; empty where there is none. */
  readonly default: string;
  readonly doc: string;
}

/** A place in the library's sources, as `ops/matmul.ts` and a line. */
export interface Source {
  readonly file: string;
  readonly line: number;
}
