import type { Metadata } from "next";
import { Due } from "@/components/courses/due";

export const metadata: Metadata = { title: "What is due" };

export default function Page() {
  return (
    <div className="page">
      <h1>What is due</h1>
      <Due />
    </div>
  );
}
