"use client";

import { chartColors, chartNeutral } from "gradus/host";
import { useEffect, useRef, useState } from "react";
import { onThemeChange } from "@/lib/theme";
import { Markup } from "./markup";

interface ChartProps {
  /** plotly's own description: `{ data, layout }`. */
  figure: Record<string, unknown>;
  /** The same chart as a picture, shown until the live one is there. */
  still?: string;
  trusted: boolean;
}

/** A chart: a picture at once, and a live one (hover, zoom, hide a series) when it comes into view. */
export function Chart({ figure, still, trusted }: ChartProps) {
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

  // Both lie in one place: the live chart is drawn, unseen, at the size of the picture it replaces.
  return (
    <div className="chart" ref={frame} data-live={live || undefined}>
      {still && (
        <div className="chart__still" aria-hidden={live}>
          <Markup source={still} trusted={trusted} className="output output--svg" />
        </div>
      )}
      <div
        className="chart__live"
        ref={place}
        role="img"
        aria-label={titleOf(figure)}
        aria-hidden={!live && still !== undefined}
      />
    </div>
  );
}

/** The chart's title, without plotly's tags and entities. */
function titleOf(figure: Record<string, unknown>): string {
  const title = (figure.layout as { title?: string | { text?: string } } | undefined)?.title;
  const text = (typeof title === "string" ? title : title?.text) || "Chart";
  return text
    .replace(/<[^>]*>/g, "")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");
}

/** plotly's description in the page's face and colors, at the size of the room that it has. */
function themed(figure: Record<string, unknown>, element: HTMLElement) {
  const color = (name: string): string => resolveColor(element, name);
  // The library's colors are made to be read anywhere; the page's own are the same ideas, by theme.
  const own = new Map<string, string>(
    Object.entries(chartColors).map(([idea, value]) => [value, color(`--${idea}`)]),
  );
  own.set(chartNeutral.ink, color("--ink-2")).set(chartNeutral.grid, color("--rule"));
  const recolored = (value: unknown): unknown => {
    if (typeof value === "string") return own.get(value) ?? value;
    if (Array.isArray(value)) return value.map(recolored);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, recolored(child)]));
  };
  const layout = recolored(figure.layout ?? {}) as Record<string, Record<string, object>>;
  const family = getComputedStyle(element).fontFamily;
  const { width, height } = element.getBoundingClientRect();
  const narrow = width < 480;
  return {
    data: recolored(figure.data ?? []) as object[],
    layout: {
      ...layout,
      autosize: true,
      width: Number(layout.width) <= width ? layout.width : undefined,
      height,
      ...(narrow && {
        margin: {
          ...layout.margin,
          l: 50,
          r: 12,
          t: Math.max(Number((layout.margin as { t?: number })?.t) || 0, 84),
        },
      }),
      font: { ...layout.font, family },
      title: {
        ...layout.title,
        text: narrow
          ? wrapped(titleOf(figure), Math.floor(width / 8.5))
          : (layout.title as { text?: string })?.text,
        // plotly hangs a title of several lines too high: its first line would leave the picture.
        ...(narrow && { y: 1 - 20 / height }),
        font: { ...layout.title?.font, color: color("--ink") },
      },
      hoverlabel: {
        bgcolor: color("--paper"),
        bordercolor: color("--edge"),
        font: { family, color: color("--ink") },
      },
    },
  };
}

/** A title in bold, broken into lines of so many letters: plotly itself lets it run out of the picture. */
function wrapped(title: string, letters: number): string {
  const lines: string[] = [];
  for (const word of title.replace(/&/g, "&amp;").replace(/</g, "&lt;").split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < letters)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return `<b>${lines.join("<br>")}</b>`;
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
