import { check, checks } from "@gradus/grader/checks";

type Slopes = { weights: number[]; bias: number };

/** The perceptron criterion, written once more here, so that nobody's slopes are measured on a wrong loss. */
function criterion(weights: number[], bias: number, points: number[][], labels: number[]): number {
  let sum = 0;
  for (let i = 0; i < points.length; i++) {
    let score = bias;
    for (let j = 0; j < weights.length; j++) score += weights[j] * points[i][j];
    if (labels[i] * score < 0) sum -= labels[i] * score;
  }
  return sum / points.length;
}

// Scores 1, 4 and 3: the first is right, the others are wrong by 4 and by 3.
const weights = [2, -1];
const points = [
  [1, 1],
  [3, 2],
  [2, 1],
];
const labels = [1, -1, -1];
const input = "([2, -1], 0, [[1, 1], [3, 2], [2, 1]], [1, -1, -1])";

export default checks(
  check("the loss of three points", { points: 1 }, async ({ learner, expect }) => {
    const got = await learner.call("loss", weights, 0, points, labels);
    expect(got, { input: `loss${input}` }).toBeClose(7 / 3, {
      mistakes: [
        [7, "This is the sum. The criterion is the mean over all points."],
        [7 / 2, "The sum was divided by the number of mistakes. All points count in the mean."],
        [2, "The points on the right side were counted with a negative loss. Theirs is zero."],
        [1 / 3, "This is the loss of the points on the right side. Look at the sign inside max."],
        [
          8 / 3,
          "Every point adds the size of its score here. Only those on the wrong side should.",
        ],
        [
          3,
          "This is max(0, 1 - label · score), the hinge loss of the support vector machine. Here the loss of a point begins at the boundary.",
        ],
        [2 / 3, "This is the share of mistakes. The criterion also asks how far off they are."],
      ],
    });
  }),

  check("the slopes of three points", { points: 2 }, async ({ learner, expect }) => {
    const got = (await learner.call("gradient", weights, 0, points, labels)) as Slopes;
    expect(got?.weights, { input: `gradient${input}.weights` }).toBeClose([5 / 3, 1], {
      mistakes: [
        [
          [-5 / 3, -1],
          "This points downhill. The gradient points uphill; the rule steps against it.",
        ],
        [[5, 3], "This is the sum. The loss is a mean, so its slopes are means too."],
        [
          [5 / 2, 3 / 2],
          "The sum was divided by the number of mistakes. All points count in the mean.",
        ],
        [
          [4 / 3, 2 / 3],
          "The point on the right side has a say here. Its loss is flat: it adds nothing.",
        ],
      ],
    });
    expect(got?.bias, { input: `gradient${input}.bias` }).toBeClose(2 / 3, {
      mistakes: [
        [0, "The bias has a slope too. In the score it is multiplied by 1."],
        [-2 / 3, "This points downhill. The gradient points uphill; the rule steps against it."],
        [2, "This is the sum. The loss is a mean, so its slopes are means too."],
        [1, "The sum was divided by the number of mistakes. All points count in the mean."],
        [1 / 3, "The point on the right side has a say here. Its loss is flat: it adds nothing."],
      ],
    });
  }),

  check("all points right: no loss, no slope", { points: 1 }, async ({ learner, expect }) => {
    const shown = "([-2, 1], 0, [[1, 1], [3, 2], [2, 1]], [-1, -1, -1]), scores -1, -4 and -3";
    const flat = await learner.call("loss", [-2, 1], 0, points, [-1, -1, -1]);
    expect(flat, { input: `loss${shown}` }).toBeClose(0, {
      mistakes: [
        [-8 / 3, "A point on the right side must not lower the loss below zero."],
        [8 / 3, "All answers are right, so there is nothing to lose. Look at the sign inside max."],
      ],
    });
    const got = (await learner.call("gradient", [-2, 1], 0, points, [-1, -1, -1])) as Slopes;
    expect(got?.weights, { input: `gradient${shown}: the weights` }).toBeClose([0, 0], {
      mistakes: [
        [
          [2, 4 / 3],
          "Points on the right side have a say here. Their loss is flat: they add nothing.",
        ],
      ],
    });
    expect(got?.bias, { input: `gradient${shown}: the bias` }).toBeClose(0);
  }),

  check("every slope, measured by small steps", { points: 2 }, async ({ learner, expect, rng }) => {
    const h = 1e-4;
    const n = 4;
    const w = Array.from(rng.uniform([n], 0.5, 1).data).map((size) =>
      rng.next() < 0.5 ? -size : size,
    );
    const b = rng.uniform([1], -0.5, 0.5).data[0];
    // Five points wrong on one side, two on the other, three right, and those not far from the boundary.
    const wanted = [1, 1, 1, 1, 1, -1, -1, 1, -1, -1];
    const sides = [-1, -1, -1, -1, -1, 1, 1, 1, -1, -1];
    const many = wanted.map((sign, i) => {
      for (;;) {
        const point = Array.from(rng.uniform([n], -2, 2).data);
        const reach = sign * point.reduce((sum, value, j) => sum + value * w[j], b);
        // A small step must not cross the corner at zero, where there is no slope to measure.
        if (reach > 0.05 && (reach < 0.9 || i < 7)) return point;
      }
    });
    const got = (await learner.call("gradient", w, b, many, sides)) as Slopes;
    for (let j = 0; j < n; j++) {
      const up = w.map((value, k) => (k === j ? value + h : value));
      const down = w.map((value, k) => (k === j ? value - h : value));
      const rise = criterion(up, b, many, sides) - criterion(down, b, many, sides);
      expect(got?.weights?.[j], {
        input: `gradient(…, 10 random points of 4 measurements, …).weights[${j}], against (loss at weight + h - loss at weight - h) / 2h, h = ${h}`,
      }).toBeClose(rise / (2 * h), { tolerance: 1e-6 });
    }
    const rise = criterion(w, b + h, many, sides) - criterion(w, b - h, many, sides);
    expect(got?.bias, {
      input: `gradient(…).bias, against (loss at bias + h - loss at bias - h) / 2h, h = ${h}`,
    }).toBeClose(rise / (2 * h), { tolerance: 1e-6 });
  }),
);
