import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import fc from "fast-check";
import ranks from "gpt-tokenizer/bpeRanks/r50k_base";
import * as peer from "gpt-tokenizer/encoding/gpt2";
import { describe, expect, test } from "vitest";
import { errorOf } from "../testing.ts";
import { BPETokenizer, pretokenize } from "./bpe.ts";
import { encodeTensor } from "./tokenizer.ts";
import { encodeUtf8 } from "./utf8.ts";

const root = join(import.meta.dirname, "../../..");
const chapters: { text: string }[] = gunzipSync(
  readFileSync(join(root, "datasets/moby-dick/pack.gz")),
)
  .toString()
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));
const mobyDick = chapters.map(({ text }) => text).join("\n\n");

/** Written by Hugging Face's tokenizers: make.py beside it. */
const rust: {
  text: string;
  merges: string[];
  cases: { text: string; pieces: string[]; ids: number[] }[];
} = JSON.parse(readFileSync(join(root, "lib/tests/fixtures/text/bpe.json"), "utf8"));

/**
 * GPT-2's merges file from its tokens in the order learned. A token was made of the two that its
 * bytes come to when everything learned earlier has been merged.
 */
function mergesOf(learned: readonly (string | readonly number[])[]): string {
  const { tokens } = new BPETokenizer([]);
  // As the 256 bytes are listed in the table too, it tells how each is written.
  const written = new Map(learned.slice(0, 256).map((byte, id) => [bytesOf(byte)[0], tokens[id]]));
  const names = learned.map((token) => bytesOf(token).map((byte) => written.get(byte)!));
  const rank = new Map(names.map((name, id) => [name.join(""), id]));
  const lines = names.slice(256).map((parts) => {
    while (parts.length > 2) {
      let first = 1;
      const rankAt = (i: number) => rank.get(parts[i - 1] + parts[i]) ?? Infinity;
      for (let i = 2; i < parts.length; i++) if (rankAt(i) < rankAt(first)) first = i;
      parts.splice(first - 1, 2, parts[first - 1] + parts[first]);
    }
    return parts.join(" ");
  });
  return ["#version: 0.2", ...lines, ""].join("\n");
}

function bytesOf(token: string | readonly number[]): number[] {
  return typeof token === "string" ? [...encodeUtf8(token)] : [...token];
}

const gpt2 = BPETokenizer.fromMerges(mergesOf(ranks));

/** JavaScript's own `\s`, which the peer uses, is not Python's in these two characters. */
const peersSpaces = /[\u0085\ufeff]/g;

const languages = {
  English: "It's a truth universally acknowledged, that they'd WE'LL 'tis o'clock don't.",
  code: 'for (let i = 0; i < n; i++) {\n\tif (x[i] !== "a\\n") return x?.[i] ?? -1e-7; // ↯\n}\n',
  numbers: "0 00 1,234,567.89 3.14159 1e-9 2024-02-29 ½ ² Ⅻ ١٢٣ ४५६ 007",
  spaces: "a  b   c\t\td\n\n\n e \r\n\r\n  \u00a0\u3000 f \u2003\u200b g   ",
  emoji: "👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ☕️ 🫠 ©™ 1️⃣",
  Chinese: "道可道，非常道。名可名，非常名。𠮷野家",
  Japanese: "吾輩は猫である。名前はまだ無い。カタカナ",
  Arabic: "اَلسَّلَامُ عَلَيْكُمْ ـــ ۱۲۳",
  combining: "e\u0301 n\u0303 a\u030a\u0323 Z\u0351\u036b\u0343 \u1112\u1161\u11ab हिन्दी ไทย",
  rare: "\u0000\u0001\u001b[0m\u007f\u00ad\ufffe\uffff\u{10ffff} ﷺ ﬃ ǅ ꙮ",
};

