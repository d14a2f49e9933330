import { numberOrNull, readCsv } from "./csv.ts";
import { Dataset } from "./dataset.ts";
import { penguinsPack } from "./packs/penguins.generated.ts";

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
  const rows = readCsv(penguinsPack.csv).map(
    ([species, island, billLength, billDepth, flipperLength, bodyMass, sex]): Penguin =>
      Object.freeze({
        species: species as Penguin["species"],
        island: island as Penguin["island"],
        billLength: numberOrNull(billLength),
        billDepth: numberOrNull(billDepth),
        flipperLength: numberOrNull(flipperLength),
        bodyMass: numberOrNull(bodyMass),
        sex: sexOf(sex),
      }),
  );
  const columns = [
    { name: "species", description: "species of penguin" },
    { name: "island", description: "island where it nested" },
    { name: "billLength", description: "length of the bill", unit: "mm" },
    { name: "billDepth", description: "depth of the bill", unit: "mm" },
    { name: "flipperLength", description: "length of the flipper", unit: "mm" },
    { name: "bodyMass", description: "body mass", unit: "g" },
    { name: "sex", description: "sex, found from a blood sample" },
  ];
  return new Dataset("penguins", rows, columns, penguinsPack);
}

/** The pack writes MALE and FEMALE, an empty field, and for one bird a dot, which says no more. */
function sexOf(field: string): Penguin["sex"] {
  if (field === "MALE") return "male";
  return field === "FEMALE" ? "female" : null;
}
