"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import { readProgress } from "@/lib/progress";
import { ArrowIcon } from "./icons";

/** The way in: to the beginning of the chapter, or back to where this reader was. */
export function StartLink({ slug, number }: { slug: string; number: number }) {
  const [section, setSection] = useState<string | null>(null);
  useEffect(() => setSection(readProgress(slug)?.section ?? null), [slug]);
  return (
    <Link
      className="button button--primary home__start"
      prefetch={false}
      href={`/course/${slug}${section ? `#${section}` : ""}`}
    >
      {section ? `Go on with chapter ${number}` : `Begin with chapter ${number}`} <ArrowIcon />
    </Link>
  );
}
