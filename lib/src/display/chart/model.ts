import { Tensor } from "../../tensor.ts";
import { categoryScale, linearScale, logScale, type Scale } from "./scale.ts";
import { type ColorName, colorScales, type MarkerShape, order } from "./theme.ts";

/** Numbers along an axis: an array, a typed array or a vector. NaN and null leave a gap. */
export type Numbers = ArrayLike<number | null> | Tensor;

/** An axis of a {@link chart}. */
export interface AxisOptions {
  /** What is measured, with its unit: "flipper length (mm)". */
  label?: string;
  /** Equal distances are equal steps, or equal factors; by default steps. */
  scale?: "linear" | "log";
  /** The ends of the axis; by default a little more than the numbers need. */
  range?: readonly [low: number, high: number];
}

interface SeriesLook {
  name?: string;
  /** By what the series means; by default each series gets its own. */
  color?: ColorName;
}

/** Points. */
export interface ScatterSeries extends SeriesLook {
  kind: "scatter";
  x: Numbers;
  y: Numbers;
  marker?: MarkerShape;
}

/** Points joined by a line, in the order given. Without x, they are counted from 1. */
export interface LineSeries extends SeriesLook {
  kind: "line";
  x?: Numbers;
  y: Numbers;
  /** Whether the points on the line are marked. */
  markers?: boolean;
}

/** Bars from zero up or down; x may be names. Several bar series stand side by side. */
export interface BarSeries extends SeriesLook {
  kind: "bar";
  x: Numbers | readonly string[];
  y: Numbers;
}

/**
 * Numbers as colors in a grid. z [rows, columns]; x names or places the columns, y the rows.
 * The first row is on top, as in a matrix, unless y places the rows by numbers.
 */
export interface HeatmapSeries {
  kind: "heatmap";
  z: Tensor | readonly (readonly number[])[];
  x?: Numbers | readonly string[];
  y?: Numbers | readonly string[];
  name?: string;
  /** From low to high, or from below to above zero. */
  colors?: "sequential" | "diverging";
  /** The numbers at the ends of the color scale. */
  range?: readonly [low: number, high: number];
  /** Writes each number into its cell. */
  values?: boolean;
}

/** What a {@link chart} can draw. */
export type Series = ScatterSeries | LineSeries | BarSeries | HeatmapSeries;

/** What {@link chart} draws, and how. */
export interface ChartOptions {
  /** What one sees: a sentence, not the names of the axes. */
  title?: string;
  x?: AxisOptions;
  y?: AxisOptions;
  series: readonly Series[];
  /** In pixels. By default 640, and as much as there is where the chart can adapt. */
  width?: number;
  /** In pixels, by default 400. */
  height?: number;
  /** For those who cannot see the chart; by default made from title, axes and series. */
  description?: string;
}

/** A series of points, lines or bars, every choice made. */
export interface Marks {
  readonly kind: "scatter" | "line" | "bar";
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly color: ColorName;
  readonly marker: MarkerShape;
  readonly dash: string;
  readonly markers: boolean;
  /** For bars: from where to where each goes along x, around its place. */
  readonly offset: readonly [from: number, to: number];
}

