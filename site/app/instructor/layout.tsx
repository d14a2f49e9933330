import type { ReactNode } from "react";
import { InstructorNav } from "@/components/account/instructor-nav";

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <div className="page page--wide">
      <InstructorNav />
      {children}
    </div>
  );
}
