import type { Metadata } from "next";
import { ExerciseStatisticsPage } from "@/components/insight/exercise-statistics";
import { titleOf } from "@/lib/exercise-entry";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Statistics" };

export default async function Page({ params }: { params: Promise<{ exercise: string }> }) {
  const exercise = decodeURIComponent((await params).exercise);
  return (
    <ExerciseStatisticsPage exercise={exercise} title={titleOf(await exerciseIndex(), exercise)} />
  );
}
