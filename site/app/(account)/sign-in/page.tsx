import type { Metadata } from "next";
import { SignIn } from "@/components/account/sign-in";

export const metadata: Metadata = { title: "Sign in" };

export default function Page() {
  return (
    <div className="page">
      <h1>Sign in</h1>
      <p className="lead">
        To hand in exercises and to see what became of them. Reading, running and checking need no
        account.
      </p>
      <SignIn />
    </div>
  );
}
