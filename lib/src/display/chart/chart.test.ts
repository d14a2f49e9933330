import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linspace, tensor } from "../../create.ts";
import { errorOf, HOSTILE } from "../../testing.ts";
import { PLOTLY } from "../bundle.ts";
import { chart } from "./chart.ts";
import { spread, textWidth, wrap } from "./layout.ts";
import type { ChartOptions, Series } from "./model.ts";
import { linearScale, logScale } from "./scale.ts";
import { chartColors, colorAt, colorScales, luminance, neutral, order, parseHex } from "./theme.ts";

describe("scales", () => {
  test("ticks are round numbers that cover the axis", () => {
    const labels = (low: number, high: number, count: number) =>
      linearScale(low, high, count).ticks.map(({ label }) => label);
    expect(labels(0, 10, 5)).toEqual(["0", "2", "4", "6", "8", "10"]);
    expect(labels(172, 231, 6)).toEqual(["180", "190", "200", "210", "220", "230"]);
    expect(labels(-0.3, 0.3, 6)).toEqual(["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]);
    expect(labels(0, 3e6, 3)).toEqual(["0", "1e6", "2e6", "3e6"]);
    expect(logScale(0.001, 100, 8).ticks.map(({ label }) => label)).toEqual([
      "0.001",
      "0.01",
      "0.1",
      "1",
      "10",
      "100",
    ]);
    expect(logScale(1, 30, 8).ticks.map(({ label }) => label)).toEqual(["1", "2", "5", "10", "20"]);
  });

  test("on any axis: some ticks, not many, inside, in order, each with its own label", () => {
    const number = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        number,
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (low, span, count) => {
          fc.pre(span > Math.abs(low) * 1e-6);
          const { ticks, share } = linearScale(low, low + span, count);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(count + 1);
          for (const { value } of ticks)
            expect(share(value) > -1e-6 && share(value) < 1 + 1e-6).toBe(true);
          if (Math.abs(low) + span < 1e6)
            expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        },
      ),
    );
  });
});

describe("colors", () => {
  const contrast = (a: readonly number[], b: readonly number[]) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  test("marks have 3:1 on white and on dark, text 4:1", () => {
    for (const paper of ["#ffffff", "#111111", "#15171a"].map(parseHex)) {
      for (const [name, color] of Object.entries(chartColors))
        expect(contrast(parseHex(color), paper), name).toBeGreaterThanOrEqual(3);
      expect(contrast(parseHex(neutral.ink), paper)).toBeGreaterThanOrEqual(4);
    }
  });

  test("series differ by shape and by dash, not by color alone", () => {
    for (const look of ["color", "marker", "dash"] as const)
      expect(new Set(order.map((one) => one[look])).size).toBe(order.length);
  });

  test("heatmaps get steadily lighter, or lighter toward the middle: readable without color", () => {
    const shades = (name: keyof typeof colorScales) =>
      Array.from({ length: 21 }, (_, i) => luminance(colorAt(colorScales[name], i / 20)));
    const rising = (values: number[]) => values.every((v, i) => i === 0 || v > values[i - 1]);
    expect(rising(shades("sequential"))).toBe(true);
    expect(rising(shades("diverging").slice(0, 11))).toBe(true);
    expect(rising(shades("diverging").slice(10).reverse())).toBe(true);
    expect(colorAt(colorScales.sequential, 2)).toEqual(colorAt(colorScales.sequential, 1));
  });
});

