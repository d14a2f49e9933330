/** The exercises of the course, as the service needs them. */
import { type Exercise, listExercises } from "@gradus/grader/exercises";
import { Refusal } from "./refusal.ts";

export type { Exercise };

export interface Exercises {
  /** In the order of the course's folder. */
  all: readonly Exercise[];
  /** @throws Refusal 404 that names the ones there are */
  get(name: string): Exercise;
}

export async function openExercises(root: string): Promise<Exercises> {
  const all = await listExercises(root);
  const byName = new Map(all.map((exercise) => [exercise.name, exercise]));
  return {
    all,
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
