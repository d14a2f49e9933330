import type { Metadata } from "next";
import { Suspense } from "react";
import { ReadingPage } from "@/components/grading/reading-page";

export const metadata: Metadata = { title: "Reading a submission" };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense>
      <ReadingPage id={decodeURIComponent(id)} />
    </Suspense>
  );
}
