import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import type { DType } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { crc32 } from "./crc32.ts";
import { fromSafetensors, SafetensorsError, toSafetensors } from "./safetensors.ts";

// Written by Python: make.py beside them.
const fixtures = join(import.meta.dirname, "../../tests/fixtures/safetensors");
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(join(fixtures, name)));
const json = (name: string) => JSON.parse(readFileSync(join(fixtures, name), "utf8"));

const expected: Record<string, { dtype: DType; shape: number[]; values: (number | string)[] }> =
  json("torch.json");

describe("a file that PyTorch wrote", () => {
  const { tensors, metadata } = fromSafetensors(fixture("torch.safetensors"));

  test("holds these tensors", () => {
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
    expect(metadata).toEqual({ format: "pt" });
  });

  test.each(Object.keys(expected))("%s", (name) => {
    const { dtype, shape, values } = expected[name];
    expect(tensors[name].dtype).toBe(dtype);
    expect(tensors[name].shape).toEqual(shape);
    // toEqual tells -0 from 0 and takes NaN for equal to itself.
    const numbers = values
      .map(Number)
      .map((value) => (dtype === "float32" ? Math.fround(value) : value));
    expect([...tensors[name].data]).toEqual(numbers);
  });

  test("can lie anywhere in memory", () => {
    const bytes = fixture("torch.safetensors");
    const within = new Uint8Array(bytes.length + 3);
    within.set(bytes, 3);
    expect(contents(fromSafetensors(within.subarray(3)).tensors)).toEqual(contents(tensors));
  });
});

test("what we write is what PyTorch writes, to the byte", () => {
  const { tensors } = fromSafetensors(fixture("torch.safetensors"));
  const names = [
    "matrix",
    "bool",
    "scalar",
    "f32",
    "empty",
    "i32",
    'é 名 "\\\n',
    "layers.0.weight",
  ];
  const native = Object.fromEntries(names.map((name) => [name, tensors[name]]));
  expect(toSafetensors(native, { format: "pt" })).toEqual(fixture("native.safetensors"));
});

test("numbers of 16 bits are read as the platform reads them, all of them", () => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const read = (dtype: string) => {
    const header = `{"x":{"dtype":"${dtype}","shape":[65536],"data_offsets":[0,131072]}}`;
    return fromSafetensors(fileOf(header, new Uint8Array(bits.buffer))).tensors.x.data;
  };
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (buffer: ArrayBuffer) => ArrayLike<number>;
  };
  expect(read("F16")).toEqual(Float32Array.from(new Float16Array(bits.buffer)));
  // A bfloat16 is the upper half of a float32.
  const whole = Uint32Array.from(bits, (half) => half << 16);
  expect(read("BF16")).toEqual(new Float32Array(whole.buffer));
});

