import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Perceptron, Rng } from "gradus";
import { describe, expect, test } from "vitest";
import {
  allPenguins,
  allRight,
  fromHash,
  isRight,
  mostPoints,
  type Point,
  penguinSample,
  place,
  poor,
  presets,
  reach,
  separable,
  start,
  step,
  toHash,
  withPoints,
} from "./logic.ts";
import { still } from "./still.ts";

// Quarters: sums of them are exact in the library's float32 too, so that a score of zero is zero in both.
const coordinate = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
const point = fc
  .tuple(coordinate, coordinate, fc.boolean())
  .map(([x, y, plus]) => place(x, y, plus ? 1 : -1));
const points = (most: number) => fc.array(point, { minLength: 1, maxLength: most });

/** Whether a line parts the points, found by trying every line through two of them, turned and moved by a hair. */
function someLineParts(all: readonly Point[]): boolean {
  const rules = [
    { w1: 0, w2: 0, b: 1 },
    { w1: 0, w2: 0, b: -1 },
  ];
  const hair = 1e-4;
  for (const p of all)
    for (const q of [...all, { x: p.x + 1, y: p.y }, { x: p.x, y: p.y + 1 }]) {
      const [dx, dy] = [q.x - p.x, q.y - p.y];
      if (dx === 0 && dy === 0) continue;
      for (const turn of [-hair, 0, hair])
        for (const pivot of [p, q, { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 }])
          for (const shift of [-hair / 10, 0, hair / 10]) {
            const [w1, w2] = [-dy - turn * dx, dx - turn * dy];
            const b = -(w1 * pivot.x + w2 * pivot.y) + shift;
            rules.push({ w1, w2, b }, { w1: -w1, w2: -w2, b: -b });
          }
    }
  return rules.some((rule) => all.every((one) => isRight(rule, one)));
}

describe("separable", () => {
  test("agrees with trying all lines", () => {
    fc.assert(
      fc.property(points(7), (all) => {
        expect(separable(all)).toBe(someLineParts(all));
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ["one class alone", [place(0, 0, 1), place(1, 1, 1)], true],
    ["two points", [place(0, 0, 1), place(1, 1, -1)], true],
    ["one spot for both", [place(1, 1, 1), place(1, 1, -1)], false],
    ["a point between two on a line", [place(0, 0, 1), place(1, 0, -1), place(2, 0, 1)], false],
    [
      "end to end on a line",
      [place(0, 0, 1), place(1, 0, 1), place(2, 0, -1), place(3, 0, -1)],
      true,
    ],
    [
      "a corner on an edge",
      [place(0, 0, 1), place(2, 0, 1), place(1, 0, -1), place(1, 1, -1)],
      false,
    ],
    ["XOR", presets.xor(), false],
    ["the penguins of the preset", penguinSample(), true],
    ["all penguins", allPenguins(), true],
  ] as [string, Point[], boolean][])("%s", (_, all, answer) => expect(separable(all)).toBe(answer));
});

describe("the rule", () => {
  test("takes the same steps as the library's fit", () => {
    fc.assert(
      fc.property(points(12), (all) => {
        let state = start(all);
        for (
          let i = 0;
          i < 3 * all.length && !(i % all.length === 0 && i > 0 && allRight(state));
          i++
        )
          state = step(state);
        const model = new Perceptron(2);
        model.fit(
          all.map(({ x, y }) => [x, y]),
          all.map(({ label }) => label),
          { epochs: Math.max(1, Math.ceil(state.steps / all.length)) },
        );
        expect([state.rule.w1, state.rule.w2, state.rule.b]).toEqual(
          [...model.weights.data, model.bias].map((value) => expect.closeTo(value, 3)),
        );
      }),
    );
  });

  test("stops making mistakes where a line exists", () => {
    for (const all of [penguinSample(), new Rng(3).shuffle(allPenguins())]) {
      let state = start(all, poor);
      while (!allRight(state) && state.steps < 100 * all.length) state = step(state);
      expect(allRight(state)).toBe(true);
      const { mistakes } = state;
      for (let i = 0; i < all.length; i++) state = step(state);
      expect(state.mistakes).toBe(mistakes);
    }
  });

  test("never gets XOR right, and comes back to where it was", () => {
    let state = start(presets.xor());
    const seen = new Set<string>();
    for (let pass = 0; pass < 20; pass++) {
      seen.add(JSON.stringify(state.rule));
      for (let i = 0; i < 4; i++) {
        state = step(state);
        expect(allRight(state)).toBe(false);
      }
    }
    expect(seen.size).toBeLessThan(20);
  });

  test("a moved point takes back what the last step showed, not the weights", () => {
    const before = step(start(penguinSample(), poor));
    const after = withPoints(before, before.points.slice(1));
    expect(after).toMatchObject({ rule: before.rule, last: null, mistakes: before.mistakes });
    expect(after.next).toBeLessThan(after.points.length);
  });
});

describe("the address", () => {
  test("brings back points and weights", () => {
    fc.assert(
      fc.property(points(mostPoints), fc.integer({ min: 0, max: 30 }), (all, steps) => {
        let state = start(all);
        for (let i = 0; i < steps; i++) state = step(state);
        expect(fromHash(toHash(state))).toEqual(start(all, state.rule));
      }),
    );
  });

  test.each([
    "",
    "#",
    "#look-first",
    "#perceptron-boundary=",
    "#perceptron-boundary=p1",
    "#perceptron-boundary=p1,2&w=1,2",
    "#perceptron-boundary=p1,2&w=a,b,c",
    `#perceptron-boundary=${Array(mostPoints + 1)
      .fill("p1,2")
      .join("_")}`,
  ])("%s carries nothing", (hash) => expect(fromHash(hash)).toBeNull());

  test("points outside the plane come to its edge", () => {
    expect(fromHash("#perceptron-boundary=p999,-999")?.points).toEqual([
      place(reach.x, -reach.y, 1),
    ]);
  });
});

test("still.svg is what the drawing code draws now", () => {
  const committed = readFileSync(new URL("./still.svg", import.meta.url), "utf8");
  expect(committed, "run: node site/figures/perceptron-boundary/still.ts").toBe(still());
});
