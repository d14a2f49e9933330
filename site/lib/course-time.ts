/** Dates as a course and its readers have them: instants come and go in UTC, people read clocks. */

/** What a clock in `zone` shows, as an input of dates and times wants it: 2026-11-30T23:59. */
export function wallOf(iso: string | null, zone: string): string {
  if (iso === null) return "";
  const part: Record<string, string> = {};
  for (const { type, value } of clock(zone).formatToParts(new Date(iso))) part[type] = value;
  const { year, month, day, hour, minute, second } = part;
  return `${year}-${month}-${day}T${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
}

function clock(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

/** `Mon, Nov 30, 23:59`; with the year where it is not this one. */
export function sayWhen(iso: string, zone: string, now = new Date()): string {
  const year = (date: Date) => date.toLocaleString("en", { timeZone: zone, year: "numeric" });
  const date = new Date(iso);
  return new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    month: "short",
    day: "numeric",
    ...(year(date) === year(now) ? {} : { year: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(date);
}

/** The reader's own time zone. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
