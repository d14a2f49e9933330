import "server-only";
import { resolve } from "node:path";
import { listExercises } from "@gradus/grader/exercises";

/** What exercises are called, by name: lists show titles, not names. */
export async function exerciseTitles(): Promise<Record<string, string>> {
  const exercises = await listExercises(resolve(process.cwd(), "../exercises"));
  return Object.fromEntries(exercises.map(({ name, title }) => [name, title]));
}
