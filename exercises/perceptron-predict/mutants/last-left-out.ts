// caught by: the score is the weighted sum plus the bias; any number of measurements; the answer is the sign of the score; random points
function score(weights: number[], bias: number, point: number[]): number {
  let sum = bias;
  for (let j = 0; j < weights.length - 1; j++) sum += weights[j] * point[j];
  return sum;
}
function predict(weights: number[], bias: number, point: number[]): number {
  return score(weights, bias, point) >= 0 ? 1 : -1;
}
