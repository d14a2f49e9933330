import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { grad, noGrad } from "../autograd.ts";
import { arange, ones, rand, randint, randn, tensor, zeros } from "../create.ts";
import { setEngine } from "../engine/engine.ts";
import { dropout } from "../functional/dropout.ts";
import { crossEntropy } from "../functional/loss.ts";
import { batchNorm } from "../functional/normalize.ts";
import { gradcheck } from "../gradcheck.ts";
import { Linear } from "../nn/linear.ts";
import { Module, Parameter } from "../nn/module.ts";
import { BatchNorm1d } from "../nn/norm.ts";
import { clipGradNorm } from "../optim/clip.ts";
import { Adam, SGD } from "../optim/optimizers.ts";
import { StepLR } from "../optim/schedules.ts";
import { manualSeed, Rng } from "../random.ts";
import { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { layOut, type Region } from "./arena.ts";
import { compile } from "./compile.ts";

afterEach(() => setEngine("wasm"));

class Net extends Module {
  readonly first: Linear;
  readonly norm = new BatchNorm1d(24);
  readonly second: Linear;
  readonly rng = new Rng(5);

  constructor(rng: Rng) {
    super();
    this.first = new Linear(10, 24, rng);
    this.second = new Linear(24, 4, rng);
  }

  forward(x: Tensor): Tensor {
    const hidden = this.norm.forward(this.first.forward(x)).relu();
    return this.second.forward(dropout(hidden, 0.3, { training: this.training, rng: this.rng }));
  }
}

/** Losses and all state after so many steps; the same seed gives the same data. */
function train(compiled: boolean, steps: number, sizes: number[] = [64]) {
  const rng = new Rng(1);
  const model = new Net(rng);
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const schedule = new StepLR(optimizer, { stepSize: 5, gamma: 0.5 });
  const step = (x: Tensor, y: Tensor) => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.zeroGrad();
    loss.backward();
    const norm = clipGradNorm(model.parameters(), 0.5);
    optimizer.step();
    schedule.step();
    return { loss, norm };
  };
  const run = compiled ? compile(step) : step;
  const seen: number[] = [];
  for (let i = 0; i < steps; i++) {
    const n = sizes[i % sizes.length];
    const { loss, norm } = run(randn([n, 10], { rng }), randint(0, 4, [n], { rng }));
    seen.push(loss.item(), norm.item());
  }
  const state = Object.values(model.stateDict()).map((one) => [...one.data]);
  const gradients = model.parameters().map((one) => [...one.grad.data]);
  return { seen, state, gradients, lr: optimizer.lr, optimizer: optimizer.stateDict() };
}

const plain = (result: ReturnType<typeof train>) => ({
  ...result,
  optimizer: Object.values(result.optimizer.tensors).map((one) => [...one.data]),
  steps: result.optimizer.options.steps,
});

/** Does the same with and without compile(), which must make no difference. */
function sameAsWithout(run: (compiled: typeof compile) => unknown): void {
  const without = ((step: (...args: never[]) => unknown) => step) as unknown as typeof compile;
  expect(run(compile)).toEqual(run(without));
}