/** A heatmap, every choice made: cell [row][column] lies around (x[column], y[row]). */
export interface Grid {
  readonly kind: "heatmap";
  readonly name: string;
  readonly z: readonly (readonly number[])[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly stops: readonly string[];
  readonly low: number;
  readonly high: number;
  readonly values: boolean;
}

/** A chart, every choice made; what the drawing in SVG, in plotly and in characters start from. */
export interface Plot {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  /** Whether the width was asked for, and holds also where there is more room. */
  readonly fixedWidth: boolean;
  readonly height: number;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly marks: readonly Marks[];
  readonly grids: readonly Grid[];
}

/** Makes every choice that the options leave open; throws where they do not fit together. */
export function resolve(options: ChartOptions): Plot {
  const { title = "", width = 640, height = 400 } = options;
  if (!Array.isArray(options.series))
    throw new TypeError('chart: series is missing\n  hint: series: [{ kind: "line", y: losses }]');
  if (!(width >= 120 && width <= 10000 && height >= 100 && height <= 10000))
    throw new RangeError(`chart: ${width} by ${height} is too small or too large to draw`);

  const xNames = new Names();
  const yNames = new Names();
  const bars = options.series.filter((series) => series.kind === "bar").length;
  const marks: Marks[] = [];
  const grids: Grid[] = [];
  let bar = 0;
  options.series.forEach((series, i) => {
    const where = series.name ? `series "${series.name}"` : `series ${i}`;
    if (series.kind === "heatmap") {
      grids.push(resolveGrid(series, where, xNames, yNames));
      return;
    }
    if (!["scatter", "line", "bar"].includes(series.kind))
      throw new TypeError(
        `chart: ${where} has kind ${JSON.stringify((series as Series).kind)}: choose "scatter", "line", "bar" or "heatmap"`,
      );
    const look = order[marks.length % order.length];
    const y = numbers(series.y, `${where}, y`);
    if (series.x === undefined && series.kind !== "line")
      throw new TypeError(`chart: ${where} is missing its x values`);
    const x = series.x === undefined ? y.map((_, at) => at + 1) : places(series.x, where, xNames);
    if (x.length !== y.length)
      throw new RangeError(`chart: ${where} has ${x.length} x values and ${y.length} y values`);
    const color = series.color ?? look.color;
    const known = order.map((one) => one.color);
    if (!known.includes(color))
      throw new TypeError(`chart: ${where} has the color "${color}": choose ${known.join(", ")}`);
    marks.push({
      kind: series.kind,
      name: series.name ?? "",
      x,
      y,
      color,
      marker: (series.kind === "scatter" && series.marker) || look.marker,
      dash: look.dash,
      markers: series.kind === "scatter" || (series.kind === "line" && (series.markers ?? false)),
      offset: series.kind === "bar" ? barOffset(x, bar++, bars) : [0, 0],
    });
  });

  const xScale = scaleFor("x", options.x, xNames, extent(marks, grids, "x"), width / 80);
  const yScale = scaleFor("y", options.y, yNames, extent(marks, grids, "y"), height / 55);
  const plot = {
    title,
    width,
    fixedWidth: options.width !== undefined,
    height,
    xLabel: options.x?.label ?? "",
    yLabel: options.y?.label ?? "",
    xScale,
    yScale,
    marks,
    grids,
  };
  return { ...plot, description: options.description ?? describe(plot) };
}

/** Names along an axis get the places 0, 1, 2, … in the order in which they come. */
class Names {
  readonly list: string[] = [];
  place(name: string): number {
    const known = this.list.indexOf(name);
    return known >= 0 ? known : this.list.push(name) - 1;
  }
}

function numbers(values: Numbers, where: string): number[] {
  const list = values instanceof Tensor ? values.data : values;
  if (values instanceof Tensor && values.rank !== 1)
    throw new TypeError(
      `chart: ${where} must be a vector, it has shape [${values.shape.join(", ")}]`,
    );
  if (
    typeof (list as ArrayLike<unknown> | undefined)?.length !== "number" ||
    typeof list === "string"
  )
    throw new TypeError(`chart: ${where} must be an array of numbers`);
  return Array.from(list as ArrayLike<unknown>, (value, i) => {
    // Nor can distances be measured between numbers near the largest that there are.
    if (value === null || Math.abs(value as number) > 1e300) return Number.NaN;
    if (typeof value !== "number")
      throw new TypeError(`chart: ${where}[${i}] is ${JSON.stringify(value)}, not a number`);
    return value;
  });
}

function places(values: Numbers | readonly string[], where: string, names: Names): number[] {
  const named = Array.isArray(values) && values.some((value) => typeof value === "string");
  return named
    ? (values as readonly string[]).map((name) => names.place(String(name)))
    : numbers(values as Numbers, `${where}, x`);
}

/** Bars fill four fifths of the room between two places, shared by the series. */
function barOffset(x: readonly number[], index: number, count: number): [number, number] {
  const sorted = [...new Set(x)].filter(Number.isFinite).sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((value, i) => value - sorted[i]);
  const width = (gaps.length > 0 ? Math.min(...gaps) : 1) * 0.8;
  return [-width / 2 + (width * index) / count, -width / 2 + (width * (index + 1)) / count];
}

function resolveGrid(series: HeatmapSeries, where: string, xNames: Names, yNames: Names): Grid {
  const z =
    series.z instanceof Tensor
      ? [...series.z].map((row) => Array.from(row.data))
      : series.z.map((row) => [...row]);
  const [rows, columns] = [z.length, z[0]?.length ?? 0];
  if (series.z instanceof Tensor && series.z.rank !== 2)
    throw new TypeError(
      `chart: ${where}, z must be a matrix, it has shape [${series.z.shape.join(", ")}]`,
    );
  if (columns === 0 || z.some((row) => row.length !== columns))
    throw new RangeError(`chart: ${where}, z must have rows of the same length, at least 1`);
  const x = series.x ? places(series.x, where, xNames) : count(columns, xNames);
  const y = series.y ? places(series.y, where, yNames) : count(rows, yNames);
  if (x.length !== columns || y.length !== rows)
    throw new RangeError(
      `chart: ${where} has ${x.length} x and ${y.length} y values for ${rows} rows of ${columns}`,
    );
  const colors = series.colors ?? "sequential";
  const finite = z.flat().filter(Number.isFinite);
  let [low, high] = series.range ?? [smallest(finite, 0), largest(finite, 1)];
  if (colors === "diverging" && !series.range) high = Math.max(-low, high);
  if (colors === "diverging" && !series.range) low = -high;
  if (!(low < high)) [low, high] = [low - 0.5, low + 0.5];
  const { name = "", values = false } = series;
  return { kind: "heatmap", name, z, x, y, stops: colorScales[colors], low, high, values };
}

/** Rows and columns without a name are called by their index. */
function count(size: number, names: Names): number[] {
  return Array.from({ length: size }, (_, i) => names.place(String(i)));
}

/** Half the distance between neighbors: how far the cells of a heatmap reach. */
export function halfCell(places: readonly number[]): number {
  return places.length > 1 ? Math.abs(places[1] - places[0]) / 2 : 0.5;
}

/** The numbers that an axis must hold. */
interface Extent {
  readonly values: readonly number[];
  /** Points need some air around them; bars and grids reach to the edge. */
  readonly air: boolean;
  /** Bars stand on zero, whatever the air. */
  readonly onZero: boolean;
}

function extent(marks: readonly Marks[], grids: readonly Grid[], axis: "x" | "y"): Extent {
  const values: number[] = [];
  for (const mark of marks) {
    const finite = mark[axis].filter(Number.isFinite);
    for (const value of finite) values.push(value);
    if (mark.kind === "bar" && axis === "y") values.push(0);
    if (mark.kind === "bar" && axis === "x")
      values.push(
        smallest(finite, 0) + 1.25 * mark.offset[0],
        largest(finite, 0) + 1.25 * mark.offset[1],
      );
  }
  for (const grid of grids) {
    const half = halfCell(grid[axis]);
    values.push(smallest(grid[axis], 0) - half, largest(grid[axis], 0) + half);
  }
  const onZero = axis === "y" && marks.some((mark) => mark.kind === "bar");
  return { values, air: onZero || marks.some((mark) => mark.kind !== "bar"), onZero };
}

function scaleFor(
  name: "x" | "y",
  options: AxisOptions = {},
  names: Names,
  { values, air, onZero }: Extent,
  ticks: number,
): Scale {
  if (names.list.length > 0) {
    const scale = categoryScale(names.list);
    // The first row of a matrix is on top.
    return name === "x" ? scale : { ...scale, share: (value) => 1 - scale.share(value) };
  }
  const log = options.scale === "log";
  if (options.range) {
    const [low, high] = options.range;
    if (!(low < high && apart(low, high) && Number.isFinite(high - low)) || (log && low <= 0))
      throw new RangeError(`chart: the ${name} axis cannot go from ${low} to ${high}`);
    return log ? logScale(low, high, ticks) : linearScale(low, high, ticks);
  }
  if (log) {
    const positive = values.filter((value) => value > 1e-280);
    const [low, high] = [smallest(positive, 1), largest(positive, 10)];
    const factor = apart(low, high) ? 10 ** (0.05 * (Math.log10(high) - Math.log10(low))) : 2;
    return logScale(Math.max(1e-300, low / factor), Math.min(1e300, high * factor), ticks);
  }
  let [low, high] = [smallest(values, 0), largest(values, 1)];
  if (!apart(low, high)) {
    const room = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - room, high + room];
  }
  const room = air ? (high - low) * 0.05 : 0;
  return linearScale(
    onZero && low === 0 ? 0 : low - room,
    onZero && high === 0 ? 0 : high + room,
    ticks,
  );
}

