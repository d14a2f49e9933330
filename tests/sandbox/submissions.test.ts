// Everything a learner, or someone who only looks like one, may hand in: in the real sandbox.

import { readFileSync } from "node:fs";
import type { Outcome, Report } from "@gradus/grader/checks";
import { createSandbox, type Sandbox } from "@gradus/grader/sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { average, descendants, expectNothingEarned, leftFolders, peakMemory } from "./helpers.ts";

const MEMORY_MB = 192;
/** With time enough for honest code on a busy machine. */
let patient: Sandbox;
/** Ends what never ends before one gets bored. */
let brisk: Sandbox;
/** With time to fill memory. */
let roomy: Sandbox;

beforeAll(async () => {
  const one = { concurrency: 1, warm: 1, memoryMb: MEMORY_MB };
  patient = await createSandbox({ ...one, timeoutMs: 5000, budgetMs: 6000 });
  roomy = await createSandbox({ ...one, timeoutMs: 2500, budgetMs: 2600 });
  brisk = await createSandbox({ ...one, timeoutMs: 500, budgetMs: 1500 });
});

afterAll(async () => {
  await Promise.all([patient, brisk, roomy].map((one) => one.close()));
  // Nothing of it is left: no process, no file.
  expect(descendants().filter(({ name }) => /bwrap|prlimit|node/.test(name))).toEqual([]);
  expect(leftFolders()).toEqual([]);
});

const grade = (source: string, sandbox = patient): Promise<Report> =>
  sandbox.grade({ exercise: average, source, seed: "a secret" });

const reference = readFileSync(average.solutionPath, "utf8");

test("the right answer passes", async () => {
  const report = await grade(reference);
  expect(report.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  expect(report).toMatchObject({ outcome: "passed", points: 8, max: 8, diagnostics: [] });
});

test("the right answer passes without exports, with prints, and in any order", async () => {
  const report = await grade(
    `console.log("hello", [1, 2]);\n${reference.replaceAll("export ", "")}`,
  );
  expect(report).toMatchObject({ outcome: "passed", points: 8 });
  expect(report.output).toContain("hello [1, 2]");
});

test("a wrong answer loses the checks that catch it, and hears why", async () => {
  const [mutant] = average.mutants;
  const report = await grade(mutant.source);
  const failed = report.checks.filter(({ outcome }) => outcome === "failed");
  expect(failed.map(({ name }) => name)).toEqual(mutant.caughtBy);
  expect(failed[0]).toMatchObject({
    input: "average([1, 2, 6])",
    expected: "3",
    got: "9",
    usually: "This is the sum. How many numbers are there?",
  });
  expect(report.points).toBe(3);
});

test("what the code prints while hidden checks run does not reach the report's output", async () => {
  const report = await grade(
    reference.replace("let sum = 0;", "let sum = 0; console.log('numbers', numbers.join());"),
  );
  expect(report.output).toContain("numbers 1,2,6");
  expect(report.output.match(/numbers/g)!.length).toBe(2);
});

/** What the code does, the code, how it ends, and what the learner is told. */
type Case = [what: string, source: string, outcome: Outcome, says: RegExp];

const each = (body: string): string =>
  `function average(...args: any[]): any { ${body} }\n` +
  `class Counter { total: any = 0; add(...args: any[]): any { ${body} } }\n` +
  `function scale(...args: any[]): any { ${body} }\n`;

const unreadable: Case[] = [
  ["a syntax error", `${reference}\nfunction broken( {`, "error", /cannot be read \(line 2\d.*\)/],
  [
    "an error that only V8 sees",
    `const a = 1;\n\nconst a = 2;`,
    "error",
    /line 3\).*already been declared/,
  ],
  [
    "a regular expression that is none",
    `const a = 1;\nconst b = /(/;\n`,
    "error",
    /line 2\).*[Rr]egular expression/,
  ],
  ["no code", "  \n", "not attempted", /began with/],
  ["the starter", average.starter, "not attempted", /began with/],
  ["the starter, touched", `${average.starter}\nconst x = 1;`, "not attempted", /not written yet/],
  ["no definitions", "export const other = 1;", "error", /does not define/],
  [
    "definitions of the wrong kind",
    "const average = 3; const Counter = 4; const scale = [];",
    "error",
    /should be a/,
  ],
  [
    "a module that is not there",
    `import fs from "node:fs";\n${reference}\nfs.readFileSync("/etc/passwd");`,
    "error",
    /"node:fs" cannot be imported.*\(line 1\)/,
  ],
  [
    "a require of one",
    `const fs = require("fs");\n${reference}`,
    "error",
    /"fs" cannot be imported/,
  ],
  [
    "a name that gradus lacks",
    `import { tensr } from "gradus";\ntensr([1]);\n`,
    "error",
    /gradus has no tensr/,
  ],
  [
    "throwing while it is loaded",
    `${reference}\nthrow new Error("too bad");`,
    "error",
    /while it was loaded.*too bad/s,
  ],
  [
    "5 MB of source",
    `${reference}\n// ${"x".repeat(5 * 2 ** 20)}`,
    "error",
    /5\.0 million characters/,
  ],
  [
    "bytes that are no text",
    Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)).toString("latin1"),
    "error",
    /cannot be read/,
  ],
  ["zero bytes and halves of characters", `\0\0\ud800 ${reference}`, "error", /cannot be read/],
];

