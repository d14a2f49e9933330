import type { Metadata } from "next";
import { SimilarityReportPage } from "@/components/insight/similarity-report";

export const metadata: Metadata = { title: "Similar answers" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <SimilarityReportPage id={(await params).id} />;
}
