import { describe, expect, test } from "vitest";
import { grad, noGrad } from "./autograd.ts";
import { arange, ones, tensor, zeros } from "./create.ts";
import { forbidNames } from "./forbid.ts";
import { gradcheck } from "./gradcheck.ts";
import { defineOp } from "./op.ts";
import { SGD } from "./optim/optimizers.ts";
import { Rng } from "./random.ts";
import type { Tensor } from "./tensor.ts";
import { errorOf } from "./testing.ts";

const leaf = (values: number[]): Tensor => tensor(values, { requiresGrad: true });

describe("backward", () => {
  test("a number used twice gets both gradients", () => {
    const x = leaf([3]);
    const y = x.mul(x).add(x);
    y.sum().backward();
    expect(x.grad.toArray()).toEqual([7]);
  });

  test("a branch that leads nowhere changes nothing", () => {
    const x = leaf([2]);
    const y = x.mul(2);
    y.mul(10);
    y.sum().backward();
    expect(x.grad.toArray()).toEqual([2]);
  });

  test("gradients add up until they are forgotten", () => {
    const x = leaf([1, 2]);
    x.sum().backward();
    x.mul(2).sum().backward();
    expect(x.grad.toArray()).toEqual([3, 3]);
    x.zeroGrad();
    expect(x.hasGrad).toBe(false);
    x.sum().backward();
    expect(x.grad.toArray()).toEqual([1, 1]);
  });

  test("a broadcast input gets the sum over what it was repeated for", () => {
    const w = tensor([[1, 2, 3]], { requiresGrad: true });
    const b = tensor(5, { requiresGrad: true });
    ones([4, 3]).mul(w).add(b).sum().backward();
    expect(w.grad.toArray()).toEqual([[4, 4, 4]]);
    expect(b.grad.item()).toBe(12);
  });

  test("more than one number needs the gradient from above", () => {
    const x = leaf([1, 2]);
    x.mul(x).backward(tensor([1, 10]));
    expect(x.grad.toArray()).toEqual([2, 40]);
  });

  test("a chain of 50,000 steps does not overflow the stack", () => {
    const x = leaf([1]);
    let y: Tensor = x;
    for (let i = 0; i < 50_000; i++) y = y.add(0.5);
    y.sum().backward();
    expect(x.grad.item()).toBe(1);
  });

  test("nothing is noted down inside noGrad, after detach, or for whole numbers", () => {
    const x = leaf([1, 2]);
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false);
    expect(x.mul(2).requiresGrad).toBe(true);
    expect(() => noGrad(() => errorOf(() => zeros([2]).add(zeros([3]))))).not.toThrow();
    expect(x.mul(2).requiresGrad).toBe(true);
    x.mul(x.detach()).sum().backward();
    expect(x.grad.toArray()).toEqual([1, 2]);
    expect(x.greater(1).requiresGrad).toBe(false);
    expect(x.to("int32").requiresGrad).toBe(false);
  });

  test("a graph is used up once, unless it is kept", () => {
    const x = leaf([2]);
    const y = x.mul(x).sum();
    y.backward(undefined, { retainGraph: true });
    y.backward();
    expect(x.grad.item()).toBe(8);
    expect(errorOf(() => y.backward())).toMatchInlineSnapshot(`
      "AutogradError: backward: this graph has been used up: backward() already went through it and let it go
        hint: do the forward pass again, or keep the graph with backward(undefined, { retainGraph: true })"
    `);
  });
});

describe("gradients of gradients", () => {
  test("x³: 3x², 6x, 6", () => {
    const x = leaf([2]);
    const [first] = grad(x.pow(3).sum(), [x], { createGraph: true });
    const [second] = grad(first.sum(), [x], { createGraph: true });
    const [third] = grad(second.sum(), [x]);
    expect([first, second, third].map((g) => g.item())).toEqual([12, 12, 6]);
    expect(x.hasGrad).toBe(false);
  });

  test("the gradient of a gradient's size, as in a gradient penalty", () => {
    const rng = new Rng(1);
    const x = rng.normal([3, 2]);
    const w = rng.normal([2, 2]);
    w.requiresGrad = true;
    gradcheck(
      (w) => {
        const input = x.clone();
        input.requiresGrad = true;
        const [g] = grad(input.matmul(w).tanh().sum(), [input], { createGraph: true });
        return g.mul(g).sum();
      },
      [w],
    );
  });
});

