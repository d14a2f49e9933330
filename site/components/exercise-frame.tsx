/** An exercise where it stands in the chapter. */
export function ExerciseFrame({ name, number }: { name: string; number: string }) {
  return (
    <section className="exercise" id={`exercise-${name}`}>
      Exercise {number}: {name}
    </section>
  );
}