/** A file with this header, as it stands, and these bytes after it. */
function fileOf(header: string, data: Uint8Array = new Uint8Array(0), length?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe("strange files", () => {
  const verdicts: { what: string; python: boolean; file: string }[] = json("verdicts.json");
  const messages: Record<string, string> = {};

  /** Python takes these. We do not: the format forbids them, or reading them would lose something. */
  const stricter = new Set([
    "space before {",
    "entry is a list",
    "the same name twice",
    "the same name twice, one escaped",
    "the same remark twice",
    "metadata is null",
    "named __proto__",
    "remark named __proto__",
    "remark named __proto__, escaped",
    "a bool of 7",
    "a size that no number here can be",
    "an int of 2^31",
    "an unsigned int of 2^31",
    "an unsigned int of 2^64 - 1",
    "a number beyond float32",
    "numbers of 8 bits",
  ]);

  test.each(verdicts)("$what", ({ what, python, file }) => {
    const bytes = new Uint8Array(Buffer.from(file, "base64"));
    const taken = python && !stricter.has(what);
    if (taken) expect(Object.keys(fromSafetensors(bytes)), what).toEqual(["tensors", "metadata"]);
    else messages[what] = errorOf(() => fromSafetensors(bytes));
    expect(messages[what] ?? "SafetensorsError: taken").toMatch(/^SafetensorsError: /);
  });

  test("are refused in these words", () => {
    expect(messages).toMatchInlineSnapshot(`
      {
        "a bool of 7": "SafetensorsError: "a" holds 7, which does not fit bool",
        "a gap": "SafetensorsError: tensors follow on one another, but "b" begins at byte 8, not 4",
        "a number beyond float32": "SafetensorsError: "a" holds 3.5e+38, which does not fit float32",
        "a size that no number here can be": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "an array": "SafetensorsError: the header does not begin with {
        hint: is it a safetensors file?",
        "an empty tensor inside another": "SafetensorsError: tensors follow on one another, but "b" begins at byte 2, not 4",
        "an int of 2^31": "SafetensorsError: "a" holds 2147483648, which does not fit int32",
        "an overlap": "SafetensorsError: tensors follow on one another, but "b" begins at byte 2, not 4",
        "an unsigned int of 2^31": "SafetensorsError: "a" holds 2147483648, which does not fit int32",
        "an unsigned int of 2^64 - 1": "SafetensorsError: "a" holds 18446744073709552000, which does not fit int32",
        "beyond the end": "SafetensorsError: the data should have 8 bytes, but has 4
        hint: the file was probably cut short: fetch or copy it again",
        "bytes after the end": "SafetensorsError: after the last tensor follow 1 more bytes",
        "bytes before the first": "SafetensorsError: tensors follow on one another, but "a" begins at byte 4, not 0",
        "dtype of another language": "SafetensorsError: "a" has the unknown dtype "constructor"
        hint: known are F64, F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL",
        "empty header": "SafetensorsError: the header does not begin with {
        hint: is it a safetensors file?",
        "entry is a list": "SafetensorsError: "a" has no dtype, shape and data_offsets",
        "entry is null": "SafetensorsError: "a" has no dtype, shape and data_offsets",
        "half of a surrogate pair": "SafetensorsError: no tensor can have the name "\\ud800"",
        "header cut short": "SafetensorsError: the header would have 3 bytes, but only 2 follow
        hint: the file was probably cut short: fetch or copy it again",
        "header of 100 MB": "SafetensorsError: the header would have 100000001 bytes, more than 100 MB
        hint: is it a safetensors file?",
        "header of 2^63 bytes": "SafetensorsError: the header would have 9223372036854776000 bytes, more than 100 MB
        hint: is it a safetensors file?",
        "header of 2^64 - 1 bytes": "SafetensorsError: the header would have 18446744073709552000 bytes, more than 100 MB
        hint: is it a safetensors file?",
        "metadata is a number": "SafetensorsError: __metadata__ is not texts by name",
        "metadata is null": "SafetensorsError: __metadata__ is not texts by name",
        "metadata with a number": "SafetensorsError: __metadata__ is not texts by name",
        "metadata with an object": "SafetensorsError: __metadata__ is not texts by name",
        "named __proto__": "SafetensorsError: no tensor can have the name "__proto__"",
        "negative size": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "no bytes": "SafetensorsError: a file of 0 bytes cannot hold the header's length",
        "no dtype": "SafetensorsError: "a" has no dtype
        hint: known are F64, F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL",
        "no header": "SafetensorsError: the header would have 2 bytes, but only 0 follow
        hint: the file was probably cut short: fetch or copy it again",
        "no offsets": "SafetensorsError: "a" has data_offsets that are not where it begins and ends",
        "no shape": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "not JSON": "SafetensorsError: the header is not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
        "not UTF-8": "SafetensorsError: the header is not UTF-8",
        "numbers of 8 bits": "SafetensorsError: "a" has the unknown dtype "F8_E4M3"
        hint: known are F64, F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL",
        "offsets backward": "SafetensorsError: "a" has data_offsets that are not where it begins and ends",
        "offsets negative": "SafetensorsError: "a" has data_offsets that are not where it begins and ends",
        "one offset": "SafetensorsError: "a" has data_offsets that are not where it begins and ends",
        "remark named __proto__": "SafetensorsError: no tensor can have the name "__proto__"",
        "remark named __proto__, escaped": "SafetensorsError: no tensor can have the name "__proto__"",
        "seven bytes": "SafetensorsError: a file of 7 bytes cannot hold the header's length",
        "shape is a number": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "shape too large": "SafetensorsError: "a" has room for 4 bytes, but its shape and dtype need 8",
        "shape too small": "SafetensorsError: "a" has room for 8 bytes, but its shape and dtype need 4",
        "size -0": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "size as text": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "size beyond 2^64": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "size with a fraction": "SafetensorsError: "a" has a shape that is not a list of sizes",
        "sizes whose product overflows": "SafetensorsError: "a" has room for 0 bytes, but its shape and dtype need 73786976294838210000",
        "space before {": "SafetensorsError: the header does not begin with {
        hint: is it a safetensors file?",
        "the same name twice": "SafetensorsError: the name "a" is there twice",
        "the same name twice, one escaped": "SafetensorsError: the name "a" is there twice",
        "the same place": "SafetensorsError: tensors follow on one another, but "b" begins at byte 0, not 4",
        "the same remark twice": "SafetensorsError: the name "a" is there twice",
        "three offsets": "SafetensorsError: "a" has data_offsets that are not where it begins and ends",
        "unknown dtype": "SafetensorsError: "a" has the unknown dtype "F33"
        hint: known are F64, F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL",
        "zeros after the header": "SafetensorsError: the header is not JSON: Unexpected non-whitespace character after JSON at position 2 (line 1 column 3)",
      }
    `);
  });

  test("leave no trace in the prototype", () => {
    const { tensors } = fromSafetensors(fixture("torch.safetensors"));
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
    expect(Object.hasOwn(tensors, "constructor")).toBe(true);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect({}.constructor).toBe(Object);
  });

  test("a large or deep header ends in an answer before this test times out", () => {
    const long = "x".repeat(1e6);
    const { tensors } = fromSafetensors(
      fileOf(`{"${long}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`),
    );
    expect(Object.keys(tensors)[0] === long).toBe(true);
    const names = Array.from({ length: 20_000 }, (_, i) => `"${i}":`);
    const entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
    expect(
      Object.keys(fromSafetensors(fileOf(`{${names.map((n) => n + entry)}}`)).tensors).length,
    ).toBe(20_000);
    for (const header of [
      `{"a":${"[".repeat(1e6)}${"]".repeat(1e6)}}`,
      `{"a":${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}}`,
      `{"${long}":1}`,
      `{"a":"${"\\\\".repeat(5e5)}`,
      `{"a":{"dtype":"F32","shape":[${"1,".repeat(1e6)}1],"data_offsets":[0,8]}}`,
    ])
      expect(() => fromSafetensors(fileOf(header))).toThrow(SafetensorsError);
  });
});

// ---- properties --------------------------------------------------------------------------------

const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.array(fc.nat(3), { maxLength: 4 }), fc.constantFrom("float32", "int32", "bool"))
  .chain(([shape, dtype]) => {
    const exactly = { minLength: sizeOf(shape), maxLength: sizeOf(shape) };
    return dtype === "float32"
      ? fc.float32Array(exactly).map((data) => new Tensor(data, shape))
      : dtype === "int32"
        ? fc.int32Array(exactly).map((data) => new Tensor(data, shape))
        : fc.uint8Array({ ...exactly, max: 1 }).map((data) => new Tensor(data, shape));
  });
