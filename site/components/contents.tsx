"use client";

import { useEffect, useRef, useState } from "react";
import { keepProgress } from "@/lib/progress";

/** The chapter's sections, where the reader is in them, and how far down the page. */
export function ChapterContents({
  slug,
  headings,
}: {
  slug: string;
  headings: { id: string; text: string }[];
}) {
  const [current, setCurrent] = useState<string | null>(null);
  const bar = useRef<HTMLDivElement>(null);
  const folded = useRef<HTMLDetailsElement>(null);

  useEffect(() => {
    let frame = 0;
    let where: Parameters<typeof keepProgress>[1] = { share: 0, section: null };
    let kept: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      frame = 0;
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      const share =
        scrollHeight > clientHeight ? Math.min(1, scrollTop / (scrollHeight - clientHeight)) : 1;
      bar.current?.style.setProperty("--share", String(share));
      // The last heading above the upper third of the window.
      let here: string | null = null;
      for (const { id } of headings) {
        const top = document.getElementById(id)?.getBoundingClientRect().top;
        if (top !== undefined && top < clientHeight / 3) here = id;
      }
      setCurrent(here);
      kept ??= setTimeout(() => {
        kept = undefined;
        keepProgress(slug, where);
      }, 500);
      where = { share, section: here };
    };
    const later = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    window.addEventListener("scroll", later, { passive: true });
    window.addEventListener("resize", later);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(kept);
      window.removeEventListener("scroll", later);
      window.removeEventListener("resize", later);
    };
  }, [slug, headings]);

  const list = (
    <ol className="contents__list">
      {headings.map(({ id, text }) => (
        <li key={id}>
          <a
            href={`#${id}`}
            aria-current={current === id ? "location" : undefined}
            onClick={() => {
              if (folded.current) folded.current.open = false;
            }}
          >
            {text}
          </a>
        </li>
      ))}
    </ol>
  );
  return (
    <>
      <div className="progress" ref={bar} aria-hidden="true" />
      <nav className="contents contents--side" aria-label="In this chapter">
        <p className="contents__title">In this chapter</p>
        {list}
      </nav>
      <nav className="contents contents--fold" aria-label="In this chapter">
        <details ref={folded}>
          <summary>In this chapter</summary>
          {list}
        </details>
      </nav>
    </>
  );
}
