import { guard } from "../forbid.ts";
import type { TokenIds, Tokenizer } from "./tokenizer.ts";
import { Vocabulary, type VocabularyJSON, type VocabularyOptions } from "./vocabulary.ts";

/** A token for each character (Unicode code point). */
export class CharTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    guard("CharTokenizer");
    this.vocabulary = vocabulary;
  }

  /** Knows the characters of this text, in the order of an alphabet after the special ones. */
  static from(text: string, options: VocabularyOptions = {}): CharTokenizer {
    return new CharTokenizer(Vocabulary.from(text, { order: "alphabet", ...options }));
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** Throws for a character that the vocabulary lacks, unless it has a symbol for the unknown. */
  encode(text: string): number[] {
    return this.vocabulary.encode(text);
  }

  /** The text of these tokens. */
  decode(ids: TokenIds): string {
    return this.vocabulary.decode(ids).join("");
  }

  /** As plain data, to be saved. */
  toJSON(): VocabularyJSON {
    return this.vocabulary.toJSON();
  }

  /** From what {@link CharTokenizer.toJSON} gave. */
  static fromJSON(json: VocabularyJSON): CharTokenizer {
    return new CharTokenizer(Vocabulary.fromJSON(json));
  }
}
