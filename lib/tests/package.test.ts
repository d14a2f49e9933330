import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import vm from "node:vm";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const dist = join(root, "lib/dist");

/** The first block of code in the README: what it shows must work as it stands. */
const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "lib/README.md"), "utf8"))![1];

async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, loader: "ts", resolveDir: join(root, "lib/tests") },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "bundled",
    // Not "node": an import of one of Node's modules fails here.
    platform: "neutral",
    mainFields: ["module", "main"],
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

describe("the built library", () => {
  test("loads and runs in a realm that has nothing but the language", async () => {
    const code = await bundle(`
      import * as gradus from "gradus";
      import { forbid, toMimeBundle } from "gradus/host";
      export function run() {
        const birds = gradus.penguins().dropMissing("billDepth", "flipperLength");
        const { x } = gradus.standardize(birds.toTensor("billDepth", "flipperLength"));
        const y = birds.rows.map((bird) => (bird.species === "Gentoo" ? 1 : -1));
        const model = new gradus.Perceptron(2);
        const { converged } = model.fit(x, y, { epochs: 100, rng: new gradus.Rng(1) });
        gradus.display(gradus.chart({ series: [{ kind: "line", y: [1, 2] }] }));
        let forbidden = "";
        try { forbid(["sum"], () => x.sum()); } catch (error) { forbidden = error.name; }
        const types = Object.keys(toMimeBundle(gradus.image(x.slice(0, 3)))).join(" ");
        return { converged, first: new gradus.Rng(42).next(), forbidden, types };
      }
    `);
    const realm = vm.createContext(Object.create(null), {
      codeGeneration: { strings: false, wasm: false },
    });
    vm.runInContext(code, realm);
    expect(JSON.parse(vm.runInContext("JSON.stringify(bundled.run())", realm))).toEqual({
      converged: true,
      first: 0.2031670456708211,
      forbidden: "ForbiddenError",
      types: "text/html image/png text/plain",
    });
  });

  test("loads data in such a realm from a host that unpacks it", async () => {
    const code = await bundle(`
      import { mnist } from "gradus";
      export const run = async () => (await mnist()).test.x.mean().item();
    `);
    const provide = async (name: string) =>
      gunzipSync(readFileSync(join(root, "datasets", name, "pack.gz")));
    const realm = vm.createContext({ provide });
    await expect(vm.runInContext(`${code}\nbundled.run()`, realm)).rejects.toThrow(
      "mnist: data cannot be loaded here",
    );
    vm.runInContext('globalThis[Symbol.for("gradus.packs")] = provide', realm);
    expect(await vm.runInContext("bundled.run()", realm)).toBeCloseTo(0.131, 2);
  });

  test("does what the README shows", async () => {
    const shown: { data: Record<string, string> }[] = [];
    const sink = (message: { data: Record<string, string> }) => shown.push(message);
    const realm = vm.createContext({ sink });
    vm.runInContext('globalThis[Symbol.for("gradus.display")] = sink', realm);
    vm.runInContext(await bundle(example), realm);
    const texts = shown.map(({ data }) => data["text/plain"]);
    expect(texts.filter((text) => text.startsWith("Training")).at(-1)).toContain("20 of 20");
    expect(texts.at(-1)).toMatch(/^The loss falls\n/);
  });

  test("brings only what is used: no data set with the tensor", async () => {
    const tensor = await bundle(`export { tensor } from "gradus";`);
    expect(tensor).not.toContain("Torgersen");
    expect(tensor).not.toContain("plotly");
    expect(await bundle(`export { penguins } from "gradus";`)).toContain("Torgersen");
    const packs = /cmudict|fashion-mnist|first-names|moby-dick|spam|pack\.gz|DecompressionStream/g;
    expect(tensor.match(packs)).toBeNull();
    const names = await bundle(`export { firstNames } from "gradus";`);
    expect(new Set(names.match(packs))).toEqual(
      new Set(["first-names", "pack.gz", "DecompressionStream"]),
    );
  });

  test("has no randomness but the seeded, and no code made from text", () => {
    for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".js")) continue;
      const code = readFileSync(join(dist, file), "utf8");
      expect(code, file).not.toMatch(
        /Math\.random|getRandomValues|randomUUID|\beval\((?!\))|new Function|from "node:|require\(/,
      );
    }
  });

  test("exports nothing from its tests", () => {
    expect(
      readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => /test/.test(file)),
    ).toEqual([]);
  });
});

describe("the types, under tslab's TypeScript 5.0", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gradus-types-"));
    cpSync(join(root, "lib/package.json"), join(folder, "node_modules/gradus/package.json"));
    cpSync(dist, join(folder, "node_modules/gradus/dist"), { recursive: true });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function compile(source: string): { status: number | null; output: string } {
    writeFileSync(join(folder, "cell.ts"), source);
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          types: [],
          lib: ["es2023"],
          target: "es2022",
          module: "esnext",
          moduleResolution: "bundler",
        },
        files: ["cell.ts"],
      }),
    );
    const tsc = join(root, "node_modules/@tslab/typescript-for-tslab/bin/tsc");
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", folder], {
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  }

  test("what a notebook sees is what it is, and nothing is any", () => {
    expect(compile(readFileSync(join(import.meta.dirname, "types.ts"), "utf8"))).toEqual({
      status: 0,
      output: "",
    });
  });

  test("the README's example compiles", () => {
    expect(compile(example)).toEqual({ status: 0, output: "" });
  });

  test("and a wrong type is found: the check can fail", () => {
    const { status, output } = compile(`
      import { penguins } from "gradus";
      const mass: string = penguins().dropMissing().rows[0].bodyMass;
    `);
    expect(status).not.toBe(0);
    expect(output).toContain("Type 'number' is not assignable to type 'string'");
  });

  test("no typed array is written in the way that 5.0 takes for any", () => {
    for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" }))
      if (file.endsWith(".d.ts"))
        expect(readFileSync(join(dist, file), "utf8"), file).not.toMatch(/Array<ArrayBuffer/);
  });
});
