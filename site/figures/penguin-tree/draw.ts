/**
 * The figure as SVG elements: one drawing for the live figure and for `still.svg`, which the notebook shows. Above the
 * group that is asked, with the gain of every cut; below the tree, its birds in the leaves.
 */
import type { Shape } from "../perceptron-boundary/draw.ts";
import {
  type Birds,
  cutsOf,
  type Group,
  gainOf,
  measurements,
  type Path,
  type State,
} from "./logic.ts";
import type { Split } from "./tree.ts";

export type Paint = (
  name: "paper" | "ink" | "ink-3" | "rule" | "cut" | "gain" | "kind-0" | "kind-1" | "kind-2",
) => string;

/** Everything that has a place, in pixels. */
export interface Layout {
  width: number;
  height: number;
  /** The band of the asked group. */
  band: { left: number; right: number; top: number; bottom: number };
  /** Distance of two marks in a pile. */
  cell: number;
  /** Too little room for a leaf's two numbers beside each other. */
  narrow: boolean;
  nodes: Map<Path, { x: number; y: number; width: number }>;
}

const margin = 12;
const bandHeight = 132;
const level = 66;
const treeTop = 226;

/** Places for the whole tree, so that nothing moves when a question is added but the birds. */
export function layoutOf(width: number, questions: readonly [Path, Split][]): Layout {
  const inner = new Set(questions.map(([path]) => path));
  const nodes: Layout["nodes"] = new Map();
  const ends: Path[] = [];
  const list = (path: Path): void => {
    if (!inner.has(path)) {
      ends.push(path);
      return;
    }
    list(`${path}L`);
    list(`${path}R`);
  };
  list("");
  const slot = (width - 2 * margin) / ends.length;
  const visit = (path: Path): { from: number; to: number } => {
    const own = ends.indexOf(path);
    const span =
      own >= 0
        ? { from: own, to: own + 1 }
        : { from: visit(`${path}L`).from, to: visit(`${path}R`).to };
    nodes.set(path, {
      x: margin + (slot * (span.from + span.to)) / 2,
      y: treeTop + level * path.length,
      width: slot * (span.to - span.from),
    });
    return span;
  };
  visit("");
  const narrow = width < 480;
  const cell = narrow ? 4.6 : 7;
  // The fullest leaf holds 139 birds, three levels down; at the start all of them lie at the root.
  const rows = Math.ceil(139 / Math.max(1, Math.floor((slot - 6) / cell)));
  return {
    width,
    height: Math.ceil(treeTop + 3 * level + 30 + rows * cell + 8),
    band: { left: margin + 4, right: width - margin - 4, top: 34, bottom: 34 + bandHeight },
    cell,
    narrow,
    nodes,
  };
}

const shape = (
  tag: string,
  attributes: Shape["attributes"],
  ...children: (Shape | string)[]
): Shape => ({ tag, attributes, ...(children.length > 0 && { children }) });

const at = (value: number): number => Math.round(value * 10) / 10;

const words = (
  content: string,
  [x, y]: [number, number],
  fill: string,
  more: Shape["attributes"] = {},
): Shape => shape("text", { x: at(x), y: at(y), fill, "font-size": 12, ...more }, content);

