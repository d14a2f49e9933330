import { check, checks } from "@gradus/grader/checks";
import { gradient, loss } from "../../solutions/perceptron-gradient.ts";
import torch from "./torch.json" with { type: "json" };

export default checks(
  check("the same numbers as PyTorch", { points: 2 }, async ({ learner, expect }) => {
    for (const { weights, bias, points, labels, ...expected } of torch.cases) {
      const input = `(${[weights, bias, points, labels].map((part) => JSON.stringify(part)).join(", ")})`;
      expect(await learner.call("loss", weights, bias, points, labels), {
        input: `loss${input}`,
      }).toBeClose(expected.loss);
      const got = (await learner.call("gradient", weights, bias, points, labels)) as {
        weights: number[];
        bias: number;
      };
      expect(got?.weights, { input: `gradient${input}.weights` }).toBeClose(
        expected.gradient.weights,
      );
      expect(got?.bias, { input: `gradient${input}.bias` }).toBeClose(expected.gradient.bias);
    }
  }),

  check("random points", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let n = 1; n <= 5; n++) {
      const weights = Array.from(rng.normal([n]).data);
      const bias = rng.normal([1]).data[0];
      const points = Array.from({ length: 3 + n }, () => Array.from(rng.normal([n]).data));
      const labels = points.map(() => (rng.next() < 0.5 ? 1 : -1));
      const input = `(${[weights, bias, points, labels].map((part) => JSON.stringify(part)).join(", ")})`;
      expect(await learner.call("loss", weights, bias, points, labels), {
        input: `loss${input}`,
      }).toBeClose(loss(weights, bias, points, labels));
      const expected = gradient(weights, bias, points, labels);
      const got = (await learner.call(
        "gradient",
        weights,
        bias,
        points,
        labels,
      )) as typeof expected;
      expect(got?.weights, { input: `gradient${input}.weights` }).toBeClose(expected.weights);
      expect(got?.bias, { input: `gradient${input}.bias` }).toBeClose(expected.bias);
    }
  }),
);
