import type { ReactNode } from "react";
import { CourseFrame } from "@/components/courses/course-frame";

export default async function Layout({
  children,
  params,
}: {
  children: ReactNode;
  params: Promise<{ course: string }>;
}) {
  return <CourseFrame id={(await params).course}>{children}</CourseFrame>;
}
