import type { ExerciseGrade, LearnerAssignment } from "@gradus/grader/service";
import { expect, test } from "vitest";
import { inOrder, stateOf, stepsOf } from "./due";

const rules = {
  lateSubmissionDeduction: 10,
  lateSubmissionMaximumDeduction: 100,
  scoringPolicy: "keep_highest",
} as const;
const grade = (change: Partial<ExerciseGrade>): ExerciseGrade => ({
  exercise: "double",
  score: 14,
  maxScore: 20,
  submission: "s",
  attempt: 1,
  attempts: 1,
  waiting: 0,
  daysLate: 2,
  deducted: 4,
  explanation: "",
  ...change,
});
const lines = (...all: Parameters<typeof stepsOf>) =>
  stepsOf(...all).map(({ words, points }) => `${words}${points ? ` | ${points}` : ""}`);

test("two days late at 10 % a day: from what the checks gave to what counts", () => {
  expect(lines(grade({}), rules, 0)).toEqual([
    "Checks passed | 18 of 20",
    "2 days late, 10 % a day: 20 % of 20 | −4",
    "Counts | 14 of 20",
  ]);
});

test("late days come off first, and the most there is is said", () => {
  expect(lines(grade({ score: 16, deducted: 2 }), rules, 1)).toEqual([
    "Checks passed | 18 of 20",
    "2 days late, 1 late day used: 1 day counts.",
    "1 day late, 10 % a day: 10 % of 20 | −2",
    "Counts | 16 of 20",
  ]);
  expect(lines(grade({ score: 18, deducted: 0 }), rules, 2)[1]).toBe(
    "2 days late, all covered by late days: nothing is taken off.",
  );
  const capped = { ...rules, lateSubmissionMaximumDeduction: 15 };
  expect(lines(grade({ score: 15, deducted: 3 }), capped, 0)[1]).toBe(
    "2 days late, 10 % a day, at most 15 %: 15 % of 20 | −3",
  );
});

test("which attempt counts, what a reader gave, and a score set by hand", () => {
  const read = grade({
    attempts: 3,
    attempt: 2,
    daysLate: 0,
    deducted: 0,
    hand: { checks: 12, rubric: -1, manual: 3 },
  });
  expect(lines(read, rules, 0)).toEqual([
    "Attempt 2 of 3 counts: the best.",
    "Checks passed | 12 of 20",
    "What a reader marked | −1",
    "Given by hand | +3",
    "Counts | 14 of 20",
  ]);
  expect(lines(grade({ override: { score: 14, reason: "orally", instead: 3 } }), rules, 0)).toEqual(
    ["Without that it would be 3.", "Set by hand: orally | 14 of 20"],
  );
  expect(stepsOf(grade({ score: null }), rules, 0)).toEqual([]);
});

const day = 86_400_000;
const now = Date.UTC(2026, 10, 22, 12);
const assignment = (name: string, days: number | null, change: object = {}) =>
  ({
    name,
    unlockAt: null,
    dueAt: days === null ? null : new Date(now + days * day).toISOString(),
    lockAt: null,
    exercises: [{ exercise: "double" }],
    grade: { exercises: [{ attempts: 0 }] },
    ...change,
  }) as unknown as LearnerAssignment;

test("what can be done comes first by its date, what is over last", () => {
  const list = [
    assignment("locked", -3, { lockAt: new Date(now - day).toISOString() }),
    assignment("any time", null),
    assignment("later", 9, { unlockAt: new Date(now + 5 * day).toISOString() }),
    assignment("done", -1, { grade: { exercises: [{ attempts: 1 }] } }),
    assignment("next week", 7),
    assignment("overdue", -2),
    assignment("tomorrow", 1),
  ];
  expect(inOrder(list, now).map((one) => `${one.name}: ${stateOf(one, now)}`)).toEqual([
    "overdue: late",
    "tomorrow: soon",
    "next week: open",
    "any time: open",
    "later: later",
    "done: done",
    "locked: closed",
  ]);
});
