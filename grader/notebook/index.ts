/** Checks in a notebook: `import { check } from "@gradus/grader/notebook"`. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { connectInProcess, type Report, runChecks, type Suite } from "@gradus/grader/checks";
import { display } from "gradus";
import { reportHtml, reportText } from "./render.ts";

/** What is needed of an exercise; the loader is TypeScript that Node runs as it is. */
interface LoadedExercise {
  name: string;
  title: string;
  defines: string[];
  forbids: string[];
  publicChecks(): Promise<Suite>;
}

/**
 * Runs an exercise's public checks on what was defined in the notebook and shows what they found.
 *
 * ```ts
 * await check("perceptron-update", { update });
 * ```
 *
 * @param name the exercise's folder under `exercises/`, looked for upward from the notebook
 * @param definitions what the exercise asks for, by name
 * @throws {Error} where there is no such exercise, or a name that it asks for is not handed over;
 *   never for a check that fails
 */
export async function check(name: string, definitions: Record<string, unknown>): Promise<void> {
  const loader: string = "@gradus/grader/exercises";
  const { loadExercise } = (await import(loader)) as {
    loadExercise(dir: string): LoadedExercise;
  };
  const exercise = loadExercise(findExercise(name, process.cwd()));
  const missing = exercise.defines.filter((one) => definitions[one] === undefined);
  if (missing.length > 0)
    throw new Error(
      `check: "${name}" asks for ${missing.join(" and ")}\n` +
        `  hint: await check("${name}", { ${exercise.defines.join(", ")} })`,
    );
  const report = await runChecks(await exercise.publicChecks(), connectInProcess(definitions), {
    exercise: name,
    defines: exercise.defines,
    forbids: exercise.forbids,
  });
  display(shown(exercise.title, report));
}

const shown = (title: string, report: Report) => ({
  toMimeBundle: () => ({
    "text/html": reportHtml(title, report),
    "text/plain": reportText(title, report),
  }),
});

function findExercise(name: string, from: string): string {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const root = join(dir, "exercises");
    if (existsSync(join(root, name, "exercise.mdx")) && /^[\w-]+$/.test(name))
      return join(root, name);
    if (dir !== dirname(dir)) continue;
    const known = knownExercises(from);
    throw new Error(
      `check: there is no exercise "${name}"\n  ` +
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
