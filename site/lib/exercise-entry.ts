/** What lists of submissions say of an exercise. */
export interface ExerciseEntry {
  name: string;
  title: string;
  /** Where it stands in its chapter; none while no chapter has it. */
  href?: string;
  /** What it is worth where nothing else is said. */
  points?: number;
}

/** An exercise's title; its name where it has left the course. */
export const titleOf = (exercises: ExerciseEntry[], name: string): string =>
  exercises.find((one) => one.name === name)?.title ?? name;

/** `list` in the order of the course; what is no longer in it comes last. */
export function inCourseOrder<T extends { name: string }>(
  list: T[],
  exercises: ExerciseEntry[],
): T[] {
  const place = (one: T) => {
    const found = exercises.findIndex(({ name }) => name === one.name);
    return found === -1 ? exercises.length : found;
  };
  return [...list].sort((a, b) => place(a) - place(b));
}
