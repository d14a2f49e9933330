import type { Metadata } from "next";
import { CourseMap } from "@/components/course-map";
import { cardOf, chapters } from "@/lib/chapters";
import "../map.css";

export const metadata: Metadata = {
  title: "Course",
  description: "All chapters of Gradus: those that are here and those that are planned.",
};

export default function CoursePage() {
  return (
    <div className="page">
      <h1>The course</h1>
      <p className="lead">
        Each chapter builds on the ones before it and ends with something that works. What is marked
        as planned is not written yet.
      </p>
      <CourseMap cards={chapters().map(cardOf)} />
    </div>
  );
}
