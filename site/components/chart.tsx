"use client";

import { useEffect, useRef, useState } from "react";
import { onThemeChange } from "@/lib/theme";
import { Markup } from "./markup";

interface ChartProps {
  /** plotly's own description: `{ data, layout }`. */
  figure: Record<string, unknown>;
  /** The same chart as a picture, shown until the live one is there. */
  still?: string;
  plain?: string;
  trusted: boolean;
}

/** A chart: a picture at once, and a live one (hover, zoom, hide a series) when it comes into view. */
export function Chart({ figure, still, plain, trusted }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const [live, setLive] = useState(false);

  useEffect(() => {
    const holder = place.current;
    if (!holder || !frame.current) return;
    let ended = false;
    let stopListening = (): void => {};
    const draw = async (): Promise<void> => {
      const { default: plotly } = await import("plotly.js-basic-dist-min");
      if (ended) return;
      const { data, layout } = themed(figure, holder);
      await plotly.react(holder, data, layout, { responsive: true, displayModeBar: false });
      if (ended) return;
      setLive(true);
      stopListening = onThemeChange(() => {
        const again = themed(figure, holder);
        plotly.react(holder, again.data, again.layout, { responsive: true, displayModeBar: false });
      });
    };
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        // Without plotly the picture stays: it shows the same.
        draw().catch((error: unknown) => console.warn("the live chart could not be drawn", error));
      },
      { rootMargin: "200px" },
    );
    watcher.observe(frame.current);
    return () => {
      ended = true;
      watcher.disconnect();
      stopListening();
    };
  }, [figure]);

  return (
    <div className="chart" ref={frame} data-live={live || undefined}>
      {still && (
        <div className="chart__still" hidden={live}>
          <Markup source={still} trusted={trusted} className="output output--svg" />
        </div>
      )}
      <div
        className="chart__live"
        ref={place}
        role="img"
        aria-label={plain ? titleOf(figure) : "chart"}
        hidden={!live && still !== undefined}
      />
    </div>
  );
}

const titleOf = (figure: Record<string, unknown>): string => {
  const title = (figure.layout as { title?: string | { text?: string } } | undefined)?.title;
  return (typeof title === "string" ? title : title?.text) ?? "chart";
};

/** The page's faces and colors in place of plotly's; what the chart says itself stays. */
function themed(figure: Record<string, unknown>, element: HTMLElement) {
  const style = getComputedStyle(element);
  const color = (name: string): string => resolveColor(element, name);
  const axis = {
    color: color("--ink-2"),
    gridcolor: color("--rule"),
    linecolor: color("--edge"),
    zerolinecolor: color("--rule"),
  };
  const layout = (figure.layout ?? {}) as Record<string, unknown>;
  const merged: Record<string, unknown> = {
    ...layout,
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: {
      ...(layout.font as object),
      family: style.getPropertyValue("--font-sans") || "sans-serif",
      color: color("--ink"),
    },
    hoverlabel: {
      bgcolor: color("--paper"),
      bordercolor: color("--edge"),
      font: { color: color("--ink") },
    },
  };
  for (const [key, value] of Object.entries({ xaxis: {}, yaxis: {}, ...layout }))
    if (/^[xy]axis\d*$/.test(key)) merged[key] = { ...axis, ...(value as object) };
  return { data: structuredClone(figure.data ?? []) as object[], layout: merged };
}

/** A design token's color as this element sees it now. */
function resolveColor(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.parentElement?.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
