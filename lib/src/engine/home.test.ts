import { expect, test } from "vitest";
import { randn } from "../create.ts";
import { isBorrowed } from "../memory.ts";
import { Adam } from "../optim/index.ts";
import { Rng } from "../random.ts";
import { setEngine } from "./engine.ts";

function setUp() {
  const rng = new Rng(1);
  const w = randn([70, 70], { rng, requiresGrad: true });
  const optimizer = new Adam([w], { lr: 0.1 });
  const step = () => {
    optimizer.zeroGrad();
    w.mul(w).sum().backward();
    optimizer.step();
  };
  return { w, optimizer, step };
}

test("what a step changes moves to the kernels' memory, with what is kept beside it", () => {
  const { w, optimizer, step } = setUp();
  expect(isBorrowed(w.storage)).toBe(false);
  step();
  step();
  expect(isBorrowed(w.storage)).toBe(true);
  const { tensors } = optimizer.stateDict();
  for (const kept of Object.values(tensors)) expect(isBorrowed(kept.storage)).toBe(true);
  // The numbers are those that come out where nothing moves.
  const held = setUp();
  const array = held.w.data;
  held.step();
  held.step();
  expect(isBorrowed(held.w.storage)).toBe(false);
  expect(array).toEqual(w.data);
});

test("an array that somebody holds goes on showing the weights", () => {
  const { w, step } = setUp();
  const { data } = w;
  const before = data.slice();
  step();
  expect(data).toBe(w.data);
  expect(data).not.toEqual(before);
  // Also one that was first looked at later.
  const later = setUp();
  later.step();
  const view = later.w.data;
  later.step();
  expect(view).toBe(later.w.data);
  expect(view[0]).toBe(later.w.data[0]);
});

test("each engine goes on where the other has left off", () => {
  const { w, step } = setUp();
  step();
  setEngine("reference");
  step();
  setEngine("wasm");
  step();
  const plain = setUp();
  setEngine("reference");
  for (let i = 0; i < 3; i++) plain.step();
  setEngine("wasm");
  expect(w.allClose(plain.w, 1e-6)).toBe(true);
});
