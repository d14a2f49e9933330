import { describe, expect, test } from "vitest";
import { grad } from "../autograd.ts";
import { tensor, zeros } from "../create.ts";
import { inDoublePrecision } from "../dtype.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";

const rng = new Rng(11);
const make = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};

/** How f's results differ at most from those expected, when it calculates in double precision. */
function worst(f: (x: Tensor) => Tensor, pairs: readonly (readonly [number, number])[]): number {
  return inDoublePrecision(() => {
    const y = f(tensor(pairs.map(([x]) => x)));
    return Math.max(...pairs.map(([, expected], i) => Math.abs(y.at(i) - expected)));
  });
}

describe("values", () => {
  test("erf, to fifteen digits, on both sides of every seam", () => {
    // From Python's math.erf.
    const known: [number, number][] = [
      [1e-20, 1.1283791670955125e-20],
      [0.001, 0.0011283787909692365],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497148],
      [1.5, 0.9661051464753108],
      [2, 0.9953222650189527],
      [2.499, 0.9995908642442554],
      [2.5, 0.999593047982555],
      [2.501, 0.9995952208294163],
      [3, 0.9999779095030014],
      [4, 0.9999999845827421],
      [5, 0.9999999999984626],
      [5.999, 1],
      [6.001, 1],
    ];
    const both = known.flatMap(([x, y]) => [[x, y] as const, [-x, -y] as const]);
    expect(worst((x) => x.erf(), both)).toBeLessThan(1e-15);
    expect(tensor([0, Infinity, -Infinity, Number.NaN]).erf().toArray()).toEqual([
      0,
      1,
      -1,
      Number.NaN,
    ]);
  });

  test("the activations, as PyTorch gives them in double precision", () => {
    const cases: [(x: Tensor) => Tensor, [number, number][]][] = [
      [
        (x) => x.sin(),
        [
          [1, 0.8414709848078965],
          [-30, 0.9880316240928618],
        ],
      ],
      [
        (x) => x.cos(),
        [
          [1, 0.5403023058681398],
          [-30, 0.15425144988758405],
        ],
      ],
      [
        (x) => x.leakyRelu(),
        [
          [-2, -0.02],
          [0, 0],
          [3, 3],
        ],
      ],
      [
        (x) => x.leakyRelu(0.2),
        [
          [-2, -0.4],
          [3, 3],
        ],
      ],
      [
        (x) => x.softplus(),
        [
          [-1000, 0],
          [-2, 0.1269280110429725],
          [0, Math.LN2],
          [1000, 1000],
        ],
      ],
      [
        (x) => x.silu(),
        [
          [-1000, 0],
          [-2, -0.2384058440442351],
          [2, 1.7615941559557646],
        ],
      ],
      [
        (x) => x.gelu(),
        [
          [-50, 0],
          [-2, -0.04550026389635842],
          [1, 0.841344746068543],
          [50, 50],
        ],
      ],
      [
        (x) => x.gelu({ approximate: "tanh" }),
        [
          [-50, 0],
          [-2, -0.04540230591222494],
          [1, 0.8411919906082768],
          [50, 50],
        ],
      ],
      [
        (x) => x.clamp(-0.5, 0.75),
        [
          [-2, -0.5],
          [-0.5, -0.5],
          [0.1, 0.1],
          [2, 0.75],
        ],
      ],
      [
        (x) => x.clamp(0),
        [
          [-2, 0],
          [2, 2],
        ],
      ],
      [
        (x) => x.clamp(-Infinity, 0),
        [
          [-2, -2],
          [2, 0],
        ],
      ],
    ];
    for (const [f, pairs] of cases) expect(worst(f, pairs), String(f)).toBeLessThan(1e-14);
  });

  test("NaN stays NaN, and the dtype is float32 but where whole numbers stay whole", () => {
    const x = tensor([Number.NaN]);
    const whole = tensor([-3, 4], { dtype: "int32" });
    for (const f of [
      (x: Tensor) => x.leakyRelu(),
      (x: Tensor) => x.softplus(),
      (x: Tensor) => x.silu(),
      (x: Tensor) => x.gelu(),
      (x: Tensor) => x.gelu({ approximate: "tanh" }),
      (x: Tensor) => x.sin(),
    ]) {
      expect(f(x).item()).toBeNaN();
      expect(f(whole).dtype).toBe("float32");
    }
    expect(x.clamp(0, 1).item()).toBeNaN();
    expect(whole.clamp(0)).toMatchObject({ dtype: "int32", data: Int32Array.of(0, 4) });
    expect(whole.clamp(-Infinity, 0.5).dtype).toBe("float32");
    expect(whole.relu()).toMatchObject({ dtype: "int32", data: Int32Array.of(0, 4) });
  });

  test("questions about numbers", () => {
    const x = tensor([0, 1, Number.NaN, -Infinity]);
    expect(x.isNaN()).toMatchObject({ dtype: "bool", data: Uint8Array.of(0, 0, 1, 0) });
    expect(x.logicalNot()).toMatchObject({ dtype: "bool", data: Uint8Array.of(1, 0, 0, 0) });
    expect(x.logicalAnd(1).data).toEqual(Uint8Array.of(0, 1, 1, 1));
    expect(x.logicalOr(tensor([[0], [1]])).toArray()).toEqual([
      [0, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
  });

  test("maskedFill and where", () => {
    const scores = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requiresGrad: true },
    );
    const filled = scores.maskedFill(
      tensor([
        [false, true],
        [false, false],
      ]),
      -Infinity,
    );
    expect(filled.toArray()).toEqual([
      [1, -Infinity],
      [3, 4],
    ]);
    filled.exp().sum().backward();
    expect(scores.grad.at(0, 1)).toBe(0);
  });

  test("the extremes pass NaN on", () => {
    const x = tensor([Number.NaN, 1]);
    expect(x.maximum(0).toArray()).toEqual([Number.NaN, 1]);
    expect(x.minimum(0).toArray()).toEqual([Number.NaN, 0]);
  });
});

