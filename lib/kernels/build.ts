/**
 * Compiles the kernels: `node lib/kernels/build.ts [--check]`. Two modules come of the same source,
 * with and without relaxed SIMD (one rounding instead of two in a·b + c), and are written in
 * hexadecimal digits into lib/src/engine/kernels.generated.ts, with the type of every kernel: the
 * engine starts from bytes in the bundle, without a file or a request. Digits are longer than
 * base64, but gzip finds what repeats itself in them, since every byte begins at a digit: 45 KB,
 * not 56. With `--check` nothing is written: it fails if they differ.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const target = join(here, "../src/engine/kernels.generated.ts");
const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

/** 4 GiB in pages, all that 32-bit addresses reach; a memory that threads share has to name its end. */
const MOST_PAGES = 65_536;

function compile(...features: string[]): { hex: string; types: string } {
  const folder = mkdtempSync(join(tmpdir(), "gradus-kernels-"));
  try {
    const outFile = join(folder, "kernels.wasm");
    const enabled = ["simd", ...features].flatMap((feature) => ["--enable", feature]);
    const memory = ["--importMemory", "--maximumMemory", String(MOST_PAGES)];
    // That a vector cannot be passed to JavaScript: none is, it goes from kernel to kernel.
    const quiet = ["--disableWarning", "112"];
    const options = ["-O3", "--noAssert", "--runtime", "stub", "--bindings", "raw", ...memory, ...quiet];
    execFileSync(process.execPath, [asc, join(here, "index.ts"), ...options, ...enabled, "-o", outFile], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    return {
      hex: readFileSync(outFile).toString("hex"),
      types: typesOf(readFileSync(join(folder, "kernels.d.ts"), "utf8")),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The exported functions, as members of an interface. */
function typesOf(declarations: string): string {
  const functions = declarations.matchAll(/export function (\w+)\((.*)\): (\w+);/g);
  return [...functions]
    .map(([, name, parameters, result]) => `  ${name}(${parameters.replaceAll("boolean", "number")}): ${result};`)
    .sort()
    .join("\n");
}

const relaxed = compile("relaxed-simd");
const plain = compile();
const module = `// Written by lib/kernels/build.ts from lib/kernels; do not edit.
/** What lib/kernels exports. Addresses in bytes, bools as 0 or 1. */
export interface Kernels {
${relaxed.types}
}
export const relaxed = "${relaxed.hex}";
export const plain = "${plain.hex}";
`;

if (!process.argv.includes("--check")) writeFileSync(target, module);
else if (readFileSync(target, "utf8") !== module) {
  console.error("lib/src/engine/kernels.generated.ts is not what lib/kernels compiles to\n→ node lib/kernels/build.ts");
  process.exitCode = 1;
}
