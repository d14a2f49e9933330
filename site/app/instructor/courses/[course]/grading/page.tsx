import type { Metadata } from "next";
import { GradingOverview } from "@/components/grading/overview";

export const metadata: Metadata = { title: "Grading" };

export default async function Page({ params }: { params: Promise<{ course: string }> }) {
  return <GradingOverview course={decodeURIComponent((await params).course)} />;
}
