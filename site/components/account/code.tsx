"use client";

import { typescriptLanguage } from "@codemirror/lang-javascript";
import type { Report } from "@gradus/grader/service";
import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { Fragment, type KeyboardEvent, type ReactNode, useId, useMemo, useState } from "react";
import styles from "./account.module.css";
import { RemarkText } from "./report";

const highlighter = tagHighlighter([
  { tag: tags.keyword, class: styles.keyword },
  { tag: tags.comment, class: styles.comment },
  { tag: [tags.string, tags.regexp], class: styles.string },
  { tag: [tags.typeName, tags.meta], class: styles.faint },
]);

type Remark = Report["diagnostics"][number];

/** A piece of a line that looks the same throughout. */
interface Piece {
  text: string;
  classes: string;
}

/** The lines of a piece of TypeScript in pieces; found by the editor's own parser. */
function paint(source: string): Piece[][] {
  const lines: Piece[][] = [[]];
  highlightCode(
    source,
    typescriptLanguage.parser.parse(source),
    highlighter,
    (text, classes) => lines[lines.length - 1].push({ text, classes }),
    () => lines.push([]),
  );
  return lines;
}

/** A line's pieces, with what a remark means underlined. */
function marked(pieces: Piece[], number: number, remarks: readonly Remark[]): ReactNode[] {
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  const spans = remarks.flatMap(({ line, column, endLine, endColumn }) =>
    endLine === undefined || endColumn === undefined || number < line || number > endLine
      ? []
      : [
          {
            from: number === line ? column - 1 : 0,
            to: number === endLine ? endColumn - 1 : length,
          },
        ],
  );
  const nodes: ReactNode[] = [];
  let at = 0;
  for (const { text, classes } of pieces) {
    const inside = spans.flatMap(({ from, to }) => [from - at, to - at]);
    const cuts = [...new Set([0, ...inside, text.length])]
      .filter((cut) => cut >= 0 && cut <= text.length)
      .sort((a, b) => a - b);
    for (const [index, begin] of cuts.slice(0, -1).entries()) {
      const meant = spans.some(({ from, to }) => from <= at + begin && at + begin < to);
      const part = text.slice(begin, cuts[index + 1]);
      const key = nodes.length;
      nodes.push(
        meant ? (
          <mark key={key} className={`${styles.meant} ${classes}`}>
            {part}
          </mark>
        ) : classes ? (
          <span key={key} className={classes}>
            {part}
          </span>
        ) : (
          <Fragment key={key}>{part}</Fragment>
        ),
      );
    }
    at += text.length;
  }
  return nodes;
}

/** Above this many characters code is shown plain: coloring it would hold the page up. */
const PAINTABLE = 200_000;

/**
 * Code as handed in, to be read: numbered lines, with the compiler's remarks under theirs, and what
 * `under` puts there: spans, for they stand in a line of code. With `onLine` each number is a button; the
 * arrow keys go from one to the next.
 */
export function Code({
  source,
  label,
  diagnostics = [],
  under,
  onLine,
}: {
  source: string;
  label: string;
  diagnostics?: Report["diagnostics"];
  under?: (line: number) => ReactNode;
  onLine?: (line: number) => void;
}) {
  const id = useId();
  const [current, setCurrent] = useState(1);
  const lines = useMemo(
    () =>
      source.length > PAINTABLE
        ? source.split("\n").map((text): Piece[] => [{ text, classes: "" }])
        : paint(source.replace(/\n$/, "")),
    [source],
  );
  function walk(event: KeyboardEvent<HTMLElement>) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !(event.target instanceof HTMLButtonElement) || !event.target.dataset.line) return;
    const line = Math.min(Math.max(1, Number(event.target.dataset.line) + step), lines.length);
    event.preventDefault();
    setCurrent(line);
    event.currentTarget.querySelector<HTMLElement>(`button[data-line="${line}"]`)?.focus();
  }
  return (
    <section
      className={styles.code}
      aria-label={label}
      onKeyDown={onLine && walk}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
      tabIndex={0}
    >
      <pre>
        <code>
          {lines.map((line, index) => {
            // What the compiler says of the end of the file may point past its last line.
            const remarks = diagnostics.filter(
              (remark) => Math.min(remark.line, lines.length) === index + 1,
            );
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number.
              <Fragment key={index}>
                <span
                  id={`${id}-${index + 1}`}
                  className={onLine ? styles.lineToPress : styles.line}
                  data-line={index + 1}
                  data-marked={remarks.length > 0 || undefined}
                >
                  {onLine && (
                    <button
                      type="button"
                      data-line={index + 1}
                      aria-label={`Comment on line ${index + 1}`}
                      tabIndex={index + 1 === Math.min(current, lines.length) ? 0 : -1}
                      onFocus={() => setCurrent(index + 1)}
                      onClick={() => onLine(index + 1)}
                    >
                      {index + 1}
                    </button>
                  )}
                  {marked(line, index + 1, diagnostics)}
                  {"\n"}
                </span>
                {remarks.map((remark) => (
                  <span className={styles.remark} key={`${remark.column} ${remark.message}`}>
                    <RemarkText remark={remark} />
                    {"\n"}
                  </span>
                ))}
                {under?.(index + 1)}
              </Fragment>
            );
          })}
        </code>
      </pre>
    </section>
  );
}
