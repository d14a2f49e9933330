import type { Metadata } from "next";
import { Members } from "@/components/account/members";

export const metadata: Metadata = { title: "Members" };

export default function Page() {
  return (
    <>
      <h1>Members</h1>
      <Members />
    </>
  );
}
