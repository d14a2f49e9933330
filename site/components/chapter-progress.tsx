"use client";

import { useEffect, useState } from "react";
import { isSolved, readProgress } from "@/lib/progress";

interface ProgressProps {
  slug: string;
  minutes: number;
  exercises: string[];
}

/** How far this reader has come in a chapter, as this browser remembers it. */
export function ChapterProgress({ slug, minutes, exercises }: ProgressProps) {
  const [known, setKnown] = useState<{ read: number; solved: number } | null>(null);
  useEffect(() => {
    setKnown({
      read: Math.round((readProgress(slug)?.furthest ?? 0) * 100),
      solved: exercises.filter(isSolved).length,
    });
  }, [slug, exercises]);
  const begun = known && (known.read > 1 || known.solved > 0);
  return (
    <p className="map__progress">
      <span>{begun ? `${known.read} % read` : `About ${minutes} minutes`}</span>
      <span>
        {begun
          ? `${known.solved} of ${exercises.length} exercises solved`
          : `${exercises.length} exercises`}
      </span>
    </p>
  );
}