describe("a compiled step", () => {
  test("gives the numbers that it gives without, to the last bit: batch norm, dropout, clipping, Adam, a schedule", () => {
    expect(plain(train(true, 25))).toEqual(plain(train(false, 25)));
    setEngine("reference");
    expect(plain(train(true, 8))).toEqual(plain(train(false, 8)));
  });

  test("also when shapes change back and forth", () => {
    expect(plain(train(true, 12, [64, 64, 17]))).toEqual(plain(train(false, 12, [64, 64, 17])));
  });

  test("runs the function once for each set of shapes, and anew when told otherwise", () => {
    let runs = 0;
    const double = compile((x: Tensor, times: number) => {
      runs++;
      return x.mul(times);
    });
    expect(double(ones([3]), 2).toArray()).toEqual([2, 2, 2]);
    expect(double(tensor([1, 2, 3]), 2).toArray()).toEqual([2, 4, 6]);
    expect(runs).toBe(1);
    expect(double(ones([2]), 2).toArray()).toEqual([2, 2]);
    expect(double(ones([3]), 3).toArray()).toEqual([3, 3, 3]);
    expect(double(arange(3).to("int32"), 2).dtype).toBe("int32");
    expect(runs).toBe(4);
    expect(double.recordings).toBe(4);
    setEngine("reference");
    double(ones([3]), 2);
    expect(runs).toBe(5);
  });

  test("follows a model from training to use and back", () => {
    const model = new Net(new Rng(2));
    const predict = compile((x: Tensor) => model.forward(x));
    const x = randn([8, 10], { rng: new Rng(3) });
    predict(x);
    model.eval();
    const expected = model.forward(x).toArray();
    expect(predict(x).toArray()).toEqual(expected);
    expect(predict(x).toArray()).toEqual(expected);
    model.train();
    expect(predict(x).toArray()).not.toEqual(expected);
  });

  test("adds gradients up over calls as backward() does", () => {
    const run = (compiled: boolean) => {
      const w = tensor([1, 2], { requiresGrad: true });
      const step = (x: Tensor) => {
        w.mul(w).mul(x).sum().backward();
      };
      const add = compiled ? compile(step) : step;
      const seen: unknown[] = [];
      for (let i = 1; i <= 4; i++) {
        add(tensor([i, 10 * i]));
        seen.push(w.grad.toArray());
      }
      w.zeroGrad();
      add(tensor([1, 1]));
      add(tensor([1, 1]));
      seen.push(w.grad.toArray());
      return seen;
    };
    expect(run(true)).toEqual(run(false));
  });

  test("an earlier result is never overwritten, an argument never changed", () => {
    const twice = compile((x: Tensor) => ({ same: x, parts: [x.mul(2), x.slice(1)] }));
    const x = tensor([1, 2]);
    const first = twice(x);
    const again = twice(x);
    const second = twice(tensor([5, 6]));
    expect(first.parts.map((part) => part.toArray())).toEqual([[2, 4], [2]]);
    expect(again.same.toArray()).toEqual([1, 2]);
    expect(second.same.toArray()).toEqual([5, 6]);
    expect(second.parts.map((part) => part.toArray())).toEqual([[10, 12], [6]]);
    expect(x.toArray()).toEqual([1, 2]);
  });

  test("sees parameters that were changed by other hands, and loaded states", () => {
    const model = new Linear(2, 1, new Rng(1));
    const optimizer = new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const step = compile((x: Tensor) => {
      optimizer.zeroGrad();
      const loss = model.forward(x).sum();
      loss.backward();
      optimizer.step();
      return loss;
    });
    const x = ones([1, 2]);
    step(x);
    const saved = Object.fromEntries(
      Object.entries(model.stateDict()).map(([name, one]) => [name, one.clone()]),
    );
    const { tensors, options } = optimizer.stateDict();
    const kept = {
      tensors: Object.fromEntries(Object.entries(tensors).map(([k, t]) => [k, t.clone()])),
      options: structuredClone(options),
    };
    const next = [step(x).item(), step(x).item()];
    model.loadStateDict(saved);
    optimizer.loadStateDict(kept);
    expect([step(x).item(), step(x).item()]).toEqual(next);
    model.weight.data.fill(0);
    model.bias?.data.fill(7);
    expect(step(x).item()).toBe(7);
  });

  test("draws random tensors anew each time, as without", () => {
    const draws = (compiled: boolean) => {
      const rng = new Rng(8);
      const add = (x: Tensor) =>
        x
          .add(rng.normal([3]))
          .mul(rand([3], { rng }))
          .add(randint(0, 9, [3], { rng }));
      const step = compiled ? compile(add) : add;
      return [1, 2, 3].map((x) => step(tensor([x, x, x])).toArray());
    };
    expect(draws(true)).toEqual(draws(false));
  });

  test("gradients of gradients, and noGrad", () => {
    const second = compile((x: Tensor) => {
      const leaf = x.mul(1);
      leaf.requiresGrad = true;
      const [first] = grad(leaf.pow(3).sum(), [leaf], { createGraph: true });
      return grad(first.sum(), [leaf])[0];
    });
    expect(second(tensor([2, 3])).toArray()).toEqual([12, 18]);
    expect(second(tensor([1, 5])).toArray()).toEqual([6, 30]);
    const w = tensor([1], { requiresGrad: true });
    const mode = compile((x: Tensor) => (x.mul(w).requiresGrad ? x.add(1) : x));
    expect(mode(ones([1])).item()).toBe(2);
    expect(noGrad(() => mode(ones([1]))).item()).toBe(1);
  });

  test("a check on numbers looks each time, and what failed leaves the next call whole", () => {
    const loss = compile((x: Tensor) => crossEntropy(x, tensor([0], { dtype: "int32" })));
    const good = loss(tensor([[1, 2]])).item();
    expect(() => loss(tensor([[1, Number.NaN]]))).toThrow("NaN in the logits");
    expect(loss(tensor([[1, 2]])).item()).toBe(good);
  });

  test("its list can be read", () => {
    const w = randn([3, 2], { rng: new Rng(1) });
    const step = compile((x: Tensor) => x.matmul(w).relu().sum());
    step(ones([4, 3]));
    expect(String(step.graph())).toMatchInlineSnapshot(`
      "%0 = matmul(arg 0, outside 0)  float32[4, 2]  48
      %1 = relu(%0)                  float32[4, 2]  8
      %2 = sum(%1)                   float32[]      8
      results: %2
      3 operations, 64 multiplications and additions; 128 B for what passes, 128 B without sharing
      by the plain kernels: 3 that are small"
    `);
    expect(step.graph().steps[0]).toMatchObject({ op: "matmul", operations: 48 });
    setEngine("reference");
    step(ones([4, 3]));
    expect(step.graph().whyPlain).toBe("chosen by setEngine()");
  });

  test("chains, and what never leaves the cache, can be seen", () => {
    const [gain, shift, residual] = [randn([64]), randn([64]), randn([100, 64])];
    const step = compile((x: Tensor) => {
      const y = x.mul(gain).add(shift).reshape([6400]).tanh();
      return { sum: y.sum(), z: y.reshape([100, 64]).add(residual).greater(0), half: x.tril() };
    });
    step(randn([100, 64]));
    expect(String(step.graph())).toMatchInlineSnapshot(`
      "chain of 5
      │ %0 = mul(arg 0, outside 0)   float32[100, 64]  6.4 k  in the cache only
      │ %1 = add(%0, outside 1)      float32[100, 64]  6.4 k  in the cache only
      │ %2 = reshape(%1)             float32[6400]     6.4 k  in the cache only
      │ %3 = tanh(%2)                float32[6400]     6.4 k
      │ %4 = reshape(%3)             float32[100, 64]  6.4 k
      │ %5 = add(%4, outside 2)      float32[100, 64]  6.4 k  in the cache only
      │ %6 = greater(%5, outside 3)  bool[100, 64]     6.4 k
      %7 = sum(%3)                   float32[]         6.4 k
      %8 = tril(arg 0)               float32[100, 64]  6.4 k
      results: %7, %6, %8
      9 operations, 57.6 k multiplications and additions; 25.6 kB for what passes, 25.6 kB without sharing
      by the plain kernels: 1 for which there is no other (tril)"
    `);
  });
});

