import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../autograd.ts";
import { tensor } from "../../create.ts";
import { inDoublePrecision } from "../../dtype.ts";
import { concat } from "../../functional/join.ts";
import type { Op } from "../../op.ts";
import * as ops from "../../ops/index.ts";
import { Rng } from "../../random.ts";
import { Tensor } from "../../tensor.ts";
import { reference, runResident } from "./testing.ts";

/** How many float32 numbers lie between a result and the true value. */
function ulpsApart(got: number, truth: number): number {
  const nearest = Math.fround(truth);
  // Below the smallest number of full precision, any other such number will do.
  const tiny = (x: number) => Math.abs(x) < 1.2e-38;
  if (Object.is(got, nearest) || (tiny(got) && tiny(nearest))) return 0;
  const apart = Math.abs(placeOf(got) - placeOf(nearest));
  return Number.isNaN(got) || Number.isNaN(nearest) ? Infinity : apart;
}

/** The numbers of a float32 in order, counted from 0. */
function placeOf(x: number): number {
  const bits = new Int32Array(Float32Array.of(x).buffer)[0];
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}

const special = [0, -0, 1, -1, 1e-45, -1e-40, 3e38, -3e38, 88.7, 88.73, -104, NaN, Infinity];
special.push(-Infinity, 128 * Math.LN2, 2 ** -126, 0.5, -0.5);

/** Numbers of every size, and more where functions bend. */
function everywhere(): Tensor {
  const bits = Int32Array.from({ length: 1 << 16 }, (_, i) => (i << 16) + i * 7);
  const rng = new Rng(1);
  const near = rng.normal([20_000]).mul(4).data;
  return tensor([...special, ...new Float32Array(bits.buffer), ...near]);
}

/** By the kernel, whole and cut into three, which must not differ by a bit. */
function byKernel(name: string, inputs: Tensor[], expected: Tensor, attributes?: unknown) {
  const [whole, cut] = [1, 3].map((parts) =>
    runResident(name, inputs, expected, attributes, parts),
  );
  expect(cut).toEqual(whole);
  return whole;
}

/** 1 less the error function, to fifteen digits also where it is small. */
function missingToOne(x: number): number {
  if (x < 2) return inDoublePrecision(() => 1 - tensor([x]).erf().item());
  let rest = x;
  for (let k = 80; k > 0; k--) rest = x + k / 2 / rest;
  return Math.exp(-x * x) / (rest * Math.sqrt(Math.PI));
}

test("functions of one number: the true value to 2 units in the last place", () => {
  const x = everywhere();
  const truths: Record<string, [ulps: number, f: (x: number) => number]> = {
    neg: [0, (v) => -v],
    abs: [0, Math.abs],
    sign: [0, Math.sign],
    sqrt: [0, Math.sqrt],
    relu: [0, (v) => Math.max(v, 0)],
    exp: [2, Math.exp],
    log: [2, Math.log],
    tanh: [2, Math.tanh],
    sigmoid: [2, (v) => 1 / (1 + Math.exp(-v))],
    softplus: [2, (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))],
  };
  for (const [name, [most, f]] of Object.entries(truths)) {
    const got = byKernel(name, [x], x)!;
    x.data.forEach((v: number, i: number) => {
      const apart = ulpsApart(got[i], f(v));
      if (apart > most) expect(got[i], `${name}(${v}), ${apart} ulps`).toBe(Math.fround(f(v)));
    });
  }
});

test("erf is true to 2 units in the last place, silu where it is above 2^-118", () => {
  const x = everywhere();
  const erf = byKernel("erf", [x], x)!;
  const plain = reference(() => x.erf());
  const silu = byKernel("silu", [x], x)!;
  x.data.forEach((v: number, i: number) => {
    if (ulpsApart(erf[i], plain.data[i]) > 2) expect(erf[i], `erf(${v})`).toBe(plain.data[i]);
    const truth = v / (1 + Math.exp(-v));
    const tiny = Math.abs(truth) <= 2 ** -118 && Math.abs(silu[i]) < 2 ** -117;
    if (!tiny && ulpsApart(silu[i], truth) > 3) expect(silu[i], `silu(${v})`).toBe(truth);
  });
});

test("gelu, exact or by tanh, is true to 2 units in the last place of x, and to 16 of its own near 0", () => {
  const x = everywhere();
  const exact = (v: number) =>
    v < 0
      ? (v / 2) * missingToOne(-v * Math.SQRT1_2)
      : v * (1 - missingToOne(v * Math.SQRT1_2) / 2);
  const byTanh = (v: number) =>
    v / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  for (const [approximate, f] of [
    ["none", exact],
    ["tanh", byTanh],
  ] as const) {
    const got = byKernel("gelu", [x], x, { approximate })!;
    x.data.forEach((v: number, i: number) => {
      const truth = f(v);
      const place = `${approximate} ${v}`;
      if (Number.isNaN(truth)) expect(got[i], place).toBeNaN();
      else if (Math.abs(truth) === Infinity) expect(got[i], place).toBe(truth);
      else {
        const error = Math.abs(got[i] - truth);
        const near = Math.abs(v) < 3 && Math.abs(v) > 1e-37 ? Math.abs(truth) * 2 ** -20 : Infinity;
        // Written so that NaN is no way out.
        if (!(error <= Math.min(near, Math.abs(v) * 2 ** -23 + 1e-45)))
          expect(got[i], place).toBe(truth);
      }
    });
  }
});

