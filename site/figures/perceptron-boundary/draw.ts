/**
 * The figure as a tree of SVG elements: one drawing for the live figure, for the picture before it
 * is live, and for `still.svg`, which the notebook shows.
 */
import { hulls, type Label, type Point, type Rule, type State, separable } from "./logic.ts";

/** An SVG element: its name, its attributes, and what is in it. */
export interface Shape {
  tag: string;
  attributes: Record<string, string | number>;
  children?: (Shape | string)[];
}

export interface Frame {
  /** pixels */
  width: number;
  height: number;
}

/** Colors by name, as CSS variables on a page or as plain values in a file. */
export type Paint = (
  name:
    | "paper"
    | "ink"
    | "ink-3"
    | "rule"
    | "plus"
    | "minus"
    | "plus-wash"
    | "minus-wash"
    | "weight",
) => string;

/** Plane units that are in view, at the least. */
const view = { x: 3.2, y: 2.4 };

/** From the plane to the picture and back. */
export function scaleOf({ width, height }: Frame) {
  const unit = Math.min(width / (2 * view.x), height / (2 * view.y));
  return {
    unit,
    toX: (x: number): number => width / 2 + x * unit,
    toY: (y: number): number => height / 2 - y * unit,
    fromX: (px: number): number => (px - width / 2) / unit,
    fromY: (py: number): number => (height / 2 - py) / unit,
  };
}

/** What stands on the two sides of the boundary. */
export interface Answers {
  plus: string;
  minus: string;
}

type Spot = readonly [number, number];

const shape = (
  tag: string,
  attributes: Shape["attributes"],
  ...children: (Shape | string)[]
): Shape => ({
  tag,
  attributes,
  ...(children.length > 0 && { children }),
});

const at = (value: number): number => Math.round(value * 10) / 10;
const polygon = (spots: readonly Spot[]): string =>
  spots.map(([x, y]) => `${at(x)},${at(y)}`).join(" ");

/** Everything behind the points: sides, axes, hulls where no line exists, boundary, weights, the last update. */
export function background(
  state: State,
  frame: Frame,
  paint: Paint,
  answers: Answers = { plus: "+1", minus: "−1" },
): Shape[] {
  const { rule } = state;
  const scale = scaleOf(frame);
  const { width, height } = frame;
  const corners: Spot[] = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
  const scoreOf = ([px, py]: Spot): number =>
    rule.w1 * scale.fromX(px) + rule.w2 * scale.fromY(py) + rule.b;
  const shapes: Shape[] = [
    shape("rect", { width, height, fill: paint("minus-wash") }),
    shape("polygon", { points: polygon(clip(corners, scoreOf)), fill: paint("plus-wash") }),
    shape("path", {
      d: `M0 ${at(scale.toY(0))}H${width}M${at(scale.toX(0))} 0V${height}`,
      stroke: paint("ink-3"),
      "stroke-opacity": 0.35,
      fill: "none",
    }),
  ];
  if (!separable(state.points)) shapes.push(...hullShapes(state, scale, paint));
  shapes.push(...ruleShapes(state, frame, paint, answers));
  return shapes;
}

/** The part of a convex polygon where the score is zero or more. */
function clip(corners: readonly Spot[], scoreOf: (spot: Spot) => number): Spot[] {
  const kept: Spot[] = [];
  for (const [i, here] of corners.entries()) {
    const there = corners[(i + 1) % corners.length];
    const [a, b] = [scoreOf(here), scoreOf(there)];
    if (a >= 0) kept.push(here);
    if (a >= 0 !== b >= 0) {
      const share = a / (a - b);
      kept.push([here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1])]);
    }
  }
  return kept;
}

