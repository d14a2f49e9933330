import { escapeHtml } from "../escape.ts";
import { type Grid, halfCell, type Marks, type Plot } from "./model.ts";
import { shortNumber } from "./scale.ts";
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
  const { width, height, title } = plot;
  const direct = labelsAtLineEnds(plot);
  const named = direct ? [] : plot.marks.filter((mark) => mark.name);
  const legend = layOutLegend(named, width - 32);
  const widestTick = Math.max(0, ...plot.yScale.ticks.map(({ label }) => textWidth(label, 12)));
  const box: Box = {
    left: 14 + (plot.yLabel ? 20 : 0) + widestTick + 8,
    top: 14 + (title ? 26 : 0) + legend.height + (plot.grids.length > 0 ? 4 : 6),
    right:
      width -
      (direct
        ? 14 + 1.1 * Math.max(...plot.marks.map(({ name }) => textWidth(name, 13)))
        : plot.grids.length > 0
          ? 20 + colorBarWidth(plot.grids[0])
          : 18),
    bottom: height - (plot.xLabel ? 48 : 30),
  };
  const at = {
    x: (value: number) => box.left + plot.xScale.share(value) * (box.right - box.left),
    y: (value: number) => box.bottom - plot.yScale.share(value) * (box.bottom - box.top),
  };
  const inside = `<svg x="${r(box.left)}" y="${r(box.top)}" width="${r(box.right - box.left)}" height="${r(box.bottom - box.top)}" viewBox="${r(box.left)} ${r(box.top)} ${r(box.right - box.left)} ${r(box.bottom - box.top)}" overflow="hidden">`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="max-width:100%;height:auto" ${FONT}>`,
    `<title>${escapeHtml(title || "Chart")}</title>`,
    `<desc>${escapeHtml(plot.description)}</desc>`,
    `<g ${paint("fill", "ink")}>`,
    title &&
      `<text x="16" y="27" font-size="15" font-weight="600">${escapeHtml(fit(title, 15, width - 32))}</text>`,
    legend.draw(title ? 46 : 20),
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

function axes({ xScale, yScale, xLabel, yLabel }: Plot, box: Box, at: Placing): string {
  const out: string[] = [];
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const xTicks = thinned(xScale.ticks, (label) => textWidth(label, 12) + 12, box.right - box.left);
  const grid = [
    ...(xScale.kind === "category" ? [] : xTicks).map(
      ({ value }) => `M${r(at.x(value))} ${r(box.top)}V${r(box.bottom)}`,
    ),
    ...(yScale.kind === "category" ? [] : yScale.ticks).map(
      ({ value }) => `M${r(box.left)} ${r(at.y(value))}H${r(box.right)}`,
    ),
  ];
  out.push(`<path fill="none" ${paint("stroke", "rule")} d="${grid.join("")}"/>`);
  out.push(
    `<path fill="none" stroke-width="1" ${paint("stroke", "ink")} d="M${r(box.left)} ${r(box.bottom)}H${r(box.right)}"/>`,
  );
  out.push('<g font-size="12" text-anchor="middle">');
  for (const { value, label } of xTicks)
    out.push(`<text x="${r(at.x(value))}" y="${r(box.bottom + 17)}">${escapeHtml(label)}</text>`);
  out.push('</g><g font-size="12" text-anchor="end">');
  for (const { value, label } of yScale.ticks)
    out.push(`<text x="${r(box.left - 7)}" y="${r(at.y(value) + 4)}">${escapeHtml(label)}</text>`);
  out.push('</g><g text-anchor="middle">');
  if (xLabel)
    out.push(`<text x="${r(middle.x)}" y="${r(box.bottom + 38)}">${escapeHtml(xLabel)}</text>`);
  if (yLabel)
    out.push(
      `<text transform="translate(20 ${r(middle.y)}) rotate(-90)">${escapeHtml(yLabel)}</text>`,
    );
  out.push("</g>");
  return out.join("\n");
}

/** Every tick, or every second, third, … so that their labels do not touch. */
function thinned<T extends { label: string }>(
  ticks: readonly T[],
  need: (label: string) => number,
  room: number,
): readonly T[] {
  const widest = Math.max(0, ...ticks.map(({ label }) => need(label)));
  const every = Math.max(1, Math.ceil((widest * ticks.length) / room));
  return ticks.filter((_, i) => i % every === 0);
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

/** Lines only, each with a name: then the names stand where the lines end. */
export function labelsAtLineEnds({ marks, grids, width }: Plot): boolean {
  return (
    marks.length > 1 &&
    grids.length === 0 &&
    marks.every(
      (mark) => mark.kind === "line" && mark.name !== "" && lastPoint(mark) !== undefined,
    ) &&
    Math.max(...marks.map(({ name }) => textWidth(name, 13))) < width / 4
  );
}

export function lastPoint({ x, y }: Marks): { x: number; y: number } | undefined {
  for (let i = x.length - 1; i >= 0; i--)
    if (Number.isFinite(x[i]) && Number.isFinite(y[i])) return { x: x[i], y: y[i] };
  return undefined;
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

/** Heights, from the top down, moved until no two names touch and none lies below `lowest`. */
export function spread(heights: readonly number[], lowest: number, apart = 16): number[] {
  const out = [...heights];
  for (let i = 1; i < out.length; i++) out[i] = Math.max(out[i], out[i - 1] + apart);
  for (let i = out.length - 1, limit = lowest; i >= 0; i--, limit = out[i + 1] - apart)
    out[i] = Math.min(out[i], limit);
  return out;
}

/** Names with their markers in rows under the title. */
function layOutLegend(marks: readonly Marks[], room: number) {
  const entries: { mark: Marks; x: number; row: number }[] = [];
  let x = 0;
  let row = 0;
  for (const mark of marks) {
    const need = 24 + textWidth(mark.name, 13) + 18;
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
        return `<g transform="translate(${r(x + 25)} ${r(y)})">${key}<text x="14" y="4.5">${escapeHtml(mark.name)}</text></g>`;
      })
      .join("\n");
  return { height: entries.length > 0 ? (row + 1) * 20 + 4 : 0, draw };
}

/** About how wide a text is. Its true width depends on a font that may not be there. */
function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const character of text)
    ems += /[\u1100-\uffdc]|[\ud800-\udbff]/.test(character)
      ? 1
      : /[iljtfrI.,:;'|()! ]/.test(character)
        ? 0.34
        : /[A-ZmwMW@%]/.test(character)
          ? 0.74
          : 0.58;
  return ems * size;
}

function fit(text: string, size: number, room: number): string {
  let out = text;
  while (out.length > 1 && textWidth(out, size) > room) out = `${out.slice(0, -2).trimEnd()}…`;
  return out;
}

/** Tenths of a pixel are enough, and keep the file small. */
function r(value: number): number {
  return Math.round(value * 10) / 10;
}
