import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { errorOf } from "../testing.ts";
import { CharTokenizer } from "./characters.ts";
import { encodeTensor } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

const words = "the cat and the dog and the mouse".split(" ");

describe("Vocabulary", () => {
  test("numbers symbols by how often they occur, then as in an alphabet", () => {
    const vocabulary = Vocabulary.from(words);
    expect(vocabulary.symbols).toEqual(["the", "and", "cat", "dog", "mouse"]);
    expect(vocabulary.counts).toEqual([3, 2, 1, 1, 1]);
    expect(vocabulary.encode(["dog", "the"])).toEqual([3, 0]);
    expect(vocabulary.decode([3, 0])).toEqual(["dog", "the"]);
    expect(vocabulary.id("cat")).toBe(2);
    expect(vocabulary.has("cat")).toBe(true);
    expect(vocabulary.has("constructor")).toBe(false);
    expect(vocabulary.size).toBe(5);
  });

  test("special symbols come first, the unknown one before them unless it is among them", () => {
    const vocabulary = Vocabulary.from(words, { special: ["<pad>", "the"], unknown: "<unk>" });
    expect(vocabulary.symbols.slice(0, 4)).toEqual(["<unk>", "<pad>", "the", "and"]);
    expect(vocabulary.counts.slice(0, 4)).toEqual([0, 0, 0, 2]);
    expect(vocabulary.encode(["bird", "and", "<pad>"])).toEqual([0, 3, 1]);
    const placed = Vocabulary.from([], { special: ["<pad>", "<unk>"], unknown: "<unk>" });
    expect(placed.symbols).toEqual(["<pad>", "<unk>"]);
    expect(placed.id("bird")).toBe(1);
  });

  test("leaves out rare symbols and keeps the most frequent", () => {
    const options = { special: ["<pad>"] };
    expect(Vocabulary.from(words, { minCount: 2 }).symbols).toEqual(["the", "and"]);
    expect(Vocabulary.from(words, { ...options, maxSize: 3 }).symbols).toEqual([
      "<pad>",
      "the",
      "and",
    ]);
    expect(Vocabulary.from(words, { ...options, maxSize: 0 }).symbols).toEqual(["<pad>"]);
    expect(Vocabulary.from(words, { maxSize: 3, order: "alphabet" }).symbols).toEqual([
      "and",
      "cat",
      "the",
    ]);
  });

  test("goes to JSON and back, whatever the symbols", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (symbols) => {
        const vocabulary = Vocabulary.from(symbols, { special: ["__proto__"], unknown: "" });
        const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
        expect(again).toEqual(vocabulary);
        expect(again.decode(again.encode(symbols))).toEqual(symbols);
      }),
    );
  });

  test("says what is wrong", () => {
    expect(errorOf(() => Vocabulary.from(words).id("bird"))).toMatchInlineSnapshot(`
      "RangeError: encode: "bird" is not among the 5 symbols of this vocabulary
        hint: build the vocabulary from this text too, or with a symbol for the unknown: { unknown: "<unk>" }"
    `);
    expect(errorOf(() => Vocabulary.from(words).encode(["the", "é"]))).toMatchInlineSnapshot(`
      "RangeError: encode: "é" (U+00E9) at place 1 is not among the 5 symbols of this vocabulary
        hint: build the vocabulary from this text too, or with a symbol for the unknown: { unknown: "<unk>" }"
    `);
    expect(errorOf(() => Vocabulary.from(words).decode([0, 5]))).toMatchInlineSnapshot(`
      "RangeError: decode: 5 at place 1 is not the id of a token
        hint: there are 5 tokens, numbered from 0"
    `);
    expect(errorOf(() => new Vocabulary(["a", "b", "a"]))).toMatchInlineSnapshot(
      `"RangeError: Vocabulary: the symbol "a" (U+0061) is there more than once"`,
    );
    expect(errorOf(() => new Vocabulary("ab", { counts: [1] }))).toMatchInlineSnapshot(
      `"RangeError: Vocabulary: 2 symbols, but 1 counts"`,
    );
    expect(errorOf(() => new Vocabulary("ab", { unknown: "?" }))).toMatchInlineSnapshot(
      `"RangeError: Vocabulary: "?" (U+003F), for the unknown, is not among the symbols"`,
    );
  });
});

