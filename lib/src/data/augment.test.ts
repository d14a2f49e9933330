import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ones, tensor, zeros } from "../create.ts";
import { manualSeed, Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import {
  type Augmentation,
  augment,
  gaussianNoise,
  randomCrop,
  randomHorizontalFlip,
  randomRotation,
  randomShift,
} from "./augment.ts";

const shapes = fc.tuple(...[3, 3, 7, 7].map((max) => fc.integer({ min: 1, max })));
const seeds = fc.integer();
const pictures = (shape: number[], seed: number) => new Rng(seed).uniform(shape, 1, 2);

describe("each augmentation", () => {
  const all: [string, Augmentation][] = [
    ["randomShift", randomShift(2)],
    ["randomCrop", randomCrop(4, { padding: 2 })],
    ["randomHorizontalFlip", randomHorizontalFlip()],
    ["randomRotation", randomRotation(30)],
    ["gaussianNoise", gaussianNoise(0.1)],
    ["augment", augment(randomShift(1), randomRotation(10), randomHorizontalFlip())],
  ];

  test.each(all)("%s: the same seed gives the same pictures, another one others", (_, change) => {
    const x = pictures([6, 2, 5, 5], 1);
    const before = x.toArray();
    const once = change(x, new Rng(1));
    expect(once.toArray()).toEqual(change(x, new Rng(1)).toArray());
    expect(once.toArray()).not.toEqual(change(x, new Rng(2)).toArray());
    manualSeed(1);
    expect(change(x).toArray()).toEqual(once.toArray());
    expect(x.toArray()).toEqual(before);
    expect(once.shape.slice(0, 2)).toEqual([6, 2]);
  });

  test.each(all.slice(0, 4))(
    "%s: pictures go their own ways, channels of one the same",
    (_, change) => {
      const x = ones([40, 2, 5, 5]).mul(pictures([5, 5], 3));
      const out = change(x, new Rng(1));
      const parts = [...out].map((picture) => JSON.stringify(picture.row(0).toArray()));
      expect(new Set(parts).size).toBeGreaterThan(1);
      for (const picture of out) expect(picture.row(0).toArray()).toEqual(picture.row(1).toArray());
    },
  );
});

/** Where the picture's pixel (0, 0) came to lie when it was moved by whole pixels: tried, not assumed. */
function movedBy(from: Tensor, to: Tensor, most: number): [number, number][] {
  const [height, width] = from.shape;
  const at = (x: Tensor, row: number, column: number) =>
    row >= 0 && row < height && column >= 0 && column < width ? x.at(row, column) : 0;
  const found: [number, number][] = [];
  for (let down = -most; down <= most; down++)
    for (let right = -most; right <= most; right++) {
      let same = true;
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++)
          same &&= at(to, row, column) === at(from, row - down, column - right);
      if (same) found.push([down, right]);
    }
  return found;
}

describe("randomShift", () => {
  test("what stays inside is as it was, what comes in is 0, and no farther than asked", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 3 }), seeds, (shape, pixels, seed) => {
        const x = pictures(shape, seed);
        const out = randomShift(pixels)(x, new Rng(seed));
        expect(out.shape).toEqual(shape);
        for (const [i, picture] of [...out].entries())
          expect(movedBy(x.row(i).row(0), picture.row(0), pixels)).not.toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("every distance comes up, and as often", () => {
    const x = pictures([1, 5, 5], 1).mul(ones([2500, 1, 1, 1]));
    const counts = new Map<string, number>();
    for (const picture of randomShift(1)(x, new Rng(1))) {
      const [place] = movedBy(x.row(0).row(0), picture.row(0), 1);
      counts.set(String(place), (counts.get(String(place)) ?? 0) + 1);
    }
    expect(counts.size).toBe(9);
    // 2,500 / 9 = 278, deviation 15.7
    for (const count of counts.values()) expect(Math.abs(count - 278)).toBeLessThan(5 * 15.7);
  });
});

test("randomCrop: every piece stands in the picture as it was", () => {
  const x = tensor([
    [
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    ],
  ]).mul(ones([200, 1, 1, 1]));
  const pieces = [...randomCrop(2)(x, new Rng(1))].map((piece) => JSON.stringify(piece.row(0)));
  const found = new Set(
    [...randomCrop(2)(x, new Rng(1))].map((piece) => String(piece.row(0).toArray())),
  );
  expect(pieces).toHaveLength(200);
  expect(found).toEqual(new Set(["1,2,4,5", "2,3,5,6", "4,5,7,8", "5,6,8,9"]));
  expect(randomCrop(3)(x, new Rng(1)).toArray()).toEqual(x.toArray());
  expect(randomCrop(5, { padding: 1 })(x, new Rng(1)).row(0).row(0).toArray()).toEqual([
    [0, 0, 0, 0, 0],
    [0, 1, 2, 3, 0],
    [0, 4, 5, 6, 0],
    [0, 7, 8, 9, 0],
    [0, 0, 0, 0, 0],
  ]);
});

