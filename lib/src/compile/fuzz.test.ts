import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { grad } from "../autograd.ts";
import { rand } from "../create.ts";
import { type EngineName, setEngine } from "../engine/engine.ts";
import { setThreads, threads } from "../engine/threads.ts";
import { dropout } from "../functional/dropout.ts";
import { concat } from "../functional/join.ts";
import { layerNorm } from "../functional/normalize.ts";
import { clipGradNorm } from "../optim/clip.ts";
import { AdamW, SGD } from "../optim/optimizers.ts";
import { manualSeed, Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { compile } from "./compile.ts";

afterEach(() => {
  setEngine("wasm");
  setThreads(threadsBefore);
});

const threadsBefore = threads();

/** Chooses a whole number from 0 up to, not including, n. */
type Choose = (n: number) => number;

type Part = (choose: Choose, a: Tensor, b: Tensor) => Tensor;

/**
 * What a random program is made of: each makes a tensor of one or two that are there, of any
 * shape, and chooses what else there is to choose. These go number by number, so that chains of
 * them are formed.
 */
const links: readonly Part[] = [
  (_, a, b) => fitting(a, b, (x, y) => x.add(y)),
  (_, a, b) => fitting(a, b, (x, y) => y.sub(x)),
  (_, a, b) => fitting(a, b, (x, y) => x.mul(y)),
  (_, a, b) => fitting(a, b, (x, y) => x.div(y.abs().add(0.5))),
  (_, a, b) => fitting(a, b, (x, y) => x.maximum(y)),
  (_, a, b) => fitting(a, b, (x, y) => x.minimum(y)),
  (_, a, b) => fitting(a, b, (x, y) => x.where(x.greater(y), y.mul(2))),
  (_, a, b) => fitting(a, b, (x, y) => y.where(x.lessEqual(0.3).logicalOr(y.notEqual(x)), 1)),
  (_, a, b) => fitting(a, b, (x, y) => x.where(x.less(y).logicalNot().logicalAnd(x.equal(x)), y)),
  // The condition is of fewer numbers than what it chooses from.
  (_, a, b) => fitting(a, b, (x, y) => x.mul(y).where(y.greaterEqual(0), x)),
  (_, a) => (a.size && a.rank ? a.mul(column(a)).add(a.sum(0, { keepDims: true }).mul(0.1)) : a),
  (_, a) => a.sub(0.5).mul(3).div(-7),
  (_, a) => a.clamp(-0.5, 0.7),
  (_, a) => a.sign().add(a),
  (_, a) => a.leakyRelu(0.1),
  (_, a) => a.softplus(),
  (_, a) => a.erf(),
  (_, a) => a.gelu(),
  (_, a) => a.add(rand(a.shape)),
  (_, a) => dropout(a, 0.2),
  (_, a) => a.mul(a),
  (_, a) => a.neg(),
  (_, a) => a.abs(),
  (_, a) => a.abs().add(0.1).sqrt(),
  (_, a) => a.minimum(3).exp(),
  (_, a) => a.abs().add(0.1).log(),
  (_, a) => a.relu(),
  (_, a) => a.tanh(),
  (_, a) => a.sigmoid(),
  (_, a) => a.silu(),
  (_, a) => a.gelu({ approximate: "tanh" }),
];

const others: readonly Part[] = [
  (_, a) => a.flatten(),
  (_, a) => a.reshape([1, ...a.shape.slice(0, 2), 1, ...a.shape.slice(2), 1]),
  (_, a) => a.transpose(),
  (choose, a) => (a.rank && a.shape[0] ? a.slice(choose(a.shape[0])) : a),
  (choose, a) => (a.rank ? a.slice(0, undefined, choose(a.rank), 2) : a),
  (choose, a) => (a.rank && a.shape[0] ? a.take([choose(a.shape[0]), 0, 0]) : a),
  (_, a) => (a.rank ? concat([a, a.neg()]) : a),
  (_, a) => (a.size < 3000 ? a.expand([2, ...a.shape]) : a),
  (_, a) => a.detach(),
  (choose, a) => a.sum(axisOf(choose, a), { keepDims: choose(2) === 0 }),
  (choose, a) => (a.size ? a.mean(axisOf(choose, a), { keepDims: true }) : a),
  (choose, a) => (a.size ? a.max(axisOf(choose, a), { keepDims: true }) : a),
  (choose, a) => (a.size ? a.std(axisOf(choose, a), { keepDims: true }) : a),
  (_, a) => (a.rank ? a.softmax() : a),
  (_, a) => (a.rank ? a.logSoftmax() : a),
  (_, a) => (a.rank ? layerNorm(a, { eps: 0.1 }) : a),
  (_, a) => (a.rank === 2 && a.shape[0] < 90 ? a.matmul(a.transpose()).div(10) : a),
  (_, a) => (a.rank === 2 && a.shape[1] < 90 ? a.transpose().matmul(a).div(10) : a),
  (_, a) => (a.requiresGrad ? grad(a.tanh().sum(), [a], { createGraph: true })[0] : a),
];

/** One number for each row. */
function column(a: Tensor): Tensor {
  return a.slice(0, 1, -1);
}

/** Two tensors by an op if they broadcast, else the first by its own sum along the last axis. */
function fitting(a: Tensor, b: Tensor, op: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const fits = a.shape.every((size, i) => {
    const other = b.shape[b.rank - a.rank + i] ?? 1;
    return size === other || size === 1 || other === 1;
  });
  return fits && a.size * b.size < 1e6
    ? op(a, b)
    : op(a, a.rank ? a.mul(0.1).sum(-1, { keepDims: true }) : a);
}

function axisOf(choose: Choose, a: Tensor): number | undefined {
  const axis = choose(a.rank + 1);
  return axis === a.rank ? undefined : axis;
}

/** How a program is run: the numbers that come out must not depend on it, but for the engine. */
interface How {
  readonly name: EngineName;
  readonly compiled: boolean;
  readonly threads?: number;
  readonly wide?: boolean;
}

/** The numbers of a random program's calls: losses, results, parameters, gradients, a view. */
function run(
  program: number,
  length: number,
  { name, compiled, threads = 1, wide = true }: How,
): number[][] {
  setEngine(name, { wide });
  setThreads(threads);
  manualSeed(program);
  const rng = new Rng(program);
  const pick = <T>(items: readonly T[]): T => items[rng.integer(0, items.length)];
  // Around what is worth a fast kernel, and around what fills a vector.
  const width = pick([1, 2, 3, 4, 5, 7, 12, 13, 64, 257]);
  const height = Math.ceil(4096 / width);
  const leaf = (...shape: number[]) => {
    const made = rng.normal(shape);
    made.requiresGrad = true;
    return made;
  };
  const leaves = [leaf(width), leaf(1, 1), leaf(height, width)];
  const kept = leaves[2].detach().slice(1);
  const optimizer = pick([
    () => new SGD(leaves, { lr: 0.01, momentum: 0.9 }),
    () => new AdamW(leaves),
  ])();
  const [adding, clipping, changing] = [0, 1, 2].map(() => rng.next() < 0.5);
  const chained = rng.next() < 0.3;
  const choices = Array.from({ length: 7 * length }, () => rng.next());

  const step = (x: Tensor, { y }: { y: Tensor }) => {
    let next = 0;
    const choose: Choose = (n) => Math.floor(n * choices[next++]);
    const pool = [x, y, kept, ...leaves];
    for (let i = 0; i < length; i++) {
      const [a, b] = [pool[choose(pool.length)], pool[choose(pool.length)]];
      const parts = chained || choose(2) === 0 ? links : others;
      const made = parts[choose(parts.length)](choose, a, b);
      if (made.rank < 7 && made.size < 10_000) pool.push(made);
    }
    const last = pool.slice(-3);
    last.find(({ node }) => node)?.registerHook((gradient) => gradient.mul(1.5));
    const loss = [...last, ...leaves]
      .map((one) => one.tanh().mul(0.1).sum())
      .reduce((sum, one) => sum.add(one));
    if (!adding) optimizer.zeroGrad();
    loss.backward(undefined, { retainGraph: adding });
    if (adding) loss.backward();
    if (clipping) clipGradNorm(leaves, 1);
    if (changing) optimizer.step();
    return { loss, last };
  };
  const call = compiled ? compile(step) : step;
  const seen: number[][] = [];
  for (const rows of [height, height + 1, height, height, 0, 3, 0]) {
    const { loss, last } = call(rng.normal([rows, width]), { y: rng.normal([width]) });
    const gradients = leaves.map(({ grad }) => grad);
    seen.push(...[loss, ...last, ...leaves, ...gradients, kept].map((one) => [...one.data]));
  }
  return seen;
}

test("random programs give the same with and without compile(), by either engine, in any number of threads, 128 or 256 bits wide", () => {
  const programs = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(programs, ([program, length]) => {
      const plain = run(program, length, { name: "reference", compiled: false });
      expect(run(program, length, { name: "reference", compiled: true })).toEqual(plain);
      const fast = run(program, length, { name: "wasm", compiled: false });
      const threads = 1 + (program % 3);
      for (const wide of [true, false])
        expect(run(program, length, { name: "wasm", compiled: true, threads, wide })).toEqual(fast);
      plain.forEach((numbers, i) => {
        expect(fast[i].length).toBe(numbers.length);
        numbers.forEach((number, j) => {
          if (!(Math.abs(fast[i][j] - number) <= 1e-2 * Math.max(1, Math.abs(number))))
            expect(fast[i][j], `tensor ${i}, number ${j}`).toBe(number);
        });
      });
    }),
    { seed: 1, numRuns: 30 },
  );
}, 120_000);
