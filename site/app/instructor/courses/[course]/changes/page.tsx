import type { Metadata } from "next";
import { Changes } from "@/components/courses/changes";

export const metadata: Metadata = { title: "Changes" };

export default function Page() {
  return <Changes />;
}
