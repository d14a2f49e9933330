import { describe, expect, test } from "vitest";
import { ones, tensor, zeros } from "../create.ts";
import { forbid } from "../host.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckModule } from "../testing.ts";
import { MultiHeadAttention } from "./attention.ts";
import { Conv2d } from "./conv.ts";
import { Embedding } from "./embedding.ts";
import { Linear } from "./linear.ts";
import { Module, Parameter } from "./module.ts";
import { LSTM } from "./recurrent.ts";
import { Sequential } from "./sequential.ts";

/** A bit of everything that can be found in a module's fields. */
class Net extends Module {
  readonly inProj = new Linear(2, 3, new Rng(1));
  readonly blocks = [new Linear(3, 3, new Rng(2)), new Linear(3, 3, new Rng(3))];
  readonly ln_1 = new Linear(3, 1, new Rng(4), { bias: false });
  readonly LayerNorm = new Parameter(zeros([1]));
  readonly runningMean: Tensor = zeros([2]);
  readonly steps = 3;
  readonly tied = this.inProj.weight;
  around: Module | null = null;

  forward(x: Tensor): Tensor {
    let y = this.inProj.forward(x.sub(this.runningMean));
    for (const block of this.blocks) y = block.forward(y).tanh();
    return this.ln_1.forward(y).add(this.LayerNorm);
  }
}

const names = [
  "in_proj.weight",
  "in_proj.bias",
  "blocks.0.weight",
  "blocks.0.bias",
  "blocks.1.weight",
  "blocks.1.bias",
  "ln_1.weight",
  "LayerNorm",
];

describe("what a module is made of", () => {
  test("parameters are found in fields and arrays and have PyTorch's names, each once", () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual(names);
    expect(net.parameters().every((p) => p.requiresGrad)).toBe(true);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(["running_mean"]);
    expect(Object.keys(net.stateDict())).toEqual([...names, "running_mean", "tied"]);
    expect(net.namedChildren().map(([name]) => name)).toEqual([
      "in_proj",
      "blocks.0",
      "blocks.1",
      "ln_1",
    ]);
    expect(net.children()).toEqual([net.inProj, ...net.blocks, net.ln_1]);
    expect(net.modules()).toEqual([net, net.inProj, ...net.blocks, net.ln_1]);
  });

  test("a part that points back does not lead in circles", () => {
    const inner = new Net();
    const outer = new Sequential(inner);
    inner.around = outer;
    expect(outer.namedModules().map(([name]) => name)).toHaveLength(6);
    expect(outer.namedParameters().map(([name]) => name)).toEqual(names.map((n) => `0.${n}`));
  });

  test("the tree, as print shows it", () => {
    expect(String(new Sequential(new Linear(2, 3), new Net()))).toMatchInlineSnapshot(`
      "Sequential(
        (0): Linear(2, 3)
        (1): Net(
          (in_proj): Linear(2, 3)
          (blocks.0): Linear(3, 3)
          (blocks.1): Linear(3, 3)
          (ln_1): Linear(3, 1, bias=false)
        )
      )"
    `);
    expect(String(new (class extends Linear {})(1, 2))).toBe("Module(1, 2)");
  });

  test("train and eval reach every part", () => {
    const net = new Sequential(new Net());
    expect(net.eval()).toBe(net);
    expect(net.modules().map((part) => part.training)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
    net.train();
    expect(net.modules().every((part) => part.training)).toBe(true);
  });

  test("zeroGrad forgets all gradients", () => {
    const net = new Net();
    net
      .forward(ones([4, 2]))
      .sum()
      .backward();
    expect(net.parameters().every((p) => p.hasGrad)).toBe(true);
    net.zeroGrad();
    expect(net.parameters().some((p) => p.hasGrad)).toBe(false);
  });
});

