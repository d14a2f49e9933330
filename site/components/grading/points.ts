/** Points in words, as graders and learners read them. */
import type { ExerciseGrade } from "@gradus/grader/service";

/** `+1.5`, `−2`, `0`: with a true minus sign. */
export const signed = (points: number): string =>
  points < 0 ? `−${-points}` : points > 0 ? `+${points}` : "0";

/** `1 point`, `−2 points` */
export const inPointsSigned = (points: number): string =>
  `${signed(points)} ${Math.abs(points) === 1 ? "point" : "points"}`;

export interface Part {
  name: string;
  points: number;
}

/** What a score is the sum of, in the order in which it comes about. */
export function partsOf(grade: ExerciseGrade): Part[] {
  const { hand, deducted, override } = grade;
  const earned = override ? override.instead : grade.score;
  if (earned === null) return [];
  const checks = hand ? hand.checks : Math.round((earned + deducted) * 100) / 100;
  const parts = [
    { name: "Checks", points: checks },
    ...(hand?.rubric ? [{ name: "Rubric", points: hand.rubric }] : []),
    ...(hand?.manual ? [{ name: "Points besides", points: hand.manual }] : []),
    ...(deducted > 0 ? [{ name: "Late", points: -deducted }] : []),
  ];
  // Below zero there is nothing: what the parts lack to the score is said, so that they add up.
  const rest = Math.round((earned - parts.reduce((sum, part) => sum + part.points, 0)) * 100) / 100;
  return rest === 0 ? parts : [...parts, { name: "Never below zero", points: rest }];
}

/** A number as a person types it: `1.5`, `1,5`, `-2`, `−2`; undefined when it is none. */
export function readPoints(text: string): number | undefined {
  const plain = text.trim().replace(/^[−–]/, "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : undefined;
}