const every: Record<string, ChartOptions> = {
  points: {
    title: "Two kinds of points",
    x: { label: "length (mm)" },
    y: { label: "mass (g)" },
    series: [
      { kind: "scatter", name: "Adelie", x: [181, 186, 195], y: [3750, 3800, 3250] },
      { kind: "scatter", name: "Gentoo", x: [211, 230, 210], y: [4500, 5700, 4450] },
      { kind: "line", name: "boundary", color: "weight", x: [180, 230], y: [3000, 6000] },
    ],
  },
  lines: {
    title: "The loss falls",
    x: { label: "step" },
    y: { label: "loss", scale: "log" },
    series: [
      { kind: "line", name: "training", y: [2, 1, 0.5, 0.25, 0.13] },
      { kind: "line", name: "validation", y: [2.1, 1.2, 0.8, 0.7, 0.69] },
    ],
  },
  bars: {
    title: "Birds on islands",
    y: { label: "birds" },
    series: [
      { kind: "bar", name: "female", x: ["Biscoe", "Dream", "Torgersen"], y: [80, 61, 24] },
      { kind: "bar", name: "male", x: ["Biscoe", "Dream", "Torgersen"], y: [83, 62, 23] },
    ],
  },
  heatmap: {
    title: "Predicted and true",
    series: [
      {
        kind: "heatmap",
        x: ["a", "b"],
        y: ["a", "b"],
        z: tensor([
          [9, 1],
          [0, 5],
        ]),
        values: true,
      },
    ],
  },
};

