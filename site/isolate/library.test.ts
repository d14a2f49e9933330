import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type CutLibrary, cutLibrary } from "../../lib/parts.ts";
import * as whole from "../../lib/src/index.ts";
import { Library } from "./library.ts";

type Gradus = typeof whole;

let cut: CutLibrary;

beforeAll(async () => {
  cut = await cutLibrary(fileURLToPath(new URL("../..", import.meta.url)));
});

const textsOf = (part: string): Record<string, string> =>
  Object.fromEntries(
    (part === "host" ? cut.host : cut.parts[part]).files.map((file) => [
      file,
      cut.files.get(file) ?? "",
    ]),
  );

/** A worker's library that begins with these parts. */
function begin(...parts: string[]): Library {
  const library = new Library({ index: cut, files: {} });
  for (const part of parts) library.add(textsOf(part));
  return library;
}

const take = (library: Library, ...parts: string[]): Gradus =>
  library.take(parts) as unknown as Gradus;

describe("the library in parts", () => {
  test("has every name once, in the part that the index puts it in", () => {
    const library = begin();
    expect(library.names).toEqual(Object.keys(whole).sort());
    const all = Object.values(cut.parts).flatMap(({ exports }) => Object.values(exports).flat());
    expect(all).toHaveLength(library.names.length);
    expect(library.partsOf(["Adam", "penguins", "nobody", "chart", "Tensor"])).toEqual([
      "core",
      "data-tables",
      "display-charts",
    ]);
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
    const losses = train(take(begin("core"), "core"));
    expect(losses).toEqual(train(whole));
    expect(losses[19]).toBeLessThan(losses[0]);
  });

  test("the core brings nothing of the others, and the kernels are a file of their own", () => {
    const core = Object.entries(textsOf("core"));
    const kernels = core.filter(([, text]) => /[0-9a-f]{10000}/.test(text));
    expect(kernels.map(([file]) => file)).toEqual([cut.kernels]);
    expect(kernels[0][1].replaceAll(/"[0-9a-f]+"/g, "").length).toBeLessThan(1000);
    const text = core.map(([, one]) => one).join("");
    const others = ["Torgersen", "plotly", "safetensors", "DecompressionStream", "Perceptron"];
    expect(others.filter((word) => text.includes(word))).toEqual([]);
  });

  test("a part that comes later fits: there is one copy of every class", () => {
    const library = begin("core");
    expect(library.has("core")).toBe(true);
    expect(library.has("data-tables")).toBe(false);
    expect(() => library.take(["data-tables"])).toThrow("is not here");
    const { Tensor } = take(library, "core");
    library.add(textsOf("data-tables"));
    const { penguins } = take(library, "data-tables");
    expect(penguins().dropMissing().toTensor("bodyMass")).toBeInstanceOf(Tensor);
    library.add(textsOf("data"));
    expect(penguins()).toBeInstanceOf(take(library, "data").Dataset);
    expect(take(library, "core").Tensor).toBe(Tensor);
  });

  test("classes and functions go by the names that learners know", () => {
    const all = begin(...Object.keys(cut.parts)).take();
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
    const library = begin("host");
    const { forbid } = library.host() as { forbid(names: string[], run: () => unknown): unknown };
    const { tensor, penguins, MLP, Rng } = library.take() as unknown as Gradus;
    expect(() => forbid(["sum"], () => tensor([1]).sum())).toThrow("sum may not be used");
    expect(() => forbid(["MLP"], () => new MLP([2, 1], new Rng(1)))).toThrow("MLP may not be used");
    expect(forbid(["MLP"], () => penguins().length)).toBe(344);
  });
});
