import { labelsAtLineEnds, lastPoint, spread, titleLines } from "./layout.ts";
import type { Grid, Marks, Plot } from "./model.ts";
import type { Scale } from "./scale.ts";
import { chartColors, neutral, plotlyMarkers } from "./theme.ts";

/** A figure as plotly.js takes it. */
export interface PlotlyFigure {
  data: Record<string, unknown>[];
  layout: Record<string, unknown>;
  config: Record<string, unknown>;
}

/** The chart for plotly, looking as much like the still picture as plotly allows. */
export function chartPlotly(plot: Plot): PlotlyFigure {
  const title = titleLines(plot);
  const direct = labelsAtLineEnds(plot);
  const legend = !direct && plot.marks.some((mark) => mark.name);
  const margin = {
    l: 70,
    r: direct ? 120 : 24,
    t: 20 * title.length + (legend ? 50 : 25),
    b: 60,
  };
  const layout = {
    // Without a width of its own it fills the page or cell it stands in.
    ...(plot.fixedWidth ? { width: plot.width } : { autosize: true }),
    height: plot.height,
    margin,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "Inter, system-ui, sans-serif", size: 13, color: neutral.ink },
    title: {
      text: title.length > 0 ? `<b>${title.map(plotlyText).join("<br>")}</b>` : "",
      x: 0.02,
      xanchor: "left",
      y: 0.98,
      yanchor: "top",
      font: { size: 15 },
    },
    xaxis: axis(plot.xLabel, plot.xScale, false),
    yaxis: axis(plot.yLabel, plot.yScale, plot.yScale.kind === "category"),
    showlegend: legend,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yanchor: "bottom" },
    barmode: "group",
    bargap: 0.2,
    hovermode: "closest",
    annotations: direct ? endLabels(plot, margin) : [],
  };
  return {
    data: [
      ...plot.grids.map((grid) => heatmap(grid, plot)),
      ...plot.marks.map((mark) => trace(mark, plot)),
    ],
    layout,
    config: { displaylogo: false, responsive: !plot.fixedWidth },
  };
}

function axis(label: string, scale: Scale, reversed: boolean): Record<string, unknown> {
  const [low, high] =
    scale.kind === "log"
      ? [Math.log10(scale.low), Math.log10(scale.high)]
      : [scale.low, scale.high];
  const common = {
    title: { text: plotlyText(label), standoff: 12, font: { size: 13 } },
    range: reversed ? [high, low] : [low, high],
    gridcolor: neutral.grid,
    linecolor: neutral.ink,
    zeroline: false,
    automargin: true,
  };
  if (scale.kind === "linear") return { ...common, type: "linear" };
  // Plotly writes 0.2 and 0.5 as 2 and 5, which few can read.
  const ticks = {
    tickmode: "array",
    tickvals: scale.ticks.map(({ value }) => value),
    ticktext: scale.ticks.map(({ label }) => plotlyText(label)),
  };
  if (scale.kind === "log") return { ...common, ...ticks, type: "log" };
  // Names stand at 0, 1, 2, …, so that points and lines may lie between them.
  return { ...common, ...ticks, type: "linear", showgrid: false };
}

function trace(mark: Marks, { xScale }: Plot): Record<string, unknown> {
  const color = chartColors[mark.color];
  const names =
    xScale.kind === "category"
      ? { hovertext: mark.x.map((x) => plotlyText(xScale.ticks[x]?.label ?? "")) }
      : {};
  const common = { name: plotlyText(mark.name), x: gaps(mark.x), y: gaps(mark.y), ...names };
  if (mark.kind === "bar") return { ...common, type: "bar", marker: { color } };
  const marker = {
    color,
    symbol: plotlyMarkers[mark.marker],
    size: 8,
    opacity: mark.x.length > 40 ? 0.7 : 0.9,
  };
  if (mark.kind === "scatter") return { ...common, type: "scatter", mode: "markers", marker };
  return {
    ...common,
    type: "scatter",
    mode: mark.markers ? "lines+markers" : "lines",
    line: {
      color,
      width: 2,
      dash: mark.dash
        ? mark.dash
            .split(" ")
            .map((n) => `${n}px`)
            .join(",")
        : "solid",
    },
    ...(mark.markers ? { marker } : {}),
  };
}

function heatmap(grid: Grid, { xScale, yScale }: Plot): Record<string, unknown> {
  const label = (scale: Scale, place: number) =>
    scale.kind === "category" ? (scale.ticks[place]?.label ?? "") : String(place);
  return {
    type: "heatmap",
    name: plotlyText(grid.name),
    z: grid.z.map(gaps),
    x: grid.x,
    y: grid.y,
    zmin: grid.low,
    zmax: grid.high,
    colorscale: grid.stops.map((color, i) => [i / (grid.stops.length - 1), color]),
    colorbar: { thickness: 12, outlinewidth: 0 },
    text: grid.y.map((y) =>
      grid.x.map((x) => plotlyText(`${label(yScale, y)}, ${label(xScale, x)}`)),
    ),
    hovertemplate: "%{text}: %{z}<extra></extra>",
    ...(grid.values ? { texttemplate: "%{z:.3~r}" } : {}),
  };
}

/** The names where the lines end, moved apart as in the still picture. */
function endLabels({ marks, yScale, height }: Plot, margin: { t: number; b: number }) {
  const room = height - margin.t - margin.b;
  const labels = marks
    .map((mark) => ({ mark, ...lastPoint(mark)! }))
    .map(({ mark, y }) => ({ mark, y, down: room * (1 - yScale.share(y)) }))
    .sort((a, b) => a.down - b.down);
  const places = spread(
    labels.map(({ down }) => down),
    room,
  );
  return labels.map(({ mark, y, down }, i) => ({
    text: `<b>${plotlyText(mark.name)}</b>`,
    x: 1,
    xref: "paper",
    xanchor: "left",
    xshift: 4,
    y: yScale.kind === "log" ? Math.log10(y) : y,
    yshift: Math.round(down - places[i]),
    yanchor: "middle",
    showarrow: false,
    font: { color: chartColors[mark.color] },
  }));
}

/** JSON knows no NaN; plotly leaves a gap where it finds null. */
function gaps(values: readonly number[]): (number | null)[] {
  return values.map((value) => (Number.isFinite(value) ? value : null));
}

/** Plotly takes some tags in its texts, links among them, and knows only these entities. */
function plotlyText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
