// caught by: the answer is the sign of the score; random points
function score(weights: number[], bias: number, point: number[]): number {
  return weights.reduce((sum, weight, j) => sum + weight * point[j], bias);
}
function predict(weights: number[], bias: number, point: number[]): number {
  return score(weights, bias, point) >= 0 ? 1 : 0;
}
