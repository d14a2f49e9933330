import { expect, test } from "vitest";
import { ones, tensor, zeros } from "../create.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckTwice } from "../testing.ts";
import { type AttentionOptions, scaledDotProductAttention as attend } from "./attention.ts";

const rng = new Rng(19);
const leaf = (...shape: number[]): Tensor => {
  const made = rng.normal(shape);
  made.requiresGrad = true;
  return made;
};

test("a query takes the values of the keys that it matches", () => {
  const k = tensor([
    [1, 0],
    [0, 1],
  ]);
  const v = tensor([[10], [20]]);
  // So large a scale leaves nothing to the second best.
  expect(attend(k, k, v, { scale: 200 }).toArray()).toEqual([[10], [20]]);
  expect(attend(k.mul(0), k, v).toArray()).toEqual([[15], [15]]);
  const [q, keys, values] = [rng.normal([2, 3, 4]), rng.normal([2, 5, 4]), rng.normal([2, 5, 6])];
  const weights = q
    .matmul(keys.permute(0, 2, 1))
    .div(2)
    .softmax();
  expect(attend(q, keys, values).allClose(weights.matmul(values))).toBe(true);
});

test("causal: what comes later changes nothing", () => {
  const [q, k, v] = [rng.normal([1, 4, 3]), rng.normal([1, 4, 3]), rng.normal([1, 4, 2])];
  const y = attend(q, k, v, { causal: true });
  const changed = v.clone();
  changed.data.fill(100, 3 * 2);
  const other = attend(q, k.add(tensor([[[0], [0], [0], [9]]])), changed, { causal: true });
  expect(other.slice(0, 3, 1).allClose(y.slice(0, 3, 1))).toBe(true);
  expect(other.allClose(y)).toBe(false);
  expect(y.slice(0, 1, 1).allClose(v.slice(0, 1, 1))).toBe(true);
});

test("masks: bool says what is seen, float32 is added; who sees nothing gets zeros", () => {
  const [q, k, v] = [rng.normal([2, 3, 2]), rng.normal([2, 3, 2]), rng.normal([2, 3, 2])];
  const sees = tensor([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
  const causal = attend(q, k, v, { causal: true });
  expect(attend(q, k, v, { mask: sees }).allClose(causal)).toBe(true);
  const added = zeros([3, 3]).maskedFill(sees.logicalNot(), -Infinity);
  expect(attend(q, k, v, { mask: added }).allClose(causal)).toBe(true);
  const blind = attend(q, k, v, { mask: tensor([[false], [true], [true]]) });
  expect(blind.slice(0, 1, 1).toArray()).toEqual(zeros([2, 1, 2]).toArray());
  expect(blind.slice(1, 3, 1).allClose(attend(q, k, v).slice(1, 3, 1))).toBe(true);
});

test("dropout: some weights are gone, the others larger", () => {
  const x = ones([1, 8, 8]);
  const y = attend(x, x, tensor([Array.from({ length: 8 }, () => [1])]), {
    dropout: 0.5,
    rng: new Rng(1),
  });
  for (const sum of y.data) expect((sum * 4) % 1).toBeCloseTo(0, 5);
  expect(new Set(y.data).size).toBeGreaterThan(1);
});

test("gradients, and theirs", () => {
  const sees = tensor([
    [false, false, false],
    [true, false, true],
    [true, true, true],
  ]);
  const options: AttentionOptions[] = [
    {},
    { causal: true, scale: 0.7 },
    { mask: sees },
    { mask: sees, causal: true },
    { mask: tensor([[-Infinity], [1], [0]]) },
  ];
  for (const option of options)
    gradcheckTwice(
      (q, k, v) => attend(q, k, v, option),
      [leaf(2, 3, 2), leaf(2, 3, 2), leaf(2, 3, 1)],
    );
});

test("what is said of sides that do not fit", () => {
  const [x, y] = [zeros([2, 3, 4]), zeros([2, 5, 4])];
  expect(errorOf(() => attend(x, zeros([2, 3, 5]), x))).toMatchInlineSnapshot(`
    "ShapeError: scaledDotProductAttention: queries and keys must have the same width
      shapes: [2, 3, 4] and [2, 3, 5] and [2, 3, 4]"
  `);
  expect(errorOf(() => attend(x, y, x))).toMatchInlineSnapshot(`
    "ShapeError: scaledDotProductAttention: there must be one value for each key
      shapes: [2, 3, 4] and [2, 5, 4] and [2, 3, 4]"
  `);
  expect(errorOf(() => attend(x, y, y, { causal: true }))).toMatchInlineSnapshot(`
    "ShapeError: scaledDotProductAttention: causal needs as many queries as keys, got 3 and 5
      shapes: [2, 3, 4] and [2, 5, 4] and [2, 5, 4]
      hint: with earlier keys kept from before, pass a mask that says who sees whom"
  `);
  expect(errorOf(() => attend(x, y, y, { mask: ones([3, 2, 3, 5]) }))).toMatchInlineSnapshot(`
    "ShapeError: scaledDotProductAttention: the mask must broadcast to the scores, [2, 3, 5]
      shape: [3, 2, 3, 5]"
  `);
  expect(errorOf(() => attend(zeros([4]), x, x))).toMatchInlineSnapshot(`
    "ShapeError: scaledDotProductAttention: q, k and v are [..., places, width]
      shapes: [4] and [2, 3, 4] and [2, 3, 4]"
  `);
});
