import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { standardize } from "../data/prepare.ts";
import { iris, penguins } from "../data/tables.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { Perceptron } from "./perceptron.ts";

describe("the rule", () => {
  test("zero counts as +1", () => {
    const model = new Perceptron(2);
    expect(model.predict([5, -5])).toBe(1);
    model.bias = -1e-6;
    expect(model.predict([0, 0])).toBe(-1);
  });

  test("one point, one row of a tensor, many points", () => {
    const model = new Perceptron(2);
    model.weights = tensor([1, -1]);
    model.bias = 0.5;
    expect(model.predict([0, 1])).toBe(-1);
    expect(model.predict(tensor([0, 1])).item()).toBe(-1);
    expect(
      model
        .predict(
          tensor([
            [0, 1],
            [1, 0],
          ]),
        )
        .toArray(),
    ).toEqual([-1, 1]);
    expect(
      model
        .predict([
          [0, 1],
          [1, 0],
        ])
        .toArray(),
    ).toEqual([-1, 1]);
    expect(
      model
        .activation([
          [0, 1],
          [1, 0],
        ])
        .toArray(),
    ).toEqual([-0.5, 1.5]);
  });

  test("a mistake moves weights and bias toward the point; a hit moves nothing", () => {
    const model = new Perceptron(2, { learningRate: 0.5 });
    expect(model.update([2, -4], -1)).toBe(true);
    expect(model.weights.toArray()).toEqual([-1, 2]);
    expect(model.bias).toBe(-0.5);
    expect(model.update([2, -4], -1)).toBe(false);
    expect(model.weights.toArray()).toEqual([-1, 2]);
    expect(model.bias).toBe(-0.5);
  });

  test("after a mistake, the point lies deeper on its own side by |x|² + 1", () => {
    const number = fc.integer({ min: -8, max: 8 });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 3, maxLength: 3 }),
        fc.constantFrom(-1, 1),
        (x, y) => {
          const model = new Perceptron(3);
          model.weights = tensor([1, -2, 3]);
          const before = y * model.activation(x).item();
          const moved = model.update(x, y);
          const gain = y * model.activation(x).item() - before;
          expect(gain).toBe(moved ? x.reduce((sum, v) => sum + v * v, 1) : 0);
        },
      ),
    );
  });
});