describe("nothing that is shared comes apart", () => {
  const leaf = (...values: number[]) => tensor(values, { requiresGrad: true });

  test("arguments by name, in arrays, none, of either sign", () => {
    sameAsWithout((compiled) => {
      const difference = compiled(({ a, b }: { a: Tensor; b: Tensor }) => a.sub(b));
      const double = compiled((x: Tensor | Tensor[]) => (x instanceof Tensor ? x : x[0].mul(2)));
      const times = compiled((x: Tensor, k: number, _?: string) => x.mul(k));
      const [zero, one] = [tensor([0]), tensor([1])];
      return [
        difference({ a: one, b: zero }).item(),
        difference({ b: zero, a: one }).item(),
        double([one]).item(),
        double(one).item(),
        times(one, 0).item(),
        times(one, -0).item(),
      ];
    });
  });

  test("a view of a weight shows the weight, in whatever step it is changed", () => {
    sameAsWithout((compiled) => {
      const w = leaf(1, 2, 3);
      const view = w.detach().slice(1);
      const optimizer = new SGD([w], { lr: 1 });
      const first = compiled((x: Tensor) => {
        optimizer.zeroGrad();
        w.mul(x).sum().backward();
        optimizer.step();
      });
      const second = compiled((x: Tensor) => {
        optimizer.zeroGrad();
        w.mul(x).mul(2).sum().backward();
        optimizer.step();
        return view.add(0);
      });
      const x = ones([3]);
      first(x);
      const seen = [second(x).toArray()];
      first(x);
      return [...seen, second(x).toArray(), view.toArray(), w.toArray()];
    });
  });

  test("two parameters with the same numbers keep them", () => {
    sameAsWithout((compiled) => {
      const a = new Parameter(tensor([1, 2]));
      const b = new Parameter(a);
      const optimizer = new SGD([a], { lr: 1 });
      const step = compiled(() => {
        optimizer.zeroGrad();
        a.sum().backward();
        optimizer.step();
      });
      step();
      step();
      return b.toArray();
    });
  });

  test("a gradient that was looked at stays, whoever has the next", () => {
    sameAsWithout((compiled) => {
      const w = leaf(1);
      const step = compiled((x: Tensor) => {
        w.zeroGrad();
        w.mul(x).sum().backward();
      });
      const gradients = [1, 2, 3].map((x) => {
        step(tensor([x]));
        return w.grad;
      });
      return gradients.map((one) => one.item());
    });
  });

  test("leaves that came by one and the same gradient", () => {
    sameAsWithout((compiled) => {
      const [a, b] = [leaf(1), leaf(1)];
      a.add(b).sum().backward();
      const step = compiled((x: Tensor) => {
        a.mul(x).add(b.mul(x).mul(10)).sum().backward();
      });
      for (const x of [1, 2, 3]) step(tensor([x]));
      return [a.grad.item(), b.grad.item()];
    });
  });

  test("an argument that requires a gradient gets it", () => {
    sameAsWithout((compiled) => {
      const [v, w] = [leaf(3), leaf(2)];
      const step = compiled((p: Tensor, x: Tensor) => {
        p.mul(x).add(v).sum().backward();
      });
      step(w, tensor([5]));
      step(w, tensor([7]));
      step(v, tensor([1]));
      return [v.grad.item(), w.grad.item()];
    });
  });

  test("an argument that is changed in place is changed; one that shares with it is refused", () => {
    sameAsWithout((compiled) => {
      const mean = zeros([2]);
      const norm = compiled((x: Tensor, runningMean: Tensor) =>
        batchNorm(x, { runningMean, training: true }),
      );
      norm(
        tensor([
          [1, 2],
          [3, 6],
        ]),
        mean,
      );
      norm(
        tensor([
          [1, 2],
          [3, 6],
        ]),
        mean,
      );
      return mean.toArray();
    });
    const w = leaf(1);
    const optimizer = new SGD([w], { lr: 1 });
    const step = compile((x: Tensor) => {
      w.mul(3).sum().backward();
      optimizer.step();
      return x.add(0);
    });
    expect(errorOf(() => step(w.detach()))).toMatchInlineSnapshot(`
      "TraceError: compile: tensor 0 of the arguments shares its numbers with one that the function changes in place
        hint: pass a copy: clone()"
    `);
  });

  test("weights that are frozen or set free, hooks, settings, seeds: the step follows", () => {
    sameAsWithout((compiled) => {
      const [v, w] = [leaf(1), tensor([2])];
      const optimizer = new SGD([v, w], { lr: 0.5 });
      const step = compiled((x: Tensor) => {
        optimizer.zeroGrad();
        dropout(v.mul(w).mul(x), 0.5).sum().backward();
        optimizer.step();
      });
      const x = ones([20]);
      const seen: unknown[] = [];
      const go = () => {
        manualSeed(3);
        step(x);
        seen.push(v.item(), w.item(), w.hasGrad);
      };
      go();
      w.requiresGrad = true;
      go();
      const off = v.registerHook((gradient) => gradient.mul(0.5));
      go();
      off();
      optimizer.groups[0].momentum = 0.9;
      go();
      go();
      optimizer.errorIfNonfinite = false;
      v.storage.fill(Number.NaN);
      go();
      return seen;
    });
    const w = leaf(1);
    const optimizer = new SGD([w], { lr: 0.5 });
    const step = compile(() => {
      w.sum().backward();
      optimizer.step();
    });
    step();
    optimizer.lr = Number.NaN;
    expect(errorOf(step)).toMatch("SGD.step: lr must be 0 or more, and finite, got NaN");
    expect(w.item()).toBe(0.5);
  });

  test("what is drawn for nobody is drawn all the same", () => {
    sameAsWithout((compiled) => {
      const rng = new Rng(1);
      const twice = compiled((x: Tensor) => {
        dropout(x, 0.5, { rng });
        return dropout(x, 0.5, { rng });
      });
      return twice(ones([20])).toArray();
    });
  });

  test("gradcheck looks into a compiled function, in double precision", () => {
    const f = compile((x: Tensor) => x.slice(1).mul(x.slice(0, 2)).exp());
    gradcheck(f, [leaf(0.1, 0.2, 0.3)]);
    expect(f.recordings).toBe(0);
  });

  test("where the kernels get no memory, the plain ones do the work", () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: unknown } };
    sameAsWithout((compiled) => {
      const w = ones([5000]);
      w.requiresGrad = true;
      const optimizer = new Adam([w], { lr: 0.1 });
      const step = compiled((x: Tensor) => {
        optimizer.zeroGrad();
        w.mul(x).sum().backward();
        optimizer.step();
      });
      setEngine(compiled === compile ? "wasm" : "reference");
      const { Memory } = WebAssembly;
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      WebAssembly.Memory = class {
        constructor() {
          throw new RangeError("there is no more");
        }
      };
      try {
        step(ones([5000]));
        step(ones([5000]));
      } finally {
        WebAssembly.Memory = Memory;
        if (compiled === compile)
          expect(warn.mock.calls).toEqual([
            [expect.stringMatching(/^compile: plain kernels do all the work, .* no memory/)],
          ]);
        warn.mockRestore();
      }
      return w.toArray();
    });
  });

  test("so many recordings are kept, and no more", () => {
    const model = new Net(new Rng(1));
    const run = compile((x: Tensor, _: number) => model.forward(x), { keep: 2 });
    const x = randn([4, 10], { rng: new Rng(1) });
    for (const k of [1, 2, 1, 2]) run(x, k);
    expect(run.recordings).toBe(2);
    for (const k of [3, 1, 2]) run(x, k);
    expect(run.recordings).toBe(5);
  });
});

