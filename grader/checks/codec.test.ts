import fc from "fast-check";
import { Tensor, tensor } from "gradus";
import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, FrameError, limits, Opaque, Reference } from "./codec.ts";

const round = (value: unknown, bare = false): unknown =>
  decodeFrame(encodeFrame({ message: { id: 1 }, values: { value } }), { bare }).value("value");

/** Any data that may cross, nested. */
const data = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(undefined, null, true, false, 0, -0, Number.NaN, Infinity, -Infinity),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: "binary" }),
    fc.array(fc.double(), { maxLength: 40 }),
    fc.float32Array(),
    fc.float64Array(),
    fc.int32Array(),
    fc.uint8ClampedArray(),
    fc.bigInt64Array(),
    fc.array(tie("any"), { maxLength: 12 }),
    fc.dictionary(fc.string(), tie("any"), { noNullPrototype: true }),
    fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(tie("any"), { maxLength: 4 }).map((list) => new Set(list)),
  ),
})).any;

describe("values cross whole", () => {
  test("whatever data it is", () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(round(value)).toStrictEqual(value);
      }),
      {
        numRuns: 500,
      },
    );
  });

  test("bit by bit: -0, NaN, lone surrogates, holes", () => {
    expect(Object.is(round(-0), -0)).toBe(true);
    expect(
      (round([1, 2, 3, 4, 5, 6, 7, -0, Number.NaN]) as number[]).map((n) => Object.is(n, -0)),
    ).toEqual([false, false, false, false, false, false, false, true, false]);
    expect(round("\ud800 \u0000 \u2028 é")).toBe("\ud800 \u0000 \u2028 é");
    // biome-ignore lint/suspicious/noSparseArray: what is tested
    expect(round([1, , 3])).toEqual([1, undefined, 3]);
  });

  test("tensors of every dtype and shape", () => {
    for (const one of [
      tensor([
        [1.5, 2],
        [Number.NaN, -0],
      ]),
      tensor(7),
      tensor([], { dtype: "int32" }),
      tensor([1, 0], { dtype: "bool" }),
      new Tensor(new Float32Array(0), [0, 3]),
    ]) {
      const back = round(one) as Tensor;
      expect(back).toBeInstanceOf(Tensor);
      expect([back.dtype, [...back.shape]]).toEqual([one.dtype, [...one.shape]]);
      expect(back.data).toStrictEqual(one.data);
      expect(back.data.buffer).not.toBe(one.data.buffer);
    }
  });

  test("out of a Node Buffer too, which lies anywhere in a pool", () => {
    const frame = encodeFrame({ message: {}, values: { value: tensor([1, 2, 3]) } });
    const moved = Buffer.concat([Buffer.from("x"), frame]).subarray(1);
    expect((decodeFrame(moved).value("value") as Tensor).toArray()).toEqual([1, 2, 3]);
  });

  test("part of a larger buffer crosses alone", () => {
    const view = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    expect(round(view)).toStrictEqual(new Float32Array([1, 2]));
  });
});

