import { check, checks } from "@gradus/grader/checks";

type Gradient = { x: number[][]; w: number[][]; b: number[] };

const x = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const w = [
  [1, 0],
  [10, -1],
];
const shown = "x = [[1, 2], [3, 4], [5, 6]], w = [[1, 0], [10, -1]]";

export default checks(
  check("scores by hand", { points: 1 }, async ({ learner, expect }) => {
    expect(await learner.call("layer", x, w, [100, 0]), {
      input: `layer(x, w, [100, 0]), with ${shown}`,
    }).toBeClose(
      [
        [121, -2],
        [143, -4],
        [165, -6],
      ],
      {
        mistakes: [
          [
            [
              [21, -2],
              [43, -4],
              [65, -6],
            ],
            "The biases are missing.",
          ],
          [
            [
              [101, 8],
              [103, 26],
              [105, 44],
            ],
            "This multiplies by the transposed w: w[j][k] is the weight of measurement j in unit k.",
          ],
        ],
      },
    );
  }),

  check("slopes by hand", { points: 2 }, async ({ learner, expect }) => {
    const slopes = [
      [1, 0],
      [0, 0],
      [0, 1],
    ];
    const got = (await learner.call("layerGradient", x, w, slopes)) as Gradient;
    const input = `layerGradient(x, w, [[1, 0], [0, 0], [0, 1]]), with ${shown}`;
    expect(got?.w, { input: `${input}: w` }).toBeClose(
      [
        [1, 5],
        [2, 6],
      ],
      {
        mistakes: [
          [
            [
              [1, 2],
              [5, 6],
            ],
            "These are the right slopes, transposed: w has a row for each measurement.",
          ],
          [
            [
              [1 / 3, 5 / 3],
              [2 / 3, 2],
            ],
            "This is the mean over the examples. If the loss is a mean, the slopes that come from above say so already; here they add.",
          ],
        ],
      },
    );
    expect(got?.x, { input: `${input}: x` }).toBeClose(
      [
        [1, 10],
        [0, 0],
        [0, -1],
      ],
      {
        mistakes: [
          [
            [
              [1, 0],
              [0, 0],
              [10, -1],
            ],
            "w is to be transposed on the way back: the slope of x[i][j] sums over the units k.",
          ],
        ],
      },
    );
    expect(got?.b, { input: `${input}: b` }).toBeClose([1, 1], {
      mistakes: [
        [
          [1 / 3, 1 / 3],
          "A bias is used once in every row, so its slopes add; this is their mean.",
        ],
        [
          slopes,
          "b was stretched over all rows on the way forward: sum over the rows on the way back.",
        ],
      ],
    });
  }),

  check("every slope, measured by small steps", { points: 2 }, async ({ learner, expect, rng }) => {
    const h = 1e-4;
    const matrix = (rows: number, columns: number) =>
      rng.uniform([rows, columns], -1, 1).toArray() as number[][];
    const [points, weights, slopes] = [matrix(3, 4), matrix(4, 2), matrix(3, 2)];
    const biases = Array.from(rng.uniform([2], -1, 1).data);
    // The loss whose slopes in the scores are these: their sum, each weighed with its slope. Written once more here.
    const loss = (points: number[][], weights: number[][], biases: number[]) => {
      let sum = 0;
      for (let i = 0; i < 3; i++)
        for (let k = 0; k < 2; k++) {
          let score = biases[k];
          for (let j = 0; j < 4; j++) score += points[i][j] * weights[j][k];
          sum += slopes[i][k] * score;
        }
      return sum;
    };
    const moved = (m: number[][], i: number, j: number, by: number) =>
      m.with(i, m[i].with(j, m[i][j] + by));
    const got = (await learner.call("layerGradient", points, weights, slopes)) as Gradient;
    const how = `against (loss at + h - loss at - h) / 2h, h = ${h}`;
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 4; j++)
        expect(got?.x?.[i]?.[j], { input: `layerGradient(…).x[${i}][${j}], ${how}` }).toBeClose(
          (loss(moved(points, i, j, h), weights, biases) -
            loss(moved(points, i, j, -h), weights, biases)) /
            (2 * h),
          { tolerance: 1e-6 },
        );
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 2; k++)
        expect(got?.w?.[j]?.[k], { input: `layerGradient(…).w[${j}][${k}], ${how}` }).toBeClose(
          (loss(points, moved(weights, j, k, h), biases) -
            loss(points, moved(weights, j, k, -h), biases)) /
            (2 * h),
          { tolerance: 1e-6 },
        );
    for (let k = 0; k < 2; k++)
      expect(got?.b?.[k], { input: `layerGradient(…).b[${k}], ${how}` }).toBeClose(
        (loss(points, weights, biases.with(k, biases[k] + h)) -
          loss(points, weights, biases.with(k, biases[k] - h))) /
          (2 * h),
        { tolerance: 1e-6 },
      );
  }),

  check("nothing is changed", { points: 1 }, async ({ learner, expect }) => {
    const got = (await learner.run(
      (scope, _, x, w, b, slopes) => {
        const scores = scope.layer(x, w, b);
        const { w: gradient } = scope.layerGradient(x, w, slopes);
        return { scores, gradient, kept: [x, w, [b], slopes] };
      },
      [
        [1, 2],
        [0, 1],
      ],
      [[3], [4]],
      [5],
      [[2], [1]],
    )) as { scores: number[][]; gradient: number[][]; kept: number[][][] };
    const input =
      "layer([[1, 2], [0, 1]], [[3], [4]], [5]), layerGradient([[1, 2], [0, 1]], [[3], [4]], [[2], [1]])";
    expect(got?.scores, { input: `${input}: the scores` }).toBeClose([[16], [9]]);
    expect(got?.gradient, { input: `${input}: w` }).toBeClose([[2], [5]]);
    expect(got?.kept, { input: `${input}, and then x, w, b and the slopes` }).toEqual([
      [
        [1, 2],
        [0, 1],
      ],
      [[3], [4]],
      [[5]],
      [[2], [1]],
    ]);
  }),
);
