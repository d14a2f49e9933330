import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type CutLibrary, cutLibrary } from "../../lib/parts.ts";
import { withNeeds } from "../../lib/parts-index.ts";
import * as whole from "../../lib/src/index.ts";
import { Library } from "./library.ts";

type Gradus = typeof whole;

let cut: CutLibrary;

beforeAll(async () => {
  cut = await cutLibrary(fileURLToPath(new URL("../..", import.meta.url)));
});

/** A worker's library that has what these names need. */
function begin(...names: string[]): Library {
  const library = new Library({ index: cut.index, files: {} });
  bring(library, names);
  return library;
}

function bring(library: Library, names: readonly string[]): string[] {
  const missing = library.missing(names);
  for (const file of missing) library.add(file, cut.texts.get(file) ?? "");
  return missing;
}

const take = (library: Library, ...names: string[]): Gradus =>
  library.take(names.length > 0 ? names : undefined) as unknown as Gradus;

describe("the library in parts", () => {
  test("has every name once, and the lines of the index are its parts", () => {
    expect(begin().names).toEqual(Object.keys(whole).sort());
    const { files, host } = cut.index;
    const all = Object.keys(files).filter((file) => file !== host);
    expect(all.flatMap((file) => files[file].names).sort()).toEqual(begin().names);
    expect(cut.parts.get("models-perceptron")).toEqual(["Perceptron"]);
    expect([...cut.parts.values()].flat().sort()).toEqual(begin().names);
  });

  test("the core trains by itself, to the same bits as the source", () => {
    const train = ({ Rng, Sequential, Linear, Tanh, Adam, mseLoss, compile }: Gradus): number[] => {
      const rng = new Rng(3);
      const model = new Sequential(new Linear(2, 8, rng), new Tanh(), new Linear(8, 1, rng));
      const optimizer = new Adam(model.parameters(), { lr: 0.01 });
      const x = rng.normal([32, 2]);
      const y = x.sum(1, { keepDims: true });
      const step = compile(() => {
        const loss = mseLoss(model.forward(x), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        return loss;
      });
      return Array.from({ length: 20 }, () => step().item());
    };
    const library = begin("Tensor");
    expect(library.missing(cut.parts.get("core") ?? [])).toEqual([]);
    const losses = train(library.take(cut.parts.get("core")) as unknown as Gradus);
    expect(losses).toEqual(train(whole));
    expect(losses[19]).toBeLessThan(losses[0]);
  });

  test("the core brings nothing of the others, and the kernels are a file of their own", () => {
    const core = withNeeds(cut.index, cut.index.core).map(
      (file) => [file, cut.texts.get(file) ?? ""] as const,
    );
    const kernels = core.filter(([, text]) => /[0-9a-f]{10000}/.test(text));
    expect(kernels.map(([file]) => file)).toEqual([cut.kernels]);
    expect(kernels[0][1].replaceAll(/"[0-9a-f]+"/g, "").length).toBeLessThan(1000);
    const text = core.map(([, one]) => one).join("");
    const others = ["Torgersen", "plotly", "safetensors", "DecompressionStream", "Perceptron"];
    expect(others.filter((word) => text.includes(word))).toEqual([]);
  });

  test("a part that comes later fits: there is one copy of every class", () => {
    const library = begin("Tensor");
    const { Tensor } = take(library, "Tensor");
    expect(() => library.take(["penguins"])).toThrow("is not here");
    expect(bring(library, ["penguins", "Adam", "nobody"]).length).toBeGreaterThan(0);
    const { penguins } = take(library, "penguins", "nobody");
    expect(penguins().dropMissing().toTensor("bodyMass")).toBeInstanceOf(Tensor);
    bring(library, ["Dataset"]);
    expect(penguins()).toBeInstanceOf(take(library, "Dataset").Dataset);
    expect(take(library, "Tensor").Tensor).toBe(Tensor);
  });

  test("classes and functions go by the names that learners know", () => {
    const all = begin(...Object.keys(whole)).take();
    expect(Object.keys(all)).toEqual(Object.keys(whole).sort());
    for (const [name, value] of Object.entries(all))
      if (typeof value === "function") expect(value.name).toBe(name);
    const { GPT, Rng, BERT, ResNet, LSTM } = all as unknown as Gradus;
    const show = (of: Pick<Gradus, "GPT" | "BERT" | "ResNet" | "LSTM">, rng: whole.Rng) => [
      String(
        new of.GPT({ vocabulary: 5, context: 4, width: 4, heads: 2, layers: 1 }, rng as never),
      ),
      String(new of.LSTM(2, 3, rng as never)),
    ];
    expect(show({ GPT, BERT, ResNet, LSTM }, new Rng(1) as never)).toEqual(
      show(whole, new whole.Rng(1)),
    );
  });

  test("a host forbids across all parts", () => {
    const library = begin();
    for (const [file, text] of cut.texts) library.add(file, text);
    const { forbid } = library.host() as { forbid(names: string[], run: () => unknown): unknown };
    const { tensor, penguins, MLP, Rng } = take(library);
    expect(() => forbid(["sum"], () => tensor([1]).sum())).toThrow("sum may not be used");
    expect(() => forbid(["MLP"], () => new MLP([2, 1], new Rng(1)))).toThrow("MLP may not be used");
    expect(forbid(["MLP"], () => penguins().length)).toBe(344);
  });
});
