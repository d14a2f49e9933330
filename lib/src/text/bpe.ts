import { guard } from "../forbid.ts";
import { checkIds, type TokenIds, type Tokenizer } from "./tokenizer.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** What {@link BPETokenizer.toJSON} gives. */
export interface BPETokenizerJSON {
  merges: readonly string[];
  special: readonly string[];
}

export interface TrainOptions {
  /** Tokens that stand for no text, such as "<|endoftext|>"; they get the last ids. */
  special?: readonly string[];
  /** Stops early when no pair occurs this often. By default 2. */
  minCount?: number;
}

export interface EncodeOptions {
  /**
   * What to do where the text contains a special token: `"refuse"` throws (the default, for a text
   * from elsewhere should not be able to end the document), `"allow"` gives the token,
   * `"text"` takes it as ordinary text.
   */
  special?: "refuse" | "allow" | "text";
}

/**
 * GPT-2's way to cut a text into pieces, over whose borders no token reaches: contractions, words,
 * numbers, other signs, each with the space before it, and the rest of the spaces.
 * `\p{White_Space}` is Python's `\s`; JavaScript's own differs in U+0085 and U+FEFF.
 */
const PIECE =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Cuts a text into the pieces that GPT-2 tokenizes one by one: `"I'm here"` → `I`, `'m`, ` here`. */
export function pretokenize(text: string): string[] {
  return text.match(PIECE) ?? [];
}

/**
 * The 256 bytes in GPT-2's order, which are its first tokens: those that print as a character of
 * their own, then the others, which are shown as the characters from U+0100 on: a space is "Ġ".
 */
const isPrintable = (byte: number): boolean =>
  (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const PRINTABLE = ALL_BYTES.filter(isPrintable);
const BYTES = [...PRINTABLE, ...ALL_BYTES.filter((byte) => !isPrintable(byte))];
const BYTE_IDS = ALL_BYTES.map((byte) => BYTES.indexOf(byte));
const BYTE_NAMES = BYTES.map((byte, id) =>
  String.fromCharCode(isPrintable(byte) ? byte : 0x100 + id - PRINTABLE.length),
);

/**
 * Byte pair encoding: begins with the 256 bytes, so that it can write any text, and merges the
 * pairs that were the most frequent in a training text. What it did first, it does first.
 *
 * R. Sennrich, B. Haddow, A. Birch, "Neural machine translation of rare words with subword units"
 * (2016); on bytes: A. Radford et al., "Language models are unsupervised multitask learners" (2019).
 */
export class BPETokenizer implements Tokenizer {
  /** The merges in the order learned, as in GPT-2's merges file: `"Ġ t"` makes `"Ġt"`. */
  readonly merges: readonly string[];
  /** The special tokens; they have the last ids. */
  readonly special: readonly string[];
  /** Each token as it is shown, byte by byte: a space is "Ġ". */
  readonly tokens: readonly string[];
  private readonly bytes: readonly ArrayLike<number>[];
  /** The token that each pair of tokens makes. Ids grow in the order learned, so they also rank. */
  private readonly merged = new Map<number, number>();
  private readonly cache = new Map<string, readonly number[]>();

  /** Ids are GPT-2's: the bytes in its order, a token for each merge, then the special ones. */
  constructor(merges: readonly string[], special: readonly string[] = []) {
    guard("BPETokenizer");
    const tokens = [...BYTE_NAMES];
    const bytes: ArrayLike<number>[] = BYTES.map((byte) => [byte]);
    const ids = new Map(tokens.map((token, id) => [token, id]));
    this.merges = [...merges];
    this.special = [...special];
    this.merges.forEach((merge, i) => {
      const parts = merge.split(" ");
      const [left, right] = parts.map((part) => ids.get(part));
      const token = parts.join("");
      const why =
        parts.length !== 2
          ? "is not two tokens with a space between them"
          : left === undefined || right === undefined
            ? `needs the token "${parts[left === undefined ? 0 : 1]}", which nothing before it makes`
            : ids.has(token) && "makes a token that is there already";
      if (why || left === undefined || right === undefined)
        throw new RangeError(
          `BPETokenizer: merge ${i}, ${JSON.stringify(merge)}, ${why}\n` +
            '  hint: merges are given in the order learned, a space as "Ġ"',
        );
      this.merged.set(pair(left, right), tokens.length);
      ids.set(token, tokens.length);
      tokens.push(token);
      bytes.push([...Array.from(bytes[left]), ...Array.from(bytes[right])]);
    });
    special.forEach((token, i) => {
      if (token === "" || special.indexOf(token) !== i)
        throw new RangeError(
          `BPETokenizer: the special token ${JSON.stringify(token)} is ${token && "there twice"}${token || "empty"}`,
        );
    });
    this.tokens = [...tokens, ...special];
    this.bytes = [...bytes, ...special.map(encodeUtf8)];
  }
}

/** A pair of tokens as one number; the order is that of the first, then of the second. */
function pair(left: number, right: number): number {
  return left * 2 ** 26 + right;
}