describe("CharTokenizer", () => {
  test("has a token for each character, in the order of the alphabet", () => {
    const tokenizer = CharTokenizer.from("hello 👍🏽");
    expect(tokenizer.vocabulary.symbols).toEqual([" ", "e", "h", "l", "o", "🏽", "👍"]);
    expect(tokenizer.encode("hole 🏽")).toEqual([2, 4, 3, 1, 0, 5]);
    expect(tokenizer.decode([2, 4, 3, 1])).toBe("hole");
    expect(tokenizer.size).toBe(7);
  });

  test("gives tensors and takes them", () => {
    const tokenizer = CharTokenizer.from("abc", { special: ["<end>"] });
    const ids = encodeTensor(tokenizer, "cab");
    expect([ids.dtype, ids.shape, [...ids.data]]).toEqual(["int32", [3], [3, 1, 2]]);
    expect(tokenizer.decode(ids)).toBe("cab");
    expect(tokenizer.decode(Int32Array.of(1, 0))).toBe("a<end>");
    expect(encodeTensor(tokenizer, "").shape).toEqual([0]);
    expect(tokenizer.decode(encodeTensor(tokenizer, ""))).toBe("");
  });

  test("any text comes back, also halves of surrogate pairs and after JSON", () => {
    const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyText, (text) => {
        const tokenizer = CharTokenizer.from(text);
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
        const again = CharTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
        expect(again.encode(text)).toEqual(tokenizer.encode(text));
      }),
    );
  });

  test("an unknown character is named with its place, or becomes the unknown symbol", () => {
    expect(errorOf(() => CharTokenizer.from("abc").encode("ab\u00a0c"))).toMatchInlineSnapshot(`
      "RangeError: encode: " " (U+00A0) at place 2 is not among the 3 symbols of this vocabulary
        hint: build the vocabulary from this text too, or with a symbol for the unknown: { unknown: "<unk>" }"
    `);
    expect(errorOf(() => CharTokenizer.from("abc").encode("\u0000"))).toMatchInlineSnapshot(`
      "RangeError: encode: "\\u0000" (U+0000) at place 0 is not among the 3 symbols of this vocabulary
        hint: build the vocabulary from this text too, or with a symbol for the unknown: { unknown: "<unk>" }"
    `);
    const lenient = CharTokenizer.from("abc", { unknown: "?" });
    expect(lenient.decode(lenient.encode("a👍c"))).toBe("a?c");
  });

  test("what is no token is refused", () => {
    const tokenizer = CharTokenizer.from("abc");
    expect(errorOf(() => tokenizer.decode([0, 1.5]))).toMatchInlineSnapshot(`
      "RangeError: decode: 1.5 at place 1 is not the id of a token
        hint: there are 3 tokens, numbered from 0"
    `);
    expect(errorOf(() => tokenizer.decode([-1]))).toMatchInlineSnapshot(`
      "RangeError: decode: -1 at place 0 is not the id of a token
        hint: there are 3 tokens, numbered from 0"
    `);
    expect(errorOf(() => tokenizer.decode([Number.NaN]))).toMatchInlineSnapshot(`
      "RangeError: decode: NaN at place 0 is not the id of a token
        hint: there are 3 tokens, numbered from 0"
    `);
    expect(errorOf(() => tokenizer.decode(tensor([[0], [1]])))).toMatchInlineSnapshot(`
      "ShapeError: decode: one list of tokens is needed
        shape: [2, 1]
        hint: take one with row(i)"
    `);
  });
});
