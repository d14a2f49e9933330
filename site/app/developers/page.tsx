import type { Metadata } from "next";
import { Beginning, Developers } from "@/components/developers/developers";

export const metadata: Metadata = { title: "The API" };

export default function Page() {
  return (
    <div className="page">
      <h1>The API</h1>
      <Beginning />
      <Developers />
    </div>
  );
}
