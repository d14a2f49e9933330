import { tensor } from "gradus";
import { expect as assert, describe, test } from "vitest";
import { Opaque } from "./codec.ts";
import { CheckBroken, ExpectationFailed, LearnerError } from "./errors.ts";
import { createExpect } from "./expect.ts";

const expect = createExpect(() => {});

/** What a failing assertion says. */
function failure(run: () => void): ExpectationFailed {
  try {
    run();
  } catch (error) {
    if (error instanceof ExpectationFailed) return error;
    throw error;
  }
  throw new Error("the assertion held");
}

describe("toBeClose holds", () => {
  test("for numbers, lists and tensors within the tolerance", () => {
    expect(1 + 1e-7).toBeClose(1);
    expect([1, 2]).toBeClose([1, 2 + 1e-7]);
    expect(new Float32Array([0.1])).toBeClose([0.1]);
    expect(tensor([[1, 2]])).toBeClose(tensor([[1, 2]]));
    expect([[1], [2]]).toBeClose(tensor([[1], [2]]), { accept: "any" });
    expect(1e6 + 0.5).toBeClose(1e6);
    expect(Infinity).toBeClose(Infinity);
    expect(1.05).toBeClose(1, { tolerance: 0.1 });
  });
});

describe("toBeClose fails and says", () => {
  const cases: [
    what: string,
    got: unknown,
    wanted: Parameters<ReturnType<typeof expect>["toBeClose"]>[0],
    says: RegExp,
    usually?: RegExp,
  ][] = [
    ["a number", 2, 3, /^expected 3, got 2$/],
    ["numbers that look alike", 1.00001, 1, /^expected 1, got 1\.00001$/],

    ["NaN", Number.NaN, 3, /got NaN/, /0 \/ 0/],
    [
      "NaN in a list, before others",
      [9, Number.NaN, 3],
      [1, 2, 3],
      /^at \[1\]: expected 2, got NaN \(2 of 3 differ\)$/,
      /0 \/ 0/,
    ],
    ["Infinity", Infinity, 3, /got Infinity/],
    ["the other Infinity", -Infinity, Infinity, /got -Infinity/, /opposite sign/],
    ["nothing", undefined, 3, /nothing \(undefined\)/, /`return` is missing/],
    ["null", null, 3, /null/],
    ["text", "3", 3, /it is text/, /quotes/],
    ["a truth value", true, 1, /the truth value true/],
    ["an object", { valueOf: () => 3 }, 3, /an object/],
    ["an opaque", new Opaque("a function named f"), 3, /a function named f/, /parentheses/],
    ["an empty list", [], [1], /got an empty list without any numbers/],
    ["an empty tensor", tensor([]), tensor([1]), /without any numbers/],
    ["a list for a number", [3], 3, /expected a number, got a list of 1 number/, /\[0\]/],
    ["a tensor for a number", tensor(3), 3, /expected a number, got a tensor/, /item\(\)/],
    [
      "a list for a tensor",
      [1, 2],
      tensor([1, 2]),
      /expected a tensor of shape \[2\], got a list/,
      /tensor\(…\)/,
    ],
    ["a wrong shape", [1, 2, 3], [1, 2], /^the shape is \[3\], expected \[2\]$/],
    [
      "a turned shape",
      tensor([[1, 2, 3]]),
      tensor([[1], [2], [3]]),
      /\[1, 3\], expected \[3, 1\]/,
      /changed places/,
    ],
    ["an axis too many", [[1, 2]], [1, 2], /\[1, 2\], expected \[2\]/, /axis of size 1 too many/],
    [
      "a ragged list",
      [[1, 2], [3]],
      [
        [1, 2],
        [3, 4],
      ],
      /differ in shape: \[2\] at first, \[1\] at \[1\]/,
    ],
    ["text in a list", [1, "2"], [1, 2], /at \[1\] there is text/],
    [
      "one element of many",
      [1, 2, 3, 5],
      [1, 2, 3, 4],
      /^at \[3\]: expected 4, got 5 \(only there\)$/,
    ],
    [
      "an element of a matrix",
      tensor([
        [1, 2],
        [3, 5],
      ]),
      tensor([
        [1, 2],
        [3, 4],
      ]),
      /at \[1, 1\]/,
    ],
    ["the other sign", [-1, 2], [1, -2], /2 of 2/, /opposite sign/],
  ];
  test.each(cases)("%s", (_, got, wanted, says, usually) => {
    const found = failure(() => expect(got, { input: "f(x)" }).toBeClose(wanted));
    assert(found.message).toMatch(says);
    assert(found.input).toBe("f(x)");
    if (usually) assert(found.usually).toMatch(usually);
    else assert(found.usually).toBeUndefined();
  });

  test("the mistake, where it is a known one", () => {
    const mistakes = [
      [[1.5, 1], "the right answer itself is no mistake"],
      [[0.5, -1], "the weights did not move"],
      [undefined, "nothing came back"],
    ] as const;
    const usually = (got: unknown) =>
      failure(() => expect(got).toBeClose([1.5, 1], { mistakes })).usually;
    assert(usually([0.5, -1])).toBe("the weights did not move");
    assert(usually(tensor([0.5, -1]))).toBe("the weights did not move");
    assert(usually(undefined)).toBe("nothing came back");
    assert(usually([7, 7])).toBeUndefined();
  });

  test("briefly, whatever the size", () => {
    const big = Array.from({ length: 100_000 }, (_, i) => i);
    const { message, expected, got } = failure(() => expect(big.map((n) => n + 1)).toBeClose(big));
    assert(message).toBe("at [0]: expected 0, got 1 (100000 of 100000 differ)");
    assert(expected).toBe("[0, 1, 2, 3, 4, 5, …, 99999 (100000 in all)]");
    assert(got!.length).toBeLessThan(200);
  });
});

