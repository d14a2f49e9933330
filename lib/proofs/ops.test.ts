import { describe, expect, test } from "vitest";
import type { Tensor } from "../src/index.ts";
import { calls } from "./calls.ts";
import { mustAgree } from "./close.ts";
import { Fixture, look, type OpCase } from "./fixtures.ts";

const fixture = new Fixture<OpCase>("ops");

/** Runs one case as PyTorch ran it: the same numbers, the same views, the same gradient from above. */
function check({ name, op, inputs, views, attributes, outputs }: OpCase): void {
  const call = calls[op];
  if (!call) throw new Error(`calls.ts does not say how ${op} is called`);
  const leaves = new Map<string, Tensor>();
  for (const key of inputs) {
    const leaf = fixture.tensor(`${name}/in/${key}`);
    leaf.requiresGrad = fixture.has(`${name}/grad/${key}`);
    leaves.set(key, leaf);
  }
  const viewed = [...leaves].map(([key, leaf]) => [key, look(leaf, views?.[key])] as const);
  const result = call(Object.fromEntries(viewed), attributes ?? {});
  const results = "shape" in result ? [result] : result;
  expect(results.length).toBe(outputs);

  results.forEach((output, i) => {
    mustAgree(`output ${i}`, output, fixture.tensor(`${name}/out/${i}`));
  });
  const mixed = results.flatMap((output, i) =>
    fixture.has(`${name}/up/${i}`) ? [output.mul(fixture.tensor(`${name}/up/${i}`)).sum()] : [],
  );
  if (mixed.length > 0) mixed.reduce((a, b) => a.add(b)).backward();
  for (const [key, leaf] of leaves)
    if (leaf.requiresGrad)
      mustAgree(`the gradient of ${key}`, leaf.grad, fixture.tensor(`${name}/grad/${key}`));
}

describe.each([...new Set(fixture.cases.map(({ op }) => op))])("%s agrees with PyTorch", (op) => {
  test.each(fixture.cases.filter((one) => one.op === op))("$name", check);
});
