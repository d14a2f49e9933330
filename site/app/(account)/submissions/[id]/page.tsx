import type { Metadata } from "next";
import { OneSubmission } from "@/components/account/one-submission";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "A submission" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <div className="page page--wide">
      <OneSubmission id={id} exercises={await exerciseIndex()} />
    </div>
  );
}
