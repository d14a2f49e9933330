import { describe, expect, test } from "vitest";
import { ones, randint, zeros } from "../create.ts";
import { matmul } from "../ops/index.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import * as nn from "./index.ts";
import { summary } from "./summary.ts";

const rng = new Rng(1);

/** LeNet's shape, small: what its summary says can be worked out by hand. */
const lenet = () =>
  new nn.Sequential(
    new nn.Conv2d(1, 6, 5, rng, { padding: 2 }),
    new nn.BatchNorm2d(6),
    new nn.Tanh(),
    new nn.AvgPool2d(2),
    new nn.Conv2d(6, 16, 5, rng),
    new nn.Flatten(),
    new nn.Dropout(0.5, rng),
    new nn.Linear(16 * 10 * 10, 10, rng),
  );

describe("summary", () => {
  test("shows layers, shapes, parameters and multiply-adds", () => {
    const table = summary(lenet(), zeros([2, 1, 28, 28]));
    expect(String(table)).toMatchInlineSnapshot(`
      "Sequential: 18,594 parameters, 72.6 KiB
      layer  type         output           parameters  multiply-adds
      ─────  ───────────  ───────────────  ──────────  ─────────────
             Sequential   [2, 10]                   –              –
      0      Conv2d       [2, 6, 28, 28]          156         235200
      1      BatchNorm2d  [2, 6, 28, 28]           12              0
      2      Tanh         [2, 6, 28, 28]            0              0
      3      AvgPool2d    [2, 6, 14, 14]            0              0
      4      Conv2d       [2, 16, 10, 10]        2416         480000
      5      Flatten      [2, 1600]                 0              0
      6      Dropout      [2, 1600]                 0              0
      7      Linear       [2, 10]               16010          32000
      total                                     18594         747200"
    `);
    expect(table.toMimeBundle()["text/html"]).toContain("<caption>Sequential: ");
    // For each of the two images: 6 · 28 · 28 sums of 25 products, and so on.
    expect(table.rows.at(-1)).toEqual([
      "total",
      "",
      "",
      6 * 26 + 2 * 6 + 16 * (6 * 25 + 1) + 1601 * 10,
      2 * (6 * 784 * 25 + 16 * 100 * 150 + 1600 * 10),
    ]);
  });

  test("leaves the model as it was", () => {
    const model = lenet();
    model[6].eval();
    const seen: unknown[] = [];
    model[0].registerForwardHook((_, __, output) => {
      seen.push(output);
    });
    const state = Object.fromEntries(
      Object.entries(model.stateDict()).map(([name, t]) => [name, Array.from(t.data)]),
    );
    const hooked = model[0].forward;
    summary(model, ones([1, 1, 28, 28]));
    expect(() => summary(model, ones([1, 3, 28, 28]))).toThrow("Conv2d: expects 1 channels");
    for (const [name, t] of Object.entries(model.stateDict()))
      expect(Array.from(t.data), name).toEqual(state[name]);
    expect(model.children().map((layer) => layer.training)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
    expect(model[0].forward).toBe(hooked);
    expect(model.modules().filter((layer) => Object.hasOwn(layer, "forward"))).toEqual([model[0]]);
    expect(model.parameters().some((p) => p.hasGrad)).toBe(false);
  });

  test("a shared parameter is counted once; ids, several inputs and states are fine; frozen ones are told", () => {
    class Tied extends nn.Module {
      readonly table = new nn.Embedding(50, 8, rng);
      readonly rnn = new nn.LSTM(8, 8, rng);
      readonly head = new nn.Linear(8, 50, rng, { bias: false });
      readonly unused = new nn.Linear(1, 1, rng);
      constructor() {
        super();
        Object.assign(this.head, { weight: this.table.weight });
      }
      forward(ids: Tensor, state: nn.LSTMState): Tensor {
        return this.head.forward(this.rnn.forward(this.table.forward(ids), state).output);
      }
    }
    const model = new Tied();
    model.table.weight.requiresGrad = false;
    const ids = randint(0, 50, [2, 3], { rng });
    const zero = zeros([1, 2, 8]);
    expect(String(summary(model, ids, { h: zero, c: zero }))).toMatchInlineSnapshot(`
      "Tied: 978 parameters, 3.8 KiB; 400 of them frozen
      layer   type       output      parameters  multiply-adds
      ──────  ─────────  ──────────  ──────────  ─────────────
              Tied       [2, 3, 50]           –              –
      table   Embedding  [2, 3, 8]          400              0
      rnn     LSTM       [2, 3, 8]          576           3072
      head    Linear     [2, 3, 50]           0           2400
      unused  Linear     –                    2              0
      total                                 978           5472"
    `);
  });

  test("the work of attention is told by where it is done", () => {
    const layer = new nn.TransformerEncoderLayer(8, 2, rng);
    const [time, width] = [5, 8];
    const table = summary(layer, zeros([1, time, width]));
    expect(String(table)).toMatchInlineSnapshot(`
      "TransformerEncoderLayer: 872 parameters, 3.4 KiB
      layer               type                     output      parameters  multiply-adds
      ──────────────────  ───────────────────────  ──────────  ──────────  ─────────────
                          TransformerEncoderLayer  [1, 5, 8]            –              –
      self_attn           MultiHeadAttention       [1, 5, 8]          216           1360
      self_attn.out_proj  Linear                   [1, 5, 8]           72            320
      linear1             Linear                   [1, 5, 32]         288           1280
      dropout             Dropout                  [1, 5, 32]           0              0
      linear2             Linear                   [1, 5, 8]          264           1280
      norm1               LayerNorm                [1, 5, 8]           16              0
      norm2               LayerNorm                [1, 5, 8]           16              0
      dropout1            Dropout                  [1, 5, 8]            0              0
      dropout2            Dropout                  [1, 5, 8]            0              0
      total                                                           872           4240"
    `);
    const attention = table.rows.find(([name]) => name === "self_attn")!;
    expect(attention[4]).toBe(3 * time * width * width + 2 * time * time * width);
    expect(errorOf(() => summary(layer, zeros([1, 5, 9])))).toMatchInlineSnapshot(`
      "ShapeError: MultiHeadAttention: expects 8 features in the last axis, got 9
        shape: [1, 5, 9]
        hint: this layer is MultiHeadAttention(8, 2)"
    `);
  });

  test("products of turned matrices and transposed convolutions count as what they are", () => {
    class Net extends nn.Module {
      forward(x: Tensor): Tensor {
        return matmul([x, x], { transposeA: true, transposeB: false });
      }
    }
    expect(summary(new Net(), zeros([5, 2, 3])).rows.at(-1)![4]).toBe(5 * 2 * 3 * 3);
    expect(summary(new Net(), zeros([0, 2, 3])).rows.at(-1)![4]).toBe(0);
    const up = new nn.ConvTranspose2d(2, 3, 2, rng, { stride: 2 });
    expect(summary(up, zeros([1, 2, 4, 4])).rows.at(-1)![4]).toBe(2 * 16 * 3 * 4);
  });
});

test("without an input there are no shapes", () => {
  const bare = summary as (model: nn.Module) => unknown;
  expect(errorOf(() => bare(new nn.Linear(2, 1)))).toMatchInlineSnapshot(`
    "TypeError: summary: needs an input, for the shapes
      hint: summary(model, x.slice(0, 1))"
  `);
});
