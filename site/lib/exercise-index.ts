import "server-only";
import { join } from "node:path";
import { listExercises } from "@gradus/grader/exercises";
import { exercisesOf } from "../../course/src/chapter.ts";
import { chapters, root } from "./chapters";
import type { ExerciseEntry } from "./exercise-entry";

let index: Promise<ExerciseEntry[]> | undefined;

/** Every exercise in the order of the course; those that no chapter has yet come last. Read once. */
export function exerciseIndex(): Promise<ExerciseEntry[]> {
  index ??= read();
  return index;
}

async function read(): Promise<ExerciseEntry[]> {
  const places = chapters().flatMap((chapter) =>
    exercisesOf(chapter).map((name): [string, string] => [name, chapter.front.slug]),
  );
  const slugs = new Map(places);
  const order = new Map(places.map(([name], place) => [name, place]));
  const place = (name: string) => order.get(name) ?? Number.POSITIVE_INFINITY;
  return (await listExercises(join(root, "exercises")))
    .map(({ name, title, points }) => {
      const slug = slugs.get(name);
      return slug
        ? { name, title, points, href: `/course/${slug}#exercise-${name}` }
        : { name, title, points };
    })
    .sort((a, b) => (place(a.name) < place(b.name) ? -1 : place(a.name) > place(b.name) ? 1 : 0));
}
