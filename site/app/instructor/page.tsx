import type { Metadata } from "next";
import { GradebookPage } from "@/components/account/gradebook";

export const metadata: Metadata = { title: "Gradebook" };

export default function Page() {
  return (
    <>
      <h1>Gradebook</h1>
      <GradebookPage />
    </>
  );
}
