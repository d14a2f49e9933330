import { todo } from "gradus";

/** The slope of f in each of its numbers, by a step of h up and a step of h down. */
function slopes(f: (x: number[]) => number, at: number[], h: number): number[] {
  return todo("how much does f change when one number moves?");
}

/** The index of the first claimed slope that small steps do not confirm; -1 if there is none. */
function firstWrong(f: (x: number[]) => number, claimed: number[], at: number[]): number {
  return todo("compare each claimed slope with the measured one");
}
