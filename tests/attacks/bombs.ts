/** Code that fills memory, of every kind that there is, and types that never end. */
import { type Attack, every } from "./attack.ts";

// Near its limit V8 collects garbage for seconds before it gives up: then time runs out first.
const FULL =
  /used more memory|RangeError|did not answer|used up|allocation failed|could not allocate|out of memory|\d+ MB\b/i;

const fills = (name: string, body: string, before = ""): Attack => ({
  name,
  tries: "to take the memory that others need",
  source: `${before}\n${every(body)}`,
  ends: ["error", "timed out"],
  says: FULL,
});

const WASM = "const { WebAssembly } = globalThis as any;";

export const memory: Attack[] = [
  fills("arrays", "const all: any[] = []; for (;;) all.push(new Array(1e5).fill(1.5));"),
  fills("many small objects", "let list: any = null; for (;;) list = { list, a: 1, b: {} };"),
  fills(
    "texts",
    `const all: any[] = []; for (let i = 0; ; i++) all.push("x".repeat(1e6) + i + String.fromCharCode(...new Uint8Array(1000)).toUpperCase());`,
  ),
  {
    ...fills("one text", `let s = "x"; for (;;) { s += s; s.codePointAt(s.length - 1); }`),
    says: /memory|Invalid string length|did not answer/,
  },
  fills("a Map", "const m = new Map(); for (let i = 0; ; i++) m.set({}, i);"),
  fills("symbols", "const all: any[] = []; for (let i = 0; ; i++) all.push(Symbol.for('k' + i));"),
  fills("typed arrays", "const all: any[] = []; for (;;) all.push(new Float64Array(1e6).fill(1));"),
  fills(
    "many small buffers",
    "const all: any[] = []; for (;;) all.push(new ArrayBuffer(1000), new Uint8Array(64));",
  ),
  fills(
    "buffers that grow",
    "const b = new (ArrayBuffer as any)(8, { maxByteLength: 2 ** 31 }); for (let n = 8; ; n *= 2) { b.resize(n); new Uint8Array(b).fill(1); }",
  ),
  fills(
    "shared buffers",
    "const all: any[] = []; for (;;) { const b = new SharedArrayBuffer(1e7); new Uint8Array(b).fill(1); all.push(b); }",
  ),
  fills(
    "shared buffers that grow",
    "const b = new (SharedArrayBuffer as any)(8, { maxByteLength: 2 ** 31 }); for (let n = 8; ; n *= 2) { b.grow(n); new Uint8Array(b).fill(1); }",
  ),
  fills(
    "WebAssembly's memory",
    `${WASM} const all: any[] = []; for (;;) { const m = new WebAssembly.Memory({ initial: 1000 }); new Uint8Array(m.buffer).fill(1); all.push(m); }`,
  ),
  fills(
    "WebAssembly's shared memory",
    `${WASM} const m = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }); for (;;) { m.grow(200); new Uint8Array(m.buffer).fill(1); }`,
  ),
  fills(
    "WebAssembly's memory, reserved and never touched",
    `${WASM} const all: any[] = []; for (;;) all.push(new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }));`,
  ),
  fills(
    "WebAssembly's tables",
    `${WASM} const all: any[] = []; for (;;) all.push(new WebAssembly.Table({ initial: 1e6, element: "anyfunc" }));`,
  ),
  fills("a bigint", "let n = 3n; for (;;) n = n * n;"),
  fills(
    "closures",
    "let f: any = () => 1; for (;;) { const g = f; f = () => [g, new Array(100).fill(g)]; }",
  ),
  fills("an array of a billion", "return new Array(1e9).fill(0);"),
  fills(
    "waiting promises",
    "const all: any[] = []; for (;;) all.push(new Promise(() => {}).then(() => 1));",
  ),
  fills(
    "what matches a pattern",
    "const all: any[] = []; for (;;) all.push([...'x'.repeat(1e5).matchAll(/x/g)]);",
  ),
  fills(
    "the library's tensors",
    "const all: any[] = []; for (;;) all.push(gradus.ones([1000, 1000]).mul(2));",
    `import * as gradus from "gradus";`,
  ),
  fills(
    "one tensor that is too large",
    "return gradus.zeros([2 ** 15, 2 ** 15]);",
    `import * as gradus from "gradus";`,
  ),
  fills(
    "the library's gradients",
    "let x = gradus.tensor([1], { requiresGrad: true }) as any; for (;;) x = x.add(gradus.ones([1000]));",
    `import * as gradus from "gradus";`,
  ),
];

/** Sources whose types keep the compiler busy, or out of breath. Their values are worth nothing either. */
export const typeBombs: [name: string, types: string, remark: RegExp, unreadable?: true][] = [
  [
    "types that double at every level",
    `type Deep<T, N> = N extends [any, ...infer R] ? Deep<{ a: T; b: T; c: Deep<T, R> }, R> & Deep<[T], R> : T;
     type Big = Deep<"x", [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]>;
     declare const boom: Big; const other: (typeof boom)["a"]["b"] = 1;`,
    /./,
  ],
  [
    "types that count without end",
    `type Grow<N extends number, A extends any[] = [1]> = A["length"] extends N ? A : Grow<N, [...A, ...A, 1]>; const grown: Grow<7> = 1;`,
    /./,
  ],
  [
    "a union of every four letters",
    `type L = "a"|"b"|"c"|"d"|"e"|"f"|"g"|"h"|"i"|"j"|"k"|"l"|"m"|"n"|"o"|"p"; type W = \`\${L}\${L}\${L}\${L}\`; type V = \`\${W}\${L}\`; const word: V = "";`,
    /./,
  ],
  [
    "brackets, fifty thousand deep",
    `type T = ${"[".repeat(50_000)}1${"]".repeat(50_000)};`,
    /./,
    // Nothing that reads code can go so deep, not even to leave the types out.
    true,
  ],
  [
    "files that are not the learner's",
    `/// <reference path="/app/program.cjs" />\n/// <reference types="node" />\nimport passwd from "/etc/passwd"; import hidden from "../exercises/average/hidden.ts"; type P = typeof passwd; type H = typeof hidden;`,
    /Cannot find/,
  ],
  [
    "names for everybody after it",
    `declare global { interface Array<T> { mine: T } interface Number { mine: 1 } }\ndeclare module "gradus" { export const average: "mine"; }\nconst n: string = [1].mine;`,
    /not assignable/,
  ],
  [
    "five thousand errors",
    Array.from({ length: 5000 }, (_, i) => `const e${i}: string = ${i};`).join("\n"),
    /not assignable/,
  ],
];
