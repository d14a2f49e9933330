import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differences, LOSSES, type Outcome, trainAll } from "../../tests/training.ts";
import { compile } from "../compile/compile.ts";
import { ones, zeros } from "../create.ts";
import { errorOf } from "../testing.ts";
import { setEngine } from "./engine.ts";
import * as kernels from "./kernels.generated.ts";

let folder: string;
/** The library in one file, with the trainings beside it. */
let library: string;
/** What comes out by the plain kernels. */
let plain: { eager: Outcome["bits"]; compiled: Outcome["bits"] };

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * from "../index.ts"; export * from "../../tests/training.ts"',
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
  });
  library = outputFiles[0].text;
  folder = mkdtempSync(join(tmpdir(), "gradus-failures-"));
  setEngine("reference");
  plain = { eager: trainAll(1, false).bits, compiled: trainAll(1, true).bits };
  setEngine("wasm");
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Child {
  /** Node's, for instance to take something away from it. */
  flags?: string[];
  /** Runs before the library is loaded. */
  before?: string;
  /** The library, if it is another one. */
  source?: string;
}

/**
 * Runs code in a process of its own, with the library as `gradus`. Returns what it gives, with what
 * was said on the terminal.
 */
function inChild(code: string, { flags = [], before = "", source = library }: Child = {}) {
  writeFileSync(join(folder, "gradus.mjs"), source);
  const script = join(folder, "run.mjs");
  writeFileSync(
    script,
    `${before};
    const gradus = await import("./gradus.mjs");
    const given = await (async () => { ${code} })();
    process.stdout.write(JSON.stringify(given));`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, script], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return { ...JSON.parse(stdout), said: stderr };
}

const bothTrainings = `
  const [eager, compiled] = [false, true].map((how) => gradus.trainAll(1, how).bits);
  return { engine: gradus.engine(), eager, compiled };`;

const warning = "compile: plain kernels do all the work, and are many times slower: ";

const none = { mlp: 0, cnn: 0, gpt: 0 };

/** By the plain kernels alone, with these words. */
function expectPlain(
  outcome: typeof plain & { engine: object; said: string },
  detail: string,
): void {
  expect(outcome.engine).toEqual({ name: "reference", detail });
  // Once, though three steps were compiled.
  expect(outcome.said).toBe(`${warning}${detail}\n`);
  expect(differences(outcome.eager, plain.eager)).toEqual(none);
  expect(differences(outcome.compiled, plain.compiled)).toEqual(none);
}

/** By the fast kernels: not the same bits, but losses as near as rounding leaves them. */
function expectNear(got: Outcome["bits"], wanted: Outcome["bits"]): void {
  for (const name of Object.keys(wanted)) {
    const [a, b] = [got, wanted].map(
      (all) => new Float32Array(Int32Array.from(all[name].slice(0, LOSSES)).buffer),
    );
    expect(Math.max(...a.map((x, i) => Math.abs(x - b[i])))).toBeLessThan(1e-4);
  }
}

/** Some bytes in the middle of the kernels are others. */
function damage(source: string, digits: string): string {
  const bytes = Buffer.from(digits, "hex");
  bytes.fill(255, 20_000, 20_064);
  expect(source).toContain(digits);
  return source.replace(digits, bytes.toString("hex"));
}

describe("where kernels in WebAssembly cannot start, the plain ones work, and engine() says why", () => {
  test("no WebAssembly", () => {
    const outcome = inChild(bothTrainings, { before: "delete globalThis.WebAssembly" });
    expectPlain(outcome, "WebAssembly did not start: there is none here");
  });

  test("a Node that may not compile at all", () => {
    const code =
      "return { engine: gradus.engine(), sum: gradus.ones([70, 70]).exp().sum().item() }";
    const { engine, sum, said } = inChild(code, { flags: ["--jitless"] });
    expect(said).toBe("");
    expect(engine.detail).toBe("WebAssembly did not start: there is none here");
    expect(sum).toBeCloseTo(4900 * Math.E, 1);
  });

  // Without these instructions V8 has no vectors; other processors always have them.
  test.runIf(process.arch === "x64")("a processor without SIMD", () => {
    expectPlain(
      inChild(bothTrainings, { flags: ["--no-enable-sse4-1"] }),
      "WebAssembly did not start: it has no SIMD here, which the kernels need",
    );
  });

  test("kernels that are damaged; with those for relaxed SIMD only, the others work", () => {
    const one = damage(library, kernels.relaxed);
    const outcome = inChild(bothTrainings, { source: one });
    expect(outcome.engine.name).toBe("wasm");
    expect(outcome.engine.detail).toMatch(/^SIMD/);
    expect(outcome.said).toBe("");
    expectNear(outcome.eager, plain.eager);
    expectNear(outcome.compiled, plain.compiled);
    const both = inChild(bothTrainings, { source: damage(one, kernels.plain) });
    expectPlain(
      both,
      "WebAssembly did not start: the kernels do not compile: this copy of the library is damaged",
    );
  });

  test("no memory, not even a little", () => {
    const before = `
      const { Memory } = WebAssembly;
      WebAssembly.Memory = function (size) { return new Memory({ ...size, maximum: 1 }); };`;
    expectPlain(
      inChild(bothTrainings, { before }),
      "WebAssembly did not start: it gets no memory: WebAssembly.Memory(): Property 'maximum': value 1 is below the lower bound 2",
    );
  });
});

