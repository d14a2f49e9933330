import type { Metadata } from "next";
import { GradebookPage } from "@/components/account/gradebook";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Gradebook" };

export default async function Page() {
  return (
    <>
      <h1>Gradebook</h1>
      <GradebookPage exercises={await exerciseIndex()} />
    </>
  );
}
