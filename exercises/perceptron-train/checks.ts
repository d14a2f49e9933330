import { check, checks } from "@gradus/grader/checks";
import { penguins, standardize } from "gradus";

/** What training returns; what a learner returns instead is for the comparison to say. */
type Trained = { weights: number[]; bias: number; mistakes: number[] };

const points = [
  [0, 1],
  [1, 0],
  [2, 2],
];
const labels = [1, -1, 1];
const input = "train([[0, 1], [1, 0], [2, 2]], [1, -1, 1], 10)";

export default checks(
  check("three points by hand", { points: 2 }, async ({ learner, expect }) => {
    const got = (await learner.call("train", points, labels, 10)) as Trained;
    expect(got?.weights, { input: `${input}.weights` }).toBeClose([0, 2], {
      mistakes: [
        [[0, 0], "These are the weights of the start. Does the update change them?"],
        [
          [1, 2],
          "These are the weights after one pass. Training goes on, and each pass begins with the weights that the last one left.",
        ],
        [[10, 30], "Every point has moved the weights. Only the mistakes should."],
        [[-1, 2], "This is what comes out when the bias does not learn along with the weights."],
        [
          [-1, 3],
          "In the first pass the second and the third point are mistakes. A score of zero answers 1, and each update comes at once, before the next point is looked at.",
        ],
      ],
    });
    expect(got?.bias, { input: `${input}.bias` }).toBeClose(-1, {
      mistakes: [
        [
          0,
          "This is the bias of the start, or that after one pass. It learns with the weights, and lives on from pass to pass.",
        ],
      ],
    });
  }),

  check("the mistakes of each pass", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.call("train", points, labels, 10)) as Trained;
    expect(got?.mistakes, { input: `${input}.mistakes` }).toEqual([2, 1, 0], {
      mistakes: [
        [[2, 1], "The last pass, the one without a mistake, belongs in the list too."],
        [[2, 3, 3], "The count goes on from pass to pass. It starts anew in each one."],
        [
          [2, 3, 3, 3, 3, 3, 3, 3, 3, 3],
          "The count goes on from pass to pass. It starts anew in each one.",
        ],
        [3, "This is the total. One number for each pass is asked for."],
        [
          [2, 1, 0, 0, 0, 0, 0, 0, 0, 0],
          "After a pass without a mistake nothing can change any more: stop there.",
        ],
        [
          [3, 1, 1, 0],
          "A score of zero answers 1. In the first pass only the second and the third point are mistakes.",
        ],
      ],
    });
  }),

  check("gives up after the last pass allowed", { points: 1 }, async ({ learner, expect }) => {
    const corners = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const got = (await learner.call("train", corners, [-1, 1, 1, -1], 7)) as Trained;
    const xor = "train([[0, 0], [0, 1], [1, 0], [1, 1]], [-1, 1, 1, -1], 7)";
    expect(got?.mistakes, {
      input: `${xor}.mistakes, for points that no line can split`,
    }).toHaveShape([7], {
      mistakes: [
        [[6], "One pass too few: with 7 epochs allowed, 7 passes are made."],
        [[8], "One pass too many: with 7 epochs allowed, 7 passes are made."],
        [[1], "Only one pass was made. Is the loop left too early?"],
      ],
    });
  }),

  check("tells Adelie from Gentoo", { points: 2 }, async ({ learner, expect }) => {
    const birds = penguins()
      .dropMissing("flipperLength", "billDepth")
      .filter((bird) => bird.species !== "Chinstrap");
    const points = standardize(
      birds.toTensor("flipperLength", "billDepth"),
    ).x.toArray() as number[][];
    const labels = birds.rows.map((bird) => (bird.species === "Gentoo" ? 1 : -1));
    const got = (await learner.call("train", points, labels, 50)) as Trained;
    expect(got?.weights, {
      input: "train(penguins, species, 50).weights, for two measurements",
    }).toHaveShape([2]);
    const wrong = points.filter((point, i) => {
      const score = got.weights[0] * point[0] + got.weights[1] * point[1] + got.bias;
      return !((score >= 0 ? 1 : -1) === labels[i]);
    });
    expect(wrong.length, {
      input: "train(penguins, species, 50), then the penguins on the wrong side",
    }).toBe(0);
    expect(got?.mistakes?.at(-1), { input: "the mistakes of its last pass" }).toBe(0);
  }),
);
