import type { ExerciseGrade } from "@gradus/grader/service";
import { expect, test } from "vitest";
import { inPointsSigned, partsOf, readPoints, signed } from "./points";

const grade = (change: Partial<ExerciseGrade>): ExerciseGrade => ({
  exercise: "double",
  score: 8,
  maxScore: 10,
  submission: "s",
  attempt: 1,
  attempts: 1,
  waiting: 0,
  daysLate: 0,
  deducted: 0,
  explanation: "",
  ...change,
});
const parts = (change: Partial<ExerciseGrade>) =>
  partsOf(grade(change)).map(({ name, points }) => `${name} ${points}`);

test("the parts of a score add up to it", () => {
  expect(parts({})).toEqual(["Checks 8"]);
  expect(parts({ deducted: 1 })).toEqual(["Checks 9", "Late -1"]);
  expect(parts({ hand: { checks: 6, rubric: 1.5, manual: 0.5 } })).toEqual([
    "Checks 6",
    "Rubric 1.5",
    "Points besides 0.5",
  ]);
  expect(parts({ score: 0, hand: { checks: 2, rubric: -5, manual: 0 } })).toEqual([
    "Checks 2",
    "Rubric -5",
    "Never below zero 3",
  ]);
  expect(parts({ score: null })).toEqual([]);
});

test("of a score set otherwise, the parts of what it would be", () => {
  expect(parts({ score: 2, override: { score: 2, reason: "x", instead: 8 } })).toEqual([
    "Checks 8",
  ]);
  expect(parts({ score: 2, override: { score: 2, reason: "x", instead: null } })).toEqual([]);
});

test("points as people write them", () => {
  expect(["1", "1,5", " -2 ", "−2", "+.5", "3."].map(readPoints)).toEqual([1, 1.5, -2, -2, 0.5, 3]);
  expect(["", "x", "1e3", "--1", "1.2.3", "."].map(readPoints)).toEqual(Array(6).fill(undefined));
  expect([signed(2), signed(-1.5), signed(0)]).toEqual(["+2", "−1.5", "0"]);
  expect([inPointsSigned(1), inPointsSigned(-2)]).toEqual(["+1 point", "−2 points"]);
});
