/** Code that uses the library's engine, its threads and its files to get out, or to get more. */
import { type Attack, every } from "./attack.ts";

const BIG = "const big = ones([300, 300]); big.matmul(big).sum().item();";
const library = (name: string, tries: string, source: string, says: RegExp): Attack => ({
  name,
  tries,
  source: `import * as gradus from "gradus";\nconst { compile, engine, ones, setEngine, setThreads, tensor, threads, zeros } = gradus;\n${source}\n${every("return 3.5;")}`,
  ends: ["failed", "error"],
  says,
});

export const libraryAttacks: Attack[] = [
  library(
    "asks for all that the engine has",
    "to find threads, wide registers or Node behind the library",
    `${BIG} console.log("engine:", engine().name, engine().detail, "threads:", threads());`,
    /engine: wasm .*128 bits threads: 1/,
  ),
  library(
    "asks for thirty-two threads",
    "to take every core",
    `setThreads(32); const began = performance.now(); ${BIG} console.log("engine:", engine().detail);`,
    /engine: /,
  ),
  library(
    "gives the engine a process of its own making",
    "to have the library call what it takes for Node",
    `const asked: string[] = []; (globalThis as any).process = { arch: "x64", versions: { v8: "14.0" }, getBuiltinModule: (n: string) => { asked.push(n); return { setFlagsFromString: (f: string) => asked.push(f), Worker: class { constructor() { throw new Error("no"); } }, runInNewContext: () => () => {}, createContext: () => ({}), runInContext: () => 0 }; } };
     setEngine("wasm", { wide: false }); setEngine("wasm"); setThreads(4); ${BIG} console.log("asked:", asked.join(), "outside:", typeof (globalThis as any).require);`,
    /asked: (?!.*refused).*outside: undefined/,
  ),
  library(
    "gives the engine a worker of its own making",
    "to be handed the memory and the words that threads share",
    `(globalThis as any).navigator = { hardwareConcurrency: 64 }; (globalThis as any).Blob = class { constructor(public parts: string[]) {} }; (globalThis as any).URL = { createObjectURL: () => "x" }; let made = 0; (globalThis as any).Worker = class { constructor() { made++; } postMessage() {} terminate() {} };
     setThreads(8); ${BIG} console.log("workers made:", made, "right:", ones([300, 300]).matmul(ones([300, 300])).sum().item() === 300 ** 3);`,
    /workers made: \d+ right: true/,
  ),
  library(
    "puts kernels of its own in place of the engine's",
    "to have the check's own arithmetic go wrong",
    `const Instance = WebAssembly.Instance; (globalThis as any).WebAssembly.Instance = function (m: any, i: any) { const made = new Instance(m, i); return { exports: Object.fromEntries(Object.entries(made.exports).map(([k, v]) => [k, typeof v === "function" ? () => 1 : v])) }; };
     ${BIG} console.log("patched");`,
    /patched|threw|expected/,
  ),
  library(
    "saves a checkpoint",
    "to write a file",
    `gradus.saveCheckpoint("/tmp/x", { model: new gradus.Linear(1, 1) } as any);`,
    /saveCheckpoint/,
  ),
  library("loads a pack", "to read files from the disk", `await (gradus as any).mnist();`, /error/),
  library(
    "compiles a step that never returns the same",
    "to fill memory with plans",
    `const step = compile((x: any) => x.mul(2)); for (let n = 1; n < 300; n++) step(zeros([n])); console.log("compiled");`,
    /compiled|memory/,
  ),
];
