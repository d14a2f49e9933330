import { fileURLToPath } from "node:url";
import { listExercises } from "@gradus/grader/exercises";

/** What exercises are called, by name. Read on the server; the lists show titles, not names. */
export async function exerciseTitles(): Promise<Record<string, string>> {
  const exercises = await listExercises(fileURLToPath(new URL("../../exercises", import.meta.url)));
  return Object.fromEntries(exercises.map(({ name, title }) => [name, title]));
}
