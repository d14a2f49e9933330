/**
 * What 128 bits can do: a kernel that keeps everything in registers and only multiplies and adds,
 * as often as a matrix product would have to. `node peak.ts`
 */
import asc from "assemblyscript/asc";
import { serve, type Task } from "./worker.ts";
import type { Work } from "./workloads.ts";

/** Sums that do not wait for each other: enough to keep two multiply-add units busy. */
const SUMS = 12;
/** Floating-point operations in a turn of the loop: four numbers a vector, two operations each. */
const OPERATIONS = SUMS * 4 * 2;

const each = (line: (i: number) => string): string =>
  Array.from({ length: SUMS }, (_, i) => line(i)).join("\n");

/** With x = 1 and y = 0 the sums stay as they are, which nobody knows who compiles this. */
const source = (madd: string): string => `
export function run(turns: i32, x: f32, y: f32): f32 {
  const a = f32x4.splat(x);
  const b = f32x4.splat(y);
  ${each((i) => `let s${i} = f32x4.splat(${i + 1});`)}
  for (let i = 0; i < turns; i++) {
    ${each((i) => `s${i} = ${madd.replace("sum", `s${i}`)};`)}
  }
  ${each((i) => (i === 0 ? "" : `s0 = f32x4.add(s0, s${i});`))}
  return f32x4.extract_lane(s0, 0);
}`;

async function compile(madd: string, ...features: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const options = { optimizeLevel: 3, runtime: "stub", enable: ["simd", ...features] };
  const { error, binary, stderr } = await asc.compileString(source(madd), options);
  if (error || !binary) throw new Error(`the kernel does not compile: ${stderr}`);
  return new Uint8Array(binary);
}

const relaxed = await compile("f32x4.relaxed_madd(a, b, sum)", "relaxed-simd");
const fused = WebAssembly.validate(relaxed);
const plain = "f32x4.add(f32x4.mul(sum, a), b)";
const { instance } = await WebAssembly.instantiate(fused ? relaxed : await compile(plain), {
  env: { abort() {} },
});
const run = instance.exports.run as (turns: number, x: number, y: number) => number;

function prepare(work: Work): Task {
  if (work.kind !== "matmul") throw new Error("only matrix products have this limit");
  const turns = Math.ceil((2 * work.size ** 3) / OPERATIONS);
  return {
    run() {
      if (run(turns, 1, 0) !== (SUMS * (SUMS + 1)) / 2) throw new Error("the sums are wrong");
      return undefined;
    },
  };
}

await serve(fused ? "relaxed multiply-add" : "multiply, then add", prepare);
