import styles from "./insight.module.css";

/** A passage of a source: from which character to which. */
export interface Mark {
  start: number;
  end: number;
  number: number;
}

interface Piece {
  text: string;
  number?: number;
  /** Whether the passage begins here. */
  begins?: boolean;
}

/** The lines of a source in pieces; where passages overlap, the one that begins first has the text. */
export function piecesOf(source: string, marks: readonly Mark[]): Piece[][] {
  const lines: Piece[][] = [[]];
  const add = (text: string, number?: number) => {
    let begins = number !== undefined;
    for (const [index, line] of text.split("\n").entries()) {
      if (index > 0) lines.push([]);
      if (line === "") continue;
      lines[lines.length - 1].push(
        number === undefined ? { text: line } : { text: line, number, begins },
      );
      begins = false;
    }
  };
  let at = 0;
  for (const { start, end, number } of [...marks].sort((a, b) => a.start - b.start)) {
    const from = Math.max(start, at);
    if (end <= from) continue;
    add(source.slice(at, from));
    add(source.slice(from, end), number);
    at = end;
  }
  add(source.slice(at));
  return lines;
}

/** A source with its passages marked and numbered; a number leads to the same passage on the other side. */
export function Marked({
  source,
  marks,
  side,
  label,
}: {
  source: string;
  marks: readonly Mark[];
  side: "left" | "right";
  label: string;
}) {
  const other = side === "left" ? "right" : "left";
  return (
    <section
      className={styles.code}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
      tabIndex={0}
    >
      <pre>
        <code>
          {piecesOf(source.replace(/\n$/, ""), marks).map((pieces, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number.
            <span key={line} className={styles.line}>
              {pieces.map(({ text, number, begins }, index) =>
                number === undefined ? (
                  text
                ) : (
                  // biome-ignore lint/suspicious/noArrayIndexKey: pieces have their places.
                  <mark key={index} className={styles[`m${(number - 1) % 6}`]}>
                    {begins && (
                      <a
                        id={`${side}-${number}`}
                        href={`#${other}-${number}`}
                        aria-label={`Passage ${number}, go to it in the other answer`}
                      >
                        {number}
                      </a>
                    )}
                    {text}
                  </mark>
                ),
              )}
              {"\n"}
            </span>
          ))}
        </code>
      </pre>
    </section>
  );
}
