import { describe, expect, test } from "vitest";
import { noGrad } from "../autograd.ts";
import { ones, tensor, zeros } from "../create.ts";
import { concat } from "../functional/index.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckModule } from "../testing.ts";
import {
  KeyValueCache,
  MultiHeadAttention,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
} from "./index.ts";

const rng = new Rng(8);
const wanted = (...shape: number[]) => {
  const x = rng.normal(shape);
  x.requiresGrad = true;
  return x;
};
const bools = (rows: number[][]) => tensor(rows).to("bool");

/** Which outputs change when the input is moved in one place: [place][output]. */
function influence(run: (x: Tensor) => Tensor, x: Tensor): boolean[][] {
  const before = run(x);
  const [, time, width] = x.shape;
  const places = Array.from({ length: time }, (_, place) => place);
  return places.map((place) => {
    const moved = x.detach().clone();
    for (let i = 0; i < width; i++) moved.data[place * width + i] += 1 + i * i;
    const after = run(moved);
    return places.map((t) => !after.select(1, t).allClose(before.select(1, t), 0));
  });
}

/** Each place influences itself and what comes after it, and nothing before. */
const LOOKING_BACK = [
  [true, true, true, true],
  [false, true, true, true],
  [false, false, true, true],
  [false, false, false, true],
];

