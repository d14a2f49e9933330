import { type Grid, halfCell, type Marks, type Plot } from "./model.ts";
import { shortNumber } from "./scale.ts";
import { markerCharacters } from "./theme.ts";

const COLUMNS = 60;
const ROWS = 16;
const SHADES = "·░▒▓█";

/** The chart drawn with characters, for a terminal. */
export function chartText(plot: Plot): string {
  const cells = Array.from({ length: ROWS }, () => new Array<string>(COLUMNS).fill(" "));
  const column = (value: number) => Math.round(plot.xScale.share(value) * (COLUMNS - 1));
  const row = (value: number) => Math.round((1 - plot.yScale.share(value)) * (ROWS - 1));
  const put = (x: number, y: number, character: string) => {
    if (x >= 0 && x < COLUMNS && y >= 0 && y < ROWS) cells[y][x] = character;
  };
  for (const grid of plot.grids) shade(grid, plot, put);
  plot.marks.forEach((mark) => {
    const character = symbol(mark);
    const points = mark.x.map((x, i) => ({ x: column(x), y: row(mark.y[i]) }));
    points.forEach(({ x, y }, i) => {
      if (!Number.isFinite(x + y)) return;
      const before = points[i - 1];
      if (mark.kind === "bar") {
        const [from, to] = mark.offset.map((offset) => within(column(mark.x[i] + offset), COLUMNS));
        const zero = within(row(0), ROWS);
        const top = within(y, ROWS);
        for (let fill = from; fill <= Math.max(from, to - 1); fill++)
          for (let at = Math.min(top, zero); at <= Math.max(top, zero); at++)
            put(fill, at, character);
      } else if (mark.kind === "line" && before && Number.isFinite(before.x + before.y))
        join(before, { x, y }, (a, b) => put(a, b, character));
      else put(x, y, character);
    });
  });
  return [
    ...(plot.title ? [plot.title] : []),
    ...(plot.yLabel ? [plot.yLabel] : []),
    ...frame(plot, cells),
    ...legend(plot),
  ].join("\n");
}

/** The cell at the edge stands for all beyond it. */
function within(cell: number, size: number): number {
  return Math.min(size - 1, Math.max(0, cell));
}

function symbol(mark: Marks): string {
  return markerCharacters[mark.marker][mark.kind === "bar" ? "bar" : "point"];
}

/** The cells between two points, both included. A steep far-off line is cut at a great distance. */
function join(
  from: { x: number; y: number },
  to: { x: number; y: number },
  put: (x: number, y: number) => void,
): void {
  const steps = Math.max(1, Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  const stride = Math.max(1, steps / 10000);
  for (let i = 0; i <= steps; i += stride)
    put(
      Math.round(from.x + ((to.x - from.x) * i) / steps),
      Math.round(from.y + ((to.y - from.y) * i) / steps),
    );
}

function shade(
  grid: Grid,
  plot: Plot,
  put: (x: number, y: number, character: string) => void,
): void {
  const [dx, dy] = [halfCell(grid.x), halfCell(grid.y)];
  const edge = (share: number, size: number) => Math.round(share * size);
  grid.z.forEach((values, i) => {
    values.forEach((value, j) => {
      if (!Number.isFinite(value)) return;
      const xs = [grid.x[j] - dx, grid.x[j] + dx].map((x) => edge(plot.xScale.share(x), COLUMNS));
      const ys = [grid.y[i] - dy, grid.y[i] + dy].map((y) => edge(1 - plot.yScale.share(y), ROWS));
      const share = (value - grid.low) / (grid.high - grid.low);
      const character = SHADES[Math.min(4, Math.max(0, Math.floor(share * 5)))];
      for (let y = Math.min(...ys); y < Math.max(...ys); y++)
        for (let x = Math.min(...xs); x < Math.max(...xs); x++) put(x, y, character);
      if (!grid.values) return;
      const number = ` ${shortNumber(value)} `;
      const [middle, center] = [xs, ys].map(([a, b]) => Math.floor((a + b) / 2));
      for (let k = 0; k < number.length; k++)
        put(middle - (number.length >> 1) + k, center, number[k]);
    });
  });
}

/** The cells with the axes and their numbers around them. */
function frame({ xScale, yScale, xLabel }: Plot, cells: readonly string[][]): string[] {
  const labels = new Array<string>(ROWS).fill("");
  for (const { value, label } of yScale.ticks) {
    const at = Math.round((1 - yScale.share(value)) * (ROWS - 1));
    if (labels[at] === "") labels[at] = label;
  }
  const width = Math.max(...labels.map((label) => label.length));
  const lines = cells.map((line, i) => {
    const tick = labels[i] ? "┤" : "│";
    return `${labels[i].padStart(width)} ${tick}${line.join("")}`.trimEnd();
  });
  const axis = new Array<string>(COLUMNS).fill("─");
  const below = new Array<string>(COLUMNS + 12).fill(" ");
  let free = 0;
  for (const { value, label } of xScale.ticks) {
    const at = Math.round(xScale.share(value) * (COLUMNS - 1));
    const start = Math.max(0, at - Math.floor(label.length / 2));
    if (at < 0 || at >= COLUMNS || start < free || start + label.length > below.length) continue;
    axis[at] = "┬";
    for (let i = 0; i < label.length; i++) below[start + i] = label[i];
    free = start + label.length + 1;
  }
  const margin = " ".repeat(width + 1);
  lines.push(`${margin}└${axis.join("")}`, `${margin} ${below.join("")}`.trimEnd());
  if (xLabel)
    lines.push(`${margin} ${" ".repeat(Math.max(0, (COLUMNS - xLabel.length) >> 1))}${xLabel}`);
  return lines;
}

function legend({ marks, grids }: Plot): string[] {
  const names = marks.filter((mark) => mark.name).map((mark) => `${symbol(mark)} ${mark.name}`);
  const scales = grids.map(
    ({ name, low, high }) =>
      `${name ? `${name}: ` : ""}${SHADES[0]} ${low} to ${SHADES[4]} ${high}`,
  );
  return names.length + scales.length > 0 ? [[...names, ...scales].join("   ")] : [];
}
