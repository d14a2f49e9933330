// The notebook format, version 4.5: https://nbformat.readthedocs.io/en/latest/format_description.html

/** A representation of one thing by mime type. Text may be one string or a list of lines. */
export type MimeBundle = Record<string, unknown>;

export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string | string[] }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | {
      output_type: "execute_result";
      data: MimeBundle;
      metadata: Record<string, unknown>;
      execution_count: number | null;
    }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** What of Gradus a cell stands for. */
export interface GradusMetadata {
  /** A live cell of the chapter, by its id. */
  cell?: string;
  /** The starter of an exercise: what a learner writes and hands in. */
  exercise?: string;
  /** The cell that checks that exercise. */
  check?: string;
  /** The cell that hands that exercise in. */
  submit?: string;
  /** A figure, and the sha256 of the still that the picture was made from. */
  figure?: { name: string; still: string };
}

export interface MarkdownCell {
  cell_type: "markdown";
  id: string;
  metadata: { gradus?: GradusMetadata };
  source: string;
  attachments?: Record<string, MimeBundle>;
}

export interface CodeCell {
  cell_type: "code";
  id: string;
  metadata: { gradus?: GradusMetadata };
  source: string;
  execution_count: number | null;
  outputs: Output[];
}

export interface Notebook {
  nbformat: 4;
  nbformat_minor: 5;
  metadata: {
    kernelspec: { name: string; display_name: string; language: string };
    language_info: Record<string, unknown>;
    /** Which chapter this is, and the sha256 of what it was built from. */
    gradus: { chapter: string; source: string };
  };
  cells: (MarkdownCell | CodeCell)[];
}

const isText = (mime: string): boolean =>
  mime.startsWith("text/") || mime === "image/svg+xml" || mime === "application/javascript";

const joined = (text: unknown): unknown => (Array.isArray(text) ? text.join("") : text);
const split = (text: unknown): unknown =>
  typeof text === "string" ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : text;

function eachText(notebook: Notebook, change: (text: unknown) => unknown): Notebook {
  const bundle = (data: MimeBundle): MimeBundle =>
    Object.fromEntries(
      Object.entries(data).map(([mime, value]) => [mime, isText(mime) ? change(value) : value]),
    );
  const output = (one: Output): Output => {
    if (one.output_type === "stream") return { ...one, text: change(one.text) as string };
    return "data" in one ? { ...one, data: bundle(one.data) } : one;
  };
  const cells = notebook.cells.map((cell) => {
    const source = change(cell.source) as string;
    if (cell.cell_type === "code") return { ...cell, source, outputs: cell.outputs.map(output) };
    const { attachments } = cell;
    if (!attachments) return { ...cell, source };
    const bundles = Object.entries(attachments).map(([name, data]) => [name, bundle(data)]);
    return { ...cell, source, attachments: Object.fromEntries(bundles) };
  });
  return { ...notebook, cells };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Reads a notebook's text; every text in it comes as one string. */
export const parseNotebook = (text: string): Notebook =>
  eachText(JSON.parse(text) as Notebook, joined);

/** TypeScript's own types do not know it yet. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** Python writes a number as a power of ten below 0.0001, with two digits at least: 5e-05, where we write 0.00005. */
function asPython(_: string, value: unknown): unknown {
  if (typeof value !== "number" || value === 0 || Math.abs(value) >= 1e-4) return value;
  return rawJSON(value.toExponential().replace(/e-(\d)$/, "e-0$1"));
}

/** Writes a notebook as Jupyter itself does, so that saving one there changes nothing but what was changed. */
export const formatNotebook = (notebook: Notebook): string =>
  `${JSON.stringify(sorted(eachText(notebook, split)), asPython, 1)}\n`;
