/** Code that ends early, never, or somewhere that nobody waits for it. */
import { type Attack, every } from "./attack.ts";

const LATE = /did not answer|used up|finish loading/;
const HONEST = "return typeof args[0] === 'number' ? 0 : -1;";

const end = (
  name: string,
  source: string,
  ends: Attack["ends"],
  says: RegExp,
  tries = "to be gone, or still busy, when the verdict is due",
): Attack => ({ name, tries, source, ends, says });

export const endings: Attack[] = [
  end(
    "exits as if all were well",
    `${every(HONEST)}\nprocess.exit(0);`,
    "error",
    /process is not defined/,
  ),
  end(
    "exits by way of constructors",
    `${every(HONEST)}\n(console.log as any).constructor.constructor("return process")().exit(0);`,
    "error",
    /process is not defined/,
  ),
  end(
    "throws while it is loaded",
    `${every(HONEST)}\nthrow { points: 8 };`,
    "error",
    /while it was loaded/,
  ),
  end(
    "returns definitions of its own from the middle",
    `return new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : () => 3.5), has: () => true, getOwnPropertyDescriptor: () => ({ value: () => 3.5, configurable: true, enumerable: true }) }) as any;\n${every(HONEST)}`,
    ["failed", "error"],
    /./,
  ),
  end(
    "closes the function around it and goes on outside",
    `${every(HONEST)}\n})(), { average: () => 3.5, Counter: class {}, scale: () => 3.5 }; (async () => {`,
    "error",
    /cannot be read/,
  ),
  end(
    "throws in a microtask, and answers",
    every(`queueMicrotask(() => { throw new Error("late"); }); ${HONEST}`),
    "failed",
    /./,
  ),
  end(
    "throws in a timer, and answers",
    every(`setTimeout(() => { throw new Error("late"); }); ${HONEST}`),
    "failed",
    /./,
  ),
  end(
    "leaves ten thousand rejections behind",
    every(`for (let i = 0; i < 1e4; i++) Promise.reject(new Error("x" + i)); ${HONEST}`),
    ["failed", "timed out"],
    /./,
  ),
  end(
    "throws in the getter of its answer",
    every("return { get total() { throw new Error('no'); } };"),
    "failed",
    /throws when it is read/,
  ),
  end("waits for ever", every("return new Promise(() => {});"), "timed out", LATE),
  end(
    "waits for ever while it is loaded",
    `${every(HONEST)}\nawait new Promise(() => {});`,
    "timed out",
    LATE,
  ),
  end(
    "waits for Atomics",
    every("return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
    "timed out",
    LATE,
  ),
  end("loops while it is loaded", `${every(HONEST)}\nfor (;;);`, "timed out", LATE),
  end("loops in a function", every("for (;;);"), "timed out", LATE),
  end(
    "floods the microtasks",
    every("const next = () => queueMicrotask(next); next(); return new Promise(() => {});"),
    "timed out",
    LATE,
  ),
  end(
    "floods the timers",
    every(
      "const more = () => { for (let i = 0; i < 100; i++) setTimeout(more); }; more(); return new Promise(() => {});",
    ),
    ["timed out", "error"],
    /did not answer|used up|memory/,
  ),
  end(
    "recurses without end",
    every("return (average as any)(...args);"),
    "error",
    /Maximum call stack/,
  ),
  end(
    "recurses in what reads it",
    every("const p: any = new Proxy({}, { ownKeys: () => Reflect.ownKeys(p) }); return p;"),
    "failed",
    /throws when it is read/,
  ),
  end(
    "matches a pattern that backtracks",
    every(`return /^(a+)+$/.test("a".repeat(40) + "b");`),
    "timed out",
    LATE,
  ),
  end(
    "has endless fields",
    every("return new Proxy({}, { ownKeys: () => { for (;;); } });"),
    "timed out",
    LATE,
  ),
  end(
    "squares a bigint",
    every("let n = 3n; for (;;) n = n * n;"),
    ["error", "timed out"],
    /memory|RangeError|did not answer|used up/,
  ),
  end("prints without end", every(`for (;;) console.log("x".repeat(1000));`), "timed out", LATE),
  end("prints short lines without end", every("for (;;) console.log(1);"), "timed out", LATE),
  end(
    "prints one line of ten million",
    every(`console.log("x".repeat(1e7)); return 0;`),
    "failed",
    /more characters/,
  ),
  end(
    "prints a proxy that never ends",
    every("console.log(new Proxy({}, { ownKeys: () => { for (;;); } })); return 0;"),
    "timed out",
    LATE,
  ),
  end(
    "sleeps just under the limit in each check",
    every("const t = performance.now(); while (performance.now() - t < 400); return 0;"),
    ["failed", "timed out"],
    /./,
  ),
  end(
    "a megabyte of source",
    `${every(HONEST)}\n// ${"x".repeat(2 ** 20)}`,
    "error",
    /1\.0 million characters/,
  ),
  end(
    "brackets, a hundred thousand deep",
    `const x = ${"[".repeat(1e5)}${"]".repeat(1e5)};\n${every(HONEST)}`,
    ["error", "timed out"],
    /cannot be read|call stack|loading/,
  ),
  end(
    "a sum of a hundred thousand parts",
    `const x = ${"1+".repeat(1e5)}1;\n${every(HONEST)}`,
    ["error", "failed", "timed out"],
    /./,
  ),
  end(
    "less-than signs that may be types",
    `const x = ${"a<".repeat(30)}1${">(1)".repeat(30)};\n${every(HONEST)}`,
    ["error", "timed out"],
    /./,
  ),
  end(
    "a hundred thousand definitions",
    `${every(HONEST)}\n${Array.from({ length: 2e4 }, (_, i) => `var v${i}=1`).join("\n")}`,
    ["failed", "timed out"],
    /./,
  ),
];