/** Whether there is room for ticks between two numbers: a double has about 16 digits. */
function apart(low: number, high: number): boolean {
  return high - low > 1e-300 + 1e-12 * Math.max(Math.abs(low), Math.abs(high));
}

// Math.min(...values) would fail on a hundred thousand points: they do not fit on the stack.
function smallest(values: readonly number[], otherwise: number): number {
  return values.length === 0 ? otherwise : values.reduce((a, b) => Math.min(a, b));
}

function largest(values: readonly number[], otherwise: number): number {
  return values.length === 0 ? otherwise : values.reduce((a, b) => Math.max(a, b));
}

function describe(plot: Omit<Plot, "description">): string {
  const kinds = { scatter: "points", line: "line", bar: "bars", heatmap: "heatmap" };
  const series = [...plot.grids, ...plot.marks].map((one) => {
    const size =
      one.kind === "heatmap"
        ? `${one.z.length} rows, ${one.x.length} columns`
        : `${one.x.length} values`;
    return `${one.name || "unnamed"} (${kinds[one.kind]}, ${size})`;
  });
  const axis = (name: string, label: string, scale: Scale) => {
    const from = scale.ticks[0]?.label ?? "";
    const to = scale.ticks[scale.ticks.length - 1]?.label ?? "";
    return `${name} axis: ${label || "no label"}, from ${from} to ${to}.`;
  };
  return [
    `Chart of ${series.join("; ") || "nothing yet"}.`,
    axis("x", plot.xLabel, plot.xScale),
    axis("y", plot.yLabel, plot.yScale),
  ].join(" ");
}