/** From a measurement to pixels: the range of all birds, so that groups can be compared. */
export function bandScale({ rows }: Birds, feature: number, { band }: Layout) {
  const values = rows.map((row) => row[feature]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return {
    low,
    high,
    toX: (value: number): number =>
      band.left + ((value - low) / (high - low)) * (band.right - band.left),
    fromX: (x: number): number => low + ((x - band.left) / (band.right - band.left)) * (high - low),
  };
}

export const shown = (value: number, feature: number): string =>
  `${feature === 3 ? value.toFixed(0) : Number(value.toFixed(2))} ${measurements[feature].unit}`;

/** The group that is asked: its birds as bars along the measurement, the gain of every cut, and the cut. */
export function bandShapes(
  birds: Birds,
  group: Group,
  feature: number,
  layout: Layout,
  paint: Paint,
): Shape[] {
  const { band, width } = layout;
  const scale = bandScale(birds, feature, layout);
  const bins = width < 480 ? 36 : 60;
  const heights = Array.from({ length: bins }, () => [0, 0, 0]);
  const binOf = (value: number): number =>
    Math.min(bins - 1, Math.floor(((value - scale.low) / (scale.high - scale.low)) * bins));
  for (const i of group.birds) heights[binOf(birds.rows[i][feature])][birds.labels[i]]++;
  const tallest = Math.max(...heights.map((counts) => counts.reduce((sum, n) => sum + n, 0)));
  const unit = (band.bottom - band.top - 30) / tallest;
  const wide = (band.right - band.left) / bins;
  const shapes: Shape[] = [];
  for (const [bin, counts] of heights.entries()) {
    let foot = band.bottom;
    for (const [kind, count] of counts.entries()) {
      if (count === 0) continue;
      foot -= count * unit;
      shapes.push(
        shape("rect", {
          x: at(band.left + bin * wide + 0.5),
          y: at(foot),
          width: at(wide - 1),
          height: at(Math.max(1, count * unit - 0.6)),
          fill: paint(`kind-${kind as 0 | 1 | 2}`),
        }),
      );
    }
  }
  shapes.push(
    shape("path", {
      d: `M${at(band.left)} ${band.bottom + 0.5}H${at(band.right)}`,
      stroke: paint("ink-3"),
    }),
  );
  const { name, unit: measure } = measurements[feature];
  const step =
    [1, 2, 5, 10, 20, 50, 500, 1000].find(
      (size) => (scale.high - scale.low) / size <= (width < 480 ? 5 : 8),
    ) ?? 1000;
  for (let tick = Math.ceil(scale.low / step) * step; tick <= scale.high; tick += step)
    shapes.push(
      shape("path", {
        d: `M${at(scale.toX(tick))} ${band.bottom}v5`,
        stroke: paint("ink-3"),
      }),
      words(String(tick), [scale.toX(tick), band.bottom + 17], paint("ink-3"), {
        "text-anchor": "middle",
      }),
    );
  shapes.push(
    words(`${name} (${measure})`, [band.right, band.bottom + 33], paint("ink-3"), {
      "text-anchor": "end",
    }),
  );
  if (!group.split) return shapes;

  const cuts = cutsOf(birds, group.birds, feature);
  const gains = cuts.map((cut) => gainOf(birds, group.birds, feature, cut));
  const most = Math.max(...gains);
  const toY = (gain: number): number => band.bottom - (gain / most) * (band.bottom - band.top - 12);
  const { cut, gain } = group.split;
  const x = scale.toX(cut);
  // The cut's words grow toward the middle; those of the curve stand where they leave room.
  const beyond = x > width / 2;
  const onTheLeft = x - (beyond ? 110 : 0) > band.left + 90;
  shapes.push(
    shape("polyline", {
      points: cuts.map((one, k) => `${at(scale.toX(one))},${at(toY(gains[k]))}`).join(" "),
      fill: "none",
      stroke: paint("gain"),
      "stroke-width": 1.75,
      "stroke-linejoin": "round",
    }),
    words("gain of a cut", [onTheLeft ? band.left : band.right, band.top - 18], paint("gain"), {
      "font-weight": 600,
      "text-anchor": onTheLeft ? "start" : "end",
    }),
    shape("path", {
      d: `M${at(x)} ${band.top - 10}V${band.bottom}`,
      stroke: paint("cut"),
      "stroke-width": 2.5,
    }),
    shape("circle", {
      cx: at(x),
      cy: at(toY(gain)),
      r: 4.5,
      fill: paint("gain"),
      stroke: paint("paper"),
      "stroke-width": 1.5,
    }),
    words(`cut ${shown(cut, feature)}`, [beyond ? x + 4 : x - 4, band.top - 18], paint("cut"), {
      "text-anchor": beyond ? "end" : "start",
      "font-weight": 600,
    }),
  );
  return shapes;
}

/** The tree: a line to each group, the question of each that was asked, the size of each leaf. */
export function treeShapes(
  groups: readonly Group[],
  current: Path | null,
  layout: Layout,
  paint: Paint,
): Shape[] {
  const lines: Shape[] = [];
  const labels: Shape[] = [];
  const { narrow } = layout;
  const placed = new Map(groups.map((group) => [group.path, group]));
  for (const { path, split, birds, counts } of groups) {
    const node = layout.nodes.get(path);
    if (!node) continue;
    const { x, y } = node;
    const parent = path && layout.nodes.get(path.slice(0, -1));
    if (parent && placed.has(path.slice(0, -1)))
      lines.push(
        shape("path", {
          d: `M${at(parent.x)} ${at(parent.y + 20)}C${at(parent.x)} ${at(parent.y + 40)} ${at(x)} ${at(parent.y + 30)} ${at(x)} ${at(y - 14)}`,
          fill: "none",
          stroke: paint("ink-3"),
          "stroke-width": at(1 + birds.length / 60),
          "stroke-opacity": 0.45,
        }),
      );
    if (split) {
      const color = path === current ? paint("cut") : paint("ink");
      const more = { "text-anchor": "middle", "font-weight": path === current ? 650 : 500 };
      labels.push(
        words(measurements[split.feature].name, [x, y], color, more),
        words(`≤ ${shown(split.cut, split.feature)}`, [x, y + 14], color, more),
        ...(path === "" ? answers(layout, paint) : []),
      );
    } else {
      const most = Math.max(...counts);
      const more = { "text-anchor": "middle", "font-weight": 600, "font-size": narrow ? 11 : 12 };
      const lines =
        birds.length === 0
          ? ["nobody"]
          : narrow
            ? [`${most}`, `of ${birds.length}`]
            : [`${most} of ${birds.length}`];
      for (const [k, line] of lines.entries())
        labels.push(words(line, [x, y - 1 + 12 * k], paint("ink"), more));
    }
  }
  return [...lines, ...labels];
}

/** Yes goes left, no goes right: said once, at the root. */
function answers({ nodes }: Layout, paint: Paint): Shape[] {
  const [root, left, right] = ["", "L", "R"].map((path) => nodes.get(path));
  if (!root || !left || !right) return [];
  const y = root.y + 20;
  const away = Math.max(54, (right.x - root.x) / 2);
  return [
    words("yes", [root.x - away, y], paint("ink-3"), { "text-anchor": "end" }),
    words("no", [root.x + away, y], paint("ink-3"), { "text-anchor": "start" }),
  ];
}

export interface Mark {
  bird: number;
  kind: number;
  x: number;
  y: number;
}

/** Where every bird lies: piled up in its leaf, by species. Birds keep their order, so that each can be followed. */
export function marksOf(birds: Birds, groups: readonly Group[], layout: Layout): Mark[] {
  const { cell, nodes } = layout;
  const marks: Mark[] = [];
  for (const group of groups) {
    const node = nodes.get(group.path);
    if (group.split || !node) continue;
    const room = Math.max(1, Math.floor((node.width - 6) / cell));
    // A pile is rather square than flat.
    const columns = Math.min(room, Math.max(4, Math.ceil(Math.sqrt(group.birds.length * 2.5))));
    const sorted = [...group.birds].sort((a, b) => birds.labels[a] - birds.labels[b] || a - b);
    const used = Math.min(columns, sorted.length);
    for (const [k, bird] of sorted.entries())
      marks.push({
        bird,
        kind: birds.labels[bird],
        x: node.x + ((k % columns) - (used - 1) / 2) * cell,
        y: node.y + (layout.narrow ? 19 : 11) + Math.floor(k / columns) * cell,
      });
  }
  return marks.sort((a, b) => a.bird - b.bird);
}

/** A bird: round, three-cornered or square, by its species. */
export function markShape(kind: number, size: number, paint: Paint): Shape {
  const fill = paint(`kind-${kind as 0 | 1 | 2}`);
  const r = at(size / 2);
  if (kind === 0) return shape("circle", { r, fill });
  if (kind === 1) return shape("path", { d: `M0 ${-1.15 * r}L${1.1 * r} ${r}H${-1.1 * r}Z`, fill });
  return shape("rect", { x: -r * 0.9, y: -r * 0.9, width: at(1.8 * r), height: at(1.8 * r), fill });
}

/** The group that the figure speaks of: the one asked last, or at the start all birds. */
export function askedGroup(
  groups: readonly Group[],
  questions: readonly [Path, Split][],
  { asked }: State,
): { group: Group; feature: number } {
  const [path, { feature }] = questions[Math.max(0, asked - 1)];
  return { group: groups.find((one) => one.path === path) ?? groups[0], feature };
}
