import type { Outcome, Report } from "@gradus/grader/checks";

/** What somebody hands in who wants more than they can do. */
export interface Attack {
  name: string;
  /** What it is after, in words. */
  tries: string;
  /** TypeScript as a learner hands it in. */
  source: string;
  /** How it must end; any of these, where the machine's speed decides. */
  ends: Outcome | readonly Outcome[];
  /** What the report must say: also the proof that the attack got as far as it meant to. */
  says: RegExp;
  /** Points that it may have: those of public checks, whose answers anybody can read. */
  earns?: number;
  /** What else must hold. */
  also?: (report: Report) => void;
}

/** Every function of the exercise with the same body. */
export const every = (body: string): string =>
  `function average(...args: any[]): any { ${body} }\n` +
  `class Counter { total: any = 0; add(...args: any[]): any { ${body} } }\n` +
  `function scale(...args: any[]): any { ${body} }\n`;

/**
 * The way out of the realm: an error that Node made belongs to the program around it, and so does
 * the constructor of its constructor. There are more such ways than one can close, so the grader
 * counts on none being closed.
 */
export const OUTSIDE = `
const F: any = await (async () => {
  try { await (0, eval)('import("node:fs")'); } catch (error: any) { return error.constructor.constructor; }
})();
const outside: any = F("return globalThis")();
if (outside === globalThis) throw new Error("no way out");
`;

/**
 * From there to all of Node: its internals look at fields of \`process\` that are not there, so they
 * look at Object.prototype, where a getter waits and is told who was asked.
 */
export const NODE = `${OUTSIDE}
let host: any;
for (const key of ["throwDeprecation", "traceProcessWarnings", "traceDeprecation", "domain"])
  outside.Object.defineProperty(outside.Object.prototype, key, {
    configurable: true,
    set() {},
    get() { try { if (typeof this.getBuiltinModule === "function") host = this; } catch {} return undefined; },
  });
const target = new outside.EventTarget();
for (let i = 0; i < 12; i++) target.addEventListener("x", F("return () => " + i)());
for (let i = 0; i < 100 && !host; i++) await new Promise<void>((resolve) => setTimeout(resolve, 5));
if (!host) throw new Error("no way to Node");
const node: any = (name: string) => host.getBuiltinModule(name);
`;

/** For an attack that has all of Node: speaks the grader's protocol in place of the honest program. */
export const PIPE = `${NODE}
const fs = node("node:fs");
const { Buffer } = node("node:buffer");
const out = (bytes: any) => { for (let at = 0; at < bytes.length; ) at += fs.writeSync(1, bytes, at); };
const packet = (realm: number, bytes: any) => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(bytes.length, 0);
  head.writeUInt32LE(realm, 4);
  return Buffer.concat([head, bytes]);
};
const frame = (message: any) => {
  const header = Buffer.from(JSON.stringify({ m: message, b: [] }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, Buffer.alloc(((4 + header.length + 7) & ~7) - 4 - header.length)]);
};
/** From now on every question is answered here. */
const takeOver = (answer: (message: any, realm: number) => any) => {
  let held = Buffer.alloc(0);
  host.stdin.removeAllListeners("data");
  host.stdin.on("data", (piece: any) => {
    held = Buffer.concat([held, piece]);
    while (held.length >= 8 && held.length >= 8 + held.readUInt32LE(0)) {
      const [length, realm] = [held.readUInt32LE(0), held.readUInt32LE(4)];
      const bytes = held.subarray(8, 8 + length);
      held = held.subarray(8 + length);
      if (length === 0) { out(packet(realm, Buffer.alloc(0))); continue; }
      const message = JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32LE(0)).toString()).m;
      const reply = message.do === "load" ? { id: message.id, value: ["u"] } : answer(message, realm);
      if (reply) out(packet(realm, frame(reply)));
    }
  });
};
`;
