/** The tables as text. */
import type { Report, Result } from "./measure.ts";
import { type Bar, compare, summarize } from "./summary.ts";
import type { Item } from "./workloads.ts";

/** Three digits that count. */
function short(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}

function cell(result: Result, item: Item): string {
  const summary = summarize(result, item);
  if (!summary) return result.cut ? `> ${result.cut} s` : "cannot";
  const spread =
    result.milliseconds.length < 3 ? "" : ` ±${Math.round(100 * summary.spread)} %`.padStart(6);
  return `${short(summary.median)}${spread}`;
}

/** The farthest that an engine is from the reference on any of the items. */
function agreement({ workload, results }: Report, engine: string): string {
  const found = workload.items.flatMap((item, i) => {
    const one = results[i].find((result) => result.engine === engine);
    return (one && compare(one, results[i], item)) ?? [];
  });
  if (found.length === 0) return "";
  const apart = Math.max(...found.map((one) => one.apart));
  const told = apart === 0 ? "0" : apart.toExponential(0);
  return found.every(({ agrees }) => agrees) ? told : `${told} !`;
}

/** One workload: engines down, items across, then memory and agreement. */
export function table(report: Report): string {
  const { workload, results, memory } = report;
  const engines = results[0].map(({ engine }) => engine);
  const { unit } = workload.items[0];
  const header = ["", ...workload.items.map(({ name }) => name), "MB", "apart"];
  const lines = engines.map((engine, row) => [
    engine,
    ...workload.items.map((item, i) => cell(results[i][row], item)),
    String(memory.get(engine) ?? ""),
    agreement(report, engine),
  ]);
  const widths = header.map((_, i) =>
    Math.max(...[header, ...lines].map((cells) => [...cells[i]].length)),
  );
  const text = [header, ...lines].map((cells) =>
    cells
      .map((one, i) => (i === 0 ? one.padEnd(widths[0]) : one.padStart(widths[i] + 2)))
      .join("")
      .trimEnd(),
  );
  const errors = results.flat().filter(({ error }) => error);
  const notes = new Set(errors.map(({ engine, error }) => `${engine}: ${error}`));
  const order = unit === "ms" ? "less is better" : "more is better";
  return [`${workload.name}: ${workload.about}; ${unit}, ${order}`, "", ...text, ...notes]
    .join("\n")
    .trimEnd();
}

export function barTable(all: readonly Bar[]): string {
  const width = Math.max(...all.map(({ what }) => what.length));
  return all
    .map(({ what, value, bound, bar, holds }) => {
      const told = `${short(value).padStart(7)}  ${bound} ${String(bar).padEnd(5)}`;
      return `${what.padEnd(width)}${told}${holds ? "holds" : "MISSED"}`;
    })
    .join("\n");
}
