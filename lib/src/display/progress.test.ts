import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tensor } from "../create.ts";
import { batches } from "../data/batches.ts";
import { Rng } from "../random.ts";
import { PLOTLY } from "./bundle.ts";
import { Curve } from "./curve.ts";
import { DISPLAY_SINK, type DisplayMessage } from "./display.ts";
import { progress } from "./progress.ts";

const host = globalThis as { [DISPLAY_SINK]?: (message: DisplayMessage) => void };
let messages: DisplayMessage[];
const texts = (): string[] => messages.map(({ data }) => String(data["text/plain"]));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  messages = [];
  host[DISPLAY_SINK] = (message) => messages.push(message);
});

afterEach(() => {
  delete host[DISPLAY_SINK];
  vi.unstubAllGlobals();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Goes through it, each step taking so many milliseconds. */
function run<Item>(steps: Iterable<Item>, milliseconds: number): Item[] {
  const seen: Item[] = [];
  for (const step of steps) {
    seen.push(step);
    vi.advanceTimersByTime(milliseconds);
  }
  return seen;
}

describe("progress", () => {
  test("gives on what it goes through, and shows count, rate and remaining time in one place", () => {
    expect(run(progress(["a", "b", "c", "d"], { label: "Letters" }), 500)).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
    expect(texts()).toEqual([
      "Letters  ░░░░░░░░░░░░░░░░░░░░  0 of 4",
      "Letters  █████░░░░░░░░░░░░░░░  1 of 4 · 2/s · 1.5 s left",
      "Letters  ██████████░░░░░░░░░░  2 of 4 · 2/s · 1.0 s left",
      "Letters  ███████████████░░░░░  3 of 4 · 2/s · 0.5 s left",
      "Letters  ████████████████████  4 of 4 · 2/s · 0.0 s left",
      "Letters  ████████████████████  4 of 4 · 2/s · 2.0 s",
    ]);
    const [first, ...others] = messages;
    expect(first.update).toBeUndefined();
    for (const { displayId, update } of others)
      expect([displayId, update]).toEqual([first.displayId, true]);
    expect(messages[2].data["text/html"]).toContain('aria-valuenow="50"');
    expect(messages[2].data["text/html"]).toContain("width:50%");
  });

  test("draws ten times a second at most, and always the end", () => {
    run(progress(new Array(10_000).fill(0)), 1);
    expect(messages.length).toBeGreaterThan(90);
    expect(messages.length).toBeLessThanOrEqual(102);
    expect(texts().at(-1)).toContain("10000 of 10000 · 1000/s · 10 s");
  });

  test("batches know their number; what has no end shows none; a total can be told", () => {
    const x = tensor([[1], [2], [3], [4], [5]]);
    const seen = run(progress(batches({ x }, 2, new Rng(1))), 1);
    expect(seen.length).toBe(3);
    expect(texts().at(-1)).toContain("3 of 3");
    const two = function* () {
      yield 1;
      yield 2;
    };
    run(progress(two()), 90_000);
    expect(texts().at(-1)).toBe("2 · 90 s each · 3 min 0 s");
    run(progress(two(), { total: 2 }), 9);
    expect(texts().at(-1)).toContain("2 of 2");
    run(progress(two(), { total: 1 }), 9);
    expect(texts().at(-1)).toMatch(/^2 · /);
    run(progress(new Set([1, 2, 3])), 3600_000);
    expect(texts().at(-1)).toContain("3 of 3 · 3600 s each · 3 h 0 min");
  });

  test("each time through is a new count", () => {
    const steps = progress([1, 2]);
    expect(run(steps, 1)).toEqual(run(steps, 1));
    expect(new Set(messages.map(({ displayId }) => displayId)).size).toBe(2);
  });

  test("a break or an error ends it, and what it goes through as well", () => {
    let closed = 0;
    const steps = function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed++;
      }
    };
    for (const i of progress(steps(), { total: 10 })) if (i === 3) break;
    expect(texts().at(-1)).toContain("stopped after 3 of 10");
    expect(() => {
      for (const _ of progress(steps())) throw new Error("in the loop");
    }).toThrow("in the loop");
    expect(texts().at(-1)).toBe("stopped after 0");
    expect(closed).toBe(2);
    run(progress([1]), 1);
    expect(messages.at(-1)?.displayId).not.toBe(messages[0].displayId);
  });

  test("one within another shares its place, and leaves it again", () => {
    for (const _ of progress([1, 2], { label: "epoch" }))
      run(progress([1, 2, 3], { label: "batch" }), 200);
    expect(new Set(messages.map(({ displayId }) => displayId)).size).toBe(1);
    expect(texts()).toContainEqual(
      expect.stringMatching(/^epoch .* 1 of 2 .*\nbatch .* 2 of 3 .*left$/),
    );
    expect(texts().at(-1)).toBe("epoch  ████████████████████  2 of 2 · 1.67/s · 1.2 s");
  });

  test("a loop that was interrupted in an earlier cell does not catch the next one", () => {
    progress([1, 2])[Symbol.iterator]().next();
    host[DISPLAY_SINK] = (message) => messages.push(message);
    run(progress([1, 2], { label: "new" }), 1);
    expect(texts().at(-1)).toMatch(/^new .* 2 of 2/);
    expect(messages.at(-1)?.displayId).not.toBe(messages[0].displayId);
  });

  test("a label is text, not HTML", () => {
    run(progress([1], { label: '<img src=x onerror="alert(1)">' }), 1);
    expect(messages[0].data["text/html"]).not.toContain("<img");
    expect(messages[0].data["text/plain"]).toContain("<img");
  });

  test("on a terminal it is one line that moves; elsewhere a line now and then", () => {
    delete host[DISPLAY_SINK];
    const write = vi.fn();
    vi.stubGlobal("process", { stderr: { isTTY: true, columns: 24, write } });
    run(progress([1, 2], { label: "Steps" }), 1000);
    expect(write.mock.calls.map(([text]) => text)).toEqual([
      "\r\x1b[2KSteps  ░░░░░░░░░░░░░░░░",
      "\r\x1b[2KSteps  ██████████░░░░░░",
      "\r\x1b[2KSteps  ████████████████",
      "\r\x1b[2KSteps  ████████████████\n",
    ]);
    vi.stubGlobal("process", { stderr: { isTTY: false, write } });
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    run(progress(new Array(25).fill(0)), 1000);
    expect(error.mock.calls.map(([text]) => text.replace(/^\S+ +/, ""))).toEqual([
      "0 of 25",
      "10 of 25 · 1/s · 15 s left",
      "20 of 25 · 1/s · 5.0 s left",
      "25 of 25 · 1/s · 25 s",
    ]);
    expect(write).toHaveBeenCalledTimes(4);
  });

  test("a realm that has only the clock of the language will do", () => {
    vi.stubGlobal("performance", undefined);
    run(progress([1, 2]), 1000);
    expect(texts().at(-1)).toContain("2 of 2 · 1/s · 2.0 s");
  });

  test("a number is that many steps", () => {
    expect(run(progress(3), 1)).toEqual([0, 1, 2]);
    expect(texts().at(-1)).toContain("3 of 3");
    expect(run(progress(0), 1)).toEqual([]);
  });

  test("what cannot be gone through is told", () => {
    expect(() => progress(-1)).toThrowErrorMatchingInlineSnapshot(`
      [TypeError: progress: -1 cannot be gone through
        hint: batches(…), an array, or a number of steps]
    `);
    expect(() => progress(null as unknown as Iterable<number>)).toThrowErrorMatchingInlineSnapshot(`
      [TypeError: progress: null cannot be gone through
        hint: batches(…), an array, or a number of steps]
    `);
  });

  test("it costs next to nothing", () => {
    vi.useRealTimers();
    const steps = new Array(200_000).fill(0);
    let sum = 0;
    const began = performance.now();
    for (const step of progress(steps)) sum += step;
    const each = (performance.now() - began) / steps.length;
    expect(sum).toBe(0);
    // 0.1 to 0.2 µs; a training step of the smallest network takes a hundred.
    expect(each * 1000).toBeLessThan(5);
  });
});