describe("gradients", () => {
  const cases: Record<string, [(...inputs: Tensor[]) => Tensor, Tensor[]]> = {
    sin: [(x) => x.sin(), [make(5)]],
    cos: [(x) => x.cos(), [make(2, 3)]],
    erf: [(x) => x.mul(2).erf(), [make(9)]],
    leakyRelu: [(x) => x.leakyRelu(0.2), [make(6)]],
    softplus: [(x) => x.softplus(), [make(6)]],
    silu: [(x) => x.silu(), [make(6)]],
    gelu: [(x) => x.gelu(), [make(6)]],
    "gelu with tanh": [(x) => x.gelu({ approximate: "tanh" }), [make(6)]],
    clamp: [(x) => x.clamp(-0.5, 0.7), [make(8)]],
    "pow, whole exponents": [(x) => x.pow(2).add(x.pow(3)), [make(4)]],
    "pow, both": [(x, y) => x.exp().pow(y), [make(2, 3), make(3)]],
    "where and maskedFill": [
      (x, y) => x.where(x.greater(y), y.mul(3)).maskedFill(x.less(-1), 5),
      [make(2, 3), make(3)],
    ],
    "div, all broadcast": [(x, y) => x.div(y), [make(2, 1, 3), make(4, 1)]],
    "relu where the gradient from above is large": [(x) => x.relu().mul(1e3), [make(5)]],
  };
  for (const [name, [f, inputs]] of Object.entries(cases))
    test(name, () => gradcheckTwice(f, inputs));

  const slopes = (f: (x: Tensor) => Tensor, values: number[]) => {
    const x = tensor(values, { requiresGrad: true });
    return grad(f(x).sum(), [x])[0].toArray();
  };

  test("at corners and ends", () => {
    expect(slopes((x) => x.clamp(-1, 1), [-2, -1, 0, 1, 2])).toEqual([0, 1, 1, 1, 0]);
    expect(slopes((x) => x.relu(), [-1, 0, 1])).toEqual([0, 0, 1]);
    expect(slopes((x) => x.abs(), [-1, 0, 1])).toEqual([-1, 0, 1]);
    expect(slopes((x) => x.maximum(0), [-1, 0, 1])).toEqual([0, 0.5, 1]);
    expect(slopes((x) => x.pow(0), [0, 2])).toEqual([0, 0]);
    expect(slopes((x) => x.pow(1), [0, 2])).toEqual([1, 1]);
    expect(slopes((x) => x.pow(2), [0, -3])).toEqual([0, -6]);
    expect(slopes((x) => tensor([0, 2]).pow(x), [3, 0])).toEqual([0, expect.closeTo(Math.LN2)]);
    expect(slopes((x) => tensor(1).div(x), [1e-25])).toEqual([-Infinity]);
    expect(slopes((x) => x.silu(), [-100, 100])).toEqual([expect.closeTo(0), 1]);
    expect(slopes((x) => x.relu().mul(Infinity), [-1, 1])).toEqual([0, Infinity]);
  });

  test("a branch not taken: choose the input too, and its infinite slope does no harm", () => {
    const naive = (x: Tensor) => x.log().where(x.greater(0), 0);
    expect(slopes(naive, [0, 2])).toEqual([Number.NaN, 0.5]);
    const safe = (x: Tensor) => {
      const above = x.greater(0);
      return x.where(above, 1).log().where(above, 0);
    };
    expect(slopes(safe, [0, 2])).toEqual([0, 0.5]);
  });
});

test("what is said of numbers that do not fit", () => {
  const x = zeros([2]);
  expect(errorOf(() => x.clamp(2, 1))).toMatchInlineSnapshot(
    `"RangeError: clamp: nothing lies between 2 and 1"`,
  );
  expect(errorOf(() => x.clamp(Number.NaN))).toMatchInlineSnapshot(
    `"RangeError: clamp: nothing lies between NaN and Infinity"`,
  );
  expect(errorOf(() => x.gelu({ approximate: "fast" as "tanh" }))).toMatchInlineSnapshot(
    `"RangeError: gelu: approximate is "none" or "tanh", got "fast""`,
  );
  expect(errorOf(() => x.maskedFill([true, false] as unknown as Tensor, 0))).toMatchInlineSnapshot(`
    "TypeError: maskedFill: expected a Tensor, got an array
      hint: make one with tensor([…])"
  `);
  expect(errorOf(() => x.maskedFill(zeros([3]), 0))).toMatchInlineSnapshot(`
    "ShapeError: where: axis -1 has size 3 on the left and 2 on the right
      shapes: [3] and [2]
      hint: line the shapes up from the right: sizes must be equal, or one of them 1"
  `);
});