describe("the others", () => {
  test("toBe", () => {
    expect(3).toBe(3);
    expect(-0).toBe(0);
    const alike = failure(() => expect(0.12345678912).toBe(0.12345678911));
    assert(alike.message).toBe("expected 0.12345678911, got 0.12345678912");
    assert(failure(() => expect(4).toBe(3)).message).toBe("expected 3, got 4");
    assert(failure(() => expect(undefined).toBe(3)).usually).toMatch(/return/);
    assert(failure(() => expect(Number.NaN).toBe(3)).usually).toMatch(/NaN/);
    assert(failure(() => expect("3").toBe(3)).message).toBe("expected a number, got text");
  });

  test("toEqual", () => {
    expect({ a: [1, { b: "x" }], m: new Map([["k", 1]]) }).toEqual({
      a: [1, { b: "x" }],
      m: new Map([["k", 1]]),
    });
    expect(Object.assign(Object.create(null), { a: 1 })).toEqual({ a: 1 });
    assert(failure(() => expect({ a: [1, 2] }).toEqual({ a: [1, 3] })).message).toBe(
      "at .a[1]: expected 3, got 2",
    );
    assert(failure(() => expect({ a: 1, b: 2 }).toEqual({ a: 1 })).message).toMatch(/expected/);
    assert(failure(() => expect([1]).toEqual({ 0: 1, length: 1 })).message).toMatch(/an object/);
    assert(failure(() => expect(new Set([1])).toEqual([1])).message).toMatch(/list/);
    assert(
      failure(() => expect(tensor([1])).toEqual(tensor([1], { dtype: "int32" }))).message,
    ).toMatch(/dtype/);
    const one = new Opaque("a function");
    // What could not cross equals nothing, not even itself.
    failure(() => expect(one).toEqual(one));
  });

  test("toHaveShape, toBeAtLeast, toBeAtMost, toBeOneOf", () => {
    expect(tensor([[1, 2]])).toHaveShape([1, 2]);
    expect([[1], [2]]).toHaveShape([2, 1]);
    expect(3).toBeAtLeast(3);
    expect(3).toBeAtMost(3);
    expect("a").toBeOneOf(["b", "a"]);
    assert(failure(() => expect([1, 2]).toHaveShape([3])).message).toBe(
      "the shape is [2], expected [3]",
    );
    assert(failure(() => expect(7).toHaveShape([1])).message).toMatch(/shape is \[\]/);
    assert(failure(() => expect({}).toHaveShape([1])).message).toMatch(/it is an object/);
    for (const bad of [Number.NaN, undefined, "9", [9], null]) {
      failure(() => expect(bad).toBeAtLeast(0));
      failure(() => expect(bad).toBeAtMost(99));
      failure(() => expect(bad).toBeOneOf([1, 2]));
    }
  });

  test("toThrow", async () => {
    const threw = (kind: "threw" | "missing" = "threw") =>
      Promise.reject(new LearnerError(kind, "RangeError", "negative numbers have no root"));
    await expect(threw()).toThrow();
    await expect(threw()).toThrow("RangeError");
    await expect(threw()).toThrow(/no root/);
    await assert(expect(threw()).toThrow("other")).rejects.toThrow(/not this one/);
    await assert(expect(Promise.resolve(3)).toThrow()).rejects.toThrow(/should have been thrown/);
    await assert(expect(threw("missing")).toThrow()).rejects.toThrow(LearnerError);
  });

  test("refuse what cannot be meant", () => {
    assert(() => expect(Promise.resolve(1)).toBe(1)).toThrow(CheckBroken);
    assert(() => expect(1).toBeClose(Number.NaN)).toThrow(CheckBroken);
    assert(() => expect([]).toBeClose([])).toThrow(CheckBroken);
    assert(() => expect(1).toBeClose(1, { tolerance: Number.NaN })).toThrow(CheckBroken);
    assert(() => expect([1]).toBe([1])).toThrow(CheckBroken);
    assert(() => expect(1).toBeOneOf([])).toThrow(CheckBroken);
  });
});