describe("learning", () => {
  /** Points on both sides of a random line through the unit square, none nearer than the margin. */
  function separable(
    seed: number,
    inputs: number,
    margin: number,
  ): { x: Tensor; y: number[]; radius: number } {
    const rng = new Rng(seed);
    const normal = rng.normal([inputs]);
    const length = Math.sqrt(normal.dot(normal).item());
    const points: number[][] = [];
    const y: number[] = [];
    while (points.length < 60) {
      const point = Array.from(rng.uniform([inputs], -1, 1).data);
      const distance = normal.dot(tensor(point)).item() / length;
      if (Math.abs(distance) < margin) continue;
      points.push(point);
      y.push(Math.sign(distance));
    }
    const radius = Math.max(...points.map((p) => Math.sqrt(p.reduce((s, v) => s + v * v, 1))));
    return { x: tensor(points), y, radius };
  }

  test("separable points are separated within Novikoff's bound, (radius / margin)² mistakes", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, inputs) => {
        const margin = 0.1;
        const { x, y, radius } = separable(seed, inputs, margin);
        const model = new Perceptron(inputs);
        const { mistakes, converged } = model.fit(x, y, { epochs: 1000, rng: new Rng(seed) });
        const total = mistakes.reduce((a, b) => a + b, 0);
        // With the bias as one more input, always 1, the line has the same margin.
        expect(total).toBeLessThanOrEqual((radius / margin) ** 2);
        expect(converged).toBe(true);
        expect(mistakes.at(-1)).toBe(0);
        expect(model.score(x, y)).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  test("XOR is never learned", () => {
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = [-1, 1, 1, -1];
    for (const rng of [undefined, new Rng(1), new Rng(2)]) {
      const model = new Perceptron(2);
      const { mistakes, converged } = model.fit(x, y, { epochs: 500, rng });
      expect(converged).toBe(false);
      expect(mistakes).toHaveLength(500);
      expect(Math.min(...mistakes)).toBeGreaterThan(0);
      expect(model.score(x, y)).toBeLessThan(1);
    }
  });

  test("setosa and the other irises are separable, versicolor and virginica are not", () => {
    const fields = ["petalLength", "petalWidth"] as const;
    const all = iris();
    const setosa = all.rows.map((row) => (row.species === "setosa" ? 1 : -1));
    expect(new Perceptron(2).fit(all.toTensor(...fields), setosa, { epochs: 100 }).converged).toBe(
      true,
    );

    const two = all.filter((row) => row.species !== "setosa");
    const virginica = two.rows.map((row) => (row.species === "virginica" ? 1 : -1));
    const { converged } = new Perceptron(2).fit(two.toTensor(...fields), virginica, {
      epochs: 300,
    });
    expect(converged).toBe(false);
  });

  test("Gentoo penguins are told from the others by bill depth and flipper length", () => {
    const birds = penguins().dropMissing("billDepth", "flipperLength");
    const { x } = standardize(birds.toTensor("billDepth", "flipperLength"));
    const y = birds.rows.map((row) => (row.species === "Gentoo" ? 1 : -1));
    const model = new Perceptron(2);
    expect(model.fit(x, y, { epochs: 100, rng: new Rng(1) }).converged).toBe(true);
    expect(model.score(x, tensor(y))).toBe(1);
  });

  test("the same seed gives the same course", () => {
    const { x, y } = separable(7, 2, 0.05);
    const run = () => {
      const model = new Perceptron(2);
      const { mistakes } = model.fit(x, y, { epochs: 200, rng: new Rng(3) });
      return { mistakes, weights: model.weights.toArray() };
    };
    expect(run()).toEqual(run());
  });
});

test("what is said of wrong input", () => {
  const model = new Perceptron(2);
  expect(errorOf(() => new Perceptron(2, { learningRate: 0 }))).toMatchInlineSnapshot(
    `"RangeError: Perceptron: the learning rate must be above 0, got 0"`,
  );
  expect(errorOf(() => new Perceptron(1.5))).toMatchInlineSnapshot(
    `"RangeError: Perceptron: inputs is a whole number, 1 or more, got 1.5"`,
  );
  expect(errorOf(() => model.predict([1, 2, 3]))).toMatchInlineSnapshot(`
    "ShapeError: predict: this perceptron has 2 inputs
      shape: [3]
      hint: give one point of shape [2] or many of shape [n, 2]"
  `);
  expect(errorOf(() => model.predict([1, Number.NaN]))).toMatchInlineSnapshot(`
    "RangeError: predict: the point holds NaN
      hint: leave out or fill in missing values first"
  `);
  expect(
    errorOf(() =>
      model.score(
        [
          [1, 2],
          [Number.NaN, 1],
        ],
        [1, 1],
      ),
    ),
  ).toMatchInlineSnapshot(`
    "RangeError: score: point 1 holds NaN
      hint: leave out or fill in missing values first"
  `);
  expect(errorOf(() => model.update([1, 2], 0))).toMatchInlineSnapshot(`
    "RangeError: update: a label is -1 or +1, got 0
      hint: turn 0 into -1"
  `);
  expect(errorOf(() => model.update(zeros([3, 2]), 1))).toMatchInlineSnapshot(`
    "ShapeError: update: looks at one point at a time
      shape: [3, 2]
      hint: use fit(x, y, …) for many"
  `);
  expect(errorOf(() => model.fit(zeros([3, 2]), [1, -1], { epochs: 1 }))).toMatchInlineSnapshot(`
    "ShapeError: fit: there must be one label for each point
      shapes: [3, 2] and [2]
      hint: points of shape [n, 2] with n labels"
  `);
  expect(errorOf(() => model.fit(zeros([1, 2]), [1], { epochs: 0 }))).toMatchInlineSnapshot(
    `"RangeError: fit: epochs is a whole number, 1 or more, got 0"`,
  );
  expect(errorOf(() => model.fit(zeros([0, 2]), [], { epochs: 1 }))).toMatchInlineSnapshot(`
    "ShapeError: fit: there are no examples
      shape: [0, 2]"
  `);
});
