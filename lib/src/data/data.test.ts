import { describe, expect, test } from "vitest";
import { ones, tensor } from "../create.ts";
import { Rng } from "../random.ts";
import { errorOf } from "../testing.ts";
import { standardize, trainTestSplit } from "./prepare.ts";
import { iris, penguins } from "./tables.ts";

describe("iris", () => {
  test("150 flowers, 50 of each species, as Fisher printed them", () => {
    const data = iris();
    expect(data.length).toBe(150);
    for (const species of ["setosa", "versicolor", "virginica"])
      expect(data.filter((row) => row.species === species).length).toBe(50);
    expect(data.rows[0]).toEqual({
      sepalLength: 5.1,
      sepalWidth: 3.5,
      petalLength: 1.4,
      petalWidth: 0.2,
      species: "setosa",
    });
    // Two flowers that the widespread copy of the University of California has wrong.
    expect(data.rows[34]).toMatchObject({ petalWidth: 0.2 });
    expect(data.rows[37]).toMatchObject({ sepalWidth: 3.6, petalLength: 1.4 });
    const mean = data.toTensor("sepalLength", "sepalWidth", "petalLength", "petalWidth").mean(0);
    expect(mean.allClose(tensor([5.843333, 3.057333, 3.758, 1.199333]), 1e-5)).toBe(true);
  });
});

describe("penguins", () => {
  const data = penguins();

  test("344 birds of three species on three islands", () => {
    expect(data.length).toBe(344);
    const count = (field: "species" | "island" | "sex") => {
      const counts: Record<string, number> = {};
      for (const value of data.values(field))
        counts[String(value)] = (counts[String(value)] ?? 0) + 1;
      return counts;
    };
    expect(count("species")).toEqual({ Adelie: 152, Chinstrap: 68, Gentoo: 124 });
    expect(count("island")).toEqual({ Torgersen: 52, Biscoe: 168, Dream: 124 });
    expect(count("sex")).toEqual({ male: 168, female: 165, null: 11 });
    expect(data.rows[0]).toEqual({
      species: "Adelie",
      island: "Torgersen",
      billLength: 39.1,
      billDepth: 18.7,
      flipperLength: 181,
      bodyMass: 3750,
      sex: "male",
    });
  });

  test("what is missing is null, and is left out only when asked", () => {
    expect(data.rows[3]).toMatchObject({ billLength: null, bodyMass: null, sex: null });
    expect(data.rows[336]).toMatchObject({ billLength: 44.5, sex: null });
    expect(data.dropMissing().length).toBe(333);
    expect(data.dropMissing("flipperLength", "bodyMass").length).toBe(342);
    // As reported by Gorman and others (2014): mean over the 342 measured birds.
    const mean = data
      .dropMissing("flipperLength", "bodyMass")
      .toTensor("flipperLength", "bodyMass")
      .mean(0);
    expect(mean.allClose(tensor([200.9152, 4201.7544]), 1e-3)).toBe(true);
  });

  test("rows cannot be changed by accident", () => {
    expect(() => {
      (data.rows[0] as { bodyMass: number }).bodyMass = 1;
    }).toThrow(TypeError);
  });

  test("as text", () => {
    expect(String(data).split("\n").slice(0, 7).join("\n")).toMatchInlineSnapshot(`
      "penguins: 344 rows
      species  island     billLength (mm)  billDepth (mm)  flipperLength (mm)  bodyMass (g)  sex
      ───────  ─────────  ───────────────  ──────────────  ──────────────────  ────────────  ──────
      Adelie   Torgersen             39.1            18.7                 181          3750  male
      Adelie   Torgersen             39.5            17.4                 186          3800  female
      Adelie   Torgersen             40.3            18.0                 195          3250  female
      Adelie   Torgersen                –               –                   –             –  –"
    `);
  });

  test("what is said of missing values and wrong names", () => {
    expect(errorOf(() => data.toTensor("bodyMass"))).toMatchInlineSnapshot(`
      "TypeError: penguins: row 3 has no bodyMass
        hint: leave such rows out first with dropMissing()"
    `);
    expect(errorOf(() => data.toTensor())).toMatchInlineSnapshot(
      `
      "TypeError: penguins: name the columns to take
        columns: species, island, billLength, billDepth, flipperLength, bodyMass, sex"
    `,
    );
    expect(errorOf(() => data.toTensor("species" as "bodyMass"))).toMatchInlineSnapshot(`
      "TypeError: penguins: row 0 has no numeric species
        hint: take fields that hold numbers"
    `);
    expect(errorOf(() => data.values("mass" as "bodyMass"))).toMatchInlineSnapshot(`
      "TypeError: penguins: there is no column "mass"
        columns: species, island, billLength, billDepth, flipperLength, bodyMass, sex"
    `);
    expect(errorOf(() => data.dropMissing("wings" as "sex"))).toMatchInlineSnapshot(`
      "TypeError: penguins: there is no column "wings"
        columns: species, island, billLength, billDepth, flipperLength, bodyMass, sex"
    `);
  });

  test("no rows are still a matrix", () => {
    const none = data.filter(() => false);
    expect(none.toTensor("bodyMass", "billDepth").shape).toEqual([0, 2]);
  });
});

