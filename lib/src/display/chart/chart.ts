import { type Displayable, type MimeBundle, PLOTLY } from "../bundle.ts";
import { chartText } from "./characters.ts";
import { type ChartOptions, type Plot, resolve } from "./model.ts";
import { chartPlotly, type PlotlyFigure } from "./plotly.ts";
import { chartSvg } from "./svg.ts";

/** A chart to show. Made by {@link chart}. */
export class Chart implements Displayable {
  /** Every choice made. @internal */
  readonly plot: Plot;

  constructor(options: ChartOptions) {
    this.plot = resolve(options);
  }

  /** A still picture. */
  toSvg(): string {
    return chartSvg(this.plot);
  }

  /** A figure for plotly.js. */
  toPlotly(): PlotlyFigure {
    return chartPlotly(this.plot);
  }

  /** A drawing in characters. */
  toString(): string {
    return chartText(this.plot);
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  toMimeBundle(): MimeBundle {
    return {
      [PLOTLY]: this.toPlotly(),
      "image/svg+xml": this.toSvg(),
      "text/plain": this.toString(),
    };
  }
}

/**
 * A chart of points, lines, bars or a heatmap.
 *
 * ```ts
 * display(chart({
 *   title: "Longer flippers, heavier birds",
 *   x: { label: "flipper length (mm)" },
 *   y: { label: "body mass (g)" },
 *   series: [{ kind: "scatter", name: "Adelie", x: lengths, y: masses }],
 * }));
 * ```
 */
export function chart(options: ChartOptions): Chart {
  return new Chart(options);
}
