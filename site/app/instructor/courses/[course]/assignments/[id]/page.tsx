import type { Metadata } from "next";
import { AssignmentPage } from "@/components/courses/assignment-form";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Assignment" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <AssignmentPage id={id} exercises={await exerciseIndex()} />;
}
