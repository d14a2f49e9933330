/** Prints what the checks found. */
import type { Diagnostic } from "@gradus/grader/checks";
import type { CheckResult, Report } from "../service/types.ts";
import { hang, outcomeText, paint, plain } from "./terminal.ts";

/**
 * A report as text: every check with its outcome in words, and what a failed one has to say.
 * @param source what was graded, to show the lines of which the compiler has something to say
 */
export function reportText(report: Report, source?: string): string {
  const lines = [
    `${paint("bold", report.exercise)}  ${outcomeText(report.outcome)}, ${report.points} of ${report.max} points`,
  ];
  let said: string | undefined;
  for (const check of report.checks) {
    lines.push(...checkLines(check, said));
    said = check.message;
  }
  if (report.typesUnchecked) lines.push(`  ${plain(report.typesUnchecked)}`);
  if (report.diagnostics.length > 0) {
    lines.push("  The TypeScript compiler remarks (this costs no points):");
    for (const remark of report.diagnostics) lines.push(...remarkLines(remark, source));
  }
  if (report.output.trim() !== "") {
    lines.push("  Your code printed:");
    lines.push(`    ${hang(report.output, 4)}`);
  }
  return lines.join("\n");
}

function remarkLines(remark: Diagnostic, source: string | undefined): string[] {
  const { line, column, code, message, related = [] } = remark;
  const number = code === undefined ? "" : ` ${paint("gray", `TS${code}`)}`;
  const lines = [`    line ${line}, column ${column}:${number} ${hang(message, 6)}`];
  const text = source?.split(/\r?\n/)[line - 1];
  if (text !== undefined) lines.push(...marked(text, remark));
  for (const place of related) {
    const where = `${place.file ? `${place.file} ` : ""}line ${place.line}, column ${place.column}`;
    lines.push(`      ${paint("gray", `see ${where}:`)} ${hang(place.message, 8)}`);
  }
  return lines;
}

/** How much of a line is shown before what is marked, and in all. */
const BEFORE = 40;
const WIDTH = 76;

/** A line of code, and below it what the compiler means. */
function marked(text: string, { line, column, endLine, endColumn }: Diagnostic): string[] {
  const end = endLine === line && endColumn ? endColumn : endLine ? text.length + 1 : column + 1;
  const indent = /^\s*/.exec(text)?.[0].length ?? 0;
  const from = Math.max(Math.min(indent, column - 1), column - 1 - BEFORE);
  // Each character takes one column here, whatever it is.
  const shown = text.slice(from, from + WIDTH).replace(/[\p{Cc}\p{Cf}]/gu, " ");
  const width = Math.max(1, Math.min(end - column, WIDTH - (column - 1 - from)));
  return [
    `      ${paint("gray", `${line} │`)} ${shown}`,
    `      ${" ".repeat(String(line).length)} ${paint("gray", "│")} ${" ".repeat(column - 1 - from)}${paint("red", "~".repeat(width))}`,
  ];
}

/** @param said what the check before this one said: code that cannot be read fails all of them alike */
function checkLines(check: CheckResult, said: string | undefined): string[] {
  const { name, visibility, outcome, points, max, message, expected, got } = check;
  const hidden = visibility === "hidden" ? paint("gray", " (hidden)") : "";
  const lines = [`  ${outcomeText(outcome, 15)} ${points}/${max}  ${plain(name)}${hidden}`];
  if (outcome === "passed") return lines;
  const parts = { input: check.input, expected, got, usually: check.usually };
  // The lines of expected and got say this better.
  const repeats = message === said || message === `expected ${expected}, got ${got}`;
  if (message && !repeats) lines.push(`      ${hang(message, 6)}`);
  for (const [part, text] of Object.entries(parts))
    if (text) lines.push(`      ${paint("gray", part.padEnd(8))} ${hang(text, 15)}`);
  return lines;
}
