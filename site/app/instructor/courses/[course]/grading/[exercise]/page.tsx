import type { Metadata } from "next";
import { ExerciseList } from "@/components/grading/exercise-list";
import { titleOf } from "@/lib/exercise-entry";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Everybody’s work" };

export default async function Page({
  params,
}: {
  params: Promise<{ course: string; exercise: string }>;
}) {
  const { course, exercise } = await params;
  const name = decodeURIComponent(exercise);
  return (
    <>
      <h2>{titleOf(await exerciseIndex(), name)}</h2>
      <ExerciseList course={decodeURIComponent(course)} exercise={name} />
    </>
  );
}
