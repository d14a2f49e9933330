import { check, checks } from "@gradus/grader/checks";
import { layer, layerGradient } from "../../solutions/matmul-gradient.ts";
import torch from "./torch.json" with { type: "json" };

type Gradient = ReturnType<typeof layerGradient>;

export default checks(
  check("the same numbers as PyTorch", { points: 2 }, async ({ learner, expect }) => {
    for (const { x, w, b, slopes, scores, gradient } of torch.cases) {
      const shapes = `x of shape [${x.length}, ${x[0].length}], w of shape [${w.length}, ${w[0].length}]`;
      expect(await learner.call("layer", x, w, b), { input: `layer, with ${shapes}` }).toBeClose(
        scores,
      );
      const got = (await learner.call("layerGradient", x, w, slopes)) as Gradient;
      for (const name of ["x", "w", "b"] as const)
        expect(got?.[name], { input: `layerGradient(…).${name}, with ${shapes}` }).toBeClose(
          gradient[name],
        );
    }
  }),

  check("random layers", { points: 1 }, async ({ learner, expect, rng }) => {
    for (const [examples, measurements, units] of [
      [7, 2, 3],
      [2, 6, 1],
      [1, 1, 5],
    ]) {
      const matrix = (rows: number, columns: number) =>
        rng.normal([rows, columns]).toArray() as number[][];
      const [x, w] = [matrix(examples, measurements), matrix(measurements, units)];
      const slopes = matrix(examples, units);
      const b = Array.from(rng.normal([units]).data);
      const shapes = `x of shape [${examples}, ${measurements}], w of shape [${measurements}, ${units}]`;
      expect(await learner.call("layer", x, w, b), { input: `layer, with ${shapes}` }).toBeClose(
        layer(x, w, b),
      );
      const got = (await learner.call("layerGradient", x, w, slopes)) as Gradient;
      const expected = layerGradient(x, w, slopes);
      for (const name of ["x", "w", "b"] as const)
        expect(got?.[name], { input: `layerGradient(…).${name}, with ${shapes}` }).toBeClose(
          expected[name],
        );
    }
  }),
);
