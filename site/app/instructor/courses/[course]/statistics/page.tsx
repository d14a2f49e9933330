import type { Metadata } from "next";
import { StatisticsPage } from "@/components/insight/statistics";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Statistics" };

export default async function Page() {
  return <StatisticsPage exercises={await exerciseIndex()} />;
}
