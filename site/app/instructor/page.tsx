import type { Metadata } from "next";
import { FirstCourse } from "@/components/courses/first-course";

export const metadata: Metadata = { title: "Teaching" };

export default function Page() {
  return <FirstCourse />;
}
