import { type Column, Dataset } from "./dataset.ts";
import type { Pack } from "./pack.ts";
import { irisPack } from "./packs/iris.generated.ts";
import { penguinsPack } from "./packs/penguins.generated.ts";

/** One flower; lengths in centimeters. */
export interface Iris {
  readonly sepalLength: number;
  readonly sepalWidth: number;
  readonly petalLength: number;
  readonly petalWidth: number;
  readonly species: "setosa" | "versicolor" | "virginica";
}

/**
 * 150 iris flowers of three species, 50 each, nothing missing.
 *
 * Measured by E. Anderson on the Gaspé Peninsula; published by R. A. Fisher, "The use of multiple
 * measurements in taxonomic problems", Annals of Eugenics 7 (1936).
 */
export function iris(): Dataset<Iris> {
  return readTable<Iris>(irisPack, [
    { name: "sepalLength", description: "length of the sepal", unit: "cm" },
    { name: "sepalWidth", description: "width of the sepal", unit: "cm" },
    { name: "petalLength", description: "length of the petal", unit: "cm" },
    { name: "petalWidth", description: "width of the petal", unit: "cm" },
    { name: "species", description: "species of iris" },
  ]);
}

/** One penguin; lengths in millimeters, mass in grams; `null` where it was not recorded. */
export interface Penguin {
  readonly species: "Adelie" | "Chinstrap" | "Gentoo";
  readonly island: "Biscoe" | "Dream" | "Torgersen";
  readonly billLength: number | null;
  readonly billDepth: number | null;
  readonly flipperLength: number | null;
  readonly bodyMass: number | null;
  readonly sex: "female" | "male" | null;
}

/**
 * 344 penguins of three species from the Palmer Archipelago, Antarctica, 2007 to 2009. Two were
 * not measured at all; for nine more the sex is missing. `penguins().dropMissing()` leaves 333.
 *
 * K. B. Gorman, T. D. Williams and W. R. Fraser, "Ecological sexual dimorphism and environmental
 * variability within a community of Antarctic penguins", PLoS ONE 9 (2014).
 */
export function penguins(): Dataset<Penguin> {
  const columns = [
    { name: "species", description: "species of penguin" },
    { name: "island", description: "island where it nested" },
    { name: "billLength", description: "length of the bill", unit: "mm" },
    { name: "billDepth", description: "depth of the bill", unit: "mm" },
    { name: "flipperLength", description: "length of the flipper", unit: "mm" },
    { name: "bodyMass", description: "body mass", unit: "g" },
    { name: "sex", description: "sex, found from a blood sample" },
  ];
  // The pack writes MALE and FEMALE, and for one bird a dot, which says no more than an empty field.
  const sexes: Record<string, string> = { MALE: "male", FEMALE: "female", ".": "" };
  const csv = penguinsPack.csv.replace(/(?<=,)(MALE|FEMALE|\.)$/gm, (sex) => sexes[sex]);
  return readTable<Penguin>({ ...penguinsPack, csv }, columns);
}

/**
 * The table of a pack, below its line of headings: what has a unit is a number, an empty field a
 * missing value. The packs need no quotes: their builder refuses values that would.
 */
function readTable<Row extends object>(
  pack: Pack & { readonly csv: string },
  columns: readonly Column[],
): Dataset<Row> {
  const [, ...lines] = pack.csv.trimEnd().split("\n");
  const rows = lines.map((line) => {
    const fields = line.split(",");
    const row = columns.map(({ name, unit }, i) => {
      if (fields[i] === "") return [name, null];
      return [name, unit ? Number(fields[i]) : fields[i]];
    });
    return Object.freeze(Object.fromEntries(row)) as Row;
  });
  return new Dataset(pack.name, rows, columns, pack);
}
