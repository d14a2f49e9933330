import { guard } from "../forbid.ts";
import { checkIds, type TokenIds } from "./tokenizer.ts";

/** What {@link Vocabulary.from} takes in. */
export interface VocabularyOptions {
  /** Symbols that the text does not contain, such as "<start>"; they get the first ids. */
  special?: readonly string[];
  /** The symbol that stands for every other one; if it is not among the special, it comes first. */
  unknown?: string;
  /** Leaves out symbols that occur less often. */
  minCount?: number;
  /** How many symbols at most, special ones included: the most frequent are kept. */
  maxSize?: number;
  /** The order of ids: the most frequent first (the default), or as in an alphabet. */
  order?: "count" | "alphabet";
}

/** What {@link Vocabulary.toJSON} gives. */
export interface VocabularyJSON {
  symbols: readonly string[];
  counts: readonly number[];
  unknown?: string;
}

/** A list of distinct symbols, such as characters or words; the place in the list is the id. */
export class Vocabulary {
  readonly symbols: readonly string[];
  /** How often each symbol was counted; 0 where none was. */
  readonly counts: readonly number[];
  /** The symbol that stands for those that are not in the list, if there is one. */
  readonly unknown: string | undefined;
  private readonly ids: Map<string, number>;

  /** Takes the symbols in this order. To count them in a text, use {@link Vocabulary.from}. */
  constructor(
    symbols: Iterable<string>,
    { unknown, counts }: { unknown?: string; counts?: readonly number[] } = {},
  ) {
    guard("Vocabulary");
    this.symbols = [...symbols];
    this.counts = counts ? [...counts] : this.symbols.map(() => 0);
    this.unknown = unknown;
    this.ids = new Map(this.symbols.map((symbol, id) => [symbol, id]));
    const repeated = this.symbols.find((symbol, id) => this.ids.get(symbol) !== id);
    if (repeated !== undefined)
      throw new RangeError(`Vocabulary: the symbol ${show(repeated)} is there more than once`);
    if (this.counts.length !== this.symbols.length)
      throw new RangeError(
        `Vocabulary: ${this.symbols.length} symbols, but ${this.counts.length} counts`,
      );
    if (unknown !== undefined && !this.ids.has(unknown))
      throw new RangeError(
        `Vocabulary: ${show(unknown)}, for the unknown, is not among the symbols`,
      );
  }

  /** Counts symbols: the characters of a string, or the words of an array. */
  static from(symbols: Iterable<string>, options: VocabularyOptions = {}): Vocabulary {
    const { special = [], unknown, minCount = 1, maxSize = Infinity, order = "count" } = options;
    const first =
      unknown === undefined || special.includes(unknown) ? special : [unknown, ...special];
    const counts = new Map<string, number>();
    for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    for (const symbol of first) counts.delete(symbol);
    const alphabetical = (a: string, b: string) => (a < b ? -1 : 1);
    const kept = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([a, countA], [b, countB]) => countB - countA || alphabetical(a, b))
      .slice(0, Math.max(0, maxSize - first.length));
    if (order === "alphabet") kept.sort(([a], [b]) => alphabetical(a, b));
    return new Vocabulary([...first, ...kept.map(([symbol]) => symbol)], {
      unknown,
      counts: [...first.map(() => 0), ...kept.map(([, count]) => count)],
    });
  }

  /** How many symbols there are. */
  get size(): number {
    return this.symbols.length;
  }

  /** Whether it knows the symbol, other than as unknown. */
  has(symbol: string): boolean {
    return this.ids.has(symbol);
  }

  /** The id of a symbol, or of the unknown symbol; throws where there is neither. */
  id(symbol: string): number {
    return this.find(symbol, "");
  }

  /** The ids of symbols in turn; a string is read character by character. */
  encode(symbols: Iterable<string>): number[] {
    return Array.from(symbols, (symbol, place) => this.find(symbol, ` at place ${place}`));
  }

  /** The symbols with these ids. */
  decode(ids: TokenIds): string[] {
    return checkIds(ids, this.size).map((id) => this.symbols[id]);
  }

  /** As plain data, to be saved. */
  toJSON(): VocabularyJSON {
    return { symbols: this.symbols, counts: this.counts, unknown: this.unknown };
  }

  /** From what {@link Vocabulary.toJSON} gave. */
  static fromJSON({ symbols, counts, unknown }: VocabularyJSON): Vocabulary {
    return new Vocabulary(symbols, { counts, unknown });
  }

  private find(symbol: string, where: string): number {
    const id = this.ids.get(symbol) ?? this.ids.get(this.unknown ?? symbol);
    if (id !== undefined) return id;
    throw new RangeError(
      `encode: ${show(symbol)}${where} is not among the ${this.size} symbols of this vocabulary\n` +
        '  hint: build the vocabulary from this text too, or with a symbol for the unknown: { unknown: "<unk>" }',
    );
  }
}

/** In quotes; a character also with its number, for there are some that look alike or like nothing. */
function show(symbol: string): string {
  const point = symbol.codePointAt(0) ?? 0;
  const alone = symbol === String.fromCodePoint(point);
  const code = point.toString(16).toUpperCase().padStart(4, "0");
  return JSON.stringify(symbol) + (alone ? ` (U+${code})` : "");
}
