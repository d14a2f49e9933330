import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Engine } from "./engines.ts";
import { measure, type Report, type Result } from "./measure.ts";
import { residenceBars } from "./memory.ts";
import { integers, uniform } from "./numbers.ts";
import { measureSizes, sizeBars } from "./sizes.ts";
import { bars, compare, summarize } from "./summary.ts";
import { table } from "./table.ts";
import { type Item, workloads } from "./workloads.ts";

const here = import.meta.dirname;
const bench = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(here, "index.ts"), ...args], { encoding: "utf8" });

const matmul: Item = {
  name: "10",
  work: { kind: "matmul", size: 10 },
  unit: "GFLOP/s",
  amount: 2000,
};
const result = (engine: string, milliseconds: number[], numbers: number[] = []): Result => ({
  engine,
  milliseconds,
  numbers,
});

describe("the whole, on its smallest workload", () => {
  const named = ["reference", "wasm", "chromium"].flatMap((name) => ["--engine", name]);
  const run = bench("--only", "matmul/64", ...named, "--json");
  const { engines, tables, differs } = JSON.parse(run.stdout || "{}");

  test("all engines of the kind run, and come to the same numbers", () => {
    expect(run.stderr).toContain("matmul 64 …");
    expect(Object.keys(engines)).toEqual([
      "Gradus, reference",
      "Gradus, compiled, Chromium",
      "TensorFlow.js, wasm",
      "jax-js, wasm",
    ]);
    expect(differs).toBe(false);
  });

  test("each tells its times, its memory, and how far it is from the reference", () => {
    const [{ name, items, megabytes }] = tables;
    expect(name).toBe("matmul");
    expect(items).toHaveLength(1);
    for (const one of items[0].results) {
      expect(one.error, one.engine).toBeUndefined();
      expect(one.milliseconds, one.engine).toHaveLength(7);
      expect(one.median).toBeGreaterThan(0);
      // The browser has its own.
      if (one.engine.endsWith("Chromium")) expect(megabytes[one.engine]).toBeUndefined();
      else expect(megabytes[one.engine]).toBeGreaterThan(20);
      if (one.engine === "Gradus, reference") expect(one.apart).toBeUndefined();
      else expect(one.apart).toBeLessThan(1e-5);
    }
  });

  test("what it does not know it says", () => {
    const { status, stderr } = bench("--only", "matmull");
    expect(status).toBe(2);
    expect(stderr).toContain("there are matmul, elementwise, mlp, cnn, resnet, gpt, generation");
  });
});

describe("rounds", () => {
  const workload = { ...workloads[0], items: [matmul] };
  const says = (line: string): Engine => ({
    name: "other",
    command: process.execPath,
    args: ["-e", line],
  });
  const settings = { rounds: 1, limit: 1, say() {} };

  test("an engine that takes longer than the limit is cut off, and the others are not", async () => {
    const forever = says('console.log("{}"); setInterval(() => {}, 1000)');
    const ours = {
      name: "ours",
      command: process.execPath,
      args: [path.join(here, "gradus.ts"), "reference"],
    };
    const report = await measure(workload, [forever, ours], settings);
    expect(report.results[0][0]).toMatchObject({ cut: 1, milliseconds: [] });
    expect(report.results[0][1].milliseconds).toHaveLength(1);
    expect(table(report)).toMatch(/other +> 1 s\n/);
  });

  test("what an engine cannot do is told in its words", async () => {
    const report = await measure(workload, [says('throw new Error("no such kernel")')], settings);
    expect(report.results[0][0].error).toContain("no such kernel");
    expect(table(report)).toMatch(/other +cannot/);
  });
});

test("the median, and half the distance between the quartiles", () => {
  const ms: Item = { ...matmul, unit: "ms" };
  expect(summarize(result("a", [10, 30, 20, 40, 1000]), ms)).toEqual({ median: 30, spread: 1 / 3 });
  // 2000 operations in 2 µs.
  expect(summarize(result("a", [0.002]), matmul)?.median).toBeCloseTo(1);
  expect(summarize(result("a", []), matmul)).toBeUndefined();
});

