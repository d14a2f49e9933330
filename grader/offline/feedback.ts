/** What a learner gets back: one page with every check's outcome, to be opened in any browser. */
import type { Diagnostic } from "@gradus/grader/checks";
import { escapeHtml } from "gradus/host";
import type { Exercise } from "../service/exercises.ts";
import { forLearner } from "../service/submissions.ts";
import type { CheckResult, Outcome } from "../service/types.ts";
import type { OfflineLearner, OfflineResult } from "./grade.ts";

const signs: Record<Outcome, { sign: string; word: string; look: string }> = {
  passed: { sign: "✓", word: "passed", look: "good" },
  failed: { sign: "✗", word: "failed", look: "bad" },
  error: { sign: "!", word: "error", look: "bad" },
  "timed out": { sign: "◷", word: "timed out", look: "bad" },
  "not attempted": { sign: "○", word: "not attempted", look: "none" },
};

/**
 * One learner's page. Of hidden checks it tells what a learner may know: that they are there and how they
 * ended. What came from their code stands there as text, never as markup, and the page runs no script.
 */
export function feedbackHtml(
  learner: OfflineLearner,
  exercises: readonly Exercise[],
  { practice = false }: { practice?: boolean } = {},
): string {
  const max = exercises.reduce((sum, { points }) => sum + points, 0);
  const titles = new Map(exercises.map(({ name, title }) => [name, title]));
  const notes = [...learner.problems, ...learner.remarks];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(learner.student)} · feedback</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(learner.student)}</h1>
<p class="total"><strong>${amount(learner.points)}</strong> of ${amount(max)} points</p>
${practice ? `<p class="note">This is practice: only the public checks ran. It is no grade.</p>` : ""}
${notes.length > 0 ? `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul>` : ""}
${learner.results.map((result) => exerciseHtml(result, titles.get(result.exercise) ?? result.exercise)).join("\n")}
</main>
</body>
</html>
`;
}

const states: Record<OfflineResult["state"], string> = {
  graded: "",
  missing: "There was no cell for this exercise in what was handed in.",
  starter: "Nothing was written here: the cell is as it was given out.",
  refused: "This could not be graded; the note above says why.",
  failed: "This could not be graded, through no fault of yours. Your instructor knows.",
};

function exerciseHtml(result: OfflineResult, title: string): string {
  const { report: full, points, max, state, source } = result;
  const head = `<h2>${escapeHtml(title)} <span class="points">${amount(points)}/${amount(max)}</span></h2>`;
  if (!full) return `<section>${head}<p>${states[state]}</p></section>`;
  const report = forLearner(full);
  const remarks = report.diagnostics.map(remarkHtml).join("");
  const lines = (source ?? "").split(/\r?\n/);
  const code = lines.map((line, index) => lineHtml(line, index + 1, report.diagnostics)).join("");
  return `<section>${head}
<ul class="checks">${report.checks.map(checkHtml).join("")}</ul>
${report.typesUnchecked ? `<p>${escapeHtml(report.typesUnchecked)}</p>` : ""}
${remarks ? `<p>The TypeScript compiler remarks (this costs no points):</p><ul class="remarks">${remarks}</ul>` : ""}
${report.output.trim() ? `<p>Your code printed:</p><pre>${escapeHtml(report.output)}</pre>` : ""}
<details><summary>What was graded</summary><ol class="code">${code}</ol></details>
</section>`;
}

function remarkHtml({ line, column, code, message, related = [] }: Diagnostic): string {
  const places = related
    .map(
      ({ file, line, column, message }) =>
        `<br>see ${file ? `${escapeHtml(file)} ` : ""}line ${line}, column ${column}: ${escapeHtml(message)}`,
    )
    .join("");
  return `<li>line ${line}, column ${column}: ${code === undefined ? "" : `<small>TS${code}</small> `}${escapeHtml(message)}${places}</li>`;
}

/** A line of the code, with what the compiler means underlined. */
function lineHtml(text: string, number: number, remarks: readonly Diagnostic[]): string {
  const remark = remarks.find(({ line }) => line === number);
  if (!remark) return `<li><code>${escapeHtml(text)}</code></li>`;
  const { line, column, endLine, endColumn } = remark;
  const end = endLine === line && endColumn ? endColumn - 1 : text.length;
  const parts = [text.slice(0, column - 1), text.slice(column - 1, end), text.slice(end)];
  const [before, meant, after] = parts.map((part) => escapeHtml(part));
  return `<li class="marked"><code>${before}<mark>${meant}</mark>${after}</code></li>`;
}

function checkHtml(check: CheckResult, index: number, all: readonly CheckResult[]): string {
  const { sign, word, look } = signs[check.outcome];
  const { name, message, expected, got, points, max } = check;
  const parts = { input: check.input, expected, got, usually: check.usually };
  const rows =
    check.outcome === "passed"
      ? ""
      : Object.entries(parts)
          .filter((part): part is [string, string] => part[1] !== undefined)
          .map(([part, text]) => `<dt>${part}</dt><dd>${escapeHtml(text)}</dd>`)
          .join("");
  // Code that cannot be read fails all checks alike: once is enough to say so.
  const says =
    check.outcome !== "passed" && message && message !== all[index - 1]?.message
      ? `<p>${escapeHtml(message)}</p>`
      : "";
  const hidden = check.visibility === "hidden" ? " <small>(hidden)</small>" : "";
  return `<li class="${look}"><span class="sign" aria-hidden="true">${sign}</span><span class="name">${escapeHtml(name)}${hidden}</span> <span class="word">${word}, ${amount(points)}/${amount(max)}</span>${says}${rows ? `<dl>${rows}</dl>` : ""}</li>`;
}

/** Points, without the digits that adding fractions brings. */
export const amount = (points: number): string => String(Math.round(points * 1e6) / 1e6);

const style = `
:root { color-scheme: light dark; --text: #1b1b1b; --soft: #5a5a5a; --page: #fffefb; --line: #d9d6cc; --good: #00694d; --bad: #a83a06; }
@media (prefers-color-scheme: dark) { :root { --text: #e9e6df; --soft: #aaa69c; --page: #191917; --line: #3a3935; --good: #4cc79f; --bad: #ff9a66; } }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1.25rem; }
.points { float: right; font-variant-numeric: tabular-nums; }
.total { margin: .25rem 0 0; } .notes, .note { color: var(--soft); overflow-wrap: anywhere; }
.checks { list-style: none; margin: 0; padding: 0; } .checks > li { padding: .25rem 0 .25rem 1.6rem; position: relative; }
.sign { position: absolute; left: 0; font-weight: 700; } .good .sign { color: var(--good); } .bad .sign { color: var(--bad); }
.word, small, summary { color: var(--soft); } li p { margin: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 5.5rem 1fr; gap: .1rem .75rem; margin: .25rem 0; } dt { color: var(--soft); }
dd { margin: 0; } dd, code, pre { font-family: ui-monospace, monospace; font-size: .9em; white-space: pre-wrap; overflow-wrap: anywhere; }
pre, .code { border: 1px solid var(--line); padding: .75rem; margin: .5rem 0; } .code { padding-left: 3rem; } .code li::marker { color: var(--soft); }
.remarks { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: none; color: inherit; text-decoration: underline wavy var(--bad); text-underline-offset: .2em; }
summary { cursor: pointer; margin-top: .5rem; }
@media print { details::details-content { content-visibility: visible; } }
`;
