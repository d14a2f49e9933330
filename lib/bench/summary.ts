/** What the rounds come to: medians, spreads, agreement, bars. */
import type { Report, Result } from "./measure.ts";
import type { Item, Work } from "./workloads.ts";

export interface Summary {
  median: number;
  /** Half the distance between the quartiles, as a share of the median. */
  spread: number;
}

function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** In the item's unit; undefined where there was no round. */
export function summarize({ milliseconds }: Result, { unit, amount }: Item): Summary | undefined {
  if (milliseconds.length === 0) return undefined;
  const scale = { ms: 1, "GFLOP/s": 1e-6, "tokens/s": 1e3 }[unit];
  const told = milliseconds.map((one) => (unit === "ms" ? one : (scale * amount) / one));
  const sorted = told.toSorted((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / median;
  return { median, spread };
}

/** So far numbers may be from those of another engine that did the same work. */
const TOLERANCE: Record<Work["kind"], number> = {
  matmul: 1e-4,
  elementwise: 1e-4,
  training: 1e-3,
  generation: 0,
};

export interface Agreement {
  /** The engine that the others are held against. */
  reference: string;
  /** The farthest that a number is from the reference's, as a share of its largest; or of tokens, how many differ. */
  apart: number;
  agrees: boolean;
}

const REFERENCES = ["PyTorch, 1 thread", "Gradus, reference", "Gradus, eager"];

/** How far an engine's losses or results are from the first reference's that there is. */
export function compare(
  one: Result,
  all: readonly Result[],
  { work }: Item,
): Agreement | undefined {
  const reference = REFERENCES.map((name) => all.find(({ engine }) => engine === name)).find(
    (result) => result && result.numbers.length > 0,
  );
  if (!reference || reference === one || one.numbers.length === 0) return undefined;
  const { numbers: wanted, engine } = reference;
  // One that was cut off in its first steps has fewer.
  const pairs = one.numbers.map((number, i) => [number, wanted[i] ?? Number.NaN]);
  const largest = Math.max(...wanted.map(Math.abs));
  const apart =
    work.kind === "generation"
      ? pairs.filter(([a, b]) => a !== b).length / pairs.length
      : Math.max(...pairs.map(([a, b]) => Math.abs(a - b))) / largest;
  return { reference: engine, apart, agrees: apart <= TOLERANCE[work.kind] };
}

export interface Bar {
  what: string;
  value: number;
  /** "at least" or "at most" so much. */
  bound: "≥" | "≤";
  bar: number;
  holds: boolean;
}

/** The bars that can be told from what was measured. */
export function bars(reports: readonly Report[]): Bar[] {
  const found: Bar[] = [];
  const add = (what: string, value: number, bound: Bar["bound"], bar: number) => {
    const holds = bound === "≥" ? value >= bar : value <= bar;
    if (!Number.isNaN(value)) found.push({ what, value, bound, bar, holds });
  };
  /** The time of one as a share of another's, at the worst of the items that count; NaN if not measured. */
  const times = (name: string, a: string, b: string, counts = (_: Item) => true): number => {
    const report = reports.find(({ workload }) => workload.name === name);
    const ratios = (report?.workload.items ?? []).flatMap((item, i) => {
      if (!counts(item)) return [];
      const [x, y] = [a, b].map((engine) => {
        const result = report!.results[i].find((one) => one.engine === engine);
        return result && summarize(result, { ...item, unit: "ms" })?.median;
      });
      // One that was to be measured and has no time has missed the bar, however good the others are.
      const failed = report!.results[i].some((one) => one.engine === a) && !x;
      return failed ? [Infinity] : x && y ? [x / y] : [];
    });
    return ratios.length > 0 ? Math.max(...ratios) : Number.NaN;
  };
  const from = (least: number) => (item: Item) =>
    item.work.kind === "matmul" && item.work.size >= least;
  const large = from(192);
  const eager = "Gradus, eager";
  const compiled = "Gradus, compiled";
  const narrow = "Gradus, compiled, 128 bit";
  const two = "Gradus, compiled, 2 threads";
  const measured = reports.some(({ results }) =>
    results.flat().some(({ engine }) => engine === compiled),
  );
  const best = measured ? compiled : eager;
  const tensorflow = "TensorFlow.js, wasm";
  const torch = "PyTorch, 1 thread";
  add(
    `matmul from 192, ${best}: speed by ${tensorflow}`,
    1 / times("matmul", best, tensorflow, large),
    "≥",
    1.6,
  );
  for (const one of [best, narrow]) {
    const peak = 1 / times("matmul", one, "128-bit peak", large);
    add(`matmul from 192, ${one}: share of the 128-bit peak`, peak, "≥", 0.8);
  }
  const mlp = 1 / times("mlp", best, tensorflow);
  add(`mlp, ${best}: speed by ${tensorflow}`, mlp, "≥", 10);
  for (const [name, bar] of [
    ["mlp", 1],
    ["cnn", 1.5],
    ["resnet", 1.5],
    ["gpt", 2.25],
  ] as const) {
    add(`${name}, ${compiled}: time by ${torch}`, times(name, compiled, torch), "≤", bar);
    add(`${name}, ${eager}: time by compiled`, times(name, eager, compiled), "≤", 1.6);
  }
  // An MLP's step is too short to be shared out: it is told, and not held to it.
  add(
    `matmul from 512, ${two}: speed by one`,
    1 / times("matmul", two, compiled, from(512)),
    "≥",
    1.6,
  );
  for (const name of ["cnn", "resnet", "gpt"])
    add(`${name}, ${two}: speed by one`, 1 / times(name, two, compiled), "≥", 1.6);
  const memory = reports.find(({ workload }) => workload.name === "gpt")?.memory;
  const share = (memory?.get(compiled) ?? Number.NaN) / (memory?.get(eager) ?? Number.NaN);
  add("gpt, Gradus: peak memory compiled by eager", share, "≤", 0.6);
  return found;
}