describe("randomHorizontalFlip", () => {
  test("once is left for right, twice is as it was", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const x = pictures(shape, seed);
        const flip = randomHorizontalFlip(1);
        const once = flip(x, new Rng(seed));
        expect(once.at(0, 0, 0, 0)).toBe(x.at(0, 0, 0, -1));
        expect(flip(once, new Rng(seed)).toArray()).toEqual(x.toArray());
        expect(randomHorizontalFlip(0)(x, new Rng(seed)).toArray()).toEqual(x.toArray());
      }),
    );
    expect(
      randomHorizontalFlip(1)(
        tensor([
          [
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
          ],
        ]),
      ).toArray(),
    ).toEqual([
      [
        [
          [3, 2, 1],
          [6, 5, 4],
        ],
      ],
    ]);
  });

  test("a share of them", () => {
    const x = tensor([1, 0]).mul(ones([2000, 1, 1, 1]));
    const flipped = randomHorizontalFlip(0.3)(x, new Rng(1)).sum(0).at(0, 0, 1) / 2000;
    expect(Math.abs(flipped - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 2000));
  });
});

describe("randomRotation", () => {
  test("by 0 degrees nothing happens", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const x = pictures(shape, seed);
        expect(randomRotation(0)(x, new Rng(seed)).allClose(x, 1e-6)).toBe(true);
      }),
    );
  });

  test("a bright spot moves on its circle, either way, by no more than the angle", () => {
    const x = zeros([300, 1, 21, 21]);
    for (let i = 0; i < 300; i++) x.data[i * 441 + 10 * 21 + 18] = 1; // 8 right of the center
    const angles = [...randomRotation(40)(x, new Rng(1))].map((picture) => {
      let [mass, down, right] = [0, 0, 0];
      for (let row = 0; row < 21; row++)
        for (let column = 0; column < 21; column++) {
          const value = picture.at(0, row, column);
          mass += value;
          down += value * (row - 10);
          right += value * (column - 10);
        }
      expect(Math.abs(Math.hypot(down / mass, right / mass) - 8)).toBeLessThan(0.35);
      return (Math.atan2(down, right) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeLessThan(43);
    expect(Math.max(...angles)).toBeGreaterThan(35);
    expect(Math.min(...angles)).toBeLessThan(-35);
    expect(Math.abs(angles.reduce((sum, angle) => sum + angle) / 300)).toBeLessThan(5 * 1.4);
  });

  test("what falls between pixels is mixed of them: a slope stays a slope", () => {
    // Bilinear mixing is exact for a plane, so each picture is the plane, turned.
    const plane = (row: number, column: number) => 20 + 2 * (row - 3) + 3 * (column - 3);
    const x = tensor([
      [
        Array.from({ length: 7 }, (_, row) =>
          Array.from({ length: 7 }, (_, column) => plane(row, column)),
        ),
      ],
    ]);
    for (let seed = 0; seed < 20; seed++) {
      const out = randomRotation(20)(x, new Rng(seed)).row(0).row(0);
      const [down, right] = [out.at(4, 3) - out.at(3, 3), out.at(3, 4) - out.at(3, 3)];
      expect(out.at(3, 3)).toBeCloseTo(20, 4);
      expect(Math.hypot(down, right)).toBeCloseTo(Math.hypot(2, 3), 4);
      expect(out.at(2, 4)).toBeCloseTo(20 - down + right, 4);
    }
  });
});

test("gaussianNoise: its deviation, and around what was there", () => {
  const x = pictures([10, 1, 30, 30], 1);
  const noise = gaussianNoise(0.2)(x, new Rng(1)).sub(x);
  expect(Math.abs(noise.mean().item())).toBeLessThan(5 * (0.2 / Math.sqrt(9000)));
  expect(Math.abs(noise.std().item() - 0.2)).toBeLessThan(5 * (0.2 / Math.sqrt(18_000)));
});

test("augment: one after the other, from one generator; of nothing, nothing", () => {
  const x = pictures([4, 1, 6, 6], 1);
  const rng = new Rng(5);
  const expected = randomHorizontalFlip()(randomShift(2)(x, rng), rng);
  const both = augment(randomShift(2), randomHorizontalFlip());
  expect(both(x, new Rng(5)).toArray()).toEqual(expected.toArray());
  expect(augment()(x)).toBe(x);
});

test("errors say what to do", () => {
  expect(errorOf(() => randomShift(1)(ones([28, 28])))).toMatchInlineSnapshot(`
    "ShapeError: randomShift: expects a batch of pictures
      shape: [28, 28]
      hint: a shape of [n, channels, height, width]"
  `);
  expect(errorOf(() => randomCrop(8, { padding: 1 })(ones([2, 1, 5, 9])))).toMatchInlineSnapshot(`
    "ShapeError: randomCrop: a piece of 8 × 8 does not fit
      shape: [2, 1, 5, 9]
      hint: the pictures are 5 × 9, with a padding of 1"
  `);
  expect(errorOf(() => randomShift(0.5))).toMatchInlineSnapshot(
    `"RangeError: randomShift: the distance must be whole pixels, got 0.5"`,
  );
  expect(errorOf(() => randomCrop(2, { padding: -1 }))).toMatchInlineSnapshot(
    `"RangeError: randomCrop: the padding must be whole pixels, got -1"`,
  );
  expect(errorOf(() => randomHorizontalFlip(30))).toMatchInlineSnapshot(
    `"RangeError: randomHorizontalFlip: the share must be from 0 to 1, got 30"`,
  );
  expect(errorOf(() => randomRotation(Number.NaN))).toMatchInlineSnapshot(
    `"RangeError: randomRotation: the angle must be 0 degrees or more, got NaN"`,
  );
  expect(errorOf(() => gaussianNoise(-1))).toMatchInlineSnapshot(
    `"RangeError: gaussianNoise: the standard deviation must be 0 or more, got -1"`,
  );
});
