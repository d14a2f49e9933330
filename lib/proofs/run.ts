import { type Tensor, tensor } from "../src/index.ts";
import { calls } from "./calls.ts";
import { type Fixture, look, type OpCase } from "./fixtures.ts";

/** Makes the call of a case, with the inputs looked at as PyTorch looked at them. */
export function run(one: OpCase, leaves: readonly Tensor[]): readonly Tensor[] {
  const call = calls[one.op];
  if (!call) throw new Error(`calls.ts does not say how ${one.op} is called`);
  const named = one.inputs.map((key, i) => [key, look(leaves[i], one.views?.[key])] as const);
  const result = call(Object.fromEntries(named), one.attributes ?? {});
  return "shape" in result ? [result] : result;
}

/** The inputs of a case; those that PyTorch found a gradient for require one. */
export function leavesOf({ name, inputs }: OpCase, fixture: Fixture<OpCase>): Tensor[] {
  return inputs.map((key) => {
    const leaf = fixture.tensor(`${name}/in/${key}`);
    leaf.requiresGrad = fixture.has(`${name}/grad/${key}`);
    return leaf;
  });
}

/** One number: the outputs that have a gradient, each weighted as the fixture says, added up. */
export function mixed(
  { name }: OpCase,
  fixture: Fixture<OpCase>,
  outputs: readonly Tensor[],
): Tensor {
  return outputs.reduce((sum, output, i) => {
    const up = `${name}/up/${i}`;
    return fixture.has(up) ? sum.add(output.mul(fixture.tensor(up)).sum()) : sum;
  }, tensor(0));
}

/** Every configuration that has a gradient, where that is one slope: what gradcheck is asked about. */
export function smoothCases(fixture: Fixture<OpCase>): OpCase[] {
  return fixture.cases.filter(
    ({ name, special, large }) => !special && !large && fixture.names(`${name}/grad/`).length > 0,
  );
}
