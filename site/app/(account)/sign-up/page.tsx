import type { Metadata } from "next";
import { SignUp } from "@/components/account/sign-up";

export const metadata: Metadata = { title: "Create an account" };

export default function Page() {
  return (
    <div className="page">
      <h1>Create an account</h1>
      <p className="lead">
        So that what you hand in has a name on it. It is kept on the machine that runs this Gradus,
        and seen by its instructors.
      </p>
      <SignUp />
    </div>
  );
}
