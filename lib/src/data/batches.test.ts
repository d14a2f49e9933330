import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arange, ones, tensor, zeros } from "../create.ts";
import { manualSeed, Rng } from "../random.ts";
import { errorOf } from "../testing.ts";
import { batches } from "./batches.ts";

/** n examples, each of which says in every tensor which one it is. */
const examples = (n: number) => {
  const y = arange(n).to("int32");
  return {
    x: arange(n)
      .reshape([n, 1])
      .mul(tensor([1, -1])),
    y,
  };
};
const passed = (pass: Iterable<{ y: { data: ArrayLike<number> } }>) =>
  [...pass].flatMap(({ y }) => Array.from(y.data));

describe("batches", () => {
  test("every example once in each pass, in step, in batches of the size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer(),
        fc.boolean(),
        (n, size, seed, shuffle) => {
          const pass = batches(examples(n), size, { rng: new Rng(seed), shuffle });
          for (const _ of [1, 2]) {
            const all = [...pass];
            expect(all).toHaveLength(pass.length);
            expect(pass.length).toBe(Math.ceil(n / size));
            for (const { x, y } of all) {
              expect(x.column(0).toArray()).toEqual(y.toArray());
              expect(x.column(1).neg().toArray()).toEqual(y.toArray());
            }
            for (const { y } of all.slice(0, -1)) expect(y.size).toBe(size);
            const order = passed(all);
            if (!shuffle) expect(order).toEqual(Array.from({ length: n }, (_, i) => i));
            expect(order.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
          }
        },
      ),
    );
  });

  test("dropLast leaves out what does not fill a batch, and only that", () => {
    const pass = batches(examples(10), 4, { rng: new Rng(1), dropLast: true });
    expect(pass.length).toBe(2);
    expect([...pass].map(({ y }) => y.size)).toEqual([4, 4]);
    expect(batches(examples(8), 4, { dropLast: true }).length).toBe(2);
  });

  test("each pass has an order of its own; the same seed has the same orders", () => {
    const orders = () => {
      const pass = batches(examples(50), 8, new Rng(3));
      return [passed(pass), passed(pass)];
    };
    const [first, second] = orders();
    expect(first).not.toEqual(second);
    expect(orders()).toEqual([first, second]);
    manualSeed(3);
    expect(passed(batches(examples(50), 8))).toEqual(first);
  });

  test("keeps shape and dtype, takes only tensors, and leaves the data as it is", () => {
    const data = { pictures: ones([5, 1, 2, 2]), y: zeros([5], { dtype: "int32" }), name: "five" };
    const [first, ...rest] = batches(data, 3, { shuffle: false });
    expect(Object.keys(first)).toEqual(["pictures", "y"]);
    expect([first.pictures.shape, first.y.dtype]).toEqual([[3, 1, 2, 2], "int32"]);
    expect(rest[0].pictures.shape).toEqual([2, 1, 2, 2]);
    first.pictures.data.fill(9);
    expect(data.pictures.max().item()).toBe(1);
  });

  test("errors say what to do", () => {
    expect(errorOf(() => batches({ x: ones([3, 2]), y: ones([4]) }, 2))).toMatchInlineSnapshot(`
      "ShapeError: batches: x and y must have one row for each example, and so equally many
        shapes: [3, 2] and [4]"
    `);
    expect(errorOf(() => batches({ x: ones([3, 2]), rate: tensor(1) }, 2))).toMatchInlineSnapshot(`
      "ShapeError: batches: x and rate must have one row for each example, and so equally many
        shapes: [3, 2] and []"
    `);
    expect(errorOf(() => batches(ones([3]), 2))).toMatchInlineSnapshot(`
      "TypeError: batches: there are no tensors to take examples from
        hint: name them: batches({ x, y }, 64)"
    `);
    expect(errorOf(() => batches(examples(3), 0))).toMatchInlineSnapshot(`
      "RangeError: batches: 3 examples cannot be put in batches of 0
        hint: a whole number from 1 to 3"
    `);
    expect(errorOf(() => batches(examples(3), 1.5))).toMatchInlineSnapshot(`
      "RangeError: batches: 3 examples cannot be put in batches of 1.5
        hint: a whole number from 1 to 3"
    `);
    expect(errorOf(() => batches(examples(3), 4, { dropLast: true }))).toMatchInlineSnapshot(`
      "RangeError: batches: 3 examples cannot be put in batches of 4
        hint: a whole number from 1 to 3"
    `);
    expect(errorOf(() => batches({ x: zeros([0, 2]) }, 4))).toMatchInlineSnapshot(`
      "RangeError: batches: 0 examples cannot be put in batches of 4
        hint: there must be some examples"
    `);
  });
});
