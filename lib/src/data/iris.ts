import { readCsv } from "./csv.ts";
import { Dataset } from "./dataset.ts";
import { irisPack } from "./packs/iris.generated.ts";

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
  const rows = readCsv(irisPack.csv).map(
    ([sepalLength, sepalWidth, petalLength, petalWidth, species]): Iris =>
      Object.freeze({
        sepalLength: Number(sepalLength),
        sepalWidth: Number(sepalWidth),
        petalLength: Number(petalLength),
        petalWidth: Number(petalWidth),
        species: species as Iris["species"],
      }),
  );
  const columns = [
    { name: "sepalLength", description: "length of the sepal", unit: "cm" },
    { name: "sepalWidth", description: "width of the sepal", unit: "cm" },
    { name: "petalLength", description: "length of the petal", unit: "cm" },
    { name: "petalWidth", description: "width of the petal", unit: "cm" },
    { name: "species", description: "species of iris" },
  ];
  return new Dataset("iris", rows, columns, irisPack);
}