const size = (max: number) => fc.integer({ min: 1, max });

/** Numbers among which there are special ones. */
function draw(shape: number[], rng: Rng): Tensor {
  const x = rng.normal(shape);
  for (let i = 0; i < x.size; i++) {
    if (rng.next() < 0.2) x.data[i] = special[rng.integer(0, special.length)];
    if (rng.next() < 0.2) x.data[i] = rng.integer(-2, 3);
  }
  return x;
}

function drawBits(shape: number[], rng: Rng): Tensor {
  const bits = Uint8Array.from(draw(shape, rng).data, () => rng.integer(0, 2));
  return new Tensor(bits, shape);
}

test("pairs and threes of numbers, whatever broadcasts, to the last bit", () => {
  const { add, sub, mul, div, maximum, minimum } = ops;
  const { equal, notEqual, greater, greaterEqual, less, lessEqual } = ops;
  const pairs = [add, sub, mul, div, maximum, minimum];
  pairs.push(equal, notEqual, greater, greaterEqual, less, lessEqual);
  let worked = 0;
  const same = (op: Op<void>, inputs: Tensor[]): void => {
    const expected = reference(() => op(inputs));
    const got = byKernel(op.opName, inputs, expected);
    if (!got) return;
    worked++;
    if (got.some((value: number, i: number) => !Object.is(value, expected.storage[i])))
      expect(got, op.opName).toEqual(expected.storage);
  };
  const repeated = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
  const sizes = fc.tuple(size(3), size(4), size(9), size(5), size(40));
  fc.assert(
    fc.property(sizes, repeated, repeated, repeated, size(1000), (shape, a, b, c, seed) => {
      const rng = new Rng(seed);
      const part = (ones: boolean[]) => shape.map((length, i) => (ones[i] ? 1 : length));
      const [x, y] = [part(a), part(b)].map((each) => draw(each, rng));
      for (const op of pairs) same(op, [x, y]);
      same(ops.where, [drawBits(part(c), rng), x, y]);
      const [p, q] = [part(a), part(c)].map((each) => drawBits(each, rng));
      for (const op of [ops.logicalAnd, ops.logicalOr]) same(op, [p, q]);
      same(ops.isNaN, [x]);
      same(ops.logicalNot, [p]);
    }),
    { numRuns: 60 },
  );
  expect(worked).toBeGreaterThan(300);
});

test("leakyRelu and clamp take their settings along", () => {
  const rng = new Rng(5);
  const x = draw([4099], rng);
  const slope = { slope: 0.01 };
  const leaky = byKernel("leakyRelu", [x], x, slope)!;
  reference(() => ops.leakyRelu([x], slope)).data.forEach((value: number, i: number) => {
    expect(ulpsApart(leaky[i], value)).toBeLessThanOrEqual(1);
  });
  for (const bounds of [
    { min: -1, max: 0.7 },
    { min: 0, max: Infinity },
    { min: -Infinity, max: -0.1 },
  ]) {
    const clamped = byKernel("clamp", [x], x, bounds);
    expect(clamped).toEqual(reference(() => ops.clamp([x], bounds)).data);
  }
});

test("the gradients of silu and gelu are those of the plain kernel", () => {
  const x = everywhere();
  const g = new Rng(2).normal(x.shape);
  x.requiresGrad = true;
  const cases: [string, unknown, (x: Tensor) => Tensor][] = [
    ["siluGradient", undefined, (v) => v.silu()],
    ["geluGradient", { approximate: "none" }, (v) => v.gelu()],
    ["geluGradient", { approximate: "tanh" }, (v) => v.gelu({ approximate: "tanh" })],
  ];
  for (const [name, attributes, f] of cases) {
    const expected = reference(() => grad(f(x), [x], { gradient: g })[0]);
    const got = byKernel(name, [g, x], expected, attributes)!;
    expected.data.forEach((value: number, i: number) => {
      const near = Math.abs(got[i] - value) < 1e-6 * Math.abs(g.data[i]) + 1e-35;
      if (!near) expect(got[i], `${name} at ${x.data[i]}`).toBe(value);
    });
  }
});

test("sin and cos are true to 1e-7, and far from 0 too; powers to 2 units in the last place", () => {
  const rng = new Rng(3);
  const x = concat([everywhere(), rng.uniform([5000], -5000, 5000)]);
  for (const [name, f] of [
    ["sin", Math.sin],
    ["cos", Math.cos],
  ] as const) {
    const got = byKernel(name, [x], x)!;
    x.data.forEach((v: number, i: number) => {
      const truth = f(v);
      const near = Math.abs(v) > 1 && Math.abs(got[i] - truth) < 1e-7;
      if (!near && ulpsApart(got[i], truth) > 2) expect(got[i], `${name}(${v})`).toBe(truth);
    });
  }
  for (const power of [2, -1, 1, 0.5, 3, -2.5, 0, Infinity, NaN, -0]) {
    const got = byKernel("pow", [x, tensor(power)], x)!;
    x.data.forEach((v: number, i: number) => {
      const apart = ulpsApart(got[i], v ** Math.fround(power));
      if (apart > 2) expect(apart, `${v} ** ${power}`).toBe(0);
    });
  }
  const y = draw([x.size], rng);
  const got = byKernel("pow", [x, y], x)!;
  x.data.forEach((v: number, i: number) => {
    const apart = ulpsApart(got[i], v ** y.data[i]);
    if (apart > 2) expect(apart, `${v} ** ${y.data[i]}`).toBe(0);
  });
});
