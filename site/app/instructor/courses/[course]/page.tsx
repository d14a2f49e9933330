import type { Metadata } from "next";
import { Suspense } from "react";
import { Loading } from "@/components/account/load";
import { Book } from "@/components/courses/book";

export const metadata: Metadata = { title: "Gradebook" };

export default function Page() {
  return (
    <Suspense fallback={<Loading what="the gradebook" />}>
      <Book />
    </Suspense>
  );
}
