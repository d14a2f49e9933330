/**
 * Writes still.svg, the picture that the notebook shows in the figure's place: the figure's own
 * drawing, four mistakes in. `node site/figures/perceptron-boundary/still.ts` (a test compares).
 */
import { writeFileSync } from "node:fs";
import {
  axisLabels,
  background,
  type Frame,
  marker,
  type Paint,
  pointShape,
  type Shape,
  toText,
} from "./draw.ts";
import { poor, presets, type State, start, step } from "./logic.ts";

// The light theme's colors on its own paper: readable in a light notebook and in a dark one.
const colors: Record<Parameters<Paint>[0], string> = {
  paper: "#fdfdfb",
  ink: "#1a1c1f",
  "ink-3": "#63666b",
  rule: "#dddcd5",
  plus: "#b54100",
  minus: "#00559b",
  "plus-wash": "#fbe9de",
  "minus-wash": "#e3eef6",
  weight: "#935a00",
};
const paint: Paint = (name) => colors[name];
const frame: Frame = { width: 640, height: 480 };
const key = 36;

function afterMistakes(count: number): State {
  let state = start(presets.penguins(), poor);
  while (state.mistakes < count) state = step(state);
  return state;
}

/** The whole picture, as the text of an SVG file. */
export function still(): string {
  const state = afterMistakes(4);
  const { last } = state;
  const words = (x: number, content: string, color: string): Shape => ({
    tag: "text",
    attributes: { x, y: 23, fill: color, "font-size": 14 },
    children: [content],
  });
  const plane: Shape = {
    tag: "g",
    attributes: { transform: `translate(0 ${key})`, "clip-path": "url(#plane)" },
    children: [
      ...background(state, frame, paint),
      ...axisLabels(frame, paint, { x: "flipper length", y: "bill depth" }),
      ...state.points.flatMap((point, index) =>
        pointShape(point, frame, paint, last?.index === index ? "mistake" : "none"),
      ),
    ],
  };
  const picture: Shape = {
    tag: "svg",
    attributes: {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${frame.width} ${frame.height + key}`,
      width: frame.width,
      height: frame.height + key,
      "font-family": "Inter, Helvetica, Arial, sans-serif",
    },
    children: [
      { tag: "title", attributes: {}, children: ["A perceptron in the middle of learning"] },
      {
        tag: "clipPath",
        attributes: { id: "plane" },
        children: [{ tag: "rect", attributes: { ...frame } }],
      },
      {
        tag: "rect",
        attributes: { width: frame.width, height: frame.height + key, fill: paint("paper") },
      },
      marker(1, [20, 18], paint),
      words(34, "Gentoo (+1)", paint("ink")),
      marker(-1, [142, 18], paint),
      words(156, "Adelie (−1)", paint("ink")),
      words(252, "→ weights w", paint("weight")),
      plane,
    ],
  };
  return `${toText(picture)}\n`;
}

if (process.argv[1]?.endsWith("still.ts"))
  writeFileSync(new URL("./still.svg", import.meta.url), still());
