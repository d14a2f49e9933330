import type { Metadata } from "next";
import { Assignments } from "@/components/courses/assignments";

export const metadata: Metadata = { title: "Assignments" };

export default function Page() {
  return <Assignments />;
}
