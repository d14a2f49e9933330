import { check, checks } from "@gradus/grader/checks";
import { train } from "../../solutions/hidden-layer.ts";

type Trained = ReturnType<typeof train>;

export default checks(
  check("random networks", { points: 2 }, async ({ learner, expect, rng }) => {
    for (const [examples, measurements, units] of [
      [5, 3, 2],
      [8, 1, 4],
      [4, 2, 1],
    ]) {
      const points = rng.normal([examples, measurements]).toArray() as number[][];
      const labels = points.map((_, i) => (i % 2 === 0 ? 1 : -1));
      const start = {
        w1: rng.normal([measurements, units]).toArray() as number[][],
        b1: rng.normal([units]).toArray() as number[],
        w2: rng.normal([units, 1]).toArray() as number[][],
        b2: rng.normal([1]).toArray() as number[],
      };
      const expected = train(points, labels, start, 0.25, 6);
      const got = (await learner.call("train", points, labels, start, 0.25, 6)) as Trained;
      const input = `train(${examples} random points of ${measurements}, …, ${units} random units, 0.25, 6)`;
      expect(got?.losses, { input: `${input}.losses` }).toBeClose(expected.losses, {
        tolerance: 1e-3,
      });
      for (const name of ["w1", "b1", "w2", "b2"] as const)
        expect(got?.weights?.[name], { input: `${input}.weights.${name}` }).toBeClose(
          expected.weights[name],
          { tolerance: 1e-3 },
        );
    }
  }),

  check("the arguments stay as they were", { points: 1 }, async ({ learner, expect }) => {
    const start = { w1: [[1]], b1: [0], w2: [[1]], b2: [0] };
    const got = (await learner.run(
      (scope, _, points, labels, start) => {
        const { losses } = scope.train(points, labels, start, 0.5, 2);
        return { losses, points, labels, start };
      },
      [[1], [-1]],
      [1, -1],
      start,
    )) as Trained & { points: number[][]; labels: number[]; start: typeof start };
    const input = "train([[1], [-1]], [1, -1], { w1: [[1]], b1: [0], w2: [[1]], b2: [0] }, 0.5, 2)";
    expect(got?.losses, { input: `${input}.losses` }).toBeClose(
      train([[1], [-1]], [1, -1], start, 0.5, 2).losses,
      { tolerance: 1e-4 },
    );
    expect([got?.points, got?.labels, got?.start], {
      input: `${input}, and then its arguments`,
    }).toEqual([[[1], [-1]], [1, -1], start]);
  }),
);
