/** A notebook as it is given out: every exercise cell the starter again, nothing of anybody's work in it. */
import { createHash } from "node:crypto";

interface Cell {
  cell_type: string;
  id?: string;
  metadata: {
    gradus?: { cell?: string; exercise?: string; check?: string; submit?: string; figure?: object };
    [key: string]: unknown;
  };
  source: string | string[];
  outputs?: unknown[];
  execution_count?: number | null;
  attachments?: object;
}

interface Notebook {
  cells: Cell[];
  metadata: { gradus?: { chapter?: string; source?: string }; [key: string]: unknown };
  nbformat: number;
  nbformat_minor: number;
}

/**
 * Takes out every output, and puts the starter into every exercise cell. Exercise cells can then not be
 * deleted in Jupyter, the cells that check them neither deleted nor changed.
 * @param starterOf the code that an exercise begins with
 * @returns undefined when it is not what its chapter gave: then what else is in it cannot be vouched for
 */
export function releaseNotebook(
  text: string,
  starterOf: (exercise: string) => string,
): string | undefined {
  const notebook = JSON.parse(text) as Notebook;
  const cells = notebook.cells.map((cell): Cell => {
    const { gradus } = cell.metadata;
    const source = gradus?.exercise
      ? starterOf(gradus.exercise).trimEnd()
      : [cell.source].flat().join("");
    const metadata = gradus ? { gradus } : {};
    const id = cell.id === undefined ? {} : { id: cell.id };
    if (cell.cell_type !== "code") {
      const { attachments } = cell;
      return {
        cell_type: cell.cell_type,
        ...id,
        metadata,
        source,
        ...(attachments && { attachments }),
      };
    }
    return { cell_type: "code", ...id, execution_count: null, outputs: [], metadata, source };
  });
  // The hash that the notebook was built with, over the same cells in the same way.
  const source = createHash("sha256")
    .update(JSON.stringify(cells.map((cell) => ({ ...cell, attachments: undefined }))))
    .digest("hex");
  if (notebook.metadata.gradus?.source !== source) return undefined;
  const { kernelspec, language_info, gradus } = notebook.metadata;
  return `${JSON.stringify(
    sorted({
      nbformat: notebook.nbformat,
      nbformat_minor: notebook.nbformat_minor,
      metadata: { kernelspec, language_info, gradus },
      cells: cells.map((cell) => ({
        ...cell,
        metadata: locked(cell.metadata),
        source: lines(cell.source),
      })),
    }),
    null,
    1,
  )}\n`;
}

function locked(metadata: Cell["metadata"]): Cell["metadata"] {
  if (metadata.gradus?.exercise) return { ...metadata, deletable: false };
  if (metadata.gradus?.check) return { ...metadata, deletable: false, editable: false };
  // Which attempt it is to be may have to be written into this one.
  if (metadata.gradus?.submit) return { ...metadata, deletable: false };
  return metadata;
}

const lines = (source: string | string[]): string[] =>
  [source]
    .flat()
    .join("")
    .match(/[^\n]*\n|[^\n]+$/g) ?? [];

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
