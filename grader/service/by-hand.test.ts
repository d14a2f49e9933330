// What people give and take, and how it meets checks, attempts and late days.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Attempt, gradeAssignment, gradeCourse, type Override, type Rules } from "./rules.ts";

const due = new Date("2026-03-02T12:00:00Z");
const rules = (change: Partial<Rules> = {}): Rules => ({
  unlockAt: null,
  dueAt: due,
  lockAt: null,
  allowedAttempts: null,
  cooldownSeconds: 0,
  scoringPolicy: "keep_highest",
  lateSubmissionDeduction: 10,
  lateSubmissionMaximumDeduction: 100,
  maximumLateDays: null,
  exercises: [{ exercise: "a", points: 10, handPoints: 4 }],
  ...change,
});
let number = 0;
const attempt = (points: number, change: Partial<Attempt> = {}): Attempt => ({
  submission: `s${++number}`,
  exercise: "a",
  receivedAt: new Date(due.getTime() - 3600_000),
  verdict: { points, max: 3 },
  fault: false,
  ...change,
});
const late = { receivedAt: new Date(due.getTime() + 3600_000) };
const none = { budget: 0, usedBefore: 0 };
const grade = (
  attempts: Attempt[],
  change: Partial<Rules> = {},
  overrides?: Map<string, Override>,
) => gradeAssignment(rules(change), attempts, none, "UTC", overrides).exercises[0];

test("checks give what is not given by hand; criteria and points come to it", () => {
  expect(grade([attempt(3)])).toMatchObject({
    score: 6,
    explanation: "6 of 10 points; 4 points are given by hand, not yet; handed in on time",
  });
  expect(grade([attempt(3, { hand: { rubric: 3, manual: 0 } })])).toMatchObject({
    score: 9,
    hand: { checks: 6, rubric: 3, manual: 0 },
    explanation: "9 of 10 points (checks 6, rubric +3); handed in on time",
  });
  // Zero by hand is a decision as well.
  expect(grade([attempt(3, { hand: { rubric: 0, manual: 0 } })]).explanation).toBe(
    "6 of 10 points (checks 6); handed in on time",
  );
  // Never below zero; above all points it may be.
  expect(grade([attempt(3, { hand: { rubric: -20, manual: 1 } })]).score).toBe(0);
  expect(grade([attempt(3, { hand: { rubric: 6, manual: 1.5 } })]).score).toBe(13.5);
});

test("what is late loses percents of all points, by hand or not", () => {
  expect(grade([attempt(3, { ...late, hand: { rubric: 2, manual: 0 } })])).toMatchObject({
    score: 7,
    deducted: 1,
    explanation:
      "7 of 10 points (checks 6, rubric +2); handed in 1 hour late: 1 day at 10 % are 10 % of 10 points: 1 point taken off",
  });
});

test("attempts graded by hand go before others; among them the best, or the last", () => {
  const read = attempt(3, { hand: { rubric: -5, manual: 0 } });
  expect(grade([attempt(3), read, attempt(3)])).toMatchObject({
    score: 1,
    attempt: 2,
    submission: read.submission,
    explanation:
      "attempt 2 of 3 counts, the best of those graded by hand: 1 of 10 points (checks 6, rubric −5); handed in on time",
  });
  const other = attempt(0, { hand: { rubric: 0, manual: 0.5 } });
  expect(grade([read, other, attempt(3)]).score).toBe(1);
  expect(grade([read, other, attempt(3)], { scoringPolicy: "keep_latest" }).score).toBe(0.5);
});

test("what the grader failed on counts for nobody, unless somebody graded it by hand", () => {
  const broken = { verdict: { points: 0, max: 3 }, fault: true };
  expect(grade([attempt(0, broken)]).score).toBeNull();
  expect(grade([attempt(0, { ...broken, hand: { rubric: 0, manual: 7 } })]).score).toBe(7);
});

test("a score set otherwise stands, says what it is in place of, and needs no submission", () => {
  const set = new Map([["a", { score: 2, reason: "The oral." }]]);
  expect(grade([attempt(3)], {}, set)).toMatchObject({
    score: 2,
    override: { score: 2, reason: "The oral.", instead: 6 },
    explanation: "set to 2 of 10 points, in place of 6: The oral.",
  });
  expect(grade([], {}, set)).toMatchObject({
    score: 2,
    attempts: 0,
    explanation: "set to 2 of 10 points: The oral.",
  });
});

test("no late day is spent on what is set otherwise", () => {
  const works = (overrides?: Map<string, Override>) => [
    { rules: rules(), attempts: [attempt(3, late)], ...(overrides ? { overrides } : {}) },
  ];
  const course = { lateDays: 2, timeZone: "UTC" };
  expect(gradeCourse(course, works()).lateDaysUsed).toBe(1);
  const set = new Map([["a", { score: 2, reason: "x" }]]);
  expect(gradeCourse(course, works(set)).lateDaysUsed).toBe(0);
});

test("taking more off never gives a higher score, whatever the attempts", () => {
  const some = fc.array(
    fc.record({
      points: fc.integer({ min: 0, max: 3 }),
      isLate: fc.boolean(),
      hand: fc.option(
        fc.record({ rubric: fc.integer({ min: -5, max: 5 }), manual: fc.constant(0) }),
      ),
    }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(
      some,
      fc.constantFrom("keep_highest" as const, "keep_latest" as const),
      (list, scoringPolicy) => {
        const attempts = (off: number) =>
          list.map(({ points, isLate, hand }) =>
            attempt(points, {
              ...(isLate ? late : {}),
              ...(hand ? { hand: { ...hand, rubric: hand.rubric - off } } : {}),
            }),
          );
        const score = (off: number) => grade(attempts(off), { scoringPolicy }).score ?? 0;
        expect(score(2)).toBeLessThanOrEqual(score(0));
        expect(score(0)).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});
