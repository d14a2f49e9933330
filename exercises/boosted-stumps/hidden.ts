import { check, checks, type Learner } from "@gradus/grader/checks";
import { boost, predict } from "../../solutions/boosted-stumps.ts";
import sklearn from "./sklearn.json" with { type: "json" };

interface Told {
  answers: number[];
  values: number[];
  targets: number[];
}

/** What the learner's model answers, and what became of values and targets. */
const tellAll = (learner: Learner, ...given: unknown[]): Promise<Told> =>
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
      return { answers: asked.map((value) => scope.predict(model, value)), values, targets };
    },
    ...given,
  ) as Promise<Told>;

export default checks(
  check("the same answers as scikit-learn", { points: 2 }, async ({ learner, expect }) => {
    for (const { values, targets, rate, asked, rounds, answers } of sklearn.cases)
      for (const [i, count] of rounds.entries()) {
        const got = await tellAll(learner, values, targets, count, rate, asked);
        expect(got?.answers, {
          input: `boost(${JSON.stringify(values)}, ${JSON.stringify(targets)}, ${count}, ${rate}), asked about ${JSON.stringify(asked)}`,
        }).toBeClose(answers[i], { tolerance: 1e-6 });
      }
  }),

  check("random values, some of them equal", { points: 1 }, async ({ learner, expect, rng }) => {
    for (const rounds of [1, 4, 12]) {
      const values = Array.from({ length: 25 }, () => rng.integer(0, 12) - 3);
      const targets = values.map((value) => value * value + 3 * rng.next());
      const asked = Array.from({ length: 30 }, (_, i) => i / 2 - 4);
      const model = boost(values, targets, rounds, 0.3);
      const got = await tellAll(learner, values, targets, rounds, 0.3, asked);
      expect(got?.answers, {
        input: `boost(${JSON.stringify(values)}, ${JSON.stringify(targets)}, ${rounds}, 0.3), asked about ${JSON.stringify(asked)}`,
      }).toBeClose(asked.map((value) => predict(model, value)));
    }
  }),

  check("values and targets stay as they were", { points: 1 }, async ({ learner, expect }) => {
    const values = [10, 3, 5, 8, 1];
    const targets = [2, 7, 1, 8, 2.5];
    const got = await tellAll(learner, values, targets, 3, 0.5, values);
    const input = `boost(${JSON.stringify(values)}, ${JSON.stringify(targets)}, 3, 0.5)`;
    const model = boost(values, targets, 3, 0.5);
    expect(got?.answers, { input: `${input}, asked about the same values` }).toBeClose(
      values.map((value) => predict(model, value)),
    );
    expect(got.values, { input: `${input}, and then the values` }).toEqual(values);
    expect(got.targets, { input: `${input}, and then the targets` }).toEqual(targets);
  }),
);
