import type { Metadata } from "next";
import { SimilarityPage } from "@/components/insight/similarity";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Similar answers" };

export default async function Page() {
  return <SimilarityPage exercises={await exerciseIndex()} />;
}
