import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as gradus from "../src/index.ts";
import { HOSTILE } from "../src/testing.ts";

const { chart, Rng, tensor } = gradus;
const root = join(import.meta.dirname, "../..");

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const executablePath = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ].find(existsSync);
  if (!executablePath) throw new Error("No Chromium was found: apt install chromium");
  browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  page = await browser.newPage();
});

afterAll(() => browser?.close());

describe("in a browser", () => {
  test("a seed gives the same numbers as in Node, down to the last bit", async () => {
    const { outputFiles } = await build({
      entryPoints: [join(root, "lib/src/index.ts")],
      bundle: true,
      write: false,
      format: "iife",
      globalName: "gradus",
      platform: "browser",
    });
    const draw = ({ Rng, penguins }: typeof gradus) => [
      ...new Rng(42).normal([2000]).data,
      ...new Rng("text").uniform([2000], -3, 7).data,
      ...new Rng(0.5).permutation(500),
      ...penguins().dropMissing().toTensor("bodyMass", "billDepth").mean(0).data,
    ];
    // In a worker, where cells run: there is no document.
    const source = `${outputFiles[0].text}\npostMessage((${draw})(gradus));`;
    const there = await page.evaluate(
      (code) =>
        new Promise<number[]>((resolve, reject) => {
          const worker = new Worker(URL.createObjectURL(new Blob([code])));
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
      source,
    );
    expect(there).toEqual(draw(gradus));
  });

  test("every chart is a well-formed picture, whatever it is called", async () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary" }), fc.string());
    const any = fc.record({
      title: text,
      label: text,
      name: text,
      category: text,
      kind: fc.constantFrom("bar" as const, "line" as const, "scatter" as const),
    });
    const pictures = fc
      .sample(any, { numRuns: 300, seed: 7 })
      .map(({ title, label, name, category, kind }) =>
        chart({
          title,
          x: { label },
          series: [
            { kind: "bar", name, x: [category, "b"], y: [1, 2] },
            { kind, name: category, x: [0, 1], y: [2, 1] },
          ],
        }).toSvg(),
      );
    pictures.push(
      chart({ series: [{ kind: "heatmap", z: tensor([[1, 2]]), values: true }] }).toSvg(),
    );
    const errors = await page.evaluate((all) => {
      const parse = (source: string) =>
        new DOMParser().parseFromString(source, "image/svg+xml").querySelector("parsererror")
          ?.textContent;
      return [parse("<svg>"), ...all.map(parse)];
    }, pictures);
    expect(errors[0]).toBeTruthy(); // the parser does find errors
    expect(errors.slice(1).filter(Boolean)).toEqual([]);
  });

  test("a screen reader gets a picture with a name and a description", async () => {
    const picture = chart({ title: "Mistakes vanish", series: [{ kind: "line", y: [3, 1, 0] }] });
    await page.setContent(picture.toSvg());
    const image = page.getByRole("img", { name: "Mistakes vanish" });
    expect(await image.count()).toBe(1);
    expect(await page.locator("svg > desc").textContent()).toContain("3 values");
  });

  test("text stays inside the picture and apart from other text", async () => {
    const long = "a rather long name for a series";
    await page.setContent(
      [
        chart({
          title:
            "A title that is so long that it cannot possibly fit into the width of the chart it stands over",
          x: { label: "step" },
          y: { label: "loss" },
          series: ["training", "validation", "test"].map((name, i) => ({
            kind: "line" as const,
            name,
            y: [5, 3 + i / 50],
          })),
        }).toSvg(),
        chart({
          series: Array.from({ length: 6 }, (_, i) => ({
            kind: "bar" as const,
            name: `${long} ${i}`,
            x: ["Adelie", "Chinstrap", "Gentoo"],
            y: [i, 2, 1],
          })),
        }).toSvg(),
        chart({
          series: [
            {
              kind: "bar",
              x: Array.from({ length: 60 }, (_, i) => `category ${i}`),
              y: Array.from({ length: 60 }, (_, i) => i),
            },
          ],
        }).toSvg(),
      ].join(""),
    );
    const problems = await page.evaluate(() => {
      const found: string[] = [];
      for (const svg of document.querySelectorAll("body > svg")) {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll("text")].map((text) => ({
          text: text.textContent,
          box: text.getBoundingClientRect(),
        }));
        for (const { text, box } of texts)
          if (
            box.left < frame.left - 1 ||
            box.right > frame.right + 1 ||
            box.top < frame.top - 1 ||
            box.bottom > frame.bottom + 1
          )
            found.push(`outside: ${text}`);
        texts.forEach((one, i) => {
          for (const other of texts.slice(i + 1)) {
            const across =
              Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
            const down =
              Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
            if (across > 1 && down > 4) found.push(`over each other: ${one.text} | ${other.text}`);
          }
        });
      }
      return found;
    });
    expect(problems).toEqual([]);
  });

  test("plotly draws the figure: points, lines, bars and names", async () => {
    const plotly = await readFile(
      join(root, "node_modules/plotly.js-basic-dist-min/plotly-basic.min.js"),
      "utf8",
    );
    await page.setContent('<div id="chart" style="width:640px"></div>');
    await page.addScriptTag({ content: plotly });
    const figure = chart({
      title: "Birds & <boundaries>",
      x: { label: "flipper (mm)" },
      y: { label: "depth (mm)" },
      series: [
        { kind: "scatter", name: "A < B", x: [1, 2, Number.NaN], y: [1, 2, 3] },
        { kind: "line", name: "line", x: [1, 2], y: [2, 1] },
        { kind: "bar", name: "bar", x: [1, 2], y: [1, 1] },
      ],
    }).toPlotly();
    const seen = await page.evaluate(async (json) => {
      const { Plotly } = globalThis as unknown as {
        Plotly: {
          newPlot(id: string, figure: object): Promise<void>;
          validate(data: object, layout: object): object[] | undefined;
        };
      };
      const { data, layout, config } = JSON.parse(json);
      const complaints = Plotly.validate?.(data, layout) ?? [];
      await Plotly.newPlot("chart", { data, layout, config });
      const count = (selector: string) => document.querySelectorAll(selector).length;
      return {
        complaints: complaints.map((complaint) => JSON.stringify(complaint)),
        points: count(".scatterlayer .point"),
        lines: count(".scatterlayer .js-line"),
        bars: count(".bars .point"),
        title: document.querySelector(".gtitle")?.textContent,
        names: [...document.querySelectorAll(".legendtext")].map((text) => text.textContent),
      };
    }, JSON.stringify(figure));
    expect(seen).toEqual({
      complaints: [],
      points: 2,
      lines: 1,
      bars: 2,
      title: "Birds & <boundaries>",
      names: ["A < B", "line", "bar"],
    });
  });

  test("a picture of numbers is the picture that the browser sees", async () => {
    const values = new Rng(1).uniform([7, 5, 3]);
    const { "image/png": png } = gradus.image(values, { range: [0, 1] }).toMimeBundle();
    const pixels = await page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), {
        width: image.width,
        height: image.height,
      });
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return [
        image.width,
        image.height,
        ...context.getImageData(0, 0, image.width, image.height).data,
      ];
    }, png);
    const expected = Array.from({ length: 35 }, (_, i) => [
      ...Array.from({ length: 3 }, (_, c) => Math.round(values.data[i * 3 + c] * 255)),
      255,
    ]).flat();
    expect(pixels.slice(0, 2)).toEqual([5, 7]);
    expect(pixels.slice(2)).toEqual(expected);
  });
});