describe("state", () => {
  test("goes from one module to another of the same kind", () => {
    const [a, b] = [new Net(), new Net()];
    for (const p of a.parameters()) p.data.fill(0.25);
    a.runningMean.data.set([1, 2]);
    const { weight } = b.inProj;
    b.loadStateDict(a.stateDict());
    expect(b.inProj.weight).toBe(weight);
    const x = new Rng(1).normal([5, 2]);
    expect(b.forward(x).allClose(a.forward(x), 0)).toBe(true);
    expect(a.inProj.weight.data).not.toBe(b.inProj.weight.data);
  });

  test("what does not fit is told, and nothing is changed", () => {
    const net = new Net();
    const before = net.inProj.bias!.clone();
    const { "blocks.0.bias": _, ...state } = new Net().stateDict();
    state["in_proj.bias"] = ones([3]);
    state["blocks.1.bias"] = ones([4]);
    state.running_mean = zeros([2], { dtype: "int32" });
    state["model.ln_1.weight"] = ones([1, 3]);
    state.LayerNorm = [0] as unknown as Tensor;
    expect(errorOf(() => net.loadStateDict(state))).toMatchInlineSnapshot(`
      "StateError: loadStateDict: the state does not fit this module in 5 places; nothing was changed
        missing: blocks.0.bias
        unknown: model.ln_1.weight (did you mean ln_1.weight?)
        blocks.1.bias: has shape [4], this module's is [3]
        LayerNorm: is an object, not a Tensor
        running_mean: is int32, this module's is float32"
    `);
    expect(net.inProj.bias!.allClose(before, 0)).toBe(true);
  });

  test("what is many is cut short", () => {
    expect(errorOf(() => new Net().loadStateDict({}))).toMatchInlineSnapshot(`
      "StateError: loadStateDict: the state does not fit this module in 10 places; nothing was changed
        missing: in_proj.weight
        missing: in_proj.bias
        missing: blocks.0.weight
        missing: blocks.0.bias
        missing: blocks.1.weight
        missing: blocks.1.bias
        missing: ln_1.weight
        missing: LayerNorm
        … and 2 more"
    `);
  });

  test("not strict: what is missing or too much is passed over, what does not fit is not", () => {
    const net = new Net();
    net.loadStateDict({ "ln_1.weight": ones([1, 3]), other: ones([1]) }, { strict: false });
    expect(net.ln_1.weight.toArray()).toEqual([[1, 1, 1]]);
    expect(
      errorOf(() => net.loadStateDict({ tied: ones([1]) }, { strict: false })),
    ).toMatchInlineSnapshot(`
      "StateError: loadStateDict: the state does not fit this module in 1 place; nothing was changed
        tied: has shape [1], this module's is [3, 2]"
    `);
  });

  test("a tensor with two names may come under one of them", () => {
    const net = new Net();
    const { tied: _, ...state } = new Net().stateDict();
    net.loadStateDict(state);
    expect(net.tied).toBe(net.inProj.weight);
  });
});

describe("hooks", () => {
  test("see what goes in and comes out, until they are taken off", () => {
    const net = new Net();
    const seen: [Module, unknown, unknown][] = [];
    const off = net.ln_1.registerForwardHook((module, inputs, output) => {
      seen.push([module, inputs, output]);
    });
    const y = net.forward(ones([1, 2]));
    expect(seen).toHaveLength(1);
    expect(seen[0][0]).toBe(net.ln_1);
    expect((seen[0][1] as Tensor[])[0].shape).toEqual([1, 3]);
    expect((seen[0][2] as Tensor).add(net.LayerNorm).item()).toBe(y.item());
    off();
    net.forward(ones([1, 2]));
    expect(seen).toHaveLength(1);
    expect(Object.hasOwn(net.ln_1, "forward")).toBe(false);
  });

  test("several work side by side and come off in any order", () => {
    const layer = new Linear(1, 1);
    const calls: string[] = [];
    const [a, b] = ["a", "b"].map((name) =>
      layer.registerForwardHook(() => {
        calls.push(name);
      }),
    );
    layer.forward(ones([1]).reshape([1, 1]));
    a();
    layer.forward(ones([1, 1]));
    b();
    layer.forward(ones([1, 1]));
    expect(calls).toEqual(["a", "b", "b"]);
  });

  test("reach the gradients of what passes by", () => {
    const net = new Sequential(new Linear(2, 2, new Rng(1)), new Linear(2, 1, new Rng(2)));
    let gradient: Tensor | undefined;
    net[0].registerForwardHook((_, __, output) => {
      (output as Tensor).registerHook((g) => {
        gradient = g;
      });
    });
    net.forward(ones([1, 2])).backward();
    const last = net[1] as Linear;
    expect(gradient?.toArray()).toEqual(last.weight.toArray());
  });
});

