import { afterEach, expect, test } from "vitest";
import { randn } from "../../create.ts";
import { Adagrad, Adam, AdamW, RMSprop, SGD } from "../../optim/optimizers.ts";
import { Rng } from "../../random.ts";
import type { Tensor } from "../../tensor.ts";
import { setEngine } from "../engine.ts";

afterEach(() => setEngine("wasm"));

test("the optimizers' kernels change weights and what is kept as the plain rules do", () => {
  const make = [
    (w: Tensor[]) => new SGD(w, { lr: 0.1, weightDecay: 0.01 }),
    (w: Tensor[]) => new SGD(w, { lr: 0.1, momentum: 0.9 }),
    (w: Tensor[]) => new SGD(w, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    (w: Tensor[]) => new Adam(w, { lr: 0.01, weightDecay: 0.1 }),
    (w: Tensor[]) => new AdamW(w, { lr: 0.01 }),
    (w: Tensor[]) => new Adagrad(w, { lr: 0.1, lrDecay: 0.5, weightDecay: 0.1 }),
    (w: Tensor[]) => new RMSprop(w, { lr: 0.01, weightDecay: 0.1 }),
    (w: Tensor[]) => new RMSprop(w, { centered: true }),
    (w: Tensor[]) => new RMSprop(w, { momentum: 0.9 }),
    (w: Tensor[]) => new RMSprop(w, { momentum: 0.9, centered: true }),
  ];
  for (const optimizerOf of make) {
    const run = (name: "wasm" | "reference") => {
      setEngine(name);
      const rng = new Rng(3);
      const w = randn([4099], { rng, requiresGrad: true });
      const optimizer = optimizerOf([w]);
      for (let i = 0; i < 5; i++) {
        w.grad = randn([4099], { rng });
        optimizer.step();
      }
      return { w, optimizer, ...optimizer.stateDict() };
    };
    const [fast, plain] = [run("wasm"), run("reference")];
    expect(fast.w.allClose(plain.w, 1e-6)).toBe(true);
    // Both count, and they have not done the very same sums.
    expect(fast.options.steps).toEqual([5]);
    expect(fast.w.data).not.toEqual(plain.w.data);
    for (const [name, kept] of Object.entries(plain.tensors))
      expect(fast.tensors[name].allClose(kept, 1e-5), name).toBe(true);
  }
});
