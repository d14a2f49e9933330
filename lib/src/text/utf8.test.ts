import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const anyText = fc.string({ unit: "binary" });

test("bytes as the platform's own encoder gives them, for any text", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anyText,
        fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
      ),
      (text) => {
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
      },
    ),
  );
});

test("half of a surrogate pair is written as U+FFFD", () => {
  expect([...encodeUtf8("a\ud83db")]).toEqual([0x61, 0xef, 0xbf, 0xbd, 0x62]);
  for (const half of ["\ud800", "\udbff", "\udc00", "\udfff"])
    expect([...encodeUtf8(half)]).toEqual([0xef, 0xbf, 0xbd]);
});

test("text as the platform's own decoder gives it, for any bytes", () => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  // Random bytes seldom make long sequences: these lie near the borders of what is allowed.
  const border = fc.constantFrom(
    0x00,
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xe1,
    0xec,
    0xed,
    0xee,
    0xef,
    0xf0,
    0xf1,
    0xf3,
    0xf4,
    0xf5,
    0xff,
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(border, fc.nat(255))), (list) => {
      expect(decodeUtf8(list)).toBe(decoder.decode(Uint8Array.from(list)));
    }),
    { numRuns: 5000 },
  );
});

test("every character comes back", () => {
  for (let start = 0; start < 0x110000; start += 0x800) {
    if (start === 0xd800) continue;
    const text = String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => start + i));
    expect(decodeUtf8(encodeUtf8(text)) === text, start.toString(16)).toBe(true);
  }
});
