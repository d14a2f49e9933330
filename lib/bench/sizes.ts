/** What of the library a browser loads: bundled and minified as a page would have it, gzipped. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import type { Bar } from "./summary.ts";

export interface Size {
  what: string;
  /** Gzipped, without the kernels. */
  bytes: number;
  /** What the kernels add to it. */
  kernels: number;
}

const source = path.join(import.meta.dirname, "../src");

const WHOLE = "everything";
const imports = {
  [WHOLE]: 'export * from "./index.ts"',
  "Tensor and MLP": 'export { Tensor, MLP } from "./index.ts"',
  "a compiled training": 'export { MLP, Adam, crossEntropy, compile } from "./index.ts"',
};

/** Takes out the long texts in which the kernels stand. */
const withoutKernels: Plugin = {
  name: "without kernels",
  setup({ onLoad }) {
    onLoad({ filter: /kernels\.generated\.ts$/ }, (file) => ({
      contents: readFileSync(file.path, "utf8").replace(/"[\w+/=]{1000,}"/g, '""'),
      loader: "ts",
    }));
  },
};

async function gzipped(contents: string, plugins: Plugin[] = []): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: source, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    plugins,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** Of all that there is, and of what some pages import. */
export async function measureSizes(): Promise<Size[]> {
  return Promise.all(
    Object.entries(imports).map(async ([what, code]) => {
      const bytes = await gzipped(code, [withoutKernels]);
      return { what, bytes, kernels: (await gzipped(code)) - bytes };
    }),
  );
}

/** Gzipped, as it is downloaded, each may be so large: 60 KB, of 1000 bytes. */
const MOST = 60;

export function sizeBars(sizes: readonly Size[]): Bar[] {
  return sizes
    .filter(({ what }) => what === WHOLE)
    .flatMap(({ bytes, kernels }) =>
      [
        { what: "the library in a browser, without kernels: KB gzipped", value: bytes / 1000 },
        { what: "the kernels: KB gzipped", value: kernels / 1000 },
      ].map((one) => ({ ...one, bound: "≤" as const, bar: MOST, holds: one.value <= MOST })),
    );
}

export function sizeTable(sizes: readonly Size[]): string {
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);
  const lines = sizes.map(
    ({ what, bytes, kernels }) =>
      `${what.padEnd(20)} ${kilobytes(bytes).padStart(6)} + kernels ${kilobytes(kernels)}`,
  );
  return [
    "sizes: what a browser loads for an import of …; KB, minified and gzipped",
    "",
    ...lines,
  ].join("\n");
}
