import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, BadTime, daysLate, isTimeZone, readTime, sayTime } from "./zoned.ts";

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Australia/Lord_Howe", // its clocks change by half an hour
  "Pacific/Chatham",
  "Pacific/Kiritimati",
  "Africa/Casablanca",
];
const zone = fc.constantFrom(...zones);
const instant = fc
  .integer({ min: Date.UTC(2015, 0), max: Date.UTC(2037, 0) })
  .map((time) => new Date(time));
const DAY = 24 * 3600 * 1000;

/** What a clock shows, by a way of its own: the text that Intl makes. */
const shown = (date: Date, timeZone: string) =>
  `${date.toLocaleString("sv-SE", { timeZone })}.${String(date.getTime() % 1000).padStart(3, "0")}`;

describe("the same time some days later", () => {
  test.each([
    ["in summer", "2026-07-01T21:59:00Z", 1, "Europe/Berlin", "2026-07-02T21:59:00.000Z"],
    // Sunday, March 29, 2026, has 23 hours in Berlin; October 25 has 25.
    [
      "over the shorter day",
      "2026-03-28T22:59:00Z",
      1,
      "Europe/Berlin",
      "2026-03-29T21:59:00.000Z",
    ],
    ["over the longer day", "2026-10-24T21:59:00Z", 1, "Europe/Berlin", "2026-10-25T22:59:00.000Z"],
    ["in UTC days are days", "2026-10-24T21:59:00Z", 1, "UTC", "2026-10-25T21:59:00.000Z"],
    [
      "a time that is skipped",
      "2026-03-28T01:30:00Z",
      1,
      "Europe/Berlin",
      "2026-03-29T01:30:00.000Z",
    ],
    [
      "a time that comes twice",
      "2026-10-24T00:30:00Z",
      1,
      "Europe/Berlin",
      "2026-10-25T00:30:00.000Z",
    ],
  ])("%s", (_, from, days, where, to) => {
    expect(addDays(new Date(from), days, where).toISOString()).toBe(to);
  });

  test("clocks show the same, unless they skip it; no day is longer or shorter than three hours", () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: -400, max: 400 }), zone, (from, days, where) => {
        const to = addDays(from, days, where);
        const off = to.getTime() - from.getTime() - days * DAY;
        expect(Math.abs(off)).toBeLessThanOrEqual(3 * 3600 * 1000);
        const [a, b] = [shown(from, where).slice(11), shown(to, where).slice(11)];
        if (a === b) return;
        // Skipped: an instant earlier or later by the offset shows a time on either side of it.
        const early = shown(new Date(to.getTime() - 3600 * 1000), where).slice(11);
        expect(early < a && a < b).toBe(true);
      }),
    );
  });

  test("later days are later", () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 400 }), zone, (from, days, where) => {
        expect(addDays(from, days + 1, where).getTime()).toBeGreaterThan(
          addDays(from, days, where).getTime(),
        );
      }),
    );
  });
});

describe("days late", () => {
  test("to the millisecond", () => {
    const due = new Date("2026-10-24T21:59:00Z");
    const after = (milliseconds: number) => new Date(due.getTime() + milliseconds);
    expect(daysLate(due, after(-1), "Europe/Berlin")).toBe(0);
    expect(daysLate(due, due, "Europe/Berlin")).toBe(0);
    expect(daysLate(due, after(1), "Europe/Berlin")).toBe(1);
    // The next day has 25 hours.
    expect(daysLate(due, after(25 * 3600 * 1000), "Europe/Berlin")).toBe(1);
    expect(daysLate(due, after(25 * 3600 * 1000 + 1), "Europe/Berlin")).toBe(2);
    expect(daysLate(due, after(24 * 3600 * 1000), "UTC")).toBe(1);
    expect(daysLate(due, after(24 * 3600 * 1000 + 1), "UTC")).toBe(2);
  });

  test("are the first day whose end has not passed", () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 1, max: 90 * DAY }), zone, (due, late, where) => {
        const at = new Date(due.getTime() + late);
        const days = daysLate(due, at, where);
        expect(at <= addDays(due, days, where)).toBe(true);
        expect(at > addDays(due, days - 1, where)).toBe(true);
      }),
    );
  });
});

describe("reading a time", () => {
  test.each([
    ["2026-11-30T23:59", "Europe/Berlin", "2026-11-30T22:59:00.000Z"],
    ["2026-11-30 23:59", "UTC", "2026-11-30T23:59:00.000Z"],
    ["2026-11-30T23:59:59.999", "Asia/Kathmandu", "2026-11-30T18:14:59.999Z"],
    ["2026-11-30T23:59:00Z", "Europe/Berlin", "2026-11-30T23:59:00.000Z"],
    ["2026-11-30T23:59:00-05:00", "Europe/Berlin", "2026-12-01T04:59:00.000Z"],
    ["2028-02-29T12:00", "UTC", "2028-02-29T12:00:00.000Z"],
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00.000Z"],
    ["2026-11-30T23:59:00.123456Z", "UTC", "2026-11-30T23:59:00.123Z"],
  ])("%s in %s", (text, where, expected) => {
    expect(readTime(text, where).toISOString()).toBe(expected);
  });

  test.each([
    ["tomorrow", /not a time like/],
    ["2026-11-30", /not a time like/],
    ["2026-02-29T12:00", /no 2026-02-29T12:00 in the calendar/],
    ["2026-13-01T12:00", /in the calendar/],
    ["2026-11-30T24:00", /in the calendar/],
    ["2026-11-30T12:60", /in the calendar/],
    ["2026-11-30T12:00+99:00", /no offset/],
    ["1950-11-30T12:00", /1950 is not one from 1970/],
    ["9999-12-31T23:59-23:59", /to 2999/],
    ["2026-03-29T02:30", /clocks in Europe\/Berlin skip.*03:30:00/],
  ])("%s is refused", (text, message) => {
    expect(() => readTime(text, "Europe/Berlin")).toThrow(BadTime);
    expect(() => readTime(text, "Europe/Berlin")).toThrow(message);
  });

  test("what a clock shows reads back as that instant, or as the first that shows it", () => {
    fc.assert(
      fc.property(instant, zone, (date, where) => {
        const text = shown(date, where).replace(" ", "T");
        const back = readTime(text, where);
        expect(shown(back, where)).toBe(shown(date, where));
        expect(back <= date).toBe(true);
        expect(readTime(date.toISOString(), where)).toEqual(date);
      }),
    );
  });
});

test("zones are told from nonsense", () => {
  expect(zones.every(isTimeZone)).toBe(true);
  for (const name of ["Europe/Atlantis", "", "CEST5", "UTC\0"])
    expect(isTimeZone(name)).toBe(false);
});

test("a time in words has its zone", () => {
  expect(sayTime(new Date("2026-11-30T22:59:00Z"), "Europe/Berlin")).toMatchInlineSnapshot(
    `"Mon, Nov 30, 2026, 23:59:00 (Europe/Berlin)"`,
  );
});
