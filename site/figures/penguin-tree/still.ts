/**
 * Writes still.svg, the picture that the notebook shows in the figure's place: the whole tree, at its last question.
 * `node site/figures/penguin-tree/still.ts` (a test compares).
 */
import { writeFileSync } from "node:fs";
import { type Shape, toText } from "../perceptron-boundary/draw.ts";
import {
  askedGroup,
  bandShapes,
  layoutOf,
  markShape,
  marksOf,
  type Paint,
  treeShapes,
} from "./draw.ts";
import { allBirds, groupsOf, kinds, questionsOf, type State } from "./logic.ts";

// The light theme's colors on its own paper: readable in a light notebook and in a dark one.
const colors: Record<Parameters<Paint>[0], string> = {
  paper: "#fdfdfb",
  ink: "#1a1c1f",
  "ink-3": "#63666b",
  rule: "#dddcd5",
  cut: "#935a00",
  gain: "#1a1c1f",
  "kind-0": "#00559b",
  "kind-1": "#00704e",
  "kind-2": "#b54100",
};
const paint: Paint = (name) => colors[name];
const key = 34;

/** The whole picture, as the text of an SVG file. */
export function still(): string {
  const birds = allBirds();
  const questions = questionsOf(birds, 3);
  const state: State = { asked: questions.length, cut: null };
  const groups = groupsOf(birds, questions, state);
  const layout = layoutOf(672, questions);
  const { group, feature } = askedGroup(groups, questions, state);
  const move = (x: number, y: number, ...children: Shape[]): Shape => ({
    tag: "g",
    attributes: { transform: `translate(${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10})` },
    children,
  });
  const picture: Shape = {
    tag: "svg",
    attributes: {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${layout.width} ${layout.height + key}`,
      width: layout.width,
      height: layout.height + key,
      "font-family": "Inter, Helvetica, Arial, sans-serif",
    },
    children: [
      { tag: "title", attributes: {}, children: ["A decision tree of the penguins"] },
      {
        tag: "rect",
        attributes: { width: layout.width, height: layout.height + key, fill: paint("paper") },
      },
      ...kinds.flatMap((name, kind) => [
        move(24 + 110 * kind, 20, markShape(kind, 12, paint)),
        {
          tag: "text",
          attributes: { x: 36 + 110 * kind, y: 25, fill: paint("ink"), "font-size": 14 },
          children: [name],
        },
      ]),
      move(
        0,
        key,
        ...bandShapes(birds, group, feature, layout, paint),
        ...treeShapes(groups, group.path, layout, paint),
        ...marksOf(birds, groups, layout).map(({ x, y, kind }) =>
          move(x, y, markShape(kind, layout.cell - 1, paint)),
        ),
      ),
    ],
  };
  return `${toText(picture)}\n`;
}

if (process.argv[1]?.endsWith("still.ts"))
  writeFileSync(new URL("./still.svg", import.meta.url), still());
