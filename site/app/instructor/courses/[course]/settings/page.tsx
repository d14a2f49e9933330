import type { Metadata } from "next";
import { Settings } from "@/components/courses/settings";

export const metadata: Metadata = { title: "Settings" };

export default function Page() {
  return <Settings />;
}
