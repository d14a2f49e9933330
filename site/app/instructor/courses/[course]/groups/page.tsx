import type { Metadata } from "next";
import { Groups } from "@/components/courses/groups";

export const metadata: Metadata = { title: "Groups" };

export default function Page() {
  return <Groups />;
}