describe("GPT-2", () => {
  test("has its vocabulary", () => {
    expect(gpt2.size).toBe(50257);
    expect(gpt2.merges.slice(0, 4)).toEqual(["Ġ t", "Ġ a", "h e", "i n"]);
    expect(gpt2.tokens.slice(0, 3)).toEqual(["!", '"', "#"]);
    expect(gpt2.tokens.slice(187, 190)).toEqual(["ÿ", "Ā", "ā"]);
    expect(gpt2.tokens[50256]).toBe("<|endoftext|>");
    expect(gpt2.encode("Hello world")).toEqual([15496, 995]);
  });

  test.each(Object.entries(languages))("encodes as gpt-tokenizer does: %s", (_, text) => {
    expect(gpt2.encode(text)).toEqual(peer.encode(text));
    expect(gpt2.decode(gpt2.encode(text))).toBe(text);
  });

  test("encodes Moby Dick as gpt-tokenizer does", () => {
    expect(mobyDick.length).toBeGreaterThan(1e6);
    const ids = gpt2.encode(mobyDick);
    expect(ids).toEqual(peer.encode(mobyDick));
    expect(gpt2.decode(ids)).toBe(mobyDick);
  });

  test("encodes any text as gpt-tokenizer does", () => {
    const text = fc.array(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "grapheme" }),
        fc.constantFrom(..." \t\n\u00a0'", "'s", "'ll", " the", "ing", "12", "…", "\ud83d"),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.join("").replace(peersSpaces, "");
        expect(gpt2.encode(whole)).toEqual(peer.encode(whole));
      }),
      { numRuns: 2000 },
    );
  });

  test("any well-formed text comes back", () => {
    const trained = BPETokenizer.train(rust.text, 600);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(gpt2.decode(gpt2.encode(text))).toBe(text);
        expect(trained.decode(trained.encode(text))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test("half of a surrogate pair becomes U+FFFD, as in gpt-tokenizer", () => {
    expect(gpt2.encode("a\ud83d b")).toEqual(peer.encode("a\ud83d b"));
    expect(gpt2.encode("a\ud83d b")).toEqual(gpt2.encode("a\ufffd b"));
    expect(gpt2.decode(gpt2.encode("\ude00\ud83d"))).toBe("\ufffd\ufffd");
  });

  test("part of a character is decoded as U+FFFD", () => {
    const ids = gpt2.encode("🫠");
    expect(ids.length).toBe(3);
    expect(gpt2.decode(ids)).toBe("🫠");
    expect(gpt2.decode(ids.slice(0, 2))).toBe("\ufffd");
    expect(gpt2.decode(ids.slice(1))).toBe(peer.decode(ids.slice(1)));
  });
});

describe("special tokens", () => {
  const text = "one<|endoftext|>two";

  test("are refused, allowed, or taken as text", () => {
    expect(errorOf(() => gpt2.encode(text))).toMatchInlineSnapshot(`
      "RangeError: encode: at place 3 of the text stands the special token <|endoftext|>
        hint: { special: "allow" } gives its id, { special: "text" } reads it as ordinary characters"
    `);
    const allowed = gpt2.encode(text, { special: "allow" });
    expect(allowed).toEqual([505, 50256, 11545]);
    expect(allowed).toEqual([...peer.encode("one"), 50256, ...peer.encode("two")]);
    expect(gpt2.encode(text, { special: "text" })).toEqual(
      peer.encode(text, { disallowedSpecial: new Set() }),
    );
    expect(gpt2.decode(allowed)).toBe(text);
    expect(gpt2.decode(gpt2.encode(text, { special: "text" }))).toBe(text);
  });

  test("are taken literally, the longest first, and are not learned from", () => {
    const special = ["a.b", "a.b|c", "[x]"];
    const tokenizer = BPETokenizer.train("a.b|c a.b|c a.b a.b [x] [x] acb acb", 300, { special });
    expect(tokenizer.merges).toEqual(["a c", "Ġ ac", "Ġac b"]);
    expect(tokenizer.encode("acba.b|ca.b[x]", { special: "allow" })).toEqual([
      256, 65, 260, 259, 261,
    ]);
  });

  test("are distinct and not empty", () => {
    expect(errorOf(() => new BPETokenizer([], ["<a>", "<a>"]))).toMatchInlineSnapshot(
      `"RangeError: BPETokenizer: special tokens must differ and not be empty, got ["<a>","<a>"]"`,
    );
    expect(errorOf(() => new BPETokenizer([], [""]))).toMatchInlineSnapshot(
      `"RangeError: BPETokenizer: special tokens must differ and not be empty, got [""]"`,
    );
  });
});

describe("training", () => {
  test("learns the merges that Hugging Face's tokenizers learns, and encodes alike", () => {
    const tokenizer = BPETokenizer.train(rust.text, 256 + rust.merges.length + 1);
    expect(rust.merges.length).toBeGreaterThan(500);
    expect(tokenizer.merges).toEqual(rust.merges);
    for (const { text, pieces, ids } of rust.cases) {
      expect(pretokenize(text)).toEqual(pieces);
      expect(tokenizer.encode(text)).toEqual(ids);
    }
  });

  test("merges the most frequent pair, by hand", () => {
    // Sennrich's example: low ×5, lower ×2, newest ×6, widest ×3. The most frequent pairs are
    // e s (9), es t (9), l o (7), lo w (7).
    const text = Object.entries({ low: 5, lower: 2, newest: 6, widest: 3 })
      .flatMap(([word, count]) => Array<string>(count).fill(word))
      .join("\n");
    const { merges, tokens } = BPETokenizer.train(text, 256 + 4);
    expect(merges).toEqual(["e s", "es t", "l o", "lo w"]);
    expect(tokens.slice(256)).toEqual(["es", "est", "lo", "low"]);
  });

  test("learns 1,000 merges from Moby Dick within seconds, the same each time", () => {
    const start = process.cpuUsage();
    const tokenizer = BPETokenizer.train(mobyDick, 1256);
    expect(process.cpuUsage(start).user).toBeLessThan(8e6); // microseconds of one processor
    expect(tokenizer.size).toBe(1256);
    expect(BPETokenizer.train(mobyDick, 1256)).toEqual(tokenizer);
    const ids = tokenizer.encode(mobyDick);
    expect(tokenizer.decode(ids)).toBe(mobyDick);
    // A token stands for about three characters.
    expect(mobyDick.length / ids.length).toBeGreaterThan(2.5);
  });

  test("stops when no pair is frequent enough", () => {
    expect(BPETokenizer.train("", 300).size).toBe(256);
    expect(BPETokenizer.train("abcd", 300).size).toBe(256);
    expect(BPETokenizer.train("abcd", 300, { minCount: 1 }).merges).toEqual([
      "a b",
      "c d",
      "ab cd",
    ]);
    expect(BPETokenizer.train("xy xy xy", 300, { minCount: 4 }).size).toBe(256);
  });

  test("refuses a vocabulary that cannot be", () => {
    expect(errorOf(() => BPETokenizer.train("", 256, { special: ["<s>"] }))).toMatchInlineSnapshot(`
      "RangeError: train: a vocabulary cannot have 256 tokens
        hint: choose 257 or more, for the bytes and the special tokens"
    `);
    expect(errorOf(() => BPETokenizer.train("", 300.5))).toMatchInlineSnapshot(`
      "RangeError: train: a vocabulary cannot have 300.5 tokens
        hint: choose 256 or more, for the bytes and the special tokens"
    `);
  });
});

describe("a tokenizer", () => {
  const small = new BPETokenizer(["h e", "l l", "he ll", "Ġ w"], ["<end>"]);

  test("goes to JSON and back", () => {
    const again = BPETokenizer.fromJSON(JSON.parse(JSON.stringify(small)));
    expect(again).toEqual(small);
    expect(again.encode("hello w")).toEqual([258, 78, 259]);
    const read = BPETokenizer.fromJSON(JSON.parse(JSON.stringify(gpt2)));
    expect(read.encode(languages.emoji)).toEqual(gpt2.encode(languages.emoji));
  });

  test("gives tensors and takes them", () => {
    const ids = encodeTensor(small, "hello");
    expect([ids.dtype, [...ids.data]]).toEqual(["int32", [258, 78]]);
    expect(small.decode(ids)).toBe("hello");
  });

  test("reads a merges file with any line ends, and a token that begins with #", () => {
    const file = "#version: 0.2\r\nh e\r\n# #\r\n";
    expect(BPETokenizer.fromMerges(file).tokens.slice(256)).toEqual(["he", "##", "<|endoftext|>"]);
    expect(BPETokenizer.fromMerges("# #", []).tokens.slice(256)).toEqual(["##"]);
    expect(BPETokenizer.fromMerges("", []).size).toBe(256);
  });

  test("says which merge is wrong", () => {
    expect(errorOf(() => new BPETokenizer(["h e", "hel l"]))).toMatchInlineSnapshot(`
      "RangeError: BPETokenizer: merge 1, "hel l", needs "hel", which is not made before it
        hint: a merge is two tokens with a space between them, such as "Ġ t"; list them in the order learned"
    `);
    expect(errorOf(() => new BPETokenizer(["h e l"]))).toMatchInlineSnapshot(`
      "RangeError: BPETokenizer: merge 0, "h e l", is not two tokens
        hint: a merge is two tokens with a space between them, such as "Ġ t"; list them in the order learned"
    `);
    expect(errorOf(() => new BPETokenizer(["h e", "h e"]))).toMatchInlineSnapshot(`
      "RangeError: BPETokenizer: merge 1, "h e", makes a token that is there already
        hint: a merge is two tokens with a space between them, such as "Ġ t"; list them in the order learned"
    `);
    expect(errorOf(() => new BPETokenizer(["  t"]))).toMatchInlineSnapshot(`
      "RangeError: BPETokenizer: merge 0, "  t", is not two tokens
        hint: a merge is two tokens with a space between them, such as "Ġ t"; list them in the order learned"
    `);
  });

  test("refuses what is no token", () => {
    expect(errorOf(() => gpt2.decode([995, 50257]))).toMatchInlineSnapshot(`
      "RangeError: decode: 50257 at place 1 is not the id of a token
        hint: there are 50257 tokens, numbered from 0"
    `);
    expect(errorOf(() => gpt2.decode([1.5]))).toMatchInlineSnapshot(`
      "RangeError: decode: 1.5 at place 0 is not the id of a token
        hint: there are 50257 tokens, numbered from 0"
    `);
  });

  test("a word of 20,000 letters takes seconds, not minutes", () => {
    let state = 1;
    const letters = Array.from({ length: 20_000 }, () => {
      state = (state * 48271) % 0x7fffffff;
      return String.fromCharCode(97 + (state % 26));
    }).join("");
    const start = process.cpuUsage();
    expect(gpt2.decode(gpt2.encode(letters))).toBe(letters);
    expect(gpt2.encode("a".repeat(1e6)).length).toBe(peer.encode("a".repeat(8)).length * 125_000);
    expect(process.cpuUsage(start).user).toBeLessThan(8e6); // microseconds of one processor
  });
});

test("works where there is nothing but the language", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { BPETokenizer } from "./bpe.ts";
        import { fromSafetensors, toSafetensors } from "../io/safetensors.ts";
        import { encodeTensor } from "./tokenizer.ts";
        const tokenizer = BPETokenizer.train("größe größe 🫠", 300);
        const { ids } = fromSafetensors(toSafetensors({ ids: encodeTensor(tokenizer, "größe 🫠") })).tensors;
        export const text = tokenizer.decode(ids);
      `,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    platform: "neutral",
    format: "iife",
    globalName: "bundled",
  });
  const realm = vm.createContext(Object.create(null));
  expect(vm.runInContext(`${outputFiles[0].text}; bundled.text`, realm)).toBe("größe 🫠");
});
