import { check, checks } from "@gradus/grader/checks";

/** What an update returns; what a learner returns instead is for the comparison to say. */
type Step = { weights: number[]; bias: number };

export default checks(
  check(
    "a mistake moves the weights toward the point",
    { points: 1 },
    async ({ learner, expect }) => {
      const got = (await learner.call("update", [0.5, -1], 0, [1, 2], 1)) as Step;
      expect(got?.weights, {
        input: "update([0.5, -1], 0, [1, 2], 1).weights, a score of -1.5",
      }).toBeClose([1.5, 1], {
        mistakes: [
          [[0.5, -1], "The weights did not move, although score and label disagree."],
          [[-0.5, -3], "The weights moved away from the point: the score got worse."],
          [
            [2.5, 3],
            "The step is twice as long as the point. Add label × point, not (label - answer) × point.",
          ],
        ],
      });
    },
  ),

  check(
    "a point of label -1 pushes the weights away",
    { points: 1 },
    async ({ learner, expect }) => {
      const got = (await learner.call("update", [2, 1], 0, [1, 3], -1)) as Step;
      expect(got?.weights, {
        input: "update([2, 1], 0, [1, 3], -1).weights, a score of 5",
      }).toBeClose([1, -2], {
        mistakes: [
          [[2, 1], "The weights did not move, although score and label disagree."],
          [
            [3, 4],
            "The weights moved toward the point, but its label is -1. Where does the label come in?",
          ],
          [
            [0, -5],
            "The step is twice as long as the point. Add label × point, not (label - answer) × point.",
          ],
        ],
      });
    },
  ),

  check("the bias moves by the label", { points: 1 }, async ({ learner, expect }) => {
    const up = (await learner.call("update", [0.5, -1], 0, [1, 2], 1)) as Step;
    expect(up?.bias, { input: "update([0.5, -1], 0, [1, 2], 1).bias" }).toBeClose(1, {
      mistakes: [
        [0, "The bias stayed where it was. It learns like a weight whose measurement is always 1."],
        [-1, "The bias moved the wrong way."],
        [2, "The bias moved by 2. Add the label, not label - answer."],
      ],
    });
    const down = (await learner.call("update", [2, 1], 0, [1, 3], -1)) as Step;
    expect(down?.bias, { input: "update([2, 1], 0, [1, 3], -1).bias" }).toBeClose(-1, {
      mistakes: [
        [0, "The bias stayed where it was. It learns like a weight whose measurement is always 1."],
        [1, "The bias moved the wrong way: the label is -1."],
        [-2, "The bias moved by 2. Add the label, not label - answer."],
      ],
    });
  }),

  check("a right answer changes nothing", { points: 1 }, async ({ learner, expect }) => {
    for (const [label, weights, score] of [
      [1, [2, 1], 5],
      [-1, [-2, -1], -5],
    ] as const) {
      const input = `update([${weights}], 0, [1, 3], ${label}), a score of ${score}`;
      const got = (await learner.call("update", weights, 0, [1, 3], label)) as Step;
      expect(got?.weights, { input: `${input}: the weights` }).toBeClose([...weights], {
        mistakes: [
          [
            [weights[0] + label, weights[1] + 3 * label],
            "Score and label agree here, and the weights moved all the same. Rosenblatt's rule learns only from mistakes.",
          ],
        ],
      });
      expect(got?.bias, { input: `${input}: the bias` }).toBeClose(0, {
        mistakes: [[label, "Score and label agree here, and the bias moved all the same."]],
      });
    }
  }),

  check("a score of zero answers 1", { points: 1 }, async ({ learner, expect }) => {
    const minus = (await learner.call("update", [0, 0], 0, [3, 4], -1)) as Step;
    expect(minus?.weights, {
      input: "update([0, 0], 0, [3, 4], -1).weights, a score of 0",
    }).toBeClose([-3, -4], {
      mistakes: [
        [
          [0, 0],
          "A score of zero answers 1, so with the label -1 it is a mistake. With weights of zero every score is zero: without this mistake, learning would never begin.",
        ],
      ],
    });
    const plus = (await learner.call("update", [0, 0], 0, [3, 4], 1)) as Step;
    expect(plus?.weights, {
      input: "update([0, 0], 0, [3, 4], 1).weights, a score of 0",
    }).toBeClose([0, 0], {
      mistakes: [
        [
          [3, 4],
          "A score of zero answers 1, so with the label 1 it is right. Does your test count every score of zero as a mistake?",
        ],
      ],
    });
  }),

  check("the caller's arrays stay as they were", { points: 1 }, async ({ learner, expect }) => {
    const { step, weights, point } = (await learner.run(
      (scope: { update(...args: unknown[]): unknown }) => {
        const weights = [0.5, -1];
        const point = [1, 2];
        const step = scope.update(weights, 0, point, 1);
        return { step, weights, point };
      },
    )) as { step: Step; weights: number[]; point: number[] };
    const input = "weights = [0.5, -1]; point = [1, 2]; update(weights, 0, point, 1)";
    // To leave everything alone would be easy without learning anything.
    expect(step?.weights, { input: `${input}.weights` }).toBeClose([1.5, 1]);
    expect(weights, { input: `${input}; and then weights` }).toEqual([0.5, -1], {
      mistakes: [
        [[1.5, 1], "The array of weights that was handed in has changed. Build a new one instead."],
      ],
    });
    expect(point, { input: `${input}; and then point` }).toEqual([1, 2]);
  }),
);
