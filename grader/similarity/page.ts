/** The pairs as a page: side by side, what they share marked and numbered. It runs no script. */
import { escapeHtml } from "gradus/host";
import type { Passage, Similarity, SimilarPair, Span } from "./compare.ts";

export function similarityHtml(
  exercise: { name: string; title: string },
  { median, compared, tooShort }: Similarity,
  pairs: readonly SimilarPair[],
): string {
  const rows = pairs
    .map(
      ({ left, right, similarity, passages }, number) =>
        `<tr><td class="number"><a href="#pair-${number + 1}">${percent(similarity)}</a></td><td>${escapeHtml(left.who)}</td><td>${escapeHtml(right.who)}</td><td class="number">${passages[0].tokens}</td></tr>`,
    )
    .join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(exercise.name)} · similar answers</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(exercise.title)}: similar answers</h1>
<p>${compared} answers were compared. Of two answers in the middle of all pairs, ${percent(median)} is shared. What
the starter gives, and what of the reference solution at least half of the answers have, is not counted; nor are
names, comments, types and layout.</p>
<p>A high number is a reason to read and to ask, not a proof: short exercises leave few ways to write them.</p>
${tooShort.length > 0 ? `<p>Too short, or nested too deep, to be compared: ${tooShort.map(escapeHtml).join(", ")}.</p>` : ""}
${pairs.length > 0 ? `<table><thead><tr><th>Shared</th><th>One</th><th>Other</th><th>Longest passage (tokens)</th></tr></thead><tbody>${rows}</tbody></table>` : "<p>No pair is above the threshold.</p>"}
${pairs.map(pairHtml).join("\n")}
</main>
</body>
</html>
`;
}

function pairHtml({ left, right, similarity, passages }: SimilarPair, number: number): string {
  return `<section id="pair-${number + 1}"><h2>${percent(similarity)} · ${escapeHtml(left.who)} and ${escapeHtml(right.who)}</h2>
<div class="pair">${sideHtml(left, passages, "left")}${sideHtml(right, passages, "right")}</div></section>`;
}

function sideHtml(
  { who, source }: { who: string; source: string },
  passages: readonly Passage[],
  side: "left" | "right",
): string {
  const spans = passages.map((passage, index) => ({ ...passage[side], number: index + 1 }));
  return `<figure><figcaption>${escapeHtml(who)}</figcaption><pre tabindex="0">${marked(source, spans)}</pre></figure>`;
}

/** The source with its lines numbered, and each passage between marks with its number. */
function marked(source: string, spans: readonly (Span & { number: number })[]): string {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  let html = "";
  let at = 0;
  for (const { start, end, number } of sorted) {
    const from = Math.max(start, at);
    if (end <= from) continue;
    html += escapeHtml(source.slice(at, from));
    // A mark ends with its line and begins again on the next, so that line numbers stay outside.
    const lines = source.slice(from, end).split("\n").map(escapeHtml);
    const look = (number - 1) % 6;
    html += lines
      .map(
        (line, index) =>
          `<mark class="m${look}">${index === 0 ? `<b>${number}</b>` : ""}${line}</mark>`,
      )
      .join("\n");
    at = end;
  }
  html += escapeHtml(source.slice(at));
  return html
    .split("\n")
    .map((line) => `<span class="line">${line}</span>`)
    .join("\n");
}

export const percent = (part: number): string => `${Math.round(part * 100)} %`;

const style = `
:root { color-scheme: light dark; --text: #1b1b1b; --soft: #5a5a5a; --page: #fffefb; --line: #d9d6cc; }
@media (prefers-color-scheme: dark) { :root { --text: #e9e6df; --soft: #aaa69c; --page: #191917; --line: #3a3935; } }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 90rem; margin: 0 auto; padding: 2rem 1rem 4rem; } main > p { max-width: 46rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; } a { color: inherit; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; } figure { margin: 0; min-width: 0; }
figcaption { color: var(--soft); overflow-wrap: anywhere; } pre { font: .85rem/1.45 ui-monospace, monospace; border: 1px solid var(--line); margin: .25rem 0; padding: .5rem 0; overflow-x: auto; counter-reset: line; }
.line::before { counter-increment: line; content: counter(line); display: inline-block; width: 2.5rem; margin-right: .75rem; text-align: right; color: var(--soft); }
mark { color: inherit; background: color-mix(in srgb, var(--mark) 28%, transparent); } mark b { font-size: .75em; border: 1px solid; border-radius: .5em; padding: 0 .35em; margin-right: .35em; }
.m0 { --mark: #e69f00; } .m1 { --mark: #56b4e9; } .m2 { --mark: #009e73; } .m3 { --mark: #cc79a7; } .m4 { --mark: #d55e00; } .m5 { --mark: #0072b2; }
`;
