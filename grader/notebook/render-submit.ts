import type { Diagnostic, Report } from "@gradus/grader/checks";
import { escapeHtml } from "gradus/host";
import { boxHtml, reportHtml, reportText } from "./render.ts";
import type { HandInStep } from "./steps.ts";

const CALM = "var(--jp-ui-font-color2, #6b6b6b)";
const ALARM = "var(--jp-error-color1, #c8450a)";

const waits = { queued: "Waiting to be graded …", running: "Being graded …" };
const SAFE = "It is handed in and nothing is lost: the verdict will be there.";

/** What one sees of a step, in parts: a headline, sentences, and a link. */
function parts(step: Exclude<HandInStep, { at: "done" }>): {
  head: string;
  says: string[];
  url?: string;
  color: string;
} {
  switch (step.at) {
    case "begun":
      return { head: "Handing in …", says: [], color: CALM };
    case "nothing":
      return {
        head: "Nothing to hand in yet.",
        says: [
          "Write your answer and run its cell; then this one hands in what ran.",
          "It takes the login of: gradus login.",
        ],
        color: CALM,
      };
    case "refused":
      return {
        head: "Not handed in.",
        says: [sentence(step.message), ...(step.hint ? [`What to do: ${step.hint}`] : []), STAYS],
        color: ALARM,
      };
    case "asks":
      return {
        head: "Not handed in yet.",
        says: [
          ...step.costs,
          `To hand it in, write { attempt: ${step.attempt} } into the call, and run this cell again:`,
        ],
        color: CALM,
      };
    case "waiting": {
      const wait = step.state === "running" ? waits.running : waits.queued;
      return {
        head: step.duplicate ? "Handed in before; this is what became of it." : handedIn(step),
        says: step.over
          ? [
              ...(step.reason ? [sentence(step.reason)] : []),
              `${SAFE} Run this cell again to see it.`,
            ]
          : [step.reason ? `${wait} ${sentence(step.reason)}` : wait],
        url: step.url,
        color: CALM,
      };
    }
  }
}

const STAYS = "Your code stays as it is in this notebook.";
const handedIn = ({ late }: { late?: string }): string =>
  late ? `Handed in, ${late} late.` : "Handed in.";
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

function verdictHead(step: Extract<HandInStep, { at: "done" }>): string {
  const { checks, points, max, outcome } = step.report;
  const passed = checks.filter((check) => check.outcome === "passed").length;
  const score = `${points} of ${max} points`;
  const verdict =
    outcome === "passed"
      ? `All ${checks.length} checks passed: ${score}.`
      : `${passed} of ${checks.length} checks passed: ${score}.`;
  const before = step.duplicate ? " You had handed in this very code before." : "";
  return `${step.late ? handedIn(step) : "Graded."} ${verdict}${before}`;
}

/** A step as plain text. */
export function stepText(title: string, step: HandInStep): string {
  if (step.at !== "done") {
    const { head, says, url } = parts(step);
    const call =
      step.at === "asks" ? [`await submit("${step.exercise}", { attempt: ${step.attempt} });`] : [];
    return [
      `${title}: ${head}`,
      ...[...says, ...call, ...(url ? [url] : [])].map((line) => `  ${line}`),
    ].join("\n");
  }
  const remarks = remarksOf(step.report).map((remark) => {
    const { line, column, code, message } = remark;
    return `    line ${line}, column ${column}: ${code ? `TS${code} ` : ""}${message.replaceAll("\n", "\n      ")}`;
  });
  return [
    reportText(title, step.report, verdictHead(step)),
    ...(step.report.typesUnchecked ? [`  ${step.report.typesUnchecked}`] : []),
    ...(remarks.length > 0 ? ["  The compiler remarks (this costs no points):", ...remarks] : []),
    ...step.remarks.map((line) => `  ${line}`),
    `  ${step.url}`,
  ].join("\n");
}

/** A step as HTML that reads in JupyterLab's light and dark themes. */
export function stepHtml(title: string, step: HandInStep): string {
  if (step.at !== "done") {
    const { head, says, url, color } = parts(step);
    const call =
      step.at === "asks"
        ? `<pre style="margin:4px 0"><code>await submit("${step.exercise}", { attempt: ${step.attempt} });</code></pre>`
        : "";
    const lines = says.map((line) => `<div>${escapeHtml(line)}</div>`).join("");
    return boxHtml(title, head, color, `${lines}${call}${url ? linkHtml(url) : ""}`);
  }
  const { report, source, remarks, url } = step;
  const list = remarksOf(report);
  const types = report.typesUnchecked
    ? `<div>${escapeHtml(report.typesUnchecked)}</div>`
    : list.length > 0
      ? `<div style="margin-top:6px">The compiler remarks (this costs no points):</div>${list.map((one) => remarkHtml(one, source)).join("")}`
      : "";
  const said = remarks.map((line) => `<div>${escapeHtml(line)}</div>`).join("");
  return reportHtml(
    title,
    report,
    verdictHead(step),
    `${types}<div style="margin-top:6px">${said}${linkHtml(url)}</div>`,
  );
}

const MOST_REMARKS = 10;
const remarksOf = ({ diagnostics }: Report): Diagnostic[] => diagnostics.slice(0, MOST_REMARKS);

const linkHtml = (url: string): string =>
  /^https?:/.test(url)
    ? `<div><a href="${escapeHtml(url)}" target="_blank" rel="noopener">Every check, on the site</a></div>`
    : "";

/** A remark, with the line that it is about and what it means underlined. */
function remarkHtml(remark: Diagnostic, source: string): string {
  const { line, column, endLine, endColumn, code, message, related = [] } = remark;
  const text = source.split(/\r?\n/)[line - 1] ?? "";
  const end = endLine === line && endColumn ? endColumn - 1 : text.length;
  const [before, meant, after] = [
    text.slice(0, column - 1),
    text.slice(column - 1, end),
    text.slice(end),
  ];
  const places = related
    .map(
      ({ file, line, message }) =>
        `<div style="opacity:.75">${file ? `${escapeHtml(file)}, line` : "Line"} ${line}: ${escapeHtml(message)}</div>`,
    )
    .join("");
  return (
    `<div style="margin:2px 0 6px 1.4em"><div style="white-space:pre-wrap">Line ${line}: ${code ? `<span style="opacity:.75">TS${code}</span> ` : ""}${escapeHtml(message)}</div>` +
    `<pre style="margin:0;overflow-x:auto"><code><span style="opacity:.6">${line} │ </span>${escapeHtml(before)}<span style="text-decoration:underline wavy ${ALARM}">${escapeHtml(meant)}</span>${escapeHtml(after)}</code></pre>${places}</div>`
  );
}
