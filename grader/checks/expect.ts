/**
 * Assertions about what the learner's code gave back. They run on the trusted side, on plain data.
 * Every comparison is written so that NaN, an empty list, a wrong shape and a wrong type fail.
 */
import { Tensor } from "gradus";
import { Opaque } from "./codec.ts";
import { CheckBroken, ExpectationFailed, LearnerError } from "./errors.ts";
import { kindOf, show, showNumber, showShape } from "./show.ts";

/** A wrong value that a known mistake leads to, and the mistake in words. */
export type Mistake = readonly [wrong: unknown, usually: string];

/** What every assertion takes. */
export interface ExpectOptions {
  /** Results of known mistakes: when the learner's is one of them, the report names it. */
  mistakes?: readonly Mistake[];
}

export interface CloseOptions extends ExpectOptions {
  /**
   * The largest difference that still counts as equal, 1e-6 by default: absolute where the expected
   * number is below 1, relative to it above.
   */
  tolerance?: number;
  /**
   * `same` (default): a tensor where a tensor is expected, a list where a list is. `any`: lists,
   * typed arrays and tensors of the same shape all count.
   */
  accept?: "same" | "any";
}

/** What the report says about the value under test. */
export interface About {
  /** The input as the learner would write it: `update([0.5, -1], 0, [1, 2], 1)`. */
  input?: string;
  /** A sentence about what is being looked at, put before the finding. */
  note?: string;
}

/** The assertions on one value. Each throws {@link ExpectationFailed}. */
export interface Expectation {
  /** Exactly this number, text or truth value. */
  toBe(expected: unknown, options?: ExpectOptions): void;
  /** The same data throughout: lists, objects, tensors, exactly. */
  toEqual(expected: unknown, options?: ExpectOptions): void;
  /** The same shape, and every number within the tolerance. */
  toBeClose(expected: Numbers, options?: CloseOptions): void;
  /** A tensor or nested list of this shape. */
  toHaveShape(shape: readonly number[], options?: ExpectOptions): void;
  toBeAtLeast(least: number, options?: ExpectOptions): void;
  toBeAtMost(most: number, options?: ExpectOptions): void;
  /** Exactly one of these numbers or texts. */
  toBeOneOf(choices: readonly unknown[], options?: ExpectOptions): void;
  /**
   * For a call not awaited: `await expect(learner.call("f", -1)).toThrow("negative")`. The error's
   * name or message must contain the text, or match the expression.
   */
  toThrow(matching?: string | RegExp): Promise<void>;
}

/** Begins an assertion. */
export type Expect = (got: unknown, about?: About) => Expectation;

/** A number, nested lists of numbers, a typed array or a tensor. */
export type Numbers = number | Tensor | ArrayLike<number> | readonly Numbers[];

