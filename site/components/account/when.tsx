"use client";

import { useEffect, useState } from "react";

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Words for a moment: "3 minutes ago" within a week, else the date; in the reader's time zone. */
export function inWords(iso: string, now = Date.now()): string {
  const then = new Date(iso);
  const seconds = (then.getTime() - now) / 1000;
  if (Math.abs(seconds) < 60) return "just now";
  if (Math.abs(seconds) > 7 * 86_400)
    return then.toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[2];
  return relative.format(Math.trunc(seconds / size), unit);
}

export const exactly = (iso: string) =>
  new Date(iso).toLocaleString("en", { dateStyle: "long", timeStyle: "short" });

/** A moment in words, exact on demand; it keeps itself true while it is on show. */
export function When({ at, exact = false }: { at: string; exact?: boolean }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (exact) return;
    const timer = setInterval(() => tick((n) => n + 1), 60_000);
    return () => clearInterval(timer);
  }, [exact]);
  return (
    <time dateTime={at} title={exactly(at)}>
      {exact ? exactly(at) : inWords(at)}
    </time>
  );
}