test("a tensor that was made while recording cannot be used afterward", () => {
  const kept: Tensor[] = [];
  let latest: Tensor | undefined;
  const step = compile((x: Tensor) => {
    const y = x.mul(3);
    kept.push(x, y, y.reshape([2, 1]));
    const carried = latest ? y.add(latest) : y;
    latest = y;
    return carried;
  });
  step(tensor([1, 2]));
  for (const tensor of kept) {
    expect(errorOf(() => tensor.toArray())).toMatch("and has no numbers");
    expect(errorOf(() => tensor.add(1))).toMatch("and has no numbers");
    expect([tensor.size, tensor.rank]).toEqual([2, tensor.shape.length]);
  }
  expect(errorOf(() => kept[1].data)).toMatchInlineSnapshot(`
    "TraceError: compile: a tensor was used that was made while a function was recorded, and has no numbers
      The function runs once, is noted down as a list of operations, and only the list is worked out.
      hint: return the tensor from the function, instead of keeping it somewhere"
  `);
  expect(errorOf(() => step(tensor([[1, 2]])))).toMatch("and has no numbers");
  // Nor what a function had made when it threw.
  const torn = compile((x: Tensor) => {
    kept.push(x.mul(2));
    throw new RangeError("halfway");
  });
  expect(errorOf(() => torn(tensor([1])))).toMatch("halfway");
  expect(errorOf(() => kept[kept.length - 1].item())).toMatch("and has no numbers");
});