const anyName = fc
  .oneof(fc.string({ unit: "binary" }), fc.constantFrom("0", "7", "", "a.b", "toString"))
  .filter((name) => name !== "__proto__" && name !== "__metadata__");
const anyTensors = fc.dictionary(anyName, anyTensor, { maxKeys: 5 });
const anyMetadata = fc.dictionary(anyName, fc.string({ unit: "binary" }), { maxKeys: 3 });

/** What can be compared: dtype, shape and the bytes themselves. */
function contents(tensors: Record<string, Tensor>) {
  return Object.entries(tensors)
    .map(([name, { dtype, shape, data }]) => [name, dtype, shape, Array.from(data)])
    .sort();
}

test("any tensors come back as they were", () => {
  fc.assert(
    fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
      const read = fromSafetensors(toSafetensors(tensors, metadata));
      expect(contents(read.tensors)).toEqual(contents(tensors));
      expect(read.metadata).toEqual(metadata);
      expect(toSafetensors(read.tensors, metadata)).toEqual(toSafetensors(tensors, metadata));
    }),
    { numRuns: 500 },
  );
});

/** Reads it if it can be read; anything but a SafetensorsError is a mistake of ours. */
function tryToRead(bytes: Uint8Array): Record<string, Tensor> | undefined {
  try {
    return fromSafetensors(bytes).tensors;
  } catch (error) {
    if (error instanceof SafetensorsError) return undefined;
    throw error;
  }
}

