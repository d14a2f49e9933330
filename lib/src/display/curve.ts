import { Tensor } from "../tensor.ts";
import type { Displayable, MimeBundle } from "./bundle.ts";
import { type Chart, chart } from "./chart/chart.ts";
import type { AxisOptions, LineSeries, ScatterSeries } from "./chart/model.ts";
import type { ColorName } from "./chart/theme.ts";
import { type DisplayHandle, display } from "./display.ts";
import { svg } from "./markup.ts";
import { Pace } from "./pace.ts";
import { boardOfHost, hasHost } from "./progress.ts";

/** Options of a {@link Curve}. */
export interface CurveOptions {
  /** What one sees. */
  title?: string;
  /** By default labeled "step". */
  x?: AxisOptions;
  /** By default labeled "loss". */
  y?: AxisOptions;
}

/** A line of more points than this is not drawn point by point. */
const MOST_POINTS = 1000;
const colors: readonly ColorName[] = ["loss", "data", "activation", "weight", "target", "gradient"];

/**
 * Losses drawn in place while they come in, and at the end as a chart that can be zoomed: when
 * {@link Curve.end} is called, or the {@link progress} around it ends. In a terminal, the end only.
 *
 * ```ts
 * const curve = new Curve({ title: "The loss falls" });
 * for (const { x, y } of progress(batches(train, 64))) curve.add(step(x, y).item());
 * ```
 */
export class Curve implements Displayable {
  /** All values that came in, by the name of their line; that of a bare number is `loss`. */
  readonly values: Record<string, number[]> = Object.create(null);
  /** The step of each of the values. */
  readonly steps: Record<string, number[]> = Object.create(null);

  private readonly options: CurveOptions;
  private readonly pace = new Pace();
  private handle: DisplayHandle | undefined;
  private step = 0;
  private complete = true;

  constructor(options: CurveOptions = {}) {
    this.options = options;
  }

  /**
   * Adds a value, or one to each of several lines: `curve.add({ train, test })`. Steps count from 1
   * unless `step` says otherwise. A loss that is not finite gets a mark and a word on the chart.
   */
  add(loss: number | Readonly<Record<string, number>>, step: number = this.step + 1): void {
    const lines = typeof loss === "object" && !(loss instanceof Tensor) ? loss : { loss };
    for (const [name, value] of Object.entries(lines)) {
      if (typeof value !== "number")
        throw new TypeError(
          `Curve: ${name} is no number\n  hint: a tensor's number is its item(): curve.add(loss.item())`,
        );
      this.values[name] ??= [];
      this.values[name].push(value);
      this.steps[name] ??= [];
      this.steps[name].push(step);
    }
    this.step = step;
    this.complete = false;
    boardOfHost().endWithLoops(this);
    if (hasHost()) this.pace.tick(() => this.draw());
  }

  /** Draws the curve whole, for the last time. */
  end(): void {
    if (this.complete) return;
    this.complete = true;
    if (this.handle) this.handle.finish(this);
    else this.handle = display(this);
  }

  /** The curve as it stands. */
  toChart(): Chart {
    const { title, x, y } = this.options;
    const names = Object.keys(this.values);
    return chart({
      title,
      x: { label: "step", ...x },
      y: { label: "loss", ...y },
      series: [...names.map((name, i) => this.line(name, i)), ...names.flatMap(this.mark, this)],
    });
  }

  /** The curve drawn with letters. */
  toString(): string {
    return this.toChart().toString();
  }

  /** What Node's console.log shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** As a chart. */
  toMimeBundle(): MimeBundle {
    return this.toChart().toMimeBundle();
  }

  private draw(): void {
    const picture = svg(this.toChart().toSvg());
    if (this.handle) this.handle.update(picture);
    else this.handle = display(picture);
  }

  private line(line: string, i: number): LineSeries {
    const { x, y } = thinned(this.steps[line], this.values[line]);
    // A line that is the only one needs no name.
    const name = Object.keys(this.values).length > 1 ? line : "";
    return { kind: "line", name, color: colors[i % colors.length], x, y, markers: x.length <= 20 };
  }

  /** Where a line leaves the finite numbers: a cross as high as its last finite value. */
  private mark(line: string): ScatterSeries[] {
    const values = this.values[line];
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return [];
    const step = this.steps[line][at];
    const name = `${line === "loss" ? "the loss" : line} became ${values[at]} at step ${step}`;
    const [x, y] = [[step], [values[at - 1] ?? 0]];
    return [{ kind: "scatter", name, color: "gradient", marker: "cross", x, y }];
  }
}

/** Fewer points that look the same: the lowest and the highest of each stretch. */
function thinned(x: readonly number[], y: readonly number[]): { x: number[]; y: number[] } {
  if (x.length <= MOST_POINTS) return { x: [...x], y: [...y] };
  const kept: number[] = [];
  const stretches = MOST_POINTS / 2;
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * x.length) / stretches);
    const to = Math.floor(((stretch + 1) * x.length) / stretches);
    let [low, high] = [from, from];
    for (let i = from + 1; i < to; i++) {
      if (y[i] < y[low] || Number.isNaN(y[low])) low = i;
      if (y[i] > y[high] || Number.isNaN(y[high])) high = i;
    }
    kept.push(...new Set([Math.min(low, high), Math.max(low, high)]));
  }
  return { x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) };
}
