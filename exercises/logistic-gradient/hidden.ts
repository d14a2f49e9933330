import { check, checks } from "@gradus/grader/checks";
import { gradient, loss } from "../../solutions/logistic-gradient.ts";
import torch from "./torch.json" with { type: "json" };

type Slopes = { weights: number[]; bias: number };

export default checks(
  check("the same numbers as PyTorch", { points: 2 }, async ({ learner, expect }) => {
    for (const { weights, bias, points, labels, decay, ...expected } of torch.cases) {
      const given = [weights, bias, points, labels, decay];
      const input = `(${given.map((part) => JSON.stringify(part)).join(", ")})`;
      expect(await learner.call("loss", ...given), { input: `loss${input}` }).toBeClose(
        expected.loss,
      );
      const got = (await learner.call("gradient", ...given)) as Slopes;
      expect(got?.weights, { input: `gradient${input}.weights` }).toBeClose(
        expected.gradient.weights,
      );
      expect(got?.bias, { input: `gradient${input}.bias` }).toBeClose(expected.gradient.bias);
    }
  }),

  check("points very far from the line", { points: 1 }, async ({ learner, expect, rng }) => {
    const far = 1000 + rng.integer(0, 1000);
    for (const label of [0, 1])
      for (const value of [far, -far]) {
        const given = [[1], 0.5, [[value], [0.25]], [label, 1], 0] as const;
        const input = `(${given.map((part) => JSON.stringify(part)).join(", ")})`;
        expect(await learner.call("loss", ...given), { input: `loss${input}` }).toBeClose(
          loss([1], 0.5, [[value], [0.25]], [label, 1], 0),
        );
        const expected = gradient([1], 0.5, [[value], [0.25]], [label, 1], 0);
        const got = (await learner.call("gradient", ...given)) as Slopes;
        expect(got?.weights, { input: `gradient${input}.weights` }).toBeClose(expected.weights);
      }
  }),

  check("the arrays stay as they were", { points: 1 }, async ({ learner, expect, rng }) => {
    const weights = Array.from(rng.normal([3]).data);
    const points = Array.from({ length: 5 }, () => Array.from(rng.normal([3]).data));
    const labels = [1, 0, 0, 1, 1];
    const after = (await learner.run(
      (
        scope: { gradient(...args: unknown[]): unknown; loss(...args: unknown[]): unknown },
        _gradus: unknown,
        weights: number[],
        points: number[][],
        labels: number[],
      ) => ({
        loss: scope.loss(weights, 0.5, points, labels, 0.1),
        gradient: scope.gradient(weights, 0.5, points, labels, 0.1),
        weights,
        points,
        labels,
      }),
      weights,
      points,
      labels,
    )) as {
      loss: number;
      gradient: Slopes;
      weights: number[];
      points: number[][];
      labels: number[];
    };
    const given = [weights, 0.5, points, labels, 0.1];
    const input = `gradient(${given.map((part) => JSON.stringify(part)).join(", ")})`;
    expect(after.gradient?.weights, { input: `${input}.weights` }).toBeClose(
      gradient(weights, 0.5, points, labels, 0.1).weights,
    );
    expect(after.weights, { input: `${input}, and then the weights` }).toEqual(weights);
    expect(after.points, { input: `${input}, and then the points` }).toEqual(points);
    expect(after.labels, { input: `${input}, and then the labels` }).toEqual(labels);
  }),
);
