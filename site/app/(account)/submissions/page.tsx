import type { Metadata } from "next";
import { MySubmissions } from "@/components/account/my-submissions";
import { exerciseIndex } from "@/lib/exercise-index";

export const metadata: Metadata = { title: "Your submissions" };

export default async function Page() {
  return (
    <div className="page page--wide">
      <h1>Your submissions</h1>
      <MySubmissions exercises={await exerciseIndex()} />
    </div>
  );
}
