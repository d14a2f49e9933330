import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cellsOf, loadChapter } from "../../../course/src/chapter.ts";
import { layoutOf, marksOf } from "./draw.ts";
import {
  allBirds,
  cutsOf,
  fromHash,
  gainOf,
  groupsOf,
  nearest,
  questionsOf,
  type State,
  start,
  strangers,
  toHash,
} from "./logic.ts";
import { still } from "./still.ts";
import { leafOf, plant } from "./tree.ts";

const birds = allBirds();
const questions = questionsOf(birds, 3);
const whole: State = { asked: questions.length, cut: null };

const anyState = fc
  .tuple(
    fc.integer({ min: 0, max: questions.length }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.boolean(),
  )
  .map(([asked, share, moved]): State => {
    if (asked === 0 || !moved) return { asked, cut: null };
    const [path, { feature }] = questions[asked - 1];
    const group = groupsOf(birds, questions, { asked, cut: null }).find(
      (one) => one.path === path,
    )!;
    const cuts = cutsOf(birds, group.birds, feature);
    return { asked, cut: cuts[Math.floor(share * (cuts.length - 1))] };
  });

describe("the tree", () => {
  test("is the chapter's, word for word", () => {
    const root = path.resolve(import.meta.dirname, "../../..");
    const chapter = loadChapter(path.join(root, "course/02-classical-methods.mdx"), { root });
    const code = cellsOf(chapter)
      .map((cell) => cell.code)
      .join("\n\n");
    const own = readFileSync(new URL("./tree.ts", import.meta.url), "utf8");
    const parts = own.replaceAll("export ", "").split("\n\n").slice(1);
    expect(parts.length).toBeGreaterThan(6);
    for (const part of parts) expect(code).toContain(part.trim());
  });

  test("asks about the flipper first, and leaves ten birds among others", () => {
    expect(birds.rows).toHaveLength(342);
    const [[path, first]] = questions;
    expect([path, first.feature, first.cut]).toEqual(["", 2, 206.5]);
    expect(strangers(groupsOf(birds, questions, start))).toBe(191);
    expect(strangers(groupsOf(birds, questions, whole))).toBe(10);
  });

  test("its leaves are those in which the chapter's tree puts every bird", () => {
    const tree = plant(birds.rows, birds.labels, 3);
    for (const { split, birds: places, counts } of groupsOf(birds, questions, whole))
      if (!split)
        for (const i of places) expect(leafOf(tree, birds.rows[i]).counts).toEqual(counts);
  });

  test("no cut gains more than the best", () => {
    for (const { birds: places, split } of groupsOf(birds, questions, whole)) {
      if (!split) continue;
      const gains = cutsOf(birds, places, split.feature).map((cut) =>
        gainOf(birds, places, split.feature, cut),
      );
      expect(Math.max(...gains)).toBeCloseTo(split.gain, 12);
    }
  });
});

describe("the picture", () => {
  test("every bird lies in the picture, in one place, whatever was asked", () => {
    fc.assert(
      fc.property(anyState, fc.constantFrom(296, 328, 480, 672), (state, width) => {
        const layout = layoutOf(width, questions);
        const marks = marksOf(birds, groupsOf(birds, questions, state), layout);
        expect(marks.map(({ bird }) => bird)).toEqual(birds.rows.map((_, i) => i));
        const places = new Set(marks.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`));
        expect(places.size).toBe(marks.length);
        for (const { x, y } of marks) {
          expect(x > 0 && x < width).toBe(true);
          expect(y > 0 && y < layout.height).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("still.svg is what the drawing code draws now", () => {
    const committed = readFileSync(new URL("./still.svg", import.meta.url), "utf8");
    expect(committed, "run: node site/figures/penguin-tree/still.ts").toBe(still());
  });
});

describe("the address", () => {
  test("carries any state there and back", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const read = fromHash(toHash(state), birds, questions);
        expect(read?.asked).toBe(state.asked);
        if (state.cut === null) expect(read?.cut).toBeNull();
        else expect(read?.cut).toBeCloseTo(state.cut, 3);
      }),
    );
  });

  test("what cannot be is not read", () => {
    for (const hash of [
      "",
      "#penguin-tree=",
      "#penguin-tree=99",
      "#penguin-tree=0,5",
      "#penguin-tree=1,x",
      "#perceptron-boundary=1",
    ])
      expect(fromHash(hash, birds, questions), hash).toBeNull();
    // A cut that no bird makes possible becomes the nearest one.
    expect(fromHash("#penguin-tree=1,99999", birds, questions)?.cut).toBe(230.5);
  });

  test("the nearest cut", () => {
    expect(nearest([1, 4, 9], 5)).toBe(4);
    expect(nearest([1], 100)).toBe(1);
  });
});
