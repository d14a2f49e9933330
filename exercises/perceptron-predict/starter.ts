import { todo } from "gradus";

/** The weighted sum of the measurements, plus the bias. */
function score(weights: number[], bias: number, point: number[]): number {
  return todo("add up weight times measurement, and the bias");
}

/** 1 where the score is zero or more, otherwise -1. */
function predict(weights: number[], bias: number, point: number[]): 1 | -1 {
  return todo("look at the sign of the score");
}
