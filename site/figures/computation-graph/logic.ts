/** The values and slopes of a graph, by the library's own autograd, and the state of the figure. */
import { grad, type Tensor, tensor } from "gradus";
import { type Graph, type Node, readFormula } from "./formula.ts";

export interface Computed {
  values: number[];
  /** The slope of the result in each node. */
  slopes: number[];
  /** For each node, its local slope in each of its inputs. */
  local: number[][];
}

const operations: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  "+": (a, b) => a.add(b),
  "−": (a, b) => a.sub(b),
  "·": (a, b) => a.mul(b),
  "/": (a, b) => a.div(b),
  neg: (a) => a.neg(),
  square: (a) => a.mul(a),
  tanh: (a) => a.tanh(),
  exp: (a) => a.exp(),
  log: (a) => a.log(),
  relu: (a) => a.relu(),
  sigmoid: (a) => a.sigmoid(),
  sin: (a) => a.sin(),
  cos: (a) => a.cos(),
};

const apply = (node: Extract<Node, { kind: "operation" }>, inputs: Tensor[]): Tensor =>
  operations[node.operation](inputs[0], inputs[1]);

/** Runs the graph forward and backward. A variable that has no number yet counts as 1. */
export function compute(graph: Graph, numbers: ReadonlyMap<string, number>): Computed {
  const made: Tensor[] = [];
  const local: number[][] = [];
  for (const node of graph) {
    if (node.kind === "operation") {
      const inputs = node.inputs.map((index) => made[index]);
      made.push(apply(node, inputs));
      // The operation by itself: what does it do with a small change of each input?
      const alone = inputs.map((input) => tensor(input.item(), { requiresGrad: true }));
      local.push(grad(apply(node, alone), alone).map((slope) => slope.item()));
    } else {
      const value = node.kind === "number" ? node.value : (numbers.get(node.name) ?? 1);
      made.push(tensor(value, { requiresGrad: true }));
      local.push([]);
    }
  }
  return {
    values: made.map((one) => one.item()),
    slopes: grad(made[made.length - 1], made).map((slope) => slope.item()),
    local,
  };
}

/** The order of the backward pass: each node after all that used it. */
export const backwardOrder = (graph: Graph): number[] => graph.map((_, index) => index).reverse();

export interface State {
  formula: string;
  graph: Graph;
  numbers: ReadonlyMap<string, number>;
  /** How many nodes the backward pass has visited. */
  visited: number;
}

export interface Preset {
  name: string;
  formula: string;
  numbers: Record<string, number>;
}

export const presets: Preset[] = [
  { name: "the chapter's formula", formula: "(a·c + d)²", numbers: { a: 2, c: 3, d: -4 } },
  { name: "used three times", formula: "a·a + a", numbers: { a: 3 } },
  {
    name: "a unit of a network",
    formula: "tanh(w1·x1 + w2·x2 + b)",
    numbers: { w1: 0.5, x1: 1, w2: -1, x2: 2, b: 1 },
  },
  {
    name: "its loss",
    formula: "(tanh(w·x + b) − y)²",
    numbers: { w: 0.5, x: 2, b: -0.3, y: -1 },
  },
];

/** The smallest and largest number that an input can be given. */
export const range = { low: -10, high: 10 };

export const variablesOf = (graph: Graph): string[] =>
  graph.flatMap((node) => (node.kind === "variable" ? [node.name] : []));

/** A state with a new formula. Numbers that it still names are kept. Throws FormulaError. */
export function start(formula: string, numbers: Iterable<readonly [string, number]> = []): State {
  const graph = readFormula(formula);
  const given = new Map(numbers);
  return {
    formula,
    graph,
    numbers: new Map(variablesOf(graph).map((name) => [name, given.get(name) ?? 1])),
    visited: 0,
  };
}

export const withNumber = (state: State, name: string, value: number): State => ({
  ...state,
  numbers: new Map(state.numbers).set(name, Math.min(range.high, Math.max(range.low, value))),
});

export const stepped = (state: State, by: 1 | -1): State => ({
  ...state,
  visited: Math.min(state.graph.length, Math.max(0, state.visited + by)),
});

/** A number as the figure writes it: three digits that count, no more. */
export function show(value: number): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 0.001 || size >= 100_000)
      ? value.toExponential(1)
      : String(Number(value.toPrecision(3)));
  return text.replace("-", "−").replace("e+", "e");
}

// ---------- The state in an address ----------

const mark = "computation-graph=";

/** `#computation-graph=(a·b%20+%20c)²&a=2&b=3&c=-4`. */
export function toHash({ formula, numbers }: State): string {
  const parts = [...numbers].map(([name, value]) => `&${name}=${value}`);
  return `#${mark}${encodeURIComponent(formula)}${parts.join("")}`;
}

/** The state that an address carries; null where it carries none, or one that cannot be read. */
export function fromHash(hash: string): State | null {
  if (!hash.startsWith(`#${mark}`)) return null;
  const [formula, ...parts] = hash.slice(mark.length + 1).split("&");
  try {
    const numbers = parts.map((part): [string, number] => {
      const [name, value] = part.split("=");
      const number = Number(value);
      if (!value || !(number >= range.low && number <= range.high)) throw new Error("no number");
      return [name, number];
    });
    return start(decodeURIComponent(formula), numbers);
  } catch {
    return null;
  }
}
