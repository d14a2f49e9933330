/** The exercises of the course, as the service needs them. */
import { checksVersion, type Exercise, listExercises } from "@gradus/grader/exercises";
import { Refusal } from "./refusal.ts";

export type { Exercise };

export interface Exercises {
  /** In the order of the course's folder. */
  all: readonly Exercise[];
  /** @throws Refusal 404 that names the ones there are */
  get(name: string): Exercise;
  /** The version of an exercise's checks, as it was when they were read; undefined when there is none. */
  version(name: string): string | undefined;
}

export async function openExercises(root: string): Promise<Exercises> {
  const all = await listExercises(root);
  const byName = new Map(all.map((exercise) => [exercise.name, exercise]));
  const versions = new Map(all.map((exercise) => [exercise.name, checksVersion(exercise)]));
  return {
    all,
    version: (name) => versions.get(name),
    get(name) {
      const exercise = byName.get(name);
      if (exercise) return exercise;
      throw new Refusal(
        404,
        "unknown_exercise",
        `there is no exercise ${JSON.stringify(name.slice(0, 80))}`,
        `the exercises are: ${[...byName.keys()].join(", ")}`,
      );
    },
  };
}
