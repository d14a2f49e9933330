import { join } from "node:path";
import { loadExercise } from "@gradus/grader/exercises";
import { root } from "@/lib/chapters";
import { highlight } from "@/lib/highlight";
import { renderMarkdown } from "@/lib/mdx";
import { CodeBlock, ProseTable } from "./chapter-parts";
import { ExerciseBox } from "./exercise-box";

const difficulties = ["easy", "takes some thought", "hard", "very hard"];

/** An exercise where it stands in the chapter: its prompt and hints made here, the rest is live. */
export async function ExerciseFrame({ name, number }: { name: string; number: string }) {
  const exercise = loadExercise(join(root, "exercises", name));
  const components = { CodeBlock, table: ProseTable };
  const { title, points, minutes, difficulty, defines, forbids, starter } = exercise;
  return (
    <ExerciseBox
      name={name}
      number={number}
      title={title}
      points={points}
      facts={`about ${minutes} minutes, ${difficulties[difficulty - 1]}`}
      defines={defines}
      forbids={forbids}
      starter={starter}
      html={await highlight(starter.trimEnd(), "ts")}
      prompt={await renderMarkdown(exercise.prompt, components)}
      hints={await Promise.all(exercise.hints.map((hint) => renderMarkdown(hint, components)))}
    />
  );
}
