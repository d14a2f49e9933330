import { readFileSync } from "node:fs";
import { Rng } from "gradus";
import { describe, expect, test } from "vitest";
import { FormulaError, mostNodes, readFormula } from "./formula.ts";
import { box, place } from "./layout.ts";
import { compute, fromHash, presets, show, start, stepped, toHash, withNumber } from "./logic.ts";
import { still } from "./still.ts";

const at = (formula: string, numbers: Record<string, number>) => {
  const graph = readFormula(formula);
  const { values, slopes } = compute(graph, new Map(Object.entries(numbers)));
  return {
    value: values[values.length - 1],
    slope: (name: string) =>
      slopes[graph.findIndex((node) => node.kind === "variable" && node.name === name)],
  };
};

describe("a formula", () => {
  test("is computed in the order that mathematics has", () => {
    expect(at("a + b·c", { a: 1, b: 2, c: 3 }).value).toBe(7);
    expect(at("(a + b)*c", { a: 1, b: 2, c: 3 }).value).toBe(9);
    expect(at("a − b − c", { a: 1, b: 2, c: 3 }).value).toBe(-4);
    expect(at("a/b/c", { a: 12, b: 2, c: 3 }).value).toBe(2);
    expect(at("-a²", { a: 3 }).value).toBe(-9);
    expect(at("(-a)^2", { a: 3 }).value).toBe(9);
    expect(at("2·tanh(0)+ .5×a", { a: 3 }).value).toBe(1.5);
  });

  test("has the slopes that the chapter works out by hand", () => {
    const { value, slope } = at("(a·c + d)²", { a: 2, c: 3, d: -4 });
    expect([value, slope("a"), slope("c"), slope("d")]).toEqual([4, 12, 8, 4]);
    expect(at("a·a + a", { a: 3 }).slope("a")).toBe(7);
  });

  test("has the slopes that small steps show, for each operation", () => {
    const rng = new Rng(4);
    for (const formula of [
      "a + b",
      "a − b",
      "a·b",
      "a/b",
      "-a·b",
      "a²·b",
      "tanh(a·b)",
      "exp(a)·b",
      "log(a·b)",
      "relu(a − b)",
      "sigmoid(a)·b",
      "sin(a·b)",
      "cos(a)/b",
    ]) {
      const [a, b] = rng.uniform([2], 0.5, 1.5).data;
      const h = 2 ** -7;
      for (const [name, up, down] of [
        ["a", { a: a + h, b }, { a: a - h, b }],
        ["b", { a, b: b + h }, { a, b: b - h }],
      ] as const) {
        const measured = (at(formula, up).value - at(formula, down).value) / (2 * h);
        const slope = at(formula, { a, b }).slope(name);
        if (slope === undefined) expect(formula).not.toContain(name);
        else expect(slope, `${formula}, ${name}`).toBeCloseTo(measured, 2);
      }
    }
  });

  test.each([
    ["", "write a formula, such as (a·c + d)²", 0],
    ["a +", "the formula ends too early", 3],
    ["a + )", 'a number or a name should stand here, not ")"', 4],
    ["(a + b", 'a bracket is opened and not closed: ")" is missing', 0],
    ["a)", "a bracket is closed that was not opened", 1],
    ["a b", 'an operation is missing before "b"', 2],
    ["2a", 'an operation is missing before "a"', 1],
    ["a^3", "after ^ only 2 is known; write a·a·a for a³", 2],
    ["tanh a", "tanh needs brackets: tanh(…)", 0],
    ["f(a)", 'there is no function "f"', 0],
    ["a(b)", "To multiply, write a·(…)", 0],
    ["a = 2", '"=" has no meaning here', 2],
    ["weight·a", '"weight" is too long for a name: three characters at most', 0],
    ["1 + 2", "a formula needs a variable, such as a", 0],
    [Array(30).fill("a").join("+"), `it has more than ${mostNodes} nodes`, 49],
  ])("%s is refused at its place", (formula, message, place) => {
    let refused: unknown;
    try {
      readFormula(formula);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(FormulaError);
    expect((refused as FormulaError).message).toContain(message);
    expect((refused as FormulaError).at).toBe(place);
  });
});

describe("the state", () => {
  test("goes into an address and back", () => {
    for (const { formula, numbers } of presets) {
      const state = start(formula, Object.entries(numbers));
      expect(fromHash(toHash(state))).toEqual(state);
    }
    const odd = start("tanh(a) − b²", [["a", -2.5]]);
    expect([...(fromHash(toHash(odd))?.numbers ?? [])]).toEqual([
      ["a", -2.5],
      ["b", 1],
    ]);
  });

  test.each([
    "#other=a",
    "#computation-graph=a%2B",
    "#computation-graph=a&a=x",
    "#computation-graph=a&a=1e9",
    "#computation-graph=%E0%A4%A",
  ])("%s carries none", (hash) => {
    expect(fromHash(hash)).toBeNull();
  });

  test("steps stay between forward and done, inputs within their range", () => {
    const state = start("a·a", [["a", 3]]);
    expect(stepped(state, -1).visited).toBe(0);
    expect([1, 2, 3].reduce((now) => stepped(now, 1), state).visited).toBe(2);
    expect(withNumber(state, "a", 99).numbers.get("a")).toBe(10);
  });

  test("numbers are short", () => {
    expect([0, -1.23456, 0.00001234, 1234567, Number.NaN, -1 / 0].map(show)).toEqual([
      "0",
      "−1.23",
      "1.2e−5",
      "1.2e6",
      "not a number",
      "−∞",
    ]);
  });
});

test("no two nodes overlap, and an arrow always leads down, on a phone and on a desk", () => {
  const formulas = [
    ...presets.map(({ formula }) => formula),
    "(a+b)·(a−b)·(c+d)·(c−d)",
    "a·b·c·d·e + a·b",
    "tanh(tanh(tanh(a)+a)+a)",
  ];
  for (const formula of formulas)
    for (const width of [290, 640]) {
      const graph = readFormula(formula);
      const { nodes, ...room } = place(graph, width);
      graph.forEach((node, i) => {
        expect(nodes[i].x - box.width / 2).toBeGreaterThanOrEqual(0);
        expect(nodes[i].x + box.width / 2).toBeLessThanOrEqual(room.width);
        expect(nodes[i].y + box.height / 2).toBeLessThanOrEqual(room.height);
        if (node.kind === "operation")
          for (const input of node.inputs) expect(nodes[input].y).toBeLessThan(nodes[i].y);
        for (let k = 0; k < i; k++)
          expect(
            Math.abs(nodes[i].x - nodes[k].x) >= box.width ||
              Math.abs(nodes[i].y - nodes[k].y) >= box.height,
            `${formula} at ${width}: ${i} and ${k}`,
          ).toBe(true);
      });
    }
});

test("the still picture is the figure's own drawing (if not: node site/figures/computation-graph/still.ts)", () => {
  expect(readFileSync(new URL("./still.svg", import.meta.url), "utf8")).toBe(still());
});
