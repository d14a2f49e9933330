/**
 * Reads what a learner hands in, a source file or a notebook, into exercises and their sources.
 * Used by the service and by the command line, so that both refuse the same things in the same words.
 */
import { z } from "zod";
import { LARGEST_SOURCE } from "../sandbox/largest-source.ts";
import { Refusal } from "./refusal.ts";

/** The answer to one exercise, as TypeScript. */
export interface Work {
  exercise: string;
  source: string;
}

const cell = z.object({
  cell_type: z.string(),
  source: z.union([z.string(), z.array(z.string())]),
  metadata: z.object({ gradus: z.object({ exercise: z.string() }).optional().catch(undefined) }),
});
const notebook = z.object({ nbformat: z.literal(4), cells: z.array(z.unknown()) });

/**
 * The exercise cells of a notebook, in their order. Cells of one exercise are joined.
 * @throws Refusal when it is no notebook of format 4, or has no exercise cell
 */
export function readNotebook(text: string): Work[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw notNotebook(`it is not JSON (${(error as Error).message})`);
  }
  if (typeof json !== "object" || json === null || !("cells" in json) || !("nbformat" in json))
    throw notNotebook("it has no cells");
  const read = notebook.safeParse(json);
  if (!read.success) {
    const { nbformat } = json;
    throw notNotebook(
      nbformat === 4
        ? "its cells are not a list"
        : `its nbformat is ${JSON.stringify(nbformat)?.slice(0, 20)}, and Gradus reads nbformat 4`,
    );
  }
  const works = new Map<string, string>();
  for (const [index, value] of read.data.cells.entries()) {
    const one = cell.safeParse(value);
    if (!one.success) throw notNotebook(`cell ${index + 1} is not a cell`);
    const exercise = one.data.metadata.gradus?.exercise;
    if (one.data.cell_type !== "code" || exercise === undefined) continue;
    const source = [one.data.source].flat().join("");
    const before = works.get(exercise);
    works.set(exercise, before === undefined ? source : `${before}\n\n${source}`);
  }
  if (works.size === 0) {
    throw new Refusal(
      400,
      "no_exercises",
      "this notebook has no exercise cells",
      "hand in a notebook of the course; an exercise cell carries its exercise's name in its metadata, which a copied cell may have lost",
    );
  }
  return [...works].map(([exercise, source]) => ({ exercise, source }));
}

/**
 * Which exercise a TypeScript file answers: a line `// exercise: <name>`, else the file's name.
 * @throws Refusal when neither names one
 */
export function exerciseOf(filename: string, source: string): string {
  const line = /^[ \t]*\/\/[ \t]*exercise:[ \t]*([a-z0-9][a-z0-9-]*)[ \t]*$/m.exec(source);
  if (line) return line[1];
  const base = filename.split(/[\\/]/).pop() ?? "";
  const name = /^([a-z0-9][a-z0-9-]*)\.ts$/.exec(base);
  if (name) return name[1];
  throw new Refusal(
    400,
    "no_exercises",
    `${base || "the file"} does not say which exercise it answers`,
    "name it <exercise>.ts, or write a line `// exercise: <name>` into it",
  );
}

/** Reads a file by its name: a notebook or a TypeScript file. @throws Refusal */
export function readFile(filename: string, content: string, exercise?: string): Work[] {
  if (/\.ipynb$/i.test(filename)) {
    const works = readNotebook(content);
    if (exercise === undefined) return works;
    const chosen = works.filter((work) => work.exercise === exercise);
    if (chosen.length > 0) return chosen;
    throw new Refusal(
      400,
      "no_exercises",
      `this notebook has no cell for the exercise ${exercise}`,
      `it has: ${works.map((work) => work.exercise).join(", ")}`,
    );
  }
  if (/\.ts$/i.test(filename))
    return [{ exercise: exercise ?? exerciseOf(filename, content), source: content }];
  throw new Refusal(
    400,
    "unsupported_file",
    `${filename} is neither a TypeScript file (.ts) nor a notebook (.ipynb)`,
  );
}

/**
 * Refuses a source that cannot be graded or kept as it is.
 * @throws Refusal when it is empty, or holds what is no text
 */
export function checkSource({ exercise, source }: Work): void {
  if (source.trim() === "") {
    throw new Refusal(
      400,
      "empty_source",
      `there is nothing to grade: the source of ${exercise} is empty`,
    );
  }
  if (source.length > LARGEST_SOURCE)
    throw new Refusal(
      413,
      "source_too_large",
      `the source of ${exercise} has ${source.length} characters; at most ${LARGEST_SOURCE} are graded`,
      "hand in your own code only, without data or other people's libraries pasted in",
    );
  const nul = source.indexOf("\0");
  if (nul >= 0 || /\p{Surrogate}/u.test(source)) {
    const where = nul >= 0 ? ` in line ${source.slice(0, nul).split("\n").length}` : "";
    throw new Refusal(
      400,
      "not_text",
      `the source of ${exercise} is not text: it has ${nul >= 0 ? "a NUL character" : "half of a surrogate pair"}${where}`,
      "save the file as UTF-8 text",
    );
  }
}

function notNotebook(why: string): Refusal {
  return new Refusal(
    400,
    "not_notebook",
    `this is not a notebook: ${why}`,
    "hand in the .ipynb file as JupyterLab saved it",
  );
}
