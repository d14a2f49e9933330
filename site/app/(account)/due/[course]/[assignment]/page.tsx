import type { Metadata } from "next";
import { MyAssignment } from "@/components/courses/my-assignment";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "An assignment" };

export default async function Page({
  params,
}: {
  params: Promise<{ course: string; assignment: string }>;
}) {
  const { course, assignment } = await params;
  return (
    <div className="page">
      <MyAssignment course={course} id={assignment} exercises={await exerciseIndex()} />
    </div>
  );
}
