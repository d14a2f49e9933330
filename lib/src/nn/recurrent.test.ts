import { describe, expect, test } from "vitest";
import { tensor, zeros } from "../create.ts";
import { concat } from "../functional/index.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf, gradcheckModule } from "../testing.ts";
import { GRU, LSTM, type RecurrentOptions, RNN } from "./index.ts";

const rng = new Rng(2);
const wanted = (...shape: number[]) => {
  const x = rng.normal(shape);
  x.requiresGrad = true;
  return x;
};

/** Runs any of the three and gives the output and the state, h and c side by side. */
function run(layer: RNN | LSTM | GRU, x: Tensor, state?: Tensor): [output: Tensor, state: Tensor] {
  if (!(layer instanceof LSTM)) {
    const result = layer.forward(x, state);
    return [result.output, result.state];
  }
  const [h, c] = state?.chunk(2, 2) ?? [];
  const result = layer.forward(x, state && { h, c });
  return [result.output, concat([result.state.h, result.state.c], 2)];
}

const kinds: [string, (options?: RecurrentOptions) => RNN | LSTM | GRU][] = [
  ["RNN", (options) => new RNN(2, 3, rng, options)],
  ["LSTM", (options) => new LSTM(2, 3, rng, options)],
  ["GRU", (options) => new GRU(2, 3, rng, options)],
];

for (const [name, make] of kinds)
  describe(name, () => {
    const width = name === "LSTM" ? 6 : 3;

    test("gradients agree with small steps, through time, layers, directions and the state", () => {
      const check = (options: RecurrentOptions, rows: number, time: number) => {
        checkGradients(make(options), wanted(2, time, 2), wanted(rows, 2, width));
      };
      check({}, 1, 3);
      check({ bias: false, layers: 2, bidirectional: true }, 4, 2);
    });

    test("from state to state is the same as all at once", () => {
      const layer = make({ layers: 2 });
      const x = wanted(3, 7, 2);
      const [whole, last] = run(layer, x);
      const [first, between] = run(layer, x.slice(0, 4, 1));
      const [second, end] = run(layer, x.slice(4, 7, 1), between);
      expect(concat([first, second], 1).allClose(whole)).toBe(true);
      expect(end.allClose(last)).toBe(true);
      expect(last.shape).toEqual([2, 3, width]);
      // The state of the last layer begins with the last output.
      expect(last.row(1).slice(0, 3, 1).allClose(whole.select(1, 6), 0)).toBe(true);
    });

    test("no output depends on what comes after it, and each on all that came before", () => {
      const layer = make();
      const x = wanted(1, 6, 2);
      const before = run(layer, x)[0];
      for (let place = 0; place < 6; place++) {
        const moved = x.detach().clone();
        moved.data[place * 2] += 1;
        const after = run(layer, moved)[0];
        for (let t = 0; t < 6; t++)
          expect(after.select(1, t).allClose(before.select(1, t), 0)).toBe(t < place);
      }
    });

    test("both directions: the second reads from the end, with its own weights", () => {
      const both = make({ bidirectional: true });
      const there = make();
      const back = make();
      const state = both.stateDict();
      there.loadStateDict(state, { strict: false });
      for (const [weight, p] of back.namedParameters()) p.data.set(state[`${weight}_reverse`].data);
      const x = wanted(2, 5, 2);
      const fromEnd = (y: Tensor) => y.take([4, 3, 2, 1, 0], 1);
      const [output, last] = run(both, x);
      const [forward, backward] = output.chunk(2, 2);
      const [seen, end] = run(back, fromEnd(x));
      expect(forward.allClose(run(there, x)[0])).toBe(true);
      expect(backward.allClose(fromEnd(seen))).toBe(true);
      expect(last.row(1).allClose(end.row(0))).toBe(true);
    });

    test("has PyTorch's names", () => {
      const names = Object.keys(make({ layers: 2, bidirectional: true }).stateDict());
      const ends = ["l0", "l0_reverse", "l1", "l1_reverse"];
      const parts = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
      expect(names).toEqual(ends.flatMap((end) => parts.map((part) => `${part}_${end}`)));
      const bare = make({ bias: false });
      expect(Object.keys(bare.stateDict())).toEqual(["weight_ih_l0", "weight_hh_l0"]);
      expect(String(bare)).toBe(`${name}(2, 3, bias=false)`);
    });
  });

