import { afterEach, expect, test, vi } from "vitest";
import { full, randn, zeros } from "../create.ts";
import { isBorrowed } from "../memory.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { setEngine } from "./engine.ts";
import { runningHeap } from "./heap.ts";

afterEach(() => setEngine("wasm"));

const MEGABYTE = 2 ** 18;

/** Makes so many megabytes of results that nobody keeps. */
function churn(megabytes: number): void {
  const x = full([MEGABYTE], 7);
  for (let i = 0; i < megabytes; i++) x.neg();
}

const heapBytes = () => runningHeap()!.machine.buffer.byteLength;

test("results stay in the kernels' memory; of those that nobody has, the room is used again", () => {
  const x = zeros([MEGABYTE]).add(1);
  expect(isBorrowed(x.storage)).toBe(true);
  // It grows to save time, but not without end.
  churn(3000);
  expect(heapBytes()).toBeLessThan(2 ** 30);
  expect(x.sum().item()).toBe(MEGABYTE);
});

test("what somebody has keeps its numbers: tensors, parts of them, gradients, graphs", () => {
  const held = Array.from({ length: 40 }, (_, i) => full([MEGABYTE / 4], i).add(0.5));
  const parts = Array.from({ length: 40 }, (_, i) =>
    full([4, MEGABYTE / 4], i)
      .add(1)
      .slice(1, 3)
      .reshape([-1]),
  );
  const w = randn([MEGABYTE], { rng: new Rng(1), requiresGrad: true });
  const loss = w.mul(2).exp().sum();
  churn(400);
  loss.backward();
  const gradient = w.grad;
  churn(400);
  held.forEach((one, i) => {
    expect(one.mean().item()).toBe(i + 0.5);
  });
  parts.forEach((one, i) => {
    expect(one.mean().item()).toBe(i + 1);
  });
  expect(gradient.allClose(w.detach().mul(2).exp().mul(2), 1e-5)).toBe(true);
});

test("an array that somebody has read stays as it was, also when the tensor is gone", () => {
  const arrays = Array.from({ length: 30 }, (_, i) => full([MEGABYTE / 4], i).add(0.25).data);
  const part = full([MEGABYTE], 5).add(1).slice(10, 20).data;
  churn(400);
  arrays.forEach((array, i) => {
    expect(isBorrowed(array)).toBe(false);
    expect(array.every((value) => value === i + 0.25)).toBe(true);
  });
  expect([...part]).toEqual(Array(10).fill(6));
});

test("what one large operation took of memory is given back", () => {
  zeros([2 ** 27 + 1]).neg();
  expect(heapBytes()).toBeGreaterThan(2 ** 29);
  churn(3000);
  zeros([MEGABYTE]).neg();
  expect(heapBytes()).toBeLessThan(2 ** 29);
});

test("where there is no more memory, the plain kernels work", () => {
  churn(1);
  const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
    throw new RangeError("there is no more");
  });
  try {
    const big: Tensor = zeros([2 ** 26]).add(1);
    expect(isBorrowed(big.storage)).toBe(false);
    expect(big.neg().sum().item()).toBe(-(2 ** 26));
    expect(grow).toHaveBeenCalled();
  } finally {
    grow.mockRestore();
  }
});

test("after another engine, tensors of the old heap are read where they lie", () => {
  const rng = new Rng(1);
  const x = randn([300, 300], { rng }).add(1);
  const expected = x.matmul(x);
  setEngine("wasm", { wide: false });
  const narrow = x.matmul(x);
  expect(narrow.data).toEqual(expected.data);
  churn(300);
  setEngine("wasm");
  expect(x.matmul(x).data).toEqual(expected.data);
});
