/** Prints what the checks found. */
import type { CheckResult, Report } from "../service/types.ts";
import { hang, outcomeText, paint, plain } from "./terminal.ts";

/** A report as text: every check with its outcome in words, and what a failed one has to say. */
export function reportText(report: Report): string {
  const lines = [
    `${paint("bold", report.exercise)}  ${outcomeText(report.outcome)}, ${report.points} of ${report.max} points`,
  ];
  for (const check of report.checks) lines.push(...checkLines(check));
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

function checkLines(check: CheckResult): string[] {
  const hidden = check.visibility === "hidden" ? paint("gray", " (hidden)") : "";
  const lines = [
    `  ${outcomeText(check.outcome, 15)} ${check.points}/${check.max}  ${plain(check.name)}${hidden}`,
  ];
  if (check.message) lines.push(`      ${hang(check.message, 6)}`);
  for (const part of ["input", "expected", "got", "usually", "output"] as const) {
    const text = check[part];
    if (text !== undefined && text.trim() !== "" && check.outcome !== "passed")
      lines.push(`      ${paint("gray", part.padEnd(8))} ${hang(text, 15)}`);
  }
  return lines;
}
