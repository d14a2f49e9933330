/** A place in a text. Lines and columns count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Something wrong in a source file. */
export interface Problem extends Place {
  /** Path from the repository's folder. */
  file: string;
  /** What is wrong and what to do. */
  message: string;
}

/** `course/01-perceptron.mdx:42:3: unknown figure "x"; …` */
export const describe = ({ file, line, column, message }: Problem): string =>
  `${file}:${line}:${column}: ${message}`;

/** Thrown when a chapter or an exercise's text is refused; its message lists every problem, one a line. */
export class CourseError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = [...problems].sort(
      (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
    );
    super(sorted.map(describe).join("\n"));
    this.name = "CourseError";
    this.problems = sorted;
  }
}

/** Number of single-letter edits between two words (Levenshtein, 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

/** `unknown figure "x"; did you mean "y"? Known: y, z` */
export function unknown(what: string, name: string, known: readonly string[]): string {
  const near = known
    .map((one) => ({ one, edits: distance(one, name) }))
    .sort((a, b) => a.edits - b.edits)
    .find(({ edits }) => edits <= Math.ceil(name.length / 3))?.one;
  const guess = near ? `; did you mean "${near}"?` : ";";
  return `unknown ${what} "${name}"${guess} ${known.length ? `known: ${known.join(", ")}` : "none is known yet"}`;
}
