import { check, checks, type Learner } from "@gradus/grader/checks";
import { penguins } from "gradus";

/** Boosts at the learner's and asks, so that what the model looks like inside is nobody's business. */
const answers = (learner: Learner, ...given: unknown[]): Promise<number[]> =>
  learner.run(
    (
      scope: {
        boost(...args: unknown[]): unknown;
        predict(model: unknown, value: number): unknown;
      },
      _gradus: unknown,
      values: number[],
      targets: number[],
      rounds: number,
      rate: number,
      asked: number[],
    ) => {
      const model = scope.boost(values, targets, rounds, rate);
      return asked.map((value) => scope.predict(model, value));
    },
    ...given,
  ) as Promise<number[]>;

const values = [1, 2, 3, 4];
const targets = [10, 10, 20, 24];
const input = (rounds: number, rate: number) =>
  `boost([1, 2, 3, 4], [10, 10, 20, 24], ${rounds}, ${rate}), asked about 1, 2, 3 and 4`;

export default checks(
  check("no round, one round", { points: 2 }, async ({ learner, expect }) => {
    expect(await answers(learner, values, targets, 0, 0.5, values), {
      input: input(0, 0.5),
    }).toBeClose([16, 16, 16, 16], {
      mistakes: [
        [[0, 0, 0, 0], "Before the first round the model answers the mean of all targets."],
      ],
    });
    // Missing -6, -6, 4, 8: the stump cuts at 2.5 and answers -6 and 6.
    expect(await answers(learner, values, targets, 1, 0.5, values), {
      input: input(1, 0.5),
    }).toBeClose([13, 13, 19, 19], {
      mistakes: [
        [[10, 10, 22, 22], "The stump's answer is multiplied by the rate before it is added."],
        [[14.5, 14.5, 17.5, 17.5], "The rate was applied twice."],
        [[19, 19, 13, 13], "What is missing is target less answer, not the other way around."],
        [[21, 21, 27, 27], "The stump is fitted to what is missing, not to the targets."],
        [[-3, -3, 3, 3], "The mean, with which the model begins, is missing from its answers."],
        [[10.5, 10.5, 20.5, 20.5], "This stump was fitted to the targets."],
      ],
    });
    expect(await answers(learner, values, targets, 1, 1, [2.4, 2.5, 2.6, -7, 99]), {
      input: "boost([1, 2, 3, 4], [10, 10, 20, 24], 1, 1), asked about 2.4, 2.5, 2.6, -7 and 99",
    }).toBeClose([10, 10, 22, 10, 22], {
      mistakes: [
        [[10, 22, 22, 10, 22], "A value equal to the cut belongs to the smaller ones."],
        [[22, 22, 22, 10, 22], "The cut lies halfway between 2 and 3."],
        [[10, 10, 10, 10, 22], "The cut lies halfway between 2 and 3."],
      ],
    });
  }),

  check("the second round fits what is left", { points: 2 }, async ({ learner, expect }) => {
    // Rate 1: missing after the first round 0, 0, -2, 2. The second cuts at 3.5 and answers -2/3 and 2.
    expect(await answers(learner, values, targets, 2, 1, values), {
      input: input(2, 1),
    }).toBeClose([28 / 3, 28 / 3, 64 / 3, 24], {
      mistakes: [
        [[10, 10, 22, 22], "The second stump changes nothing here. Is it fitted to what is left?"],
        [
          [4, 4, 28, 28],
          "The second stump is fitted to what the first round left, not to the same.",
        ],
      ],
    });
    // Rate 0.5: missing after the first round -3, -3, 1, 5. The second cuts at 2.5 and answers -3 and 3.
    expect(await answers(learner, values, targets, 2, 0.5, values), {
      input: input(2, 0.5),
    }).toBeClose([11.5, 11.5, 20.5, 20.5], {
      mistakes: [
        [[10, 10, 22, 22], "What is missing is found with the rate, as in the answers."],
        [[13, 13, 19, 19], "Two rounds are two stumps."],
      ],
    });
  }),

  check("a penguin's mass from its flipper", { points: 2 }, async ({ learner, expect }) => {
    const birds = penguins().dropMissing("flipperLength", "bodyMass");
    const flippers = birds.values("flipperLength");
    const masses = birds.values("bodyMass");
    const got = await answers(learner, flippers, masses, 60, 0.2, flippers);
    const squares = masses.reduce((sum, mass, i) => sum + (mass - got[i]) ** 2, 0);
    expect(Math.sqrt(squares / masses.length), {
      input:
        "boost(flippers, masses, 60, 0.2) of 342 penguins: the root of the mean squared error, in grams (a straight line has 393)",
    }).toBeAtMost(370);
  }),
);
