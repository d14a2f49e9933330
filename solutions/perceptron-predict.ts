/**
 * The weighted sum: how strongly a point is pulled to the +1 side.
 * weights [n], bias a number, point [n] → a number
 */
export function score(weights: number[], bias: number, point: number[]): number {
  let sum = bias;
  for (let j = 0; j < weights.length; j++) sum += weights[j] * point[j];
  return sum;
}

/** The side of the boundary a point lies on: +1 where the score is zero or more, otherwise -1. */
export function predict(weights: number[], bias: number, point: number[]): 1 | -1 {
  return score(weights, bias, point) >= 0 ? 1 : -1;
}