describe("watching", () => {
  test("a hook sees the complete gradient, may replace it, and can be taken off", () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    const seen: unknown[] = [];
    const off = y.registerHook((g) => {
      seen.push(g.toArray());
    });
    y.registerHook((g) => g.mul(10));
    y.add(y).sum().backward(undefined, { retainGraph: true });
    expect(seen).toEqual([[2, 2]]);
    expect(x.grad.toArray()).toEqual([60, 60]);
    off();
    y.sum().backward();
    expect(seen).toHaveLength(1);
  });

  test("a computed tensor keeps its gradient if asked to", () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    y.retainGrad();
    y.mul(y).sum().backward();
    expect(y.grad.toArray()).toEqual([6, 12]);
  });

  test("a hook that is put on twice is taken off once; a gradient of another kind is refused", () => {
    const x = leaf([1, 2]);
    const double = (g: Tensor) => g.mul(2);
    const off = x.registerHook(double);
    x.registerHook(double);
    off();
    x.sum().backward();
    expect(x.grad.toArray()).toEqual([2, 2]);
    const back = (g: (gradient: Tensor) => Tensor) => {
      const y = leaf([1, 2]);
      y.registerHook(g);
      y.sum().backward();
    };
    expect(errorOf(() => back(() => ones([3])))).toMatchInlineSnapshot(
      `"AutogradError: backward: a hook gave a gradient of shape [3] for a tensor of shape [2]"`,
    );
    expect(errorOf(() => back((g) => g.to("int32")))).toMatchInlineSnapshot(`
      "AutogradError: backward: a hook gave a gradient of dtype int32
        hint: to("float32")"
    `);
  });

  test("numbers that were changed since are not differentiated", () => {
    const w = leaf([2]);
    const optimizer = new SGD([w], { lr: 1 });
    const [first, second, third] = [w.mul(w), w.reshape([1, 1]).exp().sum(), w.mul(w)];
    first.sum().backward();
    optimizer.step();
    expect(errorOf(() => second.backward())).toMatchInlineSnapshot(`
      "AutogradError: backward: numbers that went into exp have been changed in place since, so that its gradient would be wrong
        hint: call backward() before optimizer.step(), or do the forward pass again"
    `);
    expect(errorOf(() => third.sum().backward())).toMatch("have been changed in place since");
    w.mul(w).sum().backward();
    expect(w.grad.item()).toBe(0);
  });

  test("gradients add up though adding is forbidden to the learner", () => {
    const x = leaf([1]);
    x.mul(2).sum().backward();
    forbidNames(["add"], () => x.mul(3).sum().backward());
    expect(x.grad.toArray()).toEqual([5]);
  });

  test("the graph can be read", () => {
    const x = leaf([1, 2]);
    const { node } = x.mul(3).sum();
    expect(node?.op).toBe("sum");
    expect(node?.inputs[0].node?.op).toBe("mul");
    expect(node?.inputs[0].node?.inputs[0]).toBe(x);
  });
});

describe("gradcheck", () => {
  test("passes what is right and finds what is wrong, and where", () => {
    const wrong = defineOp({
      name: "wrong",
      shape: ([x]) => x,
      forward: (y, [x]) => {
        for (let i = 0; i < y.length; i++) y[i] = x[i] ** 2;
      },
      backward: (g, { inputs: [x] }) => [g.mul(x)],
    });
    const x = tensor([0, 1.5], { requiresGrad: true });
    gradcheck((x) => x.mul(x), [x]);
    expect(errorOf(() => gradcheck((x) => wrong([x]), [x]))).toMatchInlineSnapshot(
      `"GradcheckError: gradcheck: input 0, number 1 of [2]: backward says 0.9323981285190539, small steps say 1.8647962570450536"`,
    );
    expect(errorOf(() => gradcheck((x) => x, [ones([2])]))).toMatchInlineSnapshot(`
      "GradcheckError: gradcheck: no input requires a gradient
        hint: make one with tensor(…, { requiresGrad: true })"
    `);
    expect(x.data).toBeInstanceOf(Float32Array);
    expect(x.add(1).data).toBeInstanceOf(Float32Array);
  });
});

