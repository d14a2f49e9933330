import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engine, setEngine } from "../src/index.ts";
import { mustAgree } from "./close.ts";
import { Fixture, type OpCase } from "./fixtures.ts";
import { leavesOf, mixed, run } from "./run.ts";

const fixture = new Fixture<OpCase>("ops");

/** Runs one case as PyTorch ran it: the same numbers, the same views, the same gradient from above. */
function check(one: OpCase): void {
  const leaves = leavesOf(one, fixture);
  const outputs = run(one, leaves);
  expect(outputs.length).toBe(one.outputs);
  outputs.forEach((output, i) => {
    mustAgree(`output ${i}`, output, fixture.tensor(`${one.name}/out/${i}`));
  });
  const loss = mixed(one, fixture, outputs);
  if (leaves.some((leaf) => leaf.requiresGrad)) loss.backward();
  one.inputs.forEach((key, i) => {
    if (leaves[i].requiresGrad)
      mustAgree(`gradient of ${key}`, leaves[i].grad, fixture.tensor(`${one.name}/grad/${key}`));
  });
}

describe.each([...new Set(fixture.cases.map(({ op }) => op))])("%s agrees with PyTorch", (op) => {
  test.each(fixture.cases.filter((one) => one.op === op))("$name", check);
});

describe("where the fast kernels did the work, so do the plain ones", () => {
  beforeAll(() => setEngine("reference"));
  afterAll(() => setEngine("wasm"));
  test("there are fast kernels", () => {
    setEngine("wasm");
    expect(engine().name).toBe("wasm");
    setEngine("reference");
  });
  test.each(fixture.cases.filter(({ large }) => large))("$name", check);
});
