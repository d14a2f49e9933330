import { check, checks } from "@gradus/grader/checks";
import { penguins, Rng, standardize } from "gradus";

type Weights = { w1: number[][]; b1: number[]; w2: number[][]; b2: number[] };
type Trained = { losses: number[]; weights: Weights };

/** A forward pass in plain numbers, written once more here: nobody's answers are judged by their own network. */
function answer(point: number[], { w1, b1, w2, b2 }: Weights): number {
  let score = b2[0];
  for (let k = 0; k < b1.length; k++) {
    let s = b1[k];
    for (let j = 0; j < point.length; j++) s += point[j] * w1[j][k];
    score += Math.tanh(s) * w2[k][0];
  }
  return Math.tanh(score);
}

const points = [
  [1, 0],
  [0, 1],
  [-1, -1],
];
const labels = [1, -1, 1];
const start: Weights = {
  w1: [
    [0.5, -1],
    [0.25, 0.5],
  ],
  b1: [0.1, -0.2],
  w2: [[1], [-0.5]],
  b2: [0.3],
};
const firstLoss =
  points.reduce((sum, point, i) => sum + (answer(point, start) - labels[i]) ** 2, 0) / 3;

/** The loss after some steps down slopes that were measured, not derived. */
function lossesOf(steps: number, rate: number): number[] {
  let flat = [...start.w1.flat(), ...start.b1, ...start.w2.flat(), ...start.b2];
  const lossAt = (v: number[]) => {
    const weights = {
      w1: [v.slice(0, 2), v.slice(2, 4)],
      b1: v.slice(4, 6),
      w2: [[v[6]], [v[7]]],
      b2: [v[8]],
    };
    return points.reduce((sum, point, i) => sum + (answer(point, weights) - labels[i]) ** 2, 0) / 3;
  };
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(lossAt(flat));
    const h = 1e-5;
    const slopes = flat.map(
      (value, j) => (lossAt(flat.with(j, value + h)) - lossAt(flat.with(j, value - h))) / (2 * h),
    );
    flat = flat.map((value, j) => value - rate * slopes[j]);
  }
  return losses;
}

export default checks(
  check("the loss of the start", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.call("train", points, labels, start, 0.5, 1)) as Trained;
    expect(got?.losses, { input: "train(3 points, [1, -1, 1], start, 0.5, 1).losses" }).toBeClose(
      [firstLoss],
      {
        tolerance: 1e-5,
        mistakes: [
          [[3 * firstLoss], "This is the sum over the examples. The loss is their mean."],
          [
            [
              points.reduce(
                (sum, point) =>
                  sum +
                  labels.reduce((inner, label) => inner + (answer(point, start) - label) ** 2, 0),
                0,
              ) / 9,
            ],
            "Every answer was compared with every label: [3, 1] and [3] broadcast to [3, 3]. Give the labels the shape [3, 1].",
          ],
        ],
      },
    );
  }),

  check("the losses of four steps", { points: 2 }, async ({ learner, expect }) => {
    const got = (await learner.call("train", points, labels, start, 0.5, 4)) as Trained;
    const expected = lossesOf(4, 0.5);
    expect(got?.losses, { input: "train(3 points, [1, -1, 1], start, 0.5, 4).losses" }).toBeClose(
      expected,
      {
        tolerance: 1e-4,
        mistakes: [
          [expected.map(() => firstLoss), "The weights do not change."],
          [
            lossesOf(5, 0.5).slice(1),
            "These are the losses after each step. Those before each step are asked for.",
          ],
          [lossesOf(4, -0.5), "The loss goes up: subtract the slopes."],
          [
            lossesOf(4, 1),
            "The slopes are twice as large as they should be. Is backward() called twice in a step?",
          ],
        ],
      },
    );
  }),

  check("the weights that it returns", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.call("train", points, labels, start, 0.5, 3)) as Trained;
    const input = "train(3 points, [1, -1, 1], start, 0.5, 3).weights";
    expect(got?.weights?.w1, { input: `${input}.w1` }).toHaveShape([2, 2]);
    expect(got?.weights?.b1, { input: `${input}.b1` }).toHaveShape([2]);
    expect(got?.weights?.w2, { input: `${input}.w2` }).toHaveShape([2, 1]);
    expect(got?.weights?.b2, { input: `${input}.b2` }).toHaveShape([1]);
    // With these weights, the loss must be the one that the next step would begin with.
    const loss =
      points.reduce((sum, point, i) => sum + (answer(point, got.weights) - labels[i]) ** 2, 0) / 3;
    expect(loss, { input: `the loss with ${input}` }).toBeClose(lossesOf(4, 0.5)[3], {
      tolerance: 1e-4,
      mistakes: [
        [lossesOf(3, 0.5)[2], "These are the weights before the last step."],
        [firstLoss, "These are the weights of the start."],
      ],
    });
  }),

  check("finds the Chinstraps", { points: 3 }, async ({ learner, expect }) => {
    const birds = penguins().dropMissing("billDepth", "billLength");
    const bills = standardize(birds.toTensor("billDepth", "billLength")).x.toArray() as number[][];
    const isChinstrap = birds.rows.map((bird) => (bird.species === "Chinstrap" ? 1 : -1));
    const rng = new Rng(2);
    const random = {
      w1: rng.normal([2, 6]).toArray() as number[][],
      b1: rng.normal([6]).toArray() as number[],
      w2: rng.normal([6, 1]).toArray() as number[][],
      b2: rng.normal([1]).toArray() as number[],
    };
    const got = (await learner.call("train", bills, isChinstrap, random, 1, 100)) as Trained;
    const input = "train(the bills of 342 penguins, Chinstrap or not, 6 random units, 1, 100)";
    expect(got?.losses?.length, { input: `${input}.losses.length` }).toBe(100);
    const right = bills.filter(
      (bill, i) => answer(bill, got.weights) > 0 === isChinstrap[i] > 0,
    ).length;
    expect(right / bills.length, {
      input: `${input}: the share of birds that its weights get right`,
      note: "A line gets 0.886 of them",
    }).toBeAtLeast(0.95);
  }),
);