const endless: Case[] = [
  [
    "a loop at the top level",
    `${reference}\nfor (;;);`,
    "timed out",
    /loading within 0\.5 seconds/,
  ],
  ["a loop in a function", each("for (;;);"), "timed out", /did not answer|used up the time/],
  [
    "a loop of microtasks",
    each("const next = () => queueMicrotask(next); next(); return new Promise(() => {});"),
    "timed out",
    /did not answer|used up the time/,
  ],
  [
    "a promise that never settles",
    each("return new Promise(() => {});"),
    "timed out",
    /did not answer|used up the time/,
  ],
  [
    "waiting at the top level",
    `${reference}\nawait new Promise(() => {});`,
    "timed out",
    /finish loading/,
  ],
  [
    "a loop that starts itself again",
    each("const next = () => { setTimeout(next); }; next(); return new Promise(() => {});"),
    "timed out",
    /did not answer|used up/,
  ],
  [
    "recursion without end",
    each("return (average as any)(...args);"),
    "error",
    /RangeError: Maximum call stack/,
  ],
  [
    "a regular expression that backtracks",
    each(`return /^(a+)+$/.test("a".repeat(40) + "b");`),
    "timed out",
    /did not answer|used up/,
  ],
  [
    "a loop inside a getter of the result",
    each("return { get x() { for (;;); } };"),
    "timed out",
    /did not answer|used up/,
  ],
  [
    "a proxy with endless keys",
    each("return new Proxy({}, { ownKeys: () => { for (;;); } });"),
    "timed out",
    /did not answer|used up/,
  ],
  [
    "waiting for Atomics",
    each("return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
    "timed out",
    /did not answer|used up/,
  ],
];

// Near the limit V8 collects garbage for seconds before it gives up: then time runs out first.
const MEMORY = /used more memory|RangeError|did not answer/;

const memory: Case[] = [
  [
    "arrays",
    each("const all: any[] = []; for (;;) all.push(new Array(1e5).fill(1.5));"),
    "error",
    MEMORY,
  ],
  [
    "strings",
    each(
      `const all: any[] = []; for (let i = 0; ; i++) all.push("x".repeat(1e6) + i + String.fromCharCode(...new Uint8Array(1000)).toUpperCase());`,
    ),
    "error",
    MEMORY,
  ],
  [
    "one string",
    each(`let s = "x"; for (;;) { s += s; s.codePointAt(s.length - 1); }`),
    "error",
    /memory|Invalid string length/,
  ],
  ["a Map", each("const m = new Map(); for (let i = 0; ; i++) m.set({}, i);"), "error", MEMORY],
  [
    "a Set of texts",
    each("const m = new Set(); for (let i = 0; ; i++) m.add('k' + i);"),
    "error",
    MEMORY,
  ],
  [
    "typed arrays",
    each("const all: any[] = []; for (;;) all.push(new Float64Array(1e6).fill(1));"),
    "error",
    /memory|Array buffer allocation failed/,
  ],
  [
    "buffers that may grow",
    each(
      "const b = new (ArrayBuffer as any)(8, { maxByteLength: 2 ** 31 }); for (let n = 8; ; n *= 2) { b.resize(n); new Uint8Array(b).fill(1); }",
    ),
    "error",
    MEMORY,
  ],
  [
    "shared buffers",
    each(
      "const all: any[] = []; for (;;) { const b = new SharedArrayBuffer(1e7); new Uint8Array(b).fill(1); all.push(b); }",
    ),
    "error",
    MEMORY,
  ],
  [
    "WebAssembly memory",
    each(
      "const all: any[] = []; for (;;) { const m = new (globalThis as any).WebAssembly.Memory({ initial: 1000 }); new Uint8Array(m.buffer).fill(1); all.push(m); }",
    ),
    "error",
    MEMORY,
  ],
  ["a bigint", each("let n = 3n; for (;;) n = n * n;"), "error", MEMORY],
  [
    "closures",
    each("let f: any = () => 1; for (;;) { const g = f; f = () => [g, new Array(100).fill(g)]; }"),
    "error",
    MEMORY,
  ],
  ["an array of a billion", each("return new Array(1e9).fill(0);"), "error", MEMORY],
];

const output: Case[] = [
  [
    "endless output",
    each(`for (;;) console.log("x".repeat(1000));`),
    "timed out",
    /did not answer|used up/,
  ],
  ["endless short lines", each(`for (;;) console.log(1);`), "timed out", /did not answer|used up/],
  ["a huge line", each(`console.log("x".repeat(1e7)); return 0;`), "failed", /./],
  [
    "a huge object",
    each(`console.log(Array.from({ length: 1e5 }, (_, i) => ({ i }))); return 0;`),
    "failed",
    /./,
  ],
];

// Answers that would fool a comparison that trusts them.
const cheats: Case[] = [
  ["zero", each("return 0;"), "failed", /expected/],
  ["NaN", each("return NaN;"), "failed", /NaN/],
  ["Infinity", each("return Infinity;"), "failed", /expected/],
  ["nothing", each(""), "failed", /nothing|undefined/],
  ["null", each("return null;"), "failed", /null/],
  ["an empty list", each("return [];"), "failed", /empty/],
  ["a list of NaN", each("return [NaN, NaN, NaN];"), "failed", /./],
  [
    "an empty tensor",
    `import { tensor } from "gradus";\n${each("return tensor([]);")}`,
    "failed",
    /shape|tensor/,
  ],
  ["a text of the number", each(`return "3";`), "failed", /text/],
  [
    "an object equal to everything",
    each(
      "return { valueOf: () => 3, toString: () => '3', toJSON: () => 3, [Symbol.toPrimitive]: () => 3, equals: () => true };",
    ),
    "failed",
    /object/,
  ],
  [
    "a proxy that answers everything",
    each(
      "return new Proxy(function () {}, { get: (_t, k) => (k === 'then' ? undefined : () => 3), apply: () => 3 });",
    ),
    "failed",
    /function/,
  ],
  ["a function", each("return average;"), "failed", /function/],
  ["a cycle", each("const a: any = {}; a.a = a; return a;"), "failed", /./],
  [
    "a class instance",
    each("return new (class Answer { value = 3 })();"),
    "failed",
    /object of class Answer/,
  ],
  [
    "a thenable that lies",
    each("return { then(resolve: any) { resolve({ then: null, value: 3 }); } };"),
    "failed",
    /./,
  ],
  ["a rejected promise", each("return Promise.reject(new Error('no'));"), "error", /Error: no/],
  ["an error object", each("return new Error('3');"), "failed", /Error/],
  ["throwing a number", each("throw 3;"), "error", /number: 3/],
  [
    "throwing something that throws",
    each("throw new Proxy({}, { get() { throw 1; } });"),
    "error",
    /./,
  ],
  [
    "throwing a liar",
    each("throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1; } });"),
    "error",
    /./,
  ],
  ["giving back the input", each("return args[0];"), "failed", /./],
  [
    "an object nested too deep",
    each("let o: any = 1; for (let i = 0; i < 1e4; i++) o = { o }; return o;"),
    "failed",
    /./,
  ],
  ["a list too long", each("return Array.from({ length: 2e5 }, () => []);"), "failed", /./],
  [
    "a list with a false length",
    each("const a: any = [3]; a.length = 4e9; return a;"),
    "failed",
    /./,
  ],
  [
    "a getter that answers differently each time",
    each("let n = 0; return { get total() { return n++; } };"),
    "failed",
    /./,
  ],
  [
    "__proto__ as a field",
    each(`return JSON.parse('{"__proto__": {"total": 10, "mean": 2}}');`),
    "failed",
    /./,
  ],
  [
    "a tensor that lies about its shape",
    `import { tensor } from "gradus";\n${each("const t: any = tensor([1, 2]); Object.defineProperty(t, 'shape', { value: [2, 2] }); return t;")}`,
    "failed",
    /./,
  ],
  [
    "a tensor with a getter for data",
    `import { Tensor } from "gradus";\n${each("const t: any = Object.create(Tensor.prototype); t.shape = [2, 2]; t.dtype = 'float32'; Object.defineProperty(t, 'data', { get() { return 'data'; } }); return t;")}`,
    "failed",
    /./,
  ],
];

const poisons: Case[] = [
  [
    "patched Array.prototype",
    `Array.prototype.map = Array.prototype.every = Array.prototype.find = (() => true) as any; (Array.prototype as any)[Symbol.iterator] = function* () { yield 3; };\n${each("return 3.5;")}`,
    "error",
    /./,
  ],
  [
    "patched JSON",
    `JSON.stringify = () => '{"m":{"id":1,"value":3},"b":[]}'; JSON.parse = () => ({ m: {}, b: [] });\n${each("return 0;")}`,
    "error",
    /protocol|timed|answer|./,
  ],
  [
    "patched Math and Number",
    `Math.abs = () => 0; Number.isFinite = () => false; Number.isNaN = () => false; Object.is = () => true;\n${each("return 0;")}`,
    "failed",
    /expected/,
  ],
  [
    "patched Object",
    `Object.keys = () => []; Object.getPrototypeOf = () => Object.prototype; Object.hasOwn = () => true;\n${each("return {};")}`,
    "error",
    /./,
  ],
  [
    "patched Promise",
    `Promise.prototype.then = function () { return this; } as any;\n${each("return 0;")}`,
    "timed out",
    /./,
  ],
  [
    "patched typed arrays",
    `Uint8Array.prototype.set = () => {}; DataView.prototype.setUint32 = () => {};\n${each("return 0;")}`,
    "error",
    /protocol/,
  ],
  [
    "a polluted Object.prototype",
    `(Object.prototype as any).outcome = "passed"; (Object.prototype as any).points = 8; (Object.prototype as any).value = 3;\n${each("return undefined;")}`,
    "failed",
    /./,
  ],
  [
    "setters on Object.prototype",
    `for (const k of ["id", "value", "m", "b", "error"]) Object.defineProperty(Object.prototype, k, { set() {}, get() { return 3; }, configurable: true });\n${each("return 0;")}`,
    "error",
    /./,
  ],
  [
    "patched Symbol.hasInstance",
    `import { Tensor } from "gradus"; Object.defineProperty(Tensor, Symbol.hasInstance, { value: () => true });\n${each("return 3.5;")}`,
    "failed",
    /./,
  ],
  [
    "an Array iterator that never ends",
    `(Array.prototype as any)[Symbol.iterator] = function* () { for (;;) yield 1; };\n${each("return [1, 2];")}`,
    "timed out",
    /./,
  ],
];

const FULL = `const F: any = await (async () => { try { await (0, eval)('import("node:fs")'); } catch (e: any) { return e.constructor.constructor; } })();\nconst outside = F("return globalThis")();\nif (outside === globalThis) throw new Error("no way out");\n`;
const escapes: Case[] = [
  [
    "reading the environment",
    `${FULL}const p = F("return typeof process")(); throw new Error("process: " + p);`,
    "error",
    /process: undefined/,
  ],
  [
    "loading modules",
    `${FULL}await F('return import("node:fs")')();`,
    "error",
    /ERR_VM_DYNAMIC_IMPORT|dynamic import/,
  ],
  ["fetching", `${FULL}await outside.fetch("http://127.0.0.1:9");`, "error", /not a function/],
  [
    "poisoning the program around it",
    `${FULL}outside.Map.prototype.get = outside.Array.prototype.push = outside.Uint8Array.prototype.subarray = () => { throw 1; };\n${each("return 3;")}`,
    "timed out",
    /./,
  ],
  ["reaching for process", `process.exit(0);`, "error", /process is not defined/],
  [
    "reaching for it by constructors",
    `(console.log as any).constructor.constructor("return process")().exit(0);`,
    "error",
    /process is not defined/,
  ],
  [
    "importing at run time",
    `${each("return 1;")}await import("node:child_process");`,
    "error",
    /cannot be imported/,
  ],
];

describe.each([
  ["cannot be read", unreadable],
  ["never ends", endless],
  ["prints", output],
  ["cheats", cheats],
  ["poisons its realm", poisons],
  ["tries to get out", escapes],
])("code that %s", (_, cases) => {
  test.each(cases)("%s", async (_, source, outcome, says) => {
    const begun = performance.now();
    const report = await grade(source, brisk);
    expectNothingEarned(report);
    const texts = report.checks.map(
      (check) => `${check.outcome}: ${check.message} ${check.usually ?? ""}`,
    );
    expect(texts.join("\n")).toMatch(says);
    expect(report.outcome, texts.join("\n")).toBe(outcome);
    expect(JSON.stringify(report).length).toBeLessThan(300_000);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

test.each(memory)("code that fills memory with %s", async (_, source, __, says) => {
  const hostBefore = process.memoryUsage().rss;
  const { result: report, peakMb } = await peakMemory(() => grade(source, roomy));
  expectNothingEarned(report);
  expect(report.checks.map(({ message }) => message).join("\n")).toMatch(says);
  // The program itself takes 50 to 70 MB, the type checker beside it up to 250.
  expect(peakMb).toBeLessThan(MEMORY_MB + 120);
  expect((process.memoryUsage().rss - hostBefore) / 2 ** 20).toBeLessThan(150);
});

test("types that never end are given up, and the grade stands", async () => {
  const bomb = `
    type Grow<N extends number, A extends any[] = [1]> = A["length"] extends N ? A : Grow<N, [...A, ...A, 1]>;
    type Deep<T, N> = N extends [any, ...infer R] ? Deep<{ a: T; b: T; c: Deep<T, R> }, R> & Deep<[T], R> : T;
    type Big = Deep<"x", [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]>;
    declare const boom: Big; type Other = (typeof boom)["a"]["b"] | Grow<7>; const other: Other = 1;
    ${reference}`;
  const { result: report, peakMb } = await peakMemory(() => grade(bomb));
  expect(report).toMatchObject({ outcome: "passed", points: 8 });
  expect(report.diagnostics.length).toBeGreaterThan(0);
  expect(peakMb).toBeLessThan(600);
  // And the next one is checked again.
  expect((await grade(`${reference}\nconst n: number = "text";`)).diagnostics).toEqual([
    { line: 22, column: 7, message: "Type 'string' is not assignable to type 'number'." },
  ]);
});

test("a type error is shown with its place and costs no points", async () => {
  const report = await grade(
    reference
      .replace("let sum = 0", "let sum: string = 0")
      .replace("sum += n", "(sum as any) += n"),
  );
  expect(report).toMatchObject({ outcome: "passed", points: 8 });
  expect(report.diagnostics[0]).toMatchObject({
    line: 4,
    message: expect.stringContaining("number"),
  });
});

test("what is forbidden says so, also when it is called by another name", async () => {
  const report = await grade(
    `import { tensor } from "gradus";\n${reference.replace("let sum = 0;", "return tensor(numbers).mean().item(); let sum = 0;")}`,
  );
  expect(report.outcome).toBe("error");
  expect(report.checks[0].message).toContain("mean may not be used in this exercise");
  expect(report.points).toBeLessThan(8);
});

test("one bad check does not take the others along", async () => {
  const sandbox = await createSandbox({ concurrency: 1, timeoutMs: 800, budgetMs: 8000 });
  const source = reference.replace("let sum = 0;", "for (;;); let sum = 0;");
  const report = await grade(source, sandbox).finally(() => sandbox.close());
  const outcomes = Object.fromEntries(report.checks.map(({ name, outcome }) => [name, outcome]));
  expect(outcomes).toMatchObject({
    "three numbers": "timed out",
    "a counter": "passed",
    "a tensor": "passed",
  });
  expect(report.points).toBe(3);
});

test("nothing that one check leaves behind reaches the next", async () => {
  const report = await grade(
    `${reference}\nlet calls = 0; Object.assign(globalThis, { seen: ((globalThis as any).seen ?? 0) + 1 });\n` +
      `if ((globalThis as any).seen > 1) throw new Error("a used realm");`,
  );
  expect(report.outcome).toBe("passed");
});

test("ten at once are graded one after another, each right", async () => {
  const sources = Array.from({ length: 10 }, (_, i) => (i % 2 ? reference : each("return 0;")));
  const reports = await Promise.all(sources.map((source) => grade(source)));
  expect(reports.map(({ points }) => points)).toEqual([0, 8, 0, 8, 0, 8, 0, 8, 0, 8]);
});
