import { check, checks, type Learner } from "@gradus/grader/checks";
import { penguins, Rng } from "gradus";

/** Grows a tree at the learner's and asks it, so that what it looks like inside is nobody's business. */
const answers = (learner: Learner, ...given: unknown[]): Promise<unknown> =>
  learner.run(
    (
      scope: {
        grow(...args: unknown[]): unknown;
        classify(tree: unknown, point: number[]): unknown;
      },
      _gradus: unknown,
      points: number[][],
      labels: number[],
      depth: number,
      minLeaf: number,
      asked: number[][],
    ) => {
      const tree = scope.grow(points, labels, depth, minLeaf);
      return asked.map((point) => scope.classify(tree, point));
    },
    ...given,
  );

export default checks(
  check("one question", { points: 2 }, async ({ learner, expect }) => {
    const points = [[1], [2], [4], [8]];
    const asked = [[0], [2.9], [3], [3.1], [100]];
    const got = await answers(learner, points, [0, 0, 1, 1], 3, 1, asked);
    expect(got, {
      input:
        "grow([[1], [2], [4], [8]], [0, 0, 1, 1], 3, 1), asked about [0], [2.9], [3], [3.1], [100]",
    }).toEqual([0, 0, 0, 1, 1], {
      mistakes: [
        [[0, 0, 1, 1, 1], "At most 3 goes left: a value equal to the cut goes with the smaller."],
        [[0, 1, 1, 1, 1], "The cut lies halfway between 2 and 4."],
        [[0, 0, 0, 0, 1], "The cut lies halfway between 2 and 4."],
        [[1, 1, 1, 0, 0], "Yes goes left, no goes right: the sides have changed places."],
        [[0, 0, 0, 0, 0], "This tree asks nothing. Does the best question get used?"],
      ],
    });
  }),

  check("the question with the largest gain", { points: 2 }, async ({ learner, expect }) => {
    // The second measurement divides better than the first, and its best cut leaves sides of unequal size.
    const points = [
      [1, 10],
      [2, 50],
      [3, 20],
      [4, 60],
      [5, 70],
      [6, 30],
    ];
    const labels = [0, 1, 0, 1, 1, 0];
    const asked = [
      [1, 39],
      [1, 41],
      [6, 39],
      [6, 41],
    ];
    expect(await answers(learner, points, labels, 1, 1, asked), {
      input: `grow(${JSON.stringify(points)}, ${JSON.stringify(labels)}, 1, 1), asked about ${JSON.stringify(asked)}`,
    }).toEqual([0, 1, 0, 1], {
      mistakes: [
        [[0, 0, 0, 0], "This tree looks at the first measurement only, or asks nothing."],
        [[0, 0, 1, 1], "The first measurement was asked. The second one gains more."],
      ],
    });
    const line = [[1], [2], [3], [4], [5], [6], [7], [8], [9], [10]];
    const kinds = [1, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    const at = [[1.4], [2.6], [3.4], [3.6], [10]];
    expect(await answers(learner, line, kinds, 1, 1, at), {
      input: `grow([[1], [2], … [10]], ${JSON.stringify(kinds)}, 1, 1), asked about ${JSON.stringify(at)}`,
    }).toEqual([1, 1, 1, 0, 0], {
      mistakes: [
        [
          [1, 0, 0, 0, 0],
          "Each side counts by its share. Without it a pure side of one point looks better than it is.",
        ],
      ],
    });
  }),

  check("knows when to stop", { points: 2 }, async ({ learner, expect }) => {
    const points = [[1], [2], [3], [4], [5], [6], [7]];
    const labels = [0, 1, 1, 0, 0, 2, 2];
    const input = (depth: number, minLeaf: number) =>
      `grow([[1], [2], … [7]], ${JSON.stringify(labels)}, ${depth}, ${minLeaf}), asked about all seven`;
    const cases: [number, number, number[], [number[], string][]][] = [
      [
        0,
        1,
        [0, 0, 0, 0, 0, 0, 0],
        [[[0, 0, 0, 0, 0, 2, 2], "A depth of 0 leaves no question to ask."]],
      ],
      [
        1,
        1,
        [0, 0, 0, 0, 0, 2, 2],
        [
          [[0, 1, 1, 0, 0, 2, 2], "The tree is deeper than one question."],
          [[0, 0, 0, 0, 0, 0, 0], "With a depth of 1 there is one question to ask."],
        ],
      ],
      [9, 1, labels, [[[0, 0, 0, 0, 0, 2, 2], "There are questions left that gain something."]]],
      [
        9,
        3,
        [1, 1, 1, 0, 0, 0, 0],
        [
          [labels, "Every leaf must hold at least 3 points here."],
          [[0, 0, 0, 0, 0, 2, 2], "A leaf here holds two points, and 3 are asked for."],
          [[1, 1, 1, 0, 0, 2, 2], "A leaf here holds two points, and 3 are asked for."],
          [[1, 1, 1, 2, 2, 2, 2], "Of equally frequent labels a leaf answers the smallest."],
          [[0, 0, 0, 0, 2, 2, 2], "Of questions with equal gains, the lower cut is taken."],
        ],
      ],
    ];
    for (const [depth, minLeaf, right, mistakes] of cases)
      expect(await answers(learner, points, labels, depth, minLeaf, points), {
        input: input(depth, minLeaf),
      }).toEqual(right, { mistakes });
  }),

  check("tells three species apart", { points: 1 }, async ({ learner, expect }) => {
    const birds = penguins().dropMissing(
      "billLength",
      "billDepth",
      "flipperLength",
      "bodyMass",
    ).rows;
    const order = new Rng(3).permutation(birds.length);
    const measured = order.map((i) => {
      const { billLength, billDepth, flipperLength, bodyMass } = birds[i];
      return [billLength, billDepth, flipperLength, bodyMass];
    });
    const kinds = ["Adelie", "Chinstrap", "Gentoo"];
    const labels = order.map((i) => kinds.indexOf(birds[i].species));
    const known = 256;
    const got = (await answers(
      learner,
      measured.slice(0, known),
      labels.slice(0, known),
      4,
      3,
      measured.slice(known),
    )) as number[];
    const right = labels.slice(known).filter((label, i) => got?.[i] === label).length;
    const share = right / (labels.length - known);
    expect(share, {
      input:
        "a tree of 256 penguins, depth 4, at least 3 a leaf: its share of right answers about 86 others",
    }).toBeAtLeast(0.93);
  }),
);
