import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { setEngine } from "../engine/engine.ts";
import { setThreads, threads } from "../engine/threads.ts";
import { SGD } from "../optim/optimizers.ts";
import { Rng } from "../random.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { compile } from "./compile.ts";

const before = threads();

afterEach(() => {
  setThreads(before);
  setEngine("wasm");
});

/** What a link of a chain may do with what the last one made, and another operand that broadcasts. */
const links: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => x.add(y),
  (x, y) => y.sub(x),
  (x, y) => x.mul(y),
  (x, y) => x.div(y.abs().add(1)),
  (x, y) => x.maximum(y).neg(),
  (x, y) => x.where(x.greater(y), 0.5),
  (x, y) => x.where(y.less(0.1), y),
  (x, y) => x.where(x.equal(y).logicalNot().logicalAnd(y.greaterEqual(-1)), -x.size),
  (x) => x.relu(),
  (x) => x.clamp(-1, 1).mul(3),
  (x) => x.tanh(),
  (x) => x.sigmoid().mul(x),
];

test("chains give the very numbers of their operations, whatever is repeated along which axis", () => {
  const program = fc.record({
    outer: fc.constantFrom(1, 2, 5),
    channels: fc.constantFrom(1, 3, 4, 8, 33),
    // Around a vector, a block of the chain, and what divides it.
    inner: fc.constantFrom(1, 7, 64, 196, 257, 300, 784, 1000, 1024, 1031, 2048),
    steps: fc.array(fc.tuple(fc.nat(links.length - 1), fc.nat(8)), { minLength: 2, maxLength: 9 }),
    kept: fc.nat(8),
    threads: fc.integer({ min: 1, max: 3 }),
    wide: fc.boolean(),
    seed: fc.nat(),
  });
  let inChains = 0;
  fc.assert(
    fc.property(program, ({ outer, channels, inner, steps, kept, seed, ...how }) => {
      const rng = new Rng(seed);
      const whole = [outer, channels, inner];
      const shapes: Shape[] = [
        ...[whole, whole, [inner], [channels, 1], [1, channels, 1], [outer, 1, 1]],
        ...[[channels, inner], [], [outer, 1, inner]],
      ];
      const operands = shapes.map((shape) => rng.normal(shape));
      const run = (x: Tensor): Tensor[] => {
        const made = [x];
        for (const [link, operand] of steps) {
          const last = made[made.length - 1];
          // What was made before may be read again, in another place of the chain.
          made.push(links[link](last, operand === 1 ? made[made.length >> 1] : operands[operand]));
        }
        return [made[made.length - 1], made[kept % made.length].add(1)];
      };
      const x = rng.normal(whole);
      setThreads(1);
      setEngine("wasm");
      const expected = run(x).map((one) => [...one.data]);
      setThreads(how.threads);
      setEngine("wasm", { wide: how.wide });
      const compiled = compile(run);
      expect(compiled(x).map((one) => [...one.data])).toEqual(expected);
      inChains += compiled.graph().steps.filter(({ chain }) => chain !== undefined).length;
    }),
    { numRuns: 150 },
  );
  expect(inChains).toBeGreaterThan(500);
}, 60_000);

test("a chain reads what is drawn after it is drawn, and weights as they are at its turn", () => {
  const results = [compile, (run: (x: Tensor) => Tensor[]) => run].map((compiled) => {
    const rng = new Rng(1);
    const w = rng.normal([5000]);
    w.requiresGrad = true;
    const optimizer = new SGD([w], { lr: 0.1 });
    const step = compiled((x: Tensor) => {
      const y = x.mul(2).add(w);
      const sum = y.sum();
      const noisy = y.mul(rng.normal([5000]));
      optimizer.zeroGrad();
      y.mul(w).sum().backward();
      const before = x.sub(w);
      optimizer.step();
      return [sum, noisy, before, y.add(w)];
    });
    return [1, 2, 3].flatMap((x) => step(w.newFull([5000], x)).map((one) => [...one.data]));
  });
  expect(results[0]).toEqual(results[1]);
});
