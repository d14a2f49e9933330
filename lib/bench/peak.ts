/**
 * What the processor can do through WebAssembly at best: a kernel that keeps everything in registers
 * and only multiplies and adds, as often as a matrix product would have to. `node peak.ts 128|256`
 */
import asc from "assemblyscript/asc";
import { compileWide } from "../src/engine/wide.ts";
import type { Task } from "./task.ts";
import { serve } from "./worker.ts";
import type { Work } from "./workloads.ts";

/** How many numbers a register has: WebAssembly's four, or eight where V8 makes one of a pair. */
const WIDTH = process.argv[2] === "256" ? 8 : 4;
/** Sums that do not wait for each other: enough to keep two multiply-add units busy. */
const SUMS = 12;
/** Floating-point operations in a turn of the loop: two a number. */
const OPERATIONS = SUMS * WIDTH * 2;

/** Once for each vector of four numbers. */
const each = (line: (i: number) => string): string =>
  Array.from({ length: (SUMS * WIDTH) / 4 }, (_, i) => line(i)).join("\n");

/**
 * With x = 1 and y = 0 the sums stay as they are, which nobody knows who compiles this. What is
 * stored side by side is where V8 begins to look for pairs.
 */
const source = (madd: string): string => `
const sums = memory.data(${SUMS * WIDTH * 4}, 32);
export function run(turns: i32, x: f32, y: f32): f32 {
  const a = f32x4.splat(x);
  const b = f32x4.splat(y);
  ${each((i) => `let s${i} = f32x4.splat(${i + 1});`)}
  for (let i = 0; i < turns; i++) {
    ${each((i) => `s${i} = ${madd.replace("sum", `s${i}`)};`)}
  }
  ${each((i) => `v128.store(sums, s${i}, ${16 * i});`)}
  let sum: f32 = 0;
  for (let i = 0; i < ${SUMS * WIDTH}; i++) sum += load<f32>(sums + 4 * i);
  return sum;
}`;

async function compile(madd: string, ...features: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const options = { optimizeLevel: 3, runtime: "stub", enable: ["simd", ...features] };
  const { error, binary, stderr } = await asc.compileString(source(madd), options);
  if (error || !binary) throw new Error(`the kernel does not compile: ${stderr}`);
  return new Uint8Array(binary);
}

const relaxed = await compile("f32x4.relaxed_madd(a, b, sum)", "relaxed-simd");
const fused = WebAssembly.validate(relaxed);
const bytes = fused ? relaxed : await compile("f32x4.add(f32x4.mul(sum, a), b)");
const start = () =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { abort() {} } });
const { exports } = WIDTH === 8 ? compileWide(start) : start();
const run = exports.run as (turns: number, x: number, y: number) => number;

/** What the sums come to, each of four numbers. */
const vectors = (SUMS * WIDTH) / 4;
const expected = 2 * vectors * (vectors + 1);

function prepare(work: Work): Task {
  if (work.kind !== "matmul") throw new Error("only matrix products have this limit");
  const turns = Math.ceil((2 * work.size ** 3) / OPERATIONS);
  return {
    run() {
      if (run(turns, 1, 0) !== expected) throw new Error("the sums are wrong");
      return undefined;
    },
  };
}

await serve(fused ? "relaxed multiply-add" : "multiply, then add", prepare);
