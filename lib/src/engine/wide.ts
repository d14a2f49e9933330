interface V8 {
  setFlagsFromString(flag: string): void;
}

/** The part of Node's interface that is used here; elsewhere there is none of it. */
interface Process {
  readonly arch?: string;
  readonly versions?: { readonly v8?: string };
  getBuiltinModule?(name: "node:v8"): V8;
}

/** Pairs of 128-bit operations become 256-bit ones; and functions are optimized at once, since later the flag is off again. */
const FLAGS = ["experimental-wasm-revectorize", "no-liftoff", "no-wasm-lazy-compilation"];

let found: { readonly v8: V8 | undefined } | undefined;

/** What can switch the flags, looked for once. */
function switcher(): V8 | undefined {
  found ??= { v8: findSwitcher() };
  return found.v8;
}

/** Node from version 24 on has one, on processors that have such registers. */
function findSwitcher(): V8 | undefined {
  const { process } = globalThis as { process?: Process };
  const [major, minor] = (process?.versions?.v8 ?? "0.0").split(".").map(Number);
  // Older ones do not know the flag, and say so on the terminal.
  const knows = process?.arch === "x64" && (major > 13 || (major === 13 && minor >= 6));
  return knows ? process.getBuiltinModule?.("node:v8") : undefined;
}

/** Whether {@link compileWide} does more than run its function. */
export function canCompileWide(): boolean {
  return switcher() !== undefined;
}

/**
 * Runs a function that compiles WebAssembly; what it compiles may use registers of 256 bits, twice
 * as wide as WebAssembly's own. The optimizer of V8 (Node's engine) can do that where two vectors
 * lie side by side and go through the same operations, and every number comes out the same, bit by
 * bit. Browsers have no such switch: there, and on other processors, the function just runs.
 */
export function compileWide<T>(compile: () => T): T {
  const v8 = switcher();
  if (!v8) return compile();
  for (const flag of FLAGS) v8.setFlagsFromString(`--${flag}`);
  try {
    return compile();
  } finally {
    for (const flag of FLAGS) v8.setFlagsFromString(`--${opposite(flag)}`);
  }
}

function opposite(flag: string): string {
  return flag.startsWith("no-") ? flag.slice(3) : `no-${flag}`;
}
