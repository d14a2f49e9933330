/**
 * Days and clocks in a time zone. Instants are `Date`s, in UTC; what a clock on the wall shows is kept
 * as the milliseconds that the same digits would be in UTC. A day may have 23, 24 or 25 hours.
 */

const DAY = 24 * 3600 * 1000;
const ends = new Map<string, number>();
const clocks = new Map<string, Intl.DateTimeFormat>();

/** True for a name that this machine's time zone data knows, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    clock(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The same time of day, `days` later. Where clocks skip that time, it is as much later as they skip;
 * where they show it twice, the first.
 */
export function addDays(instant: Date, days: number, zone: string): Date {
  if (days === 0) return instant;
  return atWall(wallOf(instant.getTime(), zone) + days * DAY, zone).instant;
}

/**
 * How many days after `due` this is, each begun one counted: 0 up to `due` itself, 1 up to the same
 * time on the next day.
 */
export function daysLate(due: Date, instant: Date, zone: string): number {
  if (instant <= due) return 0;
  let days = Math.max(1, Math.floor((instant.getTime() - due.getTime()) / DAY) - 1);
  while (instant.getTime() > endOfLateDay(due, days, zone)) days++;
  return days;
}

/** When the late day of this number ends (0: `due` itself), in milliseconds since 1970. */
export function endOfLateDay(due: Date, days: number, zone: string): number {
  // A class has one due date and asks a thousand times.
  const key = `${zone} ${due.getTime()} ${days}`;
  let end = ends.get(key);
  if (end === undefined) {
    if (ends.size >= 10_000) ends.clear();
    end = addDays(due, days, zone).getTime();
    ends.set(key, end);
  }
  return end;
}

/** `instant` as people in `zone` say it: `Mon, Nov 30, 2026, 23:59:00 (Europe/Berlin)`. */
export function sayTime(instant: Date, zone: string): string {
  const text = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(instant);
  return `${text} (${zone})`;
}

/** A date that cannot be read; the message says why. */
export class BadTime extends Error {
  override readonly name = "BadTime";
}

/**
 * Reads an ISO 8601 time: with `Z` or an offset it is that instant; without, it is the time that
 * clocks in `zone` show. Seconds may be left out.
 * @throws BadTime when it is no such time, or clocks in `zone` skip it
 */
export function readTime(text: string, zone: string): Date {
  const found =
    /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/.exec(
      text,
    );
  if (!found) {
    throw new BadTime(
      `${JSON.stringify(text.slice(0, 40))} is not a time like 2026-11-30T23:59 or 2026-11-30T22:59:00Z`,
    );
  }
  const [year, month, day, hour, minute, second] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const milliseconds = Math.floor(Number(`0.${found[7] ?? 0}`) * 1000);
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const back = new Date(wall);
  if (
    back.getUTCMonth() !== month - 1 ||
    back.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  )
    throw new BadTime(`there is no ${text.slice(0, 40)} in the calendar`);
  // Calendars and stores go further; a course does not.
  if (year < 1970 || year > 2999)
    throw new BadTime(`the year ${found[1]} is not one from 1970 to 2999`);
  const offset = found[8];
  if (offset) {
    const [hours, minutes] = offset === "Z" ? [0, 0] : offset.slice(1).split(":").map(Number);
    if (hours > 23 || minutes > 59) throw new BadTime(`${offset} is no offset from UTC`);
    return new Date(wall - (offset[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000);
  }
  const { instant, skipped } = atWall(wall, zone);
  if (skipped) {
    throw new BadTime(
      `clocks in ${zone} skip ${text}: they go forward there (it would be ${sayTime(instant, zone)})`,
    );
  }
  return instant;
}

/** The instant at which a clock in `zone` shows `wall`. */
function atWall(wall: number, zone: string): { instant: Date; skipped: boolean } {
  // Clocks change at most once in the two days around it, so one of these is the offset.
  const before = offsetAt(wall - DAY, zone);
  const after = offsetAt(wall + DAY, zone);
  const fits = [wall - before, wall - after].filter((time) => time + offsetAt(time, zone) === wall);
  if (fits.length > 0) return { instant: new Date(Math.min(...fits)), skipped: false };
  return { instant: new Date(wall - before), skipped: true };
}

/** What a clock in `zone` shows at `time`. */
function wallOf(time: number, zone: string): number {
  return time + offsetAt(time, zone);
}

/** How far clocks in `zone` are ahead of UTC at `time`, in milliseconds. */
function offsetAt(time: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of clock(zone).formatToParts(time)) part[type] = Number(value);
  const { year, month, day, hour, minute, second } = part;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(time / 1000) * 1000;
}

function clock(zone: string): Intl.DateTimeFormat {
  let made = clocks.get(zone);
  if (!made) {
    made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(zone, made);
  }
  return made;
}