const whole = toSafetensors(
  {
    "a.weight": tensor([
      [1, 2.5],
      [-3, 0],
    ]),
    "b.ids": tensor([1, -1, 7]).to("int32"),
    mask: tensor([true, false]),
  },
  { note: "é" },
);

test("a file cut short anywhere is refused", () => {
  for (let length = 0; length < whole.length; length++)
    expect(tryToRead(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
  expect(tryToRead(whole)).toBeDefined();
});

test("a byte changed in any way is refused, or changes a name, a remark, a shape or one number", () => {
  const before = contents(fromSafetensors(whole).tensors);
  const headerEnd = 8 + whole[0];
  let read = 0;
  for (let at = 0; at < whole.length; at++)
    for (let value = 0; value < 256; value++) {
      if (value === whole[at]) continue;
      const bytes = whole.slice();
      bytes[at] = value;
      const tensors = tryToRead(bytes);
      if (!tensors) continue;
      read++;
      const after = contents(tensors);
      expect(after.length).toBe(before.length);
      if (at < headerEnd) continue;
      const different = before
        .flatMap(([, , , data], i) =>
          (data as number[]).map((x, j) => Object.is(x, (after[i][3] as number[])[j])),
        )
        .filter((same) => !same);
      expect(different.length, `byte ${at} changed to ${value}`).toBe(1);
    }
  expect(read).toBeGreaterThan(1000);
});

test("random damage is refused or read, and nothing else", () => {
  const edit = fc.record({
    at: fc.nat(whole.length),
    remove: fc.nat(8),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom(
          "{",
          "}",
          '"',
          ":",
          ",",
          "[",
          "]",
          "0",
          "9",
          "-",
          "e9",
          "\\u0000",
          "null",
          "__proto__",
        )
        .map((text) => new TextEncoder().encode(text)),
    ),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let bytes = [...whole];
      for (const { at, remove, insert } of edits) bytes.splice(at, remove, ...insert);
      tryToRead(Uint8Array.from(bytes));
      // With the length mended, the damage gets as far as the JSON.
      const grown = bytes.length - whole.length;
      bytes = [whole[0] + grown, ...whole.slice(1, 8), ...bytes.slice(8)];
      if (bytes[0] >= 0 && bytes[0] < 256) tryToRead(Uint8Array.from(bytes));
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 5000 },
  );
});

test("a path is no file", () => {
  const path = "model.safetensors" as unknown as Uint8Array;
  expect(errorOf(() => fromSafetensors(path))).toMatchInlineSnapshot(`
    "SafetensorsError: "model.safetensors" is not the bytes of a file
      hint: fromSafetensors(readFileSync(path))"
  `);
});

describe("what cannot be written", () => {
  test("is refused", () => {
    const refused = (tensors: object, metadata?: object) =>
      errorOf(() =>
        toSafetensors(tensors as Record<string, Tensor>, metadata as Record<string, string>),
      );
    expect(refused({ __metadata__: zeros([1]) })).toMatchInlineSnapshot(
      `"SafetensorsError: no tensor can have the name "__metadata__""`,
    );
    expect(refused(JSON.parse('{"__proto__":1}'))).toMatchInlineSnapshot(
      `"SafetensorsError: "__proto__" is not a tensor"`,
    );
    expect(refused(Object.fromEntries([["__proto__", zeros([1])]]))).toMatchInlineSnapshot(
      `"SafetensorsError: no tensor can have the name "__proto__""`,
    );
    expect(refused({ "a\ud800": zeros([1]) })).toMatchInlineSnapshot(
      `"SafetensorsError: no tensor can have the name "a\\ud800""`,
    );
    expect(refused({ a: [1, 2] })).toMatchInlineSnapshot(`"SafetensorsError: "a" is not a tensor"`);
    expect(refused({}, { epoch: 3 })).toMatchInlineSnapshot(
      `"SafetensorsError: metadata are texts by name, but "epoch" is none"`,
    );
  });
});

test("the checksum is the one of PNG and zip", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});
