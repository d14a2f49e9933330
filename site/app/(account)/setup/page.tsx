import type { Metadata } from "next";
import { Setup } from "@/components/account/setup";

export const metadata: Metadata = { title: "Become the administrator", robots: { index: false } };

export default function Page() {
  return (
    <div className="page">
      <h1>Become the administrator</h1>
      <p className="lead">
        Whoever started this Gradus got a link that works once. It makes one account the
        administrator, who says who teaches.
      </p>
      <Setup />
    </div>
  );
}
