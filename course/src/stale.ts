// Which notebooks no longer say what their chapters say.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { type Chapter, exercisesOf } from "./chapter.ts";
import { formatNotebook, type Notebook } from "./nbformat.ts";
import { findRoot } from "./root.ts";

/** What {@link staleness} says where the chapter is the same and the notebook is not. */
export const HAND_CHANGED = "it was changed by hand";

/** A notebook as it was before it ran. */
const withoutOutputs = (notebook: Notebook): Notebook => ({
  ...notebook,
  cells: notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : cell,
  ),
});

/**
 * Why a committed notebook is not what its chapter would give today; null where it is.
 * @param built what {@link buildNotebook} gives now
 */
export function staleness(built: Notebook, committed: Notebook | undefined): string | null {
  if (!committed) return "it has not been built yet";
  const idle = committed.cells.filter(
    (cell) => cell.cell_type === "code" && cell.execution_count === null,
  );
  if (formatNotebook(withoutOutputs(committed)) === formatNotebook(built))
    return idle.length > 0 ? `${idle.length} of its cells have not run` : null;
  if (committed.metadata.gradus?.source === built.metadata.gradus.source) return HAND_CHANGED;
  const before = new Map(committed.cells.map((cell) => [cell.id, JSON.stringify(cell.source)]));
  const changed = built.cells.find((cell) => before.get(cell.id) !== JSON.stringify(cell.source));
  return changed ? `its source changed (first at the cell "${changed.id}")` : "its source changed";
}

function* filesIn(place: string): Generator<string> {
  if (!fs.existsSync(place)) return;
  if (fs.statSync(place).isFile()) return yield place;
  for (const name of fs.readdirSync(place).sort())
    if (!/^(node_modules|dist)$|\.test\.ts$/.test(name)) yield* filesIn(path.join(place, name));
}

/** A hash over all that a chapter's outputs depend on besides its text: the library, the checks and the kernel. */
export function machineryKey(chapter: Chapter, root: string): string {
  const places = [
    "lib/src",
    "grader/checks",
    "grader/notebook",
    "jupyter/kernel-launcher.cjs",
    "jupyter/execute.py",
  ].map((place) => path.join(findRoot(), place));
  const checks = exercisesOf(chapter).map((name) =>
    path.join(root, "exercises", name, "checks.ts"),
  );
  const hash = createHash("sha256");
  for (const place of [...places, ...checks])
    for (const file of filesIn(place))
      hash
        .update(`${path.relative(root, file)}\0`)
        .update(fs.readFileSync(file))
        .update("\0");
  return hash.digest("hex");
}