describe("what cannot cross arrives as a description", () => {
  class Layer {
    weight = 1;
  }
  const cycle: Record<string, unknown> = { a: 1 };
  cycle.self = cycle;
  const cases: [unknown, RegExp][] = [
    [function relu() {}, /a function named relu/],
    [() => 1, /a function/],
    [Layer, /a class named Layer/],
    [new Layer(), /an object of class Layer/],
    [Symbol("x"), /a symbol/],
    [new Error("no"), /an Error: no/],
    [Promise.resolve(1), /a promise/],
    [new DataView(new ArrayBuffer(4)), /a DataView/],
    [Array.from({ length: limits.values + 1 }, () => "x"), /more parts/],
    [new Float64Array(limits.bodyBytes / 8 + 1), /more numbers/],
    ["x".repeat(limits.headerBytes), /a text too long/],
    [10n ** 10_001n, /a bigint too long/],
    [
      {
        get x() {
          throw new Error("no");
        },
      },
      /throws when it is read/,
    ],
    [
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
      /throws when it is read/,
    ],
  ];
  test.each(cases)("%#", (value, description) => {
    const back = round(value);
    expect(back).toBeInstanceOf(Opaque);
    expect(String(back)).toMatch(description);
  });

  test("inside of a value, only the part", () => {
    expect(round({ f: Math.sin, n: 1 })).toEqual({ f: new Opaque("a function named sin"), n: 1 });
    expect(round(cycle)).toEqual({ a: 1, self: new Opaque("a cycle: it contains itself") });
    const twice = { n: 1 };
    expect(round([twice, twice])).toEqual([twice, twice]);
  });

  test("nested too deep, from there on", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    let back = round(deep);
    let levels = 0;
    for (; Array.isArray(back); back = back[0]) levels += 1;
    expect(levels).toBe(limits.depth);
    expect(String(back)).toMatch(/nested more than 64 deep/);
  });

  test("a value that fails leaves the others whole", () => {
    const frame = encodeFrame({
      message: {},
      values: {
        big: [new Float32Array(9), "x".repeat(limits.headerBytes)],
        small: [1, 2, 3, 4, 5, 6, 7, 8],
      },
    });
    const back = decodeFrame(frame);
    expect(back.value("big")).toBeInstanceOf(Opaque);
    expect(back.value("small")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe("reading is careful", () => {
  test("getters are asked once", () => {
    let asked = 0;
    const value = {
      get x() {
        return ++asked;
      },
      list: Object.defineProperty([0], 0, { get: () => ++asked }),
    };
    round(value);
    expect(asked).toBe(2);
  });

  test("__proto__ is a field like any other", () => {
    const value = JSON.parse('{"__proto__": {"points": 8}, "constructor": 1}') as object;
    for (const bare of [true, false]) {
      const back = round(value, bare) as Record<string, unknown>;
      expect(Object.keys(back)).toEqual(["__proto__", "constructor"]);
      expect("points" in back).toBe(false);
      expect(Object.getPrototypeOf(back)).toBe(bare ? null : Object.prototype);
    }
    expect(({} as { points?: number }).points).toBeUndefined();
  });

  test("what claims to be a list of a trillion is none", () => {
    // A check that takes it for a list would count that far.
    expect(round([{ length: 1e12 }], true)).toEqual([
      new Opaque("an object with a length of 1000000000000"),
    ]);
    expect(round({ length: 5, width: 2 }, true)).toEqual({ length: 5, width: 2 });
  });

  test("references go out by name and come back only where they are expected", () => {
    const object = new (class Counter {})();
    const frame = encodeFrame({ message: {}, values: { value: [object] } }, (one) =>
      one === object ? new Reference(5, "Counter") : undefined,
    );
    expect(decodeFrame(frame, { resolve: (id, name) => `${name} ${id}` }).value("value")).toEqual([
      "Counter 5",
    ]);
    expect(() => decodeFrame(frame).value("value")).toThrow(FrameError);
  });

  /** Reads everything that a frame says it holds. */
  const readAll = (bytes: Uint8Array): void => {
    const incoming = decodeFrame(bytes, { bare: true });
    for (const key of Object.keys(incoming.message)) incoming.value(key);
  };
  const orFrameError = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
    }
  };

  test("noise is refused, not stumbled over", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => orFrameError(() => readAll(bytes))),
      {
        numRuns: 2000,
      },
    );
  });

  test("frames with bytes changed are refused or read as something else", () => {
    const frame = encodeFrame({
      message: { id: 1 },
      values: {
        value: [
          tensor([
            [1, 2],
            [3, 4],
          ]),
          { a: [1, 2, 3, 4, 5, 6, 7, 8, 9], b: "x", c: new Map([[1, 2n]]) },
        ],
      },
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(frame.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(frame.length),
        (changes, length) => {
          const bytes = frame.slice(0, Math.max(length, frame.length - 8));
          for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
          orFrameError(() => readAll(bytes));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("messages of any JSON are refused or read", () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (m, b) => {
        const header = encoder.encode(
          JSON.stringify({ m: { value: m }, b }).replace(/[^\0-\x7f]/g, "?"),
        );
        const bytes = new Uint8Array((4 + header.length + 7) & ~7);
        new DataView(bytes.buffer).setUint32(0, header.length, true);
        bytes.set(header, 4);
        orFrameError(() => readAll(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
