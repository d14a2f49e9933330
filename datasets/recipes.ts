/** How each pack is made of the files in its packages. Nothing here depends on chance or the clock. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mailText } from "./mail.ts";

interface Recipe {
  /** Whether the pack is small enough to be a module of the library. */
  embedded: boolean;
  /** From the folders of the packages, in the order of source.json. */
  make(folders: string[]): { bytes: Uint8Array; rows: number };
}

type Value = string | number | null;

export const recipes: Record<string, Recipe> = {
  iris: {
    embedded: true,
    make: ([folder]) =>
      csv(
        [
          "sepal length (cm)",
          "sepal width (cm)",
          "petal length (cm)",
          "petal width (cm)",
          "species",
        ],
        readJson<Value[][]>(folder, "lib/data/iris.json"),
      ),
  },

  penguins: {
    embedded: true,
    make([folder]) {
      const columns = [
        "Species",
        "Island",
        "Beak Length (mm)",
        "Beak Depth (mm)",
        "Flipper Length (mm)",
        "Body Mass (g)",
        "Sex",
      ];
      const birds = readJson<Record<string, Value>[]>(folder, "data/penguins.json");
      return csv(
        columns,
        birds.map((bird) => columns.map((column) => bird[column])),
      );
    },
  },

  /** The package's numbers are 0 to 1 with three decimals, enough to tell all 256 grays apart. */
  mnist: {
    embedded: false,
    make: ([folder]) =>
      images(
        digits.map((digit) => {
          const { data } = readJson<{ data: number[] }>(folder, `src/digits/${digit}.json`);
          const gray = Uint8Array.from(data, (value) => Math.round(value * 255));
          return Array.from({ length: gray.length / PIXELS }, (_, i) =>
            gray.subarray(i * PIXELS, (i + 1) * PIXELS),
          );
        }),
      ),
  },

  /** Of each class the first 1,400 pictures, without the two empty rows and those that are there twice. */
  "fashion-mnist": {
    embedded: false,
    make: ([folder]) =>
      images(
        digits.map((digit) => {
          const { data } = readJson<{ data: number[][] }>(folder, `src/clothes/${digit}.json`);
          const whole = data.slice(0, 1500).filter((pixels) => pixels.length === PIXELS);
          const once = new Map(whole.map((pixels) => [pixels.join(), Uint8Array.from(pixels)]));
          return [...once.values()].slice(0, 1400);
        }),
      ),
  },

  /** The text of each mail, without repeats; one JSON object a line. */
  spam: {
    embedded: false,
    make([folder]) {
      const seen = new Set<string>();
      const mails: object[] = [];
      for (const group of ["easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"])
        for (const file of readdirSync(join(folder, "data", group)).sort()) {
          if (!file.endsWith(".txt")) continue;
          const text = mailText(readFileSync(join(folder, "data", group, file)));
          if (text === "" || seen.has(text)) continue;
          seen.add(text);
          mails.push({ group, text });
        }
      return jsonLines(mails);
    },
  },

  /** The chapters and the epilogue, one JSON object a line. */
  "moby-dick": {
    embedded: false,
    make([folder]) {
      const parts = readJson<string[]>(folder, "data/file_list.json")
        .filter((file) => /^(chapter_\d+|epilogue)\.txt$/.test(file))
        .map((file) =>
          readJson<{ title: string; text: string }>(folder, `data/${file.replace("txt", "json")}`),
        );
      return jsonLines(
        parts.map(({ title, text }, i) => ({
          title: i < 135 ? title : "Epilogue",
          text: text.trim(),
        })),
      );
    },
  },

  /** The names of each list without repeats, a line each. */
  "first-names": {
    embedded: false,
    make: ([female, male]) =>
      lines(
        Object.entries({ female, male }).flatMap(([gender, folder]) =>
          [...new Set(readJson<string[]>(folder, "data/names.json"))].map(
            (name) => `${name},${gender}`,
          ),
        ),
      ),
  },

  /** A line for each way to say a word; `A(1)` is the second for `A`. One word lost its letters on the way to npm. */
  cmudict: {
    embedded: false,
    make([folder]) {
      const entries = readFileSync(join(folder, "data/dict.txt"), "utf8").trimEnd().split("\n");
      return lines(
        entries
          .filter((entry) => !entry.includes("\ufffd"))
          .map((entry) => {
            const [, word, variant, phones] = /^([^\s,]+?)(?:\((\d+)\))? {2}([^,]*)$/.exec(entry)!;
            return `${word},${variant ?? 0},${phones}`;
          }),
      );
    },
  },
};

const PIXELS = 28 * 28;
const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function readJson<T>(folder: string, file: string): T {
  return JSON.parse(readFileSync(join(folder, file), "utf8"));
}

/** Missing values become empty fields; anything that would have to be quoted is refused. */
function csv(columns: string[], rows: Value[][]): { bytes: Uint8Array; rows: number } {
  const field = (value: Value, line: number): string => {
    const text = value === null ? "" : String(value);
    if (/[",\n`$\\]/.test(text) || (value !== null && text === ""))
      throw new Error(`row ${line}: ${JSON.stringify(value)} needs quoting`);
    return text;
  };
  const lines = [columns, ...rows].map((row, line) => {
    if (row.length !== columns.length) throw new Error(`row ${line}: ${row.length} values`);
    return row.map((value) => field(value, line)).join(",");
  });
  return { bytes: Buffer.from(`${lines.join("\n")}\n`), rows: rows.length };
}

function lines(rows: string[]): { bytes: Uint8Array; rows: number } {
  return { bytes: Buffer.from(rows.join("\n")), rows: rows.length };
}

const jsonLines = (rows: object[]) => lines(rows.map((row) => JSON.stringify(row)));

/**
 * Pictures as in CIFAR-10's binary files: for each one byte that is its class and one for each
 * pixel, row by row, 0 black to 255 white. First come those to train on, then, of each class, the
 * last 200 to test with; in either part every class is spread evenly from front to back, so that
 * any stretch of it is a fair sample.
 */
function images(classes: Uint8Array[][]): { bytes: Uint8Array; rows: number } {
  const spread = (part: (pictures: Uint8Array[]) => Uint8Array[]) =>
    classes
      .flatMap((all, label) =>
        part(all).map((pixels, i, { length }) => ({ label, pixels, at: (i + 0.5) / length })),
      )
      .sort((a, b) => a.at - b.at || a.label - b.label);
  const all = [...spread((of) => of.slice(0, -200)), ...spread((of) => of.slice(-200))];
  const bytes = new Uint8Array(all.length * (1 + PIXELS));
  all.forEach(({ label, pixels }, i) => {
    if (pixels.length !== PIXELS) throw new Error(`a picture of ${pixels.length} pixels`);
    bytes[i * (1 + PIXELS)] = label;
    bytes.set(pixels, i * (1 + PIXELS) + 1);
  });
  return { bytes, rows: all.length };
}
