import type { Metadata } from "next";
import { Attempts } from "@/components/account/attempts";
import { titleOf } from "@/lib/exercise-entry";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "A learner’s work" };

export default async function Page({
  params,
}: {
  params: Promise<{ user: string; exercise: string }>;
}) {
  const { user, exercise } = await params;
  const name = decodeURIComponent(exercise);
  const title = titleOf(await exerciseIndex(), name);
  return <Attempts user={decodeURIComponent(user)} exercise={name} title={title} />;
}
