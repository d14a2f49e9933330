"use client";

import { useEffect, useRef, useState } from "react";
import type { Sources } from "./diff-view";
import styles from "./grading.module.css";

/** Two columns need about this much room each for a line of code. */
const WIDE = "(min-width: 60rem)";

/** What differs between two sources. The code for it is fetched when the first one is shown. */
export function Diff({ before, after, labels }: Sources) {
  const place = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"loading" | "shown" | "failed">("loading");
  const { before: beforeLabel, after: afterLabel } = labels;
  useEffect(() => {
    let end: (() => void) | undefined;
    let gone = false;
    const wide = window.matchMedia(WIDE);
    const show = async () => {
      try {
        const { showDiff } = await import("./diff-view");
        if (gone || !place.current) return;
        end?.();
        const sources = { before, after, labels: { before: beforeLabel, after: afterLabel } };
        end = showDiff(place.current, sources, wide.matches);
        setState("shown");
      } catch {
        if (!gone) setState("failed");
      }
    };
    void show();
    wide.addEventListener("change", show);
    return () => {
      gone = true;
      wide.removeEventListener("change", show);
      end?.();
    };
  }, [before, after, beforeLabel, afterLabel]);
  return (
    <>
      {before === after && <p className="note">The two are the same.</p>}
      {state === "loading" && <p className="note note--working">Comparing …</p>}
      {state === "failed" && (
        <p className="note note--failed" role="alert">
          What is needed to compare could not be loaded. Check the connection and load the page
          again.
        </p>
      )}
      <div className={styles.legend} aria-hidden={state !== "shown"}>
        <span data-side="before">{beforeLabel}</span>
        <span data-side="after">{afterLabel}</span>
      </div>
      <div ref={place} className={styles.diff} />
    </>
  );
}
