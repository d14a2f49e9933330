import { expect, test } from "vitest";
import { sayWhen, wallOf } from "./course-time";
import { penaltySteps, sayPenalty } from "./penalty";

test("the points fall day by day to the most that is taken, later with late days, not past the end", () => {
  expect(penaltySteps(10, 25, 0, null)).toEqual([100, 90, 80, 75, 75]);
  expect(penaltySteps(10, 25, 2, null)).toEqual([100, 100, 100, 90, 80, 75, 75]);
  expect(penaltySteps(10, 100, 0, 2)).toEqual([100, 90, 80]);
  expect(penaltySteps(0, 100, 0, null)).toEqual([100, 100, 100, 100]);
  expect(sayPenalty(penaltySteps(10, 25, 0, null))).toBe(
    "on time 100 %, 1 day late 90 %, 2 days late 80 %, 3 days late 75 %, and no less after that",
  );
});

test("a date is what clocks in the course's time zone show, before and after they change", () => {
  expect(wallOf("2026-10-24T21:59:00Z", "Europe/Berlin")).toBe("2026-10-24T23:59");
  expect(wallOf("2026-10-25T22:59:30Z", "Europe/Berlin")).toBe("2026-10-25T23:59:30");
  expect(wallOf(null, "UTC")).toBe("");
  const now = new Date("2026-11-22T12:00:00Z");
  expect(sayWhen("2026-12-01T04:30:00Z", "America/New_York", now)).toBe("Mon, Nov 30, 23:30");
  expect(sayWhen("2027-01-01T04:30:00Z", "UTC", now)).toBe("Fri, Jan 1, 2027, 04:30");
});
