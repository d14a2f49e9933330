import fs from "node:fs";
import path from "node:path";
import type { CourseOptions } from "./chapter.ts";
import { type GradusMetadata, type Notebook, type Output, parseNotebook } from "./nbformat.ts";
import { findRoot } from "./root.ts";

/** Where the notebook of a chapter lies; `name` as in `01-perceptron`. */
export const notebookFile = (name: string, root: string): string =>
  path.join(root, "notebooks", `${name}.ipynb`);

/** The committed notebook of a chapter, or undefined where it has none yet. */
export function readNotebook(name: string, root: string): Notebook | undefined {
  const file = notebookFile(name, root);
  return fs.existsSync(file) ? parseNotebook(fs.readFileSync(file, "utf8")) : undefined;
}

/**
 * What the cells of a chapter showed when its notebook was run, by the cells' ids; every text is one string.
 * @param slug `perceptron` or `01-perceptron`
 * @throws Error where the chapter has no notebook
 */
export function loadOutputs(
  slug: string,
  { root = findRoot() }: CourseOptions = {},
): Record<string, Output[]> {
  const folder = path.join(root, "notebooks");
  const file = fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .find((name) => name === `${slug}.ipynb` || name.replace(/^\d+-/, "") === `${slug}.ipynb`)
    : undefined;
  if (!file)
    throw new Error(
      `no notebook of "${slug}" in notebooks/: build it with npm run notebooks -- ${slug}`,
    );
  const { cells } = parseNotebook(fs.readFileSync(path.join(folder, file), "utf8"));
  const outputs: Record<string, Output[]> = {};
  for (const cell of cells)
    if (cell.cell_type === "code" && cell.metadata.gradus?.cell)
      outputs[cell.metadata.gradus.cell] = cell.outputs;
  return outputs;
}

/**
 * A notebook to hand on. Whoever works in notebooks/ leaves answers there; they stay at home: in an
 * answered exercise the starter stands again, and cells of one's own and reports of checks go.
 * @param starterOf the code that an exercise begins with
 */
export function withoutAnswers(
  notebook: Notebook,
  starterOf: (exercise: string) => string,
): Notebook {
  const answered = new Set<string>();
  const cells = notebook.cells.flatMap((cell): Notebook["cells"] => {
    if (cell.cell_type !== "code") return [cell];
    const { gradus } = cell.metadata;
    if (!gradus) return [];
    const starter = gradus.exercise && starterOf(gradus.exercise).trimEnd();
    if (!starter || cell.source === starter) return [cell];
    answered.add(gradus.exercise as string);
    return [{ ...cell, source: starter, outputs: [], execution_count: null }];
  });
  return {
    ...notebook,
    cells: cells.map((cell) =>
      cell.cell_type === "code" && answered.has(about(cell.metadata.gradus) ?? "")
        ? { ...cell, outputs: [], execution_count: null }
        : cell,
    ),
  };
}

/** The exercise that a cell checks or hands in. */
const about = (gradus?: GradusMetadata): string | undefined => gradus?.check ?? gradus?.submit;
