/** Charts, and curves that grow while a network trains. */
export { Chart, chart } from "./chart/chart.ts";
export type {
  AxisOptions,
  BarSeries,
  ChartOptions,
  HeatmapSeries,
  LineSeries,
  Numbers,
  ScatterSeries,
  Series,
} from "./chart/model.ts";
export type { PlotlyFigure } from "./chart/plotly.ts";
export type { ColorName, MarkerShape } from "./chart/theme.ts";
export { Curve, type CurveOptions } from "./curve.ts";
