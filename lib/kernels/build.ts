/**
 * Compiles the kernels: `node lib/kernels/build.ts [--check]`. Two modules come of the same source,
 * with and without relaxed SIMD (one rounding instead of two in a·b + c), and are written as
 * base64 into lib/src/engine/kernels.generated.ts: the engine starts from bytes in the bundle,
 * without a file or a request. With `--check` nothing is written: it fails if they differ.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = import.meta.dirname;
const target = join(here, "../src/engine/kernels.generated.ts");
const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

function compile(...features: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "gradus-kernels-"));
  try {
    const outFile = join(folder, "kernels.wasm");
    const enabled = ["simd", ...features].flatMap((feature) => ["--enable", feature]);
    const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", ...enabled];
    execFileSync(process.execPath, [asc, join(here, "index.ts"), ...options, "-o", outFile], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    return readFileSync(outFile).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const module = [
  "// Written by lib/kernels/build.ts from lib/kernels; do not edit.",
  `export const relaxed = "${compile("relaxed-simd")}";`,
  `export const plain = "${compile()}";`,
  "",
].join("\n");

if (!process.argv.includes("--check")) writeFileSync(target, module);
else if (readFileSync(target, "utf8") !== module) {
  console.error("lib/src/engine/kernels.generated.ts is not what lib/kernels compiles to\n→ node lib/kernels/build.ts");
  process.exitCode = 1;
}
