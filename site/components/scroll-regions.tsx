"use client";

import { useEffect } from "react";

/** What scrolls sideways must be reachable by keyboard; what fits must not be a stop on the way. */
export function ScrollRegions() {
  useEffect(() => {
    const selector = "[data-scrolls], .katex:has(> math[display='block'])";
    const mark = (): void => {
      for (const element of document.querySelectorAll<HTMLElement>(selector)) {
        const scrolls = element.scrollWidth > element.clientWidth + 1;
        if (scrolls === element.hasAttribute("tabindex")) continue;
        if (scrolls) {
          element.tabIndex = 0;
          element.setAttribute("role", "group");
          element.setAttribute("aria-label", "Scrolls sideways");
        } else for (const name of ["tabindex", "role", "aria-label"]) element.removeAttribute(name);
      }
    };
    mark();
    document.fonts.ready.then(mark);
    const watcher = new ResizeObserver(mark);
    watcher.observe(document.body);
    return () => watcher.disconnect();
  }, []);
  return null;
}
