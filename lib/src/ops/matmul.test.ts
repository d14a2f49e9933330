import { expect, test } from "vitest";
import { randn } from "../create.ts";
import { gradcheck } from "../gradcheck.ts";
import { Rng } from "../random.ts";
import { matmul } from "./matmul.ts";

test("one matrix for a whole stack: its gradient is that of all rows, without a stack of gradients", () => {
  const rng = new Rng(1);
  for (const transposeB of [false, true])
    for (const transposeA of [false, true]) {
      const a = randn(transposeA ? [2, 3, 4, 5] : [2, 3, 5, 4], { rng });
      const b = randn(transposeB ? [6, 4] : [4, 6], { rng });
      for (const side of [a, b]) side.requiresGrad = true;
      gradcheck((x, y) => matmul([x, y], { transposeA, transposeB }), [a, b]);
    }
  const [x, w] = [randn([0, 3, 4], { rng }), randn([4, 6], { rng })];
  for (const side of [x, w]) side.requiresGrad = true;
  x.matmul(w).sum().backward();
  expect([x.grad.shape, w.grad.shape]).toEqual([
    [0, 3, 4],
    [4, 6],
  ]);
  expect(w.grad.data.every((value) => value === 0)).toBe(true);
});
