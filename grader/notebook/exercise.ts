/** Finds an exercise from a notebook. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Suite } from "@gradus/grader/checks";

/** What is needed of an exercise; the loader is TypeScript that Node runs as it is. */
export interface LoadedExercise {
  name: string;
  title: string;
  starter: string;
  defines: string[];
  forbids: string[];
  publicChecks(): Promise<Suite>;
}

/**
 * The exercise of that name, looked for upward from the notebook.
 * @param caller whose name an error carries
 */
export async function loadNamed(name: string, caller: string): Promise<LoadedExercise> {
  const loader: string = "@gradus/grader/exercises";
  const { loadExercise } = (await import(loader)) as {
    loadExercise(dir: string): LoadedExercise;
  };
  return loadExercise(findExercise(name, process.cwd(), caller));
}

function findExercise(name: string, from: string, caller: string): string {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const root = join(dir, "exercises");
    if (existsSync(join(root, name, "exercise.mdx")) && /^[\w-]+$/.test(name))
      return join(root, name);
    if (dir !== dirname(dir)) continue;
    const known = knownExercises(from);
    throw new Error(
      `${caller}: there is no exercise "${name}"\n  ` +
        (known.length > 0
          ? `known: ${known.join(", ")}`
          : `hint: no folder "exercises" was found in ${from} or above it; open the notebook inside the course's folder`),
    );
  }
}

function knownExercises(from: string): string[] {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const root = join(dir, "exercises");
    const names = existsSync(root)
      ? readdirSync(root).filter((name) => existsSync(join(root, name, "exercise.mdx")))
      : [];
    if (names.length > 0) return names;
    if (dir === dirname(dir)) return [];
  }
}