/** Both hulls, dashed: they meet, and what lies in both cannot be on two sides of a line. */
function hullShapes({ points }: State, scale: ReturnType<typeof scaleOf>, paint: Paint): Shape[] {
  const [plus, minus] = hulls(points);
  return (
    [
      ["plus", plus],
      ["minus", minus],
    ] as const
  ).map(([name, hull]) =>
    shape("polygon", {
      points: polygon(hull.map(([x, y]) => [scale.toX(x / 100), scale.toY(y / 100)])),
      fill: "none",
      stroke: paint(name),
      "stroke-width": 1.5,
      "stroke-dasharray": name === "plus" ? "7 4" : "2 4",
      "stroke-linejoin": "round",
    }),
  );
}

/** The boundary with its two answers, and the weights standing on it; after a mistake, how they were added up. */
function ruleShapes(state: State, frame: Frame, paint: Paint, answers: Answers): Shape[] {
  const { rule, last, points } = state;
  const length = Math.hypot(rule.w1, rule.w2);
  if (length === 0) return [];
  const scale = scaleOf(frame);
  const { width, height } = frame;
  // Where the boundary comes nearest to the middle; kept in view if it runs outside.
  const offset = -rule.b / length;
  const [ux, uy] = [rule.w1 / length, rule.w2 / length];
  const foot: Spot = [scale.toX(offset * ux), scale.toY(offset * uy)];
  const far = width + height;
  const along: Spot = [-uy, -ux]; // along the boundary, in pixels (y points down)
  const inView = (spot: Spot): boolean =>
    spot[0] >= 0 && spot[0] <= width && spot[1] >= 0 && spot[1] <= height;
  const shapes: Shape[] = [
    shape("line", {
      x1: at(foot[0] - far * along[0]),
      y1: at(foot[1] - far * along[1]),
      x2: at(foot[0] + far * along[0]),
      y2: at(foot[1] + far * along[1]),
      stroke: paint("ink"),
      "stroke-width": 2,
    }),
  ];
  if (!inView(foot)) return shapes;

  const normal: Spot = [ux, -uy];
  const reachOf = (direction: number): number => {
    let steps = 0;
    while (
      inView([
        foot[0] + direction * (steps + 8) * along[0],
        foot[1] + direction * (steps + 8) * along[1],
      ])
    )
      steps += 8;
    return steps;
  };
  // The two answers stand on the longer arm of the boundary, well away from the arrow.
  const [back, forth] = [reachOf(-1), reachOf(1)];
  const arm = (forth >= back ? forth : -back) * 0.72;
  for (const [answer, side] of [
    [answers.plus, 1],
    [answers.minus, -1],
  ] as const) {
    const spot: Spot = [
      foot[0] + arm * along[0] + side * 18 * normal[0],
      foot[1] + arm * along[1] + side * 18 * normal[1],
    ];
    shapes.push(
      text(answer, spot, paint(side > 0 ? "plus" : "minus"), {
        "font-weight": 650,
        "text-anchor": "middle",
      }),
    );
  }

  // One scale for all three arrows, so that they add up to the eye.
  const before = last?.mistake ? last.before : null;
  const longest = Math.max(
    length,
    before ? Math.hypot(before.w1, before.w2) : 0,
    before ? moved(points[last!.index]) : 0,
  );
  const room = Math.min(width, height) * 0.3;
  const k = Math.min(scale.unit * 0.6, room / longest);
  const arrowTo = (dx: number, dy: number, from: Spot): Spot => [
    from[0] + k * dx,
    from[1] - k * dy,
  ];
  if (before && last && (before.w1 !== 0 || before.w2 !== 0)) {
    const { x, y, label } = points[last.index];
    const tip = arrowTo(before.w1, before.w2, foot);
    shapes.push(
      ...arrow(foot, tip, paint("weight"), { "stroke-dasharray": "4 4", opacity: 0.7 }),
      ...arrow(tip, arrowTo(label * x, label * y, tip), paint(label > 0 ? "plus" : "minus"), {}),
    );
  }
  const tip = arrowTo(rule.w1, rule.w2, foot);
  shapes.push(
    ...arrow(foot, tip, paint("weight"), { "stroke-width": 3 }),
    text("w", [tip[0] + 14 * normal[0], tip[1] + 14 * normal[1]], paint("weight"), {
      "font-weight": 650,
      "font-style": "italic",
      "text-anchor": "middle",
    }),
  );
  return shapes;
}