describe("Linear", () => {
  test("is x Wᵀ + b, whatever axes there are in front", () => {
    const layer = new Linear(2, 3);
    layer.loadStateDict({
      weight: tensor([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
      bias: tensor([0, 0, 10]),
    });
    expect(layer.forward(tensor([2, 5])).toArray()).toEqual([2, 5, 17]);
    expect(layer.forward(tensor([[2, 5]])).toArray()).toEqual([[2, 5, 17]]);
    expect(layer.forward(tensor([[[2, 5]], [[1, 1]]])).toArray()).toEqual([
      [[2, 5, 17]],
      [[1, 1, 12]],
    ]);
    expect(layer.forward(zeros([0, 4, 2])).shape).toEqual([0, 4, 3]);
  });

  test("its gradients agree with small steps", () => {
    for (const shape of [[3], [2, 3], [2, 2, 3]])
      for (const bias of [true, false]) {
        const layer = new Linear(3, 2, new Rng(1), { bias });
        const x = new Rng(2).normal(shape);
        x.requiresGrad = true;
        gradcheckModule(layer, [x], (y) => layer.forward(y).tanh());
      }
  });

  test("starts within ±1 / √inputs, the same for the same seed", () => {
    const layer = new Linear(25, 400, new Rng(1));
    for (const { data } of layer.parameters()) {
      expect(Math.max(...data)).toBeLessThan(0.200001);
      expect(Math.max(...data)).toBeGreaterThan(0.195);
      expect(Math.min(...data)).toBeLessThan(-0.195);
    }
    expect(new Linear(25, 400, new Rng(1)).weight.data).toEqual(layer.weight.data);
  });

  test("wrong input is told", () => {
    const layer = new Linear(3, 5);
    expect(errorOf(() => layer.forward(zeros([2, 4])))).toMatchInlineSnapshot(`
      "ShapeError: Linear: expects 3 features in the last axis, got 4
        shape: [2, 4]
        hint: this layer is Linear(3, 5)"
    `);
    expect(errorOf(() => layer.forward(tensor(1)))).toMatchInlineSnapshot(`
      "ShapeError: Linear: expects […, 3 features], got 0 axes
        shape: []"
    `);
    expect(errorOf(() => layer.forward([1, 2, 3] as unknown as Tensor))).toMatchInlineSnapshot(`
      "TypeError: Linear: expects a Tensor, got an array
        hint: make one with tensor([…])"
    `);
    expect(errorOf(() => new Linear(3, undefined as unknown as number))).toMatchInlineSnapshot(
      `"RangeError: Linear: outFeatures must be a whole number, 1 or more, got undefined"`,
    );
  });

  test("can be forbidden; a class of one's own by that name is not", () => {
    expect(errorOf(() => forbid(["Linear"], () => new Linear(1, 1)))).toMatchInlineSnapshot(`
      "ForbiddenError: Linear may not be used in this exercise: building it is the exercise
        hint: write it with simpler operations"
    `);
    const Gradus = Module;
    const own = class Linear extends Gradus {
      forward(x: Tensor): Tensor {
        return x;
      }
    };
    expect(String(forbid(["Linear"], () => new own()))).toBe("Linear()");
  });
});

describe("Sequential", () => {
  test("goes from layer to layer; names and places are numbers", () => {
    const first = new Linear(2, 4, new Rng(1));
    const net = new Sequential(first, new Linear(4, 1, new Rng(2)));
    expect(net[0]).toBe(first);
    const x = ones([3, 2]);
    expect(net.forward(x).data).toEqual(net[1].forward(first.forward(x)).data);
    expect(Object.keys(net.stateDict())).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
    expect(new Sequential().forward(x)).toBe(x);
    expect(
      errorOf(() => new Sequential(first, ((y: Tensor) => y) as never)),
    ).toMatchInlineSnapshot(`
      "TypeError: Sequential: layer 1 is not a Module
        hint: write new ReLU(), not relu"
    `);
  });

  test("holds more than ten in their order", () => {
    const layers = Array.from({ length: 12 }, () => new Linear(1, 1));
    expect(new Sequential(...layers).children()).toEqual(layers);
  });
});

test("parts in a plain object are found; a tensor that would not be learned is told", () => {
  class Towers extends Module {
    readonly towers = { left: new Linear(2, 1), right: [new Linear(2, 1)] };
    forward(x: Tensor): Tensor {
      return this.towers.left.forward(x).add(this.towers.right[0].forward(x));
    }
  }
  expect(Object.keys(new Towers().stateDict())).toEqual([
    "towers.left.weight",
    "towers.left.bias",
    "towers.right.0.weight",
    "towers.right.0.bias",
  ]);
  class Scale extends Module {
    readonly factor = tensor([1], { requiresGrad: true });
    forward(x: Tensor): Tensor {
      return x.mul(this.factor);
    }
  }
  expect(errorOf(() => new Scale().parameters())).toMatchInlineSnapshot(`
    "TypeError: Scale: factor requires a gradient, but is no Parameter, and would not be learned
      hint: new Parameter(…)"
  `);
});

test("options where the generator stands are told", () => {
  const options = { bias: false } as unknown as Rng;
  for (const make of [
    () => new Conv2d(1, 2, 3, options),
    () => new LSTM(1, 2, options),
    () => new Embedding(1, 2, options),
    () => new MultiHeadAttention(2, 1, options),
  ])
    expect(errorOf(make)).toMatch(/must be an Rng, got an object/);
  expect(errorOf(() => new Linear(1, 2, options))).toMatchInlineSnapshot(`
    "TypeError: Linear: the generator of random numbers must be an Rng, got an object
      hint: it stands between the sizes and the options: undefined for the default one, or new Rng(1)"
  `);
});