test("what is said where there is no gradient", () => {
  const x = leaf([1, 2]);
  expect(errorOf(() => x.grad)).toMatchInlineSnapshot(`
    "AutogradError: grad: no gradient yet
      hint: call backward() on the loss first"
  `);
  expect(errorOf(() => x.mul(2).grad)).toMatchInlineSnapshot(`
    "AutogradError: grad: only leaves keep their gradient, and this tensor was computed from others
      hint: call retainGrad() on it before backward()"
  `);
  expect(errorOf(() => ones([2]).grad)).toMatchInlineSnapshot(`
    "AutogradError: grad: this tensor does not require a gradient
      hint: make it with tensor(…, { requiresGrad: true })"
  `);
  expect(errorOf(() => ones([2]).sum().backward())).toMatchInlineSnapshot(`
    "AutogradError: backward: this tensor does not depend on anything that requires a gradient
      hint: make the inputs with { requiresGrad: true }, and not inside noGrad()"
  `);
  expect(errorOf(() => x.mul(2).backward())).toMatchInlineSnapshot(`
    "AutogradError: backward: only a tensor of one number has a gradient of its own, this one has shape [2]
      hint: reduce it first, with sum() or mean(), or pass the gradient that comes from above"
  `);
  expect(errorOf(() => x.mul(2).backward(ones([3])))).toMatchInlineSnapshot(
    `"AutogradError: backward: was given a gradient of shape [3] for a tensor of shape [2]"`,
  );
  expect(errorOf(() => grad(x.sum(), [leaf([1])]))).toMatchInlineSnapshot(
    `"AutogradError: grad: the output does not depend on input 0, of shape [1]"`,
  );
  expect(
    errorOf(() => tensor([1, 2], { dtype: "int32", requiresGrad: true })),
  ).toMatchInlineSnapshot(`
    "AutogradError: requiresGrad: only float32 tensors have gradients, this one is int32
      hint: to("float32")"
  `);
  expect(errorOf(() => ones([2]).registerHook(() => {}))).toMatchInlineSnapshot(
    `"AutogradError: registerHook: this tensor does not require a gradient, so none will come by"`,
  );
  const computed = x.mul(2);
  expect(
    errorOf(() => {
      computed.requiresGrad = false;
    }),
  ).toMatchInlineSnapshot(`
    "AutogradError: requiresGrad: this tensor was computed from others that require a gradient
      hint: detach() gives the same numbers without their history"
  `);
  expect(
    errorOf(() => {
      x.grad = ones([3]);
    }),
  ).toMatchInlineSnapshot(`
    "ShapeError: grad: a gradient has the shape of its tensor
      shapes: [2] and [3]"
  `);
  const opaque = defineOp({ name: "opaque", shape: ([a]) => a, forward: () => {} });
  expect(errorOf(() => opaque([x]).sum().backward())).toMatchInlineSnapshot(`
    "AutogradError: opaque: has no gradient
      hint: leave it out of the way, with detach() or noGrad()"
  `);
});

describe("every rule so far agrees with small steps", () => {
  const rng = new Rng(7);
  const make = (...shape: number[]) => {
    const made = rng.uniform(shape, 0.2, 1.7);
    made.requiresGrad = true;
    return made;
  };
  const cases: Record<string, [(...inputs: Tensor[]) => Tensor, Tensor[]]> = {
    arithmetic: [(a, b) => a.add(b).mul(a).sub(b).div(a).pow(b), [make(2, 3), make(3)]],
    extremes: [(a, b) => a.maximum(b).add(a.minimum(b).exp()), [make(2, 3), make(2, 1)]],
    pointwise: [(a) => a.neg().abs().sqrt().exp().log().tanh().sigmoid().relu(), [make(4)]],
    where: [(a, b) => a.where(a.greater(1), b), [make(2, 3), make(3)]],
    reductions: [
      (a) =>
        a
          .mean(0)
          .add(a.sum([0], { keepDims: true }))
          .add(a.max(0))
          .add(a.min())
          .mul(a.std(1, { keepDims: true })),
      [make(3, 4)],
    ],
    variance: [(a) => a.var([0, 2], { correction: 1 }).mul(a.mean([0, 2])), [make(2, 3, 2)]],
    movement: [
      (a) => a.reshape([3, 2]).transpose().slice(0, 2, 1, 2).expand([4, 2, 2]).sumTo([2, 1]),
      [make(6)],
    ],
    indexing: [
      (a) => a.take([0, 0, 2]).gather(1, arange(3).to("int32").reshape([3, 1])),
      [make(3, 3)],
    ],
    scatter: [
      (a, b) =>
        a
          .scatterAdd(0, tensor([[1, 1]], { dtype: "int32" }), b)
          .indexAdd(1, [0], b.reshape([2, 1])),
      [make(2, 2), make(1, 2)],
    ],
    matmul: [(a, b) => a.matmul(b), [make(2, 1, 2, 3), make(4, 3, 2)]],
    "matmul, vectors": [(a, b) => a.matmul(b).matmul(b.transpose()).dot(a), [make(3), make(3, 2)]],
  };
  for (const [name, [f, inputs]] of Object.entries(cases))
    test(name, () => {
      gradcheck(f, inputs);
      gradcheck(
        (...xs) =>
          grad(
            f(...xs)
              .mul(f(...xs))
              .sum(),
            xs,
            { createGraph: true },
          )[0],
        inputs,
        {
          tolerance: 1e-5,
        },
      );
    });
});
