"use client";

import { typescriptLanguage } from "@codemirror/lang-javascript";
import type { Report } from "@gradus/grader/service";
import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { Fragment, type ReactNode, useId, useMemo } from "react";
import styles from "./account.module.css";

const highlighter = tagHighlighter([
  { tag: tags.keyword, class: styles.keyword },
  { tag: tags.comment, class: styles.comment },
  { tag: [tags.string, tags.regexp], class: styles.string },
  { tag: [tags.typeName, tags.meta], class: styles.faint },
]);

/** The lines of a piece of TypeScript as spans; found by the editor's own parser. */
function paint(source: string): ReactNode[][] {
  const lines: ReactNode[][] = [[]];
  highlightCode(
    source,
    typescriptLanguage.parser.parse(source),
    highlighter,
    (text, classes) => {
      const line = lines[lines.length - 1];
      line.push(
        classes ? (
          <span key={line.length} className={classes}>
            {text}
          </span>
        ) : (
          <Fragment key={line.length}>{text}</Fragment>
        ),
      );
    },
    () => lines.push([]),
  );
  return lines;
}

/** Above this many characters code is shown plain: coloring it would hold the page up. */
const PAINTABLE = 200_000;

/** Code as handed in, to be read: numbered lines, with the compiler's remarks under theirs. */
export function Code({
  source,
  label,
  diagnostics = [],
}: {
  source: string;
  label: string;
  diagnostics?: Report["diagnostics"];
}) {
  const id = useId();
  const lines = useMemo(
    () =>
      source.length > PAINTABLE
        ? source.split("\n").map((line): ReactNode[] => [line])
        : paint(source.replace(/\n$/, "")),
    [source],
  );
  return (
    <section
      className={styles.code}
      aria-label={label}
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
                  className={styles.line}
                  data-line={index + 1}
                  data-marked={remarks.length > 0 || undefined}
                >
                  {line}
                  {"\n"}
                </span>
                {remarks.map((remark) => (
                  <span className={styles.remark} key={`${remark.column} ${remark.message}`}>
                    {remark.message}
                    {"\n"}
                  </span>
                ))}
              </Fragment>
            );
          })}
        </code>
      </pre>
    </section>
  );
}
