import { check, checks } from "@gradus/grader/checks";
import { update } from "../../solutions/perceptron-update.ts";

export default checks(
  check("random steps", { points: 1 }, async ({ learner, expect, rng }) => {
    for (let n = 1; n <= 5; n++) {
      for (const label of [1, -1]) {
        // A bias as large as the weighted sum decides about half of the answers.
        const weights = Array.from(rng.uniform([n], -1, 1).data);
        const point = Array.from(rng.uniform([n], -1, 1).data);
        for (const bias of [n, -n]) {
          const expected = update(weights, bias, point, label);
          const got = (await learner.call(
            "update",
            weights,
            bias,
            point,
            label,
          )) as typeof expected;
          const input = `update(${JSON.stringify(weights)}, ${bias}, ${JSON.stringify(point)}, ${label})`;
          expect(got?.weights, { input: `${input}.weights` }).toBeClose(expected.weights);
          expect(got?.bias, { input: `${input}.bias` }).toBeClose(expected.bias);
        }
      }
    }
  }),
);
