import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arange, eye, ones, tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import { einsum } from "./einsum.ts";

const rng = new Rng(11);
const leaf = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};

/** The sum as it is written: over every value of every letter, one after another. */
function slowly(terms: string[], result: string, tensors: readonly Tensor[]): Tensor {
  const sizes = new Map<string, number>();
  terms.forEach((term, t) => {
    [...term].forEach((letter, axis) => {
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, tensors[t].shape[axis]));
    });
  });
  const letters = [...sizes.keys()];
  const shape = [...result].map((letter) => sizes.get(letter)!);
  const out = zeros(shape);
  const visit = (at: Map<string, number>, left: string[]): void => {
    if (left.length > 0) {
      for (let i = 0; i < sizes.get(left[0])!; i++)
        visit(new Map(at).set(left[0], i), left.slice(1));
      return;
    }
    const product = tensors.reduce((sum, x, t) => {
      const index = [...terms[t]].map((letter, axis) =>
        x.shape[axis] === 1 ? 0 : at.get(letter)!,
      );
      return sum * x.at(...index);
    }, 1);
    let place = 0;
    [...result].forEach((letter, axis) => {
      place = place * shape[axis] + at.get(letter)!;
    });
    out.data[place] += product;
  };
  visit(new Map(), letters);
  return out;
}

/** Any equation over a few letters, and whole numbers that fit it: sums of them are exact. */
const anyEquation = fc
  .record({
    terms: fc.array(fc.string({ unit: fc.constantFrom("i", "j", "k", "l"), maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    }),
    sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
    singles: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    seed: fc.nat(),
  })
  .chain(({ terms, sizes, singles, seed }) => {
    const used = [...new Set(terms.join(""))];
    return fc.shuffledSubarray(used).map((result) => ({ terms, sizes, singles, seed, result }));
  })
  .map(({ terms, sizes, singles, seed, result }) => {
    const numbers = new Rng(seed);
    const tensors = terms.map((term, t) => {
      const shape = [...term].map((letter) =>
        // An axis of size 1 broadcasts against the same letter in other tensors.
        singles[t * 4 + "ijkl".indexOf(letter)] ? 1 : sizes["ijkl".indexOf(letter)],
      );
      const size = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: size }, () => numbers.integer(-4, 5));
      return new Tensor(data, shape);
    });
    return { terms, result: result.join(""), tensors };
  });

describe("einsum", () => {
  test("agrees with the sum written out, for any equation", () => {
    fc.assert(
      fc.property(anyEquation, ({ terms, result, tensors }) => {
        const wanted = slowly(terms, result, tensors);
        const got = einsum(`${terms.join(",")}->${result}`, ...tensors);
        expect(got.shape).toEqual(wanted.shape);
        // 0 and -0 are the same number.
        expect(got.add(0).toArray()).toEqual(wanted.add(0).toArray());
      }),
      { numRuns: 300 },
    );
  });

  test("without an arrow, the letters that occur once, in alphabetical order", () => {
    const a = arange(6).reshape([2, 3]);
    expect(einsum("ba", a).toArray()).toEqual(a.transpose().toArray());
    expect(einsum("ij,jk", a, a.transpose()).toArray()).toEqual(a.matmul(a.transpose()).toArray());
    expect(einsum("ii", eye(3)).item()).toBe(3);
    expect(einsum("i,i", arange(3), arange(3)).item()).toBe(5);
  });

  test("... stands for any axes, lined up from the last, and broadcasts", () => {
    const [a, b] = [rng.normal([2, 1, 2, 3]), rng.normal([4, 3, 2])];
    expect(einsum("...ij,...jk->...ik", a, b).allClose(a.matmul(b))).toBe(true);
    expect(einsum("...ij,...jk", a, b).allClose(a.matmul(b))).toBe(true);
    expect(einsum("i...->...i", a).toArray()).toEqual(a.permute(1, 2, 3, 0).toArray());
    expect(einsum("...ij->ij", a).allClose(a.sum([0, 1]))).toBe(true);
    expect(einsum("...,i...->i", tensor(2), arange(3)).toArray()).toEqual([0, 2, 4]);
  });

  test("gradients, and theirs", () => {
    gradcheckTwice((q, k) => einsum("bqd,bkd->bqk", q, k), [leaf(2, 2, 3), leaf(2, 3, 3)]);
    gradcheckTwice((a, b) => einsum("...ii,j...->j", a, b), [leaf(2, 3, 3), leaf(3, 1)]);
    gradcheckTwice((a, b, c) => einsum("ij,ij,i->j", a, b, c), [leaf(2, 3), leaf(2, 3), leaf(2)]);
  });

  test("what is said of an equation that does not fit", () => {
    const [a, b] = [ones([2, 3]), ones([4, 5])];
    expect(errorOf(() => einsum("ij,jk->ik", a, b))).toMatchInlineSnapshot(`
      "ShapeError: einsum: j in "ij,jk->ik" has size 3 and size 4
        shapes: [2, 3] and [4, 5]"
    `);
    expect(errorOf(() => einsum("...i,...i", a, ones([5, 3])))).toMatchInlineSnapshot(`
      "ShapeError: einsum: an axis in ... in "...i,...i" has size 2 and size 5
        shapes: [2, 3] and [5, 3]"
    `);
    expect(errorOf(() => einsum("ii", a))).toMatchInlineSnapshot(`
      "ShapeError: einsum: i in "ii" has size 2 and size 3
        shape: [2, 3]"
    `);
    expect(errorOf(() => einsum("ijk", a))).toMatchInlineSnapshot(`
      "ShapeError: einsum: "ijk" in "ijk" names 3 axes, tensor 0 has 2
        shape: [2, 3]"
    `);
    expect(errorOf(() => einsum("i...jk", a))).toMatchInlineSnapshot(`
      "ShapeError: einsum: "i...jk" in "i...jk" names 3 axes, tensor 0 has 2
        shape: [2, 3]"
    `);
    expect(errorOf(() => einsum("ij,jk->ik", a))).toMatchInlineSnapshot(
      `"TypeError: einsum: "ij,jk->ik" cannot be read: it is for 2 tensors, got 1"`,
    );
    expect(errorOf(() => einsum("ij->ik", a))).toMatchInlineSnapshot(
      `"TypeError: einsum: "ij->ik" cannot be read: no tensor has the result's letter k"`,
    );
    expect(errorOf(() => einsum("ij->ii", a))).toMatchInlineSnapshot(
      `"TypeError: einsum: "ij->ii" cannot be read: the result has the letter i twice"`,
    );
    expect(errorOf(() => einsum("i2->i", a))).toMatchInlineSnapshot(
      `"TypeError: einsum: "i2->i" cannot be read: "i2" is not letters, with ... once at most"`,
    );
    expect(errorOf(() => einsum("ij->j->i", a))).toMatchInlineSnapshot(
      `"TypeError: einsum: "ij->j->i" cannot be read: there is more than one ->"`,
    );
    expect(errorOf(() => einsum("ij->j"))).toMatchInlineSnapshot(
      `"TypeError: einsum: "ij->j" cannot be read: it is for 1 tensor, got 0"`,
    );
  });
});
