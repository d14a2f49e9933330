"use client";

import { useEffect, useRef } from "react";

interface MarkupProps {
  source: string;
  /** It comes with the chapter, not from code that ran in this page. */
  trusted: boolean;
  className: string;
}

/**
 * HTML or SVG from a display. Code in the page may have made it of anything, so what did not come
 * with the chapter is cleaned of scripts, frames and handlers first.
 */
export function Markup({ source, trusted, className }: MarkupProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (trusted) return;
    let current = true;
    import("dompurify").then(({ default: purify }) => {
      if (!current || !place.current) return;
      place.current.innerHTML = purify.sanitize(source, {
        USE_PROFILES: { html: true, svg: true, svgFilters: true },
        FORBID_TAGS: ["form", "input", "button", "style"],
      });
    });
    return () => {
      current = false;
    };
  }, [source, trusted]);
  const frame = { ref: place, className, "data-scrolls": "" };
  return trusted ? (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: the executed notebook's own output, built with this page.
    <div {...frame} dangerouslySetInnerHTML={{ __html: source }} />
  ) : (
    <div {...frame} />
  );
}