/** Makes an {@link Expect} that tells of every assertion made. */
export function createExpect(onAssertion: () => void): Expect {
  return (got, about = {}) => {
    const fail = (
      says: string,
      expected: string | undefined,
      usually: string | undefined,
      shownGot = show(got),
    ): never => {
      throw new ExpectationFailed(about.note ? `${about.note}: ${says}` : says, {
        input: about.input,
        expected,
        got: shownGot,
        usually,
      });
    };
    const begin = (): void => {
      onAssertion();
      if (isPromise(got))
        throw new CheckBroken("expect() was given a promise: await the learner's answer first");
    };
    const number = (expected: string, options: ExpectOptions | undefined): number => {
      if (typeof got === "number" && !Number.isNaN(got)) return got;
      return fail(`expected a number, got ${kindOf(got)}`, expected, usual(got, options, 0));
    };
    return {
      toBe(expected, options) {
        begin();
        if (typeof expected === "object" && expected !== null)
          throw new CheckBroken("toBe() compares numbers and texts: use toEqual() or toBeClose()");
        if (same(got, expected)) return;
        fail(difference(got, expected), show(expected), usual(got, options, expected));
      },
      toEqual(expected, options) {
        begin();
        const path = firstDifference(got, expected, "");
        if (path === undefined) return;
        const where = path.at && `at ${path.at}: `;
        fail(
          `${where}${difference(path.got, path.expected)}`,
          show(expected),
          usual(got, options, expected),
        );
      },
      toBeClose(expected, options = {}) {
        begin();
        const { tolerance = 1e-6 } = options;
        if (!(tolerance >= 0)) throw new CheckBroken(`a tolerance of ${tolerance}`);
        const target = asExpected(expected);
        const finding = findDifference(got, target, tolerance, options.accept ?? "same");
        if (finding === undefined) return;
        const close = (wrong: unknown): boolean => {
          const numbers = layout(wrong);
          if (typeof numbers === "string") return firstDifference(got, wrong, "") === undefined;
          // Whatever kind it comes in, the mistake in the numbers is the same.
          return (
            findDifference(got, numbers, tolerance, "any") === undefined &&
            findDifference(wrong, target, tolerance, "any") !== undefined
          );
        };
        const known = options.mistakes?.find(([wrong]) => close(wrong))?.[1];
        const texts = apart(got, expected);
        fail(finding, texts.expected, known ?? usualNumbers(got, target, tolerance), texts.got);
      },
      toHaveShape(shape, options) {
        begin();
        const numbers = layout(got);
        const expected = `shape ${showShape(shape)}`;
        if (typeof numbers === "string")
          return fail(`expected ${expected}, but ${numbers}`, expected, usual(got, options, shape));
        if (sameShape(numbers.shape, shape)) return;
        fail(
          `the shape is ${showShape(numbers.shape)}, expected ${showShape(shape)}`,
          expected,
          known(numbers.shape, options) ?? usualShape(numbers.shape, shape),
          `shape ${showShape(numbers.shape)}`,
        );
      },
      toBeAtLeast(least, options) {
        begin();
        const value = number(`at least ${showNumber(least)}`, options);
        if (!(value >= least))
          fail("the number is too small", `at least ${showNumber(least)}`, known(got, options));
      },
      toBeAtMost(most, options) {
        begin();
        const value = number(`at most ${showNumber(most)}`, options);
        if (!(value <= most))
          fail("the number is too large", `at most ${showNumber(most)}`, known(got, options));
      },
      toBeOneOf(choices, options) {
        begin();
        if (choices.length === 0) throw new CheckBroken("toBeOneOf() was given no choices");
        if (choices.some((choice) => same(got, choice))) return;
        const list = choices.map((choice) => show(choice)).join(" or ");
        fail(`expected ${list}, got ${show(got)}`, list, usual(got, options, choices[0]));
      },
      async toThrow(matching) {
        onAssertion();
        if (!isPromise(got))
          throw new CheckBroken(
            "toThrow() needs the call itself: expect(learner.call(…)).toThrow()",
          );
        let value: unknown;
        try {
          value = await got;
        } catch (error) {
          if (!(error instanceof LearnerError) || error.kind !== "threw") throw error;
          const text = `${error.thrown}: ${error.message}`;
          const matches =
            matching === undefined ||
            (typeof matching === "string" ? text.includes(matching) : matching.test(text));
          if (matches) return;
          throw new ExpectationFailed("the code throws an error, as it should, but not this one", {
            input: about.input,
            expected: `an error that says ${String(matching)}`,
            got: text,
          });
        }
        throw new ExpectationFailed("an error should have been thrown here", {
          input: about.input,
          expected: matching === undefined ? "an error" : `an error that says ${String(matching)}`,
          got: `no error; it returned ${show(value)}`,
        });
      },
    };
  };
}

// ---- numbers ---------------------------------------------------------------------------------

