import type { ReactNode } from "react";
import { ScrollRegions } from "@/components/scroll-regions";
import "@/components/cell.css";
import "./reference.css";

export default function ReferenceLayout({ children }: { children: ReactNode }) {
  return (
    <div className="ref">
      {children}
      <ScrollRegions />
    </div>
  );
}
