import { check, checks } from "@gradus/grader/checks";
import type { Rng } from "gradus";
import { train } from "../../solutions/perceptron-train.ts";

function randomPoints(rng: Rng, count: number, n: number): number[][] {
  return Array.from({ length: count }, () => Array.from(rng.uniform([n], -2, 2).data));
}

export default checks(
  check("random points that can be separated", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let n = 1; n <= 5; n++) {
      const direction = Array.from(rng.normal([n]).data);
      const offset = rng.uniform([1], -0.5, 0.5).data[0];
      const side = (point: number[]) =>
        point.reduce((sum, value, j) => sum + value * direction[j], offset) >= 0 ? 1 : -1;
      // A first point of label 1 tells who knows what a score of zero answers.
      const points = randomPoints(rng, 20, n).sort((p, q) => side(q) - side(p));
      const labels = points.map(side);
      const expected = train(points, labels, 200);
      const got = (await learner.call("train", points, labels, 200)) as typeof expected;
      const input = `train(20 points of ${n} measurements, their labels, 200)`;
      expect(got?.mistakes, { input: `${input}.mistakes` }).toEqual(expected.mistakes);
      expect(got?.weights, { input: `${input}.weights` }).toBeClose(expected.weights);
      expect(got?.bias, { input: `${input}.bias` }).toBeClose(expected.bias);
    }
  }),

  check("random labels that no line explains", { points: 1 }, async ({ learner, expect, rng }) => {
    for (const epochs of [1, 2, 9]) {
      const points = randomPoints(rng, 12, 2);
      // The same point twice with two labels: no weights can be right about both.
      points.push([1, 1], [1, 1]);
      const labels = points.map(() => (rng.next() < 0.5 ? 1 : -1));
      labels[0] = 1;
      labels[12] = 1;
      labels[13] = -1;
      const expected = train(points, labels, epochs);
      const got = (await learner.call("train", points, labels, epochs)) as typeof expected;
      const input = `train(14 points, random labels, ${epochs})`;
      expect(got?.mistakes, { input: `${input}.mistakes` }).toEqual(expected.mistakes);
      expect(got?.weights, { input: `${input}.weights` }).toBeClose(expected.weights);
    }
  }),

  check("points and labels stay as they were", { points: 1 }, async ({ learner, expect }) => {
    const points = [
      [3, 1],
      [-1, 2],
      [1, 1],
      [0, -2],
    ];
    const labels = [-1, 1, 1, -1];
    const after = (await learner.run(
      (
        scope: { train(...args: unknown[]): unknown },
        _gradus: unknown,
        points: number[][],
        labels: number[],
      ) => ({ trained: scope.train(points, labels, 20), points, labels }),
      points,
      labels,
    )) as { trained: ReturnType<typeof train>; points: number[][]; labels: number[] };
    const input = `train(${JSON.stringify(points)}, ${JSON.stringify(labels)}, 20)`;
    // To leave everything alone would be easy without learning anything.
    expect(after.trained?.weights, { input: `${input}.weights` }).toBeClose(
      train(points, labels, 20).weights,
    );
    expect(after.points, { input: `${input}, and then the points` }).toEqual(points);
    expect(after.labels, { input: `${input}, and then the labels` }).toEqual(labels);
  }),
);
