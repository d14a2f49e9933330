/**
 * A table as CSV (RFC 4180), with the byte order mark by which Excel knows UTF-8. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front, which makes it text again; so does
 * one behind a semicolon or tab, where a spreadsheet may begin a new cell.
 */
export function csv(rows: readonly (readonly (string | number | null)[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(field).join(",")}\r\n`).join("")}`;
}

/** A text out of such a table, as it was before. */
export function unguard(text: string): string {
  return text.replace(guarded, "$1");
}

// A spreadsheet takes what begins so for a formula.
const formula = /(^|[;\t])(?=\s*[=+\-@|\t\r\n＝＋－＠])/g;
const guarded = /(^|[;\t])'(?=\s*[=+\-@|\t\r\n＝＋－＠])/g;

function field(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = value.replace(formula, "$1'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