const moved = ({ x, y }: Point): number => Math.hypot(x, y);

function arrow(from: Spot, to: Spot, color: string, extra: Shape["attributes"]): Shape[] {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const wing = (turn: number): Spot => [
    to[0] - 10 * Math.cos(angle + turn),
    to[1] - 10 * Math.sin(angle + turn),
  ];
  const { "stroke-dasharray": dash, ...others } = extra;
  return [
    shape("line", {
      x1: at(from[0]),
      y1: at(from[1]),
      x2: at(to[0] - 6 * Math.cos(angle)),
      y2: at(to[1] - 6 * Math.sin(angle)),
      stroke: color,
      "stroke-width": 2,
      ...others,
      ...(dash !== undefined && { "stroke-dasharray": dash }),
    }),
    shape("polygon", {
      points: polygon([to, wing(0.45), wing(-0.45)]),
      fill: color,
      ...(others.opacity !== undefined && { opacity: others.opacity }),
    }),
  ];
}

function text(content: string, [x, y]: Spot, color: string, extra: Shape["attributes"]): Shape {
  return shape(
    "text",
    { x: at(x), y: at(y + 4.5), fill: color, "font-size": 14, ...extra },
    content,
  );
}

/** A point: round for -1, square for +1; ringed when it is looked at, twice when it was a mistake. */
export function pointShape(
  point: Point,
  frame: Frame,
  paint: Paint,
  mark: "none" | "looked" | "mistake",
): Shape[] {
  const scale = scaleOf(frame);
  const [x, y] = [at(scale.toX(point.x)), at(scale.toY(point.y))];
  const shapes: Shape[] = [];
  if (mark !== "none")
    shapes.push(
      shape("circle", {
        cx: x,
        cy: y,
        r: 13,
        fill: "none",
        stroke: paint("ink"),
        "stroke-width": 1.5,
      }),
    );
  if (mark === "mistake")
    shapes.push(
      shape("circle", {
        cx: x,
        cy: y,
        r: 17,
        fill: "none",
        stroke: paint("ink"),
        "stroke-width": 1.5,
      }),
    );
  shapes.push(marker(point.label, [x, y], paint));
  return shapes;
}

export function marker(label: Label, [x, y]: Spot, paint: Paint): Shape {
  const edge = { stroke: paint("paper"), "stroke-width": 1.5 };
  return label > 0
    ? shape("rect", {
        x: at(x - 6.5),
        y: at(y - 6.5),
        width: 13,
        height: 13,
        fill: paint("plus"),
        ...edge,
      })
    : shape("circle", { cx: x, cy: y, r: 7, fill: paint("minus"), ...edge });
}

/** What the axes are. */
export function axisLabels(frame: Frame, paint: Paint, names: { x: string; y: string }): Shape[] {
  const { width } = frame;
  const scale = scaleOf(frame);
  const small = { "font-size": 12 };
  return [
    text(`${names.x} →`, [width - 8, scale.toY(0) + 14], paint("ink-3"), {
      ...small,
      "text-anchor": "end",
    }),
    text(`↑ ${names.y}`, [scale.toX(0) + 8, 12], paint("ink-3"), small),
  ];
}

/** The drawing as the text of an SVG file. */
export function toText({ tag, attributes, children }: Shape): string {
  const list = Object.entries(attributes).map(
    ([name, value]) => ` ${name}="${escapeText(String(value))}"`,
  );
  const inner = children
    ?.map((child) => (typeof child === "string" ? escapeText(child) : toText(child)))
    .join("");
  return inner === undefined
    ? `<${tag}${list.join("")}/>`
    : `<${tag}${list.join("")}>${inner}</${tag}>`;
}

const escapeText = (value: string): string =>
  value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

export type { Rule };
