import { describe, test } from "vitest";
import { grad, gradcheck, type Tensor, tensor } from "../src/index.ts";
import { Fixture, type OpCase } from "./fixtures.ts";
import { leavesOf, mixed, run, smoothCases } from "./run.ts";

const fixture = new Fixture<OpCase>("ops");

const cases = smoothCases(fixture);

/** A fixed mixture of many numbers, each with a weight of its own. */
function mixture(x: Tensor): Tensor {
  const weights = x.newZeros(x.shape);
  for (let i = 0; i < x.size; i++) weights.data[i] = 1 + Math.cos(2 * i + 1) / 2;
  return x.mul(weights).sum();
}

describe.each([...new Set(cases.map(({ op }) => op))])("%s, every element", (op) => {
  test.each(cases.filter((one) => one.op === op))("$name: the gradient", (one) => {
    gradcheck((...leaves) => mixed(one, fixture, run(one, leaves)), leavesOf(one, fixture));
  });

  test.each(cases.filter((one) => one.op === op))("$name: the gradient's gradient", (one) => {
    gradcheck(
      (...leaves) => {
        const wanted = leaves.filter((leaf) => leaf.requiresGrad);
        const value = mixed(one, fixture, run(one, leaves));
        const gradients = grad(value, wanted, { createGraph: true });
        // Where the gradient does not depend on the input, the squares still do: a known slope.
        const squares = wanted.map((leaf) => leaf.mul(leaf).sum());
        return [...gradients.map(mixture), ...squares].reduce((a, b) => a.add(b), tensor(0));
      },
      leavesOf(one, fixture),
    );
  });
});
