import { escapeHtml } from "../escape.ts";
import { BOLD, cut, labelsAtLineEnds, lastPoint, spread, textWidth, titleLines } from "./layout.ts";
import { type Grid, halfCell, type Marks, type Plot } from "./model.ts";
import { type Scale, shortNumber } from "./scale.ts";
import { chartColors, colorAt, luminance, markerPaths, neutral } from "./theme.ts";

const FONT = 'font-family="Inter, system-ui, sans-serif" font-size="13"';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * The chart as a still picture. It has no background and its colors read on white and on dark; it
 * carries no style sheet, identifiers or scripts, so many can stand on one page.
 */
export function chartSvg(plot: Plot): string {
  const { width, height } = plot;
  const title = titleLines(plot);
  const direct = labelsAtLineEnds(plot);
  const named = direct ? [] : plot.marks.filter((mark) => mark.name);
  const legend = layOutLegend(named, width - 32);
  // The last number may stand at the very end of the axis, and half of it beyond.
  const xTick = plot.xScale.kind === "category" ? 0 : widest(plot.xScale, width / 3);
  const yTick = widest(plot.yScale, width / 3);
  const left = 22 + (plot.yLabel ? 20 : 0) + yTick;
  const right = direct
    ? 14 + Math.max(...plot.marks.map(({ name }) => textWidth(name, BOLD * 13)))
    : plot.grids.length > 0
      ? 20 + colorBarWidth(plot.grids[0])
      : Math.max(18, 4 + xTick / 2);
  const top = 20 + (title.length > 0 ? 6 + 20 * title.length : 0) + legend.height;
  const bottom = height - (plot.xLabel ? 48 : 30);
  // However little room names and numbers leave, something is drawn.
  const box: Box = {
    left,
    top,
    right: Math.max(left + 20, width - right),
    bottom: Math.max(top + 20, bottom),
  };
  const at = {
    x: (value: number) => box.left + plot.xScale.share(value) * (box.right - box.left),
    y: (value: number) => box.bottom - plot.yScale.share(value) * (box.bottom - box.top),
  };
  const inside = `<svg x="${r(box.left)}" y="${r(box.top)}" width="${r(box.right - box.left)}" height="${r(box.bottom - box.top)}" viewBox="${r(box.left)} ${r(box.top)} ${r(box.right - box.left)} ${r(box.bottom - box.top)}" overflow="hidden">`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="max-width:100%;height:auto" ${FONT}>`,
    `<title>${escapeHtml(plot.title || "Chart")}</title>`,
    `<desc>${escapeHtml(plot.description)}</desc>`,
    `<g ${paint("fill", "ink")}>`,
    ...title.map(
      (line, i) =>
        `<text x="16" y="${27 + 20 * i}" font-size="15" font-weight="600">${escapeHtml(line)}</text>`,
    ),
    legend.draw(title.length > 0 ? 26 + 20 * title.length : 20),
    axes(plot, box, at),
    inside,
    ...plot.grids.map((grid) => drawGrid(grid, at)),
    ...plot.marks.map((mark) => draw(mark, plot, at)),
    "</svg>",
    direct && lineEndLabels(plot, box, at),
    plot.grids.length > 0 && colorBar(plot.grids[0], box),
    "</g>",
    "</svg>",
  ]
    .filter((part) => part !== "" && part !== false)
    .join("\n");
}

interface Placing {
  x(value: number): number;
  y(value: number): number;
}

/** A color that a page can replace, and that stands by itself where style is not understood. */
function paint(
  property: "fill" | "stroke",
  name: keyof typeof chartColors | "ink" | "rule",
): string {
  const plain = name === "ink" ? neutral.ink : name === "rule" ? neutral.grid : chartColors[name];
  const style = `${property}:var(--${name},${plain})`;
  return name === "rule"
    ? `${property}="${plain.slice(0, 7)}" ${property}-opacity=".3" style="${property}:var(--rule,${plain.slice(0, 7)})"`
    : `${property}="${plain}" style="${style}"`;
}

/** How much room the labels of an axis need side by side, each cut to at most `room`. */
function widest(scale: Scale, room: number): number {
  return Math.max(0, ...scale.ticks.map(({ label }) => textWidth(cut(label, 12, room), 12)));
}

function axes(
  { xScale, yScale, xLabel, yLabel, width, height }: Plot,
  box: Box,
  at: Placing,
): string {
  const out: string[] = [];
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const xTicks = thinned(xScale, 12 + widest(xScale, width / 3), box.right - box.left);
  const yTicks = thinned(yScale, 16, box.bottom - box.top);
  const grid = [
    ...(xScale.kind === "category" ? [] : xTicks).map(
      ({ value }) => `M${r(at.x(value))} ${r(box.top)}V${r(box.bottom)}`,
    ),
    ...(yScale.kind === "category" ? [] : yTicks).map(
      ({ value }) => `M${r(box.left)} ${r(at.y(value))}H${r(box.right)}`,
    ),
  ];
  out.push(`<path fill="none" ${paint("stroke", "rule")} d="${grid.join("")}"/>`);
  out.push(
    `<path fill="none" stroke-width="1" ${paint("stroke", "ink")} d="M${r(box.left)} ${r(box.bottom)}H${r(box.right)}"/>`,
  );
  out.push('<g font-size="12" text-anchor="middle">');
  for (const { value, label } of xTicks)
    out.push(
      `<text x="${r(at.x(value))}" y="${r(box.bottom + 17)}">${written(label, 12, width / 3)}</text>`,
    );
  out.push('</g><g font-size="12" text-anchor="end">');
  for (const { value, label } of yTicks)
    out.push(
      `<text x="${r(box.left - 7)}" y="${r(at.y(value) + 4)}">${written(label, 12, width / 3)}</text>`,
    );
  out.push('</g><g text-anchor="middle">');
  if (xLabel)
    out.push(
      `<text x="${r(middle.x)}" y="${r(box.bottom + 38)}">${written(xLabel, 13, 2 * Math.min(middle.x, width - middle.x))}</text>`,
    );
  if (yLabel)
    out.push(
      `<text transform="translate(20 ${r(middle.y)}) rotate(-90)">${written(yLabel, 13, 2 * Math.min(middle.y, height - middle.y))}</text>`,
    );
  out.push("</g>");
  return out.join("\n");
}

/** Every tick, or every second, third, … so that their labels, each `need` long, do not touch. */
function thinned({ ticks }: Scale, need: number, room: number): Scale["ticks"] {
  const every = Math.max(1, Math.ceil((need * ticks.length) / room));
  return ticks.filter((_, i) => i % every === 0);
}

/** A text fit to stand in the picture: cut short where it is too long, and safe. */
function written(text: string, size: number, room: number): string {
  return escapeHtml(cut(text, size, room));
}

function draw(mark: Marks, plot: Plot, at: Placing): string {
  const points = mark.x.map((x, i) => ({ x: at.x(x), y: at.y(mark.y[i]) }));
  const visible = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (mark.kind === "bar") {
    const zero = base(plot, at);
    const path = mark.x
      .map((x, i) => {
        const [left, right] = [at.x(x + mark.offset[0]), at.x(x + mark.offset[1])];
        const y = points[i].y;
        return Number.isFinite(left + right + y)
          ? `M${r(left)} ${r(zero)}V${r(y)}H${r(right)}V${r(zero)}Z`
          : "";
      })
      .join("");
    return `<path ${paint("fill", mark.color)} d="${path}"/>`;
  }
  const parts: string[] = [];
  if (mark.kind === "line") {
    // A missing value interrupts the line.
    let down = false;
    const path = points
      .map(({ x, y }) => {
        const there = Number.isFinite(x) && Number.isFinite(y);
        const step = there ? `${down ? "L" : "M"}${r(x)} ${r(y)}` : "";
        down = there;
        return step;
      })
      .join("");
    const dash = mark.dash && ` stroke-dasharray="${mark.dash}"`;
    parts.push(
      `<path fill="none" stroke-width="2" stroke-linejoin="round"${dash} ${paint("stroke", mark.color)} d="${path}"/>`,
    );
  }
  if (mark.markers) {
    const marker = markerPath(mark.marker, 4);
    const opacity = visible.length > 40 ? 0.8 : 1;
    parts.push(`<g ${paint("fill", mark.color)} fill-opacity="${opacity}">`);
    for (const { x, y } of visible)
      parts.push(`<path transform="translate(${r(x)} ${r(y)})" d="${marker}"/>`);
    parts.push("</g>");
  }
  return parts.join("\n");
}

/** Where bars stand: on zero, and on a scale of powers, which has none, on the axis. */
function base({ yScale }: Plot, at: Placing): number {
  return at.y(yScale.kind === "log" ? yScale.low : 0);
}

/** A marker's path with its numbers multiplied by the radius. */
function markerPath(marker: Marks["marker"], radius: number): string {
  const arc = `A${radius} ${radius} 0 1 1`;
  if (marker === "circle") return `M${-radius} 0${arc} ${radius} 0${arc} ${-radius} 0Z`;
  return markerPaths[marker].replace(/-?\d*\.?\d+/g, (number) => ` ${r(Number(number) * radius)}`);
}

function drawGrid(grid: Grid, at: Placing): string {
  const [dx, dy] = [halfCell(grid.x), halfCell(grid.y)];
  const parts: string[] = ['<g shape-rendering="crispEdges">'];
  const texts: string[] = ['<g font-size="12" text-anchor="middle">'];
  grid.z.forEach((row, i) => {
    row.forEach((value, j) => {
      if (!Number.isFinite(value)) return;
      // Whole pixels: between cells that share half of one, the background would show.
      const [x1, x2] = [grid.x[j] - dx, grid.x[j] + dx].map((x) => Math.round(at.x(x)));
      const [y1, y2] = [grid.y[i] - dy, grid.y[i] + dy].map((y) => Math.round(at.y(y)));
      const color = colorAt(grid.stops, (value - grid.low) / (grid.high - grid.low));
      parts.push(
        `<rect x="${r(Math.min(x1, x2))}" y="${r(Math.min(y1, y2))}" width="${r(Math.abs(x2 - x1))}" height="${r(Math.abs(y2 - y1))}" fill="rgb(${color})"/>`,
      );
      if (!grid.values) return;
      const ink = luminance(color) > 0.18 ? "#000" : "#fff";
      texts.push(
        `<text x="${r((x1 + x2) / 2)}" y="${r((y1 + y2) / 2 + 4)}" fill="${ink}">${escapeHtml(shortNumber(value))}</text>`,
      );
    });
  });
  return [...parts, "</g>", ...texts, "</g>"].join("\n");
}

function colorBarWidth(grid: Grid): number {
  return 26 + Math.max(...[grid.low, grid.high].map((value) => textWidth(shortNumber(value), 12)));
}

/** What the colors of a heatmap stand for. */
function colorBar(grid: Grid, box: Box): string {
  const steps = 24;
  const left = box.right + 16;
  const step = (box.bottom - box.top) / steps;
  const parts: string[] = ['<g shape-rendering="crispEdges">'];
  for (let i = 0; i < steps; i++)
    parts.push(
      `<rect x="${r(left)}" y="${r(box.bottom - (i + 1) * step)}" width="12" height="${r(step + 0.5)}" fill="rgb(${colorAt(grid.stops, (i + 0.5) / steps)})"/>`,
    );
  parts.push('</g><g font-size="12">');
  for (const [value, y] of [
    [grid.low, box.bottom],
    [grid.high, box.top + 9],
  ])
    parts.push(`<text x="${r(left + 18)}" y="${r(y)}">${escapeHtml(shortNumber(value))}</text>`);
  parts.push("</g>");
  return parts.join("\n");
}

function lineEndLabels({ marks }: Plot, box: Box, at: Placing): string {
  const labels = marks
    .map((mark) => ({ mark, y: Math.min(box.bottom, Math.max(box.top, at.y(lastPoint(mark)!.y))) }))
    .sort((a, b) => a.y - b.y);
  const places = spread(
    labels.map(({ y }) => y),
    box.bottom,
  );
  return labels
    .map(
      ({ mark }, i) =>
        `<text x="${r(box.right + 6)}" y="${r(places[i] + 4)}" font-weight="600" ${paint("fill", mark.color)}>${escapeHtml(mark.name)}</text>`,
    )
    .join("\n");
}

/** Names with their markers in rows under the title. */
function layOutLegend(marks: readonly Marks[], room: number) {
  const entries: { mark: Marks; x: number; row: number }[] = [];
  let x = 0;
  let row = 0;
  for (const mark of marks) {
    const need = 42 + textWidth(cut(mark.name, 13, room / 2), 13);
    if (x > 0 && x + need > room) {
      x = 0;
      row++;
    }
    entries.push({ mark, x, row });
    x += need;
  }
  const draw = (top: number) =>
    entries
      .map(({ mark, x, row }) => {
        const y = top + row * 20;
        const key =
          mark.kind === "line"
            ? `<path fill="none" stroke-width="2"${mark.dash && ` stroke-dasharray="${mark.dash}"`} ${paint("stroke", mark.color)} d="M-9 0H9"/>`
            : `<path ${paint("fill", mark.color)} d="${markerPath(mark.kind === "bar" ? "square" : mark.marker, 4.5)}"/>`;
        return `<g transform="translate(${r(x + 25)} ${r(y)})">${key}<text x="14" y="4.5">${written(mark.name, 13, room / 2)}</text></g>`;
      })
      .join("\n");
  return { height: entries.length > 0 ? (row + 1) * 20 + 4 : 0, draw };
}

/** Tenths of a pixel are enough, and keep the file small. */
function r(value: number): number {
  return Math.round(value * 10) / 10;
}