test("other numbers are another work", () => {
  const torch = result("PyTorch, 1 thread", [1], [1, -4]);
  const near = result("a", [1], [1, -4.0001]);
  const far = result("b", [1], [1.1, -4]);
  const all = [near, far, torch];
  expect(compare(near, all, matmul)).toMatchObject({ reference: torch.engine, agrees: true });
  expect(compare(far, all, matmul)).toMatchObject({ agrees: false });
  expect(compare(far, all, matmul)?.apart).toBeCloseTo(0.025);
  expect(compare(torch, all, matmul)).toBeUndefined();
});

test("a bar is told at the worst of its items, once both engines are there", () => {
  const item = (size: number): Item => ({ ...matmul, work: { kind: "matmul", size } });
  const report = (...results: Result[][]): Report => ({
    workload: { ...workloads[0], items: [64, 192, 256].map(item) },
    results,
    memory: new Map(),
    versions: new Map(),
  });
  const eager = (ms: number) => result("Gradus, eager", [ms]);
  const other = (ms: number) => result("TensorFlow.js, wasm", [ms]);
  const slow = [eager(9), other(1)];
  const measured = report(slow, [eager(1), other(1.5)], [eager(1), other(2)]);
  expect(bars([measured])).toEqual([
    {
      what: "matmul from 192, Gradus, eager: speed by TensorFlow.js, wasm",
      value: 1.5,
      bound: "≥",
      bar: 1.6,
      holds: false,
    },
  ]);
  expect(bars([report([eager(1)], [eager(1)], [eager(1)])])).toEqual([]);
});

test("two threads are held to where there is enough to share", () => {
  const item = (size: number): Item => ({ ...matmul, work: { kind: "matmul", size } });
  const [one, two] = ["Gradus, compiled", "Gradus, compiled, 2 threads"];
  const measured: Report = {
    workload: { ...workloads[0], items: [256, 512].map(item) },
    results: [
      [result(one, [1]), result(two, [1])],
      [result(one, [8]), result(two, [4])],
    ],
    memory: new Map(),
    versions: new Map(),
  };
  expect(bars([measured])).toEqual([
    {
      what: "matmul from 512, Gradus, compiled, 2 threads: speed by one",
      value: 2,
      bound: "≥",
      bar: 1.6,
      holds: true,
    },
  ]);
});

test("memory is flat if it neither grows nor swings after the first steps", () => {
  const series = (from: number, to: number) =>
    Array.from({ length: 100 }, (_, i) => (i < 19 ? 50 : from + ((to - from) * (i - 19)) / 80));
  const [flat, growing] = residenceBars([
    { engine: "a", megabytes: series(100, 109) },
    { engine: "b", megabytes: series(100, 130) },
  ]);
  expect(flat).toMatchObject({ value: 1.09, holds: true });
  expect(growing).toMatchObject({ value: 1.3, holds: false });
});

test("sizes: a page trains with the core; a chapter's cells load parts of the rest", async () => {
  const sizes = await measureSizes();
  const { core, kernels, parts, all, chapters } = sizes;
  for (const { bytes } of [core, kernels]) expect(bytes).toBeGreaterThan(10_000);
  // Some files belong to several parts.
  const rest = all.bytes - core.bytes;
  expect(Math.max(...parts.map(({ bytes }) => bytes))).toBeLessThan(rest);
  expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThanOrEqual(rest);
  const [first] = chapters;
  expect(first.what).toBe("01-perceptron");
  expect(first.bytes).toBeGreaterThan(core.bytes);
  expect(first.bytes).toBeLessThan(all.bytes);
  expect(sizeBars(sizes)).toMatchObject([
    { value: core.bytes / 1000, holds: true },
    { value: kernels.bytes / 1000, holds: true },
  ]);
});

test("numbers are spread evenly, differ between series, and stay as they are", () => {
  const values = uniform(1, 10_000);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...values)).toBeLessThan(1);
  expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(0, 1);
  expect(uniform(2, 3)).not.toEqual(uniform(1, 3));
  const counts = new Array(4).fill(0);
  for (const one of integers(3, 10_000, 4)) counts[one]++;
  expect(Math.min(...counts)).toBeGreaterThan(2300);
  expect([...uniform(1, 3)].map((one) => one.toFixed(6))).toMatchInlineSnapshot(`
    [
      "-0.984470",
      "0.244639",
      "-0.940451",
    ]
  `);
});
