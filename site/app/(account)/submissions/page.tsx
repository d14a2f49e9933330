import type { Metadata } from "next";
import { MySubmissions } from "@/components/account/my-submissions";
import { exerciseTitles } from "@/lib/exercise-titles";

export const metadata: Metadata = { title: "Your submissions" };

export default async function Page() {
  return (
    <div className="page page--wide">
      <h1>Your submissions</h1>
      <MySubmissions titles={await exerciseTitles()} />
    </div>
  );
}
