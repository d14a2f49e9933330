import { check, checks, type Learner } from "@gradus/grader/checks";
import { classify, grow } from "../../solutions/grow-tree.ts";
import sklearn from "./sklearn.json" with { type: "json" };

interface Told {
  answers: number[];
  points: number[][];
  labels: number[];
}

/** What the learner's tree answers, and what became of points and labels. */
const tellAll = (learner: Learner, ...given: unknown[]): Promise<Told> =>
  learner.run(
    (
      scope: {
        grow(...args: unknown[]): unknown;
        classify(tree: unknown, point: number[]): unknown;
      },
      _gradus: unknown,
      points: number[][],
      labels: number[],
      depth: number,
      minLeaf: number,
      asked: number[][],
    ) => {
      const tree = scope.grow(points, labels, depth, minLeaf);
      return { answers: asked.map((point) => scope.classify(tree, point)), points, labels };
    },
    ...given,
  ) as Promise<Told>;

export default checks(
  check("the same answers as scikit-learn", { points: 1 }, async ({ learner, expect }) => {
    for (const { points, labels, depth, minLeaf, asked, answers } of sklearn.cases) {
      const got = await tellAll(learner, points, labels, depth, minLeaf, asked);
      expect(got?.answers, {
        input: `grow(${JSON.stringify(points)}, ${JSON.stringify(labels)}, ${depth}, ${minLeaf}), asked about 60 points`,
      }).toEqual(answers);
    }
  }),

  check("random points", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let n = 1; n <= 3; n++) {
      // Few different values, so that many points share one and many questions gain the same.
      const points = Array.from({ length: 30 }, () =>
        Array.from({ length: n }, () => rng.integer(0, 9)),
      );
      // With three measurements the last is the first once more: it gains the same and comes too late.
      if (n === 3) for (const point of points) point[2] = point[0];
      const labels = points.map((point) => (rng.next() < 0.25 ? 3 : point[n - 1] > 4 ? 1 : 0));
      const asked = Array.from({ length: 60 }, () =>
        Array.from({ length: n }, () => rng.integer(-1, 19) / 2),
      );
      for (const [depth, minLeaf] of [
        [2, 1],
        [9, 2],
        [3, 6],
        [4, 4],
      ]) {
        const tree = grow(points, labels, depth, minLeaf);
        const got = await tellAll(learner, points, labels, depth, minLeaf, asked);
        expect(got?.answers, {
          input: `grow(${JSON.stringify(points)}, ${JSON.stringify(labels)}, ${depth}, ${minLeaf}), asked about ${JSON.stringify(asked)}`,
        }).toEqual(asked.map((point) => classify(tree, point)));
      }
    }
  }),

  check("points and labels stay as they were", { points: 1 }, async ({ learner, expect }) => {
    const points = [[3], [1], [2], [5], [4]];
    const labels = [1, 0, 0, 2, 1];
    const got = await tellAll(learner, points, labels, 5, 1, points);
    const input = `grow(${JSON.stringify(points)}, ${JSON.stringify(labels)}, 5, 1)`;
    expect(got?.answers, { input: `${input}, asked about the same points` }).toEqual(labels);
    expect(got.points, { input: `${input}, and then the points` }).toEqual(points);
    expect(got.labels, { input: `${input}, and then the labels` }).toEqual(labels);
  }),
);