interface Layout {
  readonly kind: "number" | "list" | "tensor";
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A value as numbers in a shape, or in words why it is none. */
function layout(value: unknown): Layout | string {
  if (typeof value === "number") return { kind: "number", shape: [], data: [value] };
  if (value instanceof Tensor) return { kind: "tensor", shape: value.shape, data: value.data };
  if (ArrayBuffer.isView(value)) {
    if (value instanceof BigInt64Array || value instanceof BigUint64Array || !("length" in value))
      return `it is ${kindOf(value)}`;
    const data = value as Float64Array;
    return { kind: "list", shape: [data.length], data };
  }
  if (!Array.isArray(value)) return `it is ${kindOf(value)}`;
  const data: number[] = [];
  const problem = flatten(value, "", data);
  if (typeof problem === "string") return problem;
  return { kind: "list", shape: problem, data };
}

// Lists are copied to be compared, which takes the time of everybody who waits for the grader.
const MOST_NUMBERS = 2 ** 20;
const TOO_MANY = "it has more numbers than can be compared";

/** Appends the numbers of a nested list; returns its shape, or what is wrong with it. */
function flatten(list: readonly unknown[], at: string, data: number[]): number[] | string {
  if (data.length + list.length > MOST_NUMBERS) return TOO_MANY;
  let inner: number[] | undefined;
  for (const [i, element] of list.entries()) {
    const here = at ? `${at}, ${i}` : String(i);
    let shape: number[];
    if (typeof element === "number") {
      data.push(element);
      shape = [];
    } else if (Array.isArray(element) || element instanceof Tensor || ArrayBuffer.isView(element)) {
      const nested = Array.isArray(element)
        ? flatten(element, here, data)
        : nestedLayout(element, data);
      if (typeof nested === "string") return nested;
      shape = nested;
    } else {
      return `at [${here}] there is ${kindOf(element)} instead of a number`;
    }
    if (inner && !sameShape(inner, shape))
      return `its parts differ in shape: ${showShape(inner)} at first, ${showShape(shape)} at [${here}]`;
    inner ??= shape;
  }
  return [list.length, ...(inner ?? [])];
}

function nestedLayout(value: unknown, data: number[]): number[] | string {
  const inner = layout(value);
  if (typeof inner === "string") return inner;
  if (data.length + inner.data.length > MOST_NUMBERS) return TOO_MANY;
  for (let i = 0; i < inner.data.length; i++) data.push(inner.data[i]);
  return [...inner.shape];
}

function asExpected(expected: Numbers): Layout {
  const target = layout(expected);
  if (typeof target === "string")
    throw new CheckBroken(`what toBeClose() expects is no numbers: ${target}`);
  if (target.data.length === 0)
    throw new CheckBroken("toBeClose() expects no numbers at all: use toEqual() or toHaveShape()");
  for (let i = 0; i < target.data.length; i++)
    if (Number.isNaN(target.data[i])) throw new CheckBroken("toBeClose() expects NaN");
  return target;
}

/** What keeps the value from being close to the target, in words; undefined if nothing does. */
function findDifference(
  got: unknown,
  target: Layout,
  tolerance: number,
  accept: "same" | "any",
): string | undefined {
  const numbers = layout(got);
  const wanted =
    target.kind === "number" ? "a number" : `a ${target.kind} of shape ${showShape(target.shape)}`;
  if (typeof numbers === "string") return `expected ${wanted}, but ${numbers}`;
  if (accept === "same" && numbers.kind !== target.kind)
    return `expected ${wanted}, got ${kindOf(got)}`;
  if (!sameShape(numbers.shape, target.shape))
    return numbers.data.length === 0
      ? `expected ${wanted}, got ${kindOf(got)} without any numbers`
      : `the shape is ${showShape(numbers.shape)}, expected ${showShape(target.shape)}`;
  let differing = 0;
  let first = -1;
  for (let i = 0; i < target.data.length; i++) {
    if (isClose(numbers.data[i], target.data[i], tolerance)) continue;
    // NaN is named first: it is the clue to all the rest.
    if (differing === 0 || (Number.isNaN(numbers.data[i]) && !Number.isNaN(numbers.data[first])))
      first = i;
    differing += 1;
  }
  if (differing === 0) return undefined;
  const [is, should] = apartNumbers(numbers.data[first], target.data[first]);
  if (target.shape.length === 0) return `expected ${should}, got ${is}`;
  const of = target.data.length;
  const more = differing > 1 ? ` (${differing} of ${of} differ)` : of > 1 ? " (only there)" : "";
  return `at ${place(first, target.shape)}: expected ${should}, got ${is}${more}`;
}

function isClose(got: number, expected: number, tolerance: number): boolean {
  if (!Number.isFinite(expected)) return got === expected;
  return Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

function place(index: number, shape: readonly number[]): string {
  const at: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return showShape(at);
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Two numbers with as many digits as it takes to tell them apart. */
function apartNumbers(got: number, expected: number): [string, string] {
  for (const digits of [6, 9, 12]) {
    const texts: [string, string] = [showNumber(got, digits), showNumber(expected, digits)];
    if (texts[0] !== texts[1]) return texts;
  }
  return [String(got), String(expected)];
}

function apart(got: unknown, expected: unknown): { got: string; expected: string } {
  const texts = { got: show(got), expected: show(expected) };
  if (texts.got !== texts.expected) return texts;
  return { got: show(got, { digits: 12 }), expected: show(expected, { digits: 12 }) };
}

// ---- what usually leads there ------------------------------------------------------------------

const known = (got: unknown, options: ExpectOptions | undefined): string | undefined =>
  options?.mistakes?.find(([wrong]) => firstDifference(got, wrong, "") === undefined)?.[1];

/** A known mistake, or what the kind of value alone tells. */
function usual(
  got: unknown,
  options: ExpectOptions | undefined,
  expected: unknown,
): string | undefined {
  const named = known(got, options);
  if (named !== undefined) return named;
  if (got === undefined && expected !== undefined)
    return "A function gives back nothing when its `return` is missing, or is reached on one branch only.";
  if (Number.isNaN(got))
    return "NaN comes from 0 / 0, from calculating with undefined, or from reading beyond the end of a list.";
  if (got instanceof Opaque && got.description.startsWith("a function"))
    return "A function that is named but not called gives back itself: write the parentheses.";
  if (typeof got === "string" && typeof expected === "number")
    return "A number inside quotes is text.";
  return undefined;
}

function usualNumbers(got: unknown, target: Layout, tolerance: number): string | undefined {
  const general = usual(got, undefined, 0);
  if (general !== undefined) return general;
  const numbers = layout(got);
  if (typeof numbers === "string") return undefined;
  if (!sameShape(numbers.shape, target.shape)) return usualShape(numbers.shape, target.shape);
  const all = (test: (got: number, expected: number) => boolean): boolean => {
    for (let i = 0; i < target.data.length; i++)
      if (!test(numbers.data[i], target.data[i])) return false;
    return true;
  };
  if (all((a, b) => isClose(a, b, tolerance))) {
    if (target.kind === "tensor")
      return "The numbers are right: make a tensor of them with tensor(…).";
    if (numbers.kind === "tensor")
      return target.kind === "number"
        ? "The number is right, but still inside a tensor: take it out with item()."
        : "The numbers are right: turn the tensor into a list with toArray().";
    return undefined;
  }
  for (let i = 0; i < numbers.data.length; i++)
    if (Number.isNaN(numbers.data[i])) return usual(Number.NaN, undefined, 0);
  if (all((a, b) => isClose(-a, b, tolerance)))
    return `${target.data.length > 1 ? "Every number has" : "It has"} the opposite sign: a minus where a plus belongs, or the other way around.`;
  return undefined;
}

function usualShape(got: readonly number[], expected: readonly number[]): string | undefined {
  if (expected.length === 0 && got.length === 1 && got[0] === 1)
    return "The number is inside a list of one: take it out with [0].";
  if (got.length === 2 && expected.length === 2 && got[0] === expected[1] && got[1] === expected[0])
    return "Rows and columns have changed places.";
  if (got.length === expected.length + 1 && got.includes(1))
    return "There is an axis of size 1 too many.";
  if (got.length + 1 === expected.length && expected.includes(1))
    return "An axis of size 1 got lost.";
  return undefined;
}

// ---- exact comparison --------------------------------------------------------------------------

/** Equal as primitives: NaN equals nothing but an expected NaN, 0 equals -0. */
const same = (got: unknown, expected: unknown): boolean =>
  got === expected || Object.is(got, expected);

interface Difference {
  at: string;
  got: unknown;
  expected: unknown;
}

function firstDifference(got: unknown, expected: unknown, at: string): Difference | undefined {
  const here: Difference = { at, got, expected };
  if (same(got, expected)) return got instanceof Opaque ? here : undefined;
  if (typeof got !== "object" || typeof expected !== "object" || !got || !expected) return here;
  // What could not cross is equal to nothing.
  if (got instanceof Opaque || expected instanceof Opaque) return here;
  if (expected instanceof Tensor || got instanceof Tensor) {
    if (!(expected instanceof Tensor) || !(got instanceof Tensor)) return here;
    if (got.dtype !== expected.dtype || !sameShape(got.shape, expected.shape)) return here;
    return firstOf(got.data, expected.data, (i) => at + place(i, expected.shape));
  }
  if (ArrayBuffer.isView(expected) || Array.isArray(expected)) {
    if (Array.isArray(got) !== Array.isArray(expected)) return here;
    if (!Array.isArray(got) && got.constructor !== expected.constructor) return here;
    const [a, b] = [got as ArrayLike<unknown>, expected as ArrayLike<unknown>];
    if (a.length !== b.length) return here;
    return firstOf(a, b, (i) => `${at}[${i}]`);
  }
  if (Array.isArray(got) || ArrayBuffer.isView(got)) return here;
  if (expected instanceof Map || got instanceof Map) {
    if (!(expected instanceof Map) || !(got instanceof Map)) return here;
    return firstDifference([...got], [...expected], at);
  }
  if (expected instanceof Set || got instanceof Set) {
    if (!(expected instanceof Set) || !(got instanceof Set)) return here;
    return firstDifference([...got], [...expected], at);
  }
  const keys = Object.keys(expected);
  const extra = Object.keys(got).find((key) => !Object.hasOwn(expected, key));
  if (extra !== undefined || keys.some((key) => !Object.hasOwn(got, key))) return here;
  for (const key of keys) {
    const found = firstDifference(
      (got as Record<string, unknown>)[key],
      (expected as Record<string, unknown>)[key],
      `${at}.${key}`,
    );
    if (found) return found;
  }
  return undefined;
}

function firstOf(
  got: ArrayLike<unknown>,
  expected: ArrayLike<unknown>,
  name: (index: number) => string,
): Difference | undefined {
  for (let i = 0; i < expected.length; i++) {
    const found = firstDifference(got[i], expected[i], name(i));
    if (found) return found;
  }
  return undefined;
}

function difference(got: unknown, expected: unknown): string {
  if (typeof got === "number" && typeof expected === "number") {
    const [is, should] = apartNumbers(got, expected);
    return `expected ${should}, got ${is}`;
  }
  if (got instanceof Tensor && expected instanceof Tensor) {
    if (!sameShape(got.shape, expected.shape))
      return `the shape is ${showShape(got.shape)}, expected ${showShape(expected.shape)}`;
    return `the dtype is ${got.dtype}, expected ${expected.dtype}`;
  }
  if (Array.isArray(got) && Array.isArray(expected))
    return `expected ${expected.length} element${expected.length === 1 ? "" : "s"}, got ${got.length}`;
  if (kindOf(got) !== kindOf(expected)) return `expected ${kindOf(expected)}, got ${kindOf(got)}`;
  return `expected ${show(expected)}, got ${show(got)}`;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise;
}
