import { check, checks } from "@gradus/grader/checks";

type Slopes = { weights: number[]; bias: number };

/** The loss, written once more here, so that nobody's slopes are measured on a wrong one. */
function surprise(w: number[], b: number, points: number[][], labels: number[], decay: number) {
  let sum = 0;
  for (let i = 0; i < points.length; i++) {
    const score = points[i].reduce((total, value, j) => total + value * w[j], b);
    sum += Math.log1p(Math.exp(labels[i] === 1 ? -score : score));
  }
  return sum / points.length + (decay / 2) * w.reduce((total, value) => total + value * value, 0);
}

// Scores ln 3, -ln 3 and 0, so the chances are 3/4, 1/4 and 1/2.
const weights = [Math.log(3), 0];
const points = [
  [1, 2],
  [-1, 1],
  [0, 4],
];
const labels = [1, 1, 0];
const input = "([ln 3, 0], 0, [[1, 2], [-1, 1], [0, 4]], [1, 1, 0], 0)";

export default checks(
  check("the loss of three points", { points: 1 }, async ({ learner, expect }) => {
    const right = (Math.log(4 / 3) + Math.log(4) + Math.log(2)) / 3;
    expect(await learner.call("loss", weights, 0, points, labels, 0), {
      input: `loss${input}`,
    }).toBeClose(right, {
      mistakes: [
        [3 * right, "This is the sum. The loss is the mean over all points."],
        [-right, "The logarithm of a chance is negative: the minus in front turns it."],
        [right / Math.LN2, "This is in bits. The formula has the natural logarithm, Math.log."],
      ],
    });
    expect(await learner.call("loss", [0], 0, [[1], [3], [2]], [0, 0, 1], 0), {
      input: "loss([0], 0, [[1], [3], [2]], [0, 0, 1], 0)",
    }).toBeClose(Math.LN2);
  }),

  check("the slopes of three points", { points: 1 }, async ({ learner, expect }) => {
    // Errors p - y: -1/4, -3/4 and 1/2.
    const got = (await learner.call("gradient", weights, 0, points, labels, 0)) as Slopes;
    expect(got?.weights, { input: `gradient${input}.weights` }).toBeClose([1 / 6, 1 / 4], {
      mistakes: [
        [[-1 / 6, -1 / 4], "This points downhill. The gradient points uphill: chance less label."],
        [[1 / 2, 3 / 4], "This is the sum. The loss is a mean, so its slopes are means too."],
        [
          [0.03125, 0.265625 / 3],
          "The factor p (1 - p) is left over from the squared error. With the surprise it cancels.",
        ],
      ],
    });
    expect(got?.bias, { input: `gradient${input}.bias` }).toBeClose(-1 / 6, {
      mistakes: [
        [0, "The bias has a slope too. In the score it is multiplied by 1."],
        [1 / 6, "This points downhill. The gradient points uphill: chance less label."],
        [-1 / 2, "This is the sum. The loss is a mean, so its slopes are means too."],
      ],
    });
  }),

  check("the price of the weights", { points: 1 }, async ({ learner, expect }) => {
    const shown = "([2, -1], 3, [[0, 0]], [1], 0.5)";
    const base = Math.log1p(Math.exp(-3));
    expect(await learner.call("loss", [2, -1], 3, [[0, 0]], [1], 0.5), {
      input: `loss${shown}`,
    }).toBeClose(base + 1.25, {
      mistakes: [
        [base + 2.5, "The price is half the decay times the squares."],
        [base + 3.5, "The bias has no price."],
        [base + 0.25, "Each weight counts by its square."],
        [base, "The price of the weights is missing."],
      ],
    });
    const got = (await learner.call("gradient", [2, -1], 3, [[0, 0]], [1], 0.5)) as Slopes;
    expect(got?.weights, { input: `gradient${shown}.weights` }).toBeClose([1, -0.5], {
      mistakes: [
        [[2, -1], "The slope of half a square is the number itself: decay times the weight."],
        [[0.5, -0.25], "The half of the price cancels with the 2 from the square."],
      ],
    });
    expect(got?.bias, { input: `gradient${shown}.bias` }).toBeClose(1 / (1 + Math.exp(-3)) - 1, {
      mistakes: [[1 / (1 + Math.exp(-3)) + 0.5, "The bias has no price."]],
    });
  }),

  check("every slope, measured by small steps", { points: 2 }, async ({ learner, expect, rng }) => {
    const h = 1e-5;
    const n = 4;
    const w = Array.from(rng.uniform([n], -1, 1).data);
    const b = 0.5 + rng.next();
    const decay = 0.2 + rng.next();
    const many = Array.from({ length: 9 }, () => Array.from(rng.uniform([n], 0.5, 2).data));
    const sides = many.map((_, i) => (i < 2 ? 1 : 0));
    const got = (await learner.call("gradient", w, b, many, sides, decay)) as Slopes;
    const rise = (at: (step: number) => number): number => (at(h) - at(-h)) / (2 * h);
    for (let j = 0; j < n; j++) {
      const moved = (step: number) => w.map((value, k) => (k === j ? value + step : value));
      expect(got?.weights?.[j], {
        input: `gradient(…, 9 random points of 4 measurements, …).weights[${j}], against (loss at weight + h - loss at weight - h) / 2h, h = ${h}`,
      }).toBeClose(
        rise((step) => surprise(moved(step), b, many, sides, decay)),
        {
          tolerance: 1e-6,
        },
      );
    }
    expect(got?.bias, {
      input: `gradient(…).bias, against (loss at bias + h - loss at bias - h) / 2h, h = ${h}`,
    }).toBeClose(
      rise((step) => surprise(w, b + step, many, sides, decay)),
      { tolerance: 1e-6 },
    );
  }),
);
