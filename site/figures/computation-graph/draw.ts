/** The graph as SVG elements: the same drawing on the page and in still.svg. */
import type { Shape } from "../perceptron-boundary/draw.ts";
import type { Node } from "./formula.ts";
import { box, type Layout } from "./layout.ts";
import { backwardOrder, type Computed, type State, show } from "./logic.ts";

/** Colors by what they stand for, as CSS variables on a page or as plain values in a file. */
export type Paint = (
  name:
    | "paper"
    | "ink"
    | "ink-3"
    | "edge"
    | "data"
    | "data-wash"
    | "activation"
    | "activation-wash"
    | "gradient"
    | "gradient-wash",
) => string;

const shape = (
  tag: string,
  attributes: Shape["attributes"],
  ...children: (Shape | string)[]
): Shape => ({ tag, attributes, ...(children.length > 0 && { children }) });

const text = (
  x: number,
  y: number,
  content: string,
  fill: string,
  size: number,
  more: Shape["attributes"] = {},
): Shape =>
  shape("text", { x, y, fill, "font-size": size, "text-anchor": "middle", ...more }, content);

/** What a node does, in a word or a sign. */
export function titleOf(node: Node): string {
  if (node.kind === "variable") return node.name;
  if (node.kind === "number") return "number";
  return { neg: "−1 ·", square: "( )²" }[node.operation as string] ?? node.operation;
}

/** Everything: arrows with their local slopes, and the nodes with their values and slopes. */
export function drawing(state: State, computed: Computed, layout: Layout, paint: Paint): Shape[] {
  const { graph, visited } = state;
  const order = backwardOrder(graph);
  const reached = new Set(order.slice(0, visited));
  const current = visited > 0 ? order[visited - 1] : null;
  return [
    ...graph.flatMap((node, index) =>
      node.kind !== "operation"
        ? []
        : node.inputs.flatMap((input, side) =>
            arrow(
              layout,
              input,
              index,
              sideOf(node.inputs, side, layout),
              reached.has(index) ? show(computed.local[index][side]) : null,
              current === index,
              paint,
            ),
          ),
    ),
    ...graph.map((node, index) =>
      nodeShape(
        node,
        layout.nodes[index],
        show(computed.values[index]),
        reached.has(index) ? show(computed.slopes[index]) : null,
        current === index,
        paint,
      ),
    ),
  ];
}

/** Where an input's arrow ends on its operation: −1 left, 0 in the middle, 1 right. */
function sideOf(inputs: readonly number[], side: number, { nodes }: Layout): number {
  if (inputs.length === 1) return 0;
  const [first, second] = inputs.map((input) => nodes[input].x);
  const isLeft = first === second ? side === 0 : side === 0 ? first < second : second < first;
  return isLeft ? -1 : 1;
}

function arrow(
  { nodes }: Layout,
  from: number,
  to: number,
  side: number,
  local: string | null,
  active: boolean,
  paint: Paint,
): Shape[] {
  const [p, q] = [nodes[from], nodes[to]];
  const x1 = p.x + side * (p.x === q.x ? 12 : 0);
  const y1 = p.y + box.height / 2;
  const x2 = q.x + side * 16;
  const y2 = q.y - box.height / 2 - 2;
  const bend = Math.min(40, (y2 - y1) / 2);
  const color = active ? paint("gradient") : paint("edge");
  const curve = `M${at(x1)} ${at(y1)}C${at(x1)} ${at(y1 + bend)} ${at(x2)} ${at(y2 - bend)} ${at(x2)} ${at(y2 - 5)}`;
  const head = `M${at(x2 - 4)} ${at(y2 - 7)}L${at(x2)} ${at(y2)}L${at(x2 + 4)} ${at(y2 - 7)}Z`;
  // The slope stands near the operation whose slope it is, where arrows do not cross.
  const spot = { x: x2 + side * 4, y: y2 - 13 };
  return [
    shape("path", {
      d: curve,
      fill: "none",
      stroke: color,
      "stroke-width": active ? 2.5 : 1.5,
    }),
    shape("path", { d: head, fill: color }),
    ...(local === null
      ? []
      : [
          text(spot.x, spot.y, `×${local}`, paint("gradient"), 11, {
            "text-anchor": side < 0 ? "end" : "start",
            dx: side === 0 ? 5 : 0,
            stroke: paint("paper"),
            "stroke-width": 3,
            "paint-order": "stroke",
          }),
        ]),
  ];
}

function nodeShape(
  node: Node,
  { x, y }: { x: number; y: number },
  value: string,
  slope: string | null,
  active: boolean,
  paint: Paint,
): Shape {
  const left = x - box.width / 2;
  const top = y - box.height / 2;
  const input = node.kind !== "operation";
  const color = input ? paint("data") : paint("activation");
  return shape(
    "g",
    {},
    shape("rect", {
      x: left,
      y: top,
      width: box.width,
      height: box.height,
      // Inputs are round, operations have corners.
      rx: input ? 18 : 4,
      fill: active ? paint("gradient-wash") : paint(input ? "data-wash" : "activation-wash"),
      stroke: active ? paint("gradient") : color,
      "stroke-width": active ? 2.5 : 1.5,
    }),
    text(x, top + 15, titleOf(node), paint("ink-3"), 12),
    text(x, top + 33, value, color, 15, { "font-weight": 600 }),
    ...(slope === null
      ? []
      : [text(x, top + 50, `∂ ${slope}`, paint("gradient"), 12, { "font-weight": 600 })]),
  );
}

const at = (value: number): number => Math.round(value * 10) / 10;