describe("MultiHeadAttention", () => {
  const layer = new MultiHeadAttention(4, 2, rng);
  for (const p of layer.parameters()) p.data.set(rng.normal(p.shape).data);

  test("is softmax(Q Kᵀ / √d) V in each head", () => {
    const x = wanted(1, 3, 4);
    const all = x.row(0).matmul(layer.inProjWeight.transpose()).add(layer.inProjBias!);
    const heads = [0, 1].map((head) => {
      const [q, k, v] = all.chunk(3, 1).map((part) => part.slice(head * 2, head * 2 + 2, 1));
      return q.matmul(k.transpose()).div(Math.SQRT2).softmax(-1).matmul(v);
    });
    const expected = layer.outProj.forward(concat(heads, 1));
    expect(layer.forward(x).row(0).allClose(expected, 1e-5)).toBe(true);
  });

  test("gradients agree with small steps: other keys and values, masks, causal", () => {
    const [q, k, v] = [wanted(2, 2, 4), wanted(2, 3, 4), wanted(2, 3, 4)];
    const keyMask = bools([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    gradcheckModule(layer, [q, k, v], (x, y, z) => layer.forward(x, y, z, { keyMask }));
    gradcheckModule(layer, [wanted(1, 3, 4)], (x) => layer.forward(x, x, x, { causal: true }));
    const added = wanted(2, 3);
    gradcheckModule(layer, [q, k, added], (x, y, mask) => layer.forward(x, y, y, { mask }));
  });

  test("causal: no place looks ahead, and each looks back at all", () => {
    const x = wanted(1, 4, 4);
    const causal = (y: Tensor) => layer.forward(y, y, y, { causal: true });
    expect(influence(causal, x)).toEqual(LOOKING_BACK);
    expect(
      influence((y) => layer.forward(y), x)
        .flat()
        .every(Boolean),
    ).toBe(true);
  });

  test("keys that are padding are as if they were not there", () => {
    const [x, memory] = [wanted(2, 3, 4), wanted(2, 5, 4)];
    const keyMask = bools([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 1],
    ]);
    const y = layer.forward(x, memory, memory, { keyMask });
    const short = memory.slice(0, 3, 1);
    expect(y.row(0).allClose(layer.forward(x, short, short).row(0), 1e-5)).toBe(true);
    expect(y.row(1).allClose(layer.forward(x, memory, memory).row(1), 1e-5)).toBe(true);
  });

  test("masks of both kinds say the same, alone and together with others", () => {
    const x = wanted(2, 3, 4);
    const mask = bools([
      [1, 0, 1],
      [1, 1, 0],
      [0, 1, 1],
    ]);
    const added = zeros([3, 3]).where(mask, -Infinity);
    const keyMask = bools([
      [1, 1, 1],
      [1, 1, 0],
    ]);
    const look = (options: object) => layer.forward(x, x, x, options);
    for (const more of [{}, { keyMask }, { causal: true }, { keyMask, causal: true }])
      expect(look({ mask, ...more }).allClose(look({ mask: added, ...more }), 1e-5)).toBe(true);
    const lower = ones([3, 3]).tril().to("bool");
    expect(look({ mask: lower }).allClose(look({ causal: true }), 1e-5)).toBe(true);
    expect(look({ mask, keyMask }).allClose(look({ mask }), 1e-3)).toBe(false);
    const numbers = keyMask.to("float32");
    expect(look({ keyMask: numbers }).allClose(look({ keyMask }), 0)).toBe(true);
  });

  test("tells its weights, also from inside a model", () => {
    const x = wanted(2, 3, 4);
    const weights = layer.weights(x, x, { causal: true });
    expect(weights.shape).toEqual([2, 2, 3, 3]);
    expect(weights.sum(-1).allClose(ones([2, 2, 3]))).toBe(true);
    expect(weights.allClose(weights.tril(), 0)).toBe(true);
    // What the layer gives is what these weights make of the values.
    const values = x
      .matmul(layer.inProjWeight.slice(8, 12).transpose())
      .add(layer.inProjBias!.slice(8, 12));
    const heads = values.reshape([2, 3, 2, 2]).permute(0, 2, 1, 3);
    const means = weights.matmul(heads).permute(0, 2, 1, 3).reshape([2, 3, 4]);
    const y = layer.forward(x, x, x, { causal: true });
    expect(layer.outProj.forward(means).allClose(y, 1e-5)).toBe(true);

    const model = new TransformerEncoderLayer(4, 2, rng);
    let seen: Tensor | undefined;
    model.selfAttn.registerForwardHook((_, inputs) => {
      const [query, key, , options] = inputs as Parameters<MultiHeadAttention["forward"]>;
      seen = model.selfAttn.weights(query, key, options);
    });
    model.forward(x, { causal: true });
    expect(seen!.allClose(model.selfAttn.weights(x, x, { causal: true }), 0)).toBe(true);
  });

  test("wrong input is told", () => {
    const x = zeros([2, 3, 4]);
    const words = [
      () => new MultiHeadAttention(10, 3),
      () => new MultiHeadAttention(4, 2, rng, { dropout: -1 }),
      () => layer.forward(zeros([3, 4])),
      () => layer.forward(x, zeros([2, 3, 5])),
      () => layer.forward(x, zeros([2, 5, 4]), zeros([2, 6, 4])),
      () => layer.forward(x, x, x, { mask: ones([4, 4]) }),
      () => layer.forward(x, x, x, { keyMask: ones([3, 3]) }),
    ].map(errorOf);
    expect(words.join("\n")).toMatchInlineSnapshot(`
      "RangeError: MultiHeadAttention: width = 10 cannot be split into 3 equal heads
      RangeError: MultiHeadAttention: dropout is a probability, from 0 to 1, got -1
      ShapeError: MultiHeadAttention: expects [batch, time, 4 features], got 2 axes
        shape: [3, 4]
        hint: for a batch of one, use unsqueeze(0)
      ShapeError: MultiHeadAttention: expects 4 features in the last axis, got 5
        shape: [2, 3, 5]
        hint: this layer is MultiHeadAttention(4, 2)
      ShapeError: scaledDotProductAttention: there must be one value for each key
        shapes: [2, 2, 3, 2] and [2, 2, 5, 2] and [2, 2, 6, 2]
      ShapeError: scaledDotProductAttention: axis -1 has size 4 on the left and 3 on the right
        shapes: [4, 4] and [2, 2, 3, 3]
        hint: line the shapes up from the right: sizes must be equal, or one of them 1
      ShapeError: MultiHeadAttention: the keyMask must be [batch, keys], here [2, 3]
        shape: [3, 3]
        hint: with a cache, it covers the keys from before too"
    `);
  });
});

describe("a cache of keys and values", () => {
  const x = rng.normal([2, 6, 4]);
  const ways: Record<string, number[]> = {
    "one by one": [1, 1, 1, 1, 1, 1],
    "a prompt, then one by one": [3, 1, 1, 1],
    "in parts": [2, 3, 1],
  };

  for (const [name, sizes] of Object.entries(ways))
    test(`${name} is the same as all at once`, () => {
      const attention = new MultiHeadAttention(4, 2, rng);
      const encoder = new TransformerEncoderLayer(4, 2, rng, { normFirst: true });
      const decoder = new TransformerDecoderLayer(4, 2, rng);
      const memory = rng.normal([2, 3, 4]);
      const runs = [
        (y: Tensor, cache?: KeyValueCache) => attention.forward(y, y, y, { causal: true, cache }),
        (y: Tensor, cache?: KeyValueCache) => encoder.forward(y, { causal: true, cache }),
        (y: Tensor, cache?: KeyValueCache) => decoder.forward(y, memory, { cache }),
      ];
      for (const run of runs) {
        const cache = new KeyValueCache();
        const parts = noGrad(() => x.split(sizes, 1).map((part) => run(part, cache)));
        expect(concat(parts, 1).allClose(run(x), 1e-6)).toBe(true);
        expect(cache.length).toBe(6);
      }
    });

  test("padding in front is masked among all keys so far", () => {
    const attention = new MultiHeadAttention(4, 2, rng);
    const cache = new KeyValueCache();
    const keyMask = ones([2, 6], { dtype: "bool" });
    keyMask.data[0] = 0;
    const whole = attention.forward(x, x, x, { causal: true, keyMask });
    const parts = x.split(1, 1).map((part, t) => {
      const options = { causal: true, keyMask: keyMask.slice(0, t + 1, 1), cache };
      return attention.forward(part, part, part, options);
    });
    expect(concat(parts, 1).allClose(whole, 1e-6)).toBe(true);
    expect(whole.data.every(Number.isFinite)).toBe(true);
    // In a hook, the cache has the new keys already.
    const last = x.slice(5, 6, 1);
    const weights = attention.weights(last, last, { causal: true, keyMask, cache });
    const all = attention.weights(x, x, { causal: true, keyMask });
    expect(weights.allClose(all.slice(5, 6, 2), 1e-6)).toBe(true);
  });
});

describe("transformer layers", () => {
  test("an encoder layer sees all, a decoder layer nothing ahead, and all of the memory", () => {
    const [x, memory] = [rng.normal([1, 4, 4]), rng.normal([1, 4, 4])];
    const encoder = new TransformerEncoderLayer(4, 2, rng);
    const decoder = new TransformerDecoderLayer(4, 2, rng);
    const everywhere = Array.from({ length: 4 }, () => [true, true, true, true]);
    expect(influence((y) => encoder.forward(y), x)).toEqual(everywhere);
    expect(influence((y) => encoder.forward(y, { causal: true }), x)).toEqual(LOOKING_BACK);
    expect(influence((y) => decoder.forward(y, memory), x)).toEqual(LOOKING_BACK);
    expect(influence((y) => decoder.forward(y, memory, { causal: false }), x)).toEqual(everywhere);
    expect(influence((m) => decoder.forward(x, m), memory)).toEqual(everywhere);
    const memoryKeyMask = bools([[1, 1, 0, 1]]);
    const told = influence((m) => decoder.forward(x, m, { memoryKeyMask }), memory);
    expect(told).toEqual([
      ...everywhere.slice(0, 2),
      [false, false, false, false],
      ...everywhere.slice(3),
    ]);
  });

  test("gradients of a decoder layer agree with small steps, normalized first or last", () => {
    for (const normFirst of [false, true]) {
      const options = { normFirst, hidden: 3, activation: "gelu" } as const;
      const layer = new TransformerDecoderLayer(2, 1, rng, options);
      gradcheckModule(layer, [wanted(1, 3, 2), wanted(1, 2, 2)], (x, m) =>
        layer.forward(x, m).pow(2),
      );
    }
  });

  test("have PyTorch's names", () => {
    const names = Object.keys(new TransformerDecoderLayer(2, 1, rng).stateDict());
    expect([...new Set(names.map((name) => name.split(".")[0]))].sort()).toEqual(
      ["self_attn", "multihead_attn", "linear1", "linear2", "norm1", "norm2", "norm3"].sort(),
    );
    const bare = new TransformerEncoderLayer(2, 1, rng, { bias: false });
    expect(Object.keys(bare.stateDict())).toEqual([
      "self_attn.in_proj_weight",
      "self_attn.out_proj.weight",
      "linear1.weight",
      "linear2.weight",
      "norm1.weight",
      "norm2.weight",
    ]);
  });
});
