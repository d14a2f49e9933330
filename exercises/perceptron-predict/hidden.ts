import { check, checks } from "@gradus/grader/checks";
import { predict, score } from "../../solutions/perceptron-predict.ts";

export default checks(
  check("random points", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let n = 1; n <= 6; n++) {
      const up = Array.from(rng.uniform([n], -3, 3).data);
      const point = Array.from(rng.uniform([n], -3, 3).data);
      const offset = rng.uniform([1], -3, 3).data[0];
      // Turned around as well, so that both answers come up.
      for (const turn of [1, -1]) {
        const [weights, bias] = [up.map((weight) => turn * weight), turn * offset];
        const input = `(${JSON.stringify(weights)}, ${bias}, ${JSON.stringify(point)})`;
        expect(await learner.call("score", weights, bias, point), {
          input: `score${input}`,
        }).toBeClose(score(weights, bias, point));
        expect(await learner.call("predict", weights, bias, point), {
          input: `predict${input}`,
        }).toBe(predict(weights, bias, point));
      }
    }
  }),
);