test("what cannot be recorded says so", () => {
  const x = tensor([1, 2]);
  expect(
    errorOf(() => compile((a: Tensor) => (a.sum().item() > 0 ? a : a.neg()))(x)),
  ).toMatchInlineSnapshot(`
    "TraceError: compile: the values of a tensor were read while the function is being recorded
      The function runs once, is noted down as a list of operations, and from then on only the list
      is run: what depends on a value read now would stay as it is today.
      hint: return the tensor and read it outside, or choose with where() instead of if"
  `);
  expect(
    errorOf(() => compile((a: Tensor) => a.sum().shape.length as never as Tensor)(x)),
  ).toMatchInlineSnapshot(`
    "TraceError: compile: the function returned a number, which would stay as it is now
      hint: return tensors only"
  `);
  expect(
    errorOf(() => compile((a: Tensor) => a.mul(new Rng(1).integer(1, 9)))(x)),
  ).toMatchInlineSnapshot(`
    "TraceError: compile: a random number was drawn while the function is being recorded, and would stay as it is now
      hint: draw a tensor, which is drawn anew each time: rng.uniform([]) or rng.normal(shape)"
  `);
  expect(
    errorOf(() => compile((a: Tensor, b: Float32Array) => a.mul(b[0]))(x, Float32Array.of(1))),
  ).toMatchInlineSnapshot(`
    "TraceError: compile: an argument is a typed array, whose numbers may change unseen
      hint: pass a tensor, or an ordinary array"
  `);
  const inner = compile((a: Tensor) => a.mul(2));
  expect(errorOf(() => compile((a: Tensor) => inner(a))(x))).toMatchInlineSnapshot(`
    "TraceError: compile: a compiled function was called while another is being recorded
      hint: compile only the outer one"
  `);
  const wrapped = (a: Tensor) => new Tensor(a.mul(2).storage, [2]).add(1);
  expect(errorOf(() => compile(wrapped)(x))).toMatchInlineSnapshot(`
    "TraceError: compile: a tensor was made around the numbers of another, not by an operation, and would stay as it is now
      hint: new Tensor(…) cannot be recorded; reshape(), slice() and detach() can"
  `);
  expect(errorOf(() => inner.graph())).toMatchInlineSnapshot(`
    "TraceError: graph: nothing is recorded yet
      hint: call the function once"
  `);
  expect(errorOf(() => compile(() => zeros([2]).add(zeros([3])))())).toMatch(/^ShapeError: add/);
  // And afterward everything can be read again.
  expect(x.sum().item()).toBe(3);
});