describe("where something does not fit into the kernels' memory, the plain ones do it", () => {
  /** 20 pages of 64 KB: real memory with a low end. */
  const before = `
    const { Memory } = WebAssembly;
    WebAssembly.Memory = function (size) {
      return new Memory({ ...size, maximum: Math.min(size.maximum, 20) });
    };`;

  test("large operations and compiled steps; the rest goes on by the fast ones", () => {
    const outcome = inChild(bothTrainings, { before });
    expect(outcome.engine.name).toBe("wasm");
    expect(outcome.engine.detail).toMatch(
      /SIMD, \d+ bits; the plain kernels did what took more memory than there was: \d+ MB$/,
    );
    expect(outcome.said).toBe(`${warning}the others got no memory\n`);
    expectNear(outcome.eager, plain.eager);
    expectNear(outcome.compiled, plain.compiled);
  });

  /** Leaves so many MB of address space from here on: a real limit, by the system. */
  const leave = (megabytes: string) => `
    const { readFileSync } = await import("node:fs");
    const { execFileSync } = await import("node:child_process");
    const [, kilobytes] = /VmSize:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
    const limit = 1024 * kilobytes + ${megabytes} * 1e6;
    execFileSync("prlimit", ["--pid", String(process.pid), "--as=" + limit]);`;

  test.runIf(process.platform === "linux")("a system that gives no more", () => {
    const { sums, detail } = inChild(`
      const [a, b] = [gradus.ones([4e7]), gradus.ones([4e7])];
      gradus.setThreads(1);
      ${leave("250")}
      const sums = [a.add(b).sum().item(), gradus.ones([100, 100]).add(1).sum().item()];
      return { sums, detail: gradus.engine().detail };`);
    expect(sums).toEqual([8e7, 2e4]);
    expect(detail).toMatch(/^WebAssembly did not start: it gets no memory: /);
  });

  test.runIf(process.platform === "linux")("compile says how much it would take", () => {
    const { first, again, still } = inChild(`
      gradus.setThreads(1);
      const x = gradus.ones([3e7]);
      const step = gradus.compile((x) => x.add(1).mul(x).sum());
      ${leave("500")}
      const failed = () => { try { step(x); return "" } catch (error) { return String(error) } };
      const first = failed();
      return { first, again: failed(), still: gradus.ones([3]).add(1).toArray() };`);
    expect(first).toMatch(
      /^RangeError: compile: this takes \d\d\d MB of memory in one piece, and there is no such piece\n {2}hint: a smaller batch$/,
    );
    expect(again).toBe(first);
    expect(still).toEqual([2, 2, 2]);
  });
});

test("more memory than there is: the error names the operation and how much", () => {
  const column = ones([2 ** 22, 1]);
  expect(errorOf(() => zeros([2 ** 20, 2 ** 20]))).toMatchInlineSnapshot(
    `
    "RangeError: a tensor: 1099511627776 numbers take 4398047 MB of memory in one piece, and there is no such piece
      hint: smaller tensors; in training, a smaller batch"
  `,
  );
  expect(errorOf(() => column.add(ones([1, 2 ** 22])))).toMatchInlineSnapshot(
    `
    "RangeError: add: 17592186044416 numbers take 70368745 MB of memory in one piece, and there is no such piece
      hint: smaller tensors; in training, a smaller batch"
  `,
  );
  const outer = compile((x: typeof column) => x.matmul(x.transpose()).sum());
  expect(errorOf(() => outer(column))).toMatchInlineSnapshot(
    `
    "RangeError: matmul: 17592186044416 numbers take 70368745 MB of memory in one piece, and there is no such piece
      hint: smaller tensors; in training, a smaller batch"
  `,
  );
});
