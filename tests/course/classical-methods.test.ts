// Chapter 2's own code, cut out of its cells and run on seeds that the chapter does not show: what it says must hold there too.
import path from "node:path";
import * as gradus from "gradus";
import ts from "typescript-api";
import { beforeAll, describe, expect, test } from "vitest";
import { cellsOf, loadChapter } from "../../course/src/chapter.ts";
import { loadOutputs } from "../../course/src/outputs.ts";

type Fit = (data: number[][], y: number[], rng: gradus.Rng) => (row: number[]) => number;
interface ChapterCode {
  contenders: Record<string, Fit>;
  raw: Record<string, Fit>;
  trials(fit: Fit, data: number[][], y: number[], seeds: number[]): number[];
  rows: number[][];
  labels: number[];
}

const root = path.resolve(import.meta.dirname, "../..");
const chapter = loadChapter(path.join(root, "course/02-classical-methods.mdx"), { root });

/** Runs the cells of the page, one after the other, and hands out what they declare. */
async function runChapter(wanted: readonly string[]): Promise<ChapterCode> {
  const code = cellsOf(chapter)
    .filter((cell) => !cell.notebookOnly)
    .map((cell) => cell.code.replace(/^import .*? from "gradus";$/gms, ""))
    .join("\n");
  const { outputText } = ts.transpileModule(`${code}\nreturn { ${wanted.join(", ")} };`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const names = Object.keys(gradus);
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...values: unknown[]) => Promise<ChapterCode>;
  const quiet = { log: () => {} };
  return new AsyncFunction(...names, "console", outputText)(
    ...Object.values(gradus).map((value, i) => (names[i] === "display" ? () => {} : value)),
    quiet,
  );
}

const seeds = [101, 102, 103];
const mean = (shares: number[]): number => shares.reduce((sum, s) => sum + s, 0) / shares.length;

describe("what the chapter builds, on three seeds that it does not show", () => {
  let built: ChapterCode;
  let shares: Record<string, number>;
  beforeAll(async () => {
    built = await runChapter(["contenders", "raw", "trials", "rows", "labels"]);
    const { contenders, trials, rows, labels } = built;
    shares = Object.fromEntries(
      Object.entries(contenders).map(([name, fit]) => [
        name,
        mean(trials(fit, rows, labels, seeds)),
      ]),
    );
  }, 120_000);

  test.each([
    ["logistic regression", 0.95],
    ["one tree", 0.92],
    ["forest", 0.95],
    ["boosting", 0.94],
    ["neural network", 0.95],
  ])("%s gets at least %d of the penguins right", (name, least) => {
    expect(shares[name]).toBeGreaterThanOrEqual(least);
  });

  test("the network has no edge over logistic regression worth the name", () => {
    expect(shares["neural network"] - shares["logistic regression"]).toBeLessThan(0.02);
  });

  test("without standardizing, the network falls and the forest does not", () => {
    const { raw, trials, rows, labels } = built;
    const [forest, network] = ["forest", "neural network"].map((name) =>
      mean(trials(raw[name], rows, labels, seeds)),
    );
    expect(forest).toBeGreaterThanOrEqual(0.95);
    expect(network).toBeLessThan(0.85);
  });
});

describe("what the notebook prints", () => {
  const outputs = loadOutputs(chapter.name, { root });
  const textOf = (id: string): string =>
    outputs[id]
      .map((one) =>
        "text" in one ? String(one.text) : "data" in one ? String(one.data["text/plain"]) : "",
      )
      .join("\n");
  const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

  test("the shares of the contest reach the syllabus's thresholds", () => {
    const table = textOf("penguin-table");
    expect(numberIn(table, /forest\s+([\d.]+)/)).toBeGreaterThanOrEqual(0.95);
    expect(numberIn(table, /boosting\s+([\d.]+)/)).toBeGreaterThanOrEqual(0.95);
    expect(numberIn(table, /logistic regression\s+([\d.]+)/)).toBeGreaterThanOrEqual(0.98);
    expect(numberIn(textOf("library-table"), /: ([\d.]+),/)).toBeGreaterThanOrEqual(0.97);
  });

  test("ours and the libraries' are the same", () => {
    const twice = (id: string): string[] =>
      textOf(id)
        .split("\n")
        .slice(0, 2)
        .map((line) => line.replace(/^.*?:\s*/, ""));
    for (const id of ["library-line", "library-logistic"]) {
      const [one, other] = twice(id);
      expect(one).not.toBe("");
      expect(one, id).toBe(other);
    }
    expect(textOf("library-tree")).toContain("86 of 86");
  });
});
