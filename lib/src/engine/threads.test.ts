import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { compile } from "../compile/compile.ts";
import { randn, tensor } from "../create.ts";
import { crossEntropy } from "../functional/index.ts";
import { Conv2d, Flatten, LayerNorm, Linear, MaxPool2d, ReLU, Sequential } from "../nn/index.ts";
import { Adam } from "../optim/index.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { setEngine } from "./engine.ts";
import { callsHelped, setThreads, threads } from "./threads.ts";

afterEach(() => {
  setThreads(1);
  setEngine("wasm");
});

/** Runs until other threads have come and helped; how fast they start is not ours to say. */
async function untilHelped(run: () => void): Promise<void> {
  const end = Date.now() + 30_000;
  while (callsHelped() === 0) {
    if (Date.now() > end) throw new Error("no thread has helped within 30 seconds");
    run();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const size = (max: number) => fc.integer({ min: 1, max });

test("however many threads there are, the same bits come out", { timeout: 60_000 }, async () => {
  const shapes = fc.tuple(size(300), size(300), size(300), size(3));
  const x = randn([256, 256], { rng: new Rng(1) });
  const cases = fc.sample(shapes, { numRuns: 12, seed: 1 });
  const all = (count: number): Tensor[] => {
    setThreads(count);
    return cases.flatMap(([n, m, k, stack]) => {
      const rng = new Rng(n);
      const a = randn([stack, n, k], { rng });
      const b = randn([k, m], { rng });
      const y = a.matmul(b);
      return [y, y.exp(), y.add(1), y.softmax(), y.sum(), y.sum(-1), y.sum(0), y.swapAxes(-1, -2)];
    });
  };
  const alone = all(1);
  for (const count of [2, 3, 8]) {
    setThreads(count);
    await untilHelped(() => x.matmul(x));
    all(count).forEach((got, i) => {
      expect(got.data).toEqual(alone[i].data);
    });
  }
});

test("a network learns the same, bit by bit, with one thread and with three, eager and compiled", async () => {
  const images = randn([32, 1, 12, 12], { rng: new Rng(1) });
  const draw = new Rng(2);
  const labels = tensor(
    Array.from({ length: 32 }, () => draw.integer(0, 10)),
    { dtype: "int32" },
  );
  const train = async (count: number, compiled: boolean): Promise<number[]> => {
    setThreads(count);
    const rng = new Rng(3);
    const model = new Sequential(
      new Conv2d(1, 8, 3, rng, { padding: 1 }),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(8 * 36, 64, rng),
      new LayerNorm(64),
      new Linear(64, 10, rng),
    );
    const optimizer = new Adam(model.parameters(), { lr: 0.01 });
    const once = (x: Tensor, y: Tensor): Tensor => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    };
    const step = compiled ? compile(once) : once;
    const big = randn([256, 256], { rng });
    if (count > 1) await untilHelped(() => big.matmul(big));
    return Array.from({ length: 6 }, () => step(images, labels).item());
  };
  const alone = await train(1, false);
  expect(alone[5]).toBeLessThan(alone[0]);
  for (const count of [1, 3])
    for (const compiled of [false, true]) expect(await train(count, compiled)).toEqual(alone);
});

test("registers of 128 and of 256 bits give the same bits", () => {
  const rng = new Rng(5);
  const a = randn([100, 333], { rng });
  const b = randn([333, 77], { rng });
  const run = (wide: boolean): Tensor[] => {
    setEngine("wasm", { wide });
    const y = a.matmul(b);
    return [y, y.exp(), y.tanh(), y.gelu(), y.softmax(), y.logSoftmax(), y.mul(y), y.sum(-1)];
  };
  const narrow = run(false);
  run(true).forEach((got, i) => {
    expect(got.data).toEqual(narrow[i].data);
  });
});

test("a count of threads that is none is refused", () => {
  setThreads(3);
  expect(threads()).toBe(3);
  expect(errorOf(() => setThreads(0))).toMatchInlineSnapshot(
    `"RangeError: setThreads: 0 is not a whole number from 1 to 32"`,
  );
  expect(errorOf(() => setThreads(1.5))).toMatchInlineSnapshot(
    `"RangeError: setThreads: 1.5 is not a whole number from 1 to 32"`,
  );
  expect(threads()).toBe(3);
});

/** A program that works with three threads and then does `then`. */
function program(then: string): string {
  const index = JSON.stringify(join(import.meta.dirname, "../index.ts"));
  return `
    const { randn, setThreads, threads } = await import(${index});
    setThreads(3);
    const x = randn([300, 300]);
    for (let i = 0; i < 50; i++) x.matmul(x);
    console.log(threads());
    ${then}`;
}

function runProgram(then: string, timeout = 20_000) {
  const args = ["--input-type=module", "-e", program(then)];
  return spawnSync(process.execPath, args, { encoding: "utf8", timeout });
}

test("threads keep no process alive: not at its end, at an exit, at an error, at a signal", () => {
  expect(runProgram("")).toMatchObject({ status: 0, stdout: "3\n", stderr: "" });
  expect(runProgram("process.exit(7);")).toMatchObject({ status: 7, stdout: "3\n" });
  expect(runProgram("throw new Error('on purpose');")).toMatchObject({ status: 1, stdout: "3\n" });
  const stopped = runProgram("process.kill(process.pid, 'SIGINT'); for (;;) x.matmul(x);");
  expect(stopped).toMatchObject({ signal: "SIGINT", stdout: "3\n" });
});

test("where memory cannot be shared, or no thread can be started, one does it all", () => {
  const without = `delete globalThis.SharedArrayBuffer; setThreads(4); const y = randn([300, 300]).matmul(x); console.log(threads(), y.shape.join());`;
  expect(runProgram(without)).toMatchObject({ status: 0, stdout: "3\n1 300,300\n", stderr: "" });
  const forbidden = spawnSync(
    process.execPath,
    [
      "--permission",
      "--allow-fs-read=*",
      "--input-type=module",
      "-e",
      program("console.log(x.matmul(x).shape.join());"),
    ],
    { encoding: "utf8", timeout: 20_000 },
  );
  expect(forbidden).toMatchObject({ status: 0, stdout: "3\n300,300\n" });
});

test("threads let go of memory that nobody needs, in a program that never waits", {
  timeout: 90_000,
}, () => {
  const { status, stdout, stderr } = runProgram(
    `const { compile, ones, setEngine } = await import(${JSON.stringify(join(import.meta.dirname, "../index.ts"))});
    const step = compile((x) => x.exp().mul(x).sum(), { keep: 1 });
    const megabytes = [];
    for (let i = 0; i < 12; i++) {
      // Each time another heap, which is filled more than once, and another plan: 200 MB.
      setEngine("wasm", { wide: i % 2 === 0 });
      for (let j = 0; j < 8; j++) ones([2 ** 23]).neg();
      for (let j = 0; j < 3; j++) step(ones([2 ** 23 + i]));
      megabytes.push(process.memoryUsage.rss() / 1e6);
    }
    console.log(Math.max(...megabytes.slice(6)) / Math.max(...megabytes.slice(0, 6)));`,
    80_000,
  );
  expect(status, stderr).toBe(0);
  expect(Number(stdout.split("\n")[1])).toBeLessThan(1.5);
});
