/**
 * Cuts the library into files that a page loads one by one. Each line of src/index.ts is a part;
 * whatever the core needs is the core's, what two other parts share is a file of its own. So there
 * is one copy of everything, and no list of names that could go stale.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { build, type Plugin } from "esbuild";
import { minify } from "terser";
import type { File, Index } from "./parts-index.ts";

export interface CutLibrary {
  readonly index: Index;
  /**
   * By name, with a hash of what is in it: a function that returns a list of the file's exports. It
   * takes one that gives another file's list, and one that names a class.
   */
  readonly texts: ReadonlyMap<string, string>;
  /** The names in each line of the library's index. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
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
  const modules = new Map(
    outputFiles.map(({ path: file, text }) => [path.basename(file), read(text)]),
  );
  const outputs = new Map(Object.entries(metafile.outputs));
  const entryOf = (name: string): string =>
    [...outputs].find(([, { entryPoint }]) => entryPoint === `part:${name}`)![0];
  // Entries only pass on, but for that of the hosts.
  const host = entryOf("host");
  const entries = new Set([...sources.keys()].map(entryOf).filter((file) => file !== host));
  const isFull = (file: string): boolean =>
    !entries.has(file) &&
    Object.values(outputs.get(file)!.inputs).some(({ bytesInOutput }) => bytesInOutput > 0);

  /** By file, its own names of what is public, and the public ones. */
  const publicNames = new Map<string, Map<string, string>>();
  const parts = new Map<string, string[]>();
  for (const [line] of lines) {
    const { imports, exports } = modules.get(entryOf(line))!;
    parts.set(
      line,
      exports.map(([, name]) => name),
    );
    const nameOf = new Map(exports);
    for (const [file, taken] of imports) {
      const names = publicNames.get(file) ?? new Map<string, string>();
      for (const [own, local] of taken) names.set(own, nameOf.get(local)!);
      publicNames.set(file, names);
    }
  }
  const files: Record<string, File> = {};
  const places = new Map<string, string[]>();
  for (const file of [...outputs.keys()].filter(isFull)) {
    const { imports, exports } = modules.get(file)!;
    const names = publicNames.get(file) ?? new Map<string, string>();
    const own = exports.map(([, name]) => name);
    places.set(file, [...names.keys(), ...own.filter((name) => !names.has(name))]);
    files[file] = {
      names: file === host ? own : [...names.values()],
      needs: imports.map(([needed]) => needed).filter(isFull),
    };
  }
  const core = Object.keys(files).find((file) => files[file].names.includes("Tensor"))!;
  const kernels = Object.keys(files).find((file) =>
    Object.keys(outputs.get(file)!.inputs).some((input) => input.endsWith(KERNELS)),
  )!;
  const texts = await Promise.all(
    Object.keys(files).map(async (file) => {
      return [file, await shorten(modules.get(file)!, places.get(file)!, places)] as const;
    }),
  );
  return { index: { files, core, host }, texts: new Map(texts), parts, kernels };
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

type Pairs = (readonly [string, string])[];

interface Module {
  readonly imports: readonly [file: string, taken: Pairs][];
  readonly exports: Pairs;
  /** What stands between. */
  readonly code: string;
}

/** A module as esbuild writes it. */
function read(text: string): Module {
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
async function shorten(
  { imports, exports, code }: Module,
  order: readonly string[],
  places: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  const local = new Map(exports.map(([own, name]) => [name, own]));
  const needs = imports
    .filter(([, taken]) => taken.length > 0)
    .map(([file, taken]) => {
      const list = taken.map(([name, own]) => `${places.get(file)!.indexOf(name)}: ${own}`);
      return `const { ${list.join(", ")} } = need("${file}");`;
    });
  const made = await minify(
    [
      '(need, name) => { "use strict";',
      ...needs,
      code.replace(CLASS, '$& static { name(this, "$1"); }'),
      `return [${order.map((name) => local.get(name)).join(", ")}]; }`,
    ].join("\n"),
    {
      ecma: 2020,
      keep_classnames: true,
      compress: { ecma: 2020, passes: 2, expression: true, directives: false },
    },
  );
  return made.code!.replace(/;$/, "");
}
