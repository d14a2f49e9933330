"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { listCourses } from "@/lib/courses";
import { Loaded, useLoad } from "../account/load";
import { teaches } from "./course-frame";
import { CoursesList } from "./courses-list";

/** Who teaches one course is led to it; others choose. */
export function FirstCourse() {
  const courses = useLoad("courses", listCourses);
  const router = useRouter();
  const taught = courses.state === "done" ? courses.data.filter(({ role }) => teaches(role)) : [];
  const only = taught.length === 1 ? taught[0].id : null;
  useEffect(() => {
    if (only) router.replace(`/instructor/courses/${only}`);
  }, [only, router]);
  if (only) return null;
  return (
    <Loaded of={courses} what="your courses">
      {() => <CoursesList />}
    </Loaded>
  );
}
