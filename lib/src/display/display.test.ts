import { afterEach, describe, expect, test, vi } from "vitest";
import { tensor } from "../create.ts";
import { PLOTLY, toMimeBundle } from "./bundle.ts";
import { chart } from "./chart/chart.ts";
import { DISPLAY_SINK, type DisplayMessage, display } from "./display.ts";
import { inspect } from "./inspect.ts";
import { html, markdown, svg, text } from "./markup.ts";

const host = globalThis as { [DISPLAY_SINK]?: (message: DisplayMessage) => void };

function collect(): DisplayMessage[] {
  const messages: DisplayMessage[] = [];
  host[DISPLAY_SINK] = (message) => messages.push(message);
  return messages;
}

afterEach(() => {
  delete host[DISPLAY_SINK];
  vi.restoreAllMocks();
});

describe("display", () => {
  test("hands a host every form of a value, and a name for the output", () => {
    const messages = collect();
    const handle = display(markdown("**bold**"));
    expect(messages).toEqual([
      { data: { "text/markdown": "**bold**", "text/plain": "**bold**" }, displayId: handle.id },
    ]);
  });

  test("updates go to the same output; each display has its own", () => {
    const messages = collect();
    const first = display("a");
    const second = display("b");
    first.update("c");
    expect(first.id).not.toBe(second.id);
    expect(messages[2]).toEqual({ data: { "text/plain": "c" }, displayId: first.id, update: true });
    display("d", { id: "mine" }).update("e");
    expect(messages.slice(3).map((message) => message.displayId)).toEqual(["mine", "mine"]);
  });

  test("a moving chart is a picture until it is finished", () => {
    const messages = collect();
    const curve = chart({ series: [{ kind: "line", y: [3, 2, 1] }] });
    const handle = display(curve);
    handle.update(curve);
    handle.finish(curve);
    expect(messages.map(({ data }) => PLOTLY in data)).toEqual([true, false, true]);
    for (const { data } of messages) expect(data["image/svg+xml"]).toMatch(/^<svg /);
    expect(curve.toMimeBundle()).toHaveProperty([PLOTLY]);
  });

  test("without a host, text goes to the console", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const handle = display(tensor([1, 2]));
    handle.update("new");
    expect(log.mock.calls).toEqual([["tensor([1, 2])"], ["new"]]);
  });

  test("what a host sends out is what structuredClone and JSON carry", () => {
    const messages = collect();
    display(chart({ series: [{ kind: "scatter", x: [1, Number.NaN], y: [2, 3] }] }));
    expect(structuredClone(messages[0])).toEqual(messages[0]);
    expect(JSON.parse(JSON.stringify(messages[0]))).toEqual(messages[0]);
  });
});

describe("what values look like", () => {
  test("a text is shown as it is, anything else as one would write it", () => {
    expect(toMimeBundle('say "hi"')).toEqual({ "text/plain": 'say "hi"' });
    expect(inspect(["a", 1, true, null, undefined, -0, 10n])).toBe(
      '["a", 1, true, null, undefined, -0, 10n]',
    );
    expect(inspect({ a: 1, "b c": { d: [] } })).toBe('{ a: 1, "b c": { d: [] } }');
    expect(inspect(new Map([["k", new Set([1])]]))).toBe('Map { "k" => Set { 1 } }');
    expect(inspect(Float32Array.of(1, 2))).toBe("Float32Array [1, 2]");
    expect(inspect(class Point {})).toBe("[function Point]");
    expect(
      inspect(
        new (class Point {
          x = 1;
        })(),
      ),
    ).toBe("Point { x: 1 }");
    expect(inspect(new RangeError("too far"))).toBe("RangeError: too far");
    expect(inspect(Object.create(null))).toBe("{}");
    expect(
      inspect({
        x: tensor([
          [1, 2],
          [3, 4],
        ]),
      }),
    ).toMatchInlineSnapshot(`
      "{
        x: tensor([[1, 2],
                [3, 4]])
      }"
    `);
  });

  test("what is deep, long or goes in circles comes to an end", () => {
    const loop: Record<string, unknown> = { name: "loop" };
    loop.self = loop;
    expect(inspect(loop)).toBe('{ name: "loop", self: [circular] }');
    expect(inspect([[[[[[1]]]]]])).toBe("[[[[[…]]]]]");
    const long = inspect(Array.from({ length: 250 }, (_, i) => i));
    expect(long).toContain("… 150 more");
    for (const line of long.split("\n")) expect(line.length).toBeLessThanOrEqual(82);
  });

  test("a getter that throws, and a proxy that lies, do not take the display down", () => {
    const bad = {
      get boom(): never {
        throw new Error("boom");
      },
      fine: 1,
    };
    expect(inspect(bad)).toBe("{ boom: [throws Error], fine: 1 }");
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(inspect({ it: revoked.proxy })).toBe("{ it: [not readable] }");
  });
});

describe("markup", () => {
  test("has a plain form", () => {
    expect(html("<p>one &lt; two</p><script>x</script><p>three</p>").plain).toBe(
      "one < two\nthree",
    );
    expect(svg('<svg viewBox="0 0 1 1"><title>A dot</title></svg>')).toMatchObject({
      source:
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>A dot</title></svg>',
      plain: "[picture: A dot]",
    });
    expect(text("as it is").toMimeBundle()).toEqual({ "text/plain": "as it is" });
    expect(() => svg("<p>")).toThrow("svg: this is no SVG");
  });
});
