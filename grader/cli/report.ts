/** Prints what the checks found. */
import type { CheckResult, Report } from "../service/types.ts";
import { hang, outcomeText, paint, plain } from "./terminal.ts";

/** A report as text: every check with its outcome in words, and what a failed one has to say. */
export function reportText(report: Report): string {
  const lines = [
    `${paint("bold", report.exercise)}  ${outcomeText(report.outcome)}, ${report.points} of ${report.max} points`,
  ];
  let said: string | undefined;
  for (const check of report.checks) {
    lines.push(...checkLines(check, said));
    said = check.message;
  }
  if (report.diagnostics.length > 0) {
    lines.push("  The TypeScript compiler remarks (this costs no points):");
    for (const { line, column, message } of report.diagnostics)
      lines.push(`    line ${line}, column ${column}: ${hang(message, 6)}`);
  }
  if (report.output.trim() !== "") {
    lines.push("  Your code printed:");
    lines.push(`    ${hang(report.output, 4)}`);
  }
  return lines.join("\n");
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
