import { describe, expect, test } from "vitest";
import {
  Adam,
  crossEntropy,
  type GPT,
  generate,
  type Module,
  mseLoss,
  SGD,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { CLOSE_NETWORK, mustAgree } from "./close.ts";
import { Fixture } from "./fixtures.ts";
import { layers, models, type Network, type NetworkCase } from "./networks.ts";

const optimizers = {
  Adam: (module: Module) => new Adam(module.parameters(), { lr: 0.01 }),
  SGD: (module: Module) => new SGD(module.parameters(), { lr: 0.02, momentum: 0.9 }),
};

const all = [
  { title: "layers", fixture: new Fixture<NetworkCase>("layers"), table: layers },
  { title: "models", fixture: new Fixture<NetworkCase>("models"), table: models },
];

describe.each(all)("$title as PyTorch's", ({ fixture, table }) => {
  test.each(fixture.cases)("$name", (one) => {
    if (!table[one.kind]) throw new Error(`networks.ts does not say how to make ${one.kind}`);
    check(one, fixture, table[one.kind]);
  });
});

function check(one: NetworkCase, fixture: Fixture<NetworkCase>, { make, call }: Network): void {
  const { name, targets } = one;
  const part = (kind: string) =>
    Object.fromEntries(
      fixture
        .names(`${name}/${kind}/`)
        .map((key) => [key, fixture.tensor(`${name}/${kind}/${key}`)]),
    );
  const module = make(one.arguments).train(one.training);
  const state = part("state");
  expect(Object.keys(module.stateDict()).sort()).toEqual(Object.keys(state).sort());
  module.loadStateDict(state);

  const wanted = part("gradin");
  const given = one.inputs.map((key) => {
    const input = fixture.tensor(`${name}/in/${key}`);
    input.requiresGrad = key in wanted;
    return [key, input] as const;
  });
  const inputs = Object.fromEntries(given);
  const seen = Object.fromEntries(given.filter(([key]) => key !== targets));
  const run = () => call(module as never, seen, one.arguments);

  const outputs = run();
  expect(outputs.length).toBe(one.outputs);
  const upstream = part("up");
  let mixed = tensor(0);
  outputs.forEach((output, i) => {
    mustAgree(`output ${i}`, output, fixture.tensor(`${name}/out/${i}`), CLOSE_NETWORK);
    if (upstream[i]) mixed = mixed.add(output.mul(upstream[i]).sum());
  });
  mixed.backward();
  const parameters: Record<string, Tensor> = Object.fromEntries(module.namedParameters());
  const gradients = part("grad");
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(gradients).sort());
  for (const [key, gradient] of Object.entries(gradients))
    mustAgree(`gradient of ${key}`, parameters[key].grad, gradient, CLOSE_NETWORK);
  for (const [key, gradient] of Object.entries(wanted))
    mustAgree(`gradient of ${key}`, inputs[key].grad, gradient, CLOSE_NETWORK);
  for (const [key, buffer] of Object.entries(part("after")))
    mustAgree(key, module.stateDict()[key], buffer, CLOSE_NETWORK);

  if (!one.losses || !one.optimizer) return;
  const goal = targets ? inputs[targets] : fixture.tensor(`${name}/goal/0`);
  const optimizer = optimizers[one.optimizer](module);
  one.losses.forEach((loss, step) => {
    const [output] = run();
    const error = targets
      ? crossEntropy(output.reshape([-1, output.shape[output.rank - 1]]), goal.flatten())
      : mseLoss(output, goal);
    mustAgree(`loss ${step}`, error.detach(), tensor(loss), CLOSE_NETWORK);
    optimizer.zeroGrad();
    error.backward();
    optimizer.step();
  });
  if (!one.generated) return;
  const written = generate(module as unknown as GPT, one.generated.slice(0, 2), {
    temperature: 0,
    maxTokens: one.generated.length - 2,
  });
  expect([...written]).toEqual(one.generated.slice(2));
}
