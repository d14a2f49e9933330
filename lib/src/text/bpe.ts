import { guard } from "../forbid.ts";
import { checkIds, type TokenIds, type Tokenizer } from "./tokenizer.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** What {@link BPETokenizer.toJSON} gives. */
export interface BPETokenizerJSON {
  merges: readonly string[];
  special: readonly string[];
}

/** How {@link BPETokenizer.train} learns. */
export interface BPETrainOptions {
  /** Tokens that stand for no text, such as "<|endoftext|>"; they get the last ids. */
  special?: readonly string[];
  /** Stops early when no pair occurs this often; 2 by default. */
  minCount?: number;
}

/** How {@link BPETokenizer.encode} reads. */
export interface BPEEncodeOptions {
  /**
   * What to do with a special token in the text: `"refuse"` throws (the default: a text from
   * elsewhere must not end a document unnoticed), `"allow"` gives its id, `"text"` reads it as
   * ordinary characters.
   */
  special?: "refuse" | "allow" | "text";
}

// \p{White_Space} is what GPT-2's \s means in Python; JavaScript's differs in U+0085 and U+FEFF.
const PIECE =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * Cuts a text as GPT-2 does, so that no token reaches over a cut: contractions, words, numbers and
 * other signs, each with the space before it; then what is left of the spaces.
 * `"I'm 20 years"` → `I`, `'m`, ` 20`, ` years`
 */
export function pretokenize(text: string): string[] {
  return text.match(PIECE) ?? [];
}

/** A character to show each byte by: its own if it prints, else one from U+0100 on (" " is "Ġ"). */
const BYTE_NAMES = nameBytes();
/** In this order the bytes are GPT-2's first tokens. */
const BYTE_TOKENS = [...BYTE_NAMES].sort();

function nameBytes(): string[] {
  let others = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(prints ? byte : others++);
  });
}

/** The bytes of a piece, each as a token. */
function byteTokens(piece: string): number[] {
  return Array.from(encodeUtf8(piece), (byte) => BYTE_TOKENS.indexOf(BYTE_NAMES[byte]));
}

/** Two neighbors as one number: ordered by the left one, then by the right one. */
function pairOf(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

/** The tokens after a merge, from left to right. */
function mergePair(ids: readonly number[], pair: number, token: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++)
    if (i + 1 < ids.length && pairOf(ids[i], ids[i + 1]) === pair) {
      out.push(token);
      i++;
    } else out.push(ids[i]);
  return out;
}

/** The text cut at the special tokens, which are every second part. */
function cutAtSpecial(text: string, special: readonly string[]): string[] {
  if (special.length === 0) return [text];
  const longestFirst = [...special].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return text.split(new RegExp(`(${escaped.join("|")})`));
}

/**
 * Byte pair encoding: starts from the 256 bytes, with which any text can be written, and merges
 * the pairs that were the most frequent in a training text, in the order in which it learned them.
 *
 * R. Sennrich, B. Haddow, A. Birch, "Neural machine translation of rare words with subword units"
 * (2016); on bytes: A. Radford et al., "Language models are unsupervised multitask learners" (2019).
 */
export class BPETokenizer implements Tokenizer {
  /** Every token as it is shown, byte by byte, with a space as "Ġ"; its place is its id. */
  readonly tokens: readonly string[];
  /** In the order learned, as in GPT-2's file: `"Ġ t"` makes the token `"Ġt"`. */
  readonly merges: readonly string[];
  /** The special tokens; they have the last ids. */
  readonly special: readonly string[];
  /** The pair that each token after the bytes is made of, and the token that a pair makes. */
  private readonly pairs: number[] = [];
  private readonly made = new Map<number, number>();
  private readonly cache = new Map<string, readonly number[]>();

  /** Numbers tokens as GPT-2 does: bytes, a token for each merge, special tokens. */
  constructor(merges: readonly string[], special: readonly string[] = []) {
    guard("BPETokenizer");
    const tokens = [...BYTE_TOKENS];
    const ids = new Map(tokens.map((token, id) => [token, id]));
    merges.forEach((merge, i) => {
      const refuse = (why: string): never => {
        throw new RangeError(
          `BPETokenizer: merge ${i}, ${JSON.stringify(merge)}, ${why}\n` +
            '  hint: a merge is two tokens with a space between them, such as "Ġ t"; list them in the order learned',
        );
      };
      const parts = merge.split(" ");
      if (parts.length !== 2) refuse("is not two tokens");
      const [left, right] = parts.map(
        (part) => ids.get(part) ?? refuse(`needs "${part}", which is not made before it`),
      );
      const token = parts.join("");
      if (ids.has(token)) refuse("makes a token that is there already");
      this.pairs.push(pairOf(left, right));
      this.made.set(pairOf(left, right), tokens.length);
      ids.set(token, tokens.length);
      tokens.push(token);
    });
    if (special.includes("") || new Set(special).size < special.length)
      throw new RangeError(
        `BPETokenizer: special tokens must differ and not be empty, got ${JSON.stringify(special)}`,
      );
    this.merges = [...merges];
    this.special = [...special];
    this.tokens = [...tokens, ...special];
  }

