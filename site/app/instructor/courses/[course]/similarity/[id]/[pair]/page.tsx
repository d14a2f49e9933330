import type { Metadata } from "next";
import { SimilarityPairPage } from "@/components/insight/similarity-pair";

export const metadata: Metadata = { title: "Two answers" };

export default async function Page({ params }: { params: Promise<{ id: string; pair: string }> }) {
  const { id, pair } = await params;
  return <SimilarityPairPage report={id} id={pair} />;
}
