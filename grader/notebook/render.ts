import type { CheckResult, Outcome, Report } from "@gradus/grader/checks";
import { escapeHtml } from "gradus/host";

// Sign, word and color: never the color alone.
const signs: Record<Outcome, { sign: string; word: string; color: string }> = {
  passed: { sign: "✓", word: "passed", color: "var(--jp-success-color1, #00835c)" },
  failed: { sign: "✗", word: "not yet", color: "var(--jp-error-color1, #c8450a)" },
  error: { sign: "!", word: "error", color: "var(--jp-error-color1, #c8450a)" },
  "timed out": { sign: "◷", word: "timed out", color: "var(--jp-error-color1, #c8450a)" },
  "not attempted": { sign: "○", word: "not attempted", color: "var(--jp-ui-font-color2, #6b6b6b)" },
};

const details = (result: CheckResult): [label: string, text: string, code: boolean][] => {
  if (result.outcome === "passed") return [];
  const rows: [string, string | undefined, boolean][] = [
    ["input", result.input, true],
    ["expected", result.expected, true],
    ["got", result.got, true],
    ["usually", result.usually, false],
  ];
  return rows.filter((row): row is [string, string, boolean] => row[1] !== undefined);
};

/** One line above the checks: where the learner stands. */
function headline({ checks, points, max, outcome }: Report): string {
  const score = `${points} of ${max} points`;
  if (outcome === "passed")
    return `All ${checks.length} checks passed here: ${score}. More run when you hand it in.`;
  if (outcome === "not attempted")
    return "Nothing to check yet: write your answer, run it, then run this again.";
  const passed = checks.filter((check) => check.outcome === "passed").length;
  return `${passed} of ${checks.length} checks passed: ${score}.`;
}

/** A report as plain text. @param head the line above the checks, if not the usual one */
export function reportText(title: string, report: Report, head = headline(report)): string {
  const lines = [`${title}: ${head}`];
  for (const result of report.checks) {
    const { sign, word } = signs[result.outcome];
    lines.push(
      `  ${sign} ${result.name}${hidden(result)} (${word}, ${result.points}/${result.max})`,
    );
    if (result.outcome !== "passed" && result.message)
      lines.push(`      ${indent(result.message)}`);
    for (const [label, text] of details(result))
      lines.push(`      ${`${label}:`.padEnd(10)} ${indent(text)}`);
  }
  return lines.join("\n");
}

const hidden = ({ visibility }: CheckResult): string =>
  visibility === "hidden" ? " (hidden)" : "";

const indent = (text: string): string => text.replaceAll("\n", "\n      ");

/** A report as HTML that reads in JupyterLab's light and dark themes, and in an exported page. */
export function reportHtml(
  title: string,
  report: Report,
  head = headline(report),
  below = "",
): string {
  const items = report.checks.map(checkHtml).join("");
  return boxHtml(
    title,
    head,
    signs[report.outcome].color,
    `<ul style="list-style:none;margin:6px 0 0;padding:0">${items}</ul>${below}`,
  );
}

/** What a cell has to say, with a stripe at its side. @param body HTML */
export const boxHtml = (title: string, head: string, color: string, body: string): string =>
  `<div role="status" style="border-left:4px solid ${color};padding:2px 0 2px 14px;line-height:1.45">` +
  `<div><strong>${escapeHtml(title)}</strong> · ${escapeHtml(head)}</div>${body}</div>`;

function checkHtml(result: CheckResult): string {
  const { sign, word, color } = signs[result.outcome];
  const head =
    `<span aria-hidden="true" style="color:${color};font-weight:700;display:inline-block;width:1.4em">${sign}</span>` +
    `${escapeHtml(result.name + hidden(result))} <span style="opacity:.75">· ${word} · ${result.points}/${result.max}</span>`;
  const message =
    result.outcome !== "passed" && result.message
      ? `<div style="white-space:pre-wrap">${escapeHtml(result.message)}</div>`
      : "";
  const rows = details(result)
    .map(([label, text, code]) => {
      const value = escapeHtml(text);
      return (
        `<div style="display:flex;gap:10px"><span style="opacity:.75;min-width:5em">${label}</span>` +
        `<span style="overflow-wrap:anywhere">${code ? `<code>${value}</code>` : value}</span></div>`
      );
    })
    .join("");
  const body = message || rows ? `<div style="margin:2px 0 8px 1.4em">${message}${rows}</div>` : "";
  return `<li style="margin:2px 0">${head}${body}</li>`;
}
