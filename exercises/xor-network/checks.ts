import { check, checks } from "@gradus/grader/checks";

type Unit = { weights: number[]; bias: number };
type Network = { hidden: Unit[]; output: Unit };

const corners = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

/** The checks run the learner's weights themselves, so that no clever `forward` can stand in for them. */
function answer(unit: Unit, inputs: number[]): number {
  let score = unit.bias;
  for (let j = 0; j < unit.weights.length; j++) score += unit.weights[j] * inputs[j];
  if (!Number.isFinite(score)) return Number.NaN;
  return score >= 0 ? 1 : -1;
}

export default checks(
  check("two hidden units and an output unit", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.call("xorNetwork")) as Network;
    expect(got?.hidden?.length, { input: "xorNetwork().hidden.length" }).toBe(2, {
      mistakes: [
        [
          1,
          "One hidden unit draws one line, and the output cannot add another. Two lines are needed.",
        ],
        [3, "This can work, but two hidden units are enough. Which one is not needed?"],
      ],
    });
    got.hidden.forEach((unit, k) => {
      expect(unit?.weights, { input: `xorNetwork().hidden[${k}].weights` }).toHaveShape([2]);
    });
    expect(got?.output?.weights, { input: "xorNetwork().output.weights" }).toHaveShape([2]);
  }),

  check(
    "the weights answer XOR at the four corners",
    { points: 2 },
    async ({ learner, expect }) => {
      const { hidden, output } = (await learner.call("xorNetwork")) as Network;
      const answers = corners.map((corner) =>
        answer(
          output,
          hidden.map((unit) => answer(unit, corner)),
        ),
      );
      expect(answers, {
        input: "your weights at [0, 0], [0, 1], [1, 0], [1, 1]",
      }).toEqual([-1, 1, 1, -1], {
        mistakes: [
          [[-1, 1, 1, 1], "This is OR: at least one. XOR also wants: not both."],
          [[-1, -1, -1, 1], "This is AND: both."],
          [[1, 1, 1, -1], "This is NOT BOTH. XOR also wants: at least one."],
          [[1, -1, -1, 1], "This is the opposite of XOR: the same. Turn the output unit around."],
          [
            [1, 1, 1, 1],
            "Always 1: at least one hidden unit always says yes, so OR is too generous an output.",
          ],
          [
            [-1, -1, -1, -1],
            "Always -1: the output unit asks for more than the hidden units ever give.",
          ],
        ],
      });
    },
  ),

  check(
    "forward: hidden units first, then the output",
    { points: 2 },
    async ({ learner, expect }) => {
      // Each unit asks one question that can be checked by eye.
      const and: Network = {
        hidden: [
          { weights: [1, 0], bias: -0.5 },
          { weights: [0, 1], bias: -0.5 },
        ],
        output: { weights: [1, 1], bias: -1 },
      };
      for (const [a, b] of corners) {
        expect(await learner.call("forward", and, [a, b]), {
          input: `forward(and, [${a}, ${b}]), the network of the prompt`,
        }).toBe(a === 1 && b === 1 ? 1 : -1, {
          mistakes: [
            [0, "A unit answers 1 or -1, never 0. The output unit counts on that."],
            [a === b ? 1 : -1, "Is this the output unit's answer to the hidden answers?"],
          ],
        });
      }
      // The same question with three inputs.
      const all: Network = {
        hidden: [
          { weights: [1, 0, 0], bias: -0.5 },
          { weights: [0, 1, 0], bias: -0.5 },
          { weights: [0, 0, 1], bias: -0.5 },
        ],
        output: { weights: [1, 1, 1], bias: -2 },
      };
      for (const third of [1, 0])
        expect(await learner.call("forward", all, [1, 1, third]), {
          input: `forward with three hidden units, answers 1, 1 and ${third || -1}, output weights [1, 1, 1], output bias -2`,
        }).toBe(third || -1, {
          mistakes: [
            [
              third ? -1 : 1,
              "Is everything there? Any number of inputs and of hidden units may come.",
            ],
          ],
        });
      // Both hidden answers are -1, and they weigh as such: -1 · -2 - 1 = 1.
      const none: Network = {
        hidden: [
          { weights: [1], bias: -1 },
          { weights: [1], bias: -2 },
        ],
        output: { weights: [-1, -1], bias: -1 },
      };
      expect(await learner.call("forward", none, [0.5]), {
        input:
          "forward with hidden scores -0.5 and -1.5, output weights [-1, -1], output bias -1, point [0.5]",
      }).toBe(1, {
        mistakes: [
          [
            -1,
            "The hidden answers are -1 and -1, and the output score is 1 + 1 - 1. With answers of 0 instead of -1 it would be -1.",
          ],
        ],
      });
      const hard: Network = {
        hidden: [
          { weights: [1], bias: 0 },
          { weights: [-1], bias: 1 },
        ],
        output: { weights: [1, 1], bias: -1 },
      };
      expect(await learner.call("forward", hard, [5]), {
        input:
          "forward with hidden scores 5 and -4, output weights [1, 1], output bias -1, point [5]",
      }).toBe(-1, {
        mistakes: [
          [
            1,
            "The output unit got the hidden scores (5 - 4 - 1 = 0). It reads the hidden answers, 1 and -1.",
          ],
        ],
      });
    },
  ),
);
