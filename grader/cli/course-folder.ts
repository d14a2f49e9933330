/** Where the course lies that a command works on. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { usage } from "./problem.ts";

/**
 * The folder of exercises: GRADUS_EXERCISES, else the one of the course that `near` or the terminal
 * stands in, else the one beside this command.
 * @throws Problem when there is none
 */
export function exercisesFolder(near?: string): string {
  const named = process.env.GRADUS_EXERCISES;
  if (named) return named;
  const starts = [...(near ? [dirname(resolve(near))] : []), process.cwd(), import.meta.dirname];
  for (const start of starts)
    for (let dir = start; ; dir = dirname(dir)) {
      const found = join(dir, "exercises");
      if (holdsExercises(found)) return found;
      if (dir === dirname(dir)) break;
    }
  throw usage(
    "no_exercises_here",
    "there are no exercises here",
    "run this in a copy of the course, or set GRADUS_EXERCISES to its folder of exercises",
  );
}

function holdsExercises(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => existsSync(join(folder, name, "exercise.mdx")));
}
