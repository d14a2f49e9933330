import type { Metadata } from "next";
import { RegradePage } from "@/components/insight/regrade";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Regrade" };

export default async function Page() {
  return <RegradePage exercises={await exerciseIndex()} />;
}
