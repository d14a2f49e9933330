/**
 * Cuts the library into the parts that a page loads one by one. Each line of src/index.ts is a part;
 * whatever the core needs is the core's, what two other parts share is a file of its own. So there
 * is one copy of everything, and no list of names that could go stale.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { minify } from "terser";

export interface Part {
  /** Its files; each stands behind those that it needs. */
  readonly files: readonly string[];
  /** What it exports: by file, the file's name of a thing and, where it differs, the public one. */
  readonly exports: Readonly<Record<string, readonly (readonly [own: string, name?: string])[]>>;
}

export interface Parts {
  /** By name: "core" first, then the other lines of the index. */
  readonly parts: Readonly<Record<string, Part>>;
  /** What hosts need beside them: `gradus/host`. */
  readonly host: Part;
}

export interface CutLibrary extends Parts {
  /**
   * By name, with a hash of what is in it: a function that returns the file's exports. It takes one
   * that gives another file's, and one that names a class.
   */
  readonly files: ReadonlyMap<string, string>;
  /** The file that holds nothing but the kernels' text. */
  readonly kernels: string;
}

const KERNELS = "engine/kernels.generated.ts";

/** @param root the folder of the repository; a bundled caller knows it better than this file */
export async function cutLibrary(root: string): Promise<CutLibrary> {
  const src = path.join(root, "lib/src");
  const index = await readFile(path.join(src, "index.ts"), "utf8");
  const lines = Array.from(index.matchAll(/^export \* from "\.\/(.+)";$/gm), ([, file]) => {
    return [file.replace(/(\/index)?\.ts$/, "").replaceAll("/", "-"), file] as const;
  });
  // As an entry of its own, the kernels' text becomes a file of its own.
  const sources = new Map([...lines, ["host", "host.ts"], ["kernels", KERNELS]]);
  const { outputFiles, metafile } = await build({
    entryPoints: Array.from(sources.keys(), (name) => ({ in: `part:${name}`, out: name })),
    absWorkingDir: root,
    outdir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    // What is run as a function has no address.
    define: { "import.meta.url": "undefined" },
    legalComments: "none",
    entryNames: "gradus-[name]-[hash]",
    chunkNames: "gradus-[hash]",
    logLevel: "silent",
    write: false,
    metafile: true,
    plugins: [partsOf(sources, src)],
  });
  const texts = new Map(outputFiles.map(({ path: file, text }) => [path.basename(file), text]));
  // What is left of a part of which others hold everything is empty.
  const filled = (file: string): boolean =>
    Object.values(metafile.outputs[file].inputs).some(({ bytesInOutput }) => bytesInOutput > 0);
  const entries = new Map(
    Object.entries(metafile.outputs).map(([file, { entryPoint }]) => [entryPoint, file]),
  );
  const part = (name: string): Part => {
    const entry = entries.get(`part:${name}`)!;
    const { imports, exports } = read(texts.get(entry)!);
    const from = new Map(
      imports.flatMap(([file, taken]) => taken.map(([own, local]) => [local, { file, own }])),
    );
    const byFile: Record<string, [string, string?][]> = {};
    for (const [local, name] of exports) {
      const { file, own } = from.get(local) ?? { file: entry, own: name };
      byFile[file] ??= [];
      byFile[file].push(own === name ? [own] : [own, name]);
    }
    return { files: needed(entry, metafile).filter(filled), exports: byFile };
  };
  const parts = Object.fromEntries(lines.map(([name]) => [name, part(name)]));
  const host = part("host");
  const used = new Set([host, ...Object.values(parts)].flatMap(({ files }) => files));
  const kernels = [...used].find((file) =>
    Object.keys(metafile.outputs[file].inputs).some((input) => input.endsWith(KERNELS)),
  )!;
  const files = await Promise.all(
    Array.from(used, async (file) => [file, await shorten(texts.get(file)!)] as const),
  );
  return { parts, host, files: new Map(files), kernels };
}

/**
 * Gives each part an entry that needs the core, and the hosts' one that needs every part: so nothing
 * is cut where nobody would load the one side without the other, and entries only pass on.
 */
const partsOf = (sources: ReadonlyMap<string, string>, src: string): Plugin => ({
  name: "parts",
  setup({ onResolve, onLoad }) {
    const others = [...sources.keys()].filter((name) => name !== "host");
    const needs: Record<string, string[]> = { core: [], kernels: [], host: others };
    onResolve({ filter: /^part:/ }, ({ path: name }) => ({
      path: name.slice("part:".length),
      namespace: "part",
      sideEffects: true,
    }));
    onLoad({ filter: /.*/, namespace: "part" }, ({ path: name }) => ({
      contents: [
        ...(needs[name] ?? ["core"]).map((other) => `import "part:${other}";`),
        `export * from "./${sources.get(name)}";`,
      ].join("\n"),
      resolveDir: src,
      loader: "ts",
    }));
  },
});

/** A file and all that it needs, in an order in which each can be run. */
function needed(file: string, { outputs }: Metafile): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    for (const { path } of outputs[name].imports) visit(path);
    order.add(name);
  };
  visit(file);
  return [...order];
}

type Pairs = (readonly [string, string])[];

/** The imports and exports of a module as esbuild writes them, and what stands between. */
function read(text: string): { imports: [string, Pairs][]; exports: Pairs; code: string } {
  const imports: [string, Pairs][] = [];
  let exports: Pairs = [];
  const code = text
    .replace(/^import (?:\{([^}]*)\} from )?"\.\/(.+)";$/gm, (_, taken = "", file) => {
      imports.push([file, pairs(taken)]);
      return "";
    })
    .replace(/^export \{([^}]*)\};$/m, (_, given) => {
      exports = pairs(given);
      return "";
    });
  return { imports, exports, code };
}

/** `a, b as c` → a a, b c */
const pairs = (list: string): Pairs =>
  Array.from(list.matchAll(/([\w$]+)(?: as ([\w$]+))?/g), ([, from, to = from]) => [from, to]);

/** esbuild makes a variable of a class: `var Linear = class extends Module {`. */
const CLASS = /^var ([\w$]+) = class\b[^{]*\{/gm;

/**
 * A module as a function, and shorter. Classes keep their names, which errors and models print; those
 * of functions go, but for the public ones, which whoever loads a part gives back.
 */
async function shorten(text: string): Promise<string> {
  const { imports, exports, code } = read(text);
  const object = (list: Pairs) => `{ ${list.map((pair) => pair.join(": ")).join(", ")} }`;
  const made = await minify(
    [
      '(need, name) => { "use strict";',
      ...imports
        .filter(([, taken]) => taken.length > 0)
        .map(([file, taken]) => `const ${object(taken)} = need("${file}");`),
      code.replace(CLASS, '$& static { name(this, "$1"); }'),
      `return ${object(exports.map(([own, given]) => [given, own]))}; }`,
    ].join("\n"),
    {
      ecma: 2020,
      keep_classnames: true,
      compress: { ecma: 2020, passes: 3, expression: true, directives: false },
    },
  );
  return made.code!.replace(/;$/, "");
}
