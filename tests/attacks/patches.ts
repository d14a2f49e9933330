/** Code that changes the ground under its own realm: the language, the library, the clock. */
import { type Attack, every } from "./attack.ts";

const ANY: Attack["ends"] = ["failed", "error", "timed out"];

const patch = (
  name: string,
  code: string,
  body = "return 3.5;",
  ends: Attack["ends"] = ANY,
  says = /./,
): Attack => ({
  name,
  tries: "to have the comparison, or what carries the answer to it, work its way",
  source: `${code}\n${every(body)}`,
  ends,
  says,
});

export const patches: Attack[] = [
  patch(
    "methods of lists",
    "Array.prototype.map = Array.prototype.every = Array.prototype.find = Array.prototype.push = (() => true) as any;",
  ),
  patch(
    "the iterator of lists",
    "(Array.prototype as any)[Symbol.iterator] = function* () { yield 3; };",
  ),
  patch(
    "an iterator of lists that never ends",
    "(Array.prototype as any)[Symbol.iterator] = function* () { for (;;) yield 1; };",
    "return [1, 2];",
    "timed out",
  ),
  patch(
    "JSON, to forge a frame",
    `JSON.stringify = () => '{"m":{"id":1,"value":3,"outcome":"passed","points":8},"b":[]}';`,
    "return 0;",
    "error",
    /protocol|answer/,
  ),
  patch(
    "JSON, to answer what comes next",
    `const s = JSON.stringify; JSON.stringify = ((v: any) => s({ ...v, m: { ...v.m, id: v.m.id + 1, value: 3 } })) as any;`,
    "return 0;",
    "error",
    /protocol: an answer that nobody asked for/,
  ),
  patch(
    "toJSON everywhere",
    "(Object.prototype as any).toJSON = () => 3; (Number.prototype as any).toJSON = () => 3;",
  ),
  patch(
    "Object.is and Math.abs",
    "Object.is = () => true; Math.abs = () => 0; Number.isNaN = () => false;",
    "return 0;",
    "failed",
    /expected/,
  ),
  patch(
    "Object.keys and its like",
    "Object.keys = () => []; Object.getPrototypeOf = () => Object.prototype; Object.hasOwn = () => true;",
    "return {};",
  ),
  patch(
    "Reflect and Function.prototype",
    "Reflect.apply = () => 3; Function.prototype.call = Function.prototype.apply = (() => 3) as any;",
    "return 0;",
  ),
  patch(
    "promises",
    "Promise.prototype.then = function () { return this; } as any;",
    "return 0;",
    "timed out",
  ),
  patch(
    "promises that are fulfilled with 3",
    "const t = Promise.prototype.then; Promise.prototype.then = function (this: any, f: any, r: any) { return t.call(this, () => f?.(3), r); } as any;",
    "return 0;",
  ),
  patch(
    "typed arrays",
    "Uint8Array.prototype.set = () => {}; DataView.prototype.setUint32 = () => {};",
    "return 0;",
    "error",
    /protocol/,
  ),
  patch(
    "Float32Array",
    "(globalThis as any).Float32Array = class extends Array {}; (globalThis as any).Float64Array = Array;",
    "return new Float32Array([3]);",
  ),
  patch(
    "the length of typed arrays",
    "Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), 'length', { get: () => 2 ** 31 });",
    "return 0;",
  ),
  patch(
    "ArrayBuffer.isView",
    "ArrayBuffer.isView = (() => true) as any;",
    "return { length: 1, byteLength: 2 ** 40 };",
  ),
  patch(
    "Map and Set",
    "Map.prototype.get = () => 3 as any; Map.prototype.set = function () { return this; }; Set.prototype.has = () => true;",
    "return 0;",
  ),
  patch(
    "text and patterns",
    "String.prototype.replace = () => '{}'; RegExp.prototype.exec = () => null; RegExp.prototype.test = () => true;",
    "return 'é';",
  ),
  patch(
    "the clock",
    "Date.now = () => 0; performance.now = () => 0; (globalThis as any).setTimeout = () => 0;",
    "for (;;);",
    "timed out",
  ),
  patch(
    "structuredClone and console",
    "(globalThis as any).structuredClone = () => 3; (globalThis as any).console = { log: () => 3 };",
    "return structuredClone(0 as any) + 1;",
  ),
  patch(
    "stack traces",
    "(Error as any).prepareStackTrace = (_: any, sites: any) => sites.map((s: any) => [String(s.getThis()), String(s.getFunction())]);",
    "throw new Error('seen: ' + JSON.stringify(new Error().stack));",
    "error",
    // Strict functions show neither themselves nor what they were called on.
    /seen: (?!.*createRealm)/,
  ),
  patch(
    "a polluted Object.prototype",
    `Object.assign(Object.prototype, { outcome: "passed", points: 8, value: 3, output: "", kind: "passed" });`,
    "return undefined;",
    "failed",
  ),
  patch(
    "setters on Object.prototype",
    `for (const k of ["id", "value", "m", "b", "error"]) Object.defineProperty(Object.prototype, k, { set() {}, get() { return 3; }, configurable: true });`,
    "return 0;",
    "error",
  ),
  patch(
    "instanceof",
    `import { Tensor } from "gradus"; Object.defineProperty(Tensor, Symbol.hasInstance, { value: () => true });`,
    "return 3.5;",
    "failed",
  ),
  patch(
    "the library's tensors",
    `import { Tensor } from "gradus"; for (const k of ["mul", "add", "item", "toArray", "equal"]) (Tensor.prototype as any)[k] = () => 3; Object.defineProperty(Tensor.prototype, "shape", { get: () => [2, 2], set() {} });`,
  ),
  patch(
    "the library's functions",
    `import * as gradus from "gradus"; for (const k of Object.keys(gradus)) try { (gradus as any)[k] = () => 3; } catch {} (globalThis as any).WebAssembly = undefined;`,
  ),
];