describe("drawings", () => {
  test.each(Object.keys(every))("%s in characters", (name) => {
    expect(String(chart(every[name]))).toMatchSnapshot();
  });

  test.each(Object.keys(every))("%s: svg and plotly say the same", (name) => {
    const one = chart(every[name]);
    const picture = one.toSvg();
    const { data, layout } = one.toPlotly();
    expect(data).toHaveLength(every[name].series.length);
    for (const series of every[name].series)
      if (series.name) expect(picture).toContain(`>${series.name}</text>`);
    for (const text of [every[name].title, every[name].x?.label, every[name].y?.label]) {
      if (!text) continue;
      expect(picture).toContain(`>${text}</text>`);
      expect(JSON.stringify(layout)).toContain(text);
    }
    for (const trace of data as { marker?: { color: string }; line?: { color: string } }[]) {
      const color = trace.marker?.color ?? trace.line?.color;
      if (color) expect(picture).toContain(color);
    }
  });

  test("a picture names itself and says what it shows", () => {
    const picture = chart(every.points).toSvg();
    expect(picture).toContain('role="img"');
    expect(picture).toContain("<title>Two kinds of points</title>");
    expect(/<desc>(.*)<\/desc>/.exec(picture)?.[1]).toMatchInlineSnapshot(
      `"Chart of Adelie (points, 3 values); Gentoo (points, 3 values); boundary (line, 2 values). x axis: length (mm), from 180 to 230. y axis: mass (g), from 3000 to 6000."`,
    );
    expect(chart({ ...every.points, description: "Mine." }).toSvg()).toContain(
      "<desc>Mine.</desc>",
    );
  });

  test("each point is drawn once, where it belongs", () => {
    const picture = chart({
      width: 400,
      height: 300,
      x: { range: [0, 10] },
      y: { range: [0, 10] },
      series: [{ kind: "scatter", x: [0, 10, 5], y: [0, 10, 5] }],
    }).toSvg();
    const box = /<svg x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/
      .exec(picture)!
      .slice(1)
      .map(Number);
    const points = [...picture.matchAll(/translate\(([\d.]+) ([\d.]+)\)" d="M-4/g)].map(
      ([, x, y]) => [Number(x), Number(y)],
    );
    const [left, top, width, height] = box;
    expect(points).toHaveLength(3);
    expect(points[0]).toEqual([left, expect.closeTo(top + height, 0)]);
    expect(points[1]).toEqual([expect.closeTo(left + width, 0), top]);
    expect(points[2]).toEqual([
      expect.closeTo(left + width / 2, 0),
      expect.closeTo(top + height / 2, 0),
    ]);
  });

  test("a missing value is a gap: in the line, in plotly's JSON, in characters", () => {
    const gap = chart({ series: [{ kind: "line", y: [1, 2, Number.NaN, 4, 5] }] });
    const line = /stroke-linejoin[^>]* d="([^"]*)"/.exec(gap.toSvg())![1];
    expect(line.match(/M/g)).toHaveLength(2);
    expect(line).not.toContain("NaN");
    expect((gap.toPlotly().data[0] as { y: unknown[] }).y).toEqual([1, 2, null, 4, 5]);
    expect(String(gap)).not.toContain("NaN");
  });

  test("no numbers, one number, the same number, and a great many", () => {
    const many = Array.from({ length: 200_000 }, (_, i) => i);
    for (const y of [[], [5], [0], [3, 3, 3], [Number.NaN], [Infinity, 1], [-1e300, 1e300], many])
      for (const kind of ["scatter", "line", "bar"] as const) {
        if (y === many && kind !== "line") continue;
        const one = chart({ series: [{ kind, x: y.map((_, i) => i), y }] });
        expect(one.toSvg()).not.toMatch(/NaN|Infinity|undefined/);
        expect(String(one)).not.toMatch(/NaN|undefined/);
        expect(JSON.stringify(one.toPlotly())).not.toMatch(/undefined/);
      }
  });

  test("whatever the numbers are, the picture is whole", () => {
    const value = fc.oneof(fc.double(), fc.integer({ min: -100, max: 100 }), fc.constant(null));
    const series = fc
      .tuple(
        fc.constantFrom("scatter", "line", "bar"),
        fc.array(fc.tuple(value, value), { maxLength: 8 }),
        fc.string(),
      )
      .map(
        ([kind, points, name]) =>
          ({ kind, name, x: points.map(([x]) => x), y: points.map(([, y]) => y) }) as Series,
      );
    fc.assert(
      fc.property(
        fc.array(series, { maxLength: 8 }),
        fc.boolean(),
        fc.boolean(),
        (all, logX, logY) => {
          const one = chart({
            x: { scale: logX ? "log" : "linear" },
            y: { scale: logY ? "log" : "linear" },
            series: all,
          });
          expect(one.toSvg().replace(/<(title|desc|text)[\s\S]*?<\/\1>/g, "")).not.toMatch(
            /NaN|Infinity|undefined|null/,
          );
          for (const line of String(one).split("\n").slice(0, 16))
            expect(line.length).toBeLessThan(120);
        },
      ),
    );
  });

  test("names where lines end do not touch", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 10 }), (heights) => {
        const sorted = heights.sort((a, b) => a - b);
        const places = spread(sorted, 300);
        places.forEach((place, i) => {
          expect(place).toBeLessThanOrEqual(300);
          if (i > 0) expect(place - places[i - 1]).toBeGreaterThanOrEqual(16);
        });
      }),
    );
    expect(spread([10, 100, 200], 300)).toEqual([10, 100, 200]);
  });

  test("a title is broken into two lines at most, and no line is too wide", () => {
    expect(wrap("one two three four five", 10, 50)).toEqual(["one two", "three f…"]);
    expect(wrap("", 10, 50)).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
        const lines = wrap(words.join(" "), 10, 100);
        expect(lines.length).toBeLessThanOrEqual(2);
        for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(100);
      }),
    );
  });

  test("nothing that a name, label, title or category holds becomes markup", () => {
    for (const hostile of HOSTILE) {
      const one = chart({
        title: hostile,
        description: hostile,
        x: { label: hostile },
        y: { label: hostile },
        series: [
          { kind: "bar", name: hostile, x: [hostile], y: [1] },
          { kind: "line", name: `${hostile}2`, x: [0], y: [1] },
        ],
      });
      const tags = [...one.toSvg().matchAll(/<\/?([a-zA-Z!?][\w-]*)/g)].map(([, tag]) => tag);
      expect(new Set(tags)).toEqual(new Set(["svg", "title", "desc", "g", "path", "text"]));
      expect(one.toSvg()).not.toMatch(/<[^>]*\son\w+=/);
      const texts = JSON.stringify(one.toPlotly()).replaceAll(/<\/?br?>/g, "");
      expect(texts).not.toMatch(/[<>]/);
    }
  });

  test("a bundle has a form for every place", () => {
    expect(Object.keys(chart(every.points).toMimeBundle())).toEqual([
      PLOTLY,
      "image/svg+xml",
      "text/plain",
    ]);
  });

  test("a chart fills its place unless it was given a width", () => {
    expect(chart({ series: [] }).toPlotly().layout).toMatchObject({ autosize: true, height: 400 });
    expect(chart({ width: 300, series: [] }).toPlotly().layout).toMatchObject({ width: 300 });
  });

  test("tensors, typed arrays and arrays are the same to a chart", () => {
    const draw = (
      y: ChartOptions["series"][number] extends infer S
        ? S extends { kind: "line"; y: infer Y }
          ? Y
          : never
        : never,
    ) => chart({ series: [{ kind: "line", y }] }).toSvg();
    expect(draw(tensor([1, 2, 3]))).toBe(draw([1, 2, 3]));
    expect(draw(Float32Array.of(1, 2, 3))).toBe(draw([1, 2, 3]));
  });

  test("the first row of a matrix is on top; rows at numbers go upward", () => {
    const first = (options: { y?: number[] }) =>
      Number(
        /<rect x="[\d.]+" y="([\d.]+)"/.exec(
          chart({ series: [{ kind: "heatmap", z: [[1], [2]], ...options }] }).toSvg(),
        )![1],
      );
    expect(first({})).toBeLessThan(100);
    expect(first({ y: [0, 1] })).toBeGreaterThan(100);
  });
});