describe("preparing", () => {
  test("standardized columns have mean 0 and deviation 1, a constant one is 0", () => {
    const x = tensor([
      [1, 10, 5],
      [2, 30, 5],
      [3, 20, 5],
      [6, 40, 5],
    ]);
    const { x: z, mean, std, apply } = standardize(x);
    expect(z.mean(0).allClose(tensor([0, 0, 0]))).toBe(true);
    expect(z.std(0).allClose(tensor([1, 1, 0]))).toBe(true);
    expect(z.column(2).toArray()).toEqual([0, 0, 0, 0]);
    expect(mean.toArray()).toEqual([3, 25, 5]);
    expect(std.at(1)).toBeCloseTo(Math.sqrt(125), 5);
    expect(apply(tensor([[3, 25, 6]])).toArray()).toEqual([[0, 0, 1]]);
    expect(errorOf(() => standardize(ones([3])))).toMatchInlineSnapshot(`
      "ShapeError: standardize: expects points in rows
        shape: [3]
        hint: a shape of [n, features]"
    `);
  });

  test("a split keeps every example once, and points with their labels", () => {
    const x = tensor(Array.from({ length: 40 }, (_, i) => [i, -i]));
    const y = tensor(Array.from({ length: 40 }, (_, i) => i));
    const split = trainTestSplit(x, y, { rng: new Rng(1) });
    expect(split.xTest.shape).toEqual([10, 2]);
    expect(split.xTrain.column(0).toArray()).toEqual(split.yTrain.toArray());
    expect(split.xTest.column(0).toArray()).toEqual(split.yTest.toArray());
    const all = [...split.yTrain.data, ...split.yTest.data].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(trainTestSplit(x, y, { rng: new Rng(1) }).yTest.toArray()).toEqual(
      split.yTest.toArray(),
    );
    expect(trainTestSplit(x, y, { rng: new Rng(2) }).yTest.toArray()).not.toEqual(
      split.yTest.toArray(),
    );
    expect(errorOf(() => trainTestSplit(x, ones([3]), { rng: new Rng(1) }))).toMatchInlineSnapshot(`
      "ShapeError: trainTestSplit: there must be one label for each point
        shapes: [40, 2] and [3]"
    `);
    expect(
      errorOf(() => trainTestSplit(x, y, { rng: new Rng(1), testSize: 1 })),
    ).toMatchInlineSnapshot(`
      "RangeError: trainTestSplit: a test size of 1 leaves no examples on one side of 40
        hint: a share such as 0.25"
    `);
  });
});
