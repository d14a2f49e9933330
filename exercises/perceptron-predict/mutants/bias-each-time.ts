// caught by: the score is the weighted sum plus the bias; random points
function score(weights: number[], bias: number, point: number[]): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += weights[j] * point[j] + bias;
  return sum;
}
function predict(weights: number[], bias: number, point: number[]): number {
  return score(weights, bias, point) >= 0 ? 1 : -1;
}
