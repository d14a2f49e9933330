import { execFileSync } from "node:child_process";
import { join } from "node:path";
import vm from "node:vm";
import { build } from "esbuild";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { randn, zeros } from "../create.ts";
import * as ops from "../ops/index.ts";
import { matmul } from "../ops/matmul.ts";
import { Rng } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { errorOf } from "../testing.ts";
import { engine, runFast, setEngine } from "./engine.ts";

afterEach(() => setEngine("wasm"));

/** Runs the same by both engines; true only if the fast one has really worked. */
function agree(
  name: string,
  inputs: Tensor[],
  attributes: unknown,
  run: () => Tensor,
  how: "close" | "exact" = "close",
): boolean {
  setEngine("reference");
  const expected = run();
  setEngine("wasm");
  const info = { inShapes: inputs.map((x) => x.shape), outShape: expected.shape, attributes };
  const data = inputs.map((x) => x.data);
  const got = runFast(name, "float32", data, info);
  if (!got) return false;
  if (how === "exact") {
    expect(got).toEqual(expected.data);
    return true;
  }
  const scale = expected.abs().max().maximum(1).item();
  for (let i = 0; i < got.length; i++)
    expect(Math.abs(got[i] - expected.data[i])).toBeLessThanOrEqual(1e-5 * scale);
  return true;
}

const size = (max: number) => fc.integer({ min: 1, max });

describe("the kernels in WebAssembly give what the plain kernels give", () => {
  test("matmul: any sizes, either side turned around, stacks that broadcast", () => {
    let fast = 0;
    const cases = fc.tuple(
      size(70),
      size(40),
      size(300),
      fc.boolean(),
      fc.boolean(),
      size(3),
      fc.boolean(),
    );
    fc.assert(
      fc.property(cases, ([n, m, k, transposeA, transposeB, stack, shared]) => {
        const rng = new Rng(n * 1000 + m);
        const a = randn([stack, ...(transposeA ? [k, n] : [n, k])], { rng });
        const b = randn([shared ? 1 : stack, ...(transposeB ? [m, k] : [k, m])], { rng });
        const attributes = { transposeA, transposeB };
        if (agree("matmul", [a, b], attributes, () => matmul([a, b], attributes))) fast++;
      }),
      { numRuns: 60 },
    );
    expect(fast).toBeGreaterThan(20);
  });

  test("matmul: more than one block in each direction", () => {
    const rng = new Rng(1);
    const attributes = { transposeA: false, transposeB: false };
    for (const [n, k, m] of [
      [197, 260, 30],
      [5, 530, 975],
      [100, 257, 961],
    ]) {
      const [a, b] = [randn([n, k], { rng }), randn([k, m], { rng })];
      expect(agree("matmul", [a, b], attributes, () => matmul([a, b], attributes))).toBe(true);
    }
  });

  test("NaN, infinities, zeros, the largest and the smallest numbers, wherever they stand in a row", () => {
    const rng = new Rng(6);
    const special = [0, -0, 1e-45, -1e-40, 3e38, 88, -104, NaN, Infinity, -Infinity];
    const draw = (shape: number[]) => {
      const x = rng.normal(shape);
      for (let i = 0; i < x.size; i++)
        if (rng.next() < 0.2) x.data[i] = special[rng.integer(0, special.length)];
      return x;
    };
    for (const width of [1, 2, 3, 5, 64, 4099]) {
      const [x, y] = [0, 1].map(() => draw([Math.ceil(4099 / width), width]));
      const row = draw([width]);
      const all: Record<string, () => Tensor> = {
        div: () => x.div(y),
        divRow: () => row.div(x),
        maximum: () => x.maximum(y),
        maximumRow: () => x.maximum(row),
        minimum: () => x.minimum(y),
        relu: () => x.relu(),
        gelu: () => x.gelu({ approximate: "tanh" }),
        softmax: () => x.softmax(),
        logSoftmax: () => x.logSoftmax(),
        layerNorm: () => ops.layerNorm([x], { eps: 1e-5 }),
        sumTo: () => x.sumTo([1, width]),
      };
      for (const [name, run] of Object.entries(all)) {
        setEngine("reference");
        const expected = run().data;
        setEngine("wasm");
        run().data.forEach((got: number, i: number) => {
          const near = Math.abs(got - expected[i]) <= 1e-6 + 1e-5 * Math.abs(expected[i]);
          if (!near) expect(got, `${name}, rows of ${width}, number ${i}`).toBe(expected[i]);
        });
      }
    }
    // Beside a large number the logarithm of the sum keeps its digits.
    const large = zeros([4096]).reshape([2048, 2]).add(3e38).logSoftmax();
    expect(large.data.every((x: number) => Math.abs(x + Math.LN2) < 1e-7)).toBe(true);
  });

  test("what is small, or not of floats, stays with the plain kernel", () => {
    const info = {
      inShapes: [
        [2, 2],
        [2, 2],
      ],
      outShape: [2, 2],
      attributes: { transposeA: false, transposeB: false },
    };
    const x = zeros([2, 2]).data;
    expect(runFast("matmul", "float32", [x, x], info)).toBeUndefined();
    const big = {
      ...info,
      inShapes: [
        [64, 64],
        [64, 64],
      ],
      outShape: [64, 64],
    };
    const whole = new Int32Array(4096);
    expect(runFast("matmul", "int32", [whole, whole], big)).toBeUndefined();
    expect(runFast("add", "float32", [x, x], info)).toBeUndefined();
  });
});

test("an engine is chosen and named; another name is an error", () => {
  expect(engine().name).toBe("wasm");
  expect(engine().detail).toMatch(/SIMD/);
  setEngine("reference");
  expect(engine()).toEqual({ name: "reference", detail: "chosen by setEngine()" });
  expect(errorOf(() => setEngine("gpu" as "wasm"))).toMatchInlineSnapshot(
    `"RangeError: setEngine: there is no engine "gpu": choose "wasm" or "reference""`,
  );
});

test("where WebAssembly may not run, the plain kernels do, and engine() says why", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { engine } from "./engine.ts"; import { randn } from "../create.ts";
        export const said = engine(); export const sum = randn([64, 64]).matmul(randn([64, 64])).sum().item();`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "run",
    platform: "neutral",
  });
  const without = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(outputFiles[0].text, without);
  const within = vm.createContext({});
  vm.runInContext(outputFiles[0].text, within);
  expect(vm.runInContext("run.said.name", without)).toBe("reference");
  expect(vm.runInContext("run.said.detail", without)).toMatch(
    /WebAssembly did not start: .*disallowed/,
  );
  expect(vm.runInContext("run.said.name", within)).toBe("wasm");
  expect(vm.runInContext("run.sum", without)).toBeCloseTo(vm.runInContext("run.sum", within), 2);
});

test("the committed module is what lib/kernels compiles to", { timeout: 120_000 }, () => {
  execFileSync(process.execPath, [join(import.meta.dirname, "../../kernels/build.ts"), "--check"]);
});
