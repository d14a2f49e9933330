/** The ideas that have a color, the same in formulas, figures and charts (tokens in globals.css). */
export type Meaning = "data" | "target" | "weight" | "activation" | "gradient" | "loss";

/** The course's symbols: x and its points are data, y is the target, w and b are learned, ℓ and L are losses. */
const symbols: Record<string, Meaning> = {
  x: "data",
  y: "target",
  w: "weight",
  b: "weight",
  ℓ: "loss",
  L: "loss",
};

/** What a letter in a formula stands for, if it stands for one of the ideas. */
export const meaningOf = (symbol: string): Meaning | undefined => symbols[symbol];
