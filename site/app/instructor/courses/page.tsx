import type { Metadata } from "next";
import { CoursesList } from "@/components/courses/courses-list";

export const metadata: Metadata = { title: "Courses" };

export default function Page() {
  return <CoursesList />;
}