function checkGradients(layer: RNN | LSTM | GRU, x: Tensor, state: Tensor): void {
  gradcheckModule(layer, [x, state], (y, h) => {
    const [output, last] = run(layer, y, h);
    return concat([output.flatten(), last.flatten()]);
  });
}

describe("by hand", () => {
  const set = (layer: RNN | LSTM | GRU, ih: number[], bias: number[], hh: number[]) =>
    layer.loadStateDict({
      weight_ih_l0: tensor(ih.map((w) => [w])),
      weight_hh_l0: tensor(hh.map((w) => [w])),
      bias_ih_l0: tensor(bias),
      bias_hh_l0: zeros([ih.length]),
    });

  test("an RNN with relu adds up what it is shown", () => {
    const layer = new RNN(1, 1, rng, { nonlinearity: "relu" });
    set(layer, [1], [0], [1]);
    expect(layer.forward(tensor([[[1], [2], [3]]])).output.toArray()).toEqual([[[1], [3], [6]]]);
  });

  test("an LSTM whose gates are all but open adds up in its cell", () => {
    const layer = new LSTM(1, 1, rng);
    set(layer, [0, 0, 0.1, 0], [40, 40, 0, 40], [0, 0, 0, 0]);
    const { state } = layer.forward(tensor([[[1], [2], [-1]]]));
    const sum = Math.tanh(0.1) + Math.tanh(0.2) + Math.tanh(-0.1);
    expect(state.c.item()).toBeCloseTo(sum, 6);
    expect(state.h.item()).toBeCloseTo(Math.tanh(sum), 6);
  });

  test("a GRU whose update gate is all but one keeps its state", () => {
    const layer = new GRU(1, 1, rng);
    set(layer, [0, 0, 1], [0, 40, 0], [0, 0, 0]);
    const { output } = layer.forward(tensor([[[5], [7]]]), tensor([[[0.25]]]));
    expect(output.toArray()).toEqual([[[0.25], [0.25]]]);
  });
});

test("wrong input is told", () => {
  const layer = new LSTM(2, 3, rng, { layers: 2 });
  const words = [
    () => layer.forward(zeros([1, 4, 3])),
    () => layer.forward(zeros([4, 2])),
    () => layer.forward(zeros([1, 0, 2])),
    () => layer.forward(zeros([1, 4, 2]), { h: zeros([2, 1, 3]), c: zeros([1, 1, 3]) }),
    () => new RNN(2, 3, rng, { layers: 0 }),
    () => new GRU(2, 3, rng, { dropout: 2 }),
  ].map(errorOf);
  expect(words.join("\n")).toMatchInlineSnapshot(`
    "ShapeError: LSTM: expects 2 features in the last axis, got 3
      shape: [1, 4, 3]
      hint: this layer is LSTM(2, 3, layers=2)
    ShapeError: LSTM: expects [batch, time, 2 features], got 2 axes
      shape: [4, 2]
      hint: for a batch of one, use unsqueeze(0)
    ShapeError: LSTM: the sequence has no steps
      shape: [1, 0, 2]
    ShapeError: LSTM: expects a state of shape [2, 1, 3]: layers, batch, hidden
      shape: [1, 1, 3]
      hint: pass the state on that the call before gave, or none to start from zeros
    RangeError: RNN: layers must be a whole number, 1 or more, got 0
    RangeError: GRU: dropout is a probability, from 0 to 1, got 2"
  `);
});