test("what is said of options that make no chart", () => {
  const broken = (series: unknown, more: object = {}) =>
    errorOf(() => chart({ series: [series] as Series[], ...more }));
  expect(errorOf(() => chart({} as ChartOptions))).toMatchInlineSnapshot(`
    "TypeError: chart: series is missing
      hint: series: [{ kind: "line", y: losses }]"
  `);
  expect(broken({ kind: "pie", y: [1] })).toMatchInlineSnapshot(
    `"TypeError: chart: series 0 has kind "pie": choose "scatter", "line", "bar" or "heatmap""`,
  );
  expect(broken({ kind: "line", name: "loss", x: [1, 2], y: [1] })).toMatchInlineSnapshot(
    `"RangeError: chart: series "loss" has 2 x values and 1 y values"`,
  );
  expect(broken({ kind: "line", y: ["1"] })).toMatchInlineSnapshot(
    `"TypeError: chart: series 0, y[0] is "1", not a number"`,
  );
  expect(broken({ kind: "line", y: tensor([[1]]) })).toMatchInlineSnapshot(
    `"TypeError: chart: series 0, y must be a vector, it has shape [1, 1]"`,
  );
  expect(broken({ kind: "scatter", y: [1] })).toMatchInlineSnapshot(
    `"TypeError: chart: series 0 is missing its x values"`,
  );
  expect(broken({ kind: "line", y: [1], color: "red" })).toMatchInlineSnapshot(
    `"TypeError: chart: series 0 has the color "red": choose data, gradient, activation, loss, weight, target"`,
  );
  expect(broken({ kind: "heatmap", z: [[1, 2], [3]] })).toMatchInlineSnapshot(
    `"RangeError: chart: series 0, z must have rows of the same length, at least 1"`,
  );
  expect(broken({ kind: "heatmap", z: [[1, 2]], x: ["a"] })).toMatchInlineSnapshot(
    `"RangeError: chart: series 0 has 1 x and 1 y values for 1 rows of 2"`,
  );
  expect(broken({ kind: "heatmap", z: linspace(0, 1, 3) })).toMatchInlineSnapshot(
    `"TypeError: chart: series 0, z must be a matrix, it has shape [3]"`,
  );
  expect(broken({ kind: "line", y: [1] }, { y: { range: [2, 1] } })).toMatchInlineSnapshot(
    `"RangeError: chart: the y axis cannot go from 2 to 1"`,
  );
  expect(
    broken({ kind: "line", y: [1] }, { y: { scale: "log", range: [0, 1] } }),
  ).toMatchInlineSnapshot(`"RangeError: chart: the y axis cannot go from 0 to 1"`);
  expect(broken({ kind: "line", y: [1] }, { width: Number.NaN })).toMatchInlineSnapshot(
    `"RangeError: chart: NaN by 400 is too small or too large to draw"`,
  );
});
