import { check, checks } from "@gradus/grader/checks";
import { forward, type Network, type Unit } from "../../solutions/xor-network.ts";

export default checks(
  check("random networks", { points: 2 }, async ({ learner, expect, rng }) => {
    // Whole numbers, so that scores of exactly zero come up too.
    const numbers = (n: number) => Array.from({ length: n }, () => rng.integer(-2, 3));
    const unit = (n: number): Unit => ({ weights: numbers(n), bias: rng.integer(-2, 3) });
    for (let inputs = 1; inputs <= 4; inputs++) {
      for (let width = 1; width <= 4; width++) {
        const network: Network = {
          hidden: Array.from({ length: width }, () => unit(inputs)),
          output: unit(width),
        };
        for (let i = 0; i < 3; i++) {
          const point = numbers(inputs);
          expect(await learner.call("forward", network, point), {
            input: `forward(${JSON.stringify(network)}, ${JSON.stringify(point)})`,
          }).toBe(forward(network, point));
        }
      }
    }
  }),

  check("a score of exactly zero answers 1", { points: 1 }, async ({ learner, expect }) => {
    const edge: Network = {
      hidden: [{ weights: [1, -1], bias: 0 }],
      output: { weights: [1], bias: -1 },
    };
    expect(await learner.call("forward", edge, [2, 2]), {
      input: "hidden score 0, then output score 1 - 1 = 0",
    }).toBe(1);
    // Whoever always says 1 has understood nothing.
    const below: Network = { ...edge, output: { weights: [1], bias: -1.5 } };
    expect(await learner.call("forward", below, [2, 2]), {
      input: "hidden score 0, then output score 1 - 1.5 = -0.5",
    }).toBe(-1);
  }),
);