test("memory: no two regions that are in use at the same time overlap, and none is wasted", () => {
  const region = fc
    .tuple(fc.integer({ min: 0, max: 200 }), fc.nat(20), fc.nat(6))
    .map(([bytes, first, length]): Region => ({ bytes, first, last: first + length, address: 0 }));
  fc.assert(
    fc.property(fc.array(region, { maxLength: 25 }), (regions) => {
      const bytes = layOut(regions, 64);
      for (const a of regions) {
        expect(a.address % 64).toBe(0);
        expect(a.address + a.bytes).toBeLessThanOrEqual(64 + bytes);
        for (const b of regions)
          if (a !== b && a.first <= b.last && b.first <= a.last && a.bytes && b.bytes)
            expect(a.address + a.bytes <= b.address || b.address + b.bytes <= a.address).toBe(true);
      }
      const atOnce = Array.from({ length: 30 }, (_, now) =>
        regions.reduce(
          (sum, r) => sum + (r.first <= now && now <= r.last ? Math.ceil(r.bytes / 64) * 64 : 0),
          0,
        ),
      );
      expect(bytes).toBeGreaterThanOrEqual(Math.max(0, ...atOnce));
      expect(bytes).toBeLessThanOrEqual(
        regions.reduce((sum, r) => sum + Math.ceil(r.bytes / 64) * 64, 0),
      );
    }),
  );
});