  /**
   * Learns merges until there are `vocabSize` tokens, bytes and special ones included, or fewer if
   * no pair is left that occurs `minCount` times. Of equally frequent pairs, that of the older
   * tokens comes first, so the same text always gives the same tokens.
   */
  static train(text: string, vocabSize: number, options: BPETrainOptions = {}): BPETokenizer {
    const { special = [], minCount = 2 } = options;
    const least = 256 + special.length;
    if (!Number.isInteger(vocabSize) || vocabSize < least)
      throw new RangeError(
        `train: a vocabulary cannot have ${vocabSize} tokens\n` +
          `  hint: choose ${least} or more, for the bytes and the special tokens`,
      );
    const pieces = cutAtSpecial(text, special).flatMap((part, i) =>
      i % 2 === 0 ? pretokenize(part) : [],
    );
    const counts = new Map<string, number>();
    for (const piece of pieces) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    const words = [...counts].map(([piece, count]) => ({ ids: byteTokens(piece), count }));

    // For each pair, how often it occurs and in which words, so that a merge looks at no others.
    type Word = (typeof words)[number];
    const pairs = new Map<number, { count: number; words: Set<Word> }>();
    const tally = (word: Word, sign: 1 | -1): void => {
      for (let i = 1; i < word.ids.length; i++) {
        const pair = pairOf(word.ids[i - 1], word.ids[i]);
        const entry = pairs.get(pair) ?? { count: 0, words: new Set() };
        entry.count += sign * word.count;
        entry.words.add(word);
        if (entry.count > 0) pairs.set(pair, entry);
        else pairs.delete(pair);
      }
    };
    for (const word of words) tally(word, 1);

    const tokens = [...BYTE_TOKENS];
    const merges: string[] = [];
    while (tokens.length + special.length < vocabSize) {
      let best = Infinity;
      let most = minCount;
      for (const [pair, { count }] of pairs)
        if (count > most || (count === most && pair < best)) {
          best = pair;
          most = count;
        }
      if (best === Infinity) break;
      for (const word of pairs.get(best)!.words) {
        tally(word, -1);
        word.ids = mergePair(word.ids, best, tokens.length);
        tally(word, 1);
      }
      const [left, right] = [tokens[Math.floor(best / 2 ** 26)], tokens[best % 2 ** 26]];
      merges.push(`${left} ${right}`);
      tokens.push(left + right);
    }
    return new BPETokenizer(merges, special);
  }

  /** From the text of a merges file, one merge a line, as GPT-2 comes with (`vocab.bpe`). */
  static fromMerges(file: string, special: readonly string[] = ["<|endoftext|>"]): BPETokenizer {
    const lines = file.split(/\r?\n/).filter((line) => line !== "");
    return new BPETokenizer(lines[0]?.startsWith("#version") ? lines.slice(1) : lines, special);
  }

  get size(): number {
    return this.tokens.length;
  }

  /** The tokens of a text. Half of a surrogate pair is no character: it is read as U+FFFD. */
  encode(text: string, { special = "refuse" }: BPEEncodeOptions = {}): number[] {
    const out: number[] = [];
    const parts = special === "text" ? [text] : cutAtSpecial(text, this.special);
    parts.forEach((part, i) => {
      if (i % 2 === 0) {
        for (const piece of pretokenize(part)) for (const id of this.merge(piece)) out.push(id);
      } else if (special === "allow") {
        out.push(this.size - this.special.length + this.special.indexOf(part));
      } else {
        const place = parts.slice(0, i).join("").length;
        throw new RangeError(
          `encode: at place ${place} of the text stands the special token ${part}\n` +
            '  hint: { special: "allow" } gives its id, { special: "text" } reads it as ordinary characters',
        );
      }
    });
    return out;
  }

  /** The text of tokens. Bytes that make no character, as where one was cut in two, give U+FFFD. */
  decode(ids: TokenIds): string {
    const bytes: number[] = [];
    for (const id of checkIds(ids, this.size))
      if (id < this.size - this.special.length)
        for (const name of this.tokens[id]) bytes.push(BYTE_NAMES.indexOf(name));
      else for (const byte of encodeUtf8(this.tokens[id])) bytes.push(byte);
    return decodeUtf8(bytes);
  }

  /** As plain data, to be saved. */
  toJSON(): BPETokenizerJSON {
    return { merges: this.merges, special: this.special };
  }

  /** From what {@link BPETokenizer.toJSON} gave. */
  static fromJSON({ merges, special }: BPETokenizerJSON): BPETokenizer {
    return new BPETokenizer(merges, special);
  }

  /** The tokens of one piece: of all pairs in it, the one learned first is merged first. */
  private merge(piece: string): readonly number[] {
    const known = this.cache.get(piece);
    if (known) return known;
    let ids = byteTokens(piece);
    for (;;) {
      // Tokens are numbered in the order learned.
      let first = Infinity;
      for (let i = 1; i < ids.length; i++)
        first = Math.min(first, this.made.get(pairOf(ids[i - 1], ids[i])) ?? Infinity);
      if (first === Infinity) break;
      ids = mergePair(ids, this.pairs[first - 256], first);
    }
    if (this.cache.size >= 2 ** 16) this.cache.clear();
    this.cache.set(piece, ids);
    return ids;
  }
}