describe("Curve", () => {
  const svgs = (): string[] => messages.map(({ data }) => String(data["image/svg+xml"] ?? ""));

  test("is redrawn in place as a picture, and is a chart at the end", () => {
    const curve = new Curve({ title: "The loss falls" });
    for (let i = 1; i <= 1000; i++) {
      curve.add(1 / i);
      vi.advanceTimersByTime(2);
    }
    expect(messages.length).toBeGreaterThan(15);
    expect(messages.length).toBeLessThanOrEqual(21);
    expect(messages.some(({ data }) => PLOTLY in data)).toBe(false);
    curve.end();
    curve.end();
    expect(messages.filter(({ data }) => PLOTLY in data)).toEqual([messages.at(-1)]);
    expect(new Set(messages.map(({ displayId }) => displayId)).size).toBe(1);
    for (const picture of svgs()) expect(picture).toMatch(/^<svg .*<title>The loss falls</s);
    expect(curve.values.loss.length).toBe(1000);
    expect(curve.steps.loss.slice(0, 2)).toEqual([1, 2]);
  });

  test("ends with the loops around it", () => {
    const curve = new Curve();
    for (const i of progress([3, 2, 1])) curve.add(i);
    expect(messages.filter(({ data }) => PLOTLY in data).length).toBe(1);
    const end = messages.findLast(({ data }) => PLOTLY in data)!;
    expect((end.data[PLOTLY] as { data: { y: number[] }[] }).data[0].y).toEqual([3, 2, 1]);
  });

  test("several lines by name, at steps of their own", () => {
    const curve = new Curve({ y: { label: "accuracy", scale: "log" } });
    curve.add({ train: 3, test: 4 }, 10);
    curve.add({ train: 2 });
    curve.add({ train: 1, test: 3 }, 30);
    expect(curve.steps).toEqual({ train: [10, 11, 30], test: [10, 30] });
    const { plot } = curve.toChart();
    expect(plot.marks.map(({ name, x, y, color }) => ({ name, x, y, color }))).toEqual([
      { name: "train", x: [10, 11, 30], y: [3, 2, 1], color: "loss" },
      { name: "test", x: [10, 30], y: [4, 3], color: "data" },
    ]);
    expect([plot.xLabel, plot.yLabel, plot.yScale.kind]).toEqual(["step", "accuracy", "log"]);
  });

  test("a loss that is no number is marked, with the step", () => {
    const curve = new Curve();
    for (const loss of [2, 3, Number.NaN, Number.NaN]) curve.add(loss);
    expect(curve.toChart().plot.marks[1]).toMatchObject({
      name: "the loss became NaN at step 3",
      x: [3],
      y: [3],
      marker: "cross",
    });
    expect(curve.toChart().toSvg()).toContain("the loss became NaN at step 3");
    const two = new Curve();
    two.add({ train: 1, test: Number.POSITIVE_INFINITY });
    expect(two.toChart().plot.marks[2]).toMatchObject({
      name: "test became Infinity at step 1",
      y: [0],
    });
  });

  test("a long run is thinned where it is drawn, and its spikes stay", () => {
    const curve = new Curve();
    delete host[DISPLAY_SINK];
    for (let i = 0; i < 100_000; i++) curve.add(i === 31_415 ? 99 : i % 7 === 0 ? Number.NaN : 1);
    const [line] = curve.toChart().plot.marks;
    expect(curve.values.loss.length).toBe(100_000);
    expect(line.x.length).toBeLessThanOrEqual(1000);
    expect(line.y).toContain(99);
    expect(line.y.every(Number.isFinite)).toBe(true);
    expect(line.x).toEqual([...line.x].sort((a, b) => a - b));
  });

  test("in a terminal only the end is shown", () => {
    delete host[DISPLAY_SINK];
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const curve = new Curve({ title: "Down" });
    curve.add(2);
    curve.add(1);
    expect(log).not.toHaveBeenCalled();
    curve.end();
    expect(log).toHaveBeenCalledTimes(1);
    expect(log.mock.calls[0][0]).toContain("Down");
  });

  test("a tensor instead of a number is told", () => {
    const curve = new Curve();
    // biome-ignore lint/suspicious/noExplicitAny: what a learner may well write.
    expect(() => curve.add(tensor([1]) as any)).toThrowErrorMatchingInlineSnapshot(`
      [TypeError: Curve: loss is no number
        hint: a tensor's number is its item(): curve.add(loss.item())]
    `);
    expect(() =>
      curve.add({ train: "0.5" as unknown as number }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [TypeError: Curve: train is no number
        hint: a tensor's number is its item(): curve.add(loss.item())]
    `);
  });
});
