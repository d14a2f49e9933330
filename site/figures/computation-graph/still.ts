/**
 * Writes still.svg, the picture that the notebook shows in the figure's place: the chapter's first formula after the
 * whole backward pass. `node site/figures/computation-graph/still.ts` (a test compares).
 */
import { writeFileSync } from "node:fs";
import { type Shape, toText } from "../perceptron-boundary/draw.ts";
import { drawing, type Paint } from "./draw.ts";
import { place } from "./layout.ts";
import { compute, presets, start } from "./logic.ts";

// The light theme's colors on its own paper: readable in a light notebook and in a dark one.
const colors: Record<Parameters<Paint>[0], string> = {
  paper: "#fdfdfb",
  ink: "#1a1c1f",
  "ink-3": "#63666b",
  edge: "#85878a",
  data: "#00559b",
  "data-wash": "#e3eef6",
  activation: "#00704e",
  "activation-wash": "#e0f2eb",
  gradient: "#b54100",
  "gradient-wash": "#fbe9de",
};
const paint: Paint = (name) => colors[name];

/** The whole picture, as the text of an SVG file. */
export function still(): string {
  const [{ formula, numbers }] = presets;
  const state = start(formula, Object.entries(numbers));
  const done = { ...state, visited: state.graph.length };
  const layout = place(state.graph, 420);
  const picture: Shape = {
    tag: "svg",
    attributes: {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${layout.width} ${layout.height}`,
      width: layout.width,
      height: layout.height,
      "font-family": "Inter, Helvetica, Arial, sans-serif",
    },
    children: [
      { tag: "title", attributes: {}, children: [`${formula} as a graph, with values and slopes`] },
      {
        tag: "rect",
        attributes: { width: layout.width, height: layout.height, fill: paint("paper") },
      },
      ...drawing(done, compute(state.graph, state.numbers), layout, paint),
    ],
  };
  return `${toText(picture)}\n`;
}

if (process.argv[1]?.endsWith("still.ts"))
  writeFileSync(new URL("./still.svg", import.meta.url), still());
