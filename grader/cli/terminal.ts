/** How things look in a terminal: colors only where one can see them, symbols never without words. */
import { styleText } from "node:util";
import type { Outcome } from "../service/types.ts";

type Style = Parameters<typeof styleText>[0];

/** Colors `text` for standard output, if that is a terminal and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

const looks: Record<Outcome, { symbol: string; style: Style }> = {
  passed: { symbol: "✓", style: "green" },
  failed: { symbol: "✗", style: "red" },
  error: { symbol: "!", style: "red" },
  "timed out": { symbol: "◷", style: "yellow" },
  "not attempted": { symbol: "○", style: "gray" },
};

export function outcomeText(outcome: Outcome, width = 0): string {
  const { symbol, style } = looks[outcome];
  return paint(style, `${symbol} ${outcome}`.padEnd(width));
}

/**
 * Text that came from somebody's code, safe to print: control characters, with which it could
 * rewrite the screen, are shown instead of sent.
 */
export function plain(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/[^\P{Cc}\t\n]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Indents every line after the first by `width` blanks, and the first one not. */
export function hang(text: string, width: number): string {
  return plain(text)
    .trimEnd()
    .replaceAll("\n", `\n${" ".repeat(width)}`);
}

/** An aligned table; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((row) => printed(row[column]).length)),
  );
  return rows
    .map((row, index) => {
      const line = row
        .map((cell, column) => cell + " ".repeat(widths[column] - printed(cell).length))
        .join("  ")
        .trimEnd();
      return index === 0 ? paint("bold", line) : line;
    })
    .join("\n");
}

function printed(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that color text
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
