import type { Metadata } from "next";
import { Account } from "@/components/account/account";

export const metadata: Metadata = { title: "Your account" };

export default function Page() {
  return (
    <div className="page">
      <h1>Your account</h1>
      <Account />
    </div>
  );
}
